/* test_jitter_restart.c - who begins anew, and who is only doubled or late. */
#include "server/rtp/jitter_restart.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS CLOCK_NS_PER_MS

static void in_order_and_in_time_is_a_new_beginning(void **state)
{
    (void)state;
    const unsigned every_ms[] = {5, 10, 20, 30, 60}, packets[] = {9, 5, 3, 3, 3};
    for (size_t i = 0; i < sizeof(every_ms) / sizeof(every_ms[0]); i++) {
        struct jitter_restart restart = {0};
        unsigned n = 0;
        while (!jitter_restart_refused(&restart, (uint16_t)(65534 + n), n * every_ms[i] * MS))
            n++;
        assert_int_equal(n + 1, packets[i]);
    }
}

static void what_is_lost_of_it_does_not_matter(void **state)
{
    (void)state;
    struct jitter_restart restart = {0};
    assert_false(jitter_restart_refused(&restart, 10, 0));
    assert_false(jitter_restart_refused(&restart, 19, 180 * MS));
    assert_true(jitter_restart_refused(&restart, 28, 360 * MS));
    assert_false(jitter_restart_refused(&restart, 38, 560 * MS)); /* too much: begins again */
    assert_false(jitter_restart_refused(&restart, 39, 580 * MS));
    assert_true(jitter_restart_refused(&restart, 40, 600 * MS));
}

static void copies_at_once_are_none(void **state)
{
    (void)state;
    struct jitter_restart restart = {0};
    for (uint16_t n = 0; n < 60; n++)
        assert_false(jitter_restart_refused(&restart, n, n * MS / 2));
}

static void copies_in_disorder_are_none(void **state)
{
    (void)state;
    struct jitter_restart restart = {0};
    for (unsigned n = 0; n < 100; n++)
        assert_false(jitter_restart_refused(&restart, (uint16_t)(100 - n), n * 20 * MS));
    for (unsigned n = 0; n < 100; n++)
        assert_false(jitter_restart_refused(&restart, 7, n * 20 * MS));
}

/* All packets come twice, 150 ms later; then the talker is silent, and the copies still come.
 */
static void copies_among_news_are_none(void **state)
{
    (void)state;
    struct jitter_restart restart = {0};
    for (uint16_t n = 0; n < 50; n++) {
        jitter_restart_stored(&restart);
        assert_false(jitter_restart_refused(&restart, n, n * 20 * MS));
    }
    for (uint16_t n = 50; n < 57; n++)
        assert_false(jitter_restart_refused(&restart, n, n * 20 * MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_and_in_time_is_a_new_beginning),
        cmocka_unit_test(what_is_lost_of_it_does_not_matter),
        cmocka_unit_test(copies_at_once_are_none),
        cmocka_unit_test(copies_in_disorder_are_none),
        cmocka_unit_test(copies_among_news_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
