/* test_transport_record.c - what came is told once, with the right times; against a plain twin.
 */
#include "server/rtp/transport_record.h"

#include "mixer/base/clock.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS CLOCK_NS_PER_MS

enum { ROOM = 1200 };

static struct transport_record record;
static struct rtcp_feedback told;

static int begin(void **state)
{
    (void)state;
    memset(&record, 0, sizeof(record));
    return 0;
}

/* What is told now: from @p first on, a letter for each packet: + it came, - it did not. */
static void expect_told(uint16_t first, const char *expected)
{
    uint8_t out[ROOM];
    const size_t bytes = transport_record_write(&record, out, ROOM, 1, 2);
    assert_int_equal(bytes > 0, *expected != 0);
    if (!bytes)
        return;
    assert_int_equal(rtcp_feedback_read(out, bytes, 2, &told), 0);
    assert_int_equal(told.malformed, 0);
    assert_int_equal(told.transport_count, strlen(expected));
    for (unsigned i = 0; i < told.transport_count; i++) {
        assert_int_equal(told.transport[i].sequence, (uint16_t)(first + i));
        assert_int_equal(told.transport[i].received, expected[i] == '+');
    }
}

static void what_came_is_told_once(void **state)
{
    (void)state;
    expect_told(0, "");
    transport_record_note(&record, 65534, 5 * MS);
    expect_told(65534, "+");
    expect_told(0, "");
    transport_record_note(&record, 65535, 6 * MS);
    transport_record_note(&record, 65535, 7 * MS);
    transport_record_note(&record, 2, 9 * MS);
    expect_told(65535, "+--+");
    assert_int_equal(told.transport[0].arrival_us, 6000);
    assert_int_equal(told.transport[3].arrival_us, 9000);
    transport_record_note(&record, 4, 0); /* at the beginning of time: it came, too */
    expect_told(3, "-+");
    assert_int_equal(record.number, 3);
}

static void late_ones_are_told_with_their_neighbours(void **state)
{
    (void)state;
    transport_record_note(&record, 10, 1 * MS);
    transport_record_note(&record, 13, 2 * MS);
    expect_told(10, "+--+");
    transport_record_note(&record, 11, 3 * MS);
    transport_record_note(&record, 13, 4 * MS); /* a duplicate of what was told */
    transport_record_note(&record, 14, 5 * MS);
    expect_told(11, "+-++");
    assert_int_equal(told.transport[0].arrival_us, 3000);
    assert_int_equal(told.transport[2].arrival_us, 2000);
    transport_record_note(&record, 8, 6 * MS); /* from before the first */
    expect_told(8, "+-++-++");
}

static void without_room_it_is_kept(void **state)
{
    (void)state;
    uint8_t out[ROOM];
    transport_record_note(&record, 1, 1 * MS);
    for (size_t room = 0; room < 24; room++)
        assert_int_equal(transport_record_write(&record, out, room, 1, 2), 0);
    assert_int_equal(record.number, 0);
    expect_told(1, "+");
}

static void only_so_many_are_kept(void **state)
{
    (void)state;
    char all[RTCP_MAX_TRANSPORT + 1] = {0};
    memset(all, '+', RTCP_MAX_TRANSPORT);
    for (unsigned i = 0; i < 3000; i++)
        transport_record_note(&record, (uint16_t)i, (int64_t)i * MS);
    expect_told(3000 - RTCP_MAX_TRANSPORT, all);
    transport_record_note(&record, 20000, 3000 * MS); /* all lost, but for one */
    memset(all, '-', RTCP_MAX_TRANSPORT - 1);
    expect_told(20001 - RTCP_MAX_TRANSPORT, all);
    transport_record_note(&record, 20000 - RTCP_MAX_TRANSPORT + 1, 3001 * MS);
    memset(all, '-', RTCP_MAX_TRANSPORT);
    all[0] = all[RTCP_MAX_TRANSPORT - 1] = '+';
    expect_told(20001 - RTCP_MAX_TRANSPORT, all);
    transport_record_note(&record, 20000 - RTCP_MAX_TRANSPORT, 3002 * MS);
    expect_told(20000 - RTCP_MAX_TRANSPORT, "+"); /* so far back: it has begun anew */
}

static void a_long_pause_parts_the_message(void **state)
{
    (void)state;
    transport_record_note(&record, 1, 1 * MS);
    transport_record_note(&record, 2, 7001 * MS);
    transport_record_note(&record, 5, 15500 * MS);
    transport_record_note(&record, 6, 7000 * MS); /* a clock that jumps back */
    expect_told(1, "++");
    expect_told(3, "--+");
    expect_told(6, "+");
    expect_told(0, "");
}

/* Nearly no delta fits in a byte, and nearly no chunk says more than 7. */
static void the_longest_message_fits_a_packet(void **state)
{
    (void)state;
    size_t most = 0;
    for (unsigned every = 1; every < 40; every++) {
        memset(&record, 0, sizeof(record));
        int64_t now_ns = MS;
        for (unsigned i = 0; i < RTCP_MAX_TRANSPORT; i++) {
            transport_record_note(&record, (uint16_t)i, now_ns);
            now_ns += (i % every ? 70 : 10) * MS;
        }
        uint8_t out[ROOM];
        const size_t bytes = transport_record_write(&record, out, ROOM, 1, 2);
        assert_true(bytes > 0);
        most = bytes > most ? bytes : most;
    }
    assert_true(most > 1100 && most < 1200);
}

/* Loss, reordering and doubles; the twin keeps all arrivals by their true number. */
static void all_that_came_is_told_with_its_time(void **state)
{
    (void)state;
    enum { PACKETS = 30000 };
    static int64_t came_ns[PACKETS];
    static bool was_told[PACKETS];
    uint32_t seed = 8;
    long newest = 0;
    const uint16_t first = 40000;
    for (long i = 0; i < PACKETS; i++) {
        const long number =
            i - (long)(signal_random(&seed) % 8 ? 0 : signal_random(&seed) % 60);
        const int64_t now_ns = (i + 1) * 3 * MS + signal_random(&seed) % (2 * MS);
        if (number >= 0 && signal_random(&seed) % 10) {
            transport_record_note(&record, (uint16_t)(first + number), now_ns);
            if (!came_ns[number])
                came_ns[number] = now_ns;
            newest = number > newest ? number : newest;
        }
        uint8_t out[ROOM];
        if (i % 33)
            continue;
        const size_t bytes = transport_record_write(&record, out, ROOM, 1, 2);
        if (!bytes)
            continue;
        assert_int_equal(rtcp_feedback_read(out, bytes, 2, &told), 0);
        for (unsigned k = 0; k < told.transport_count; k++) {
            const struct rtcp_transport_packet *packet = &told.transport[k];
            const long at = newest + (int16_t)(packet->sequence - (uint16_t)(first + newest));
            assert_true(at >= 0 && at <= newest);
            assert_int_equal(packet->received, came_ns[at] != 0);
            was_told[at] = true;
            if (packet->received)
                assert_int_equal(packet->arrival_us, came_ns[at] / 250000 * 250);
        }
        for (long at = newest > 400 ? newest - 400 : 0; at <= newest; at++)
            assert_true(was_told[at] || !came_ns[at]);
    }
}

#define FROM_EMPTY(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FROM_EMPTY(what_came_is_told_once),
        FROM_EMPTY(late_ones_are_told_with_their_neighbours),
        FROM_EMPTY(without_room_it_is_kept),
        FROM_EMPTY(only_so_many_are_kept),
        FROM_EMPTY(a_long_pause_parts_the_message),
        FROM_EMPTY(the_longest_message_fits_a_packet),
        FROM_EMPTY(all_that_came_is_told_with_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
