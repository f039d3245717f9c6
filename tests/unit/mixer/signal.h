/*
 * signal.h - tones made and measured, and random numbers that are the same in every run.
 *
 * Shape    mono int16; levels in dB relative to a full-scale sine.
 */
#ifndef TESTS_UNIT_MIXER_SIGNAL_H
#define TESTS_UNIT_MIXER_SIGNAL_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define SIGNAL_TAU 6.283185307179586

/** Sample numbers begin .. begin + samples - 1 of a sine of @p peak. */
static inline void signal_tone(int16_t *out, unsigned begin, unsigned samples, unsigned rate_hz,
                               double hz, double peak)
{
    for (unsigned i = 0; i < samples; i++)
        out[i] = (int16_t)lround(peak * sin(SIGNAL_TAU * hz * (begin + i) / rate_hz));
}

/** Peak amplitude of the part of @p pcm that is a sine of @p hz (a windowed Fourier sum). */
static inline double signal_peak_at(const int16_t *pcm, unsigned samples, unsigned rate_hz,
                                    double hz)
{
    double re = 0, im = 0, weight = 0;
    for (unsigned i = 0; i < samples; i++) {
        double window = 0.5 - 0.5 * cos(SIGNAL_TAU * (i + 0.5) / samples);
        re += window * pcm[i] * cos(SIGNAL_TAU * hz * i / rate_hz);
        im += window * pcm[i] * sin(SIGNAL_TAU * hz * i / rate_hz);
        weight += window;
    }
    return 2 * sqrt(re * re + im * im) / weight;
}

/** Root mean square. */
static inline double signal_rms(const int16_t *pcm, unsigned samples)
{
    double sum = 0;
    for (unsigned i = 0; i < samples; i++)
        sum += (double)pcm[i] * pcm[i];
    return sqrt(sum / samples);
}

/** Everything but the sine of @p hz, in dB below it. */
static inline double signal_snr(const int16_t *pcm, unsigned samples, unsigned rate_hz,
                                double hz)
{
    double tone = signal_peak_at(pcm, samples, rate_hz, hz), rms = signal_rms(pcm, samples);
    double rest = rms * rms - tone * tone / 2;
    return 10 * log10(tone * tone / 2 / (rest > 1e-3 ? rest : 1e-3));
}

static inline double signal_db(double ratio)
{
    return 20 * log10(ratio > 1e-9 ? ratio : 1e-9);
}

/** Greatest difference between neighbours; before the first comes @p before. */
static inline int signal_max_step(int16_t before, const int16_t *pcm, unsigned samples)
{
    int most = 0;
    for (unsigned i = 0; i < samples; i++) {
        int step = abs(pcm[i] - before);
        most = step > most ? step : most;
        before = pcm[i];
    }
    return most;
}

static inline uint32_t signal_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

static inline void signal_random_bytes(uint32_t *seed, void *out, size_t length)
{
    uint8_t *at = out;
    for (size_t i = 0; i < length; i++)
        at[i] = (uint8_t)(signal_random(seed) >> 11);
}

#endif
