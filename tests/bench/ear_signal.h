/*
 * ear_signal.h - a piece of mono sound, and what one does with it off-line: resample, filter,
 * level, Fourier transform.
 *
 * Shape    samples from -1 to 1 (0 dBov: a full square wave). Filters have a linear phase and
 *          no delay. Transforms are of a power of two.
 * Thread   one.
 * Errors   0 or -ENOMEM. *_create: the result is the caller's; an empty one holds NULL.
 */
#ifndef TESTS_BENCH_EAR_SIGNAL_H
#define TESTS_BENCH_EAR_SIGNAL_H

#include <complex.h>
#include <stddef.h>

enum { EAR_HZ = 48000, EAR_PER_MS = EAR_HZ / 1000 };

struct ear_signal {
    float *at; /* [count] */
    size_t count;
};

/** @p count samples of silence. */
int ear_signal_create(size_t count, struct ear_signal *signal);
void ear_signal_destroy(struct ear_signal *signal); /* an empty one is allowed */

/** The same sound at another rate: what the lower rate cannot carry is filtered out. */
int ear_signal_resample(const struct ear_signal *in, unsigned from_hz, unsigned to_hz,
                        struct ear_signal *out);

/** What lies between two frequencies, of sound at EAR_HZ; high_hz 0: all above low_hz. */
int ear_signal_band(const struct ear_signal *in, double low_hz, double high_hz,
                    struct ear_signal *out);

/** Sum of squares. */
double ear_energy(const float *at, size_t count);

/** [dBov]; -120 for silence. */
double ear_level_db(const float *at, size_t count);

/** -1 to 1: how alike two pieces are, however loud they are; 0 if one is silent. */
double ear_likeness(const float *a, const float *b, size_t count);

/** In place; forwards (sign -1) or backwards (1), neither divides by count. */
void ear_transform(double complex *value, size_t count, int sign);

#endif
