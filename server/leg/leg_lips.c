/* leg_lips.c - a mean that follows, and a delay that gives way step by step. */
#include "server/leg/leg_lips.h"

#include "mixer/base/clock.h"

enum { SMOOTH = 16, JUMP_MS = 250 };

void leg_lips_follow(int64_t *less_now_ns, int64_t measured_ns)
{
    const int64_t off_ns = measured_ns - *less_now_ns;
    const int64_t most_ns = JUMP_MS * CLOCK_NS_PER_MS;
    if (!*less_now_ns || off_ns > most_ns || off_ns < -most_ns)
        *less_now_ns = measured_ns;
    else
        *less_now_ns += off_ns / SMOOTH;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static void give_way(struct leg_lips *lips, int64_t late_ms)
{
    if (late_ms > LEG_LIPS_LATE_MS && late_ms <= LEG_LIPS_MOST_MS)
        lips->hold_ms += least((unsigned)late_ms - LEG_LIPS_WANTED_MS, LEG_LIPS_STEP_MS);
    else if (late_ms < -LEG_LIPS_EARLY_MS || late_ms > LEG_LIPS_MOST_MS)
        lips->hold_ms -= least(lips->hold_ms, LEG_LIPS_BACK_MS);
    lips->hold_ms = least(lips->hold_ms, LEG_LIPS_MOST_MS);
}

unsigned leg_lips_hold(struct leg_lips *lips, int64_t seen_less_now_ns, int64_t now_ns)
{
    if (now_ns < lips->next_ns)
        return lips->hold_ms;
    lips->next_ns = now_ns + LEG_LIPS_EVERY_MS * CLOCK_NS_PER_MS;
    if (!seen_less_now_ns || !lips->spoken_less_now_ns)
        lips->hold_ms -= least(lips->hold_ms, LEG_LIPS_BACK_MS);
    else
        give_way(lips, (lips->spoken_less_now_ns - seen_less_now_ns) / CLOCK_NS_PER_MS);
    return lips->hold_ms;
}
