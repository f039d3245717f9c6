/*
 * audio_stretch.h - plays speech a little faster without changing its pitch: one pitch period
 * is taken out.
 *
 *   a jitter buffer that is too full:
 *       fewer = audio_stretch_shorten(pcm, samples, rate_hz, channels, most, pcm);
 *
 * In a block the best pair of places is looked for that are one or more periods of a voice (2.5
 * to 15 ms) apart and look alike over 12 ms; there one fades into the other. Where there is
 * nothing to be kept in step (silence, steady noise: likeness to itself below a half) any
 * length will do, and it is exactly @p most, up to 15 ms. In between (a voice that changes, an
 * onset, a period longer than @p most) nothing is done: the next tick may be better.
 *
 * The first and the last sample of a block, and all that is not within the fade, stay as they
 * are: blocks join without a click. Both channels are cut at the same places.
 *
 * Shape    int16_t[samples * channels], interleaved; samples and most are counted per channel.
 *          Rates are multiples of 8 kHz, at most 48 kHz; 1 or 2 channels. A block is at least
 *          30 ms (in a shorter one nothing is done), best 40 ms; of a longer one only the
 *          middle 40 ms are looked at, so the cost is bounded.
 * Thread   any; pure, some 8 kB of stack. A block of 40 ms takes about 5 us at 48 kHz, 4 us
 *          at 8 kHz, 8 us in stereo at 48 kHz.
 * Source   the idea: W. Verhelst, M. Roelands, "An overlap-add technique based on waveform
 *          similarity (WSOLA)", ICASSP 1993.
 */
#ifndef MIXER_AUDIO_AUDIO_STRETCH_H
#define MIXER_AUDIO_AUDIO_STRETCH_H

#include <stdint.h>

enum {
    AUDIO_STRETCH_LEAST_MS = 30, /* of a block                                        */
    AUDIO_STRETCH_MOST_MS = 15,  /* that one call takes out: down to 67 Hz             */
};

/**
 * Writes @p samples less what it returns to @p out, which may be @p in.
 * @return how many samples were taken out: 0, or 1 .. @p most.
 */
unsigned audio_stretch_shorten(const int16_t *in, unsigned samples, unsigned rate_hz,
                               unsigned channels, unsigned most, int16_t *out);

#endif
