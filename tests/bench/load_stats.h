/*
 * load_stats.h - what one leg heard: loss, order, gaps, jitter; and the sum over all legs.
 *
 * Thread   one; pure.
 * Source   RFC 3550 section 6.4.1 and appendix A.8 (jitter), A.3 (loss by sequence number).
 */
#ifndef TESTS_BENCH_LOAD_STATS_H
#define TESTS_BENCH_LOAD_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One RTP packet as it arrived. */
struct load_arrival {
    int64_t at_ns;
    uint32_t timestamp, ssrc;
    uint16_t sequence;
    bool marker;
};

struct load_stats {
    bool started;
    uint16_t highest;         /* sequence number                                    */
    uint64_t seen;            /* bit i: packet highest - i has arrived              */
    uint32_t timestamp, ssrc; /* of packet highest                                  */
    int64_t arrived_ns;       /* of the last packet, whichever it was               */
    double transit;           /* of the last packet [time stamp units]              */
    double jitter;            /* [time stamp units]                                 */

    /* since load_stats_reset() */
    uint64_t expected, distinct, received, duplicated, reordered;
    uint64_t wrong_steps; /* time stamp did not go on by one frame a packet, no marker */
    uint64_t sources;     /* changes of SSRC                                        */
    int64_t worst_gap_ns;
};

struct load_stats_sum {
    uint64_t received, lost, duplicated, reordered, wrong_steps, sources;
    unsigned legs, silent_legs;         /* silent: heard nothing at all */
    double worst_gap_ms, median_gap_ms; /* of the legs' worst gaps */
    double mean_jitter_ms, worst_jitter_ms;
};

/** Counts a packet; @p clock_hz of the time stamps, which go on by clock_hz / 50 a packet. */
void load_stats_add(struct load_stats *stats, const struct load_arrival *arrival,
                    unsigned clock_hz);

/** Another stream follows; counters are kept. */
void load_stats_restart(struct load_stats *stats);

/** Begins a window: counters are forgotten, the place in the stream is kept. */
void load_stats_reset(struct load_stats *stats);

/** Sums @p legs legs, @p stride bytes apart: stats are fields of a larger struct. */
void load_stats_sum(const struct load_stats *first, size_t stride, unsigned legs,
                    unsigned clock_hz, struct load_stats_sum *sum);

/** The value below which @p share (0..1) of @p values lie; sorts them. 0 if there are none. */
double load_stats_percentile(double *values, size_t count, double share);

#endif
