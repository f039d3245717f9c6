/* test_eye_order.c - packets in order again, the missing asked for, the lost given up. */
#include "tests/bench/eye_order.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 100, SSRC = 7 };

static int64_t at_ms(int64_t ms)
{
    return (1000 + ms) * CLOCK_NS_PER_MS;
}

static void put_of(struct eye_order *order, uint16_t sequence, int64_t ms, uint8_t ssrc)
{
    const uint8_t bytes[] = {
        0x80, 96,   (uint8_t)(sequence >> 8), (uint8_t)sequence, 0, 0, 0, 1, 0, 0,
        0,    ssrc, (uint8_t)(sequence >> 8), (uint8_t)sequence};
    assert_int_equal(eye_order_put(order, bytes, sizeof(bytes), at_ms(ms)), ssrc);
}

static void put(struct eye_order *order, uint16_t sequence, int64_t ms)
{
    put_of(order, sequence, ms, SSRC);
}

/* Takes the next; -1: there is none. */
static int take(struct eye_order *order, int64_t ms, bool *gap)
{
    struct eye_packet packet;
    if (!eye_order_next(order, at_ms(ms), &packet, gap))
        return -1;
    assert_int_equal(packet.length, 2);
    return packet.payload[0] << 8 | packet.payload[1];
}

static struct eye_order *make(void)
{
    struct eye_order *order = eye_order_create(WAIT_MS);
    assert_non_null(order);
    return order;
}

static void test_order_is_restored_round_the_end(void **state)
{
    (void)state;
    struct eye_order *order = make();
    bool gap;
    put(order, 65533, 0);
    assert_int_equal(take(order, 0, &gap), 65533);
    put(order, 65535, 0);
    put(order, 1, 0);
    assert_int_equal(take(order, 0, &gap), -1);
    put(order, 65534, 1);
    put(order, 0, 1);
    for (unsigned i = 65534; i <= 65537; i++) {
        assert_int_equal(take(order, 1, &gap), (uint16_t)i);
        assert_false(gap);
    }
    assert_int_equal(eye_order_counters(order)->lost, 0);
    eye_order_destroy(order);
}

static void test_missing_is_asked_for_again_and_again(void **state)
{
    (void)state;
    struct eye_order *order = make();
    uint16_t list[8];
    bool gap;
    put(order, 10, 0);
    take(order, 0, &gap);
    put(order, 13, 0);
    assert_int_equal(eye_order_missing(order, at_ms(0), list, 8), 2);
    assert_int_equal(list[0], 11);
    assert_int_equal(list[1], 12);
    assert_int_equal(eye_order_missing(order, at_ms(39), list, 8), 0);
    put(order, 11, 39);
    assert_int_equal(eye_order_missing(order, at_ms(40), list, 8), 1);
    assert_int_equal(list[0], 12);
    put(order, 12, 41);
    assert_int_equal(eye_order_counters(order)->recovered, 2);
    for (int i = 11; i <= 13; i++)
        assert_int_equal(take(order, 41, &gap), i);
    eye_order_destroy(order);
}

static void test_lost_is_given_up_and_said(void **state)
{
    (void)state;
    struct eye_order *order = make();
    bool gap;
    put(order, 1, 0);
    take(order, 0, &gap);
    put(order, 4, 10);
    assert_int_equal(take(order, 10 + WAIT_MS - 1, &gap), -1);
    assert_int_equal(take(order, 10 + WAIT_MS, &gap), 4);
    assert_true(gap);
    assert_int_equal(eye_order_counters(order)->lost, 2);
    put(order, 2, 200); /* too late */
    assert_int_equal(take(order, 200, &gap), -1);
    assert_int_equal(eye_order_counters(order)->late, 1);
    put(order, 4, 200);
    put(order, 5, 200);
    put(order, 5, 200);
    assert_int_equal(eye_order_counters(order)->duplicated, 2);
    assert_int_equal(take(order, 200, &gap), 5);
    assert_false(gap);
    eye_order_destroy(order);
}

static void test_another_stream_begins_anew(void **state)
{
    (void)state;
    struct eye_order *order = make();
    bool gap;
    put(order, 1, 0);
    take(order, 0, &gap);
    put_of(order, 40000, 1, SSRC + 1);
    assert_int_equal(take(order, 1, &gap), 40000);
    assert_true(gap);
    eye_order_destroy(order);
}

static void test_malformed_is_counted(void **state)
{
    (void)state;
    static const uint8_t bad[][20] = {
        {0x40, 96},                                                        /* version */
        {0x8f, 96},                                                        /* 15 CSRCs */
        {0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 99},             /* extension */
        {0xa0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 60}, /* padding */
    };
    struct eye_order *order = make();
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(eye_order_put(order, bad[i], sizeof(bad[i]), at_ms(0)), 0);
    assert_int_equal(eye_order_put(order, bad[0], 3, at_ms(0)), 0);
    assert_int_equal(eye_order_counters(order)->malformed, 5);
    eye_order_destroy(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_restored_round_the_end),
        cmocka_unit_test(test_missing_is_asked_for_again_and_again),
        cmocka_unit_test(test_lost_is_given_up_and_said),
        cmocka_unit_test(test_another_stream_begins_anew),
        cmocka_unit_test(test_malformed_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
