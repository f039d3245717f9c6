/*
 * jitter_network.h - a sender, a network and a leg, simulated, for the tests of the jitter
 * buffer.
 *
 *   struct network network = {.packet_ms = 20, .jitter = NETWORK_UNIFORM, .spread_ms = 60};
 *   network_begin(&network, &config, seed);
 *   network_run(&network, seconds);                may be changed between runs
 *   ... network.heard, jitter_stats(network.jitter) ...
 *   network_end(&network);
 *
 * The leg does what leg_receive.c does: it asks once a tick how far from right the delay is,
 * and then takes up to 5 ms more or less than a tick from its fifo. Each packet carries its
 * number.
 *
 * Shape    the RTP clock is 8 kHz; delays are above that of an empty network.
 */
#ifndef TESTS_UNIT_SERVER_RTP_JITTER_NETWORK_H
#define TESTS_UNIT_SERVER_RTP_JITTER_NETWORK_H

#include "server/rtp/jitter.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS CLOCK_NS_PER_MS

enum {
    NETWORK_HZ = 8000,
    NETWORK_UNITS = NETWORK_HZ / 1000, /* in a ms                   */
    NETWORK_TICK = 20 * NETWORK_UNITS,
    NETWORK_FLIGHT = 512,
    NETWORK_STRETCH = 5 * NETWORK_UNITS, /* most of a tick            */
    NETWORK_DELAYS = 3000,               /* ms that are told apart    */
};

enum network_jitter {
    NETWORK_UNIFORM, /* 0 .. spread_ms                                */
    NETWORK_GAUSS,   /* spread_ms is the standard deviation           */
};

struct network_heard {
    uint32_t ticks;
    uint32_t packets;         /* that were played                              */
    uint32_t lost, quiet;     /* [units]                                     */
    uint32_t empty;           /* ticks with nothing to play                  */
    uint32_t sent, late;      /* packets                                       */
    uint32_t shorter, longer; /* [units] by stretching                     */
    uint32_t turns;           /* from shortening to lengthening, and back  */
    uint32_t waiting_most_ms;
    uint32_t delay[NETWORK_DELAYS]; /* how many packets were played at it [ms] */
    uint64_t delay_sum_us;
    int64_t delay_most_us, delay_last_us;
};

struct network_flight {
    bool used;
    uint16_t sequence;
    uint32_t timestamp, n;
    uint32_t units;
    int64_t sent_ns, arrival_ns;
};

struct network {
    unsigned packet_ms;
    enum network_jitter jitter;
    unsigned spread_ms;
    unsigned delay_ms; /* of all packets                                    */
    int skew_ppm;      /* above 0: the sender is fast                       */
    unsigned loss_percent;
    unsigned double_percent; /* ... are sent twice, 15 ms apart                  */
    bool in_order;           /* the network keeps the order, as a queue does      */
    unsigned stall_ms;       /* it stands still for so long                       */
    int64_t stall_ns;        /* ... from here                                     */
    unsigned tick_late_ms;   /* ticks are late by up to                           */
    bool must_not_stretch;

    struct jitter *buffer;
    struct network_heard heard;
    unsigned seed;
    int64_t now_ns, next_ns, last_arrival_ns;
    uint32_t n, timestamp;
    uint16_t sequence;
    uint32_t held; /* [units] in the leg's fifo */
    int sign;
    struct network_flight flight[NETWORK_FLIGHT];
};

static unsigned network_random(struct network *network)
{
    network->seed = network->seed * 1103515245 + 12345;
    return network->seed >> 8 & 0xffffff;
}

static inline void network_begin(struct network *network, const struct jitter_config *config,
                                 unsigned seed)
{
    network->buffer = jitter_create(config);
    assert_non_null(network->buffer);
    jitter_reset(network->buffer, NETWORK_HZ);
    network->seed = seed;
    network->now_ns = 1000 * CLOCK_NS_PER_S;
    network->next_ns = network->now_ns + network_random(network) % 20000 * 1000;
    network->sequence = (uint16_t)network_random(network);
    network->timestamp = network_random(network) * 256;
}

static inline void network_end(struct network *network)
{
    jitter_destroy(network->buffer);
}

static int64_t network_delay_ns(struct network *network)
{
    int64_t spread_us = network->spread_ms * 1000, us = 0;
    if (!spread_us)
        return network_random(network) % 200 * 1000 + network->delay_ms * MS;
    if (network->jitter == NETWORK_UNIFORM) {
        us = network_random(network) % spread_us;
    } else {
        for (unsigned i = 0; i < 12; i++) /* a sum of 12 has the deviation 1 */
            us += network_random(network) % (unsigned)spread_us;
        us -= 6 * spread_us - 3 * spread_us; /* three deviations before the mean: cut there */
        if (us < 0)
            us = 0;
    }
    return us * 1000 + network->delay_ms * MS;
}

static void network_send(struct network *network, int64_t extra_ns)
{
    int64_t arrival_ns = network->next_ns + network_delay_ns(network) + extra_ns;
    if (network->stall_ms && arrival_ns >= network->stall_ns &&
        arrival_ns < network->stall_ns + network->stall_ms * MS)
        arrival_ns = network->stall_ns + network->stall_ms * MS;
    if (network->in_order && arrival_ns < network->last_arrival_ns)
        arrival_ns = network->last_arrival_ns;
    network->last_arrival_ns = arrival_ns;
    for (unsigned i = 0; i < NETWORK_FLIGHT; i++) {
        if (network->flight[i].used)
            continue;
        network->flight[i] =
            (struct network_flight){.used = true,
                                    .sequence = network->sequence,
                                    .timestamp = network->timestamp,
                                    .n = network->n,
                                    .units = network->packet_ms * NETWORK_UNITS,
                                    .sent_ns = network->next_ns,
                                    .arrival_ns = arrival_ns};
        return;
    }
}

static void network_send_due(struct network *network)
{
    while (network->next_ns <= network->now_ns) {
        if (network_random(network) % 100 >= network->loss_percent)
            network_send(network, 0);
        if (network_random(network) % 100 < network->double_percent)
            network_send(network, 15 * MS);
        network->heard.sent++;
        network->n++;
        network->sequence++;
        network->timestamp += network->packet_ms * NETWORK_UNITS;
        int64_t period_ns = network->packet_ms * MS;
        network->next_ns += period_ns - period_ns * network->skew_ppm / 1000000;
    }
}

/* What has come by now, in the order of arrival. */
static void network_deliver(struct network *network)
{
    for (;;) {
        struct network_flight *next = NULL;
        for (unsigned i = 0; i < NETWORK_FLIGHT; i++) {
            struct network_flight *one = &network->flight[i];
            if (one->used && one->arrival_ns <= network->now_ns &&
                (!next || one->arrival_ns < next->arrival_ns ||
                 (one->arrival_ns == next->arrival_ns && one->n < next->n)))
                next = one;
        }
        if (!next)
            return;
        next->used = false;
        enum jitter_put put =
            jitter_put(network->buffer, next->sequence, next->timestamp, 0,
                       (const uint8_t *)next, sizeof(*next), next->arrival_ns);
        network->heard.late += put == JITTER_LATE;
    }
}

static void network_hear(struct network *network, const struct jitter_packet *packet)
{
    struct network_heard *heard = &network->heard;
    struct network_flight one;
    assert_int_equal(packet->length, sizeof(one));
    memcpy(&one, packet->payload, sizeof(one));
    assert_int_equal(one.sequence, packet->sequence);
    assert_int_equal(one.timestamp, packet->timestamp);
    int64_t us = (network->now_ns - one.sent_ns) / 1000 + network->held * 1000 / NETWORK_UNITS;
    heard->packets++;
    heard->delay_sum_us += (uint64_t)us;
    heard->delay_last_us = us;
    if (us > heard->delay_most_us)
        heard->delay_most_us = us;
    heard->delay[us / 1000 < NETWORK_DELAYS ? us / 1000 : NETWORK_DELAYS - 1]++;
    network->held += one.units;
    jitter_advance(network->buffer, one.units);
}

/* How much is to be taken from the fifo in this tick. */
static uint32_t network_stretch(struct network *network)
{
    int excess = jitter_excess_ms(network->buffer, network->now_ns, network->held);
    int units = excess * NETWORK_UNITS;
    if (network->must_not_stretch)
        assert_int_equal(excess, 0);
    if (units > NETWORK_STRETCH)
        units = NETWORK_STRETCH;
    if (units < -NETWORK_STRETCH)
        units = -NETWORK_STRETCH;
    if (units > 0)
        network->heard.shorter += (uint32_t)units;
    else
        network->heard.longer += (uint32_t)-units;
    if (units && network->sign * units < 0)
        network->heard.turns++;
    network->sign = units > 0 ? 1 : units < 0 ? -1 : network->sign;
    return (uint32_t)(NETWORK_TICK + units);
}

static void network_play(struct network *network)
{
    struct network_heard *heard = &network->heard;
    uint32_t take = network_stretch(network);
    while (network->held < take) {
        struct jitter_packet packet;
        uint32_t units = 0;
        enum jitter_get what = jitter_get(network->buffer, network->now_ns, &packet, &units);
        if (what == JITTER_PACKET) {
            network_hear(network, &packet);
            continue;
        }
        if (what == JITTER_EMPTY) {
            heard->empty++;
            network->held = take;
            break;
        }
        assert_true(units > 0);
        if (units > NETWORK_TICK)
            units = NETWORK_TICK;
        *(what == JITTER_LOST ? &heard->lost : &heard->quiet) += units;
        jitter_advance(network->buffer, units);
        network->held += units;
    }
    network->held -= take;
    heard->ticks++;
    uint32_t waiting_ms = jitter_waiting_ms(network->buffer);
    if (waiting_ms > heard->waiting_most_ms)
        heard->waiting_most_ms = waiting_ms;
}

/* Forgets what was heard so far, and goes on. */
static inline void network_run_ticks(struct network *network, unsigned ticks)
{
    memset(&network->heard, 0, sizeof(network->heard));
    for (unsigned tick = 0; tick < ticks; tick++) {
        int64_t due_ns = network->now_ns;
        if (network->tick_late_ms)
            network->now_ns += network_random(network) % (network->tick_late_ms * 1000) * 1000;
        network_send_due(network);
        network_deliver(network);
        network_play(network);
        network->now_ns = due_ns + 20 * MS;
    }
}

static inline void network_run(struct network *network, unsigned seconds)
{
    network_run_ticks(network, seconds * 50);
}

static inline double network_mean_ms(const struct network *network)
{
    const struct network_heard *heard = &network->heard;
    return heard->packets ? (double)heard->delay_sum_us / 1000 / heard->packets : 0;
}

/* The delay that @p percent of the packets do not exceed. */
static inline unsigned network_delay_at_ms(const struct network *network, unsigned percent)
{
    uint64_t seen = 0;
    unsigned ms = 0;
    for (; ms < NETWORK_DELAYS - 1; ms++) {
        seen += network->heard.delay[ms];
        if (seen * 100 >= (uint64_t)network->heard.packets * percent)
            break;
    }
    return ms;
}

static inline double network_late_percent(const struct network *network)
{
    return network->heard.sent ? 100.0 * network->heard.late / network->heard.sent : 0;
}

static inline double network_empty_percent(const struct network *network)
{
    return network->heard.ticks ? 100.0 * network->heard.empty / network->heard.ticks : 0;
}

#endif
