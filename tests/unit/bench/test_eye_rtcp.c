/* test_eye_rtcp.c - reports and feedback, written and read. */
#include "tests/bench/eye_rtcp.h"

#include "tests/bench/ear_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void test_nacks_come_back(void **state)
{
    (void)state;
    static const uint16_t list[] = {65530, 65531, 65535, 1, 10, 11, 100, 116, 117, 118};
    const unsigned count = sizeof(list) / sizeof(list[0]);
    uint8_t out[EYE_RTCP_BYTES];
    struct eye_rtcp_news news;
    size_t length = eye_rtcp_write_nack(1, 2, list, count, out);
    assert_int_equal(length, 12 + 4 * 4); /* 65530..10, 11, 100..116, 117..118 */
    eye_rtcp_read(out, length, &news);
    assert_int_equal(news.nacks, count);
    assert_memory_equal(news.nack, list, sizeof(list));
    assert_int_equal(news.key_requests, 0);
}

static void test_a_report_and_what_follows_it(void **state)
{
    (void)state;
    uint8_t out[EYE_RTCP_BYTES];
    struct eye_rtcp_news news;
    const struct eye_rtcp_report report = {.ssrc = 1,
                                           .sends = true,
                                           .wall_ns = 1000000000LL * 1700000000 + 500000000,
                                           .far_ssrc = 2,
                                           .lost = 3,
                                           .cname = "somebody"};
    size_t length = eye_rtcp_write_report(&report, out);
    assert_int_equal(length % 4, 0);
    assert_int_equal(out[0], 0x81);
    assert_int_equal(out[1], 200);
    length += eye_rtcp_write_pli(1, 2, out + length);
    length += eye_rtcp_write_fir(1, 2, 9, out + length);
    eye_rtcp_read(out, length, &news);
    assert_int_equal(news.key_requests, 2);
    assert_true(news.is_report);
    /* 1700000000 + 2208988800, lower 16 bits, and half a second */
    assert_int_equal(news.last_report, (1700000000U + 2208988800U) << 16 | 0x8000);
    eye_rtcp_read(out, length - 1, &news); /* the FIR is cut off */
    assert_int_equal(news.key_requests, 1);
}

static void test_receiver_report_is_no_sender_report(void **state)
{
    (void)state;
    uint8_t out[EYE_RTCP_BYTES];
    struct eye_rtcp_news news;
    const struct eye_rtcp_report report = {.ssrc = 1, .cname = ""};
    size_t length = eye_rtcp_write_report(&report, out);
    eye_rtcp_read(out, length, &news);
    assert_int_equal(out[1], 201);
    assert_false(news.is_report);
}

static void test_garbage_is_survived(void **state)
{
    (void)state;
    struct ear_random random = {.state = 11};
    for (unsigned round = 0; round < 50000; round++) {
        size_t length = ear_random_bits(&random) % 64;
        uint8_t *bytes = malloc(length ? length : 1);
        struct eye_rtcp_news news;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)ear_random_bits(&random);
        if (length > 3) { /* often enough whole, so that the inside is read */
            bytes[0] = (uint8_t)(0x80 | (bytes[0] & 31));
            bytes[1] = (uint8_t)(200 + bytes[1] % 8);
            bytes[2] = 0;
            bytes[3] = (uint8_t)(bytes[3] % 16);
        }
        eye_rtcp_read(bytes, length, &news);
        assert_true(news.nacks <= EYE_RTCP_MAX_NACKS);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nacks_come_back),
        cmocka_unit_test(test_a_report_and_what_follows_it),
        cmocka_unit_test(test_receiver_report_is_no_sender_report),
        cmocka_unit_test(test_garbage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
