/* jitter_restart.c - how long nothing but refused packets comes, in order and in time. */
#include "server/rtp/jitter_restart.h"

#include "mixer/base/clock.h"

enum {
    LEAST_PACKETS = 3,
    LEAST_MS = 40,   /* a burst of copies is shorter                */
    MOST_MISSING = 8 /* copies get lost as anything does, in a row  */
};

static bool follows(const struct jitter_restart *restart, uint16_t sequence)
{
    const uint16_t step = (uint16_t)(sequence - restart->last);
    return restart->packets && step >= 1 && step <= 1 + MOST_MISSING;
}

bool jitter_restart_refused(struct jitter_restart *restart, uint16_t sequence,
                            int64_t arrival_ns)
{
    if (!follows(restart, sequence))
        *restart = (struct jitter_restart){.begin_ns = arrival_ns};
    restart->packets++;
    restart->last = sequence;
    return !restart->is_among_news && restart->packets >= LEAST_PACKETS &&
           arrival_ns - restart->begin_ns >= LEAST_MS * CLOCK_NS_PER_MS;
}

void jitter_restart_stored(struct jitter_restart *restart)
{
    restart->is_among_news = true;
}
