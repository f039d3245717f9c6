/* test_rtp_arrival.c - stamps of the wall clock become monotonic times, senseless ones now. */
#include "server/rtp/rtp_arrival.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct control {
    struct msghdr message;
    union {
        struct cmsghdr header; /* aligns it */
        uint8_t bytes[256];
    } data;
};

static void begin(struct control *control)
{
    memset(control, 0, sizeof(*control));
    control->message.msg_control = &control->data;
}

static void add(struct control *control, int type, const void *data, size_t bytes)
{
    struct cmsghdr *at =
        (struct cmsghdr *)(control->data.bytes + control->message.msg_controllen);
    at->cmsg_level = SOL_SOCKET;
    at->cmsg_type = type;
    at->cmsg_len = CMSG_LEN(bytes);
    memcpy(CMSG_DATA(at), data, bytes);
    control->message.msg_controllen += CMSG_SPACE(bytes);
}

static void add_stamp(struct control *control, int64_t wall_ns)
{
    struct timespec stamp = {.tv_sec = wall_ns / CLOCK_NS_PER_S,
                             .tv_nsec = wall_ns % CLOCK_NS_PER_S};
    add(control, SCM_TIMESTAMPNS, &stamp, sizeof(stamp));
}

static int64_t arrival_of_stamp(int64_t wall_ns, const struct rtp_moment *now)
{
    struct control control;
    begin(&control);
    add_stamp(&control, wall_ns);
    return rtp_arrival_ns(&control.message, now);
}

static void a_stamp_keeps_its_distance_from_now(void **state)
{
    (void)state;
    const struct rtp_moment now = {.monotonic_ns = 5000 * CLOCK_NS_PER_S,
                                   .wall_ns = 1764000000 * CLOCK_NS_PER_S + 999999999};
    const int64_t distances_ns[] = {
        0, 1, -1, 20000000, -20000000, CLOCK_NS_PER_S, -CLOCK_NS_PER_S};
    for (unsigned i = 0; i < sizeof(distances_ns) / sizeof(distances_ns[0]); i++)
        assert_int_equal(arrival_of_stamp(now.wall_ns + distances_ns[i], &now),
                         now.monotonic_ns + distances_ns[i]);
}

static void a_senseless_stamp_is_now(void **state)
{
    (void)state;
    const struct rtp_moment now = {.monotonic_ns = 5000 * CLOCK_NS_PER_S,
                                   .wall_ns = 1764000000 * CLOCK_NS_PER_S};
    assert_int_equal(arrival_of_stamp(now.wall_ns - CLOCK_NS_PER_S - 1, &now),
                     now.monotonic_ns);
    assert_int_equal(arrival_of_stamp(now.wall_ns + CLOCK_NS_PER_S + 1, &now),
                     now.monotonic_ns);
    assert_int_equal(arrival_of_stamp(0, &now), now.monotonic_ns);
}

static void without_a_stamp_it_is_now(void **state)
{
    (void)state;
    const struct rtp_moment now = {.monotonic_ns = 7, .wall_ns = 1764000000 * CLOCK_NS_PER_S};
    struct control control;
    begin(&control);
    assert_int_equal(rtp_arrival_ns(&control.message, &now), 7);
    const int other = 1;
    add(&control, SCM_RIGHTS, &other, sizeof(other));
    assert_int_equal(rtp_arrival_ns(&control.message, &now), 7);
    add_stamp(&control, now.wall_ns - 3); /* not the first of the control data */
    assert_int_equal(rtp_arrival_ns(&control.message, &now), 4);
}

static void a_moment_is_one_on_both_clocks(void **state)
{
    (void)state;
    int64_t before_ns = clock_monotonic_ns();
    struct rtp_moment now;
    rtp_moment_now(&now);
    assert_true(now.monotonic_ns >= before_ns);
    assert_true(now.monotonic_ns <= clock_monotonic_ns());
    assert_true(now.wall_ns > 1700000000 * CLOCK_NS_PER_S);
}

static void punctual_is_one_tick_after_the_one_before(void **state)
{
    (void)state;
    const int64_t ms = CLOCK_NS_PER_MS, before_ns = 1000 * ms;
    const struct {
        int64_t gap_ns, age_ns;
        bool punctual;
    } rows[] = {
        {20 * ms, 0, true},
        {20 * ms, 20 * ms - 1, true},
        {20 * ms, 20 * ms, false}, /* the next may be due */
        {15 * ms, 0, true},
        {15 * ms - 1, 0, false},
        {25 * ms, 0, true},
        {25 * ms + 1, 0, false},
        {20 * ms, -3 * ms, true}, /* came while the tick was reading */
        {0, 0, false},
        {10 * ms, 0, false},
        {40 * ms, 0, false},
        {-20 * ms, 0, false},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t arrival_ns = before_ns + rows[i].gap_ns;
        assert_int_equal(
            rtp_arrival_is_punctual(before_ns, arrival_ns, arrival_ns + rows[i].age_ns),
            rows[i].punctual);
    }
    assert_false(rtp_arrival_is_punctual(0, before_ns, before_ns)); /* the first of all */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stamp_keeps_its_distance_from_now),
        cmocka_unit_test(a_senseless_stamp_is_now),
        cmocka_unit_test(without_a_stamp_it_is_now),
        cmocka_unit_test(a_moment_is_one_on_both_clocks),
        cmocka_unit_test(punctual_is_one_tick_after_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
