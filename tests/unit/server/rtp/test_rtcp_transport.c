/* test_rtcp_transport.c - transport-wide feedback: against a plain twin that lays all symbols
 * out before it looks at one. */
#include "server/rtp/rtcp_transport.h"

#include "server/rtp/bytes.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 2048, MOST = RTCP_MAX_TRANSPORT };

static struct rtcp_transport_packet in[MOST], back[MOST], twin[65536];

/* ---- the twin ---- */

/* All symbols of all chunks that @p count packets need; false: cut, or of no symbols. */
static bool lay_out(const uint8_t *data, size_t length, unsigned count, uint8_t *symbols,
                    size_t *at)
{
    unsigned n = 0;
    for (*at = 8; n < count; *at += 2) {
        if (*at + 2 > length)
            return false;
        char bits[17];
        for (unsigned bit = 0; bit < 16; bit++)
            bits[bit] = data[*at + bit / 8] >> (7 - bit % 8) & 1;
        if (!bits[0]) {
            const unsigned run = bytes_get16(data + *at) % 8192;
            if (!run)
                return false;
            for (unsigned i = 0; i < run; i++)
                symbols[n++] = (uint8_t)(2 * bits[1] + bits[2]);
        } else if (!bits[1]) {
            for (unsigned i = 2; i < 16; i++)
                symbols[n++] = (uint8_t)bits[i];
        } else {
            for (unsigned i = 2; i < 16; i += 2)
                symbols[n++] = (uint8_t)(2 * bits[i] + bits[i + 1]);
        }
    }
    return true;
}

/* How many it says; 0: malformed. */
static unsigned twin_read(const uint8_t *data, size_t length)
{
    static uint8_t symbols[65536 + 8192];
    size_t at;
    if (length < 8)
        return 0;
    const unsigned count = bytes_get16(data + 2);
    if (!lay_out(data, length, count, symbols, &at))
        return 0;
    int64_t us = (int64_t)(data[4] << 16 | data[5] << 8 | data[6]) * 64000;
    for (unsigned i = 0; i < count; i++) {
        twin[i] = (struct rtcp_transport_packet){.sequence = (uint16_t)(bytes_get16(data) + i),
                                                 .received = symbols[i] != 0};
        if (symbols[i] == 3 || at + symbols[i] > length)
            return 0;
        if (symbols[i] == 1)
            us += data[at] * 250;
        if (symbols[i] == 2)
            us += (data[at] >= 128 ? data[at] - 256 : data[at]) * 64000 + data[at + 1] * 250;
        at += symbols[i];
        if (symbols[i])
            twin[i].arrival_us = us;
    }
    return count;
}

static void assert_same(const struct rtcp_transport_packet *a,
                        const struct rtcp_transport_packet *b, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(a[i].sequence, b[i].sequence);
        assert_int_equal(a[i].received, b[i].received);
        if (a[i].received)
            assert_true(a[i].arrival_us == b[i].arrival_us);
    }
}

static void assert_reads_as_twin(const uint8_t *data, size_t length, unsigned room)
{
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, data, length);
    unsigned count = 77;
    const unsigned expected = twin_read(data, length);
    assert_int_equal(rtcp_transport_read(copy, length, back, room, &count), expected > 0);
    assert_int_equal(count, !expected ? 77 : expected < room ? expected : room);
    if (expected)
        assert_same(back, twin, count);
    free(copy);
}

/* ---- reading ---- */

/* Each of the kinds of chunks; written down by hand from section 3.1. */
static void an_example_by_hand(void **state)
{
    (void)state;
    const uint8_t data[] = {
        0xff, 0xfe, 0, 24, /* from 65534 on, 24 packets        */
        0,    0,    2, 9,  /* 128 ms; the 9th feedback         */
        0x20, 3,           /* run: 3 small                     */
        0xa0, 0x00,        /* 14 of one bit: came, 13 lost     */
        0xe4, 0x00,        /* 7 of two bits: large, small, ... */
        4,    0,    8,     /* the run: +1 ms, 0, +2 ms         */
        1,                 /* +0.25 ms                         */
        0xff, 0xfc,        /* -1 ms                            */
        12,                /* +3 ms                            */
    };
    unsigned count;
    assert_true(rtcp_transport_read(data, sizeof(data), back, MOST, &count));
    assert_int_equal(count, 24);
    const struct {
        unsigned place, us;
    } came[] = {{0, 129000}, {1, 129000}, {2, 131000}, {3, 131250}, {17, 130250}, {18, 133250}};
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(back[i].sequence, (uint16_t)(65534 + i));
        assert_int_equal(back[i].received, n < 6 && came[n].place == i);
        if (back[i].received)
            assert_int_equal(back[i].arrival_us, came[n++].us);
    }
    assert_reads_as_twin(data, sizeof(data), MOST);
    assert_reads_as_twin(data, sizeof(data), 10);
    for (size_t length = 0; length < sizeof(data); length++)
        assert_reads_as_twin(data, length, MOST);
}

static void random_bytes_read_as_the_twin_does(void **state)
{
    (void)state;
    uint32_t seed = 11;
    unsigned good = 0;
    for (unsigned round = 0; round < 60000; round++) {
        uint8_t data[80];
        const size_t length = signal_random(&seed) % (sizeof(data) + 1);
        signal_random_bytes(&seed, data, sizeof(data));
        if (round % 4) { /* few packets, short runs */
            data[2] = 0;
            data[3] %= 60;
            for (size_t i = 8; i < sizeof(data); i += 2)
                data[i] &= data[i] & 0x80 ? 0xff : round % 3 ? 0x20 : 0x60;
        }
        assert_reads_as_twin(data, length, round % 5 ? MOST : signal_random(&seed) % 20);
        good += twin_read(data, length) > 0;
    }
    assert_true(good > 5000);
}

/* ---- writing ---- */

enum pattern { ALL, FEW, BURSTS, LATE_ONES, CHAOS, PATTERNS };

static void make(enum pattern pattern, unsigned count, uint32_t *seed)
{
    const uint16_t first = (uint16_t)signal_random(seed);
    int64_t us = (int64_t)(signal_random(seed) % 4000000) * 1000000; /* beyond the wrap, too */
    us -= 1000000000003;                                             /* and below 0 */
    bool burst = true;
    for (unsigned i = 0; i < count; i++) {
        const uint32_t random = signal_random(seed);
        in[i] = (struct rtcp_transport_packet){.sequence = (uint16_t)(first + i)};
        burst = random % 16 ? burst : !burst;
        in[i].received = pattern == ALL || pattern == LATE_ONES || i + 1 == count ||
                         (pattern == FEW ? random % 8 == 0 : burst);
        if (in[i].received)
            us += random % (pattern == CHAOS ? 4000000 : 9000);
        if (in[i].received &&
            ((pattern == LATE_ONES && random % 10 == 0) || (pattern == CHAOS && random % 2)))
            us -= random % 3000000;
        in[i].arrival_us = us;
    }
}

static int64_t as_read(int64_t us)
{
    const int64_t steps = (us - (us % 250 + 250) % 250) % RTCP_TRANSPORT_WRAP_US;
    return steps < 0 ? steps + RTCP_TRANSPORT_WRAP_US : steps;
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    uint32_t seed = 12;
    for (unsigned round = 0; round < 5000; round++) {
        const unsigned count = 1 + signal_random(&seed) % (round % 3 ? 40 : MOST);
        make(round % PATTERNS, count, &seed);
        uint8_t out[ROOM];
        const size_t bytes = rtcp_transport_write(out, ROOM, (uint8_t)round, in, count);
        assert_true(bytes > 8);
        assert_int_equal(out[7], (uint8_t)round);
        unsigned n;
        assert_true(rtcp_transport_read(out, bytes, back, MOST, &n));
        assert_int_equal(n, count);
        for (unsigned i = 0; i < n; i++) {
            in[i].arrival_us = as_read(in[i].arrival_us);
            if (back[i].received) /* deltas may lead on beyond the end of the 24 bits */
                back[i].arrival_us = as_read(back[i].arrival_us);
        }
        assert_same(in, back, n);
        assert_false(rtcp_transport_read(out, bytes - 1, back, MOST, &n));
        uint8_t *exact = malloc(bytes);
        assert_non_null(exact);
        assert_int_equal(rtcp_transport_write(exact, bytes, (uint8_t)round, in, count), bytes);
        assert_int_equal(rtcp_transport_write(exact, bytes - 1, (uint8_t)round, in, count), 0);
        free(exact);
    }
}

/* What is usual must be small: 20 bytes of message and SSRCs are not counted here. */
static void chunks_are_few(void **state)
{
    (void)state;
    uint8_t out[ROOM];
    for (unsigned i = 0; i < 100; i++)
        in[i] = (struct rtcp_transport_packet){
            .sequence = (uint16_t)i, .received = true, .arrival_us = 1000 * i};
    assert_int_equal(rtcp_transport_write(out, ROOM, 0, in, 100), 8 + 2 + 100);
    in[50].received = false; /* 50 in a run, 14 with the lost one, 36 in a run */
    assert_int_equal(rtcp_transport_write(out, ROOM, 0, in, 100), 8 + 6 + 99);
    in[50].received = true;
    in[50].arrival_us -=
        50000; /* late, so the one behind it comes long after: two of 16 bits */
    in[51].arrival_us = in[50].arrival_us + 64000;
    for (unsigned i = 52; i < 100; i++)
        in[i].arrival_us = in[i - 1].arrival_us + 250;
    assert_int_equal(rtcp_transport_write(out, ROOM, 0, in, 100), 8 + 6 + 102);
}

static void edges_of_what_can_be_said(void **state)
{
    (void)state;
    uint8_t out[ROOM];
    for (unsigned i = 0; i < 2; i++)
        in[i] = (struct rtcp_transport_packet){.sequence = (uint16_t)i, .received = true};
    const struct {
        int64_t us;
        size_t bytes;
    } rows[] = {
        {32767 * 250, 13},     {32768 * 250 - 1, 13}, {32768 * 250, 0}, {-32768 * 250, 13},
        {-32768 * 250 - 1, 0}, {255 * 250, 12},       {256 * 250, 13},  {-1, 13}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        in[0].arrival_us = 64000 * 1000;
        in[1].arrival_us = in[0].arrival_us + rows[i].us;
        assert_int_equal(rtcp_transport_write(out, ROOM, 0, in, 2), rows[i].bytes);
    }
    assert_int_equal(rtcp_transport_write(out, ROOM, 0, in, 0), 0);
    assert_int_equal(rtcp_transport_write(out, ROOM, 0, in, MOST + 1), 0);
    in[0].received = in[1].received = false;
    assert_int_equal(rtcp_transport_write(out, ROOM, 0, in, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_example_by_hand),
        cmocka_unit_test(random_bytes_read_as_the_twin_does),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(chunks_are_few),
        cmocka_unit_test(edges_of_what_can_be_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
