/* test_media_clock.c - time stamps as wall clock times: wraps, jumps, drift, and nonsense. */
#include "server/rtp/media_clock.h"

#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { VIDEO_HZ = 90000 };

#define SECOND (1ULL << 32)
#define START (3900000000ULL * SECOND + 12345)

/* How far off it is [ms]. */
static double off_ms(const struct media_clock *clock, uint32_t timestamp, uint64_t expected)
{
    uint64_t ntp = 0;
    assert_true(media_clock_ntp(clock, timestamp, &ntp));
    return (double)(int64_t)(ntp - expected) * 1000 / (double)SECOND;
}

static void without_a_report_it_knows_nothing(void **state)
{
    (void)state;
    struct media_clock clock = {0};
    uint64_t ntp = 7;
    assert_false(media_clock_ntp(&clock, 5, &ntp));
    media_clock_note_report(&clock, 0, 5, VIDEO_HZ);
    media_clock_note_report(&clock, START, 5, 0);
    media_clock_note_report(&clock, START, 5, UINT32_MAX);
    assert_false(media_clock_ntp(&clock, 5, &ntp));
    assert_int_equal(ntp, 7);
}

static void one_report_is_enough(void **state)
{
    (void)state;
    struct media_clock clock = {0};
    const uint32_t at = 90001; /* what is before it wraps */
    media_clock_note_report(&clock, START, at, VIDEO_HZ);
    const int32_t units[] = {0, 1, -1, 3000, -90002, 90000 * 60, INT32_MAX, INT32_MIN};
    for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        const double seconds = (double)units[i] / VIDEO_HZ;
        uint64_t ntp;
        assert_true(media_clock_ntp(&clock, at + (uint32_t)units[i], &ntp));
        const double said = (double)(int64_t)(ntp - START) / (double)SECOND;
        assert_true(said - seconds < 1e-9 && seconds - said < 1e-9);
    }
}

static void both_clocks_wrap(void **state)
{
    (void)state;
    struct media_clock clock = {0};
    uint64_t ntp = UINT64_MAX - 100 * SECOND; /* the era ends */
    uint32_t timestamp = 0xffff0000;
    for (unsigned i = 0; i < 30000; i++) { /* 42 hours: three wraps */
        media_clock_note_report(&clock, ntp, timestamp, VIDEO_HZ);
        const double off = off_ms(&clock, timestamp + 3000, ntp + 3000 * SECOND / VIDEO_HZ);
        assert_true(off < 0.001 && off > -0.001);
        ntp += 5 * SECOND;
        timestamp += 5 * VIDEO_HZ;
    }
}

static void noise_is_smoothed_and_drift_followed(void **state)
{
    (void)state;
    struct media_clock clock = {0};
    uint32_t seed = 6;
    double most = 0, square = 0;
    for (unsigned i = 0; i < 2000; i++) {
        const double s = 5.0 * i; /* its RTP clock is fast by 100 ppm, its reports by +-10 ms */
        const uint32_t timestamp = (uint32_t)(uint64_t)(s * VIDEO_HZ * 1.0001);
        const uint64_t ntp = START + (uint64_t)(s * (double)SECOND);
        const uint64_t noise = signal_random(&seed) % (20 * SECOND / 1000);
        media_clock_note_report(&clock, ntp + noise - 10 * SECOND / 1000, timestamp, VIDEO_HZ);
        double off = off_ms(&clock, timestamp, ntp);
        off = off < 0 ? -off : off;
        most = i > 20 && off > most ? off : most;
        square += off * off / 2000;
    }
    assert_true(most < 12 && square < 5 * 5); /* unsmoothed: 10 and 33; the drift adds 2 */
}

static void jumps_start_anew(void **state)
{
    (void)state;
    struct media_clock clock = {0};
    media_clock_note_report(&clock, START, 1000, VIDEO_HZ);
    /* a second off still is the same clock */
    media_clock_note_report(&clock, START + 6 * SECOND, 1000 + 5 * VIDEO_HZ, VIDEO_HZ);
    assert_true(off_ms(&clock, 1000 + 5 * VIDEO_HZ, START + 5 * SECOND) == 250);
    clock = (struct media_clock){0};
    media_clock_note_report(&clock, START, 1000, VIDEO_HZ);
    media_clock_note_report(&clock, START + 6 * SECOND + 1, 1000 + 5 * VIDEO_HZ, VIDEO_HZ);
    assert_true(off_ms(&clock, 1000 + 5 * VIDEO_HZ, START + 6 * SECOND + 1) == 0);
    /* backwards; nonsense, and back */
    media_clock_note_report(&clock, 17, 1000 + 10 * VIDEO_HZ, VIDEO_HZ);
    assert_true(off_ms(&clock, 1000 + 10 * VIDEO_HZ, 17) == 0);
    media_clock_note_report(&clock, START, 1000, VIDEO_HZ);
    assert_true(off_ms(&clock, 1000, START) == 0);
    /* one without a clock changes nothing; another rate does */
    media_clock_note_report(&clock, 0, 1000 + 7 * VIDEO_HZ, VIDEO_HZ);
    assert_true(off_ms(&clock, 1000, START) == 0);
    media_clock_note_report(&clock, START + SECOND / 2, 1000, 48000);
    assert_true(off_ms(&clock, 1000 + 48000, START + SECOND / 2 + SECOND) == 0);
}

/* Any reports: whatever they say, the last one is never missed by more than 0.75 s. */
static void nonsense_does_not_last(void **state)
{
    (void)state;
    struct media_clock clock = {0};
    uint32_t seed = 7;
    for (unsigned i = 0; i < 100000; i++) {
        const uint64_t ntp = (uint64_t)signal_random(&seed) << (i % 40) | 1;
        const uint32_t timestamp = signal_random(&seed);
        const uint32_t rate = i % 5 ? VIDEO_HZ : 1 + signal_random(&seed) % (1 << 30);
        media_clock_note_report(&clock, ntp, timestamp, rate);
        const double off = off_ms(&clock, timestamp, ntp);
        assert_true(off <= 750 && off >= -750);
        media_clock_ntp(&clock, signal_random(&seed), &(uint64_t){0});
    }
}

static void nanoseconds_are_the_same_moment(void **state)
{
    (void)state;
    struct media_clock clock = {0};
    int64_t at, later;
    assert_false(media_clock_ns(&clock, 0, &at));
    media_clock_note_report(&clock, (3900000000ULL << 32) + (1ULL << 31), 1000, 90000);
    assert_true(media_clock_ns(&clock, 1000, &at));
    assert_int_equal(at, 3900000000500000000LL);
    assert_true(media_clock_ns(&clock, 1000 + 9000, &later));
    assert_in_range(later - at, 99999998, 100000002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nanoseconds_are_the_same_moment),
        cmocka_unit_test(without_a_report_it_knows_nothing),
        cmocka_unit_test(one_report_is_enough),
        cmocka_unit_test(both_clocks_wrap),
        cmocka_unit_test(noise_is_smoothed_and_drift_followed),
        cmocka_unit_test(jumps_start_anew),
        cmocka_unit_test(nonsense_does_not_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
