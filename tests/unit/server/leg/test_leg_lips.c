/* test_leg_lips.c - a mean that follows, and a voice that waits for a late picture. */
#include "server/leg/leg_lips.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS CLOCK_NS_PER_MS
enum { TICK_MS = 20 };
static const int64_t spoken = 1700000000 * CLOCK_NS_PER_S;

/* A voice whose buffer holds what it is told to hold, as the ticks go by. The picture is so
 * much later than that voice would be. @return what is held at the end. */
static unsigned play(struct leg_lips *lips, int64_t late_ms, unsigned seconds, unsigned *most)
{
    static int64_t now_ns = CLOCK_NS_PER_S;
    unsigned held = lips->hold_ms, before = held;
    *most = 0;
    for (unsigned tick = 0; tick < seconds * 1000 / TICK_MS; tick++, now_ns += TICK_MS * MS) {
        leg_lips_follow(&lips->spoken_less_now_ns, spoken - held * MS);
        held = leg_lips_hold(lips, spoken - late_ms * MS, now_ns);
        const unsigned step = held > before ? held - before : before - held;
        assert_true(step <= LEG_LIPS_STEP_MS);
        before = held;
        *most = held > *most ? held : *most;
    }
    return held;
}

static void a_mean_follows_and_jumps_with_the_clock(void **state)
{
    (void)state;
    int64_t mean = 0;
    leg_lips_follow(&mean, spoken);
    assert_int_equal(mean, spoken); /* from nothing: at once */
    for (unsigned i = 0; i < 10000; i++)
        leg_lips_follow(&mean, spoken + 30 * MS + (random() % 40 - 20) * MS);
    assert_in_range(mean, spoken + 20 * MS, spoken + 40 * MS);
    leg_lips_follow(&mean, spoken - CLOCK_NS_PER_S);
    assert_int_equal(mean, spoken - CLOCK_NS_PER_S);
}

static void a_little_late_is_not_waited_for(void **state)
{
    (void)state;
    for (int64_t late_ms = -500; late_ms <= LEG_LIPS_LATE_MS; late_ms += 10) {
        struct leg_lips lips = {0};
        unsigned most;
        play(&lips, late_ms, 20, &most);
        assert_int_equal(most, 0);
    }
}

static void a_late_picture_is_waited_for_within_bounds(void **state)
{
    (void)state;
    for (unsigned late_ms = LEG_LIPS_LATE_MS + 1; late_ms <= LEG_LIPS_MOST_MS; late_ms += 7) {
        struct leg_lips lips = {0};
        unsigned most;
        const unsigned held = play(&lips, late_ms, 30, &most);
        assert_in_range(held, late_ms - LEG_LIPS_LATE_MS, late_ms + LEG_LIPS_EARLY_MS);
        assert_int_equal(most, held); /* it comes to rest, and not from above */
        unsigned again;
        assert_int_equal(play(&lips, late_ms, 30, &again), held);
    }
}

static void it_is_given_up_when_the_picture_is_there_or_gone(void **state)
{
    (void)state;
    struct leg_lips lips = {0};
    unsigned most;
    assert_true(play(&lips, 150, 30, &most) > 100);
    assert_int_equal(play(&lips, -50, 60, &most), 0);
    assert_true(play(&lips, 150, 30, &most) > 100);
    for (unsigned i = 1; i <= 100; i++)
        leg_lips_hold(&lips, 0, lips.next_ns);
    assert_int_equal(lips.hold_ms, 0);
}

static void another_time_is_not_late(void **state)
{
    (void)state;
    struct leg_lips lips = {0};
    unsigned most;
    play(&lips, LEG_LIPS_MOST_MS + 1, 30, &most);
    assert_int_equal(most, 0);
    play(&lips, 1000LL * 3600 * 24 * 365, 30, &most);
    assert_int_equal(most, 0);
    lips.spoken_less_now_ns = 0; /* nothing is known of the voice */
    assert_int_equal(leg_lips_hold(&lips, spoken, lips.next_ns), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mean_follows_and_jumps_with_the_clock),
        cmocka_unit_test(a_little_late_is_not_waited_for),
        cmocka_unit_test(a_late_picture_is_waited_for_within_bounds),
        cmocka_unit_test(it_is_given_up_when_the_picture_is_there_or_gone),
        cmocka_unit_test(another_time_is_not_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
