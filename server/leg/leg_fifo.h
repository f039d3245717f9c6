/*
 * leg_fifo.h - samples that wait: a packet's sound is seldom a tick's.
 *
 * Shape    counts are per channel; the values of two channels are interleaved.
 * Thread   create, finish: control. The rest: the leg's media worker.
 */
#ifndef SERVER_LEG_LEG_FIFO_H
#define SERVER_LEG_LEG_FIFO_H

#include <stdint.h>

struct leg_fifo {
    unsigned room;     /* [values]               */
    unsigned channels; /* 1 or 2                 */
    unsigned count;    /* [samples] that wait    */
    int16_t *values;   /* [room], owned          */
};

/** Room for @p samples. @return 0 or -ENOMEM. */
int leg_fifo_init(struct leg_fifo *fifo, unsigned samples, unsigned channels);
void leg_fifo_finish(struct leg_fifo *fifo); /* zeroed is allowed */

/** Forgets all; from now on with @p channels (the room in values stays). */
void leg_fifo_clear(struct leg_fifo *fifo, unsigned channels);

/** Adds @p count samples; what does not fit is left out. */
void leg_fifo_put(struct leg_fifo *fifo, const int16_t *values, unsigned count);
void leg_fifo_put_silence(struct leg_fifo *fifo, unsigned count);

/** Takes the oldest @p count, which must be there. */
void leg_fifo_take(struct leg_fifo *fifo, int16_t *values, unsigned count);
void leg_fifo_drop(struct leg_fifo *fifo, unsigned count);

#endif
