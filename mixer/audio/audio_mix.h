/*
 * audio_mix.h - the sum of a room's voices and, for each listener, that sum minus its own
 * (N-1).
 *
 *   tick:  audio_mix_begin(&mix, samples);
 *          for each leg that speaks    audio_mix_add(&mix, frame);
 *          for each leg that listens   audio_mix_minus(&mix, own_frame_or_NULL, sum);
 *                                      audio_mix_scale(sum, samples, gain);
 *                                      audio_limiter_run(limiter, sum, out, ...);
 *
 * A frame that was added must not change until the last minus of the tick: what is subtracted
 * is, bit for bit, what was added. So the sum needs no table of seats and a room has no size.
 * Nothing is limited before the end: no order of the adds can be heard.
 *
 * Shape    frames are int16_t[samples], sums int32_t[samples]; mono, or stereo interleaved (the
 *          mix does not need to know); samples = rate [Hz] / 50 * channels.
 * Thread   all of it: the room's media worker; never locks, allocates or logs.
 * Source   RFC 3550 section 7.1, Mixer: combines its sources into one new stream.
 */
#ifndef MIXER_AUDIO_AUDIO_MIX_H
#define MIXER_AUDIO_AUDIO_MIX_H

#include "mixer/audio/audio_gain.h"

#include <stdint.h>

enum {
    AUDIO_MIX_MAX_VOICES = 65535, /* in one tick: so many at full scale fit into 32 bits */
    AUDIO_MIX_MAX_SAMPLES = 1920, /* 20 ms of 48 kHz stereo                              */
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
 * Writes to @p sum what a listener hears, unlimited: every voice but @p own (NULL: it did not
 * speak), which must have been added in this tick.
 */
void audio_mix_minus(const struct audio_mix *mix, const int16_t *own, int32_t *sum);

/**
 * Multiplies @p samples values in place; what does not fit into 32 bits stays at their end. ONE
 * costs nothing. @p gain is one that audio_gain_from_db() makes.
 */
void audio_mix_scale(int32_t *sum, unsigned samples, audio_gain gain);

#endif
