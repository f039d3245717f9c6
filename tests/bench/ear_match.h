/*
 * ear_match.h - finds again what was said in what was heard: when, how well, and what is
 * missing.
 *
 * Blocks   of one second, every half second, found by cross-correlation: the delay from mouth
 *          to ear, packet time included. A block in which nothing is alike has no delay.
 * Frames   of 40 ms, every 20 ms, looked for within 40 ms of their block's place and so freed
 *          of what a jitter buffer stretches or shortens.
 *
 * Shape    delays [ms], up to MATCH_MAX_DELAY_MS. likeness: ear_likeness().
 * Thread   any; pure.
 * Errors   0 or -ENOMEM.
 */
#ifndef TESTS_BENCH_EAR_MATCH_H
#define TESTS_BENCH_EAR_MATCH_H

#include "tests/bench/ear_hear.h"
#include "tests/bench/ear_talk.h"

#include <stdbool.h>

enum { EAR_MATCH_MAX_DELAY_MS = 1000, EAR_FRAME = 40 * EAR_PER_MS, EAR_HOP = 20 * EAR_PER_MS };

struct ear_block {
    size_t said; /* first sample */
    double delay_ms, likeness;
    bool found;
};

struct ear_frame {
    size_t said;  /* first sample */
    bool active;  /* something is said in it */
    bool alike;   /* and heard as it was said */
    double place; /* first sample in what was heard, to a whole sample */
    double likeness;
    double said_energy, product, heard_energy; /* of the best place */
};

struct ear_match {
    const struct ear_signal *said; /* borrowed */
    const struct ear_heard *heard; /* borrowed */
    struct ear_block *block;       /* [blocks] */
    struct ear_frame *frame;       /* [frames] */
    size_t blocks, frames;
    struct ear_signal aligned; /* what was heard, at the time it was said: STOI's food */
};

/** @p said, @p heard: the same parts of the band, at EAR_HZ. */
int ear_match_create(const struct ear_signal *said, const struct ear_talk *talk,
                     const struct ear_heard *heard, struct ear_match *match);
void ear_match_destroy(struct ear_match *match); /* a zeroed one is allowed */

/** The part of what was said between two times is silent in what is heard, while it is not in
 *  the original: how much [ms], how much there was [ms], and the longest time on end [ms]. */
struct ear_silence {
    double said_ms, silent_ms, longest_ms;
};
void ear_match_silence(const struct ear_match *match, double from_s, double to_s,
                       struct ear_silence *silence);

/** Segmental signal-to-noise ratio [dB], of frames in which something is said, each limited to
 *  -10..35 dB. */
double ear_match_snr_db(const struct ear_match *match, double from_s, double to_s);

/** From @p sample on: how long until 400 ms of speech are heard as they were said [ms]; -1:
 *  never. */
double ear_match_resync_ms(const struct ear_match *match, size_t sample);

/** Share of the active frames that are not heard as they were said [percent]. */
double ear_match_disturbed(const struct ear_match *match, double from_s, double to_s);

#endif
