/*
 * jitter_tick.h - when a tick was due, though it came late.
 *
 *   jitter_tick_note(tick, now_ns);     each tick, any number of times
 *   jitter_tick_due_ns(tick, now_ns)    its place among the others
 *
 * What is there at a tick that is late need not be there at the next, which is not. So delays
 * are reckoned from where ticks are due: they lie 20 ms apart, and the earliest show where.
 *
 * Thread   belongs to one jitter buffer. A zeroed one has seen no tick.
 */
#ifndef SERVER_RTP_JITTER_TICK_H
#define SERVER_RTP_JITTER_TICK_H

#include <stdint.h>

enum { JITTER_TICK_MS = 20 };

struct jitter_tick {
    int64_t now_ns;   /* of the last one; 0: none                  */
    int64_t place_ns; /* a time at which one was due; others follow */
};

void jitter_tick_note(struct jitter_tick *tick, int64_t now_ns);

/** When the tick that comes at @p now_ns was due: less than 16 ms before, and not after it. */
int64_t jitter_tick_due_ns(const struct jitter_tick *tick, int64_t now_ns);

#endif
