/* leg_fifo.c - a short queue of samples. */
#include "server/leg/leg_fifo.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int leg_fifo_init(struct leg_fifo *fifo, unsigned samples, unsigned channels)
{
    *fifo = (struct leg_fifo){.room = samples * channels, .channels = channels};
    fifo->values = malloc(fifo->room * sizeof(*fifo->values));
    return fifo->values ? 0 : -ENOMEM;
}

void leg_fifo_finish(struct leg_fifo *fifo)
{
    free(fifo->values);
    *fifo = (struct leg_fifo){.room = 0};
}

void leg_fifo_clear(struct leg_fifo *fifo, unsigned channels)
{
    fifo->count = 0;
    fifo->channels = channels;
}

static unsigned fitting(const struct leg_fifo *fifo, unsigned count)
{
    unsigned free_samples = fifo->room / fifo->channels - fifo->count;
    return count < free_samples ? count : free_samples;
}

void leg_fifo_put(struct leg_fifo *fifo, const int16_t *values, unsigned count)
{
    count = fitting(fifo, count);
    memcpy(fifo->values + fifo->count * fifo->channels, values,
           count * fifo->channels * sizeof(*values));
    fifo->count += count;
}

void leg_fifo_put_silence(struct leg_fifo *fifo, unsigned count)
{
    count = fitting(fifo, count);
    memset(fifo->values + fifo->count * fifo->channels, 0,
           count * fifo->channels * sizeof(*fifo->values));
    fifo->count += count;
}

void leg_fifo_drop(struct leg_fifo *fifo, unsigned count)
{
    assert(count <= fifo->count);
    fifo->count -= count;
    memmove(fifo->values, fifo->values + count * fifo->channels,
            fifo->count * fifo->channels * sizeof(*fifo->values));
}

void leg_fifo_take(struct leg_fifo *fifo, int16_t *values, unsigned count)
{
    assert(count <= fifo->count);
    memcpy(values, fifo->values, count * fifo->channels * sizeof(*values));
    leg_fifo_drop(fifo, count);
}
