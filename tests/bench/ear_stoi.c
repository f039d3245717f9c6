/* ear_stoi.c - the paper's steps in its order: silence out, bands, pieces, clip, correlate. */
#include "tests/bench/ear_stoi.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STOI_HZ = 10000,
    FRAME = 256, /* 25.6 ms, half of it overlaps */
    HOP = FRAME / 2,
    POINTS = 512, /* of the transform */
    BANDS = 15,
    PIECE = 30,    /* frames: 384 ms */
    RANGE_DB = 40, /* what is quieter than the loudest frame by this is silence */
};
static const double lowest_band_hz = 150, clip_db = -15;

struct bands {
    double (*level)[BANDS]; /* [frames] */
    size_t frames;
};

static void make_window(double window[FRAME])
{
    for (int i = 0; i < FRAME; i++) /* Hann without the zeros at its ends */
        window[i] = 0.5 - 0.5 * cos(2 * M_PI * (i + 1) / (FRAME + 1));
}

static double windowed_db(const float *at, const double *window)
{
    double energy = 0;
    for (int i = 0; i < FRAME; i++)
        energy += window[i] * (double)at[i] * window[i] * (double)at[i];
    return 10 * log10(energy + 1e-20);
}

static size_t frames_in(size_t samples)
{
    return samples < FRAME ? 0 : (samples - FRAME) / HOP + 1;
}

/* Puts together the frames in which @p clean speaks, of both signals, by overlap and add. */
static size_t leave_silence_out(struct ear_signal *clean, struct ear_signal *heard)
{
    double window[FRAME], loudest_db = -200;
    const size_t frames = frames_in(clean->count);
    size_t kept = 0;
    struct ear_signal out[2];
    make_window(window);
    if (ear_signal_create(clean->count, &out[0]))
        return 0;
    if (ear_signal_create(clean->count, &out[1])) {
        ear_signal_destroy(&out[0]);
        return 0;
    }
    for (size_t i = 0; i < frames; i++)
        loudest_db = fmax(loudest_db, windowed_db(clean->at + i * HOP, window));
    for (size_t i = 0; i < frames; i++) {
        if (windowed_db(clean->at + i * HOP, window) < loudest_db - RANGE_DB)
            continue;
        for (int j = 0; j < FRAME; j++) {
            size_t to = kept * HOP + (size_t)j, from = i * HOP + (size_t)j;
            out[0].at[to] += (float)(window[j] * (double)clean->at[from]);
            out[1].at[to] += (float)(window[j] * (double)heard->at[from]);
        }
        kept++;
    }
    ear_signal_destroy(clean);
    ear_signal_destroy(heard);
    *clean = out[0];
    *heard = out[1];
    return kept ? (kept - 1) * HOP + FRAME : 0;
}

/* The points of the transform nearest to the edges of the third octaves. */
static void band_edges(int first[BANDS], int end[BANDS])
{
    const double per_point = (double)STOI_HZ / POINTS;
    for (int i = 0; i < BANDS; i++) {
        double centre = lowest_band_hz * pow(2, i / 3.0);
        first[i] = (int)lround(centre * pow(2, -1.0 / 6) / per_point);
        end[i] = (int)lround(centre * pow(2, 1.0 / 6) / per_point);
    }
}

static int split(const struct ear_signal *signal, size_t samples, struct bands *bands)
{
    double window[FRAME];
    int first[BANDS], end[BANDS];
    make_window(window);
    band_edges(first, end);
    bands->frames = frames_in(samples);
    bands->level = calloc(bands->frames + 1, sizeof(bands->level[0]));
    if (!bands->level)
        return -ENOMEM;
    for (size_t i = 0; i < bands->frames; i++) {
        double complex point[POINTS] = {0};
        for (int j = 0; j < FRAME; j++)
            point[j] = window[j] * (double)signal->at[i * HOP + (size_t)j];
        ear_transform(point, POINTS, -1);
        for (int band = 0; band < BANDS; band++) {
            double power = 0;
            for (int k = first[band]; k < end[band]; k++)
                power += creal(point[k]) * creal(point[k]) + cimag(point[k]) * cimag(point[k]);
            bands->level[i][band] = sqrt(power);
        }
    }
    return 0;
}

static double correlate(const double *x, const double *y)
{
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    for (int i = 0; i < PIECE; i++) {
        mean_x += x[i] / PIECE;
        mean_y += y[i] / PIECE;
    }
    for (int i = 0; i < PIECE; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

/* One band of one piece: made equally loud, clipped where it is far too loud, compared. */
static double compare_piece(const struct bands *clean, const struct bands *heard, size_t begin,
                            int band)
{
    double x[PIECE], y[PIECE], energy_x = 0, energy_y = 0;
    for (size_t i = 0; i < PIECE; i++) {
        x[i] = clean->level[begin + i][band];
        y[i] = heard->level[begin + i][band];
        energy_x += x[i] * x[i];
        energy_y += y[i] * y[i];
    }
    double gain = energy_y > 0 ? sqrt(energy_x / energy_y) : 0;
    for (int i = 0; i < PIECE; i++)
        y[i] = fmin(gain * y[i], x[i] * (1 + pow(10, -clip_db / 20)));
    return correlate(x, y);
}

static int score_bands(const struct bands *clean, const struct bands *heard, double *score)
{
    if (clean->frames < PIECE)
        return -ENODATA;
    double sum = 0;
    size_t pieces = clean->frames - PIECE + 1;
    for (size_t begin = 0; begin < pieces; begin++)
        for (int band = 0; band < BANDS; band++)
            sum += compare_piece(clean, heard, begin, band);
    *score = sum / (double)(pieces * BANDS);
    return 0;
}

int ear_stoi(const struct ear_signal *clean, const struct ear_signal *heard, double *score)
{
    struct ear_signal a = {0}, b = {0};
    struct bands x = {0}, y = {0};
    int error = ear_signal_resample(clean, EAR_HZ, STOI_HZ, &a);
    if (!error)
        error = ear_signal_resample(heard, EAR_HZ, STOI_HZ, &b);
    if (!error) {
        a.count = b.count = a.count < b.count ? a.count : b.count;
        size_t samples = leave_silence_out(&a, &b);
        error = split(&a, samples, &x);
        if (!error)
            error = split(&b, samples, &y);
    }
    if (!error)
        error = score_bands(&x, &y, score);
    free(x.level);
    free(y.level);
    ear_signal_destroy(&a);
    ear_signal_destroy(&b);
    return error;
}
