/*
 * colour.h - all colours into those of the canvas: BT.601, limited range (Y 16..235, Cb and Cr
 * 16..240), from RGB, from BT.709 and from full range.
 *
 * BT.601 is what nearly all cameras send, or are taken to send who say nothing, and the only
 * matrix that VP8 has: the common picture comes and goes unconverted.
 *
 * Shape    "BGRA" is four bytes a pixel in that order, as cairo's ARGB32 and libyuv's ARGB are
 *          on little-endian machines; premultiplied where it says so.
 * Thread   any; allocates nothing.
 * Source   ITU-R BT.601-7 section 2.5, BT.709-6 section 3; JFIF 1.02 (full range).
 */
#ifndef MIXER_VIDEO_COLOUR_H
#define MIXER_VIDEO_COLOUR_H

#include "mixer/base/picture.h"
#include "mixer/video/sprite.h"

#include <stddef.h>
#include <stdint.h>

#define COLOUR_CANVAS_MATRIX PICTURE_BT601

struct colour {
    uint8_t y, cb, cr;
};

/** @p rgb: 0xRRGGBB. */
struct colour colour_from_rgb(uint32_t rgb);

/** The rectangle of @p picture from (x, y) on, even numbers, as a picture of its own. Borrowed:
 *  it is valid as long as @p picture is, and is never released. */
struct picture colour_window(const struct picture *picture, unsigned x, unsigned y,
                             unsigned width, unsigned height);

/** Converts in place what has the given matrix and range. Nothing to do for BT.601, limited. */
void colour_convert(struct picture *picture, enum picture_matrix matrix, bool full_range);

/** Converts to BT.601 in full range, as JFIF files have it; both are of the same size, and
 *  stride[1] equals stride[2] in each. Slow: for single pictures. */
void colour_to_jfif(const struct picture *from, struct picture *onto);

/** Fills all of @p picture from opaque pixels; what is in A does not count. */
void colour_to_picture(const uint8_t *bgra, size_t stride, struct picture *picture);

/** Fills all of @p sprite from premultiplied pixels. */
void colour_to_sprite(const uint8_t *bgra, size_t stride, struct sprite *sprite);

#endif
