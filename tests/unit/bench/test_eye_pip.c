/* test_eye_pip.c - a pip is found again where it was put. */
#include "tests/bench/eye_pip.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAME_NS = 20000000, SAMPLE_NS = 125000 };

static void a_pip_is_found_to_the_sample(void **state)
{
    (void)state;
    srandom(4);
    for (unsigned round = 0; round < 200; round++) {
        struct eye_pips pips = {0};
        struct eye_pip_ear ear = {0};
        const uint32_t first = (uint32_t)random() * 2U; /* some wrap */
        const int64_t pip_ns = random() % CLOCK_NS_PER_S;
        unsigned found = 0;
        eye_pip_add(&pips, pip_ns);
        for (unsigned frame = 0; frame < 60; frame++) {
            uint8_t payload[EYE_PIP_FRAME];
            uint32_t onset = 0;
            eye_pip_write(&pips, frame * (int64_t)FRAME_NS, payload);
            if (!eye_pip_hear(&ear, first + frame * EYE_PIP_FRAME, payload, sizeof(payload),
                              &onset))
                continue;
            found++;
            const int64_t off_ns = (int64_t)(onset - first) * SAMPLE_NS - pip_ns;
            assert_in_range(off_ns, 0, SAMPLE_NS);
        }
        assert_int_equal(found, 1);
    }
}

static void a_second_pip_needs_silence_before_it(void **state)
{
    (void)state;
    struct eye_pips pips = {0};
    struct eye_pip_ear ear = {0};
    unsigned found = 0;
    for (unsigned i = 0; i < 20; i++) /* more than are remembered: the old ones are over */
        eye_pip_add(&pips, i * 100 * CLOCK_NS_PER_MS);
    for (unsigned frame = 0; frame < 150; frame++) {
        uint8_t payload[EYE_PIP_FRAME];
        uint32_t onset;
        eye_pip_write(&pips, frame * (int64_t)FRAME_NS, payload);
        found += eye_pip_hear(&ear, frame * EYE_PIP_FRAME, payload, sizeof(payload), &onset);
    }
    assert_int_equal(found, 1); /* they are 40 ms apart */
}

static void silence_and_nothing_are_no_pips(void **state)
{
    (void)state;
    struct eye_pips pips = {0};
    struct eye_pip_ear ear = {0};
    uint8_t payload[EYE_PIP_FRAME];
    uint32_t onset;
    eye_pip_write(&pips, 0, payload);
    assert_false(eye_pip_hear(&ear, 0, payload, sizeof(payload), &onset));
    assert_false(eye_pip_hear(&ear, 0, payload, 0, &onset));
    memset(payload, 0x7f, sizeof(payload));
    assert_false(eye_pip_hear(&ear, 160, payload, sizeof(payload), &onset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pip_is_found_to_the_sample),
        cmocka_unit_test(a_second_pip_needs_silence_before_it),
        cmocka_unit_test(silence_and_nothing_are_no_pips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
