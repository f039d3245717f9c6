/*
 * moving_picture.h - test pictures that move, and how far a decoded one is from its original.
 *
 *   struct picture *picture = moving_picture(320, 180, 7);      the same for the same number
 *   double db = moving_picture_psnr(picture, decoded);
 *
 * Shape    soft slopes in all three planes that drift, a finely chequered square that moves
 *          faster, and a little noise: what cameras see, roughly.
 */
#ifndef TESTS_UNIT_MIXER_VIDEO_CODEC_MOVING_PICTURE_H
#define TESTS_UNIT_MIXER_VIDEO_CODEC_MOVING_PICTURE_H

#include "mixer/base/picture.h"

#include <math.h>
#include <stdlib.h>

enum { MOVING_PICTURE_MAX_WIDTH = 2048 };

static inline void moving_picture_plane(uint8_t *row, int stride, unsigned width,
                                        unsigned height, unsigned plane, unsigned number)
{
    int slope[MOVING_PICTURE_MAX_WIDTH];
    uint32_t seed = number + 1;
    for (unsigned x = 0; x < width; x++)
        slope[x] = (int)lround(90 * 256 * sin((x + 2.0 * number) / (41 + 13 * plane)));
    for (unsigned y = 0; y < height; y++, row += stride) {
        const int factor = (int)lround(256 * cos(y / (29.0 + 7 * plane)));
        for (unsigned x = 0; x < width; x++) {
            seed = seed * 1664525 + 1013904223;
            row[x] = (uint8_t)(126 + slope[x] * factor / 65536 + (int)(seed >> 30));
        }
    }
}

static inline struct picture *moving_picture(unsigned width, unsigned height, unsigned number)
{
    struct picture *picture;
    if (width > MOVING_PICTURE_MAX_WIDTH || picture_create(width, height, &picture) < 0)
        abort();
    for (unsigned plane = 0; plane < 3; plane++)
        moving_picture_plane(picture->plane[plane], picture->stride[plane],
                             plane ? picture_chroma_width(picture) : width,
                             plane ? picture_chroma_height(picture) : height, plane, number);
    const unsigned side = height / 4, left = 5 * number % (width - side);
    for (unsigned y = side; y < 2 * side; y++) {
        uint8_t *row = picture->plane[0] + (size_t)y * (size_t)picture->stride[0] + left;
        for (unsigned x = 0; x < side; x++)
            row[x] = (x / 4 + y / 4) % 2 ? 200 : 40;
    }
    picture->matrix = PICTURE_BT601;
    picture->full_range = false;
    picture->timestamp = number * 3000;
    return picture;
}

/** Of all three planes, in dB; 99 if they are the same. The sizes must be. */
static inline double moving_picture_psnr(const struct picture *a, const struct picture *b)
{
    double sum = 0, count = 0;
    if (a->width != b->width || a->height != b->height)
        abort();
    for (unsigned plane = 0; plane < 3; plane++) {
        const unsigned w = plane ? picture_chroma_width(a) : a->width;
        const unsigned h = plane ? picture_chroma_height(a) : a->height;
        for (unsigned y = 0; y < h; y++) {
            const uint8_t *p = a->plane[plane] + (size_t)y * (size_t)a->stride[plane];
            const uint8_t *q = b->plane[plane] + (size_t)y * (size_t)b->stride[plane];
            for (unsigned x = 0; x < w; x++)
                sum += (p[x] - q[x]) * (p[x] - q[x]);
        }
        count += (double)w * h;
    }
    return sum > 0 ? 10 * log10(255.0 * 255.0 * count / sum) : 99;
}

#endif
