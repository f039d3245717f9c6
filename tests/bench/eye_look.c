/* eye_look.c - one state a tile; ages in a histogram of milliseconds. */
#include "tests/bench/eye_look.h"

#include "mixer/base/clock.h"

#include <stdlib.h>

struct tile {
    struct eye_look_tile seen;
    bool known; /* mark was read at least once */
    struct eye_mark mark;
    int64_t changed_ns;
    int64_t worst_age_ns;
    uint32_t age[EYE_LOOK_AGES + 1]; /* [ms]; the last one: that and more */
    uint64_t ages;
};

struct eye_look {
    struct eye_look_plan plan;
    struct eye_look_format format;
    unsigned count;
    int64_t reset_ns;
    struct tile tile[EYE_LOOK_TILES];
    int64_t sent_ns[EYE_MARK_SENDERS][EYE_MARK_FRAMES];
};

struct eye_look *eye_look_create(const struct eye_look_plan *plan)
{
    struct eye_look *look = calloc(1, sizeof(*look));
    if (!look)
        return NULL;
    look->plan = *plan;
    look->count = plan->count ? plan->count : plan->columns * plan->rows;
    if (look->count > EYE_LOOK_TILES)
        look->count = EYE_LOOK_TILES;
    for (unsigned i = 0; i < look->count; i++)
        look->tile[i].seen.sender = -1;
    return look;
}

void eye_look_destroy(struct eye_look *look)
{
    free(look);
}

void eye_look_sent(struct eye_look *look, const struct eye_mark *mark, int64_t now_ns)
{
    look->sent_ns[mark->sender % EYE_MARK_SENDERS][mark->frame % EYE_MARK_FRAMES] = now_ns;
}

static struct eye_rect place(const struct eye_look *look, unsigned index,
                             const struct picture *picture)
{
    const struct eye_look_plan *plan = &look->plan;
    if (plan->count)
        return plan->rect[index];
    unsigned column = index % plan->columns, row = index / plan->columns;
    unsigned x = column * picture->width / plan->columns,
             y = row * picture->height / plan->rows;
    return (struct eye_rect){x, y, (column + 1) * picture->width / plan->columns - x,
                             (row + 1) * picture->height / plan->rows - y};
}

static uint64_t frozen_by(const struct eye_look *look, int64_t gap_ns)
{
    int64_t period_ns = CLOCK_NS_PER_S / (look->plan.fps ? look->plan.fps : 30);
    return gap_ns > EYE_LOOK_STILL_MS * CLOCK_NS_PER_MS ? (uint64_t)(gap_ns - period_ns) : 0;
}

static void count_gap(const struct eye_look *look, struct eye_look_tile *seen, int64_t gap_ns)
{
    seen->frozen_ns += frozen_by(look, gap_ns);
    if (gap_ns > seen->worst_gap_ns)
        seen->worst_gap_ns = gap_ns;
}

static void count_age(const struct eye_look *look, struct tile *tile, int64_t now_ns)
{
    int64_t sent_ns = look->sent_ns[tile->mark.sender][tile->mark.frame];
    if (!sent_ns)
        return;
    int64_t age_ns = now_ns - sent_ns;
    int64_t age_ms = age_ns / CLOCK_NS_PER_MS;
    tile->age[age_ms < EYE_LOOK_AGES ? age_ms : EYE_LOOK_AGES]++;
    tile->ages++;
    if (age_ns > tile->worst_age_ns)
        tile->worst_age_ns = age_ns;
}

/* A sender that was asked for a key frame jumps ahead; that counts, too. */
static void count_advance(const struct eye_look *look, struct tile *tile,
                          const struct eye_mark *mark)
{
    unsigned frames = look->plan.frames ? look->plan.frames : EYE_MARK_FRAMES;
    if (tile->mark.sender == mark->sender)
        tile->seen.advanced += (mark->frame + frames - tile->mark.frame % frames) % frames;
}

static void on_change(const struct eye_look *look, struct tile *tile,
                      const struct eye_mark *mark, int64_t now_ns)
{
    if (tile->known) {
        count_gap(look, &tile->seen, now_ns - tile->changed_ns);
        count_advance(look, tile, mark);
        tile->seen.senders += tile->mark.sender != mark->sender;
    }
    tile->known = true;
    tile->mark = *mark;
    tile->seen.sender = (int)mark->sender;
    tile->seen.changes++;
    tile->changed_ns = now_ns;
    count_age(look, tile, now_ns);
}

void eye_look_picture(struct eye_look *look, const struct picture *picture, int64_t now_ns)
{
    look->format = (struct eye_look_format){
        picture->width, picture->height, picture->matrix == PICTURE_BT709, picture->full_range};
    for (unsigned i = 0; i < look->count; i++) {
        struct tile *tile = &look->tile[i];
        struct eye_mark mark;
        tile->seen.rect = place(look, i, picture);
        const struct eye_rect *rect = &tile->seen.rect;
        if (!rect->width || !rect->height || rect->x + rect->width > picture->width ||
            rect->y + rect->height > picture->height)
            continue;
        eye_mark_colour(picture, rect, tile->seen.rgb);
        if (!eye_mark_read(picture, rect, &mark))
            tile->seen.unread++;
        else if (!tile->known || mark.frame != tile->mark.frame ||
                 mark.sender != tile->mark.sender)
            on_change(look, tile, &mark, now_ns);
    }
}

void eye_look_reset(struct eye_look *look, int64_t now_ns)
{
    look->reset_ns = now_ns;
    for (unsigned i = 0; i < look->count; i++) {
        struct tile *tile = &look->tile[i];
        *tile = (struct tile){.known = tile->known,
                              .mark = tile->mark,
                              .changed_ns = now_ns,
                              .seen.rect = tile->seen.rect,
                              .seen.sender = -1};
    }
}

unsigned eye_look_tiles(const struct eye_look *look)
{
    return look->count;
}

bool eye_look_mark(const struct eye_look *look, unsigned tile, struct eye_mark *mark)
{
    *mark = look->tile[tile].mark;
    return look->tile[tile].known;
}

static double percentile(const struct tile *tile, double share)
{
    uint64_t sum = 0;
    for (unsigned ms = 0; ms <= EYE_LOOK_AGES; ms++) {
        sum += tile->age[ms];
        if (tile->ages && (double)sum >= share * (double)tile->ages)
            return ms;
    }
    return 0;
}

void eye_look_read(const struct eye_look *look, int64_t now_ns, unsigned index,
                   struct eye_look_tile *seen)
{
    const struct tile *tile = &look->tile[index];
    *seen = tile->seen;
    if (tile->known) /* it may stand still now, or have done so all the time */
        count_gap(look, seen, now_ns - tile->changed_ns);
    seen->age_p50_ms = percentile(tile, 0.5);
    seen->age_p95_ms = percentile(tile, 0.95);
    seen->age_max_ms = (double)tile->worst_age_ns / CLOCK_NS_PER_MS;
}

struct eye_look_format eye_look_format(const struct eye_look *look)
{
    return look->format;
}
