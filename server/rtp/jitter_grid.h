/*
 * jitter_grid.h - how far a delay is from right, where packets are decoded at ticks only.
 *
 * A packet counts as in time if it is there at the tick that needs it. So the delays that
 * differ in what they cover are a grid: its step is the tick, or less if packets are not whole
 * ticks. What a fifo holds between two lines of it, the residue, is delay that covers nothing.
 *
 *                     wanted
 *   ----|--------|------:-|--------|--------|----> delay
 *       too early         right    too late
 *
 * The answer is steady: a delay that is right may drift a little to both sides before it is
 * wrong, and a step that was begun is not taken back half-way.
 *
 * Shape    RTP clock units; a pure function.
 * Thread   any.
 */
#ifndef SERVER_RTP_JITTER_GRID_H
#define SERVER_RTP_JITTER_GRID_H

#include <stdint.h>

enum {
    JITTER_GRID_SLACK_MS = 2,   /* so much below what is wanted is still right             */
    JITTER_GRID_SURPLUS_MS = 4, /* ... above the step that holds what is wanted            */
    JITTER_GRID_RESIDUE_MS = 3, /* ... and so much of a residue                            */
};

struct jitter_grid {
    unsigned clock_hz;
    uint32_t packet_units; /* > 0 */
};

/** The excess of the delay at a tick: above 0: shorten, below 0: lengthen, 0: right.
 *
 * @p delay: of the next packet that is to be decoded, if it were now; @p held: units decoded
 * and not played yet. @p wanted: what every packet is to be given to come. */
int64_t jitter_grid_excess(const struct jitter_grid *grid, int64_t delay, uint32_t held,
                           int64_t wanted);

/** The most that a delay which is left alone may lie above what is wanted. */
uint32_t jitter_grid_most_above(const struct jitter_grid *grid);

#endif
