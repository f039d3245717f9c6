/*
 * eye_mark.h - who sent a picture, and which of its pictures it is, drawn so that a scaled,
 * composed and coded copy of it still tells.
 *
 *   eye_mark_draw(picture, &(struct eye_mark){.sender = 3, .frame = 17});
 *   if (eye_mark_read(canvas, &tile, &mark)) ...       mark.sender, mark.frame
 *   eye_mark_colour(canvas, &tile, rgb);               of the sender's own colour field
 *
 * A field of the sender's colour, and below it a row of 26 blocks: white, black, 6 bits of
 * sender, 10 bits of frame, 8 bits of CRC; a block is 1/28 of the width. It is read down to
 * pictures of 160 x 90.
 *
 * Shape    colours are 0..255, R, G, B; pictures say by themselves how they code them.
 * Thread   any; pure.
 */
#ifndef TESTS_BENCH_EYE_MARK_H
#define TESTS_BENCH_EYE_MARK_H

#include "mixer/base/picture.h"

#include <stdbool.h>
#include <stdint.h>

enum { EYE_MARK_SENDERS = 64, EYE_MARK_FRAMES = 1024 };

struct eye_rect {
    unsigned x, y, width, height; /* within a picture */
};

struct eye_mark {
    unsigned sender, frame;
};

/** The colour of a sender; those of 0..15 differ from each other. */
void eye_mark_rgb(unsigned sender, uint8_t rgb[3]);

/** Draws over what is there; the colour in the picture's own matrix and range. */
void eye_mark_draw(struct picture *picture, const struct eye_mark *mark);

/** @return false: there is none in @p rect, or it cannot be read. The rectangle may be some
 *  percent too large: a tile has a frame, or a gap beside it. */
bool eye_mark_read(const struct picture *picture, const struct eye_rect *rect,
                   struct eye_mark *mark);

/** The mean colour of where the field is in the picture that fills @p rect. */
void eye_mark_colour(const struct picture *picture, const struct eye_rect *rect,
                     uint8_t rgb[3]);

/** One colour, as a picture of this matrix and range codes it. */
void eye_mark_to_yuv(const uint8_t rgb[3], enum picture_matrix matrix, bool full_range,
                     uint8_t yuv[3]);

#endif
