/* jitter_grid.c - whole steps, and what lies between. */
#include "server/rtp/jitter_grid.h"

#include "server/rtp/jitter_tick.h"

#include <assert.h>
#include <stdbool.h>

static int64_t units_of_ms(const struct jitter_grid *grid, unsigned ms)
{
    return (int64_t)ms * grid->clock_hz / 1000;
}

static uint32_t greatest_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* @p surplus: of the packet that is given the least time. */
static int64_t steps(const struct jitter_grid *grid, int64_t surplus, int64_t step,
                     int64_t residue)
{
    int64_t slack = units_of_ms(grid, JITTER_GRID_SLACK_MS);
    int64_t over = units_of_ms(grid, JITTER_GRID_SURPLUS_MS);
    bool is_under_way = residue > units_of_ms(grid, JITTER_GRID_RESIDUE_MS);
    if (surplus >= step + over)
        return (surplus - over) / step;
    if (surplus < (is_under_way ? 0 : -slack))
        return -((step - 1 - surplus) / step);
    return 0;
}

int64_t jitter_grid_excess(const struct jitter_grid *grid, int64_t delay, uint32_t held,
                           int64_t wanted)
{
    assert(grid->packet_units > 0);
    int64_t tick = units_of_ms(grid, JITTER_TICK_MS);
    int64_t step = greatest_divisor(grid->packet_units, (uint32_t)tick);
    int64_t residue = held % step;
    /* of packets that begin within a tick, the last is needed as early as the first */
    int64_t needed = wanted + tick - step;
    int64_t surplus = delay + held - residue - needed;
    if (surplus < -needed)
        surplus = -needed; /* played before it can have come: its clock means nothing */
    int64_t excess = steps(grid, surplus, step, residue) * step + residue;
    /* too little by any part of a ms: a packet is needed a tick too early for it */
    return excess < 0 || excess > units_of_ms(grid, JITTER_GRID_RESIDUE_MS) ? excess : 0;
}

uint32_t jitter_grid_most_above(const struct jitter_grid *grid)
{
    return (uint32_t)units_of_ms(grid, JITTER_TICK_MS + JITTER_GRID_SURPLUS_MS +
                                           JITTER_GRID_RESIDUE_MS);
}
