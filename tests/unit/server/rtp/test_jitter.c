/* test_jitter.c - the jitter buffer: order, time, loss, pauses, clocks that differ, nonsense.
 */
#include "server/rtp/jitter.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLOCK_HZ = 8000, FRAME = 160, DELAY_MS = 60, LIMIT_MS = 200, SLOTS = 32, BYTES = 200 };
#define MS CLOCK_NS_PER_MS

static struct jitter *make(void)
{
    struct jitter_config config = {DELAY_MS, LIMIT_MS, SLOTS, BYTES};
    struct jitter *jitter = jitter_create(&config);
    assert_non_null(jitter);
    jitter_reset(jitter, CLOCK_HZ);
    return jitter;
}

/* The payload of packet `n` is its number, so that a mix-up is seen. */
static enum jitter_put put_at(struct jitter *jitter, unsigned n, uint32_t timestamp, int64_t ns)
{
    uint8_t payload[4];
    memcpy(payload, &n, sizeof(payload));
    return jitter_put(jitter, (uint16_t)n, timestamp, 0, payload, sizeof(payload), ns);
}

static enum jitter_put put(struct jitter *jitter, unsigned n, int64_t ns)
{
    return put_at(jitter, n, n * FRAME, ns);
}

static uint32_t gap_units;

/* One get, and the advance that belongs to it: at most a frame. @return the packet's number, or
 * minus the verdict. */
static int64_t play(struct jitter *jitter, int64_t ns)
{
    struct jitter_packet packet;
    uint32_t units = 0;
    enum jitter_get what = jitter_get(jitter, ns, &packet, &units);
    gap_units = units;
    if (what == JITTER_EMPTY)
        return -JITTER_EMPTY;
    if (what != JITTER_PACKET) {
        assert_true(units > 0);
        jitter_advance(jitter, units < FRAME ? units : FRAME);
        return -(int64_t)what;
    }
    unsigned n;
    assert_int_equal(packet.length, sizeof(n));
    memcpy(&n, packet.payload, sizeof(n));
    assert_int_equal(packet.sequence, (uint16_t)n);
    jitter_advance(jitter, FRAME);
    return n;
}

static void bad_numbers_are_refused(void **state)
{
    (void)state;
    const struct jitter_config bad[] = {
        {60, 0, 32, 200},
        {201, 200, 32, 200},
        {60, JITTER_MAX_MS + 1, 32, 200},
        {60, 200, 1, 200},
        {60, 200, 0, 200},
        {60, 200, JITTER_MAX_SLOTS + 1, 200},
        {60, 200, 32, 0},
        {60, 200, 32, JITTER_MAX_PAYLOAD_BYTES + 1},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(jitter_create(&bad[i]));
    jitter_destroy(NULL);
}

static void play_begins_after_the_delay(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    assert_int_equal(play(jitter, 0), -JITTER_EMPTY);
    put(jitter, 10, 5 * MS);
    put(jitter, 11, 25 * MS);
    put(jitter, 12, 45 * MS);
    assert_int_equal(play(jitter, (5 + DELAY_MS) * MS - 1), -JITTER_EMPTY);
    assert_int_equal(jitter_waiting_ms(jitter), 40); /* a packet's length is not known yet */
    assert_int_equal(play(jitter, (5 + DELAY_MS) * MS), 10);
    assert_int_equal(jitter_waiting_ms(jitter), 40);
    assert_int_equal(play(jitter, 70 * MS), 11);
    assert_int_equal(play(jitter, 70 * MS), 12);
    assert_int_equal(jitter_waiting_ms(jitter), 0);
    jitter_destroy(jitter);
}

static void order_is_restored_across_both_wraps(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    const unsigned order[] = {65534, 65537, 65535, 65536, 65538};
    uint32_t base = 0xffffffff - 65536 * FRAME; /* the time stamp wraps too */
    for (unsigned i = 0; i < 5; i++)
        put_at(jitter, order[i], base + order[i] * FRAME, 0);
    for (unsigned n = 65534; n <= 65538; n++)
        assert_int_equal(play(jitter, DELAY_MS * MS), n);
    assert_int_equal(play(jitter, DELAY_MS * MS), -JITTER_EMPTY);
    assert_int_equal(jitter_stats(jitter)->lost, 0);
    jitter_destroy(jitter);
}

static void one_before_the_first_is_in_time_while_filling(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    put(jitter, 11, 0);
    assert_int_equal(put(jitter, 10, 1), JITTER_STORED);
    assert_int_equal(play(jitter, DELAY_MS * MS), 10);
    assert_int_equal(play(jitter, DELAY_MS * MS), 11);
    jitter_destroy(jitter);
}

static void doubles_and_late_ones_are_told(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    put(jitter, 10, 0);
    put(jitter, 11, 0);
    assert_int_equal(put(jitter, 11, 0), JITTER_DUPLICATE);
    assert_int_equal(put(jitter, 10, 0), JITTER_DUPLICATE);
    assert_int_equal(play(jitter, DELAY_MS * MS), 10);
    assert_int_equal(put(jitter, 10, 0), JITTER_LATE);
    assert_int_equal(put(jitter, 9, 0), JITTER_LATE);
    assert_int_equal(play(jitter, DELAY_MS * MS), 11);
    assert_int_equal(jitter_stats(jitter)->duplicate, 2);
    assert_int_equal(jitter_stats(jitter)->late, 2);
    jitter_destroy(jitter);
}

static void a_lost_packet_is_concealed_and_then_late(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    for (unsigned n = 0; n < 6; n++) {
        if (n != 2 && n != 3)
            put(jitter, n, 0);
    }
    int64_t ns = DELAY_MS * MS;
    assert_int_equal(play(jitter, ns), 0);
    assert_int_equal(play(jitter, ns), 1);
    assert_int_equal(play(jitter, ns), -JITTER_LOST);
    assert_int_equal(gap_units, 2 * FRAME);
    assert_int_equal(put(jitter, 2, 0), JITTER_LATE);
    assert_int_equal(put(jitter, 3, 0), JITTER_STORED); /* its turn has just come */
    assert_int_equal(play(jitter, ns), 3);
    assert_int_equal(play(jitter, ns), 4);
    assert_int_equal(play(jitter, ns), 5);
    assert_int_equal(jitter_stats(jitter)->lost, 1);
    jitter_destroy(jitter);
}

static void half_concealed_is_late(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    put(jitter, 0, 0);
    put(jitter, 2, 0);
    struct jitter_packet packet;
    uint32_t units;
    assert_int_equal(play(jitter, DELAY_MS * MS), 0);
    assert_int_equal(jitter_get(jitter, DELAY_MS * MS, &packet, &units), JITTER_LOST);
    jitter_advance(jitter, FRAME / 2);
    assert_int_equal(put(jitter, 1, 0), JITTER_LATE);
    assert_int_equal(play(jitter, DELAY_MS * MS), -JITTER_LOST);
    assert_int_equal(gap_units, FRAME / 2);
    assert_int_equal(play(jitter, DELAY_MS * MS), 2);
    jitter_destroy(jitter);
}

static void a_pause_is_quiet(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    put_at(jitter, 0, 0, 0);
    put_at(jitter, 1, FRAME, 0);
    put_at(jitter, 2, 5 * FRAME, 0);
    int64_t ns = DELAY_MS * MS;
    assert_int_equal(play(jitter, ns), 0);
    assert_int_equal(play(jitter, ns), 1);
    for (unsigned left = 3; left > 0; left--) {
        assert_int_equal(play(jitter, ns), -JITTER_QUIET);
        assert_int_equal(gap_units, left * FRAME);
    }
    assert_int_equal(play(jitter, ns), 2);
    assert_int_equal(jitter_stats(jitter)->lost, 0);
    jitter_destroy(jitter);
}

static void lost_in_a_pause_is_concealed_once_and_then_quiet(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    put_at(jitter, 0, 0, 0);
    put_at(jitter, 2, 5 * FRAME, 0);
    int64_t ns = DELAY_MS * MS;
    assert_int_equal(play(jitter, ns), 0);
    assert_int_equal(play(jitter, ns), -JITTER_LOST);
    assert_int_equal(gap_units, FRAME);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(play(jitter, ns), -JITTER_QUIET);
    assert_int_equal(play(jitter, ns), 2);
    assert_int_equal(jitter_stats(jitter)->lost, 1);
    jitter_destroy(jitter);
}

static void events_keep_their_place(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    put(jitter, 0, 0);
    for (unsigned n = 1; n <= 4; n++)
        assert_int_equal(jitter_put(jitter, (uint16_t)n, FRAME, 101, NULL, 0, 0),
                         JITTER_STORED);
    put(jitter, 5, 0);
    int64_t ns = DELAY_MS * MS;
    assert_int_equal(play(jitter, ns), 0);
    for (unsigned n = 1; n <= 4; n++)
        assert_int_equal(play(jitter, ns), -JITTER_QUIET);
    assert_int_equal(play(jitter, ns), 5);
    assert_int_equal(jitter_stats(jitter)->lost, 0);
    /* only events: nothing to play, and they do not pile up */
    for (unsigned n = 6; n < 6 + 3 * SLOTS; n++) {
        jitter_put(jitter, (uint16_t)n, 6 * FRAME, 101, NULL, 0, ns);
        assert_int_equal(play(jitter, ns + 1000 * MS), -JITTER_EMPTY);
        assert_int_equal(jitter_stats(jitter)->waiting, 0);
    }
    assert_int_equal(jitter_stats(jitter)->overflowed, 0);
    assert_int_equal(jitter_stats(jitter)->dried, 1);
    jitter_destroy(jitter);
}

static void run_dry_it_fills_again(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    put(jitter, 0, 0);
    assert_int_equal(play(jitter, DELAY_MS * MS), 0);
    assert_int_equal(play(jitter, DELAY_MS * MS), -JITTER_EMPTY);
    assert_int_equal(play(jitter, 80 * MS), -JITTER_EMPTY);
    assert_int_equal(jitter_stats(jitter)->dried, 1);
    put_at(jitter, 1, 500 * FRAME, 90 * MS); /* after a long pause: no jump */
    assert_int_equal(play(jitter, (90 + DELAY_MS) * MS - 1), -JITTER_EMPTY);
    assert_int_equal(play(jitter, (90 + DELAY_MS) * MS), 1);
    assert_int_equal(put(jitter, 0, 0), JITTER_RESET); /* 10 s back in time */
    jitter_destroy(jitter);
}

static void jumps_begin_anew(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    const struct {
        unsigned n;
        uint32_t timestamp;
    } jump[] = {{103, 103 * FRAME + 4 * CLOCK_HZ}, /* forward in time while others wait */
                {103, (uint32_t)(103 * FRAME - 4 * CLOCK_HZ)}, /* back in time */
                {103 + 3000, 103 * FRAME}, /* sequence forward                  */
                {103 - 102, 103 * FRAME},  /* sequence back                     */
                {103, 103U * FRAME + 0x80000000U}};
    for (unsigned i = 0; i < 5; i++) {
        jitter_reset(jitter, CLOCK_HZ);
        for (unsigned n = 100; n < 103; n++)
            assert_int_equal(put(jitter, n, 0), JITTER_STORED);
        assert_int_equal(play(jitter, DELAY_MS * MS), 100);
        int64_t ns = 100 * MS;
        unsigned n = jump[i].n;
        assert_int_equal(put_at(jitter, n, jump[i].timestamp, ns), JITTER_RESET);
        assert_int_equal(jitter_stats(jitter)->waiting, 1);
        assert_int_equal(play(jitter, ns + DELAY_MS * MS - 1), -JITTER_EMPTY);
        assert_int_equal(play(jitter, ns + DELAY_MS * MS), n);
        assert_int_equal(jitter_stats(jitter)->resets, i + 1);
    }
    jitter_destroy(jitter);
}

static void too_long_is_refused_and_empty_is_taken(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    uint8_t payload[BYTES + 1] = {0};
    assert_int_equal(jitter_put(jitter, 0, 0, 8, payload, BYTES + 1, 0), JITTER_TOO_LONG);
    assert_int_equal(jitter_put(jitter, 0, 0, 8, payload, BYTES, 0), JITTER_STORED);
    assert_int_equal(jitter_put(jitter, 1, FRAME, 9, payload, 0, 0), JITTER_STORED);
    struct jitter_packet packet;
    uint32_t units;
    assert_int_equal(jitter_get(jitter, DELAY_MS * MS, &packet, &units), JITTER_PACKET);
    assert_int_equal(packet.length, BYTES);
    assert_int_equal(packet.payload_type, 8);
    jitter_advance(jitter, FRAME);
    assert_int_equal(jitter_get(jitter, DELAY_MS * MS, &packet, &units), JITTER_PACKET);
    assert_int_equal(packet.length, 0);
    assert_int_equal(packet.payload_type, 9);
    jitter_destroy(jitter);
}

static void a_burst_is_cut_to_the_limit(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    for (unsigned n = 0; n < 100; n++)
        assert_int_equal(put(jitter, n, 0), JITTER_STORED);
    unsigned held = LIMIT_MS / 20 + 1;
    assert_int_equal(jitter_stats(jitter)->waiting, held);
    assert_int_equal(jitter_stats(jitter)->overflowed, 100 - held);
    assert_int_equal(jitter_stats(jitter)->lost, 0);
    for (unsigned n = 100 - held; n < 100; n++)
        assert_int_equal(play(jitter, DELAY_MS * MS), n);
    jitter_destroy(jitter);
}

static void more_packets_than_slots(void **state)
{
    (void)state;
    struct jitter_config config = {60, 200, 4, BYTES};
    struct jitter *jitter = jitter_create(&config);
    jitter_reset(jitter, CLOCK_HZ);
    for (unsigned n = 10; n < 20; n++) {
        if (n != 17)
            put_at(jitter, n, n * 8, 0);
    }
    assert_int_equal(put_at(jitter, 14, 14 * 8, 0),
                     JITTER_LATE); /* older than all of the four */
    assert_int_equal(put_at(jitter, 17, 17 * 8, 0), JITTER_STORED);
    assert_int_equal(jitter_stats(jitter)->waiting, 4);
    for (unsigned n = 16; n < 20; n++) {
        struct jitter_packet packet;
        uint32_t units;
        assert_int_equal(jitter_get(jitter, DELAY_MS * MS, &packet, &units), JITTER_PACKET);
        assert_int_equal(packet.sequence, n);
        jitter_advance(jitter, 8);
    }
    jitter_destroy(jitter);
}

static void rounded_time_stamps_make_no_gaps(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    for (unsigned n = 0; n < 8; n++)
        put_at(jitter, n, n * FRAME + n % 3, 0);
    for (unsigned n = 0; n < 8; n++)
        assert_int_equal(play(jitter, DELAY_MS * MS), n);
    jitter_destroy(jitter);
}

/* ---- a sender and a tick loop, simulated ---- */

struct sender {
    unsigned n;
    uint32_t timestamp;
    uint32_t frame;     /* [units] of a packet                        */
    int64_t next_ns;    /* when it is sent                            */
    int64_t period_ns;  /* between packets; its clock against ours    */
    unsigned spread_ms; /* random delay of the network, up to        */
    unsigned loss_in;   /* one of so many is lost; 0: none           */
};

struct result {
    uint64_t packet, lost, quiet, empty; /* [units], but for packet and empty: ticks at empty */
    uint32_t waiting_most, waiting_least;
};

enum { FLIGHT = 64 };
struct flight { /* packets on their way */
    bool used;
    unsigned n;
    uint32_t timestamp, frame;
    int64_t arrival_ns;
};

static void send_due(struct sender *sender, struct flight *flight, int64_t now_ns)
{
    for (; sender->next_ns <= now_ns; sender->next_ns += sender->period_ns) {
        bool is_lost = sender->loss_in && random() % sender->loss_in == 0;
        int64_t spread_ns = sender->spread_ms ? random() % (sender->spread_ms * MS) : 0;
        for (unsigned i = 0; i < FLIGHT && !is_lost; i++) {
            if (flight[i].used)
                continue;
            flight[i] = (struct flight){.used = true,
                                        .n = sender->n,
                                        .timestamp = sender->timestamp,
                                        .frame = sender->frame,
                                        .arrival_ns = sender->next_ns + spread_ns};
            break;
        }
        sender->n++;
        sender->timestamp += sender->frame;
    }
}

/* What the network has delivered by now, in the order of arrival. */
static void deliver(struct jitter *jitter, struct flight *flight, int64_t now_ns)
{
    for (;;) {
        struct flight *next = NULL;
        for (unsigned i = 0; i < FLIGHT; i++) {
            if (flight[i].used && flight[i].arrival_ns <= now_ns &&
                (!next || flight[i].arrival_ns < next->arrival_ns))
                next = &flight[i];
        }
        if (!next)
            return;
        next->used = false;
        jitter_put(jitter, (uint16_t)next->n, next->timestamp, 0, (const uint8_t *)&next->frame,
                   sizeof(next->frame), next->arrival_ns);
    }
}

/* A tick: gets until its fifo holds 20 ms. */
static void tick(struct jitter *jitter, int64_t now_ns, uint32_t *fifo, struct result *result)
{
    while (*fifo < FRAME) {
        struct jitter_packet packet;
        uint32_t units, most = FRAME;
        switch (jitter_get(jitter, now_ns, &packet, &units)) {
        case JITTER_PACKET:
            memcpy(&units, packet.payload, sizeof(units));
            result->packet++;
            most = units;
            break;
        case JITTER_LOST:
            result->lost += units < most ? units : most;
            break;
        case JITTER_QUIET:
            result->quiet += units < most ? units : most;
            break;
        case JITTER_EMPTY:
            result->empty++;
            *fifo = FRAME;
            continue;
        }
        units = units < most ? units : most;
        jitter_advance(jitter, units);
        *fifo += units;
    }
    *fifo -= FRAME;
    uint32_t waiting = jitter_waiting_ms(jitter);
    if (waiting > result->waiting_most)
        result->waiting_most = waiting;
    if (waiting < result->waiting_least)
        result->waiting_least = waiting;
}

static struct result simulate(struct jitter *jitter, struct sender *sender, unsigned seconds)
{
    struct result result = {.waiting_least = UINT32_MAX};
    struct flight flight[FLIGHT] = {0};
    uint32_t fifo = 0;
    for (int64_t now_ns = 0; now_ns < seconds * CLOCK_NS_PER_S; now_ns += 20 * MS) {
        send_due(sender, flight, now_ns);
        deliver(jitter, flight, now_ns);
        tick(jitter, now_ns, &fifo, &result);
    }
    return result;
}

static void equal_clocks_lose_nothing(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    srandom(3);
    struct sender sender = {
        .n = 65000, .frame = FRAME, .next_ns = 3 * MS, .period_ns = 20 * MS, .spread_ms = 50};
    struct result result = simulate(jitter, &sender, 600);
    const struct jitter_stats *stats = jitter_stats(jitter);
    assert_int_equal(stats->lost + stats->late + stats->overflowed + stats->resets, 0);
    assert_true(stats->dried == 0);
    assert_true(result.packet >= 600 * 50 - 8);
    assert_true(result.empty <= 6);
    assert_int_equal(result.lost + result.quiet, 0);
    assert_true(result.waiting_most <= DELAY_MS + 40);
    jitter_destroy(jitter);
}

static void a_fast_sender_cannot_make_the_delay_grow(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    srandom(4);
    struct sender sender = {.frame = FRAME, .period_ns = 20 * MS * 999 / 1000, .spread_ms = 30};
    struct result result = simulate(jitter, &sender, 600);
    const struct jitter_stats *stats = jitter_stats(jitter);
    assert_true(result.waiting_most <= LIMIT_MS + 20);
    /* 0.1 % of 600 s is 600 ms too much; 140 ms of it fit between delay and limit */
    assert_in_range(stats->overflowed, 15, 31);
    assert_int_equal(stats->dried, 0);
    assert_int_equal(stats->lost, 0);
    jitter_destroy(jitter);
}

static void a_slow_sender_runs_dry_now_and_then(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    srandom(5);
    struct sender sender = {
        .frame = FRAME, .period_ns = 20 * MS * 1001 / 1000, .spread_ms = 10};
    struct result result = simulate(jitter, &sender, 600);
    const struct jitter_stats *stats = jitter_stats(jitter);
    assert_in_range(stats->dried, 6, 15); /* 600 ms too little, 60 ms at a time */
    assert_int_equal(stats->overflowed + stats->lost + stats->late, 0);
    assert_true(result.waiting_most <= DELAY_MS + 40);
    assert_true(result.packet >= 29900);
    jitter_destroy(jitter);
}

static void loss_is_counted_once_each(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    srandom(6);
    struct sender sender = {
        .frame = FRAME, .period_ns = 20 * MS, .spread_ms = 50, .loss_in = 10};
    struct result result = simulate(jitter, &sender, 600);
    const struct jitter_stats *stats = jitter_stats(jitter);
    assert_in_range(stats->lost, 2700, 3300);
    assert_true(result.packet + stats->lost >= 600 * 50 - 12);
    assert_true(result.packet + stats->lost <= 600 * 50 + 1);
    assert_int_equal(stats->late + stats->resets + stats->overflowed, 0);
    assert_int_equal(result.quiet, 0);
    assert_true(result.lost >= (uint64_t)(stats->lost - 40) * FRAME); /* nearly all concealed */
    jitter_destroy(jitter);
}

static void ptime_may_change_in_a_call(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    struct sender sender = {.frame = FRAME, .next_ns = 0, .period_ns = 20 * MS};
    struct result result = {.waiting_least = UINT32_MAX};
    struct flight flight[FLIGHT] = {0};
    uint32_t fifo = 0;
    const unsigned ptime[] = {20, 60, 10, 30, 40, 10, 60, 20};
    for (unsigned i = 0; i < 8 * 250; i++) {
        int64_t now_ns = i * 20 * MS;
        send_due(&sender, flight, now_ns);
        deliver(jitter, flight, now_ns);
        tick(jitter, now_ns, &fifo, &result);
        unsigned ms = ptime[i / 250];
        if (ms * 8 != sender.frame) { /* what comes next is late by the longer packet */
            sender.next_ns += ms * MS - sender.period_ns;
            sender.frame = ms * 8;
            sender.period_ns = ms * MS;
        }
    }
    const struct jitter_stats *stats = jitter_stats(jitter);
    assert_int_equal(stats->lost + stats->late + stats->resets + stats->overflowed, 0);
    assert_int_equal(stats->duplicate + result.lost + result.quiet, 0);
    assert_true(stats->dried <= 1);
    assert_true(result.waiting_most <= DELAY_MS + 80);
    jitter_destroy(jitter);
}

static void nonsense_keeps_the_promises(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    srandom(7);
    uint16_t sequence = 0;
    uint32_t timestamp = 0;
    int64_t ns = 0;
    uint8_t payload[BYTES + 10] = {0};
    for (unsigned i = 0; i < 300000; i++) {
        const struct jitter_stats *stats = jitter_stats(jitter);
        unsigned dice = (unsigned)random() % 100;
        sequence = (uint16_t)(dice < 2 ? random() : sequence + random() % 6 - 1);
        timestamp += dice == 3 ? (uint32_t)random() * 2 : (uint32_t)(random() % 500 - 50);
        ns += random() % (15 * MS);
        if (dice < 60) {
            enum jitter_put result =
                jitter_put(jitter, sequence, timestamp, 0, dice % 7 ? payload : NULL,
                           (size_t)random() % sizeof(payload), ns);
            if (result == JITTER_STORED || result == JITTER_RESET)
                assert_true(jitter_waiting_ms(jitter) <= LIMIT_MS + 500 / 8 + 1);
        } else if (dice == 99) {
            jitter_reset(jitter, random() % 2 ? 8000 : 48000);
        }
        struct jitter_packet packet;
        uint32_t units = 0;
        enum jitter_get what = jitter_get(jitter, ns, &packet, &units);
        assert_true(stats->waiting <= SLOTS);
        if (what == JITTER_LOST || what == JITTER_QUIET)
            assert_true(units > 0 && units <= LIMIT_MS * 48);
        if (what == JITTER_PACKET)
            assert_true(packet.length <= BYTES);
        if (what != JITTER_EMPTY)
            jitter_advance(jitter, (uint32_t)random() % 500);
    }
    jitter_destroy(jitter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_numbers_are_refused),
        cmocka_unit_test(play_begins_after_the_delay),
        cmocka_unit_test(order_is_restored_across_both_wraps),
        cmocka_unit_test(one_before_the_first_is_in_time_while_filling),
        cmocka_unit_test(doubles_and_late_ones_are_told),
        cmocka_unit_test(a_lost_packet_is_concealed_and_then_late),
        cmocka_unit_test(half_concealed_is_late),
        cmocka_unit_test(a_pause_is_quiet),
        cmocka_unit_test(lost_in_a_pause_is_concealed_once_and_then_quiet),
        cmocka_unit_test(events_keep_their_place),
        cmocka_unit_test(run_dry_it_fills_again),
        cmocka_unit_test(jumps_begin_anew),
        cmocka_unit_test(too_long_is_refused_and_empty_is_taken),
        cmocka_unit_test(a_burst_is_cut_to_the_limit),
        cmocka_unit_test(more_packets_than_slots),
        cmocka_unit_test(rounded_time_stamps_make_no_gaps),
        cmocka_unit_test(equal_clocks_lose_nothing),
        cmocka_unit_test(a_fast_sender_cannot_make_the_delay_grow),
        cmocka_unit_test(a_slow_sender_runs_dry_now_and_then),
        cmocka_unit_test(loss_is_counted_once_each),
        cmocka_unit_test(ptime_may_change_in_a_call),
        cmocka_unit_test(nonsense_keeps_the_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
