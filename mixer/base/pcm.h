/*
 * pcm.h - the shapes of sound inside the house: int16, one of five rates, ticks of 20 ms; and
 * the buses of a mix: one per rate in mono, and one of 48 kHz in stereo.
 *
 * Shape    two channels are interleaved, left first; a count of samples is per channel.
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
    PCM_BUSES = PCM_RATES + 1, /* buses 0..4: mono at the rate of that index */
    PCM_BUS_STEREO = PCM_RATES,
    PCM_MAX_TICK_VALUES = 2 * PCM_MAX_TICK_SAMPLES, /* of the widest bus */
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

/** The rate index of a bus, its channels, and how many values a tick of it has. */
unsigned pcm_bus_rate(unsigned bus);
unsigned pcm_bus_channels(unsigned bus);
unsigned pcm_bus_values(unsigned bus);

#endif
