/* test_jitter_target.c - the base and the cover: clocks, routes, freaks, wraps. */
#include "server/rtp/jitter_target.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HZ = 8000, FRAME = 160, MIN_MS = 20, MAX_MS = 400 };
#define MS CLOCK_NS_PER_MS

static struct jitter_target target;
static int64_t sent_ns;
static uint32_t timestamp;

static int make(void **state)
{
    (void)state;
    jitter_target_init(&target, MIN_MS, MAX_MS);
    jitter_target_restart(&target, HZ);
    sent_ns = 5 * CLOCK_NS_PER_S;
    timestamp = UINT32_MAX - 100 * FRAME; /* wraps after 2 s */
    srandom(14);
    return 0;
}

/* The next packet, so late. @return its lateness [ms]. */
static unsigned packet(unsigned late_ms)
{
    int64_t arrival_ns = sent_ns + late_ms * MS;
    uint32_t lateness = jitter_target_measure(&target, timestamp, arrival_ns, 20);
    sent_ns += 20 * MS;
    timestamp += FRAME;
    return lateness * 1000 / HZ;
}

static void packets(unsigned count, unsigned spread_ms)
{
    while (count--)
        packet(spread_ms ? (unsigned)random() % spread_ms : 0);
}

static unsigned cover_ms(void)
{
    return jitter_target_cover(&target, FRAME) * 1000 / HZ;
}

static void a_clean_network_wants_next_to_nothing(void **state)
{
    (void)state;
    assert_false(jitter_target_is_sure(&target));
    assert_int_equal(jitter_target_delay(&target, 7, 7), 0);
    assert_int_equal(packet(0), 0);
    assert_int_equal(cover_ms(), 0); /* one packet says nothing */
    assert_int_equal(jitter_target_ms(&target, FRAME), 20);
    packets(1000, 0);
    assert_true(jitter_target_is_sure(&target));
    assert_int_equal(cover_ms(), 4);
    assert_int_equal(jitter_target_ms(&target, FRAME), 24);
    assert_int_equal(jitter_target_ms(&target, 3 * FRAME), 64);
    /* played 30 ms after it was sent: so late, wherever the clocks began */
    assert_int_equal(jitter_target_delay(&target, timestamp, sent_ns + 30 * MS), 240);
    assert_int_equal(jitter_target_delay(&target, timestamp, sent_ns - 30 * MS), -240);
}

static void the_cover_is_what_few_exceed(void **state)
{
    (void)state;
    packets(1000, 60);
    assert_in_range(cover_ms(), 57, 64);
    packets(1000, 200);
    assert_in_range(cover_ms(), 190, 204);
    jitter_target_restart(&target, 48000); /* another sender: some of it is kept, for a while */
    assert_int_equal(jitter_target_cover(&target, 960), 100 * 48);
    jitter_target_restart(&target, HZ);
    packets(100, 0);
    assert_int_equal(cover_ms(), 100);
    packets(200, 0);
    assert_int_equal(cover_ms(), 4);
}

static void the_bounds_hold(void **state)
{
    (void)state;
    packets(1000, 390);
    assert_int_equal(jitter_target_ms(&target, 6 * FRAME), MAX_MS);
    assert_int_equal(jitter_target_cover(&target, 6 * FRAME), (MAX_MS - 120) * 8);
    assert_int_equal(jitter_target_cover(&target, 21 * FRAME), 0); /* one is too much already */
    jitter_target_init(&target, 100, 400);
    jitter_target_restart(&target, HZ);
    packets(1000, 0);
    assert_int_equal(jitter_target_ms(&target, FRAME), 100);
    assert_int_equal(cover_ms(), 80);
    jitter_target_init(&target, 60, 60);
    jitter_target_restart(&target, HZ);
    packets(1000, 300);
    assert_int_equal(jitter_target_ms(&target, FRAME), 60);
    assert_int_equal(cover_ms(), 40);
    jitter_target_init(&target, 20, 10000); /* wider buckets */
    jitter_target_restart(&target, HZ);
    packets(1000, 2000);
    assert_in_range(cover_ms(), 1900, 2100);
}

static void a_missed_one_grows_it_at_once_and_is_held(void **state)
{
    (void)state;
    packets(500, 0);
    uint32_t lateness = packet(50) * HZ / 1000;
    assert_int_equal(cover_ms(), 4);
    jitter_target_missed(&target, lateness, sent_ns);
    assert_int_equal(cover_ms(), 52);
    packets(145, 0);
    assert_int_equal(cover_ms(), 52);
    packets(30, 0);
    assert_in_range(cover_ms(), 28, 40);
    packets(60, 0);
    assert_int_equal(cover_ms(), 4);
}

static void a_freak_costs_little(void **state)
{
    (void)state;
    packets(500, 0);
    unsigned late_ms = packet(1000);
    assert_int_equal(late_ms, 1000);
    jitter_target_missed(&target, late_ms * 8, sent_ns);
    assert_int_equal(cover_ms(), 4); /* nothing would have helped */
    packets(10, 0);
    jitter_target_missed(&target, packet(300) * 8, sent_ns);
    assert_int_equal(cover_ms(), 64); /* a step */
    jitter_target_missed(&target, packet(300) * 8, sent_ns);
    jitter_target_missed(&target, packet(300) * 8, sent_ns);
    assert_int_equal(cover_ms(), 184); /* it is none: there are more of them */
}

static void the_base_follows_clocks_that_differ(void **state)
{
    (void)state;
    for (int ppm = -200; ppm <= 200; ppm += 400) {
        make(NULL);
        for (unsigned i = 0; i < 180000; i++) { /* an hour */
            assert_true(packet(0) <= 2);
            sent_ns += 20 * ppm;
            if (i > 10)
                assert_in_range(cover_ms(), 2, 8);
        }
    }
}

static void a_longer_route_is_followed_and_what_is_wanted_stays_in_place(void **state)
{
    (void)state;
    packets(500, 10);
    sent_ns += 100 * MS;
    packets(20, 10);
    assert_in_range(cover_ms(), 100, 114);
    int64_t before = 0, after = 0;
    bool is_followed = false;
    for (unsigned i = 0; i < 450 && !is_followed; i++) {
        before = jitter_target_delay(&target, timestamp, sent_ns) - (int)cover_ms() * 8;
        packets(1, 10);
        after = jitter_target_delay(&target, timestamp, sent_ns) - (int)cover_ms() * 8;
        is_followed = cover_ms() < 50;
    }
    assert_true(is_followed);
    assert_in_range(after - before + 16, 0, 32); /* within 2 ms */
    assert_in_range(cover_ms(), 8, 16);
}

static void a_shorter_route_is_followed_at_once(void **state)
{
    (void)state;
    packets(500, 10);
    sent_ns -= 100 * MS;
    packets(1, 10);
    assert_in_range(jitter_target_delay(&target, timestamp, sent_ns) + 80, 0, 80);
    packets(10, 10);
    assert_in_range(cover_ms(), 8, 24);
}

static void an_early_one_among_many_does_not_change_what_is_wanted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 500; i++)
        packet(30 + (unsigned)random() % 10);
    assert_in_range(cover_ms(), 9, 14);
    assert_int_equal(packet(0), 0);
    assert_in_range(cover_ms(), 39, 44);
    packets(1, 0);
}

static void a_burst_at_the_beginning_is_no_jitter(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++)
        packet(200 - i * 20);
    packets(20, 0);
    assert_int_equal(cover_ms(), 4);
    assert_in_range(jitter_target_delay(&target, timestamp, sent_ns), 0, 1);
}

static void nothing_but_too_late_begins_the_base_anew(void **state)
{
    (void)state;
    packets(500, 10);
    sent_ns += 1000 * MS;
    unsigned needed = 0;
    for (; needed < 50; needed++) {
        if (packet((unsigned)random() % 10) < 100)
            break;
        assert_false(jitter_target_is_sure(&target));
    }
    assert_in_range(needed, 5, 10); /* 100 .. 200 ms */
    assert_true(jitter_target_is_sure(&target));
    packets(10, 10);
    assert_in_range(cover_ms(), 8, 24);
    /* a burst after a stall is none: all of it comes at once */
    for (unsigned i = 0; i < 20; i++)
        packet(1000 - i * 20);
    assert_in_range(jitter_target_delay(&target, timestamp, sent_ns) + 80, 0, 80);
}

static void a_time_stamp_from_the_future_is_got_over(void **state)
{
    (void)state;
    packets(500, 10);
    timestamp += 2 * HZ;
    packet(0);
    timestamp -= 2 * HZ;
    packets(12, 10);
    assert_true(jitter_target_is_sure(&target));
    assert_in_range(jitter_target_delay(&target, timestamp, sent_ns) + 80, 0, 160);
    assert_in_range(cover_ms(), 8, 24);
}

/* Its packets come earlier and earlier: that is neither jitter nor a clock that creeps. */
static void a_sender_that_is_too_fast_wants_no_more(void **state)
{
    (void)state;
    packets(500, 0);
    for (unsigned i = 0; i < 300; i++) { /* twice as fast */
        packet(0);
        sent_ns -= 10 * MS;
        assert_true(cover_ms() <= (i < 5 ? 60 : 8)); /* the first may be a clock's */
    }
    packets(500, 0);
    assert_true(cover_ms() <= 5);
}

/* Each packet @p ms after the one before it. */
static void paced(unsigned count, unsigned ms)
{
    while (count--) {
        packet(0);
        sent_ns += ((int)ms - 20) * MS;
    }
}

static void who_runs_ahead_is_told_from_who_is_early(void **state)
{
    (void)state;
    packets(500, 60);
    paced(15, 10); /* 150 ms, as by a shorter route */
    assert_false(jitter_target_runs_ahead(&target, sent_ns));
    packets(100, 60);
    paced(1000, 16); /* a fifth of the time: stretching can follow */
    assert_false(jitter_target_runs_ahead(&target, sent_ns));
    paced(100, 10);
    assert_true(jitter_target_runs_ahead(&target, sent_ns));
    assert_true(jitter_target_runs_ahead(&target, sent_ns + 100 * MS));
    assert_false(jitter_target_runs_ahead(&target, sent_ns + 250 * MS));
    packets(20, 60);
    assert_false(jitter_target_runs_ahead(&target, sent_ns));
}

static void a_stall_is_not_running_ahead(void **state)
{
    (void)state;
    packets(500, 5);
    for (unsigned late_ms = 380; late_ms > 0; late_ms -= 20) {
        packet(late_ms);
        assert_false(jitter_target_runs_ahead(&target, sent_ns + late_ms * MS));
    }
    make(NULL); /* and if the call begins with it */
    for (unsigned late_ms = 380; late_ms > 0; late_ms -= 20) {
        packet(late_ms);
        assert_false(jitter_target_runs_ahead(&target, sent_ns + late_ms * MS));
    }
}

static void nonsense_stays_within_bounds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 300000; i++) {
        unsigned dice = (unsigned)random() % 100;
        int64_t ns = sent_ns + random() % (dice < 90 ? 50 * MS : 5000 * MS);
        timestamp = dice == 0 ? (uint32_t)random() * 2 : timestamp + (uint32_t)random() % 300;
        sent_ns += random() % (40 * MS);
        uint32_t lateness =
            jitter_target_measure(&target, timestamp, ns, (unsigned)random() % 200);
        if (dice < 10)
            jitter_target_missed(&target, dice == 9 ? UINT32_MAX : lateness, ns);
        if (dice == 99)
            jitter_target_restart(&target, random() % 2 ? 8000 : 48000);
        assert_in_range(jitter_target_ms(&target, FRAME), MIN_MS, MAX_MS);
        assert_true(jitter_target_cover(&target, FRAME) <= MAX_MS * 48);
    }
}

static void the_least_is_what_it_is_told_within_the_most(void **state)
{
    (void)state;
    packets(500, 0);
    const unsigned wanted = jitter_target_ms(&target, FRAME);
    jitter_target_set_min(&target, 100);
    assert_int_equal(jitter_target_ms(&target, FRAME), 100);
    assert_int_equal(cover_ms(), 80); /* and a packet */
    jitter_target_set_min(&target, MAX_MS + 1000);
    assert_int_equal(jitter_target_ms(&target, FRAME), MAX_MS);
    jitter_target_set_min(&target, MIN_MS);
    assert_int_equal(jitter_target_ms(&target, FRAME), wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_clean_network_wants_next_to_nothing, make),
        cmocka_unit_test_setup(the_cover_is_what_few_exceed, make),
        cmocka_unit_test_setup(the_bounds_hold, make),
        cmocka_unit_test_setup(a_missed_one_grows_it_at_once_and_is_held, make),
        cmocka_unit_test_setup(a_freak_costs_little, make),
        cmocka_unit_test_setup(the_base_follows_clocks_that_differ, make),
        cmocka_unit_test_setup(a_longer_route_is_followed_and_what_is_wanted_stays_in_place,
                               make),
        cmocka_unit_test_setup(a_shorter_route_is_followed_at_once, make),
        cmocka_unit_test_setup(an_early_one_among_many_does_not_change_what_is_wanted, make),
        cmocka_unit_test_setup(a_burst_at_the_beginning_is_no_jitter, make),
        cmocka_unit_test_setup(nothing_but_too_late_begins_the_base_anew, make),
        cmocka_unit_test_setup(a_time_stamp_from_the_future_is_got_over, make),
        cmocka_unit_test_setup(a_sender_that_is_too_fast_wants_no_more, make),
        cmocka_unit_test_setup(who_runs_ahead_is_told_from_who_is_early, make),
        cmocka_unit_test_setup(a_stall_is_not_running_ahead, make),
        cmocka_unit_test_setup(the_least_is_what_it_is_told_within_the_most, make),
        cmocka_unit_test_setup(nonsense_stays_within_bounds, make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
