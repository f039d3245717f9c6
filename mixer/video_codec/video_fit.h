/*
 * video_fit.h - the largest picture size and rate within what a receiver takes.
 *
 *   struct video_fit_most most = {.frame_blocks = 3600, .blocks_per_s = 108000};
 *   video_fit(&most, &width, &height, &fps);
 *
 * The size shrinks in its own shape, in steps of 16 of the longer side, to even numbers, until
 * a frame has few enough blocks and at least 15 frames a second (or *fps) can be sent; then the
 * rate is lowered. Never below 160 x 90 (or 90 x 160) at 5, whatever the receiver says.
 *
 * Shape    a block is 16 x 16 luma samples; a frame's sides have at most sqrt(8 x
 *          frame_blocks).
 * Thread   any; pure.
 * Source   ITU-T H.264 section A.3.1 f to h; RFC 6184 section 8.1 and RFC 7741 section 6.1
 *          (max-fs, max-mbps, max-fr).
 */
#ifndef MIXER_VIDEO_CODEC_VIDEO_FIT_H
#define MIXER_VIDEO_CODEC_VIDEO_FIT_H

#include <stdint.h>

/** 0: no limit. */
struct video_fit_most {
    uint32_t frame_blocks, blocks_per_s, fps;
};

/** What a level of H.265 or AV1 allows. */
struct video_fit_level {
    uint8_t level;
    uint32_t samples, samples_per_s; /* of luma */
};

/** The most of @p level, or of the next lower one in the table, which begins with the lowest;
 *  of one below all the lowest. */
struct video_fit_most video_fit_of_level(const struct video_fit_level *levels, unsigned count,
                                         unsigned level);

void video_fit(const struct video_fit_most *most, unsigned *width, unsigned *height,
               unsigned *fps);

#endif
