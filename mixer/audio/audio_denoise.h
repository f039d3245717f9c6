/*
 * audio_denoise.h - takes the noise out of one voice (speexdsp's preprocessor), a tick at a
 * time.
 *
 * Steady noise, of a fan, a street or a line, falls by 15 to 18 dB within a second or two; a
 * voice over it stays. Below 70 Hz nothing is left. The sound comes out AUDIO_DENOISE_DELAY_MS
 * late. Digital silence is passed on as it is and costs nothing.
 *
 * Shape    process: rate/50 samples in and out, in place.
 * Thread   create and destroy: control. process: the media worker; does not allocate.
 * Errors   NULL if memory is out or the rate is not one of the house's five (pcm.h). Inside
 *          speexdsp 1.2.1 a failed allocation is not noticed and stops the process.
 */
#ifndef MIXER_AUDIO_AUDIO_DENOISE_H
#define MIXER_AUDIO_AUDIO_DENOISE_H

#include <stdint.h>

enum { AUDIO_DENOISE_DELAY_MS = 10 };

struct audio_denoise;

struct audio_denoise *audio_denoise_create(unsigned rate_hz);
void audio_denoise_destroy(struct audio_denoise *denoise); /* NULL is allowed */

/** One tick, in place. */
void audio_denoise_process(struct audio_denoise *denoise, int16_t *pcm);

#endif
