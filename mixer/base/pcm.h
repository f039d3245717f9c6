/*
 * pcm.h - the shapes of sound inside the house: int16, mono, one of five rates, ticks of 20 ms.
 *
 * Thread   any; pure.
 */
#ifndef MIXER_BASE_PCM_H
#define MIXER_BASE_PCM_H

#include <stdint.h>

enum {
    PCM_TICK_MS = 20,
    PCM_TICKS_PER_S = 1000 / PCM_TICK_MS,
    PCM_RATES = 5,
    PCM_MAX_RATE_HZ = 48000,
    PCM_MAX_TICK_SAMPLES = PCM_MAX_RATE_HZ / PCM_TICKS_PER_S,
};

/** Limits a sum or a product to a sample. Inline: it stands in the innermost loops. */
static inline int16_t pcm_clip(int32_t x)
{
    return (int16_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
}

/** The rate [Hz] of index 0..4, rising. */
unsigned pcm_rate_hz(unsigned index);

/** The index of a rate; -1 for one that is not of the five. */
int pcm_rate_index(unsigned rate_hz);

#endif
