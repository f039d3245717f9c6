/* test_rtp_pacer.c - a burst after idle times, and never more than the rate in any window. */
#include "server/rtp/rtp_pacer.h"

#include "mixer/base/clock.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS CLOCK_NS_PER_MS

static void nothing_leaves_without_a_rate(void **state)
{
    (void)state;
    struct rtp_pacer pacer;
    rtp_pacer_init(&pacer, 5);
    assert_false(rtp_pacer_take(&pacer, 1000 * MS, 1));
    rtp_pacer_set_rate(&pacer, 0, 2000);
    assert_true(rtp_pacer_take(&pacer, 1000 * MS, 2000)); /* the first burst */
    assert_false(rtp_pacer_take(&pacer, INT64_MAX, 1));
}

static void after_idle_times_a_burst(void **state)
{
    (void)state;
    struct rtp_pacer pacer;
    rtp_pacer_init(&pacer, 0);
    rtp_pacer_set_rate(&pacer, 8000000, 3000); /* a byte in 1000 ns */
    const int64_t idle[] = {0, 10 * MS, 3000 * 1000, CLOCK_NS_PER_S * 86400 * 365,
                            INT64_MAX / 2};
    int64_t now_ns = 0;
    for (unsigned i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
        now_ns += idle[i];
        assert_false(rtp_pacer_take(&pacer, now_ns, 3001));
        assert_true(rtp_pacer_take(&pacer, now_ns, 1000));
        assert_true(rtp_pacer_take(&pacer, now_ns, 2000));
        assert_false(rtp_pacer_take(&pacer, now_ns, 1));
    }
}

static void a_clock_that_goes_back_brings_and_takes_nothing(void **state)
{
    (void)state;
    struct rtp_pacer pacer;
    rtp_pacer_init(&pacer, 0);
    rtp_pacer_set_rate(&pacer, 8000000, 3000);
    assert_true(rtp_pacer_take(&pacer, 10 * MS, 1000));
    assert_true(rtp_pacer_take(&pacer, 2 * MS, 2000));
    assert_false(rtp_pacer_take(&pacer, 10 * MS, 1));
    assert_true(rtp_pacer_take(&pacer, 11 * MS, 1000));
}

static void to_the_nanosecond(void **state)
{
    (void)state;
    struct rtp_pacer pacer;
    rtp_pacer_init(&pacer, 0);
    rtp_pacer_set_rate(&pacer, 3, 3000);
    assert_true(rtp_pacer_take(&pacer, 0, 3000));
    int64_t now_ns = 0;
    for (unsigned i = 1; i < 10; i++) { /* 8 bits at 3 bit/s, asked for every millisecond */
        for (; now_ns * 3 < 8 * CLOCK_NS_PER_S * i; now_ns += MS)
            assert_false(rtp_pacer_take(&pacer, now_ns, 1));
        assert_true(rtp_pacer_take(&pacer, now_ns, 1));
    }
}

static void limits(void **state)
{
    (void)state;
    struct rtp_pacer pacer;
    rtp_pacer_init(&pacer, 0);
    rtp_pacer_set_rate(&pacer, UINT64_MAX, 0);
    assert_true(rtp_pacer_take(&pacer, 0, RTP_PACER_LEAST_BURST));
    assert_false(rtp_pacer_take(&pacer, 0, 1));
    assert_false(rtp_pacer_take(&pacer, 119, RTP_PACER_LEAST_BURST));
    assert_true(rtp_pacer_take(&pacer, 120, RTP_PACER_LEAST_BURST)); /* 100 Gb/s */
    assert_false(rtp_pacer_take(&pacer, 119, 1));                    /* the clock went back */
    assert_false(rtp_pacer_take(&pacer, 120, 1));
    rtp_pacer_set_rate(&pacer, UINT64_MAX, UINT32_MAX);
    assert_true(rtp_pacer_take(&pacer, CLOCK_NS_PER_S, RTP_PACER_MOST_BURST - 1));
    assert_false(rtp_pacer_take(&pacer, INT64_MAX, UINT32_MAX));
    assert_true(rtp_pacer_take(&pacer, 0, 1)); /* what there is is not taken away */
    rtp_pacer_set_rate(&pacer, 1, 2000);       /* a smaller burst counts at once */
    assert_false(rtp_pacer_take(&pacer, INT64_MAX, 2001));
    assert_true(rtp_pacer_take(&pacer, INT64_MAX, 2000));
}

/* All windows between two packets, in the plain way. */
static void never_more_than_the_rate_in_any_window(void **state)
{
    (void)state;
    enum { SENT = 1500 };
    static struct {
        int64_t at_ns;
        unsigned bytes;
    } sent[SENT];
    uint32_t seed = 5;
    for (unsigned round = 0; round < 12; round++) {
        const uint64_t bps = 1 + signal_random(&seed) % (round % 2 ? 50000000 : 100000);
        const unsigned burst = 1500 + signal_random(&seed) % 20000;
        struct rtp_pacer pacer;
        rtp_pacer_init(&pacer, 0);
        rtp_pacer_set_rate(&pacer, bps, burst);
        int64_t now_ns = 0, idle_ns = 0;
        for (unsigned count = 0; count < SENT;) {
            const unsigned bytes = 1 + signal_random(&seed) % 1500;
            if (rtp_pacer_take(&pacer, now_ns, bytes)) {
                sent[count].at_ns = now_ns;
                sent[count++].bytes = bytes;
            } else {
                const int64_t wait_ns = (int64_t)(bytes * 8e9 / (double)bps);
                now_ns += 1 + (int64_t)(signal_random(&seed) % (uint64_t)(wait_ns / 4 + 1));
            }
            const int64_t idle = signal_random(&seed) % 400 ? 0 : 100 * MS;
            now_ns += idle;
            idle_ns += idle;
        }
        double all = 0;
        for (unsigned first = 0; first < SENT; first++) {
            double bytes = 0;
            for (unsigned last = first; last < SENT; last++) {
                bytes += sent[last].bytes;
                const double passed_s = (double)(sent[last].at_ns - sent[first].at_ns) / 1e9;
                assert_true(bytes <= burst + (double)bps / 8 * passed_s + 1e-3);
            }
            all = first ? all : bytes;
        }
        /* and not much less, for one who comes a quarter too late at most */
        assert_true(all >= 0.8 * (double)bps / 8 * (double)(now_ns - idle_ns) / 1e9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaves_without_a_rate),
        cmocka_unit_test(after_idle_times_a_burst),
        cmocka_unit_test(a_clock_that_goes_back_brings_and_takes_nothing),
        cmocka_unit_test(to_the_nanosecond),
        cmocka_unit_test(limits),
        cmocka_unit_test(never_more_than_the_rate_in_any_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
