/* test_eye_lips.c - pips and marks on one clock: the offset is the one that was put in. */
#include "tests/bench/eye_lips.h"

#include "mixer/base/clock.h"
#include "tests/bench/eye_pip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SENDER = 5, SECONDS = 20 };
static const uint64_t ntp = 3900000000ULL << 32;
static const uint32_t sound_begin = UINT32_MAX - 30000, picture_begin = UINT32_MAX - 70000;

static void report(struct eye_lips *lips)
{
    eye_lips_report(lips, EYE_LIPS_SOUND, ntp, sound_begin);
    eye_lips_report(lips, EYE_LIPS_PICTURE, ntp + (1ULL << 31), picture_begin + 45000);
}

/* Each second a pip, and a picture so much later; between them other pictures. */
static void run(struct eye_lips *lips, int offset_ms, unsigned jitter_ms)
{
    struct eye_pips pips = {0};
    for (unsigned second = 1; second <= SECONDS; second++)
        for (unsigned frame = 0; frame < 50; frame++) {
            uint8_t payload[EYE_PIP_FRAME];
            const int64_t at_ns = second * CLOCK_NS_PER_S + frame * 20 * CLOCK_NS_PER_MS;
            if (frame == 25)
                eye_pip_add(&pips, at_ns);
            eye_pip_write(&pips, at_ns, payload);
            eye_lips_sound(lips, sound_begin + (uint32_t)(at_ns / 125000), payload,
                           sizeof(payload));
        }
    for (unsigned second = 1; second <= SECONDS; second++)
        for (unsigned frame = 0; frame < EYE_LIPS_EVERY; frame++) {
            const int jitter = jitter_ms ? (int)(random() % jitter_ms) : 0;
            const int64_t at_ms =
                (int64_t)(second * 1000 + 500 + frame * 1000 / EYE_LIPS_EVERY) + offset_ms +
                jitter;
            const struct eye_mark mark = {SENDER, second * EYE_LIPS_EVERY % 180 + frame};
            const struct eye_mark other = {SENDER + 1, mark.frame + 7};
            eye_lips_picture(lips, picture_begin + (uint32_t)(at_ms * 90), &mark);
            eye_lips_picture(lips, picture_begin + (uint32_t)(at_ms * 90 + 300), &other);
            eye_lips_picture(lips, picture_begin + (uint32_t)(at_ms * 90 + 300), &mark);
        }
}

static struct eye_lips_result result_of(int offset_ms, unsigned jitter_ms, bool reports)
{
    struct eye_lips *lips = eye_lips_create(SENDER);
    struct eye_lips_result result;
    assert_non_null(lips);
    if (reports)
        report(lips);
    run(lips, offset_ms, jitter_ms);
    eye_lips_read(lips, &result);
    struct eye_lips_result after;
    eye_lips_reset(lips);
    eye_lips_read(lips, &after);
    assert_int_equal(after.count, 0);
    eye_lips_destroy(lips);
    return result;
}

static void the_offset_is_found_with_its_sign(void **state)
{
    (void)state;
    for (int offset_ms = -400; offset_ms <= 400; offset_ms += 50) {
        const struct eye_lips_result result = result_of(offset_ms, 0, true);
        assert_int_equal(result.count, SECONDS);
        assert_float_equal(result.p50_ms, offset_ms, 0.2);
        assert_float_equal(result.worst_ms, abs(offset_ms), 0.2);
    }
}

static void the_tail_is_of_the_distance(void **state)
{
    (void)state;
    const struct eye_lips_result result = result_of(-100, 60, true);
    assert_true(result.p50_ms > -100 && result.p50_ms < -40);
    assert_true(result.p95_ms <= result.worst_ms && result.worst_ms <= 100.2);
    assert_true(result.p95_ms > 40);
}

static void without_reports_nothing_can_be_said(void **state)
{
    (void)state;
    assert_int_equal(result_of(0, 0, false).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_offset_is_found_with_its_sign),
        cmocka_unit_test(the_tail_is_of_the_distance),
        cmocka_unit_test(without_reports_nothing_can_be_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
