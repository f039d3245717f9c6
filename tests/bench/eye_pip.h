/*
 * eye_pip.h - short tones that mark moments in G.711 mu-law: written by a talker, found again
 * by a listener.
 *
 *   eye_pip_add(&pips, captured_ns);              a pip begins at that moment
 *   eye_pip_write(&pips, begin_ns, payload);      the 20 ms from begin_ns on: tone or silence
 *   if (eye_pip_hear(&ear, timestamp, payload, length, &onset)) ...
 *
 * Shape    8 kHz, 1 kHz tone of 60 ms at -6 dBFS; between two pips there has to be silence for
 *          200 ms. An onset is the time stamp of the pip's first sample, to one sample.
 * Thread   one per object; pure.
 * Source   ITU-T G.711 (mu-law).
 */
#ifndef TESTS_BENCH_EYE_PIP_H
#define TESTS_BENCH_EYE_PIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EYE_PIP_MS = 60, EYE_PIP_FRAME = 160, EYE_PIP_MEMORY = 8 };

/** The last pips; a zeroed one has none. */
struct eye_pips {
    int64_t begin_ns[EYE_PIP_MEMORY];
    unsigned count; /* ever */
};

void eye_pip_add(struct eye_pips *pips, int64_t begin_ns);
void eye_pip_write(const struct eye_pips *pips, int64_t begin_ns, uint8_t out[EYE_PIP_FRAME]);

/** A zeroed one has heard nothing. */
struct eye_pip_ear {
    bool was_loud;
    uint32_t loud_end; /* time stamp behind the last loud sample */
};

/** Takes a payload, in the order of time stamps. @return true: a pip begins in it, at *onset.
 */
bool eye_pip_hear(struct eye_pip_ear *ear, uint32_t timestamp, const uint8_t *payload,
                  size_t length, uint32_t *onset);

#endif
