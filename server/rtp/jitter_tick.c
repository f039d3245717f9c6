/* jitter_tick.c - the place of the earliest, followed fast down and slowly up. */
#include "server/rtp/jitter_tick.h"

#include "mixer/base/clock.h"

enum {
    EARLY_MS = 4,     /* one that comes so much before its place has moved it; more: is late */
    DRIFT_PART = 256, /* of its lateness the place moves up with each                        */
};
#define TICK_NS (JITTER_TICK_MS * CLOCK_NS_PER_MS)
#define EARLY_NS (EARLY_MS * CLOCK_NS_PER_MS)

/* Below 0: it is early. */
static int64_t lateness(const struct jitter_tick *tick, int64_t now_ns)
{
    int64_t part = (now_ns - tick->place_ns + EARLY_NS) % TICK_NS;
    return (part < 0 ? part + TICK_NS : part) - EARLY_NS;
}

void jitter_tick_note(struct jitter_tick *tick, int64_t now_ns)
{
    if (tick->now_ns == now_ns)
        return;
    if (!tick->now_ns)
        tick->place_ns = now_ns;
    int64_t late_ns = lateness(tick, now_ns);
    tick->place_ns += late_ns < 0 ? late_ns : late_ns / DRIFT_PART;
    tick->now_ns = now_ns;
}

int64_t jitter_tick_due_ns(const struct jitter_tick *tick, int64_t now_ns)
{
    int64_t late_ns = tick->now_ns ? lateness(tick, now_ns) : 0;
    return late_ns > 0 ? now_ns - late_ns : now_ns;
}
