/*
 * audio_mix.h - the sum of a room's voices and, for each listener, that sum minus its own
 * (N-1).
 *
 *   tick:  audio_mix_begin(&mix, samples);
 *          for each leg that speaks    audio_mix_add(&mix, frame);
 *          for each leg that listens   audio_mix_minus_own(&mix, own_frame_or_NULL, gain, out);
 *
 * A frame that was added must not change until the last minus_own of the tick: what is
 * subtracted is, bit for bit, what was added. So the sum needs no table of seats and a room has
 * no size.
 *
 * Shape    frames are int16_t[samples], mono; samples = rate [Hz] / 50.
 * Thread   all of it: the room's media worker; never locks, allocates or logs.
 * Source   RFC 3550 section 7.1, Mixer: combines its sources into one new stream.
 */
#ifndef MIXER_AUDIO_AUDIO_MIX_H
#define MIXER_AUDIO_AUDIO_MIX_H

#include "mixer/audio/audio_gain.h"

#include <stdint.h>

enum {
    AUDIO_MIX_MAX_VOICES = 65535, /* in one tick: so many at full scale fit into 32 bits */
    AUDIO_MIX_MAX_SAMPLES = 960,  /* 20 ms of 48 kHz mono                                */
};

/** A sum in the making; embedded in its owner. The fields are audio_mix.c's. */
struct audio_mix {
    unsigned samples;
    unsigned voices;                      /* added in this tick                         */
    int32_t total[AUDIO_MIX_MAX_SAMPLES]; /* sum of all voices, never clipped           */
};

/** Starts a tick: forgets every voice of the tick before. */
void audio_mix_begin(struct audio_mix *mix, unsigned samples);

/** Adds one voice, its gain already applied. @p frame is borrowed until the tick's end. */
void audio_mix_add(struct audio_mix *mix, const int16_t *frame);

/**
 * Writes to @p out what a listener hears: every voice but @p own (NULL: it did not speak),
 * times
 * @p gain, limited once, so that the order of the adds cannot be heard.
 */
void audio_mix_minus_own(const struct audio_mix *mix, const int16_t *own, audio_gain gain,
                         int16_t *out);

#endif
