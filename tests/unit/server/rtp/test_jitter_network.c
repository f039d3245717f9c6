/*
 * test_jitter_network.c - the jitter buffer over simulated networks: how late, and what is
 * lost.
 *
 * Each run prints a line: the delay above an empty network, and what was not there in time.
 */
#include "tests/unit/server/rtp/jitter_network.h"

#include <stdio.h>

static const struct jitter_config adaptive = {.min_ms = 20,
                                              .max_ms = 400,
                                              .slots = 48,
                                              .max_payload_bytes = 960,
                                              .pool_bytes = 3200 + 640 + 960};
static struct network network;

static void begin(const struct network *plan, unsigned seed)
{
    network = *plan;
    network_begin(&network, &adaptive, seed);
}

static void tell(const char *what)
{
    print_message("    %-28s mean %5.1f ms, 95 %% %3u ms, late %.2f %%, dry %.2f %%\n", what,
                  network_mean_ms(&network), network_delay_at_ms(&network, 95),
                  network_late_percent(&network), network_empty_percent(&network));
}

static const struct jitter_stats *stats(void)
{
    return jitter_stats(network.buffer);
}

static void a_clean_network_costs_one_tick_at_most(void **state)
{
    (void)state;
    /* packets that are no whole ticks come at other times of the tick each, and wait for it */
    const unsigned packet_ms[] = {20, 40, 60, 120, 30, 10},
                   most_ms[] = {27, 27, 27, 27, 37, 37};
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned seed = 0; seed < 20; seed++) {
            begin(&(struct network){.packet_ms = packet_ms[i]}, seed);
            network_run(&network, 5);
            network_run(&network, 60);
            assert_int_equal(network.heard.late + network.heard.empty, 0);
            assert_true(network.heard.delay_most_us <= most_ms[i] * 1000);
            assert_int_equal(network.heard.shorter + network.heard.longer, 0);
            network_end(&network);
        }
    }
}

static void the_delay_stays_for_an_hour_whatever_the_clocks(void **state)
{
    (void)state;
    for (int ppm = -200; ppm <= 200; ppm += 200) {
        begin(&(struct network){.packet_ms = 20, .skew_ppm = ppm}, 1);
        network_run(&network, 5);
        network_run(&network, 3600);
        tell(ppm < 0 ? "clean, -200 ppm" : ppm ? "clean, +200 ppm" : "clean");
        assert_true(network.heard.delay_most_us <= 35000);
        assert_true(network_mean_ms(&network) <= 25);
        assert_int_equal(network.heard.late + stats()->overflowed + stats()->resets, 0);
        assert_true(network.heard.empty <= 2);
        /* 0.72 s of sound in an hour, and not back and forth */
        assert_true(network.heard.shorter <= (ppm > 0 ? 800 * NETWORK_UNITS : 0));
        assert_true(network.heard.longer <= (ppm < 0 ? 800 * NETWORK_UNITS : 0));
        network_end(&network);
    }
}

static void jitter_and_skew_for_an_hour(void **state)
{
    (void)state;
    for (int ppm = -200; ppm <= 200; ppm += 400) {
        begin(&(struct network){.packet_ms = 20, .spread_ms = 60, .skew_ppm = ppm}, 2);
        network_run(&network, 10);
        network_run(&network, 3600);
        tell(ppm < 0 ? "uniform 60 ms, -200 ppm" : "uniform 60 ms, +200 ppm");
        assert_true(network_mean_ms(&network) <= 85);
        assert_true(network.heard.delay_most_us <= 120000);
        assert_true(network_late_percent(&network) < 0.5);
        assert_int_equal(stats()->overflowed + stats()->resets, 0);
        assert_true(network.heard.turns < 60);
        network_end(&network);
    }
}

static void late_ticks_do_not_stretch(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) {
        begin(&(struct network){.packet_ms = 20, .tick_late_ms = 14}, seed);
        network_run(&network, 10);
        network_run(&network, 120);
        assert_int_equal(network.heard.shorter + network.heard.longer, 0);
        assert_true(network.heard.delay_most_us <= 45000);
        network_end(&network);
    }
}

/* [ms] the delay may have in the mean, and 95 % of the packets */
struct spread_case {
    const char *name;
    enum network_jitter jitter;
    unsigned spread_ms, mean_ms, most_ms;
};

static const struct spread_case spread_cases[] = {
    {"uniform 20 ms", NETWORK_UNIFORM, 20, 45, 48},
    {"uniform 60 ms", NETWORK_UNIFORM, 60, 85, 88},
    {"uniform 120 ms", NETWORK_UNIFORM, 120, 145, 148},
    {"gauss 5 ms", NETWORK_GAUSS, 5, 55, 58},
    {"gauss 20 ms", NETWORK_GAUSS, 20, 145, 165},
    {"gauss 40 ms", NETWORK_GAUSS, 40, 260, 300},
    {"gauss 60 ms", NETWORK_GAUSS, 60, 370, 410},
};

static void jitter_is_covered_and_not_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spread_cases) / sizeof(spread_cases[0]); i++) {
        const struct spread_case *one = &spread_cases[i];
        for (unsigned in_order = 0; in_order < 2; in_order++) {
            begin(&(struct network){.packet_ms = 20,
                                    .jitter = one->jitter,
                                    .spread_ms = one->spread_ms,
                                    .in_order = in_order},
                  3);
            network_run(&network, 10);
            network_run(&network, 600);
            char name[64];
            snprintf(name, sizeof(name), "%s%s", one->name, in_order ? ", in order" : "");
            tell(name);
            assert_true(network_late_percent(&network) + network_empty_percent(&network) < 1);
            assert_true(network_mean_ms(&network) < one->mean_ms);
            assert_true(network_delay_at_ms(&network, 95) < one->most_ms);
            assert_int_equal(stats()->overflowed, 0);
            network_end(&network);
        }
    }
}

static void any_packet_length_copes_with_jitter(void **state)
{
    (void)state;
    const unsigned packet_ms[] = {10, 30, 40, 60, 120};
    for (unsigned i = 0; i < 5; i++) {
        begin(&(struct network){.packet_ms = packet_ms[i], .spread_ms = 60}, 4);
        network_run(&network, 15);
        network_run(&network, 300);
        char name[64];
        snprintf(name, sizeof(name), "uniform 60 ms, %u ms packets", packet_ms[i]);
        tell(name);
        assert_true(network_late_percent(&network) + network_empty_percent(&network) < 1);
        assert_true(network_mean_ms(&network) < 100);
        network_end(&network);
    }
}

static void loss_does_not_grow_the_delay(void **state)
{
    (void)state;
    for (unsigned spread_ms = 0; spread_ms <= 60; spread_ms += 60) {
        begin(&(struct network){.packet_ms = 20, .spread_ms = spread_ms, .loss_percent = 10},
              5);
        network_run(&network, 10);
        network_run(&network, 600);
        tell(spread_ms ? "10 % loss, uniform 60 ms" : "10 % loss");
        assert_true(network_mean_ms(&network) < spread_ms + 25);
        assert_true(network.heard.delay_most_us < (spread_ms + 50) * 1000);
        assert_true(network_late_percent(&network) < 0.5);
        assert_in_range(stats()->lost, 2800, 3300);
        assert_int_equal(network.heard.quiet, 0);
        /* each lost one is made up once, by the buffer's word or while it is dry */
        unsigned made_up = network.heard.lost / NETWORK_TICK + network.heard.empty;
        assert_in_range(made_up, stats()->lost - 150, stats()->lost + 150);
        network_end(&network);
    }
}

static void doubles_are_no_jitter(void **state)
{
    (void)state;
    begin(&(struct network){.packet_ms = 20, .double_percent = 100}, 6);
    network_run(&network, 60);
    assert_true(network.heard.delay_most_us < 27000);
    assert_int_equal(network.heard.late, 0);
    assert_in_range(stats()->duplicate, 2990, 3000);
    network_end(&network);
}

static void a_longer_and_a_shorter_route_are_followed(void **state)
{
    (void)state;
    begin(&(struct network){.packet_ms = 20, .spread_ms = 5, .in_order = true}, 7);
    network_run(&network, 10);
    for (unsigned delay_ms = 100; delay_ms <= 600; delay_ms += 500) {
        network.delay_ms = delay_ms;
        network_run(&network, 2);
        /* the hole itself; then no more is missing than that */
        assert_true(network.heard.empty <= delay_ms / 20 + 8);
        network_run(&network, 3);
        assert_true(network.heard.empty <= 1);
        assert_true(network_mean_ms(&network) < delay_ms + 50);
        network_run(&network, 10);
        assert_true(network_mean_ms(&network) < delay_ms + 40);
        assert_int_equal(network.heard.late + network.heard.empty, 0);
        network.in_order = false; /* else what comes is held by what went before */
        network.delay_ms = 0;
        network_run(&network, 6);
        network.in_order = true;
        network_run(&network, 10);
        assert_true(network_mean_ms(&network) < 35);
        assert_int_equal(network.heard.late + network.heard.empty, 0);
    }
    network_end(&network);
}

static void a_bad_phase_is_got_over(void **state)
{
    (void)state;
    begin(&(struct network){.packet_ms = 20, .spread_ms = 5}, 8);
    network_run(&network, 20);
    network.spread_ms = 150;
    network_run(&network, 3);
    assert_true(network.heard.empty + network.heard.late < 30);
    network_run(&network, 30);
    assert_true(network_late_percent(&network) < 1);
    assert_true(network_mean_ms(&network) > 120);
    network.spread_ms = 5;
    network_run(&network, 18);
    assert_int_equal(network.heard.late + network.heard.empty, 0);
    assert_true(stats()->target_ms < 40);
    network_run(&network, 2);
    assert_true(network_mean_ms(&network) < 35);
    network_end(&network);
}

static void a_stall_is_got_over(void **state)
{
    (void)state;
    for (unsigned stall_ms = 60; stall_ms <= 2000; stall_ms *= 3) {
        begin(&(struct network){.packet_ms = 20, .spread_ms = 5, .in_order = true}, 9);
        network_run(&network, 10);
        network.stall_ms = stall_ms;
        network.stall_ns = network.now_ns + 500 * MS;
        network_run(&network, 4);
        assert_true(network.heard.empty <= stall_ms / 20 + 1); /* and no more */
        assert_true(network.heard.waiting_most_ms <= 420);
        network_run(&network, 12);
        network_run(&network, 2);
        assert_true(network_mean_ms(&network) < 35);
        network_end(&network);
    }
}

static void one_that_stalls_often_is_covered(void **state)
{
    (void)state;
    begin(&(struct network){.packet_ms = 20, .spread_ms = 5, .in_order = true}, 10);
    uint32_t empty = 0;
    for (unsigned i = 0; i < 60; i++) {
        network.stall_ms = 120;
        network.stall_ns = network.now_ns + 300 * MS;
        network_run(&network, 2);
        empty += i > 5 ? network.heard.empty : 0;
    }

    assert_true(empty <= 60); /* of 54 stalls, each 5 ticks */
    network_end(&network);
}

static void a_sender_twice_as_fast_cannot_make_the_delay_grow(void **state)
{
    (void)state;
    begin(&(struct network){.packet_ms = 20, .skew_ppm = 500000}, 11);
    network_run(&network, 60);
    assert_true(network.heard.waiting_most_ms <= 420);
    assert_true(stats()->overflowed > 1000);
    assert_int_equal(stats()->lost, 0);
    assert_true(network.heard.empty <= 2);
    network_end(&network);
}

static void when_one_that_was_too_fast_is_not_any_more_all_is_as_before(void **state)
{
    (void)state;
    const int skew_ppm[] = {350000, 500000};
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned spread_ms = 0; spread_ms <= 60; spread_ms += 60) {
            for (unsigned seconds = 1; seconds <= 5; seconds += 2) {
                begin(&(struct network){.packet_ms = 20, .spread_ms = spread_ms}, 16 + i);
                network_run(&network, 10);
                const int64_t most_us = (40 + spread_ms * 3 / 2) * 1000;
                network.skew_ppm = skew_ppm[i];
                network_run(&network, seconds);
                network.skew_ppm = 0;
                network_run_ticks(&network, 10);
                assert_true(network.heard.delay_last_us < most_us);
                uint32_t thrown = stats()->overflowed;
                assert_true(thrown > 0);
                network_run(&network, 10);
                assert_true(network.heard.delay_most_us < most_us);
                assert_true(network.heard.late + network.heard.empty <= 5);
                assert_true(stats()->overflowed <= thrown + 2);
                network_end(&network);
            }
        }
    }
}

static void what_comes_at_once_after_a_stall_is_all_played(void **state)
{
    (void)state;
    for (unsigned stall_ms = 100; stall_ms <= 340; stall_ms += 120) {
        begin(&(struct network){.packet_ms = 20, .spread_ms = 5, .in_order = true}, 17);
        network_run(&network, 10);
        network.stall_ms = stall_ms;
        network.stall_ns = network.now_ns + 500 * MS;
        network_run(&network, 4);
        assert_int_equal(stats()->overflowed + stats()->lost + network.heard.late, 0);
        network_end(&network);
    }
}

static void a_sender_half_as_fast_is_heard(void **state)
{
    (void)state;
    begin(&(struct network){.packet_ms = 20, .skew_ppm = -1000000}, 12);
    network_run(&network, 60);
    assert_true(network.heard.packets >= 1490);
    assert_true(network.heard.waiting_most_ms <= 420);
    network_end(&network);
}

static void the_length_of_packets_may_change_in_a_call(void **state)
{
    (void)state;
    const unsigned packet_ms[] = {20, 60, 10, 30, 120, 10, 40, 20};
    begin(&(struct network){.packet_ms = 20}, 13);
    network_run(&network, 10);
    for (unsigned i = 0; i < 8; i++) {
        /* what comes next is late by the longer packet */
        network.next_ns += ((int)packet_ms[i] - (int)network.packet_ms) * MS;
        network.packet_ms = packet_ms[i];
        network_run(&network, 15);
        assert_true(network.heard.late + network.heard.empty <= 6);
        network_run(&network, 5);
        assert_int_equal(network.heard.late + network.heard.empty, 0);
        assert_true(network.heard.delay_most_us < 50000);
    }
    assert_int_equal(stats()->lost + stats()->resets + stats()->overflowed, 0);
    network_end(&network);
}

static void pauses_do_not_confuse_it(void **state)
{
    (void)state;
    begin(&(struct network){.packet_ms = 20, .spread_ms = 40}, 14);
    network_run(&network, 10);
    uint32_t late = 0, lost = stats()->lost;
    for (unsigned i = 0; i < 60; i++) {
        network_run(&network, 2);
        late += network.heard.late;
        assert_true(network.heard.delay_most_us < 90000);
        /* as DTX: time goes on, the sequence does not */
        unsigned packets = 5 + network_random(&network) % (i == 30 ? 15000 : 100);
        network.next_ns += packets * 20 * MS;
        network.timestamp += packets * NETWORK_TICK;
        while (network.now_ns + 20 * MS < network.next_ns) {
            network_deliver(&network);
            network_play(&network);
            network.now_ns += 20 * MS;
        }
    }
    assert_true(late <= 12);
    assert_int_equal(stats()->lost, lost);
    assert_int_equal(stats()->resets + stats()->overflowed, 0);
    assert_true(stats()->target_ms < 70);
    network_end(&network);
}

static void a_fixed_buffer_stays_as_it_is(void **state)
{
    (void)state;
    struct jitter_config fixed = adaptive;
    fixed.min_ms = fixed.max_ms = 60;
    network = (struct network){.packet_ms = 20, .spread_ms = 30, .must_not_stretch = true};
    network_begin(&network, &fixed, 15);
    network_run(&network, 600);
    tell("fixed 60 ms, uniform 30 ms");
    assert_in_range((unsigned)network_mean_ms(&network), 40,
                    80); /* 60 and the way to the tick */
    assert_true(network_late_percent(&network) + network_empty_percent(&network) < 0.1);
    assert_int_equal(stats()->target_ms, 60);
    network_end(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_network_costs_one_tick_at_most),
        cmocka_unit_test(the_delay_stays_for_an_hour_whatever_the_clocks),
        cmocka_unit_test(jitter_and_skew_for_an_hour),
        cmocka_unit_test(late_ticks_do_not_stretch),
        cmocka_unit_test(jitter_is_covered_and_not_more),
        cmocka_unit_test(any_packet_length_copes_with_jitter),
        cmocka_unit_test(loss_does_not_grow_the_delay),
        cmocka_unit_test(doubles_are_no_jitter),
        cmocka_unit_test(a_longer_and_a_shorter_route_are_followed),
        cmocka_unit_test(a_bad_phase_is_got_over),
        cmocka_unit_test(a_stall_is_got_over),
        cmocka_unit_test(one_that_stalls_often_is_covered),
        cmocka_unit_test(a_sender_twice_as_fast_cannot_make_the_delay_grow),
        cmocka_unit_test(when_one_that_was_too_fast_is_not_any_more_all_is_as_before),
        cmocka_unit_test(what_comes_at_once_after_a_stall_is_all_played),
        cmocka_unit_test(a_sender_half_as_fast_is_heard),
        cmocka_unit_test(the_length_of_packets_may_change_in_a_call),
        cmocka_unit_test(pauses_do_not_confuse_it),
        cmocka_unit_test(a_fixed_buffer_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
