/* test_jitter.c - the jitter buffer: order, time, loss, pauses, jumps, looking in, nonsense.
 * Senders and networks are in test_jitter_network.c. */
#include "server/rtp/jitter.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLOCK_HZ = 8000, FRAME = 160, MIN_MS = 60, MAX_MS = 200, SLOTS = 32, BYTES = 200 };
enum {
    DELAY_MS = MIN_MS - 20, /* until the first packet is played ... */
    SLACK_MS = 2
}; /* ... or a little less                 */
#define MS CLOCK_NS_PER_MS

static struct jitter *make(void)
{
    struct jitter_config config = {MIN_MS, MAX_MS, SLOTS, BYTES, SLOTS * BYTES};
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
        {60, 0, 32, 200, 6400},
        {201, 200, 32, 200, 6400},
        {60, JITTER_MAX_MS + 1, 32, 200, 6400},
        {60, 200, 1, 200, 6400},
        {60, 200, 0, 200, 6400},
        {60, 200, JITTER_MAX_SLOTS + 1, 200, 6400},
        {60, 200, 32, 0, 6400},
        {60, 200, 32, JITTER_MAX_PAYLOAD_BYTES + 1, 6400},
        {60, 200, 32, 200, 199},
        {60, 200, 32, 200, JITTER_MAX_POOL_BYTES + 1},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(jitter_create(&bad[i]));
    assert_int_equal(jitter_bytes(&bad[0]), 0);
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
    assert_int_equal(play(jitter, (5 + DELAY_MS - SLACK_MS) * MS - 1), -JITTER_EMPTY);
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
    assert_int_equal(put(jitter, 10, 0), JITTER_DUPLICATE);
    assert_int_equal(put(jitter, 9, 0), JITTER_LATE);
    assert_int_equal(put(jitter, 9, 0), JITTER_DUPLICATE);
    assert_int_equal(play(jitter, DELAY_MS * MS), 11);
    assert_int_equal(jitter_stats(jitter)->duplicate, 4);
    assert_int_equal(jitter_stats(jitter)->late, 1);
    put(jitter, 11 + 63, 0);
    assert_int_equal(put(jitter, 11, 0), JITTER_DUPLICATE);
    put(jitter, 11 + 64, 0);
    assert_int_equal(put(jitter, 11, 0), JITTER_LATE); /* too long ago to be known */
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
    assert_int_equal(play(jitter, (90 + DELAY_MS - SLACK_MS) * MS - 1), -JITTER_EMPTY);
    assert_int_equal(play(jitter, (90 + DELAY_MS) * MS), 1);
    assert_int_equal(put(jitter, 2, 0), JITTER_RESET); /* 10 s back in time */
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
            assert_int_equal(put(jitter, n, (n - 100) * 20 * MS), JITTER_STORED);
        assert_int_equal(play(jitter, DELAY_MS * MS), 100);
        int64_t ns = 100 * MS;
        unsigned n = jump[i].n;
        assert_int_equal(put_at(jitter, n, jump[i].timestamp, ns), JITTER_RESET);
        assert_int_equal(jitter_stats(jitter)->waiting, 1);
        assert_int_equal(play(jitter, ns + (DELAY_MS - SLACK_MS) * MS - 1), -JITTER_EMPTY);
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
    unsigned held = MAX_MS / 20 + 1;
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
    struct jitter_config config = {60, 200, 4, BYTES, 4 * BYTES};
    struct jitter *jitter = jitter_create(&config);
    jitter_reset(jitter, CLOCK_HZ);
    for (unsigned n = 10; n < 20; n++) {
        if (n != 14 && n != 17)
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

static void a_long_payload_takes_the_room_of_many(void **state)
{
    (void)state;
    struct jitter_config config = {20, 400, 48, BYTES, 5 * BYTES};
    struct jitter *jitter = jitter_create(&config);
    jitter_reset(jitter, CLOCK_HZ);
    uint8_t payload[BYTES] = {0};
    for (unsigned n = 0; n < 10; n++)
        assert_int_equal(jitter_put(jitter, (uint16_t)n, n * FRAME, 0, payload,
                                    n < 9 ? BYTES : BYTES / 2, 0),
                         JITTER_STORED);
    const struct jitter_stats *stats = jitter_stats(jitter);
    assert_int_equal(stats->waiting + stats->overflowed, 10);
    assert_in_range(stats->waiting, 4, 5);
    struct jitter_packet packet;
    uint32_t units;
    assert_int_equal(jitter_get(jitter, 0, &packet, &units), JITTER_PACKET);
    assert_int_equal(packet.sequence, stats->overflowed);
    jitter_destroy(jitter);
}

static void memory_is_small(void **state)
{
    (void)state;
    const struct jitter_config g711 = {20, 400, 48, 960, 3200 + 640 + 960};
    const struct jitter_config opus = {20, 400, 48, 1275, 3200 + 640 + 1275};
    assert_in_range(jitter_bytes(&g711), 4000, 7500);
    assert_in_range(jitter_bytes(&opus), 4000, 8 * 1024);
    /* and yet all of 400 ms and a packet fit, whatever the packets' length */
    for (unsigned ms = 10; ms <= 60; ms += 10) {
        struct jitter *jitter = jitter_create(&g711);
        jitter_reset(jitter, CLOCK_HZ);
        uint8_t payload[480] = {0};
        unsigned fit = 400 / ms + 1;
        for (unsigned n = 0; n < fit; n++)
            assert_int_equal(jitter_put(jitter, (uint16_t)n, n * ms * 8, 0, payload, ms * 8, 0),
                             JITTER_STORED);
        assert_int_equal(jitter_stats(jitter)->waiting, fit);
        assert_int_equal(jitter_stats(jitter)->overflowed, 0);
        jitter_destroy(jitter);
    }
}

/* ---- looking in ---- */

static unsigned number_of(const struct jitter_packet *packet)
{
    unsigned n;
    assert_int_equal(packet->length, sizeof(n));
    memcpy(&n, packet->payload, sizeof(n));
    assert_int_equal((uint16_t)n, packet->sequence);
    return n;
}

static void peek_tells_what_get_gives_and_takes_nothing(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    struct jitter_packet packet;
    int64_t ns = DELAY_MS * MS;
    assert_false(jitter_peek(jitter, ns, &packet));
    put(jitter, 1, 0);
    assert_false(jitter_peek(jitter, ns - SLACK_MS * MS - 1, &packet)); /* too soon */
    put(jitter, 2, 0);
    put(jitter, 4, 0);
    put_at(jitter, 5, 8 * FRAME, 0);
    for (unsigned n = 1; n <= 2; n++) {
        assert_true(jitter_peek(jitter, ns, &packet));
        assert_int_equal(number_of(&packet), n);
        assert_true(jitter_peek(jitter, ns, &packet));
        assert_int_equal(number_of(&packet), n);
        assert_int_equal(play(jitter, ns), n);
    }
    assert_false(jitter_peek(jitter, ns, &packet));
    assert_int_equal(play(jitter, ns), -JITTER_LOST);
    assert_true(jitter_peek(jitter, ns, &packet));
    assert_int_equal(play(jitter, ns), 4);
    assert_false(jitter_peek(jitter, ns, &packet));
    assert_int_equal(play(jitter, ns), -JITTER_QUIET);
    assert_int_equal(jitter_stats(jitter)->dried, 0);
    jitter_destroy(jitter);
}

static void next_is_what_follows_the_gap(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    struct jitter_packet packet, next;
    uint32_t units;
    int64_t ns = DELAY_MS * MS;
    assert_false(jitter_next(jitter, &next));
    put(jitter, 1, 0);
    put(jitter, 3, 0);
    assert_int_equal(play(jitter, ns), 1);
    assert_int_equal(jitter_get(jitter, ns, &packet, &units), JITTER_LOST);
    assert_true(jitter_next(jitter, &next));
    assert_int_equal(number_of(&next), 3);
    assert_int_equal(next.timestamp, 3 * FRAME);
    jitter_advance(jitter, FRAME);
    assert_int_equal(jitter_get(jitter, ns, &packet, &units), JITTER_PACKET);
    assert_int_equal(number_of(&packet), 3);
    assert_int_equal(number_of(&next), 3); /* two places */
    jitter_advance(jitter, FRAME);
    assert_false(jitter_next(jitter, &next));
    jitter_destroy(jitter);
}

static void last_stays_until_another_is_given(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    struct jitter_packet packet;
    int64_t ns = DELAY_MS * MS;
    assert_false(jitter_last(jitter, &packet));
    put(jitter, 1, 0);
    put(jitter, 3, 0);
    assert_false(jitter_last(jitter, &packet));
    assert_int_equal(play(jitter, ns), 1);
    put(jitter, 4, 0);
    assert_true(jitter_last(jitter, &packet));
    assert_int_equal(number_of(&packet), 1);
    assert_int_equal(play(jitter, ns), -JITTER_LOST);
    assert_true(jitter_last(jitter, &packet));
    assert_int_equal(number_of(&packet), 1);
    assert_int_equal(play(jitter, ns), 3);
    assert_true(jitter_last(jitter, &packet));
    assert_int_equal(number_of(&packet), 3);
    jitter_reset(jitter, CLOCK_HZ);
    assert_false(jitter_last(jitter, &packet));
    jitter_destroy(jitter);
}

static void last_gives_way_to_what_needs_its_room(void **state)
{
    (void)state;
    const struct jitter_config narrow = {
        .max_ms = 100, .slots = 4, .max_payload_bytes = 160, .pool_bytes = 160};
    struct jitter *jitter = jitter_create(&narrow);
    struct jitter_packet packet;
    uint32_t units;
    uint8_t payload[160] = {1};
    assert_non_null(jitter);
    jitter_reset(jitter, CLOCK_HZ);
    for (unsigned n = 0; n < 20; n++) {
        payload[0] = (uint8_t)n;
        assert_int_equal(jitter_put(jitter, (uint16_t)n, n * FRAME, 0, payload, sizeof(payload),
                                    n * 20 * MS),
                         JITTER_STORED);
        assert_false(jitter_last(jitter, &packet));
        assert_int_equal(jitter_get(jitter, n * 20 * MS + 1, &packet, &units), JITTER_PACKET);
        jitter_advance(jitter, FRAME);
        assert_true(jitter_last(jitter, &packet));
        assert_int_equal(packet.payload[0], n);
    }
    assert_int_equal(jitter_stats(jitter)->overflowed, 0);
    jitter_destroy(jitter);
}

/* ---- the delay ---- */

static struct jitter *make_adaptive(void)
{
    struct jitter_config config = {20, 400, 48, BYTES, 48 * BYTES};
    struct jitter *jitter = jitter_create(&config);
    jitter_reset(jitter, CLOCK_HZ);
    return jitter;
}

/* A packet each 20 ms, 10 ms before the tick, from number @p n; none is lost. */
static unsigned talk(struct jitter *jitter, unsigned n, unsigned count, int64_t *ns)
{
    for (; count > 0; count--, n++, *ns += 20 * MS) {
        put(jitter, n, *ns);
        assert_true(play(jitter, *ns + 10 * MS) >= 0);
    }
    return n;
}

static void the_first_packet_is_played_at_the_next_tick(void **state)
{
    (void)state;
    struct jitter *jitter = make_adaptive();
    put(jitter, 7, 100 * MS);
    assert_int_equal(play(jitter, 100 * MS), 7);
    assert_int_equal(jitter_stats(jitter)->target_ms, 20);
    jitter_destroy(jitter);
}

static void right_is_left_alone(void **state)
{
    (void)state;
    struct jitter *jitter = make_adaptive();
    int64_t ns = CLOCK_NS_PER_S;
    assert_int_equal(jitter_excess_ms(jitter, ns, 0), 0);
    unsigned n = talk(jitter, 0, 100, &ns);
    assert_int_equal(jitter_stats(jitter)->delay_ms, 10);
    assert_in_range(jitter_stats(jitter)->target_ms, 22, 26);
    put(jitter, n, ns);
    for (int64_t late_ms = 0; late_ms < 15; late_ms++) /* a tick that is late */
        assert_int_equal(jitter_excess_ms(jitter, ns + (10 + late_ms) * MS, 0), 0);
    jitter_destroy(jitter);
}

static void what_is_held_for_nothing_is_too_much(void **state)
{
    (void)state;
    struct jitter *jitter = make_adaptive();
    int64_t ns = CLOCK_NS_PER_S;
    unsigned n = talk(jitter, 0, 100, &ns);
    put(jitter, n, ns);
    int64_t tick_ns = ns + 10 * MS;
    assert_int_equal(jitter_excess_ms(jitter, tick_ns, 2 * 8), 0); /* too little to mind */
    assert_int_equal(jitter_excess_ms(jitter, tick_ns, 12 * 8), 12);
    assert_int_equal(play(jitter, tick_ns), n); /* it was taken a tick too early */
    assert_int_equal(jitter_excess_ms(jitter, tick_ns, 19 * 8), -1);
    jitter_destroy(jitter);
}

static void a_missed_packet_lengthens(void **state)
{
    (void)state;
    struct jitter *jitter = make_adaptive();
    int64_t ns = CLOCK_NS_PER_S;
    unsigned n = talk(jitter, 0, 100, &ns);
    put(jitter, n + 1, ns);
    assert_int_equal(play(jitter, ns + 10 * MS), -JITTER_LOST);
    assert_int_equal(put(jitter, n, ns + 25 * MS), JITTER_LATE);
    /* n + 1 came 20 ms before its time, which moves the base: n is 45 ms later than that */
    assert_in_range(jitter_stats(jitter)->target_ms, 65, 70);
    assert_in_range(-jitter_excess_ms(jitter, ns + 30 * MS, 0), 18, 22);
    jitter_destroy(jitter);
}

static void a_surplus_shortens_but_not_what_is_not_there(void **state)
{
    (void)state;
    struct jitter *jitter = make_adaptive();
    int64_t ns = CLOCK_NS_PER_S;
    unsigned n = talk(jitter, 0, 100, &ns);
    ns += 100 * MS; /* a stall: nothing for five ticks, and then all of it */
    assert_int_equal(play(jitter, ns - 10 * MS), -JITTER_EMPTY);
    for (unsigned i = 0; i < 6; i++)
        put(jitter, n + i, ns);
    assert_int_equal(jitter_excess_ms(jitter, ns + 10 * MS, 0), 0); /* not playing */
    assert_int_equal(play(jitter, ns + 10 * MS), n);
    assert_int_equal(jitter_stats(jitter)->delay_ms, 110);
    assert_in_range(jitter_stats(jitter)->target_ms, 82, 86); /* a step more */
    ns += 20 * MS;
    put(jitter, n + 6, ns);
    assert_int_equal(jitter_excess_ms(jitter, ns + 10 * MS, 0), 40);
    for (unsigned i = 1; i <= 5; i++)
        assert_int_equal(play(jitter, ns + 10 * MS), n + i);
    /* so that 100 ms less are there: now it is too early; and one packet cannot be shortened */
    assert_true(jitter_excess_ms(jitter, ns + 10 * MS, 0) < 0);
    assert_int_equal(jitter_excess_ms(jitter, ns + 90 * MS + 60 * MS, 0), 0);
    jitter_destroy(jitter);
}

static void a_fixed_one_asks_for_nothing(void **state)
{
    (void)state;
    struct jitter_config config = {60, 60, SLOTS, BYTES, SLOTS * BYTES};
    struct jitter *jitter = jitter_create(&config);
    jitter_reset(jitter, CLOCK_HZ);
    srandom(16);
    int64_t ns = CLOCK_NS_PER_S;
    for (unsigned n = 0; n < 3000; n++, ns += 20 * MS) {
        put(jitter, n, ns + random() % (15 * MS));
        assert_int_equal(jitter_excess_ms(jitter, ns + 18 * MS, n % 160), 0);
        play(jitter, ns + 18 * MS);
        assert_int_equal(jitter_stats(jitter)->target_ms, 60);
    }
    assert_in_range(jitter_stats(jitter)->delay_ms, 40, 60);
    jitter_destroy(jitter);
}

/* ---- senders that are wrong ---- */

/* One packet and one tick each 20 ms; @return the most ticks in a row that gave no packet. */
static unsigned hear(struct jitter *jitter, unsigned *n, uint32_t *timestamp, int32_t step,
                     unsigned count, int64_t *ns)
{
    unsigned row = 0, worst = 0;
    for (; count > 0; count--, *ns += 20 * MS) {
        put_at(jitter, (*n)++, *timestamp, *ns);
        *timestamp += (uint32_t)step;
        row = play(jitter, *ns + 10 * MS) >= 0 ? 0 : row + 1;
        worst = row > worst ? row : worst;
    }
    return worst;
}

static void jumps_of_any_size_are_over_within_200_ms(void **state)
{
    (void)state;
    const int32_t jump_ms[] = {-600000, -5000, -2999, -1000, -300, -100,
                               100,     300,   1000,  2999,  5000, 600000};
    for (size_t i = 0; i < sizeof(jump_ms) / sizeof(jump_ms[0]); i++) {
        struct jitter *jitter = make_adaptive();
        unsigned n = 65000;
        uint32_t timestamp = 5;
        int64_t ns = CLOCK_NS_PER_S;
        assert_int_equal(hear(jitter, &n, &timestamp, FRAME, 300, &ns), 0);
        timestamp += (uint32_t)(jump_ms[i] * 8);
        assert_true(hear(jitter, &n, &timestamp, FRAME, 300, &ns) <= 2);
        assert_true(jitter_waiting_ms(jitter) <= 40);
        assert_true(jitter_waiting_ms(jitter) <= 120);
        n += 20000; /* and the sequence */
        assert_true(hear(jitter, &n, &timestamp, FRAME, 300, &ns) <= 6);
        jitter_destroy(jitter);
    }
}

/* From the same number and time as @p back packets before, or by other time stamps. */
static void sender_restarts(unsigned back, int32_t time_step)
{
    struct jitter *jitter = make_adaptive();
    unsigned n = 65500;
    uint32_t timestamp = 5;
    int64_t ns = CLOCK_NS_PER_S;
    assert_int_equal(hear(jitter, &n, &timestamp, FRAME, 300, &ns), 0);
    n -= back;
    timestamp += (uint32_t)time_step;
    /* deaf for no more than it takes to know it, and to wait as before */
    assert_true(hear(jitter, &n, &timestamp, FRAME, 20, &ns) <= 6);
    assert_int_equal(hear(jitter, &n, &timestamp, FRAME, 300, &ns), 0);
    assert_int_equal(jitter_stats(jitter)->resets, 1);
    assert_true(jitter_stats(jitter)->duplicate + jitter_stats(jitter)->late <= 2);
    assert_true(jitter_waiting_ms(jitter) <= 40);
    jitter_destroy(jitter);
}

static void who_begins_anew_is_heard_within_200_ms(void **state)
{
    (void)state;
    for (unsigned back = 3; back <= 200; back++) {
        sender_restarts(back, -(int32_t)(back * FRAME)); /* a recording, played again */
        sender_restarts(back, 0);                        /* its clock goes on */
        sender_restarts(back, 1234567890);
        sender_restarts(back, -1234567890);
    }
}

/* The copies come 150 ms later by another way, also of a talker who is silent by now. */
static void who_comes_twice_has_not_begun_anew(void **state)
{
    (void)state;
    struct jitter *jitter = make_adaptive();
    int64_t ns = CLOCK_NS_PER_S;
    for (unsigned n = 0; n < 3000; n++, ns += 20 * MS) {
        if (n % 100 < 60)
            assert_int_equal(put(jitter, n / 100 * 60 + n % 100, ns), JITTER_STORED);
        play(jitter, ns + 10 * MS);
        if (n % 100 >= 7 && n % 100 < 67)
            assert_int_equal(put(jitter, n / 100 * 60 + n % 100 - 7, ns + 11 * MS),
                             JITTER_DUPLICATE);
    }
    assert_int_equal(jitter_stats(jitter)->resets, 0);
    jitter_destroy(jitter);
}

static void time_stamps_that_stand_still_or_run_back_are_played(void **state)
{
    (void)state;
    const int32_t step[] = {0, -FRAME, 1, -1};
    for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
        struct jitter *jitter = make_adaptive();
        unsigned n = 65000;
        uint32_t timestamp = 5;
        int64_t ns = CLOCK_NS_PER_S;
        assert_true(hear(jitter, &n, &timestamp, step[i], 1000, &ns) <= 1);
        for (unsigned burst = 0; burst < 40; burst++) /* 800 ms at once */
            put_at(jitter, n++, timestamp += (uint32_t)step[i], ns);
        hear(jitter, &n, &timestamp, step[i], 100, &ns);
        struct jitter_packet oldest;
        /* nothing is older than max_ms, a packet and a tick */
        assert_true(!jitter_next(jitter, &oldest) || number_of(&oldest) + 22 >= n);
        jitter_destroy(jitter);
    }
}

static void time_stamps_of_a_faster_clock_make_no_holes(void **state)
{
    (void)state;
    const int32_t step[] = {FRAME * 3 / 2, FRAME * 2, FRAME * 6}; /* 12, 16 and 48 kHz */
    for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
        struct jitter *jitter = make_adaptive();
        unsigned n = 65000;
        uint32_t timestamp = 5;
        int64_t ns = CLOCK_NS_PER_S;
        hear(jitter, &n, &timestamp, FRAME, 300, &ns);
        hear(jitter, &n, &timestamp, step[i], 300, &ns);
        uint32_t thrown = jitter_stats(jitter)->overflowed;
        assert_int_equal(hear(jitter, &n, &timestamp, step[i], 1000, &ns), 0);
        /* what is wanted shrinks once more */
        assert_true(jitter_stats(jitter)->overflowed <= thrown + 1);
        assert_true(jitter_stats(jitter)->waiting <= 2);
        jitter_destroy(jitter);
    }
}

static void what_nobody_played_for_long_is_thrown_away(void **state)
{
    (void)state;
    struct jitter *jitter = make_adaptive();
    for (unsigned n = 0; n < 10; n++)
        put(jitter, n, CLOCK_NS_PER_S);
    assert_int_equal(play(jitter, 3 * CLOCK_NS_PER_S), -JITTER_EMPTY);
    assert_int_equal(jitter_stats(jitter)->overflowed, 10);
    assert_int_equal(jitter_stats(jitter)->waiting, 0);
    jitter_destroy(jitter);
}

/* ---- against a plain twin ---- */

/* What is to come out of a shuffled run that all comes before it is played: each number once,
 * in order; what is missing is lost. */
static void order_and_doubles_equal_the_plain_twin(void **state)
{
    (void)state;
    srandom(17);
    for (unsigned round = 0; round < 3000; round++) {
        struct jitter_config config = {20, 1000, 64, BYTES, 64 * BYTES};
        struct jitter *jitter = jitter_create(&config);
        jitter_reset(jitter, CLOCK_HZ);
        bool came[32] = {false};
        unsigned first = 65520, doubles = 0;
        for (unsigned i = 0; i < 48; i++) {
            unsigned n = (unsigned)random() % 32;
            enum jitter_put result = put(jitter, first + n, 0);
            assert_int_equal(result, came[n] ? JITTER_DUPLICATE : JITTER_STORED);
            doubles += came[n];
            came[n] = true;
        }
        unsigned lost = 0, begin = 0, last = 0;
        while (!came[begin])
            begin++;
        for (unsigned n = begin; n < 32; n++)
            last = came[n] ? n : last;
        for (unsigned n = begin; n <= last; n++) {
            lost += !came[n];
            assert_int_equal(play(jitter, 900 * MS),
                             came[n] ? (int64_t)(first + n) : -JITTER_LOST);
        }
        assert_int_equal(play(jitter, 900 * MS), -JITTER_EMPTY);
        assert_int_equal(jitter_stats(jitter)->duplicate, doubles);
        assert_int_equal(jitter_stats(jitter)->lost, lost);
        assert_int_equal(jitter_stats(jitter)->late, 0);
        jitter_destroy(jitter);
    }
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
                assert_true(jitter_waiting_ms(jitter) <= MAX_MS + 500 / 8 + 1);
        } else if (dice == 99) {
            jitter_reset(jitter, random() % 2 ? 8000 : 48000);
        }
        struct jitter_packet packet, peeked, last;
        uint32_t units = 0;
        int excess = jitter_excess_ms(jitter, ns, (uint32_t)random() % 3000);
        assert_in_range(excess + 2 * MAX_MS, 0, 4 * MAX_MS + 500);
        bool is_there = jitter_peek(jitter, ns, &peeked);
        enum jitter_get what = jitter_get(jitter, ns, &packet, &units);
        assert_int_equal(is_there, what == JITTER_PACKET);
        if (is_there) {
            assert_int_equal(peeked.sequence, packet.sequence);
            assert_int_equal(peeked.length, packet.length);
            assert_memory_equal(peeked.payload, packet.payload, packet.length);
            assert_true(jitter_last(jitter, &last));
            assert_int_equal(last.sequence, packet.sequence);
            assert_memory_equal(last.payload, packet.payload, packet.length);
        }
        if (!jitter_next(jitter, &peeked))
            assert_int_equal(jitter_waiting_ms(jitter), 0);
        assert_in_range(stats->target_ms, MIN_MS, MAX_MS);
        assert_true(stats->waiting <= SLOTS);
        if (what == JITTER_LOST || what == JITTER_QUIET)
            assert_true(units > 0 && units <= MAX_MS * 48);
        if (what == JITTER_PACKET)
            assert_true(packet.length <= BYTES);
        if (what != JITTER_EMPTY)
            jitter_advance(jitter, (uint32_t)random() % 500);
    }
    jitter_destroy(jitter);
}

static void more_is_held_if_it_is_told_to(void **state)
{
    (void)state;
    struct jitter *jitter = make();
    uint32_t place;
    assert_false(jitter_place(jitter, &place));
    for (unsigned n = 0; n < 20; n++) {
        put(jitter, n, n * 20 * MS);
        play(jitter, n * 20 * MS);
    }
    const uint32_t position = (20 - DELAY_MS / 20) * FRAME;
    assert_true(jitter_place(jitter, &place));
    assert_int_equal(place, position);
    assert_int_equal(jitter_excess_ms(jitter, 20 * 20 * MS, 0), 0);
    jitter_hold_more(jitter, 40);
    put(jitter, 20, 20 * 20 * MS);
    assert_int_equal(jitter_stats(jitter)->target_ms, MIN_MS + 40);
    assert_int_equal(jitter_excess_ms(jitter, 20 * 20 * MS, 0), -40);
    jitter_hold_more(jitter, 0);
    assert_int_equal(jitter_excess_ms(jitter, 20 * 20 * MS, 0), 0);
    jitter_hold_more(jitter, 100000);
    put(jitter, 21, 21 * 20 * MS);
    assert_int_equal(jitter_stats(jitter)->target_ms, MAX_MS);
    jitter_destroy(jitter);

    const struct jitter_config fixed = {MAX_MS, MAX_MS, SLOTS, BYTES, SLOTS * BYTES};
    jitter = jitter_create(&fixed);
    assert_non_null(jitter);
    jitter_reset(jitter, CLOCK_HZ);
    jitter_hold_more(jitter, 100);
    put(jitter, 0, 0);
    assert_int_equal(jitter_stats(jitter)->target_ms, MAX_MS);
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
        cmocka_unit_test(a_long_payload_takes_the_room_of_many),
        cmocka_unit_test(memory_is_small),
        cmocka_unit_test(peek_tells_what_get_gives_and_takes_nothing),
        cmocka_unit_test(next_is_what_follows_the_gap),
        cmocka_unit_test(last_stays_until_another_is_given),
        cmocka_unit_test(last_gives_way_to_what_needs_its_room),
        cmocka_unit_test(the_first_packet_is_played_at_the_next_tick),
        cmocka_unit_test(right_is_left_alone),
        cmocka_unit_test(what_is_held_for_nothing_is_too_much),
        cmocka_unit_test(a_missed_packet_lengthens),
        cmocka_unit_test(a_surplus_shortens_but_not_what_is_not_there),
        cmocka_unit_test(a_fixed_one_asks_for_nothing),
        cmocka_unit_test(more_is_held_if_it_is_told_to),
        cmocka_unit_test(jumps_of_any_size_are_over_within_200_ms),
        cmocka_unit_test(who_begins_anew_is_heard_within_200_ms),
        cmocka_unit_test(who_comes_twice_has_not_begun_anew),
        cmocka_unit_test(time_stamps_that_stand_still_or_run_back_are_played),
        cmocka_unit_test(time_stamps_of_a_faster_clock_make_no_holes),
        cmocka_unit_test(what_nobody_played_for_long_is_thrown_away),
        cmocka_unit_test(order_and_doubles_equal_the_plain_twin),
        cmocka_unit_test(nonsense_keeps_the_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
