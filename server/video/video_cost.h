/*
 * video_cost.h - what pictures cost on this machine, measured once at start.
 *
 * Shape    seconds of one core per million pixels.
 * Thread   measure: any one, takes some 200 ms. The rest: pure.
 */
#ifndef SERVER_VIDEO_VIDEO_COST_H
#define SERVER_VIDEO_VIDEO_COST_H

struct video_cost {
    double decode_s, compose_s, encode_s;
};

/** Measures with the first codec of the table that can encode. What cannot be measured (no
 *  memory) is guessed. */
void video_cost_measure(struct video_cost *cost);

/** Shares of a core: of one who sends @p width x @p height at @p fps and is seen; and of one
 *  encoder for a canvas of that size, with its composing. */
double video_cost_of_sender(const struct video_cost *cost, unsigned width, unsigned height,
                            unsigned fps);
double video_cost_of_encoder(const struct video_cost *cost, unsigned width, unsigned height,
                             unsigned fps);

#endif
