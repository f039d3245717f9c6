/* test_rtp_source.c - RFC 3550 A.1, A.3, A.8 against plain twins. */
#include "server/rtp/rtp_source.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CLOCK_HZ = 8000, SSRC = 0x1234 };

static enum rtp_source_verdict receive(struct rtp_source *source, unsigned sequence)
{
    return rtp_source_receive(source, SSRC, (uint16_t)sequence, sequence * 160,
                              (int64_t)sequence * 20 * CLOCK_NS_PER_MS, CLOCK_HZ);
}

static void the_first_packet_counts(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    assert_int_equal(rtp_source_lost(&source), 0);
    assert_int_equal(rtp_source_fraction_lost(&source), 0);
    assert_int_equal(receive(&source, 65000), RTP_SOURCE_OK);
    assert_int_equal(source.received, 1);
    assert_int_equal(rtp_source_lost(&source), 0);
    assert_int_equal(rtp_source_extended_sequence(&source), 65000);
}

static void sequence_wraps(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    for (unsigned i = 0; i < 3 * 65536; i++)
        assert_int_equal(receive(&source, 65530 + i), RTP_SOURCE_OK);
    assert_int_equal(rtp_source_extended_sequence(&source), 65530 + 3 * 65536 - 1);
    assert_int_equal(rtp_source_lost(&source), 0);
}

static void reorder_across_the_wrap_is_no_loss(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    const unsigned order[] = {65533, 65535, 65537, 65534, 65536, 65538};
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(receive(&source, order[i]), RTP_SOURCE_OK);
    assert_int_equal(rtp_source_lost(&source), 0);
    assert_int_equal(rtp_source_extended_sequence(&source), 65538);
}

static void loss_and_doubles_are_counted(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    for (unsigned i = 0; i < 100; i++) {
        if (i % 4 != 3) /* 24 of the first 96, and number 99 at the end is not missed yet */
            receive(&source, i);
    }
    assert_int_equal(rtp_source_lost(&source), 24);
    assert_int_equal(rtp_source_fraction_lost(&source), 24 * 256 / 99);
    assert_int_equal(rtp_source_fraction_lost(&source), 0); /* a new interval */
    for (unsigned i = 0; i < 30; i++)
        receive(&source, 98);
    assert_int_equal(rtp_source_lost(&source), 24 - 30);
    assert_int_equal(rtp_source_fraction_lost(&source), 0);
}

static void all_lost_but_one_fits_in_a_byte(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    receive(&source, 1);
    rtp_source_fraction_lost(&source);
    receive(&source, 2900);
    assert_int_equal(rtp_source_fraction_lost(&source), 255);
    /* late ones only: nothing was due, nothing is lost */
    receive(&source, 2850);
    assert_int_equal(rtp_source_fraction_lost(&source), 0);
}

static void a_stray_is_dropped_and_a_jump_is_followed(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    for (unsigned i = 100; i < 200; i++)
        receive(&source, i);
    assert_int_equal(receive(&source, 30000), RTP_SOURCE_DROP);
    assert_int_equal(receive(&source, 200), RTP_SOURCE_OK);
    assert_int_equal(receive(&source, 30002),
                     RTP_SOURCE_DROP); /* not the one after the stray */
    assert_int_equal(source.received, 101);
    assert_int_equal(receive(&source, 30003), RTP_SOURCE_RESTART);
    assert_int_equal(receive(&source, 30004), RTP_SOURCE_OK);
    assert_int_equal(rtp_source_lost(&source), 0);
    assert_int_equal(source.received, 2);
}

static void limits_of_a_gap(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    receive(&source, 1000);
    assert_int_equal(receive(&source, 1000 + 2999), RTP_SOURCE_OK);
    assert_int_equal(receive(&source, 3999 + 3000), RTP_SOURCE_DROP);
    assert_int_equal(receive(&source, 3999 - 99), RTP_SOURCE_OK);
    assert_int_equal(receive(&source, 3999 - 100), RTP_SOURCE_DROP);
}

static void another_ssrc_begins_anew(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    for (unsigned i = 0; i < 50; i += 2)
        receive(&source, i);
    rtp_source_sender_report(&source, 77, 88);
    assert_int_equal(rtp_source_receive(&source, 99, 5, 6, 7, CLOCK_HZ), RTP_SOURCE_RESTART);
    assert_int_equal(source.ssrc, 99);
    assert_int_equal(rtp_source_lost(&source), 0);
    assert_int_equal(source.last_sr_ntp, 0);
    assert_true(source.jitter == 0);
}

static double distance(double a, double b)
{
    return a > b ? a - b : b - a;
}

/* A.8 as it is written there, with one plain difference per packet. */
static void jitter_equals_the_plain_loop(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    double jitter = 0, before = 0;
    uint32_t timestamp = 0xffff0000; /* wraps on the way */
    int64_t sent_ns = 1000000 * CLOCK_NS_PER_S;
    srandom(1);
    for (unsigned i = 0; i < 5000; i++) {
        int64_t delay_ns = random() % (60 * CLOCK_NS_PER_MS);
        int64_t arrival_ns = sent_ns + delay_ns;
        rtp_source_receive(&source, SSRC, (uint16_t)i, timestamp, arrival_ns, CLOCK_HZ);
        double transit = (double)(int64_t)((double)arrival_ns * CLOCK_HZ / 1e9) - i * 160.0;
        if (i)
            jitter += (distance(transit, before) - jitter) / 16;
        before = transit;
        timestamp += 160;
        sent_ns += 20 * CLOCK_NS_PER_MS;
    }
    assert_true(jitter > 50); /* 60 ms of even spread: a mean of 160 units */
    assert_true(distance(source.jitter, jitter) < 1.0);
}

static void another_clock_is_no_jitter(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    for (unsigned i = 0; i < 10; i++)
        receive(&source, i);
    assert_true(source.jitter == 0);
    rtp_source_receive(&source, SSRC, 10, 123456789, 200 * CLOCK_NS_PER_MS, 48000);
    assert_true(source.jitter == 0);
    rtp_source_receive(&source, SSRC, 11, 123456789 + 960, 220 * CLOCK_NS_PER_MS, 48000);
    assert_true(source.jitter == 0);
    /* an event's packet is counted, not measured */
    rtp_source_receive(&source, SSRC, 12, 5, 240 * CLOCK_NS_PER_MS, 0);
    assert_int_equal(source.received, 13);
    assert_true(source.jitter == 0);
    rtp_source_receive(&source, SSRC, 13, 123456789 + 3 * 960, 260 * CLOCK_NS_PER_MS, 48000);
    assert_true(source.jitter == 0);
    rtp_source_receive(&source, SSRC, 14, 123456789 + 4 * 960, 281 * CLOCK_NS_PER_MS, 48000);
    assert_true(source.jitter == 48 / 16.0);
}

static void a_jump_of_the_sender_is_no_jitter(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    receive(&source, 0);
    receive(&source, 1);
    rtp_source_receive(&source, SSRC, 40000, 1u << 30, 1, CLOCK_HZ);
    assert_int_equal(rtp_source_receive(&source, SSRC, 40001, (1u << 30) + 160, 2, CLOCK_HZ),
                     RTP_SOURCE_RESTART);
    assert_true(source.jitter == 0);
}

static void report_block_says_all(void **state)
{
    (void)state;
    struct rtp_source source = {0};
    struct rtcp_block block;
    receive(&source, 65535);
    receive(&source, 65537);
    rtp_source_report(&source, 5 * CLOCK_NS_PER_S, &block);
    assert_int_equal(block.ssrc, SSRC);
    assert_int_equal(block.lost, 1);
    assert_int_equal(block.fraction_lost, 256 / 3);
    assert_int_equal(block.extended_sequence, 65537);
    assert_int_equal(block.last_sr, 0);
    assert_int_equal(block.delay_since_last_sr, 0);
    rtp_source_sender_report(&source, 0xabcdef01, 5 * CLOCK_NS_PER_S);
    rtp_source_report(&source, 7 * CLOCK_NS_PER_S + CLOCK_NS_PER_S / 2, &block);
    assert_int_equal(block.fraction_lost, 0);
    assert_int_equal(block.lost, 1);
    assert_int_equal(block.last_sr, 0xabcdef01);
    assert_int_equal(block.delay_since_last_sr, 65536 * 5 / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_packet_counts),
        cmocka_unit_test(sequence_wraps),
        cmocka_unit_test(reorder_across_the_wrap_is_no_loss),
        cmocka_unit_test(loss_and_doubles_are_counted),
        cmocka_unit_test(all_lost_but_one_fits_in_a_byte),
        cmocka_unit_test(a_stray_is_dropped_and_a_jump_is_followed),
        cmocka_unit_test(limits_of_a_gap),
        cmocka_unit_test(another_ssrc_begins_anew),
        cmocka_unit_test(jitter_equals_the_plain_loop),
        cmocka_unit_test(another_clock_is_no_jitter),
        cmocka_unit_test(a_jump_of_the_sender_is_no_jitter),
        cmocka_unit_test(report_block_says_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
