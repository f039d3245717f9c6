/* test_rtcp_feedback.c - feedback messages: whom they are for, what is malformed, and all that
 * is written read back. */
#include "server/rtp/rtcp_feedback.h"

#include "server/rtp/bytes.h"
#include "server/rtp/rtcp.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OWN = 0x11111111, THEIRS = 0x22222222, ROOM = 1500 };

static struct rtcp_feedback got;

/* Reads a copy of exactly this length as the one whose SSRC is @p reader. */
static int read_as(uint32_t reader, const uint8_t *data, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, data, length);
    const int error = rtcp_feedback_read(copy, length, reader, &got);
    struct rtcp_compound compound;
    assert_int_equal(rtcp_read(copy, length, &compound), error); /* both take the same ones */
    free(copy);
    return error;
}

/* ---- reading ---- */

struct row {
    const char *what;
    unsigned type, format;
    uint8_t body[40];
    unsigned words; /* of the body */
    unsigned malformed;
    const char *heard; /* Nack Pli Fir tmmbR tmmbn(B) rEmb Transport */
};

#define US 0x22, 0x22, 0x22, 0x22
#define HIM 0x33, 0x33, 0x33, 0x33
#define NOBODY 0, 0, 0, 0

static const struct row rows[] = {
    {"PLI", 206, 1, {HIM, US}, 2, 0, "P"},
    {"PLI of another", 206, 1, {HIM, HIM}, 2, 0, ""},
    {"PLI with something in it", 206, 1, {HIM, US, 0}, 3, 1, ""},
    {"PLI without its media", 206, 1, {HIM}, 1, 1, ""},
    {"no body", 206, 1, {0}, 0, 1, ""},
    {"NACK", 205, 1, {HIM, US, 0, 1, 0, 0}, 3, 0, "N"},
    {"NACK of another", 205, 1, {HIM, HIM, 0, 1, 0, 0}, 3, 0, ""},
    {"NACK of nothing", 205, 1, {HIM, US}, 2, 1, ""},
    {"FIR", 206, 4, {HIM, NOBODY, US, 7}, 4, 0, "F"},
    {"FIR, its media named too", 206, 4, {HIM, HIM, US, 7}, 4, 0, "F"},
    {"FIR of two", 206, 4, {HIM, NOBODY, HIM, 7, 0, 0, 0, US, 9}, 6, 0, "F"},
    {"FIR of another", 206, 4, {HIM, US, HIM, 7}, 4, 0, ""},
    {"FIR of nothing", 206, 4, {HIM, US}, 2, 1, ""},
    {"FIR, half", 206, 4, {HIM, NOBODY, US}, 3, 1, ""},
    {"TMMBR", 205, 3, {HIM, NOBODY, US, 0, 0, 0, 0}, 4, 0, "R"},
    {"TMMBR of another", 205, 3, {HIM, US, HIM}, 4, 0, ""},
    {"TMMBR, half", 205, 3, {HIM, NOBODY, US}, 3, 1, ""},
    {"TMMBR of nothing", 205, 3, {HIM, US}, 2, 1, ""},
    {"TMMBN", 205, 4, {HIM, NOBODY, US}, 4, 0, "B"},
    {"TMMBN that bounds nobody", 205, 4, {HIM, NOBODY}, 2, 0, ""},
    {"TMMBN, half", 205, 4, {HIM, NOBODY, US}, 3, 1, ""},
    {"REMB", 206, 15, {HIM, NOBODY, 'R', 'E', 'M', 'B', 1, 0, 0, 1, US}, 5, 0, "E"},
    {"REMB of two", 206, 15, {HIM, NOBODY, 'R', 'E', 'M', 'B', 2, 0, 0, 1, HIM, US}, 6, 0, "E"},
    {"REMB of another", 206, 15, {HIM, US, 'R', 'E', 'M', 'B', 1, 0, 0, 1, HIM}, 5, 0, ""},
    {"REMB, cut", 206, 15, {HIM, NOBODY, 'R', 'E', 'M', 'B', 2, 0, 0, 1, US}, 5, 1, ""},
    {"REMB, no rate", 206, 15, {HIM, NOBODY, 'R', 'E', 'M', 'B'}, 3, 1, ""},
    {"another application's", 206, 15, {HIM, US, 'R', 'E', 'M', 'C'}, 3, 0, ""},
    {"an application's, empty", 206, 15, {HIM, US}, 2, 0, ""},
    {"transport-wide", 205, 15, {HIM, HIM, 0, 9, 0, 1, 0, 0, 1, 0, 0x20, 1, 4}, 5, 0, "T"},
    {"... a delta cut", 205, 15, {HIM, US, 0, 9, 0, 3, 0, 0, 1, 0, 0x20, 3, 4}, 5, 1, ""},
    {"... a chunk cut", 205, 15, {HIM, US, 0, 9, 0, 9, 0, 0, 1, 0, 0, 1, 0, 1}, 5, 1, ""},
    {"... a run of none", 205, 15, {HIM, US, 0, 9, 0, 1, 0, 0, 1, 0, 0x20, 0}, 5, 1, ""},
    {"... the reserved symbol", 205, 15, {HIM, US, 0, 9, 0, 1, 0, 0, 1, 0, 0x60, 1}, 5, 1, ""},
    {"... of no packets", 205, 15, {HIM, US, 0, 9, 0, 0, 0, 0, 1, 0, 0x20, 1, 4}, 5, 1, ""},
    {"... cut", 205, 15, {HIM, US, 0, 9, 0, 1}, 3, 1, ""},
    {"an unknown message", 205, 9, {HIM, US}, 2, 0, ""},
    {"an unknown message", 206, 2, {HIM, US}, 2, 0, ""},
    {"another type", 207, 1, {HIM, US}, 2, 0, ""},
};

static void assert_heard(const char *heard)
{
    assert_int_equal(got.nacked_count > 0, strchr(heard, 'N') != NULL);
    assert_int_equal(got.pli, strchr(heard, 'P') != NULL);
    assert_int_equal(got.fir, strchr(heard, 'F') != NULL);
    assert_int_equal(got.has_tmmbr, strchr(heard, 'R') != NULL);
    assert_int_equal(got.has_tmmbn, strchr(heard, 'B') != NULL);
    assert_int_equal(got.has_remb, strchr(heard, 'E') != NULL);
    assert_int_equal(got.transport_count > 0, strchr(heard, 'T') != NULL);
}

static size_t put_row(uint8_t *out, const struct row *row)
{
    out[0] = (uint8_t)(0x80 | row->format);
    out[1] = (uint8_t)row->type;
    bytes_put16(out + 2, row->words);
    memcpy(out + 4, row->body, (size_t)row->words * 4);
    return 4 + (size_t)row->words * 4;
}

static void messages_are_judged_right(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[ROOM];
        const size_t bytes = put_row(out, &rows[i]);
        print_message("%s\n", rows[i].what);
        assert_int_equal(read_as(THEIRS, out, bytes), 0);
        assert_int_equal(got.malformed, rows[i].malformed);
        assert_heard(rows[i].heard);
    }
}

static void all_of_a_compound_are_read(void **state)
{
    (void)state;
    uint8_t out[4096];
    size_t bytes = 8;
    unsigned malformed = 0;
    memcpy(out, "\x80\xc9\0\x01\x33\x33\x33\x33", 8); /* an RR */
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bytes += put_row(out + bytes, &rows[i]);
        malformed += rows[i].malformed;
    }
    assert_int_equal(read_as(THEIRS, out, bytes), 0);
    assert_int_equal(got.malformed, malformed);
    assert_heard("NPFRBET");
    assert_int_equal(got.fir_sequence, 9);

    memset(&got, 0x5a, sizeof(got));
    assert_int_equal(read_as(THEIRS, out, bytes - 1), -EBADMSG);
    assert_int_equal(read_as(THEIRS, out, 0), -EBADMSG);
    assert_int_equal(got.malformed, 0x5a5a5a5a); /* nothing written */
}

static void rates_that_are_too_large_are_the_largest(void **state)
{
    (void)state;
    const uint8_t remb[] = {0x8f, 206, 0, 5,    HIM,  NOBODY, 'R', 'E',
                            'M',  'B', 1, 0xff, 0xff, 0xff,   US};
    assert_int_equal(read_as(THEIRS, remb, sizeof(remb)), 0);
    assert_true(got.remb_bps == UINT64_MAX);
    const uint8_t tmmbr[] = {0x83, 205, 0, 4, HIM, NOBODY, US, 0xff, 0xff, 0xff, 0xff};
    assert_int_equal(read_as(THEIRS, tmmbr, sizeof(tmmbr)), 0);
    assert_true(got.tmmbr_bps == UINT64_MAX);
    assert_int_equal(got.tmmbr_overhead, 511);
}

static void the_lowest_tmmbr_counts(void **state)
{
    (void)state;
    const uint64_t bps[] = {500000, 300000, 400000};
    uint8_t out[ROOM];
    size_t bytes = 0;
    for (unsigned i = 0; i < 3; i++)
        bytes += rtcp_feedback_write_tmmbr(out + bytes, ROOM - bytes, OWN, THEIRS, bps[i]);
    assert_int_equal(read_as(THEIRS, out, bytes), 0);
    assert_true(got.tmmbr_bps <= 300000 && got.tmmbr_bps > 299990);
    assert_int_equal(got.tmmbr_overhead, 40);
}

/* Example of RFC 4585: packet 1000 and, of the 16 behind it, the 1st and the last. */
static void a_nack_names_its_packets(void **state)
{
    (void)state;
    const uint8_t nack[] = {0x81, 205, 0, 4, HIM, US, 0x03, 0xe8, 0x80, 0x01, 0xff, 0xff, 0, 2};
    const uint16_t expected[] = {1000, 1001, 1016, 65535, 1};
    assert_int_equal(read_as(THEIRS, nack, sizeof(nack)), 0);
    assert_int_equal(got.nacked_count, 5);
    assert_memory_equal(got.nacked, expected, sizeof(expected));
}

static void more_than_fit_are_left_out(void **state)
{
    (void)state;
    uint8_t nack[12 + 4 * 100] = {0x81, 205, 0, 2 + 100, HIM, US};
    memset(nack + 12, 0xff, sizeof(nack) - 12);
    assert_int_equal(read_as(THEIRS, nack, sizeof(nack)), 0);
    assert_int_equal(got.nacked_count, RTCP_MAX_NACKED);

    /* 60,000 lost ones, and 4 that came: read as far as there is room, but checked whole */
    uint8_t wide[20 + 12] = {0x8f, 205, 0, 7, HIM, US, 0, 5, 0xea, 0x64, 0, 0, 1, 0};
    const unsigned chunks[] = {8191, 8191, 8191, 8191, 8191, 8191, 8191};
    for (unsigned i = 0; i < 7; i++)
        bytes_put16(wide + 20 + (size_t)2 * (i < 5 ? i : 5), chunks[i]);
    assert_int_equal(read_as(THEIRS, wide, sizeof(wide)), 0);
    assert_int_equal(got.malformed, 1); /* six chunks say less than 60,004 */
    assert_int_equal(got.transport_count, 0);
    bytes_put16(wide + 14, 6 * 8191);
    assert_int_equal(read_as(THEIRS, wide, sizeof(wide)), 0);
    assert_int_equal(got.malformed, 0);
    assert_int_equal(got.transport_count, RTCP_MAX_TRANSPORT);
    assert_int_equal(got.transport[511].sequence, 5 + 511);
    bytes_put16(wide + 30, 0x2000 | 1); /* far behind what fits: one that came, without delta */
    bytes_put16(wide + 14, 5 * 8191 + 1);
    assert_int_equal(read_as(THEIRS, wide, sizeof(wide)), 0);
    assert_int_equal(got.malformed, 1);
    assert_int_equal(got.transport_count, 0);
}

/* ---- writing ---- */

static void lone_messages_read_back(void **state)
{
    (void)state;
    uint8_t out[ROOM];
    uint32_t seed = 3;
    for (unsigned round = 0; round < 5000; round++) {
        const uint64_t bps = ((uint64_t)signal_random(&seed) << 32 | signal_random(&seed)) >>
                             signal_random(&seed) % 64;
        const uint8_t number = (uint8_t)signal_random(&seed);
        const uint16_t overhead = (uint16_t)(signal_random(&seed) % 600);
        size_t bytes = rtcp_feedback_write_pli(out, ROOM, OWN, THEIRS);
        assert_int_equal(bytes, 12);
        bytes += rtcp_feedback_write_fir(out + bytes, ROOM, OWN, THEIRS, number);
        assert_int_equal(bytes, 12 + 20);
        bytes += rtcp_feedback_write_tmmbr(out + bytes, ROOM, OWN, THEIRS, bps);
        bytes += rtcp_feedback_write_tmmbn(out + bytes, ROOM, OWN, THEIRS, bps, overhead);
        bytes += rtcp_feedback_write_remb(out + bytes, ROOM, OWN, THEIRS, bps);
        assert_int_equal(bytes, 12 + 20 + 20 + 20 + 24);
        assert_int_equal(read_as(THEIRS, out, bytes), 0);
        assert_heard("PFRBE");
        assert_int_equal(got.malformed, 0);
        assert_int_equal(got.fir_sequence, number);
        assert_true(got.tmmbr_bps <= bps && bps - got.tmmbr_bps <= bps >> 16);
        assert_true(got.tmmbn_bps == got.tmmbr_bps);
        assert_true(got.remb_bps <= bps && bps - got.remb_bps <= bps >> 17);
        assert_int_equal(read_as(OWN, out, bytes), 0);
        assert_heard("");
        const struct rtcp_transport_packet came[] = {
            {.sequence = 65535, .received = true, .arrival_us = number * 250},
            {.sequence = 0, .received = number % 2, .arrival_us = number * 750}};
        bytes = rtcp_feedback_write_transport(out, ROOM, OWN, THEIRS, number, came, 2);
        assert_int_equal(read_as(OWN, out, bytes), 0);
        assert_heard("T");
        assert_int_equal(got.transport_count, 2);
        assert_int_equal(got.transport[0].arrival_us, number * 250);
        assert_int_equal(got.transport[1].sequence, 0);
        assert_int_equal(got.transport[1].received, number % 2);
    }
}

static void what_does_not_fit_is_not_written(void **state)
{
    (void)state;
    const uint16_t sequences[] = {1, 18};
    const struct rtcp_transport_packet came = {.received = true, .arrival_us = 70000};
    uint8_t out[32];
    for (size_t room = 0; room <= sizeof(out); room++) {
        memset(out, 0x5a, sizeof(out));
        assert_int_equal(rtcp_feedback_write_pli(out, room, 1, 2), room < 12 ? 0 : 12);
        assert_int_equal(rtcp_feedback_write_fir(out, room, 1, 2, 3), room < 20 ? 0 : 20);
        assert_int_equal(rtcp_feedback_write_tmmbr(out, room, 1, 2, 3), room < 20 ? 0 : 20);
        assert_int_equal(rtcp_feedback_write_tmmbn(out, room, 1, 2, 3, 4), room < 20 ? 0 : 20);
        assert_int_equal(rtcp_feedback_write_remb(out, room, 1, 2, 3), room < 24 ? 0 : 24);
        assert_int_equal(rtcp_feedback_write_nack(out, room, 1, 2, sequences, 2),
                         room < 20 ? 0 : 20);
        assert_int_equal(rtcp_feedback_write_nack(out, room, 1, 2, sequences, 0), 0);
        assert_int_equal(rtcp_feedback_write_transport(out, room, 1, 2, 3, &came, 1),
                         room < 24 ? 0 : 24);
        for (size_t i = room; i < sizeof(out); i++)
            assert_int_equal(out[i], 0x5a);
    }
}

/* The fewest pairs for rising sequences: the plain way, over all 16-bit numbers. */
static unsigned fewest_pairs(const bool *asked, uint16_t first)
{
    unsigned pairs = 0;
    for (unsigned ahead = 0; ahead < 65536;) {
        const bool here = asked[(uint16_t)(first + ahead)];
        pairs += here;
        ahead += here ? 17 : 1;
    }
    return pairs;
}

static void nacks_read_back_in_the_fewest_pairs(void **state)
{
    (void)state;
    static bool asked[65536], told[65536];
    uint32_t seed = 4;
    for (unsigned round = 0; round < 300; round++) {
        uint16_t sequences[RTCP_MAX_NACKED];
        uint8_t out[ROOM];
        const unsigned count = 1 + signal_random(&seed) % RTCP_MAX_NACKED;
        const unsigned step = 1 + signal_random(&seed) % 40;
        uint16_t at = (uint16_t)signal_random(&seed);
        memset(asked, 0, sizeof(asked));
        memset(told, 0, sizeof(told));
        for (unsigned i = 0; i < count; i++) {
            sequences[i] = at;
            asked[at] = true;
            at = (uint16_t)(at + signal_random(&seed) % step + (round % 2)); /* or doubled */
        }
        const size_t bytes = rtcp_feedback_write_nack(out, ROOM, OWN, THEIRS, sequences, count);
        assert_int_equal(bytes, 12 + 4 * fewest_pairs(asked, sequences[0]));
        assert_int_equal(read_as(THEIRS, out, bytes), 0);
        for (unsigned i = 0; i < got.nacked_count; i++) {
            assert_false(told[got.nacked[i]]);
            told[got.nacked[i]] = true;
        }
        assert_memory_equal(asked, told, sizeof(asked));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_judged_right),
        cmocka_unit_test(all_of_a_compound_are_read),
        cmocka_unit_test(rates_that_are_too_large_are_the_largest),
        cmocka_unit_test(the_lowest_tmmbr_counts),
        cmocka_unit_test(a_nack_names_its_packets),
        cmocka_unit_test(more_than_fit_are_left_out),
        cmocka_unit_test(lone_messages_read_back),
        cmocka_unit_test(what_does_not_fit_is_not_written),
        cmocka_unit_test(nacks_read_back_in_the_fewest_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
