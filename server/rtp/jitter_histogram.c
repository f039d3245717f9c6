/* jitter_histogram.c - weights that grow, and a place that follows them. */
#include "server/rtp/jitter_histogram.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum {
    LAST = JITTER_HISTOGRAM_BUCKETS - 1,
    FIRST_WEIGHT = 1 << 12, /* so that a part in hundreds of it is not rounded away */
    MOST_WEIGHT = 1 << 22,
    FIRST_PACKETS = 20,
    SHORTEST_MS = 10,
    LONGEST_MS = 120,
};
/* all that is not forgotten yet, at the most a packet weighs, must fit the total */
static_assert((uint64_t)MOST_WEIGHT * (JITTER_HISTOGRAM_FORGET_MS / SHORTEST_MS + 2) <
                  UINT32_MAX / 2,
              "total must not wrap");

void jitter_histogram_init(struct jitter_histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
    histogram->next_weight = FIRST_WEIGHT;
    histogram->weight[0] = histogram->total = FIRST_WEIGHT * FIRST_PACKETS;
}

static bool is_too_much(const struct jitter_histogram *histogram, uint32_t above)
{
    return (uint64_t)above * JITTER_HISTOGRAM_ABOVE_PART > histogram->total;
}

/* The lowest place that has not too much above it. */
static void settle(struct jitter_histogram *histogram)
{
    while (is_too_much(histogram, histogram->above))
        histogram->above -= histogram->weight[++histogram->place];
    while (histogram->place > 0 &&
           !is_too_much(histogram, histogram->above + histogram->weight[histogram->place]))
        histogram->above += histogram->weight[histogram->place--];
}

static void count_again(struct jitter_histogram *histogram)
{
    histogram->total = 0;
    for (unsigned i = 0; i <= LAST; i++)
        histogram->total += histogram->weight[i];
    histogram->place = LAST;
    histogram->above = 0;
    settle(histogram);
}

static void lighten(struct jitter_histogram *histogram)
{
    for (unsigned i = 0; i <= LAST; i++)
        histogram->weight[i] /= MOST_WEIGHT / FIRST_WEIGHT;
    histogram->next_weight = FIRST_WEIGHT;
    count_again(histogram);
}

void jitter_histogram_add(struct jitter_histogram *histogram, uint32_t bucket,
                          unsigned packet_ms)
{
    if (bucket > LAST)
        bucket = LAST;
    if (packet_ms < SHORTEST_MS)
        packet_ms = SHORTEST_MS;
    if (packet_ms > LONGEST_MS)
        packet_ms = LONGEST_MS;
    uint32_t weight = histogram->next_weight;
    histogram->weight[bucket] += weight;
    histogram->total += weight;
    if (bucket > histogram->place)
        histogram->above += weight;
    settle(histogram);
    histogram->next_weight += weight * packet_ms / JITTER_HISTOGRAM_FORGET_MS;
    if (histogram->next_weight > MOST_WEIGHT)
        lighten(histogram);
}

void jitter_histogram_shift(struct jitter_histogram *histogram, int buckets)
{
    uint32_t moved[JITTER_HISTOGRAM_BUCKETS] = {0};
    for (int i = 0; i <= LAST; i++) {
        int64_t to = (int64_t)i + buckets;
        moved[to < 0 ? 0 : to > LAST ? LAST : to] += histogram->weight[i];
    }
    memcpy(histogram->weight, moved, sizeof(moved));
    count_again(histogram);
}
