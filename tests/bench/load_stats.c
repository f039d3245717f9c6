/* load_stats.c - sequence window of 64, jitter by RFC 3550, gaps by arrival time. */
#include "tests/bench/load_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_PER_S = 50, WINDOW = 64 };

static double transit_of(const struct load_arrival *arrival, unsigned clock_hz)
{
    return (double)arrival->at_ns * clock_hz / 1e9 - arrival->timestamp;
}

static void start(struct load_stats *stats, const struct load_arrival *arrival)
{
    stats->started = true;
    stats->seen = 1;
    stats->expected++;
    stats->distinct++;
    stats->highest = arrival->sequence;
    stats->timestamp = arrival->timestamp;
    stats->ssrc = arrival->ssrc;
}

static void go_forward(struct load_stats *stats, const struct load_arrival *arrival,
                       unsigned ahead, unsigned clock_hz)
{
    if (!arrival->marker &&
        arrival->timestamp - stats->timestamp != ahead * (clock_hz / FRAMES_PER_S))
        stats->wrong_steps++;
    stats->seen = ahead < WINDOW ? stats->seen << ahead | 1 : 1;
    stats->expected += ahead;
    stats->distinct++;
    stats->highest = arrival->sequence;
    stats->timestamp = arrival->timestamp;
}

static void look_back(struct load_stats *stats, unsigned behind)
{
    uint64_t bit = behind < WINDOW ? (uint64_t)1 << behind : 0;
    if (stats->seen & bit) {
        stats->duplicated++;
        return;
    }
    stats->seen |= bit;
    stats->reordered++;
    stats->distinct++;
}

static void measure_time(struct load_stats *stats, const struct load_arrival *arrival,
                         unsigned clock_hz)
{
    double transit = transit_of(arrival, clock_hz);
    if (stats->arrived_ns) {
        int64_t gap_ns = arrival->at_ns - stats->arrived_ns;
        if (gap_ns > stats->worst_gap_ns)
            stats->worst_gap_ns = gap_ns;
        double change = fabs(transit - stats->transit);
        if (change < clock_hz) /* else the time stamps started anew or wrapped */
            stats->jitter += (change - stats->jitter) / 16;
    }
    stats->transit = transit;
    stats->arrived_ns = arrival->at_ns;
}

void load_stats_add(struct load_stats *stats, const struct load_arrival *arrival,
                    unsigned clock_hz)
{
    stats->received++;
    if (stats->started && arrival->ssrc != stats->ssrc) {
        stats->sources++;
        stats->started = false;
    }
    int ahead = (int16_t)(arrival->sequence - stats->highest);
    if (!stats->started)
        start(stats, arrival);
    else if (ahead > 0)
        go_forward(stats, arrival, (unsigned)ahead, clock_hz);
    else
        look_back(stats, (unsigned)-ahead);
    measure_time(stats, arrival, clock_hz);
}

void load_stats_restart(struct load_stats *stats)
{
    stats->started = false;
    stats->arrived_ns = 0;
    stats->jitter = 0;
}

void load_stats_reset(struct load_stats *stats)
{
    stats->expected = stats->distinct = stats->received = 0;
    stats->duplicated = stats->reordered = stats->wrong_steps = stats->sources = 0;
    stats->worst_gap_ns = 0;
}

static void add_leg(struct load_stats_sum *sum, const struct load_stats *stats,
                    unsigned clock_hz, double *gap_ms)
{
    sum->legs++;
    sum->silent_legs += stats->received == 0;
    sum->received += stats->received;
    sum->lost += stats->expected > stats->distinct ? stats->expected - stats->distinct : 0;
    sum->duplicated += stats->duplicated;
    sum->reordered += stats->reordered;
    sum->wrong_steps += stats->wrong_steps;
    sum->sources += stats->sources;
    double jitter_ms = 1000 * stats->jitter / clock_hz;
    sum->mean_jitter_ms += jitter_ms;
    sum->worst_jitter_ms = fmax(sum->worst_jitter_ms, jitter_ms);
    *gap_ms = (double)stats->worst_gap_ns / 1e6;
}

void load_stats_sum(const struct load_stats *first, size_t stride, unsigned legs,
                    unsigned clock_hz, struct load_stats_sum *sum)
{
    memset(sum, 0, sizeof(*sum));
    double *gap_ms = calloc(legs ? legs : 1, sizeof(*gap_ms));
    if (!gap_ms)
        return;
    for (unsigned i = 0; i < legs; i++)
        add_leg(sum, (const struct load_stats *)((const char *)first + i * stride), clock_hz,
                &gap_ms[i]);
    sum->mean_jitter_ms /= legs ? legs : 1;
    sum->median_gap_ms = load_stats_percentile(gap_ms, legs, 0.5);
    sum->worst_gap_ms = load_stats_percentile(gap_ms, legs, 1);
    free(gap_ms);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double load_stats_percentile(double *values, size_t count, double share)
{
    if (!count)
        return 0;
    qsort(values, count, sizeof(*values), compare);
    size_t rank = (size_t)ceil(share * (double)count);
    return values[rank ? rank - 1 : 0];
}
