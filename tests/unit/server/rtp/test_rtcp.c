/* test_rtcp.c - compound packets there and back, cut and bent; times. */
#include "server/rtp/rtcp.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Reads from memory of exactly this length, so that a sanitizer sees one byte too many. */
static int read_copy(const uint8_t *data, size_t length, struct rtcp_compound *compound)
{
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, data, length);
    int result = rtcp_read(copy, length, compound);
    free(copy);
    return result;
}

static struct rtcp_compound example(unsigned blocks, bool has_sender, size_t cname_bytes)
{
    struct rtcp_compound compound = {.ssrc = 0xcafe0001, .has_sender = has_sender};
    if (has_sender)
        compound.sender = (struct rtcp_sender){0x0123456789abcdef, 0xfffffff0, 7, 1120};
    compound.block_count = blocks;
    for (unsigned i = 0; i < blocks; i++)
        compound.blocks[i] =
            (struct rtcp_block){.ssrc = i,
                                .fraction_lost = (uint8_t)(i * 8),
                                .lost = i % 2 ? -(int32_t)i : (int32_t)i * 1000,
                                .extended_sequence = 0x10000 + i,
                                .jitter = 0x80000000 + i,
                                .last_sr = 0xabcd0000 + i,
                                .delay_since_last_sr = i};
    memset(compound.cname, 'c', cname_bytes);
    return compound;
}

static void assert_same(const struct rtcp_compound *a, const struct rtcp_compound *b)
{
    assert_int_equal(a->ssrc, b->ssrc);
    assert_int_equal(a->has_sender, b->has_sender);
    assert_int_equal(a->has_bye, b->has_bye);
    assert_true(a->sender.ntp == b->sender.ntp);
    assert_int_equal(a->sender.timestamp, b->sender.timestamp);
    assert_int_equal(a->sender.packets, b->sender.packets);
    assert_int_equal(a->sender.octets, b->sender.octets);
    assert_int_equal(a->block_count, b->block_count);
    for (unsigned i = 0; i < a->block_count; i++) {
        const struct rtcp_block *x = &a->blocks[i], *y = &b->blocks[i];
        assert_int_equal(x->ssrc, y->ssrc);
        assert_int_equal(x->fraction_lost, y->fraction_lost);
        assert_int_equal(x->lost, y->lost);
        assert_int_equal(x->extended_sequence, y->extended_sequence);
        assert_int_equal(x->jitter, y->jitter);
        assert_int_equal(x->last_sr, y->last_sr);
        assert_int_equal(x->delay_since_last_sr, y->delay_since_last_sr);
    }
    assert_string_equal(a->cname, b->cname);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    for (unsigned blocks = 0; blocks <= RTCP_MAX_BLOCKS; blocks++) {
        for (unsigned kind = 0; kind < 4; kind++) {
            struct rtcp_compound compound = example(blocks, kind & 1, blocks * 8);
            compound.has_bye = kind & 2;
            uint8_t out[RTCP_MAX_BYTES];
            size_t bytes = rtcp_write(&compound, out, sizeof(out));
            assert_true(bytes >= 8 && bytes % 4 == 0);
            assert_int_equal(rtcp_write(&compound, out, bytes - 1), 0);
            assert_int_equal(rtcp_write(&compound, out, bytes), bytes);
            struct rtcp_compound back;
            assert_int_equal(read_copy(out, bytes, &back), 0);
            assert_same(&compound, &back);
        }
    }
}

static void cnames_of_every_length(void **state)
{
    (void)state;
    for (size_t length = 0; length < RTCP_CNAME_BYTES; length++) {
        struct rtcp_compound compound = example(0, false, length), back;
        uint8_t out[RTCP_MAX_BYTES];
        size_t bytes = rtcp_write(&compound, out, sizeof(out));
        assert_true(bytes > 0);
        assert_int_equal(read_copy(out, bytes, &back), 0);
        assert_same(&compound, &back);
    }
    struct rtcp_compound endless = example(0, false, RTCP_CNAME_BYTES);
    uint8_t out[RTCP_MAX_BYTES];
    assert_int_equal(rtcp_write(&endless, out, sizeof(out)), 0);
    struct rtcp_compound many = example(0, false, 3);
    many.block_count = RTCP_MAX_BLOCKS + 1;
    assert_int_equal(rtcp_write(&many, out, sizeof(out)), 0);
}

static void loss_is_clamped_to_24_bits(void **state)
{
    (void)state;
    const int32_t in[] = {INT32_MAX, 0x800000, 0x7fffff, -1, -0x800000, -0x800001, INT32_MIN};
    const int32_t expected[] = {0x7fffff,  0x7fffff,  0x7fffff, -1,
                                -0x800000, -0x800000, -0x800000};
    for (unsigned i = 0; i < 7; i++) {
        struct rtcp_compound compound = example(1, false, 3), back;
        compound.blocks[0].lost = in[i];
        uint8_t out[RTCP_MAX_BYTES];
        size_t bytes = rtcp_write(&compound, out, sizeof(out));
        assert_int_equal(rtcp_read(out, bytes, &back), 0);
        assert_int_equal(back.blocks[0].lost, expected[i]);
    }
}

static void every_truncation_is_refused_or_whole_packets(void **state)
{
    (void)state;
    struct rtcp_compound compound = example(2, true, 13), back;
    compound.has_bye = true;
    uint8_t out[RTCP_MAX_BYTES];
    size_t bytes = rtcp_write(&compound, out, sizeof(out));
    size_t report = 4 + 4 + 20 + 48, sdes = 4 + 4 + 16;
    assert_int_equal(bytes, report + sdes + 8);
    for (size_t length = 0; length < bytes; length++) {
        bool whole = length == report || length == report + sdes;
        memset(&back, 0x5a, sizeof(back));
        assert_int_equal(read_copy(out, length, &back), whole ? 0 : -EBADMSG);
        if (whole)
            assert_false(back.has_bye);
        else
            assert_int_equal(back.ssrc, 0x5a5a5a5a); /* nothing written */
    }
}

struct sample {
    const char *what;
    uint8_t data[40];
    size_t length;
    int result;
};

static const struct sample samples[] = {
    {"empty RR", {0x80, 201, 0, 1, 1, 2, 3, 4}, 8, 0},
    {"version 1", {0x40, 201, 0, 1}, 8, -EBADMSG},
    {"RR without an SSRC", {0x80, 201, 0, 0}, 4, -EBADMSG},
    {"RR that announces a block", {0x81, 201, 0, 1}, 8, -EBADMSG},
    {"SR without sender information", {0x80, 200, 0, 1}, 8, -EBADMSG},
    {"length beyond the datagram", {0x80, 201, 0, 2}, 8, -EBADMSG},
    {"length 65535", {0x80, 201, 0xff, 0xff}, 40, -EBADMSG},
    {"rest of 3 bytes", {0x80, 201, 0, 1}, 11, -EBADMSG},
    {"second one of version 0", {0x80, 201, 0, 1, 0, 0, 0, 0, 0, 201, 0, 1}, 16, -EBADMSG},
    {"RR with a profile's extension", {0x80, 201, 0, 3}, 16, 0},
    {"RR, padded", {0xa0, 201, 0, 2, 1, 2, 3, 4, 0, 0, 0, 4}, 12, 0},
    {"padding of 0", {0xa0, 201, 0, 2}, 12, -EBADMSG},
    {"padding of 3", {0xa0, 201, 0, 2, [11] = 3}, 12, -EBADMSG},
    {"padding of more than the packet", {0xa0, 201, 0, 2, [11] = 12}, 12, -EBADMSG},
    {"padding of the SSRC too", {0xa0, 201, 0, 2, [11] = 8}, 12, -EBADMSG},
    {"padded, not the last", {0xa0, 201, 0, 2, [11] = 4, 0x80, 201, 0, 1}, 20, -EBADMSG},
    {"unknown type alone", {0x80, 210, 0, 1}, 8, 0},
    {"feedback alone (RFC 5506)", {0x81, 206, 0, 2}, 12, 0},
    {"APP", {0x80, 204, 0, 2, 0, 0, 0, 1, 'n', 'a', 'm', 'e'}, 12, 0},
    {"BYE of nobody", {0x80, 203, 0, 0}, 4, 0},
    {"BYE with a reason", {0x81, 203, 0, 3, 0, 0, 0, 9, 3, 'b', 'y', 'e'}, 16, 0},
    {"BYE of 2, with one", {0x82, 203, 0, 1}, 8, -EBADMSG},
    {"SDES of no chunk", {0x80, 202, 0, 0}, 4, 0},
    {"SDES chunk cut", {0x81, 202, 0, 1}, 8, -EBADMSG},
    {"SDES with no item", {0x81, 202, 0, 2}, 12, 0},
    {"SDES item without end", {0x81, 202, 0, 2, 0, 0, 0, 0, 1, 2, 'a', 'b'}, 12, -EBADMSG},
    {"SDES item too long", {0x81, 202, 0, 2, 0, 0, 0, 0, 1, 200, 'a', 'b'}, 12, -EBADMSG},
    {"SDES item without its length", {0x81, 202, 0, 2, 0, 0, 0, 0, 2, 1, 'a', 1}, 12, -EBADMSG},
    {"SDES of 2 chunks, with one", {0x82, 202, 0, 2}, 12, -EBADMSG},
};

static void samples_are_judged_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct rtcp_compound compound;
        print_message("%s\n", samples[i].what);
        assert_int_equal(read_copy(samples[i].data, samples[i].length, &compound),
                         samples[i].result);
    }
}

static void bye_is_of_the_sender(void **state)
{
    (void)state;
    const uint8_t other[] = {0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 203, 0, 1, 0, 0, 0, 2};
    const uint8_t own[] = {0x80, 201, 0, 1, 0, 0, 0, 1, 0x82, 203,
                           0,    2,   0, 0, 0, 2, 0, 0, 0,    1};
    const uint8_t lone[] = {0x81, 203, 0, 1, 0, 0, 0, 7};
    struct rtcp_compound compound;
    assert_int_equal(rtcp_read(other, sizeof(other), &compound), 0);
    assert_false(compound.has_bye);
    assert_int_equal(rtcp_read(own, sizeof(own), &compound), 0);
    assert_true(compound.has_bye);
    assert_int_equal(rtcp_read(lone, sizeof(lone), &compound), 0);
    assert_true(compound.has_bye);
    assert_int_equal(compound.ssrc, 7);
}

static void cname_is_of_the_sender(void **state)
{
    (void)state;
    const uint8_t data[] = {
        0x80, 201, 0, 1, 0, 0, 0,   1,                    /* RR of 1    */
        0x82, 202, 0, 6, 0, 0, 0,   2, 1, 1,   'x',  0,   /* CNAME of 2 */
        0,    0,   0, 1, 2, 1, 'n', 1, 3, 'a', '\n', 'b', /* NAME, CNAME of 1 */
        0,    0,   0, 0};
    struct rtcp_compound compound;
    assert_int_equal(rtcp_read(data, sizeof(data), &compound), 0);
    assert_string_equal(compound.cname, "a\nb");
}

static void reports_add_up_to_31_blocks(void **state)
{
    (void)state;
    uint8_t out[2 * RTCP_MAX_BYTES];
    struct rtcp_compound first = example(20, true, 3), second = example(20, true, 3), back;
    second.ssrc = 5;
    second.sender.octets = 5;
    size_t bytes = rtcp_write(&first, out, sizeof(out));
    bytes += rtcp_write(&second, out + bytes, sizeof(out) - bytes);
    assert_int_equal(rtcp_read(out, bytes, &back), 0);
    assert_int_equal(back.block_count, RTCP_MAX_BLOCKS);
    assert_int_equal(back.ssrc, first.ssrc);
    assert_int_equal(back.sender.octets, first.sender.octets);
    assert_int_equal(back.blocks[20].ssrc, 0);
    assert_int_equal(back.blocks[30].ssrc, 10);
}

static void ntp_of_known_times(void **state)
{
    (void)state;
    assert_true(rtcp_ntp(0) == 2208988800ULL << 32);
    assert_true(rtcp_ntp(CLOCK_NS_PER_S / 2) == (2208988800ULL << 32 | 0x80000000));
    /* 2036-02-07 06:28:16 UTC: the NTP era ends, and the seconds begin at 0 again */
    assert_true(rtcp_ntp(2085978496 * CLOCK_NS_PER_S) == 0);
    assert_true(rtcp_ntp(1700000000 * CLOCK_NS_PER_S + 999999999) >> 32 ==
                1700000000 + 2208988800ULL);
}

static void round_trips(void **state)
{
    (void)state;
    /* the example of RFC 3550 figure 2: A, LSR, DLSR and 6.125 s between */
    struct rtcp_block block = {.last_sr = 0xb7052000, .delay_since_last_sr = 0x00054000};
    uint64_t now = (uint64_t)0xb7108000 << 16; /* only the middle 32 bits count */
    assert_true(rtcp_round_trip_ns(&block, now) == 6125 * CLOCK_NS_PER_MS);
    struct rtcp_block none = {.delay_since_last_sr = 5};
    assert_true(rtcp_round_trip_ns(&none, now) == 0);
    /* across the wrap of the middle 32 bits */
    struct rtcp_block wrapped = {.last_sr = 0xffff8000, .delay_since_last_sr = 0x8000};
    assert_true(rtcp_round_trip_ns(&wrapped, (uint64_t)0x00008000 << 16) == CLOCK_NS_PER_S / 2);
    /* one that rounds its delay up by less than 1 ms is near; one that says more lies */
    struct rtcp_block quick = {.last_sr = 0x10000, .delay_since_last_sr = 100};
    assert_true(rtcp_round_trip_ns(&quick, (uint64_t)(0x10000 + 60) << 16) == 15258);
    assert_true(rtcp_round_trip_ns(&quick, (uint64_t)(0x10000 + 100) << 16) == 15258);
    assert_true(rtcp_round_trip_ns(&quick, (uint64_t)(0x10000 + 30) << 16) == 0);
}

static void intervals(void **state)
{
    (void)state;
    assert_int_equal(rtcp_interval_ms(false, 0), 2052);
    assert_int_equal(rtcp_interval_ms(false, UINT32_MAX), 6156);
    assert_int_equal(rtcp_interval_ms(false, 1u << 31), 4104);
    assert_int_equal(rtcp_interval_ms(true, 0), 1026);
    assert_int_equal(rtcp_interval_ms(true, UINT32_MAX), 3078);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(cnames_of_every_length),
        cmocka_unit_test(loss_is_clamped_to_24_bits),
        cmocka_unit_test(every_truncation_is_refused_or_whole_packets),
        cmocka_unit_test(samples_are_judged_right),
        cmocka_unit_test(bye_is_of_the_sender),
        cmocka_unit_test(cname_is_of_the_sender),
        cmocka_unit_test(reports_add_up_to_31_blocks),
        cmocka_unit_test(ntp_of_known_times),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(intervals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
