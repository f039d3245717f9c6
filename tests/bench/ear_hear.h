/*
 * ear_hear.h - what a caller heard: RTP packets as they came, put together by their time
 * stamps.
 *
 * There is no jitter buffer here. What was sent is laid out by its time stamps, and the time at
 * which it is played is that of a listener who plays each packet as it comes, freed of the
 * single packet's lateness: the median over a second around it.
 *
 * Shape    sound at EAR_HZ; sample 0 is the first of the packet with the lowest time stamp.
 * Thread   one.
 * Errors   0 or a negative errno.
 */
#ifndef TESTS_BENCH_EAR_HEAR_H
#define TESTS_BENCH_EAR_HEAR_H

#include "tests/bench/ear_signal.h"
#include "tests/bench/load_speech.h"

#include <stdint.h>

struct ear_hear; /* the packets of one call */

struct ear_heard {
    struct ear_signal sound;
    double *offset_ms; /* [packets]; see ear_heard_played_ms() */
    int64_t *first;    /* [packets], sorted: first sample of each, at EAR_HZ */
    size_t packets;
    unsigned gaps, sources; /* gaps in the sequence numbers; SSRCs seen */
};

int ear_hear_create(const struct load_codec *codec, uint8_t payload_type,
                    struct ear_hear **hear);
void ear_hear_destroy(struct ear_hear *hear); /* NULL is allowed */

/** Keeps a packet that came at @p at_ns. */
void ear_hear_add(struct ear_hear *hear, const uint8_t *data, size_t length, int64_t at_ns);

/** Decodes all of it. @p start_ns: 0 of the times in @p heard. -ENODATA: nothing came. */
int ear_hear_finish(const struct ear_hear *hear, int64_t start_ns, struct ear_heard *heard);
void ear_heard_destroy(struct ear_heard *heard); /* a zeroed one is allowed */

/** When this sample was played [ms]. */
double ear_heard_played_ms(const struct ear_heard *heard, double sample);

/** The sample that was played at @p ms; may lie outside of the sound. */
double ear_heard_place(const struct ear_heard *heard, double ms);

#endif
