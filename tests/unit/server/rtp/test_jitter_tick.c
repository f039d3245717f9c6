/* test_jitter_tick.c - where late ticks were due. */
#include "server/rtp/jitter_tick.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS CLOCK_NS_PER_MS
enum { BEGIN_S = 7 };

static void before_the_first_now_is_due(void **state)
{
    (void)state;
    struct jitter_tick tick = {0};
    assert_int_equal(jitter_tick_due_ns(&tick, 12345), 12345);
    jitter_tick_note(&tick, 50 * MS);
    jitter_tick_note(&tick, 50 * MS);
    assert_int_equal(jitter_tick_due_ns(&tick, 50 * MS), 50 * MS);
    assert_int_equal(jitter_tick_due_ns(&tick, 81 * MS), 70 * MS);
    assert_int_equal(jitter_tick_due_ns(&tick, 85 * MS), 70 * MS);
    assert_int_equal(jitter_tick_due_ns(&tick, 88 * MS), 88 * MS); /* early */
}

static void late_ones_are_put_in_their_place(void **state)
{
    (void)state;
    srandom(21);
    struct jitter_tick tick = {0};
    int64_t due_ns = BEGIN_S * CLOCK_NS_PER_S;
    for (unsigned i = 0; i < 100000; i++, due_ns += 20 * MS) {
        int64_t now_ns = due_ns + random() % (15 * MS);
        jitter_tick_note(&tick, now_ns);
        int64_t off_ns = jitter_tick_due_ns(&tick, now_ns) - due_ns;
        if (i > 100)
            assert_in_range(off_ns, 0, 4 * MS);
    }
}

static void another_place_is_found(void **state)
{
    (void)state;
    for (int64_t by_ms = 0; by_ms < 20; by_ms++) {
        struct jitter_tick tick = {0};
        int64_t due_ns = BEGIN_S * CLOCK_NS_PER_S;
        jitter_tick_note(&tick, due_ns);
        due_ns += by_ms * MS;
        for (unsigned i = 0; i < 1500; i++)
            jitter_tick_note(&tick, due_ns += 20 * MS);
        assert_in_range(due_ns - jitter_tick_due_ns(&tick, due_ns), 0, MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_first_now_is_due),
        cmocka_unit_test(late_ones_are_put_in_their_place),
        cmocka_unit_test(another_place_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
