/* g722.c - sub-band ADPCM, in the integer arithmetic that the recommendation prescribes. */
#include "mixer/codec/g722.h"

#include <string.h>

/* Filter of both QMFs (G.722 table 4): over all 24 taps it gives the sum of its two phases, and
 * with every other sign turned their difference. So both are plain products of two vectors. */
static const int16_t qmf_sum[G722_QMF_TAPS] = {3,    -11,  -11,  53,   12,   -156, 32,   362,
                                               -210, -805, 951,  3876, 3876, 951,  -805, -210,
                                               362,  32,   -156, 12,   53,   -11,  -11,  3};
static const int16_t qmf_difference[G722_QMF_TAPS] = {
    -3,    -11, 11,  53,   -12,  -156, -32, 362, 210, -805, -951, 3876,
    -3876, 951, 805, -210, -362, 32,   156, 12,  -53, -11,  11,   3};

/* ILB: 2048 * 2^(i/32), the antilogarithm of the step */
static const int16_t antilog[32] = {2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383,
                                    2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
                                    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371,
                                    3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008};

/* Low band: decision levels Q6, output values of 4 and of 6 bits, step changes WL. */
static const int16_t low_levels[30] = {
    0,   35,  72,  110, 150,  190,  233,  276,  323,  370,  422,  473,  530,  587,  650,
    714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919};
static const int16_t low_values4[16] = {0,     -20456, -12896, -8968, -6288, -4240,
                                        -2584, -1200,  20456,  12896, 8968,  6288,
                                        4240,  2584,   1200,   0};
static const int16_t low_values6[64] = {
    -136,   -136,   -136,  -136,  -24808, -21904, -19008, -16704, -14984, -13512, -12280,
    -11192, -10232, -9360, -8576, -7856,  -7192,  -6576,  -6000,  -5456,  -4944,  -4464,
    -4008,  -3576,  -3168, -2776, -2400,  -2032,  -1688,  -1360,  -1040,  -728,   24808,
    21904,  19008,  16704, 14984, 13512,  12280,  11192,  10232,  9360,   8576,   7856,
    7192,   6576,   6000,  5456,  4944,   4464,   4008,   3576,   3168,   2776,   2400,
    2032,   1688,   1360,  1040,  728,    432,    136,    -432,   -136};
static const int16_t low_change[16] = {-60,  3042, 1198, 538, 334, 172, 58,  -30,
                                       3042, 1198, 538,  334, 172, 58,  -30, -60};

/* High band: output values of 2 bits, step changes WH. */
static const int16_t high_values[4] = {-7408, -1616, 7408, 1616};
static const int16_t high_change[4] = {798, -214, 798, -214};

enum {
    LOW_STEP_MAX = 18432, /* of log_step */
    HIGH_STEP_MAX = 22528,
    HIGH_LEVEL = 564,
    BAND_MAX = 16383, /* the bands have 15 bits */
};

static int limit(int x, int most)
{
    return x > most ? most : x < -most - 1 ? -most - 1 : x;
}

static int limit16(int x)
{
    return limit(x, INT16_MAX);
}

/* ---- one band ---- */

/* UPPOL1 and UPPOL2 */
static void adapt_poles(struct g722_band *band, int partial)
{
    const int same1 = (partial ^ band->partial[0]) >= 0 ? 1 : -1;
    const int same2 = (partial ^ band->partial[1]) >= 0 ? 1 : -1;
    int second = limit16(-same1 * limit16(band->pole[0] * 4)) >> 7;
    second += same2 * 128 + (band->pole[1] * 32512 >> 15);
    second = second > 12288 ? 12288 : second < -12288 ? -12288 : second;
    int first = limit16(same1 * 192 + (band->pole[0] * 32640 >> 15));
    const int most = limit16(15360 - second);
    band->pole[0] = first > most ? most : first < -most ? -most : first;
    band->pole[1] = second;
}

/* UPZERO, DELAYA and FILTEZ */
static int adapt_zeros(struct g722_band *band, int difference)
{
    const int push = difference ? 128 : 0;
    for (int i = 0; i < G722_ZEROS; i++) {
        int sign = (difference ^ band->difference[i]) >= 0 ? push : -push;
        band->zero[i] = limit16(sign + (band->zero[i] * 32640 >> 15));
    }
    memmove(band->difference + 1, band->difference,
            (G722_ZEROS - 1) * sizeof(band->difference[0]));
    band->difference[0] = difference;
    int sum = 0;
    for (int i = 0; i < G722_ZEROS; i++)
        sum += band->zero[i] * limit16(band->difference[i] * 2) >> 15;
    return limit16(sum);
}

/* BLOCK 4: learns from one quantised difference and predicts the next sample. */
static void predict(struct g722_band *band, int difference)
{
    const int rebuilt = limit16(band->predicted + difference);
    const int partial = limit16(band->predicted_zero + difference);
    adapt_poles(band, partial);
    band->partial[1] = band->partial[0];
    band->partial[0] = partial;
    band->rebuilt[1] = band->rebuilt[0];
    band->rebuilt[0] = rebuilt;
    band->predicted_zero = adapt_zeros(band, difference);
    int poles = (band->pole[0] * limit16(band->rebuilt[0] * 2) >> 15) +
                (band->pole[1] * limit16(band->rebuilt[1] * 2) >> 15);
    band->predicted = limit16(limit16(poles) + band->predicted_zero);
}

/* LOGSC and SCALE: base_shift is 8 for the low band, 10 for the high one */
static void adapt_step(struct g722_band *band, int change, int most, int base_shift)
{
    int log_step = (band->log_step * 127 >> 7) + change;
    band->log_step = log_step < 0 ? 0 : log_step > most ? most : log_step;
    const int shift = base_shift - (band->log_step >> 11);
    const int mantissa = antilog[band->log_step >> 6 & 31];
    band->step = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
}

static void follow_low(struct g722_band *band, unsigned code6)
{
    const unsigned code4 = code6 >> 2;
    const int difference = band->step * low_values4[code4] >> 15;
    adapt_step(band, low_change[code4], LOW_STEP_MAX, 8);
    predict(band, difference);
}

/* Returns the rebuilt sample: the decoder's output of this band. */
static int follow_high(struct g722_band *band, unsigned code)
{
    const int difference = band->step * high_values[code] >> 15;
    const int rebuilt = limit(band->predicted + difference, BAND_MAX);
    adapt_step(band, high_change[code], HIGH_STEP_MAX, 10);
    predict(band, difference);
    return rebuilt;
}

static void bands_init(struct g722_band *low, struct g722_band *high)
{
    *low = (struct g722_band){.step = 32};
    *high = (struct g722_band){.step = 8};
}

/* ---- encoder ---- */

/* QUANTL: the place among the levels, by halving; 1 is the innermost of 30 */
static unsigned quantise_low(const struct g722_band *band, int sample)
{
    const int error = limit16(sample - band->predicted);
    const int size = error >= 0 ? error : -(error + 1);
    unsigned below = 0, above = 30; /* levels[below] <= size < levels[above] */
    while (above - below > 1) {
        unsigned middle = (below + above) / 2;
        if (size < low_levels[middle] * band->step >> 12)
            above = middle;
        else
            below = middle;
    }
    if (error >= 0)
        return 61 - below;
    return below < 2 ? 63 - below : 33 - below;
}

/* QUANTH */
static unsigned quantise_high(const struct g722_band *band, int sample)
{
    const int error = limit16(sample - band->predicted);
    const int size = error >= 0 ? error : -(error + 1);
    const unsigned outer = size >= HIGH_LEVEL * band->step >> 12;
    return error >= 0 ? 3 - outer : 1 - outer;
}

static int product(const int16_t past[G722_QMF_TAPS], const int16_t filter[G722_QMF_TAPS])
{
    int sum = 0;
    for (int i = 0; i < G722_QMF_TAPS; i++)
        sum += past[i] * filter[i];
    return sum;
}

static void push(int16_t past[G722_QMF_TAPS], int first, int second)
{
    memmove(past, past + 2, (G722_QMF_TAPS - 2) * sizeof(*past));
    past[G722_QMF_TAPS - 2] = (int16_t)first;
    past[G722_QMF_TAPS - 1] = (int16_t)second;
}

void g722_encoder_init(struct g722_encoder *encoder)
{
    *encoder = (struct g722_encoder){0};
    bands_init(&encoder->low, &encoder->high);
}

void g722_encode(struct g722_encoder *encoder, const int16_t *pcm, unsigned samples,
                 uint8_t *out)
{
    for (unsigned i = 0; i + 1 < samples; i += 2) {
        push(encoder->past, pcm[i], pcm[i + 1]);
        const int low_sample = product(encoder->past, qmf_sum) >> 14;
        const int high_sample = product(encoder->past, qmf_difference) >> 14;
        const unsigned low = quantise_low(&encoder->low, low_sample);
        const unsigned high = quantise_high(&encoder->high, high_sample);
        follow_low(&encoder->low, low);
        follow_high(&encoder->high, high);
        out[i / 2] = (uint8_t)(high << 6 | low);
    }
}

/* ---- decoder ---- */

void g722_decoder_init(struct g722_decoder *decoder)
{
    *decoder = (struct g722_decoder){0};
    bands_init(&decoder->low, &decoder->high);
}

void g722_decode(struct g722_decoder *decoder, const uint8_t *bytes, size_t length,
                 int16_t *pcm)
{
    for (size_t i = 0; i < length; i++) {
        struct g722_band *band = &decoder->low;
        const int difference = band->step * low_values6[bytes[i] & 63] >> 15;
        const int low = limit(band->predicted + difference, BAND_MAX);
        follow_low(band, bytes[i] & 63);
        const int high = follow_high(&decoder->high, bytes[i] >> 6);
        push(decoder->past, low + high, low - high);
        const int sum = product(decoder->past, qmf_sum);
        const int phases = product(decoder->past, qmf_difference);
        pcm[2 * i] = (int16_t)limit16((sum + phases) >> 12);
        pcm[2 * i + 1] = (int16_t)limit16((sum - phases) >> 12);
    }
}
