/* layout.c - rectangles by arithmetic: edges are rounded, never widths: neighbours meet. */
#include "mixer/video/layout.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum {
    WIDE = 16, /* the shape of most pictures */
    HIGH = 9,
    AUTO_GRID_MAX = 9,
    STRIP_MOST = 8, /* of a very wide canvas; on one of 16:9 five stand in the strip */
    STRIP_USUAL = 5,
    STRIP_LEAST = 3,
    STEPS_MAX = UINT16_MAX, /* its cube times a side fits 64 bits */
};

static unsigned even(unsigned length)
{
    return length & ~1U;
}

/* The even number next to value / by. */
static unsigned even_of(uint64_t value, uint64_t by)
{
    return (unsigned)((value + by) / (2 * by)) * 2;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Cell (column, row) of an area cut into columns x rows. */
static struct layout_rect cell(const struct layout_rect *area, unsigned columns, unsigned rows,
                               unsigned column, unsigned row)
{
    const unsigned left = even_of((uint64_t)area->width * column, columns);
    const unsigned top = even_of((uint64_t)area->height * row, rows);
    return (struct layout_rect){
        .x = area->x + left,
        .y = area->y + top,
        .width = even_of((uint64_t)area->width * (column + 1), columns) - left,
        .height = even_of((uint64_t)area->height * (row + 1), rows) - top,
    };
}

/* An area without what a picture of the usual shape would leave empty at its sides. What it
 * leaves above and below stays: portrait pictures use it. */
static struct layout_rect no_wider(struct layout_rect area)
{
    const unsigned width = even_of((uint64_t)area.height * WIDE, HIGH);
    if (width < area.width) {
        area.x += even((area.width - width) / 2);
        area.width = width;
    }
    return area;
}

static struct layout_rect whole(const struct layout_wish *wish)
{
    return (struct layout_rect){.width = even(wish->width), .height = even(wish->height)};
}

/* --- grid --------------------------------------------------------------------------------- */

/* How large tiles of the usual shape get, times something that is the same for all. */
static uint64_t tile_size(const struct layout_rect *area, unsigned columns, unsigned rows)
{
    const uint64_t by_width = (uint64_t)area->width * HIGH * rows;
    const uint64_t by_height = (uint64_t)area->height * WIDE * columns;
    return (by_width < by_height ? by_width : by_height) * 4096 / (columns * rows);
}

/* More columns win unless their tiles are smaller by a thirty-second: two stand side by side on
 * a canvas of nearly the usual shape, too. */
static unsigned best_columns(const struct layout_rect *area, unsigned count)
{
    unsigned best = count;
    for (unsigned columns = count - 1; columns; columns--) {
        const uint64_t most = tile_size(area, best, (count + best - 1) / best);
        const uint64_t size = tile_size(area, columns, (count + columns - 1) / columns);
        if (size > most + most / 32)
            best = columns;
    }
    const unsigned rows = (count + best - 1) / best;
    return (count + rows - 1) / rows;
}

/* A block of tiles of the usual shape as large as it fits, in the middle of the area. */
static struct layout_rect block(const struct layout_rect *area, unsigned columns, unsigned rows)
{
    const unsigned width = even_of((uint64_t)area->height * WIDE * columns, HIGH * rows);
    const unsigned height = even_of((uint64_t)area->width * HIGH * rows, WIDE * columns);
    struct layout_rect made = {.width = least(width, area->width),
                               .height = least(height, area->height)};
    made.x = area->x + even((area->width - made.width) / 2);
    made.y = area->y + even((area->height - made.height) / 2);
    return made;
}

static unsigned place_grid(const struct layout_wish *wish, struct layout_tile *tiles)
{
    const struct layout_rect canvas = whole(wish);
    const unsigned count = least(wish->count, LAYOUT_MAX_TILES);
    const unsigned columns = best_columns(&canvas, count);
    const unsigned rows = (count + columns - 1) / columns;
    const unsigned last = count - (rows - 1) * columns; /* in the last row */
    const struct layout_rect all = block(&canvas, columns, rows);
    for (unsigned i = 0; i < count; i++) {
        const unsigned row = i / columns;
        tiles[i].rect = cell(&all, columns, rows, i % columns, row);
        if (row == rows - 1)
            tiles[i].rect.x += even(all.width * (columns - last) / (2 * columns));
    }
    return count;
}

/* --- one large, the others in a strip -------------------------------------------------------
 */

/* How many of the usual shape stand side by side in a strip along @p length. */
static unsigned strip_places(unsigned length, unsigned across, unsigned wide, unsigned high)
{
    const uint64_t places =
        ((uint64_t)STRIP_USUAL * length * high * 2 / ((uint64_t)across * wide) + 1) / 2;
    if (places < STRIP_LEAST)
        return STRIP_LEAST;
    return places > STRIP_MOST ? STRIP_MOST : (unsigned)places;
}

static unsigned place_strip_below(const struct layout_wish *wish, struct layout_tile *tiles)
{
    const struct layout_rect canvas = whole(wish);
    const unsigned places = strip_places(canvas.width, canvas.height, WIDE, HIGH);
    const unsigned count = least(wish->count - 1, places);
    const unsigned height =
        least(even_of((uint64_t)canvas.width * HIGH, WIDE * places), even(canvas.height / 3));
    struct layout_rect large = canvas, strip = canvas;
    large.height = canvas.height - height;
    strip.y = large.height;
    strip.height = height;
    strip.width = even_of((uint64_t)canvas.width * count, places);
    strip.x = even((canvas.width - strip.width) / 2);
    tiles[0].rect = no_wider(large);
    for (unsigned i = 0; i < count; i++)
        tiles[1 + i].rect = cell(&strip, count, 1, i, 0);
    return 1 + count;
}

static unsigned place_strip_beside(const struct layout_wish *wish, struct layout_tile *tiles)
{
    const struct layout_rect canvas = whole(wish);
    const unsigned width = even_of(canvas.width, STRIP_USUAL);
    const unsigned high = even_of((uint64_t)width * HIGH, WIDE);
    const unsigned places = least(STRIP_MOST, high ? (canvas.height + 2) / high : 1);
    const unsigned count = least(wish->count - 1, places ? places : 1);
    struct layout_rect large = canvas, strip = canvas;
    large.width = canvas.width - width;
    strip.x = large.width;
    strip.width = width;
    strip.height = least(high * count, canvas.height);
    strip.y = even((canvas.height - strip.height) / 2);
    tiles[0].rect = no_wider(large);
    for (unsigned i = 0; i < count; i++)
        tiles[1 + i].rect = cell(&strip, 1, count, 0, i);
    return 1 + count;
}

/* On an upright canvas the strip stands below. */
static unsigned place_presentation(const struct layout_wish *wish, struct layout_tile *tiles)
{
    return wish->height > wish->width ? place_strip_below(wish, tiles)
                                      : place_strip_beside(wish, tiles);
}

/* --- one large, small ones round two of its sides -------------------------------------------
 */

/* The canvas in side x side cells: the large one is all but the last column, downwards, and the
 * last row, from the left. */
static unsigned place_round(const struct layout_wish *wish, unsigned side,
                            struct layout_tile *tiles)
{
    const struct layout_rect canvas = whole(wish);
    const unsigned count = least(wish->count, 2 * side);
    const struct layout_rect corner = cell(&canvas, side, side, side - 1, side - 1);
    tiles[0].rect = (struct layout_rect){.width = corner.x, .height = corner.y};
    for (unsigned i = 1; i < count; i++)
        tiles[i].rect = i < side ? cell(&canvas, side, side, side - 1, i - 1)
                                 : cell(&canvas, side, side, i - side, side - 1);
    return count;
}

/* --- the others -----------------------------------------------------------------------------
 */

static unsigned place_halves(const struct layout_wish *wish, struct layout_tile *tiles)
{
    const struct layout_rect canvas = whole(wish);
    const bool upright = canvas.height > canvas.width;
    for (unsigned i = 0; i < 2; i++)
        tiles[i].rect = upright ? cell(&canvas, 1, 2, 0, i) : cell(&canvas, 2, 1, i, 0);
    return 2;
}

static unsigned place_corner(const struct layout_wish *wish, struct layout_tile *tiles)
{
    const struct layout_rect canvas = whole(wish);
    const unsigned shorter = least(canvas.width, canvas.height);
    const unsigned margin = even(shorter / 40);
    struct layout_rect small = {.width = even_of(canvas.width, 4),
                                .height = even_of(canvas.height, 4)};
    small.x = canvas.width - small.width - margin;
    small.y = canvas.height - small.height - margin;
    tiles[0].rect = canvas;
    tiles[1].rect = small;
    return 2;
}

/* From and to, in units, as even pixels of a side: at least two of them. */
static void scale_edges(unsigned from, unsigned length, unsigned side, unsigned *at,
                        unsigned *pixels)
{
    const unsigned to = least(from + length, LAYOUT_UNITS);
    *at = least(even_of((uint64_t)from * side, LAYOUT_UNITS), side - 2);
    const unsigned end = least(even_of((uint64_t)to * side, LAYOUT_UNITS), side);
    *pixels = end > *at ? end - *at : 2;
}

static unsigned place_custom(const struct layout *layout, const struct layout_wish *wish,
                             struct layout_tile *tiles)
{
    const struct layout_rect canvas = whole(wish);
    const unsigned count = least(wish->count, least(layout->custom_count, LAYOUT_MAX_CUSTOM));
    for (unsigned i = 0; i < count; i++) {
        const struct layout_rect *units = &layout->custom[i].rect;
        struct layout_rect *rect = &tiles[i].rect;
        scale_edges(least(units->x, LAYOUT_UNITS), least(units->width, LAYOUT_UNITS),
                    canvas.width, &rect->x, &rect->width);
        scale_edges(least(units->y, LAYOUT_UNITS), least(units->height, LAYOUT_UNITS),
                    canvas.height, &rect->y, &rect->height);
        tiles[i].role = layout->custom[i].role;
    }
    return count;
}

static unsigned place(const struct layout *layout, enum layout_kind kind,
                      const struct layout_wish *wish, struct layout_tile *tiles)
{
    switch (kind) {
    case LAYOUT_SPEAKER:
        return place_strip_below(wish, tiles);
    case LAYOUT_ONE_FIVE:
        return place_round(wish, 3, tiles);
    case LAYOUT_ONE_SEVEN:
        return place_round(wish, 4, tiles);
    case LAYOUT_ONE_NINE:
        return place_round(wish, 5, tiles);
    case LAYOUT_SIDE_BY_SIDE:
        return place_halves(wish, tiles);
    case LAYOUT_PICTURE_IN_PICTURE:
        return place_corner(wish, tiles);
    case LAYOUT_PRESENTATION:
        return place_presentation(wish, tiles);
    case LAYOUT_CUSTOM:
        return place_custom(layout, wish, tiles);
    default:
        return place_grid(wish, tiles);
    }
}

static enum layout_role first_role(enum layout_kind kind)
{
    if (kind == LAYOUT_PRESENTATION)
        return LAYOUT_PRESENTER;
    return kind == LAYOUT_GRID || kind == LAYOUT_SIDE_BY_SIDE ? LAYOUT_ANYONE : LAYOUT_TALKER;
}

enum layout_kind layout_resolve(const struct layout *layout, const struct layout_wish *wish)
{
    if (layout->kind != LAYOUT_AUTO)
        return layout->kind;
    if (wish->presents)
        return LAYOUT_PRESENTATION;
    return wish->count <= AUTO_GRID_MAX ? LAYOUT_GRID : LAYOUT_SPEAKER;
}

unsigned layout_place(const struct layout *layout, const struct layout_wish *wish,
                      struct layout_tile tiles[LAYOUT_MAX_TILES])
{
    if (!wish->count || wish->width < 2 || wish->height < 2)
        return 0;
    memset(tiles, 0, LAYOUT_MAX_TILES * sizeof(tiles[0]));
    const enum layout_kind kind = layout_resolve(layout, wish);
    if (kind != LAYOUT_CUSTOM && (wish->count == 1 || kind == LAYOUT_SPOTLIGHT)) {
        tiles[0] = (struct layout_tile){whole(wish), first_role(kind)};
        return 1;
    }
    const unsigned count = place(layout, kind, wish, tiles);
    if (kind != LAYOUT_CUSTOM)
        tiles[0].role = first_role(kind);
    return count;
}

/* --- what people write ----------------------------------------------------------------------
 */

#define EACH_TILE(what)                                                                        \
    {                                                                                          \
        "tiles[0]: " what, "tiles[1]: " what, "tiles[2]: " what, "tiles[3]: " what,            \
            "tiles[4]: " what, "tiles[5]: " what, "tiles[6]: " what, "tiles[7]: " what,        \
            "tiles[8]: " what, "tiles[9]: " what, "tiles[10]: " what, "tiles[11]: " what,      \
            "tiles[12]: " what, "tiles[13]: " what, "tiles[14]: " what, "tiles[15]: " what,    \
            "tiles[16]: " what, "tiles[17]: " what, "tiles[18]: " what, "tiles[19]: " what,    \
            "tiles[20]: " what, "tiles[21]: " what, "tiles[22]: " what, "tiles[23]: " what,    \
            "tiles[24]: " what                                                                 \
    }

static const char *const no_area[LAYOUT_MAX_CUSTOM] =
    EACH_TILE("width and height must be at least 1");
static const char *const outside[LAYOUT_MAX_CUSTOM] =
    EACH_TILE("reaches beyond the canvas, which is 10000 x 10000");
static const char *const no_role[LAYOUT_MAX_CUSTOM] = EACH_TILE("no such role");

static bool is_outside(unsigned from, unsigned length)
{
    return from > LAYOUT_UNITS || length > LAYOUT_UNITS - from;
}

static const char *complaint(const struct layout *layout)
{
    if ((unsigned)layout->kind >= LAYOUT_KINDS)
        return "no such kind of layout";
    if (layout->kind != LAYOUT_CUSTOM)
        return NULL;
    if (!layout->custom_count)
        return "a custom layout needs at least one tile";
    if (layout->custom_count > LAYOUT_MAX_CUSTOM)
        return "a custom layout has at most 25 tiles";
    for (unsigned i = 0; i < layout->custom_count; i++) {
        const struct layout_rect *rect = &layout->custom[i].rect;
        if (!rect->width || !rect->height)
            return no_area[i];
        if (is_outside(rect->x, rect->width) || is_outside(rect->y, rect->height))
            return outside[i];
        if ((unsigned)layout->custom[i].role > LAYOUT_PRESENTER)
            return no_role[i];
    }
    return NULL;
}

int layout_check(const struct layout *layout, const char **why)
{
    const char *text = complaint(layout);
    if (!text)
        return 0;
    *why = text;
    return -EINVAL;
}

/* --- from one to another --------------------------------------------------------------------
 */

/* Smoothstep in integers, rounded down: so a thing that stands still does not tremble, and what
 * is inside at both ends is inside between them. */
static unsigned between(unsigned from, unsigned to, uint64_t part, uint64_t all)
{
    return even((unsigned)((from * (all - part) + to * part) / all));
}

struct layout_rect layout_glide(const struct layout_rect *from, const struct layout_rect *to,
                                unsigned step, unsigned steps)
{
    if (step >= steps)
        return *to;
    while (steps > STEPS_MAX) {
        steps >>= 1;
        step >>= 1;
    }
    const uint64_t all = (uint64_t)steps * steps * steps;
    const uint64_t part = (uint64_t)step * step * (3 * (uint64_t)steps - 2 * (uint64_t)step);
    struct layout_rect rect = {.x = between(from->x, to->x, part, all),
                               .y = between(from->y, to->y, part, all)};
    rect.width = between(from->x + from->width, to->x + to->width, part, all) - rect.x;
    rect.height = between(from->y + from->height, to->y + to->height, part, all) - rect.y;
    return rect;
}

/* --- words ----------------------------------------------------------------------------------
 */

static const char *const kind_words[LAYOUT_KINDS] = {
    [LAYOUT_AUTO] = "auto",
    [LAYOUT_GRID] = "grid",
    [LAYOUT_SPEAKER] = "speaker",
    [LAYOUT_ONE_FIVE] = "one_five",
    [LAYOUT_ONE_SEVEN] = "one_seven",
    [LAYOUT_ONE_NINE] = "one_nine",
    [LAYOUT_SIDE_BY_SIDE] = "side_by_side",
    [LAYOUT_PICTURE_IN_PICTURE] = "picture_in_picture",
    [LAYOUT_PRESENTATION] = "presentation",
    [LAYOUT_SPOTLIGHT] = "spotlight",
    [LAYOUT_CUSTOM] = "custom",
};

static const char *const role_words[LAYOUT_PRESENTER + 1] = {
    [LAYOUT_ANYONE] = "anyone",
    [LAYOUT_TALKER] = "talker",
    [LAYOUT_PRESENTER] = "presenter",
};

static int find(const char *const words[], unsigned count, const char *word)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return -EINVAL;
}

const char *layout_kind_word(enum layout_kind kind)
{
    return kind_words[kind];
}

int layout_kind_parse(const char *word, enum layout_kind *kind)
{
    const int found = find(kind_words, LAYOUT_KINDS, word);
    if (found < 0)
        return found;
    *kind = (enum layout_kind)found;
    return 0;
}

const char *layout_role_word(enum layout_role role)
{
    return role_words[role];
}

int layout_role_parse(const char *word, enum layout_role *role)
{
    const int found = find(role_words, LAYOUT_PRESENTER + 1, word);
    if (found < 0)
        return found;
    *role = (enum layout_role)found;
    return 0;
}
