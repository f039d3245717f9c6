/* test_clock.c - monotonic goes on; the wall clock is written as RFC 3339. */
#include "mixer/base/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
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

static void on_alarm(int signal)
{
    (void)signal;
}

static void sleeps_until_then_whatever_interrupts(void **state)
{
    (void)state;
    int64_t due_ns = clock_monotonic_ns() + 20 * CLOCK_NS_PER_MS;
    struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART */
    struct itimerval soon = {.it_value.tv_usec = 2000, .it_interval.tv_usec = 2000}, off = {0};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    clock_sleep_until(due_ns);
    assert_true(clock_monotonic_ns() >= due_ns);
    assert_int_equal(setitimer(ITIMER_REAL, &off, NULL), 0);
    clock_sleep_until(due_ns); /* which is over */
    clock_sleep_until(0);
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

static void text_as_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.001Z", CLOCK_NS_PER_MS},
        {"2024-02-29T12:34:56.1Z", 1709210096 * CLOCK_NS_PER_S + 100000000},
        {"2024-02-29T12:34:56.1234567891Z", 1709210096 * CLOCK_NS_PER_S + 123456789},
        {"2099-12-31T23:59:59.999Z", 4102444799 * CLOCK_NS_PER_S + 999000000},
    };
    static const char *const wrong[] = {
        "",
        "now",
        "2024-02-29",
        "2024-02-29T12:34:56",
        "2024-02-29T12:34:56+00:00",
        "2024-02-30T12:34:56Z",
        "2023-02-29T12:34:56Z",
        "2024-13-01T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:61Z",
        "2024-01-01 00:00:00Z",
        "2024-1-01T00:00:00Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00Zx",
        "1969-12-31T23:59:59Z",
        " 024-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
    };
    int64_t ns = 0;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(clock_parse(rows[i].text, &ns), 0);
        assert_int_equal(ns, rows[i].ns);
    }
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(clock_parse(wrong[i], &ns), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_never_goes_back),
        cmocka_unit_test(sleeps_until_then_whatever_interrupts),
        cmocka_unit_test(wall_is_the_time_of_day),
        cmocka_unit_test(times_as_text),
        cmocka_unit_test(text_as_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
