/* test_clock.c - monotonic goes on; the wall clock is written as RFC 3339. */
#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void monotonic_never_goes_back(void **state)
{
    (void)state;
    int64_t last = clock_monotonic_ns();
    assert_true(last > 0);
    for (unsigned i = 0; i < 10000; i++) {
        int64_t now = clock_monotonic_ns();
        assert_true(now >= last);
        last = now;
    }
}

static void wall_is_the_time_of_day(void **state)
{
    (void)state;
    int64_t before = time(NULL); /* coarse: may be a tick behind */
    int64_t wall = clock_wall_ns() / CLOCK_NS_PER_S;
    assert_true(wall >= before && wall <= time(NULL) + 1);
}

static void times_as_text(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {CLOCK_NS_PER_MS, "1970-01-01T00:00:00.001Z"},
        {CLOCK_NS_PER_S - 1, "1970-01-01T00:00:00.999Z"},
        {1709210096 * CLOCK_NS_PER_S + 123456789, "2024-02-29T12:34:56.123Z"},
        {4102444799 * CLOCK_NS_PER_S + 999999999, "2099-12-31T23:59:59.999Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854Z"},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[CLOCK_TEXT_BYTES];
        clock_format(rows[i].ns, text);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_never_goes_back),
        cmocka_unit_test(wall_is_the_time_of_day),
        cmocka_unit_test(times_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
