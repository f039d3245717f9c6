/* test_packet_order.c - edges by hand, and a simulated network against a plain twin that knows
 * each packet's true number and has room for all of them. */
#include "server/rtp/packet_order.h"

#include "mixer/base/clock.h"
#include "tests/unit/mixer/allocation.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS CLOCK_NS_PER_MS

static const struct packet_order_config with_nack = {
    .nack = true, .reorder_ms = 20, .max_wait_ms = 300};
static const struct packet_order_config without = {.reorder_ms = 20, .max_wait_ms = 300};

/* ---- by hand ---- */

static struct packet_order *order;

static int make(void **state)
{
    (void)state;
    order = packet_order_create(&with_nack);
    return order ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    packet_order_destroy(order);
    return 0;
}

static enum packet_order_verdict put(unsigned sequence, int64_t now_ms)
{
    const uint8_t payload[3] = {(uint8_t)(sequence >> 8), (uint8_t)sequence, 0xa5};
    const struct ordered_packet packet = {.payload = payload,
                                          .length = 1 + sequence % 3,
                                          .timestamp = sequence * 3000,
                                          .sequence = (uint16_t)sequence,
                                          .payload_type = sequence % 128,
                                          .marker = sequence % 2,
                                          .gap = true,
                                          .arrival_ns = now_ms * MS};
    return packet_order_put(order, &packet);
}

/* The next one is this, or there is none (-1). */
static void expect_take(int64_t now_ms, long sequence, bool gap)
{
    struct ordered_packet packet;
    assert_int_equal(packet_order_take(order, now_ms * MS, &packet), sequence >= 0);
    if (sequence < 0)
        return;
    const uint8_t payload[3] = {(uint8_t)(sequence >> 8), (uint8_t)sequence, 0xa5};
    assert_int_equal(packet.sequence, (uint16_t)sequence);
    assert_int_equal(packet.gap, gap);
    assert_int_equal(packet.length, 1 + sequence % 3);
    assert_memory_equal(packet.payload, payload, packet.length);
    assert_int_equal(packet.timestamp, (uint32_t)(sequence * 3000));
    assert_int_equal(packet.payload_type, sequence % 128);
    assert_int_equal(packet.marker, sequence % 2);
}

/* So many from @p first on are asked for now. */
static void expect_asked(int64_t now_ms, long first, unsigned count)
{
    uint16_t sequences[PACKET_ORDER_SLOTS];
    assert_int_equal(packet_order_missing(order, now_ms * MS, sequences, PACKET_ORDER_SLOTS),
                     count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(sequences[i], (uint16_t)(first + i));
}

static void in_order_all_come_at_once(void **state)
{
    (void)state;
    expect_take(0, -1, false);
    for (unsigned i = 65000; i < 66000; i++) {
        assert_int_equal(put(i, i), PACKET_ORDER_STORED);
        expect_take(i, i, false);
        expect_take(i, -1, false);
        expect_asked(i, 0, 0);
    }
}

static void a_gap_is_asked_for_and_filled(void **state)
{
    (void)state;
    packet_order_set_round_trip(order, 40 * MS);
    put(65534, 0);
    expect_take(0, 65534, false);
    put(65537, 1); /* 65535 and 0 lack */
    expect_take(1, -1, false);
    expect_asked(1, 0, 0); /* it may be overtaking */
    put(65538, 2);
    expect_asked(2, 0, 0); /* one more */
    put(65539, 3);
    expect_asked(3, 65535, 2); /* two more */
    expect_asked(42, 0, 0);    /* not yet again */
    assert_int_equal(put(65536, 42), PACKET_ORDER_RECOVERED);
    assert_int_equal(put(65536, 42), PACKET_ORDER_DUPLICATE);
    expect_asked(43, 65535, 1); /* the other again */
    expect_take(60, -1, false);
    assert_int_equal(put(65535, 80), PACKET_ORDER_RECOVERED);
    for (unsigned i = 65535; i < 65540; i++)
        expect_take(80, i, false);
    expect_take(80, -1, false);
    assert_int_equal(put(65535, 80), PACKET_ORDER_DUPLICATE);
    struct packet_order_stats stats;
    packet_order_stats_read(order, &stats);
    assert_int_equal(stats.asked, 3);
    assert_int_equal(stats.recovered, 2);
    assert_int_equal(stats.lost, 0);
}

static void the_end_of_a_picture_is_asked_for_after_a_while(void **state)
{
    (void)state;
    put(1, 0);
    put(3, 10);
    expect_asked(14, 0, 0);  /* within 5 ms */
    expect_asked(15, 2, 1);  /* after 5 ms */
    expect_asked(114, 0, 0); /* the round-trip time is not known */
    expect_asked(115, 2, 1); /* 100 ms are assumed */
}

/* Only of what was asked for once: of two answers nobody knows whose it is. */
static void an_answer_tells_the_round_trip(void **state)
{
    (void)state;
    put(10, 0);
    assert_int_equal(packet_order_answered_ns(order), 0);
    put(12, 0);
    expect_asked(5, 11, 1);
    assert_int_equal(put(11, 12), PACKET_ORDER_RECOVERED);
    assert_int_equal(packet_order_answered_ns(order), 7 * MS);
    put(14, 20);
    expect_asked(25, 13, 1);
    expect_asked(125, 13, 1);
    assert_int_equal(put(13, 130), PACKET_ORDER_RECOVERED);
    assert_int_equal(packet_order_answered_ns(order), 0);
}

static void tries_are_bounded(void **state)
{
    (void)state;
    packet_order_set_round_trip(order, 1); /* 10 ms at the least */
    put(10, 0);
    expect_take(0, 10, false);
    put(12, 0);
    for (unsigned i = 0; i < PACKET_ORDER_TRIES; i++) {
        expect_asked(5 + 10 * i, 11, 1);
        expect_asked(14 + 10 * i, 0, 0);
    }
    expect_take(64, -1, false);
    expect_asked(65, 0, 0); /* no more */
    expect_take(65, 12, true);
    assert_int_equal(put(11, 66), PACKET_ORDER_LATE);
    put(13, 67);
    expect_take(67, 13, false);
}

static void waiting_is_bounded(void **state)
{
    (void)state;
    put(10, 0);
    expect_take(0, 10, false);
    put(12, 10);
    put(14, 100);
    expect_take(309, -1, false);
    expect_asked(310, 13, 1); /* too late for 11 */
    expect_take(310, 12, true);
    expect_take(399, -1, false);
    expect_take(400, 14, true);
    struct packet_order_stats stats;
    packet_order_stats_read(order, &stats);
    assert_int_equal(stats.lost, 2);
}

static void without_nack_only_reordering_is_waited_for(void **state)
{
    (void)state;
    packet_order_reset(order, &without);
    put(10, 0);
    put(12, 1);
    expect_take(1, 10, false);
    expect_take(20, -1, false);
    expect_asked(20, 0, 0); /* nobody would hear */
    assert_int_equal(put(11, 20), PACKET_ORDER_STORED);
    expect_take(20, 11, false);
    expect_take(20, 12, false);
    put(14, 30);
    expect_take(49, -1, false);
    expect_take(50, 14, true);
}

static void a_stray_is_dropped_and_a_jump_is_followed(void **state)
{
    (void)state;
    put(1000, 0);
    expect_take(0, 1000, false);
    put(1002, 1);
    assert_int_equal(put(30000, 2), PACKET_ORDER_LATE);
    assert_int_equal(put(30000, 2), PACKET_ORDER_LATE);
    assert_int_equal(put(1001, 3), PACKET_ORDER_STORED);
    assert_int_equal(put(30002, 3), PACKET_ORDER_LATE); /* not the one after the stray */
    expect_take(3, 1001, false);
    put(1004, 3);
    assert_int_equal(put(30003, 4), PACKET_ORDER_RESET);
    expect_take(4, 30003, true); /* 1002 and 1004 are gone */
    assert_int_equal(put(1003, 5), PACKET_ORDER_LATE);
    assert_int_equal(put(30004, 5), PACKET_ORDER_STORED);
    expect_take(5, 30004, false);
    struct packet_order_stats stats;
    packet_order_stats_read(order, &stats);
    assert_int_equal(stats.lost, 3);
    put(50000, 6); /* and once more, while nothing waits */
    assert_int_equal(put(50001, 6), PACKET_ORDER_RESET);
    expect_take(6, 50001, true);
}

static void edges_of_a_jump(void **state)
{
    (void)state;
    put(3000, 0);
    expect_take(0, 3000, false);
    assert_int_equal(put(3000 + 513, 0), PACKET_ORDER_LATE); /* a stray; and its neighbour: */
    assert_int_equal(put(3000 + 512, 0), PACKET_ORDER_STORED);
    const unsigned behind = 3001 - PACKET_ORDER_SLOTS;
    assert_int_equal(put(behind, 0), PACKET_ORDER_LATE);
    assert_int_equal(put(behind + 1, 0), PACKET_ORDER_LATE); /* but not a new beginning */
    assert_int_equal(put(behind - 1, 0), PACKET_ORDER_LATE);
    assert_int_equal(put(behind, 0), PACKET_ORDER_LATE);
    assert_int_equal(put(behind - 2, 0), PACKET_ORDER_LATE);
    assert_int_equal(put(behind - 1, 0), PACKET_ORDER_RESET);
    expect_take(0, behind - 1, true);
}

static void a_reset_begins_anew(void **state)
{
    (void)state;
    put(5, 0);
    put(7, 0);
    packet_order_reset(order, &with_nack);
    expect_take(900, -1, false);
    expect_asked(900, 0, 0);
    assert_int_equal(put(6, 0), PACKET_ORDER_STORED);
    expect_take(0, 6, false);
}

static void lengths(void **state)
{
    (void)state;
    static uint8_t long_one[PACKET_ORDER_BYTES + 1];
    memset(long_one, 0x77, sizeof(long_one));
    struct ordered_packet packet = {.payload = long_one, .length = sizeof(long_one)}, back;
    assert_int_equal(packet_order_put(order, &packet), PACKET_ORDER_TOO_LONG);
    packet.length--;
    assert_int_equal(packet_order_put(order, &packet), PACKET_ORDER_STORED);
    packet.length++;
    packet.sequence++;
    assert_int_equal(packet_order_put(order, &packet), PACKET_ORDER_TOO_LONG);
    assert_true(packet_order_take(order, 0, &back));
    assert_int_equal(back.length, PACKET_ORDER_BYTES);
    assert_memory_equal(back.payload, long_one, PACKET_ORDER_BYTES);
    packet.payload = NULL;
    packet.length = 0;
    assert_int_equal(packet_order_put(order, &packet), PACKET_ORDER_STORED);
    assert_true(packet_order_take(order, 0, &back));
    assert_int_equal(back.length, 0);
}

static void too_many_push_out_the_oldest_gap(void **state)
{
    (void)state;
    put(0, 0);
    expect_take(0, 0, false);
    for (unsigned i = 2; i <= PACKET_ORDER_SLOTS; i++) { /* 1 lacks */
        put(i, 0);
        expect_take(0, -1, false);
    }
    put(PACKET_ORDER_SLOTS + 1, 0);
    for (unsigned i = 2; i <= PACKET_ORDER_SLOTS + 1; i++)
        expect_take(0, i, i == 2);
    expect_take(0, -1, false);
}

/* Nobody takes: the newest are kept, and memory is bounded. */
static void too_many_push_out_the_oldest(void **state)
{
    (void)state;
    const unsigned last = 70000;
    const unsigned before = allocation_count;
    for (unsigned i = 0; i <= last; i++)
        assert_int_equal(put(i, 0), PACKET_ORDER_STORED);
    if (ALLOCATION_IS_COUNTED)
        assert_int_equal(allocation_count - before, PACKET_ORDER_SLOTS / 16);
    for (unsigned i = last + 1 - PACKET_ORDER_SLOTS; i <= last; i++)
        expect_take(0, i, i == last + 1 - PACKET_ORDER_SLOTS);
    expect_take(0, -1, false);
    struct packet_order_stats stats;
    packet_order_stats_read(order, &stats);
    assert_int_equal(stats.lost, last + 1 - PACKET_ORDER_SLOTS);
}

static void no_memory_is_a_loss(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    for (unsigned i = 0; i < 16; i++)
        put(i, 0);
    allocation_fail_at = allocation_count + 1;
    assert_int_equal(put(16, 0), PACKET_ORDER_LATE);
    assert_int_equal(put(16, 0), PACKET_ORDER_STORED);
    for (unsigned i = 0; i <= 16; i++)
        expect_take(0, i, false);
    for (unsigned i = 1; i <= 2; i++) {
        allocation_fail_at = allocation_count + i;
        assert_null(packet_order_create(&with_nack));
    }
    packet_order_destroy(NULL);
}

static void room_for_what_is_asked_is_kept(void **state)
{
    (void)state;
    uint16_t sequences[4] = {0};
    put(0, 0);
    put(11, 0);
    assert_int_equal(packet_order_missing(order, 6 * MS, sequences, 0), 0);
    for (unsigned at = 1; at < 11; at += 4) {
        const unsigned n = at + 4 > 11 ? 11 - at : 4;
        assert_int_equal(packet_order_missing(order, 6 * MS, sequences, 4), n);
        for (unsigned i = 0; i < n; i++)
            assert_int_equal(sequences[i], at + i);
    }
    assert_int_equal(packet_order_missing(order, 6 * MS, sequences, 4), 0);
}

/* ---- a network ---- */

enum { PACKETS = 12000, FLIGHT = 4096 };

struct network {
    const char *name;
    unsigned loss_permille, burst_permille, burst_ms; /* a burst loses all for so long */
    unsigned delay_ms, jitter_ms;                     /* one way; of each packet       */
    unsigned double_permille;
    unsigned send_us; /* between packets */
    bool nack;
};

static const struct network networks[] = {
    {"good", 0, 0, 0, 10, 0, 0, 2000, true},
    {"loses 3 %", 30, 0, 0, 20, 0, 0, 2000, true},
    {"loses 10 %, far", 100, 0, 0, 100, 3, 0, 2000, true},
    {"loses 30 %, farther than it is waited", 300, 0, 0, 170, 3, 0, 2000, true},
    {"bursts", 5, 4, 120, 30, 1, 0, 2000, true},
    {"bursts of many packets", 5, 1, 60, 30, 1, 0, 400, true},
    {"reorders", 0, 0, 0, 20, 9, 20, 2000, true},
    {"reorders much, loses, doubles", 50, 2, 40, 20, 60, 100, 1000, true},
    {"loses, nobody is asked", 50, 2, 40, 20, 5, 10, 2000, false},
    {"reorders much, nobody is asked", 20, 0, 0, 20, 60, 100, 700, false},
};

struct twin_packet {
    enum { UNKNOWN, MISSED, CAME, DONE, GONE } state;
    int64_t missed_ns, asked_ns;
    unsigned newer, tries;
};

static struct {
    const struct network *network;
    const struct packet_order_config *config;
    uint32_t seed;
    uint16_t first;
    struct {
        int64_t arrival_ns;
        long number;
    } flight[FLIGHT];
    unsigned flying;
    int64_t burst_until_ns;
    /* the twin */
    struct twin_packet packet[PACKETS];
    long next, last; /* the next to be taken; the newest that came */
    bool gap;
    unsigned lost, asked, recovered, taken;
} sim;

static void send_one(long number, int64_t now_ns)
{
    const struct network *network = sim.network;
    if (signal_random(&sim.seed) % 1000 < network->burst_permille)
        sim.burst_until_ns = now_ns + network->burst_ms * MS;
    const unsigned copies = 1 + (signal_random(&sim.seed) % 1000 < network->double_permille);
    for (unsigned i = 0; i < copies; i++) {
        if (now_ns < sim.burst_until_ns ||
            signal_random(&sim.seed) % 1000 < network->loss_permille)
            continue;
        assert_true(sim.flying < FLIGHT);
        sim.flight[sim.flying].number = number;
        sim.flight[sim.flying++].arrival_ns =
            now_ns + network->delay_ms * MS +
            (network->jitter_ms ? signal_random(&sim.seed) % (network->jitter_ms * MS) : 0);
    }
}

/* Takes the first that has come until now; -1: none. */
static long receive_one(int64_t now_ns, int64_t *arrival_ns)
{
    unsigned first = sim.flying;
    for (unsigned i = 0; i < sim.flying; i++) {
        if (sim.flight[i].arrival_ns <= now_ns &&
            (first == sim.flying || sim.flight[i].arrival_ns < sim.flight[first].arrival_ns))
            first = i;
    }
    if (first == sim.flying)
        return -1;
    const long number = sim.flight[first].number;
    *arrival_ns = sim.flight[first].arrival_ns;
    sim.flight[first] = sim.flight[--sim.flying];
    return number;
}

static void twin_push_out(void)
{
    struct twin_packet *packet = &sim.packet[sim.next++];
    packet->state = GONE;
    sim.lost++;
    sim.gap = true;
}

static enum packet_order_verdict twin_put(long number, int64_t now_ns)
{
    struct twin_packet *packet = &sim.packet[number];
    if (sim.last < 0) {
        sim.next = sim.last = number;
    } else if (number < sim.next) {
        /* of those long ago it is not remembered whether they were taken */
        return packet->state == DONE && sim.last - number < PACKET_ORDER_SLOTS
                   ? PACKET_ORDER_DUPLICATE
                   : PACKET_ORDER_LATE;
    } else if (number <= sim.last) {
        if (packet->state == CAME)
            return PACKET_ORDER_DUPLICATE;
        packet->state = CAME;
        sim.recovered += packet->tries > 0;
        return packet->tries ? PACKET_ORDER_RECOVERED : PACKET_ORDER_STORED;
    } else {
        while (number - sim.next >= PACKET_ORDER_SLOTS)
            twin_push_out();
        for (long i = sim.next; i < sim.last; i++)
            sim.packet[i].newer++;
        for (long i = sim.last + 1; i < number; i++)
            sim.packet[i] = (struct twin_packet){.state = MISSED, .missed_ns = now_ns};
        sim.last = number;
    }
    packet->state = CAME;
    return PACKET_ORDER_STORED;
}

static bool twin_is_over(const struct twin_packet *packet, int64_t now_ns, int64_t trip_ns)
{
    const unsigned wait = sim.config->nack ? sim.config->max_wait_ms : sim.config->reorder_ms;
    return now_ns >= packet->missed_ns + wait * MS ||
           (packet->tries == PACKET_ORDER_TRIES && now_ns >= packet->asked_ns + trip_ns);
}

/* The number that is taken next, or -1. */
static long twin_take(int64_t now_ns, int64_t trip_ns)
{
    while (sim.last >= 0 && sim.next <= sim.last && sim.packet[sim.next].state == MISSED &&
           twin_is_over(&sim.packet[sim.next], now_ns, trip_ns))
        twin_push_out();
    if (sim.last < 0 || sim.next > sim.last || sim.packet[sim.next].state != CAME)
        return -1;
    sim.packet[sim.next].state = DONE;
    sim.taken++;
    return sim.next++;
}

static unsigned twin_missing(int64_t now_ns, int64_t trip_ns, long *numbers)
{
    unsigned count = 0;
    for (long i = sim.next; i <= sim.last && sim.config->nack; i++) {
        struct twin_packet *packet = &sim.packet[i];
        if (packet->state != MISSED || packet->tries == PACKET_ORDER_TRIES ||
            twin_is_over(packet, now_ns, trip_ns))
            continue;
        if (packet->tries ? now_ns < packet->asked_ns + trip_ns
                          : packet->newer < 2 && now_ns < packet->missed_ns + 5 * MS)
            continue;
        packet->tries++;
        packet->asked_ns = now_ns;
        numbers[count++] = i;
    }
    sim.asked += count;
    return count;
}

static void take_all(int64_t now_ns, int64_t trip_ns)
{
    struct ordered_packet packet;
    long number;
    while ((number = twin_take(now_ns, trip_ns)) >= 0) {
        assert_true(packet_order_take(order, now_ns, &packet));
        assert_int_equal(packet.sequence, (uint16_t)(sim.first + number));
        assert_int_equal(packet.gap, sim.gap);
        assert_int_equal(packet.timestamp, number);
        assert_int_equal(packet.length, sizeof(number));
        assert_memory_equal(packet.payload, &number, sizeof(number));
        sim.gap = false;
    }
    assert_false(packet_order_take(order, now_ns, &packet));
}

static void ask(int64_t now_ns, int64_t trip_ns)
{
    static long numbers[PACKETS];
    uint16_t sequences[PACKET_ORDER_SLOTS];
    const unsigned count = twin_missing(now_ns, trip_ns, numbers);
    assert_int_equal(packet_order_missing(order, now_ns, sequences, PACKET_ORDER_SLOTS), count);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(sequences[i], (uint16_t)(sim.first + numbers[i]));
        if (signal_random(&sim.seed) % 1000 >= sim.network->loss_permille) /* the NACK too */
            send_one(numbers[i], now_ns + sim.network->delay_ms * MS);
    }
}

static void run(const struct network *network, uint32_t seed)
{
    memset(&sim, 0, sizeof(sim));
    sim.network = network;
    sim.config = network->nack ? &with_nack : &without;
    sim.seed = seed;
    sim.first = (uint16_t)signal_random(&sim.seed);
    sim.last = -1;
    const int64_t trip_ns = 2 * network->delay_ms * MS + (int64_t)(seed % 3) * 20 * MS;
    packet_order_reset(order, sim.config);
    packet_order_set_round_trip(order, trip_ns);
    long sent = 0;
    const int64_t end_ns = PACKETS * (int64_t)network->send_us * 1000 + 2000 * MS;
    for (int64_t now_ns = 0; now_ns < end_ns; now_ns += MS) {
        for (; sent < PACKETS && sent * network->send_us * 1000 <= now_ns; sent++)
            send_one(sent, now_ns);
        int64_t arrival_ns;
        long number;
        while ((number = receive_one(now_ns, &arrival_ns)) >= 0) {
            const struct ordered_packet packet = {.payload = (const uint8_t *)&number,
                                                  .length = sizeof(number),
                                                  .timestamp = (uint32_t)number,
                                                  .sequence = (uint16_t)(sim.first + number),
                                                  .arrival_ns = arrival_ns};
            assert_int_equal(packet_order_put(order, &packet), twin_put(number, arrival_ns));
            if (seed % 2)
                take_all(arrival_ns, trip_ns);
        }
        ask(now_ns, trip_ns);
        take_all(now_ns, trip_ns);
    }
}

static void equals_the_plain_twin(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
        struct packet_order_stats before, after;
        for (uint32_t seed = 1; seed <= 4; seed++) {
            packet_order_stats_read(order, &before);
            run(&networks[i], seed);
            packet_order_stats_read(order, &after);
            assert_int_equal(after.lost - before.lost, sim.lost);
            assert_int_equal(after.asked - before.asked, sim.asked);
            assert_int_equal(after.recovered - before.recovered, sim.recovered);
            assert_true(sim.asked <= PACKET_ORDER_TRIES * (sim.lost + sim.recovered));
            assert_true(sim.taken + sim.lost <= PACKETS);
            assert_true(sim.taken + sim.lost >= PACKETS - 700);
        }
        print_message("%s: %u lost, %u asked, %u recovered\n", networks[i].name, sim.lost,
                      sim.asked, sim.recovered);
    }
}

static void asking_is_worth_it(void **state)
{
    (void)state;
    run(&networks[1], 5); /* 3 %, 40 ms */
    assert_true(sim.recovered > 250 && sim.lost == 0);
    run(&networks[2], 5); /* 10 %, 200 ms: there is time for one */
    assert_true(sim.recovered > 3 * sim.lost);
}

/* Where a packet is overtaken by two at most nothing is asked for, however often. */
static void mere_reordering_costs_no_nacks(void **state)
{
    (void)state;
    int64_t now_ms = 0;
    for (unsigned i = 0; i < 30000; i += 3, now_ms += 3) {
        const unsigned turn = i % 6 ? 2 : 1;
        for (unsigned k = 0; k < 3; k++) {
            put(i + (k + turn) % 3, now_ms);
            expect_asked(now_ms, 0, 0);
        }
        for (unsigned k = 0; k < 3; k++)
            expect_take(now_ms, i ? i + k : turn + k > 2 ? -1L : (long)(turn + k), false);
    }
}

#define BY_HAND(test) cmocka_unit_test_setup_teardown(test, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BY_HAND(in_order_all_come_at_once),
        BY_HAND(a_gap_is_asked_for_and_filled),
        BY_HAND(the_end_of_a_picture_is_asked_for_after_a_while),
        BY_HAND(an_answer_tells_the_round_trip),
        BY_HAND(tries_are_bounded),
        BY_HAND(waiting_is_bounded),
        BY_HAND(without_nack_only_reordering_is_waited_for),
        BY_HAND(a_stray_is_dropped_and_a_jump_is_followed),
        BY_HAND(edges_of_a_jump),
        BY_HAND(a_reset_begins_anew),
        BY_HAND(lengths),
        BY_HAND(too_many_push_out_the_oldest_gap),
        BY_HAND(too_many_push_out_the_oldest),
        BY_HAND(no_memory_is_a_loss),
        BY_HAND(room_for_what_is_asked_is_kept),
        BY_HAND(equals_the_plain_twin),
        BY_HAND(asking_is_worth_it),
        BY_HAND(mere_reordering_costs_no_nacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
