/*
 * ear_voice.h - what a measuring caller says: speech made by formula, or from a WAV file.
 *
 * The formula's words, vowels, pitch and pauses are drawn by a seed and never repeat, so that
 * each second of it is found again in what somebody hears by cross-correlation: the speech is
 * its own marker.
 *
 * Shape    48 kHz; the speech's parts that are not pauses have EAR_VOICE_DB.
 * Thread   one.
 * Errors   0 or a negative errno; -EBADMSG: no WAV file of 16 bits and one channel.
 */
#ifndef TESTS_BENCH_EAR_VOICE_H
#define TESTS_BENCH_EAR_VOICE_H

#include "tests/bench/ear_signal.h"

#include <stdint.h>

enum { EAR_VOICE_DB = -22 };

int ear_voice_make(uint64_t seed, double seconds, struct ear_signal *voice);

/** The file's sound, again and again until @p seconds are full. */
int ear_voice_read(const char *path, double seconds, struct ear_signal *voice);

/** Makes the speech in @p voice EAR_VOICE_DB loud, pauses left out. */
void ear_voice_scale(struct ear_signal *voice);

#endif
