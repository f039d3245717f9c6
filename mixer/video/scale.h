/*
 * scale.h - a whole picture at another size (libyuv); its shape is the caller's matter.
 *
 * Shape    shrinking to less than a fiftieth gets darker (libyuv's arithmetic).
 * Thread   any; allocates for some ratios, inside libyuv.
 */
#ifndef MIXER_VIDEO_SCALE_H
#define MIXER_VIDEO_SCALE_H

#include "mixer/base/picture.h"

/** Fills @p to, whose size says how; matrix, range and time stamp are taken over. */
void scale_picture(const struct picture *from, struct picture *to);

#endif
