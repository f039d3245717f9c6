/* ear_signal.c - windowed sinc filters, a radix-2 Fourier transform. */
#include "tests/bench/ear_signal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ZERO_CROSSINGS = 16, BAND_HALF = 480 };

int ear_signal_create(size_t count, struct ear_signal *signal)
{
    *signal = (struct ear_signal){calloc(count ? count : 1, sizeof(float)), count};
    return signal->at ? 0 : -ENOMEM;
}

void ear_signal_destroy(struct ear_signal *signal)
{
    free(signal->at);
    *signal = (struct ear_signal){0};
}

static unsigned common_divisor(unsigned a, unsigned b)
{
    return b ? common_divisor(b, a % b) : a;
}

/* A sinc of this cutoff (1: half the rate) under a Hann window that ends at @p half. */
static double windowed_sinc(double at, double cutoff, double half)
{
    if (fabs(at) >= half)
        return 0;
    double angle = M_PI * at * cutoff;
    double sinc = fabs(angle) < 1e-9 ? 1 : sin(angle) / angle;
    return cutoff * sinc * (0.5 + 0.5 * cos(M_PI * at / half));
}

/* Four sums side by side, which a processor can do at once. */
static double whole_sum(const float *at, const double *weight, size_t taps)
{
    double sum[4] = {0};
    for (size_t i = 0; i + 4 <= taps; i += 4)
        for (size_t j = 0; j < 4; j++)
            sum[j] += weight[i + j] * (double)at[i + j];
    for (size_t i = taps & ~(size_t)3; i < taps; i++)
        sum[0] += weight[i] * (double)at[i];
    return sum[0] + sum[1] + sum[2] + sum[3];
}

static double weighted_sum(const struct ear_signal *in, ptrdiff_t first, const double *weight,
                           size_t taps)
{
    double sum = 0;
    if (first >= 0 && first + (ptrdiff_t)taps <= (ptrdiff_t)in->count)
        return whole_sum(in->at + first, weight, taps);
    for (size_t i = 0; i < taps; i++) {
        ptrdiff_t place = first + (ptrdiff_t)i;
        if (place >= 0 && place < (ptrdiff_t)in->count)
            sum += weight[i] * (double)in->at[place];
    }
    return sum;
}

/* One row of weights for each place that an output sample can have between two of the input. */
static double *make_rows(unsigned up, double cutoff, ptrdiff_t half)
{
    size_t taps = (size_t)(2 * half + 1);
    double *row = malloc(up * taps * sizeof(*row));
    for (unsigned phase = 0; row && phase < up; phase++)
        for (size_t i = 0; i < taps; i++)
            row[phase * taps + i] = windowed_sinc(
                (double)((ptrdiff_t)i - half) - (double)phase / up, cutoff, (double)half);
    return row;
}

int ear_signal_resample(const struct ear_signal *in, unsigned from_hz, unsigned to_hz,
                        struct ear_signal *out)
{
    unsigned divisor = common_divisor(from_hz, to_hz);
    unsigned up = to_hz / divisor, down = from_hz / divisor;
    double cutoff = to_hz < from_hz ? 0.96 * to_hz / from_hz : 0.99;
    ptrdiff_t half = (ptrdiff_t)(ZERO_CROSSINGS / cutoff) + 1;
    size_t taps = (size_t)(2 * half + 1);
    double *row = make_rows(up, cutoff, half);
    int error = ear_signal_create(in->count * up / down, out);
    if (error || !row) {
        ear_signal_destroy(out);
        free(row);
        return -ENOMEM;
    }
    for (size_t i = 0; i < out->count; i++) {
        size_t place = i * down;
        out->at[i] = (float)weighted_sum(in, (ptrdiff_t)(place / up) - half,
                                         row + place % up * taps, taps);
    }
    free(row);
    return 0;
}

int ear_signal_band(const struct ear_signal *in, double low_hz, double high_hz,
                    struct ear_signal *out)
{
    enum { TAPS = 2 * BAND_HALF + 1 };
    double weight[TAPS];
    double high = high_hz > 0 ? 2 * high_hz / EAR_HZ : 1, low = 2 * low_hz / EAR_HZ;
    for (int i = 0; i < TAPS; i++)
        weight[i] = windowed_sinc(i - BAND_HALF, high, BAND_HALF) -
                    (low > 0 ? windowed_sinc(i - BAND_HALF, low, BAND_HALF) : 0);
    int error = ear_signal_create(in->count, out);
    for (size_t i = 0; i < in->count && !error; i++)
        out->at[i] = (float)weighted_sum(in, (ptrdiff_t)i - BAND_HALF, weight, TAPS);
    return error;
}

/* The sum of products, as four sums side by side. */
static double product_of(const float *a, const float *b, size_t count)
{
    double sum[4] = {0};
    for (size_t i = 0; i + 4 <= count; i += 4)
        for (size_t j = 0; j < 4; j++)
            sum[j] += (double)a[i + j] * (double)b[i + j];
    for (size_t i = count & ~(size_t)3; i < count; i++)
        sum[0] += (double)a[i] * (double)b[i];
    return sum[0] + sum[1] + sum[2] + sum[3];
}

double ear_energy(const float *at, size_t count)
{
    return product_of(at, at, count);
}

double ear_level_db(const float *at, size_t count)
{
    double power = count ? ear_energy(at, count) / (double)count : 0;
    return power > 1e-12 ? 10 * log10(power) : -120;
}

double ear_likeness(const float *a, const float *b, size_t count)
{
    double power = ear_energy(a, count) * ear_energy(b, count);
    return power > 1e-12 ? product_of(a, b, count) / sqrt(power) : 0;
}

static void reverse_bits(double complex *value, size_t count)
{
    for (size_t i = 1, j = 0; i < count; i++) {
        size_t bit = count >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            double complex kept = value[i];
            value[i] = value[j];
            value[j] = kept;
        }
    }
}

void ear_transform(double complex *value, size_t count, int sign)
{
    reverse_bits(value, count);
    for (size_t length = 2; length <= count; length *= 2) {
        double complex step = cexp(sign * 2 * M_PI / (double)length * I);
        for (size_t begin = 0; begin < count; begin += length) {
            double complex turn = 1;
            for (size_t i = begin; i < begin + length / 2; i++) {
                double complex odd = value[i + length / 2] * turn;
                value[i + length / 2] = value[i] - odd;
                value[i] += odd;
                turn *= step;
            }
        }
    }
}
