/*
 * audio_resample.h - one voice from its codec's rate to a bus' rate, a tick at a time.
 *
 * Shape    process: from_hz/50 samples in, to_hz/50 samples out, always exactly.
 * Thread   create and destroy: control. process: the media worker; does not allocate.
 * Errors   NULL if memory is out or a rate is not a multiple of 50 in [8000, 48000].
 */
#ifndef MIXER_AUDIO_AUDIO_RESAMPLE_H
#define MIXER_AUDIO_AUDIO_RESAMPLE_H

#include <stdint.h>

struct audio_resample;

struct audio_resample *audio_resample_create(unsigned from_hz, unsigned to_hz);
void audio_resample_destroy(struct audio_resample *resample); /* NULL is allowed */

/** One tick in, one tick out. */
void audio_resample_process(struct audio_resample *resample, const int16_t *in, int16_t *out);

#endif
