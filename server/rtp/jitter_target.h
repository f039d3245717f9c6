/*
 * jitter_target.h - how late packets come, and how much delay it takes to wait for them.
 *
 *   packet:  late = jitter_target_measure(target, timestamp, arrival_ns, packet_ms);
 *            if it came after its turn    jitter_target_missed(target, late, arrival_ns);
 *   tick:    jitter_target_delay(target, timestamp, now_ns) against jitter_target_cover(...)
 *
 * A packet's transit is its arrival minus its time stamp. The least transit of the last seconds
 * is the base: what a packet takes whom nothing holds up. Clocks that differ and routes that
 * change move the base, both ways. How much later than the base a packet comes is its lateness;
 * to cover it, a sample must be played so much later than a packet of the base would allow.
 *
 * The cover is what all but 1 in 40 packets of the last seconds had, and a little more. It
 * grows at once, also for one packet that came after its turn, by a bounded step: so a freak
 * costs little, and one that comes back is covered. It shrinks slowly. A packet so late that no
 * cover would help is not looked at; if nothing else comes, the base was wrong and begins anew.
 * One that comes earlier than any before is no jitter: it moves the base. A sender whose base
 * falls on and on, faster than stretching can follow, runs ahead of real time.
 *
 * Shape    units are RTP clock units; times of arrival and ticks are monotonic [ns].
 * Thread   belongs to one jitter buffer; never allocates. O(1) per packet, now and then
 *          O(buckets).
 * Source   RFC 3550 section 6.4.1 for transit.
 */
#ifndef SERVER_RTP_JITTER_TARGET_H
#define SERVER_RTP_JITTER_TARGET_H

#include "server/rtp/jitter_histogram.h"

#include <stdbool.h>
#include <stdint.h>

struct jitter_target {
    unsigned min_ms, max_ms; /* of sound to be held right after a packet on time came, it too */
    unsigned clock_hz;
    uint32_t bucket_us;
    bool has_base;
    bool is_doubtful;   /* what came last was too late to be true                      */
    uint32_t base;      /* least transit of two windows [units, modulo 2^32]           */
    uint32_t least[2];  /* ... of this window, and of the one before                   */
    uint32_t origin_us; /* the base lies so much above the low edge of bucket 0        */
    uint32_t doubtful_least;
    int64_t begin_ns;  /* when this base was first taken                              */
    int64_t window_ns; /* when this window began                                      */
    int64_t doubtful_ns;
    int64_t measured_ns; /* last arrival                                                */
    int64_t hold_ns;     /* the cover does not shrink before                            */
    int64_t cover_us;    /* above the base                                              */
    int64_t fallen_us;   /* how far the base fell of late                               */
    int64_t fallen_ns;   /* ... and when                                                */
    int64_t ahead_us;    /* ... and how much of it stretching cannot have taken back    */
    struct jitter_histogram histogram;
};

/** @p min_ms <= @p max_ms. Equal: the cover is fixed. jitter_target_restart() must follow. */
void jitter_target_init(struct jitter_target *target, unsigned min_ms, unsigned max_ms);

/** Another least; above max_ms, that. */
void jitter_target_set_min(struct jitter_target *target, unsigned min_ms);

/** Another sender, or its clock jumped: the base is not known any more. What the network does
 * is.
 */
void jitter_target_restart(struct jitter_target *target, unsigned clock_hz);

/** Takes one audio packet, no duplicate. @p packet_ms: the sound in it, or about.
 *  @return its lateness [units]. */
uint32_t jitter_target_measure(struct jitter_target *target, uint32_t timestamp,
                               int64_t arrival_ns, unsigned packet_ms);

/** It was not there when its turn came. */
void jitter_target_missed(struct jitter_target *target, uint32_t lateness, int64_t arrival_ns);

/** How much later than a packet of the base would allow that time stamp is played, if it is
 *  played now [units]. 0 if there is no base. */
int32_t jitter_target_delay(const struct jitter_target *target, uint32_t timestamp,
                            int64_t now_ns);

/** The delay that is wanted at least [units], >= 0, for packets of so much sound. */
uint32_t jitter_target_cover(const struct jitter_target *target, uint32_t packet_units);

/** The same as sound that is to be held: the cover and one packet, within min_ms and max_ms. */
unsigned jitter_target_ms(const struct jitter_target *target, uint32_t packet_units);

/** Is what comes ahead of real time by more than half of max_ms, and still moving ahead? */
bool jitter_target_runs_ahead(const struct jitter_target *target, int64_t now_ns);

/** False while its delays mean nothing: no base yet, or in doubt. */
bool jitter_target_is_sure(const struct jitter_target *target);

#endif
