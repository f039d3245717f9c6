/*
 * audio_gain.h - loudness as a factor: dB in the API, fixed point in a tick.
 *
 * Thread   any; pure.
 */
#ifndef MIXER_AUDIO_AUDIO_GAIN_H
#define MIXER_AUDIO_AUDIO_GAIN_H

#include <stdint.h>

/** A factor in 1/4096: AUDIO_GAIN_ONE leaves a sample as it is; 0 is silence. */
typedef int32_t audio_gain; /* a number, not a struct: a typedef, so that its unit has a name */

enum { AUDIO_GAIN_ONE = 4096, AUDIO_GAIN_MIN_DB = -60, AUDIO_GAIN_MAX_DB = 20 };

/** The factor of @p db, which is cut to [-60, 20]; exactly -60 is silence. */
audio_gain audio_gain_from_db(double db);

/** Multiplies @p samples values in place and limits them to 16 bits; ONE costs nothing. */
void audio_gain_apply(int16_t *pcm, unsigned samples, audio_gain gain);

#endif
