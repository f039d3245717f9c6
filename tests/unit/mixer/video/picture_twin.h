/* picture_twin.h - random pictures, single samples of them, and colours by the formulas of
 * ITU-R BT.601 and BT.709 in floating point. */
#ifndef TESTS_UNIT_MIXER_VIDEO_PICTURE_TWIN_H
#define TESTS_UNIT_MIXER_VIDEO_PICTURE_TWIN_H

#include "mixer/base/picture.h"
#include "tests/unit/mixer/signal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline unsigned twin_rows(const struct picture *picture, unsigned plane)
{
    return plane ? picture_chroma_height(picture) : picture->height;
}

static inline unsigned twin_columns(const struct picture *picture, unsigned plane)
{
    return plane ? picture_chroma_width(picture) : picture->width;
}

static inline uint8_t *twin_at(const struct picture *picture, unsigned plane, unsigned x,
                               unsigned y)
{
    return picture->plane[plane] + (size_t)y * (size_t)picture->stride[plane] + x;
}

static inline void twin_randomize(struct picture *picture, uint32_t *seed)
{
    for (unsigned plane = 0; plane < 3; plane++) {
        for (unsigned y = 0; y < twin_rows(picture, plane); y++) {
            for (unsigned x = 0; x < twin_columns(picture, plane); x++)
                *twin_at(picture, plane, x, y) = (uint8_t)signal_random(seed);
        }
    }
}

static inline bool twin_equal(const struct picture *a, const struct picture *b)
{
    for (unsigned plane = 0; plane < 3; plane++) {
        for (unsigned y = 0; y < twin_rows(a, plane); y++) {
            for (unsigned x = 0; x < twin_columns(a, plane); x++) {
                if (*twin_at(a, plane, x, y) != *twin_at(b, plane, x, y))
                    return false;
            }
        }
    }
    return true;
}

/** One colour in another matrix and range, through RGB (0..1), which is not clipped. */
struct twin_colour {
    double y, cb, cr;
};

static inline struct twin_colour twin_from_rgb(double r, double g, double b,
                                               enum picture_matrix matrix, bool full)
{
    const double kr = matrix == PICTURE_BT601 ? 0.299 : 0.2126;
    const double kb = matrix == PICTURE_BT601 ? 0.114 : 0.0722;
    const double y = kr * r + (1 - kr - kb) * g + kb * b;
    const double cb = (b - y) / (2 * (1 - kb)), cr = (r - y) / (2 * (1 - kr));
    if (full)
        return (struct twin_colour){255 * y, 128 + 255 * cb, 128 + 255 * cr};
    return (struct twin_colour){16 + 219 * y, 128 + 224 * cb, 128 + 224 * cr};
}

static inline struct twin_colour twin_convert(double y, double cb, double cr,
                                              enum picture_matrix matrix, bool full,
                                              enum picture_matrix to, bool to_full)
{
    const double kr = matrix == PICTURE_BT601 ? 0.299 : 0.2126;
    const double kb = matrix == PICTURE_BT601 ? 0.114 : 0.0722;
    const double luma = full ? y / 255 : (y - 16) / 219;
    const double blue = (cb - 128) / (full ? 255 : 224), red = (cr - 128) / (full ? 255 : 224);
    const double r = luma + 2 * (1 - kr) * red, b = luma + 2 * (1 - kb) * blue;
    const double g = (luma - kr * r - kb * b) / (1 - kr - kb);
    return twin_from_rgb(r, g, b, to, to_full);
}

static inline struct twin_colour twin_to_601(double y, double cb, double cr,
                                             enum picture_matrix matrix, bool full)
{
    return twin_convert(y, cb, cr, matrix, full, PICTURE_BT601, false);
}

#endif
