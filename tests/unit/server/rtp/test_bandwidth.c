/* test_bandwidth.c - a sender that follows the estimate, over simulated links; what is asked
 * for; hostile reports. */
#include "server/rtp/bandwidth.h"

#include "mixer/base/clock.h"
#include "server/rtp/transport_record.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS CLOCK_NS_PER_MS
#define S CLOCK_NS_PER_S
#define M 1000000

enum { LEAST = 50000, MOST = 4 * M, START = 2 * M, FLIGHT = 4096, PACKET = 1200 };

static struct bandwidth bandwidth;

/* ---- a link: a queue that holds so much, then a way that takes its time ---- */

static struct {
    /* set by the test */
    unsigned link_bps, queue_ms, loss_permille, jitter_ms, way_ms;
    double share; /* of the estimate that is sent */
    bool by_transport, in_bursts;
    unsigned reports_ms;

    int64_t now_ns, free_ns, last_out_ns; /* when the link is free; the last arrival */
    int64_t report_ns, feedback_ns;
    double credit;
    uint16_t sequence;
    uint32_t seed;
    struct {
        int64_t arrival_ns;
        uint16_t sequence;
    } flight[FLIGHT];
    unsigned first, flying;
    struct transport_record record;
    unsigned sent, lost, sent_bytes; /* since the last report */
    /* what is measured */
    double delivered_bits, queue_sum_ms, queue_most_ms, lowest_bps;
    unsigned packets;
} sim;

static void begin(unsigned link_bps, bool by_transport)
{
    memset(&sim, 0, sizeof(sim));
    sim.link_bps = link_bps;
    sim.queue_ms = 300;
    sim.way_ms = 20;
    sim.share = 1;
    sim.by_transport = by_transport;
    sim.reports_ms = 1000;
    sim.seed = 9;
    sim.now_ns = 7 * S;
    sim.sequence = 65000;
    bandwidth_init(&bandwidth, START, LEAST, MOST, sim.now_ns);
}

static void send_packet(void)
{
    const uint16_t sequence = sim.sequence++;
    if (sim.by_transport)
        bandwidth_on_sent(&bandwidth, sequence, PACKET, sim.now_ns);
    sim.sent++;
    sim.sent_bytes += PACKET;
    if (sim.free_ns < sim.now_ns)
        sim.free_ns = sim.now_ns;
    const double queue_ms = (double)(sim.free_ns - sim.now_ns) / (double)MS;
    sim.queue_sum_ms += queue_ms;
    sim.queue_most_ms = queue_ms > sim.queue_most_ms ? queue_ms : sim.queue_most_ms;
    sim.packets++;
    if (queue_ms > sim.queue_ms || signal_random(&sim.seed) % 1000 < sim.loss_permille) {
        sim.lost++;
        return;
    }
    sim.free_ns += PACKET * 8 * S / sim.link_bps;
    sim.delivered_bits += PACKET * 8;
    int64_t out_ns = sim.free_ns + sim.way_ms * MS;
    if (sim.jitter_ms)
        out_ns += signal_random(&sim.seed) % (sim.jitter_ms * MS);
    if (out_ns < sim.last_out_ns)
        out_ns = sim.last_out_ns; /* the order is kept, as in a radio's queue */
    sim.last_out_ns = out_ns;
    assert_true(sim.flying < FLIGHT);
    sim.flight[(sim.first + sim.flying) % FLIGHT].arrival_ns = out_ns;
    sim.flight[(sim.first + sim.flying++) % FLIGHT].sequence = sequence;
}

static void receive(void)
{
    for (; sim.flying && sim.flight[sim.first].arrival_ns <= sim.now_ns; sim.flying--) {
        transport_record_note(&sim.record, sim.flight[sim.first].sequence,
                              sim.flight[sim.first].arrival_ns + 123 * S);
        sim.first = (sim.first + 1) % FLIGHT;
    }
}

static void report(void)
{
    static struct rtcp_feedback feedback;
    uint8_t out[1400];
    if (sim.by_transport && sim.now_ns >= sim.feedback_ns) {
        sim.feedback_ns = sim.now_ns + 80 * MS;
        const size_t bytes = transport_record_write(&sim.record, out, sizeof(out), 1, 2);
        assert_true(!bytes || rtcp_feedback_read(out, bytes, 2, &feedback) == 0);
        if (bytes)
            bandwidth_on_transport(&bandwidth, feedback.transport, feedback.transport_count,
                                   sim.now_ns);
    }
    if (sim.reports_ms && sim.now_ns >= sim.report_ns) {
        if (sim.report_ns)
            bandwidth_on_report(&bandwidth, (uint8_t)(sim.sent ? sim.lost * 255 / sim.sent : 0),
                                sim.sent_bytes * 8000ULL / sim.reports_ms, sim.now_ns);
        sim.report_ns = sim.now_ns + sim.reports_ms * MS;
        sim.sent = sim.lost = sim.sent_bytes = 0;
    }
}

/* Runs, and forgets what was measured before. @return what came through, of the link. */
static double run(double seconds)
{
    const int64_t end_ns = sim.now_ns + (int64_t)(seconds * (double)S);
    sim.delivered_bits = sim.queue_sum_ms = sim.queue_most_ms = 0;
    sim.packets = 0;
    sim.lowest_bps = 1e18;
    for (; sim.now_ns < end_ns; sim.now_ns += MS) {
        const double bps = (double)bandwidth_bps(&bandwidth);
        assert_true(bps >= LEAST && bps <= MOST);
        sim.lowest_bps = bps < sim.lowest_bps ? bps : sim.lowest_bps;
        sim.credit += bps * sim.share / 8000;
        const bool may = !sim.in_bursts || sim.now_ns / MS % 33 == 0; /* a picture at a time */
        for (; may && sim.credit >= PACKET; sim.credit -= PACKET)
            send_packet();
        receive();
        report();
    }
    return sim.delivered_bits / seconds / sim.link_bps;
}

static double queue_ms(void)
{
    return sim.queue_sum_ms / sim.packets;
}

static void say(const char *what, double share)
{
    print_message("%s: %.0f %% of the link, estimate %.0f kb/s, queue %.0f ms, at most %.0f\n",
                  what, share * 100, (double)bandwidth_bps(&bandwidth) / 1000, queue_ms(),
                  sim.queue_most_ms);
}

/* ---- delay ---- */

static void follows_a_link_by_delay(void **state)
{
    (void)state;
    const unsigned links[] = {300000, M, 3 * M};
    for (unsigned i = 0; i < 3; i++) {
        begin(links[i], true);
        run(10);
        for (unsigned k = 0; k < 5; k++) {
            const double share = run(10);
            say("by delay", share);
            assert_true(share >= 0.7 && share <= 1.001);
            assert_true(queue_ms() < 40 && sim.queue_most_ms < 150);
        }
    }
}

static void finds_a_link_that_is_narrow_at_once(void **state)
{
    (void)state;
    begin(500000, true); /* a quarter of what it begins with */
    sim.reports_ms = 0;
    run(2);
    say("after 2 s", run(0.5));
    assert_true(bandwidth_bps(&bandwidth) <= 500000);
    const double share = run(8);
    assert_true(share >= 0.7);
}

static void follows_a_link_that_narrows_and_widens(void **state)
{
    (void)state;
    begin(3 * M, true);
    run(20);
    sim.link_bps = M;
    run(2);
    double share = run(3);
    say("narrowed, at once", share);
    share = run(10);
    say("narrowed", share);
    assert_true(share >= 0.7 && queue_ms() < 40);
    sim.link_bps = 10 * M;
    run(30);
    say("widened", run(1));
    assert_true(bandwidth_bps(&bandwidth) >= MOST * 9 / 10);
}

static void a_longer_way_is_no_queue(void **state)
{
    (void)state;
    begin(10 * M, true);
    run(20);
    sim.way_ms = 220;
    run(15);
    say("longer way", sim.delivered_bits / 15 / sim.link_bps);
    assert_true(sim.lowest_bps >= 0.5 * MOST);
    assert_true(bandwidth_bps(&bandwidth) >= MOST * 9 / 10);
    sim.link_bps = 2 * M; /* a queue on the longer way is seen, too */
    run(3);
    run(10);
    say("longer way, narrow", sim.delivered_bits / 10 / sim.link_bps);
    assert_true(queue_ms() < 40);
    sim.link_bps = 10 * M;
    sim.way_ms = 10;
    run(20);
    assert_true(bandwidth_bps(&bandwidth) >= MOST * 9 / 10);
}

/* One that sends half of what it may: what came through says little of the link. */
static void a_longer_way_of_one_who_sends_less(void **state)
{
    (void)state;
    for (unsigned loss = 0; loss < 2; loss++) {
        begin(10 * M, true);
        sim.share = 0.5;
        run(20);
        sim.loss_permille = loss * 40;
        sim.way_ms = 220;
        run(10);
        say("longer way, sends half", sim.delivered_bits / 10 / sim.link_bps);
        assert_true(sim.lowest_bps >= (loss ? LEAST : 0.15 * MOST));
        const double lowest_bps = sim.lowest_bps;
        run(10);
        assert_true(sim.lowest_bps > lowest_bps); /* and not lowered for ever */
    }
}

static void jitter_is_no_queue(void **state)
{
    (void)state;
    const unsigned jitters[] = {2, 10, 30, 100};
    for (unsigned i = 0; i < 4; i++) {
        begin(10 * M, true);
        sim.jitter_ms = jitters[i];
        run(10);
        run(20);
        say("jitter", sim.delivered_bits / 20 / sim.link_bps);
        assert_true(sim.lowest_bps >= 0.8 * START);
    }
}

static void bursts_are_no_queue(void **state)
{
    (void)state;
    begin(10 * M, true);
    sim.in_bursts = true;
    run(10);
    run(20);
    say("a picture at a time", sim.delivered_bits / 20 / sim.link_bps);
    assert_true(sim.lowest_bps >= 0.9 * MOST);
    begin(M, true);
    sim.in_bursts = true;
    run(10);
    const double share = run(30);
    say("a picture at a time, narrow", share);
    assert_true(share >= 0.7 && queue_ms() < 40 && sim.queue_most_ms < 100);
}

/* ---- loss ---- */

static void follows_a_link_by_loss(void **state)
{
    (void)state;
    begin(M, false);
    run(10);
    for (unsigned k = 0; k < 5; k++) {
        const double share = run(10);
        say("by loss", share);
        assert_true(share >= 0.7);
        assert_true(bandwidth_bps(&bandwidth) <= M * 112LL / 100);
    }
    sim.link_bps = 10 * M;
    run(30);
    assert_true(bandwidth_bps(&bandwidth) >= MOST * 9 / 10);
}

static void a_little_loss_does_not_collapse_it(void **state)
{
    (void)state;
    for (unsigned by_transport = 0; by_transport < 2; by_transport++) {
        for (unsigned permille = 10; permille <= 20; permille += 5) {
            begin(10 * M, by_transport);
            sim.loss_permille = permille;
            run(60);
            say("loses 1 to 2 %", sim.delivered_bits / 60 / sim.link_bps);
            assert_true(sim.lowest_bps >= 0.8 * START);
        }
    }
}

static void steps_of_loss(void **state)
{
    (void)state;
    int64_t now_ns = 5 * S;
    for (unsigned fraction = 0; fraction < 256; fraction++) {
        bandwidth_init(&bandwidth, M, LEAST, MOST, now_ns);
        bandwidth_on_report(&bandwidth, (uint8_t)fraction, M, now_ns + S);
        const uint64_t bps = bandwidth_bps(&bandwidth);
        if (fraction / 256.0 < 0.02)
            assert_true(bps >= 1079999 && bps <= 1080001);
        else if (fraction / 256.0 <= 0.1)
            assert_int_equal(bps, M);
        else
            assert_true(bps == (uint64_t)(M * (1 - fraction / 512.0)));
    }
}

static void lowered_once_for_one_loss(void **state)
{
    (void)state;
    bandwidth_init(&bandwidth, M, LEAST, MOST, S);
    bandwidth_on_report(&bandwidth, 128, M, 2 * S);
    assert_int_equal(bandwidth_bps(&bandwidth), 750000);
    bandwidth_on_report(&bandwidth, 128, M, 2 * S + 299 * MS);
    assert_int_equal(bandwidth_bps(&bandwidth), 750000);
    bandwidth_on_report(&bandwidth, 128, M, 2 * S + 300 * MS);
    assert_int_equal(bandwidth_bps(&bandwidth), 562500);
}

static void what_is_not_in_use_does_not_grow(void **state)
{
    (void)state;
    bandwidth_init(&bandwidth, M, LEAST, MOST, S);
    for (unsigned i = 2; i < 100; i++)
        bandwidth_on_report(&bandwidth, 0, M / 10 * 4, i * S);
    assert_int_equal(bandwidth_bps(&bandwidth), M);
    bandwidth_on_report(&bandwidth, 0, M / 10 * 4 + 1, 100 * S);
    assert_true(bandwidth_bps(&bandwidth) > M);

    begin(10 * M, true);
    sim.share = 0.2;
    run(20);
    assert_int_equal(bandwidth_bps(&bandwidth), START);
    sim.share = 0.6; /* the next step, of twice as much, can be reached */
    run(10);
    assert_true(bandwidth_bps(&bandwidth) > MOST * 9 / 10);
}

/* ---- what is asked for ---- */

static void bounds_count_at_once(void **state)
{
    (void)state;
    bandwidth_init(&bandwidth, M, LEAST, MOST, S);
    bandwidth_on_remb(&bandwidth, 600000);
    assert_int_equal(bandwidth_bps(&bandwidth), 600000);
    bandwidth_on_tmmbr(&bandwidth, 500000);
    assert_int_equal(bandwidth_bps(&bandwidth), 500000);
    bandwidth_on_tmmbr(&bandwidth, UINT64_MAX);
    assert_int_equal(bandwidth_bps(&bandwidth), 600000);
    bandwidth_on_remb(&bandwidth, UINT64_MAX);
    assert_int_equal(bandwidth_bps(&bandwidth), M);
    bandwidth_on_remb(&bandwidth, 0);
    assert_int_equal(bandwidth_bps(&bandwidth), LEAST);
    bandwidth_on_remb(&bandwidth, MOST);
    bandwidth_on_tmmbr(&bandwidth, 0);
    assert_int_equal(bandwidth_bps(&bandwidth), LEAST);
}

static void new_bounds_count_at_once(void **state)
{
    (void)state;
    bandwidth_init(&bandwidth, 9 * (uint64_t)M, LEAST, MOST, S);
    assert_int_equal(bandwidth_bps(&bandwidth), MOST);
    bandwidth_set_bounds(&bandwidth, LEAST, M);
    assert_int_equal(bandwidth_bps(&bandwidth), M);
    bandwidth_set_bounds(&bandwidth, 2 * M, MOST);
    assert_int_equal(bandwidth_bps(&bandwidth), 2 * M);
    bandwidth_set_bounds(&bandwidth, MOST, M); /* the most counts more */
    assert_int_equal(bandwidth_bps(&bandwidth), M);
}

/* ---- hostile ---- */

static void nonsense_stays_within_the_bounds(void **state)
{
    (void)state;
    static struct rtcp_transport_packet packets[RTCP_MAX_TRANSPORT];
    uint32_t seed = 10;
    int64_t now_ns = S;
    bandwidth_init(&bandwidth, M, LEAST, MOST, now_ns);
    for (unsigned round = 0; round < 3000; round++) {
        const uint16_t first = (uint16_t)signal_random(&seed);
        const unsigned count = signal_random(&seed) % RTCP_MAX_TRANSPORT;
        int64_t us = (int64_t)signal_random(&seed) << (round % 9);
        for (unsigned i = 0; i < count; i++) {
            bandwidth_on_sent(&bandwidth, (uint16_t)(first + i), signal_random(&seed) % 70000,
                              now_ns);
            now_ns += signal_random(&seed) % (round % 2 ? MS : S);
            us += (int32_t)signal_random(&seed) / (round % 3 ? 1000 : 1);
            packets[i] = (struct rtcp_transport_packet){.sequence = (uint16_t)(first + i),
                                                        .received = signal_random(&seed) % 4,
                                                        .arrival_us = us};
        }
        bandwidth_on_transport(&bandwidth, packets, count, now_ns);
        bandwidth_on_report(&bandwidth, (uint8_t)signal_random(&seed), signal_random(&seed),
                            now_ns);
        const uint64_t bps = bandwidth_bps(&bandwidth);
        assert_true(bps >= LEAST && bps <= MOST);
        assert_true(bandwidth.delay_bps >= LEAST && bandwidth.delay_bps <= MOST);
        assert_true(bandwidth.trend.threshold_ms >= 6 && bandwidth.trend.threshold_ms <= 600);
    }
}

/* The far end's clock begins anew: nothing happens. */
static void the_wrap_of_arrival_times_is_no_jump(void **state)
{
    (void)state;
    bandwidth_init(&bandwidth, M, LEAST, MOST, S);
    for (unsigned i = 0; i < 1000; i++) {
        const int64_t now_ns = S + i * 10 * MS;
        bandwidth_on_sent(&bandwidth, (uint16_t)i, 1250, now_ns);
        const struct rtcp_transport_packet packet = {
            .sequence = (uint16_t)i,
            .received = true,
            .arrival_us =
                (RTCP_TRANSPORT_WRAP_US - 5000000 + i * 10000) % RTCP_TRANSPORT_WRAP_US};
        bandwidth_on_transport(&bandwidth, &packet, 1, now_ns);
        bandwidth_on_transport(&bandwidth, &packet, 1, now_ns); /* told again */
    }
    const struct rtcp_transport_packet unknown = {.sequence = 998 + BANDWIDTH_SENT,
                                                  .received = true};
    bandwidth_on_sent(&bandwidth, 998, 1250, S + 10 * S);
    bandwidth_on_transport(&bandwidth, &unknown, 1, S + 10 * S);
    assert_true(bandwidth.received.bps > 0.99 * M && bandwidth.received.bps < 1.01 * M);
    assert_int_equal(bandwidth.trend.count, 998);   /* the trend was not begun anew */
    assert_int_equal(bandwidth_bps(&bandwidth), M); /* nor was it lowered; loss says nothing */
    assert_true(bandwidth.delay_bps > 1.9 * M);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_a_link_by_delay),
        cmocka_unit_test(finds_a_link_that_is_narrow_at_once),
        cmocka_unit_test(follows_a_link_that_narrows_and_widens),
        cmocka_unit_test(a_longer_way_is_no_queue),
        cmocka_unit_test(a_longer_way_of_one_who_sends_less),
        cmocka_unit_test(jitter_is_no_queue),
        cmocka_unit_test(bursts_are_no_queue),
        cmocka_unit_test(follows_a_link_by_loss),
        cmocka_unit_test(a_little_loss_does_not_collapse_it),
        cmocka_unit_test(steps_of_loss),
        cmocka_unit_test(lowered_once_for_one_loss),
        cmocka_unit_test(what_is_not_in_use_does_not_grow),
        cmocka_unit_test(bounds_count_at_once),
        cmocka_unit_test(new_bounds_count_at_once),
        cmocka_unit_test(nonsense_stays_within_the_bounds),
        cmocka_unit_test(the_wrap_of_arrival_times_is_no_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
