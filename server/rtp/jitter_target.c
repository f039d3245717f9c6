/* jitter_target.c - the base follows the least transit, the cover follows the lateness. */
#include "server/rtp/jitter_target.h"

#include "mixer/base/clock.h"

#include <assert.h>

enum {
    WINDOW_MS = 4000,       /* 200 ppm are 1.6 ms in two of them                            */
    BUCKET_US = 2000,       /* wider only if max_ms does not fit                            */
    MARGIN_US = 2000,       /* what JITTER_GRID_SLACK_MS may take              */
    STEP_US = 60000,        /* most a single packet that was missed may add                 */
    HOLD_MS = 3000,         /* ... for so long                                              */
    SHRINK_PART = 25,       /* 40 ms a second                                               */
    LONGEST_PAUSE_MS = 500, /* a longer one shrinks no more                                 */
    RESTART_US = 100000,    /* most that is kept of the cover for another sender            */
    YOUNG_MS = 1000,        /* a base is not known before: the first packets may all be late */
    DOUBT_MS = 150,         /* nothing but what is too late for so long: the base is wrong  */
    CREEP_US = 40000,       /* a base that falls farther has not crept: it is another route, */
    CREEP_PART = 100,       /* or a sender that is too fast, if it falls by more of the time */
    STRETCH_PART = 4,       /* most of the time that stretching can take back               */
    AHEAD_HOLD_MS = 200,    /* so long after the base fell last, its sender is still ahead  */
};
#define NS_PER_US 1000LL

void jitter_target_init(struct jitter_target *target, unsigned min_ms, unsigned max_ms)
{
    assert(min_ms <= max_ms);
    uint32_t bucket_us = max_ms * 1000 / JITTER_HISTOGRAM_BUCKETS;
    *target =
        (struct jitter_target){.min_ms = min_ms,
                               .max_ms = max_ms,
                               .bucket_us = bucket_us > BUCKET_US ? bucket_us : BUCKET_US};
}

void jitter_target_set_min(struct jitter_target *target, unsigned min_ms)
{
    target->min_ms = min_ms < target->max_ms ? min_ms : target->max_ms;
}

void jitter_target_restart(struct jitter_target *target, unsigned clock_hz)
{
    assert(clock_hz > 0);
    target->clock_hz = clock_hz;
    target->has_base = target->is_doubtful = false;
    jitter_histogram_init(&target->histogram);
    if (target->cover_us > RESTART_US)
        target->cover_us = RESTART_US;
}

static uint32_t units_of_ns(const struct jitter_target *target, int64_t ns)
{
    /* seconds apart, so that nothing overflows; only the low 32 bits matter */
    uint64_t seconds = (uint64_t)(ns / CLOCK_NS_PER_S);
    uint64_t rest = (uint64_t)(ns % CLOCK_NS_PER_S);
    return (uint32_t)(seconds * target->clock_hz + rest * target->clock_hz / CLOCK_NS_PER_S);
}

static int64_t us_of_units(const struct jitter_target *target, int64_t units)
{
    return units * 1000000 / target->clock_hz;
}

static bool is_below(uint32_t transit, uint32_t other)
{
    return (int32_t)(transit - other) < 0;
}

/* ---- the base ---- */

static void begin_base(struct jitter_target *target, uint32_t transit, int64_t arrival_ns)
{
    target->base = target->least[0] = target->least[1] = transit;
    target->window_ns = target->begin_ns = arrival_ns;
    target->origin_us = 0;
    target->fallen_us = target->ahead_us = 0;
    target->fallen_ns = arrival_ns;
    target->has_base = true;
    target->is_doubtful = false;
}

static int64_t ahead_limit_us(const struct jitter_target *target)
{
    return target->max_ms * 1000LL / 2;
}

/* What is left of it at that time, of which a part of the time that passed is forgotten. */
static int64_t left_us(const struct jitter_target *target, int64_t us, int part, int64_t at_ns)
{
    int64_t passed_us = (at_ns - target->fallen_ns) / NS_PER_US;
    int64_t forgotten_us = passed_us > 0 ? passed_us / part : 0;
    return us > forgotten_us ? us - forgotten_us : 0;
}

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How far the base has fallen of late: faster than any clock creeps, or than one can follow. */
static void note_fall(struct jitter_target *target, int64_t by_us, int64_t arrival_ns)
{
    const int64_t fall_us = by_us < 0 ? -by_us : 0;
    const int64_t most_us = ahead_limit_us(target) + AHEAD_HOLD_MS * 1000LL / STRETCH_PART;
    target->fallen_us = least_of(
        left_us(target, target->fallen_us, CREEP_PART, arrival_ns) + fall_us, 2 * CREEP_US);
    target->ahead_us = least_of(
        left_us(target, target->ahead_us, STRETCH_PART, arrival_ns) + fall_us, most_us);
    target->fallen_ns = arrival_ns;
}

/* All that was measured lies so much less above the base. */
static void lower_measured(struct jitter_target *target, int64_t by_us)
{
    target->cover_us = target->cover_us > by_us ? target->cover_us - by_us : 0;
    int64_t origin_us = target->origin_us + by_us, bucket_us = target->bucket_us;
    int64_t buckets = origin_us / bucket_us;
    if (origin_us < buckets * bucket_us)
        buckets--;
    target->origin_us = (uint32_t)(origin_us - buckets * bucket_us);
    if (buckets > JITTER_HISTOGRAM_BUCKETS)
        buckets = JITTER_HISTOGRAM_BUCKETS;
    if (buckets)
        jitter_histogram_shift(&target->histogram, (int)-buckets);
}

/* What was measured above the old base is noted above the new one: what is wanted stays where
 * it is in time. But not if the base falls too far, and what it fell just before was no creep
 * either. */
static void move_base(struct jitter_target *target, uint32_t base, int64_t arrival_ns)
{
    bool is_young = arrival_ns - target->begin_ns < YOUNG_MS * CLOCK_NS_PER_MS;
    int64_t by_us = us_of_units(target, (int32_t)(base - target->base));
    int64_t before_us = left_us(target, target->fallen_us, CREEP_PART, arrival_ns);
    target->base = base;
    note_fall(target, by_us, arrival_ns);
    if (is_young)
        target->ahead_us = 0;
    bool is_far = target->fallen_us > CREEP_US;
    if (!is_young && !(is_far && before_us > CREEP_US))
        lower_measured(target, is_far ? before_us : by_us);
    if (is_young || is_far)
        target->origin_us = 0;
}

static void note_transit(struct jitter_target *target, uint32_t transit, int64_t arrival_ns)
{
    if (is_below(transit, target->least[0]))
        target->least[0] = transit;
    if (arrival_ns - target->window_ns >= WINDOW_MS * CLOCK_NS_PER_MS) {
        target->least[1] = target->least[0];
        target->least[0] = transit;
        target->window_ns = arrival_ns;
    }
    uint32_t base =
        is_below(target->least[0], target->least[1]) ? target->least[0] : target->least[1];
    if (base != target->base)
        move_base(target, base, arrival_ns);
}

/* ---- too late to be true ---- */

static bool is_too_late(const struct jitter_target *target, uint32_t transit)
{
    int64_t us = us_of_units(target, (int32_t)(transit - target->base));
    return us > target->max_ms * 1000LL;
}

/* One such packet is a freak, and many at once are a burst after a stall. */
static void doubt(struct jitter_target *target, uint32_t transit, int64_t arrival_ns)
{
    if (!target->is_doubtful) {
        target->is_doubtful = true;
        target->doubtful_ns = arrival_ns;
        target->doubtful_least = transit;
    }
    if (is_below(transit, target->doubtful_least))
        target->doubtful_least = transit;
    if (arrival_ns - target->doubtful_ns >= DOUBT_MS * CLOCK_NS_PER_MS)
        begin_base(target, target->doubtful_least, arrival_ns);
}

/* ---- the cover ---- */

static void follow(struct jitter_target *target, int64_t arrival_ns)
{
    int64_t upper_us = (int64_t)(target->histogram.place + 1) * target->bucket_us;
    int64_t wanted_us = upper_us - target->origin_us + MARGIN_US;
    int64_t passed_us = (arrival_ns - target->measured_ns) / NS_PER_US;
    if (passed_us > LONGEST_PAUSE_MS * 1000LL)
        passed_us = LONGEST_PAUSE_MS * 1000LL;
    if (passed_us > 0 && arrival_ns >= target->hold_ns)
        target->cover_us -= passed_us / SHRINK_PART;
    if (target->cover_us < wanted_us)
        target->cover_us = wanted_us;
}

uint32_t jitter_target_measure(struct jitter_target *target, uint32_t timestamp,
                               int64_t arrival_ns, unsigned packet_ms)
{
    uint32_t transit = units_of_ns(target, arrival_ns) - timestamp;
    if (!target->has_base) { /* nothing to compare with: it says nothing */
        begin_base(target, transit, arrival_ns);
        target->measured_ns = arrival_ns;
        target->hold_ns = arrival_ns + HOLD_MS * CLOCK_NS_PER_MS;
        return 0;
    }
    if (is_too_late(target, transit)) {
        doubt(target, transit, arrival_ns);
    } else {
        target->is_doubtful = false;
        note_transit(target, transit, arrival_ns);
        int64_t us = us_of_units(target, (int32_t)(transit - target->base)) + target->origin_us;
        jitter_histogram_add(&target->histogram, (uint32_t)(us / target->bucket_us), packet_ms);
        follow(target, arrival_ns);
    }
    target->measured_ns = arrival_ns;
    return transit - target->base;
}

void jitter_target_missed(struct jitter_target *target, uint32_t lateness, int64_t arrival_ns)
{
    int64_t late_us = us_of_units(target, lateness) + MARGIN_US;
    if (late_us > target->max_ms * 1000LL)
        return;
    int64_t most_us = target->cover_us + STEP_US;
    if (late_us > most_us)
        late_us = most_us;
    if (target->cover_us < late_us)
        target->cover_us = late_us;
    target->hold_ns = arrival_ns + HOLD_MS * CLOCK_NS_PER_MS;
}

/* ---- questions ---- */

int32_t jitter_target_delay(const struct jitter_target *target, uint32_t timestamp,
                            int64_t now_ns)
{
    if (!target->has_base)
        return 0;
    return (int32_t)(units_of_ns(target, now_ns) - timestamp - target->base);
}

static int64_t sound_us(const struct jitter_target *target, int64_t packet_us)
{
    int64_t us = target->min_ms == target->max_ms ? 0 : target->cover_us + packet_us;
    if (us < target->min_ms * 1000LL)
        us = target->min_ms * 1000LL;
    return us > target->max_ms * 1000LL ? target->max_ms * 1000LL : us;
}

uint32_t jitter_target_cover(const struct jitter_target *target, uint32_t packet_units)
{
    int64_t packet_us = us_of_units(target, packet_units);
    int64_t us = sound_us(target, packet_us) - packet_us;
    return us > 0 ? (uint32_t)(us * target->clock_hz / 1000000) : 0;
}

unsigned jitter_target_ms(const struct jitter_target *target, uint32_t packet_units)
{
    return (unsigned)(sound_us(target, us_of_units(target, packet_units)) / 1000);
}

bool jitter_target_runs_ahead(const struct jitter_target *target, int64_t now_ns)
{
    return target->has_base &&
           left_us(target, target->ahead_us, STRETCH_PART, now_ns) > ahead_limit_us(target);
}

bool jitter_target_is_sure(const struct jitter_target *target)
{
    return target->has_base && !target->is_doubtful;
}
