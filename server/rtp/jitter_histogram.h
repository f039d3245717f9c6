/*
 * jitter_histogram.h - how often which delay was seen lately, and which one few packets exceed.
 *
 *   jitter_histogram_add(histogram, bucket, packet_ms);   each packet
 *   histogram->place                                      at most 2.5 % lay in a bucket above
 *
 * It forgets exponentially: what was seen JITTER_HISTOGRAM_FORGET_MS of sound ago counts 1/e.
 * Instead of making all that is old lighter, each packet is heavier than the one before it; so
 * a packet costs O(1), and one in thousands O(buckets).
 *
 * Thread   belongs to one jitter buffer; never allocates.
 */
#ifndef SERVER_RTP_JITTER_HISTOGRAM_H
#define SERVER_RTP_JITTER_HISTOGRAM_H

#include <stdint.h>

enum {
    JITTER_HISTOGRAM_BUCKETS = 200,
    JITTER_HISTOGRAM_FORGET_MS = 4096,
    JITTER_HISTOGRAM_ABOVE_PART = 40, /* one of so many may lie above `place` */
};

struct jitter_histogram {
    unsigned place;
    uint32_t next_weight; /* of the next packet, per JITTER_HISTOGRAM_FORGET_MS of sound */
    uint32_t total;       /* of all weights                                              */
    uint32_t above;       /* ... of the buckets above place                              */
    uint32_t weight[JITTER_HISTOGRAM_BUCKETS];
};

/** As if the last few packets had been in bucket 0: so the first one that is late is not yet
 *  the rule. */
void jitter_histogram_init(struct jitter_histogram *histogram);

/** @p bucket: what is too high goes to the last. @p packet_ms: the sound in that packet; it
 *  says how fast to forget. */
void jitter_histogram_add(struct jitter_histogram *histogram, uint32_t bucket,
                          unsigned packet_ms);

/** All that was seen was @p buckets higher (below 0: lower) than noted: bucket 0 has moved.
 * What falls off an end stays in the last bucket there. */
void jitter_histogram_shift(struct jitter_histogram *histogram, int buckets);

#endif
