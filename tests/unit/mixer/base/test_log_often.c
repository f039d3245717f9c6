/* test_log_often.c - a few lines of each cause a minute, and what was left out is told. */
#include "mixer/base/log_often.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char refused[] = "refused: %d", other[] = "lost";
static struct log_often table;

static int begin(void **state)
{
    (void)state;
    table = (struct log_often){.one = {{.format = NULL}}};
    return 0;
}

static bool admit(const char *format, const char *cause, int64_t s)
{
    const struct log_often_line line = {
        .area = "sip", .format = format, .cause = cause, .text = "refused: 403"};
    return log_often_admit(&table, &line, s * CLOCK_NS_PER_S);
}

static unsigned admitted(unsigned times, const char *format, const char *cause, int64_t s)
{
    unsigned count = 0;
    for (unsigned i = 0; i < times; i++)
        count += admit(format, cause, s);
    return count;
}

static void the_first_of_a_minute_are_written(void **state)
{
    (void)state;
    struct log_often_count over;
    assert_int_equal(admitted(1000, refused, "a", 100), LOG_OFTEN_MOST);
    assert_int_equal(admitted(3, other, "a", 100), 3);
    assert_int_equal(admitted(3, refused, "b", 100), 3);
    assert_false(log_often_report(&table, 159 * CLOCK_NS_PER_S, &over));
    assert_true(log_often_report(&table, 160 * CLOCK_NS_PER_S, &over));
    assert_int_equal(over.seen, 1000 - LOG_OFTEN_MOST);
    assert_string_equal(over.cause, "a");
    assert_string_equal(over.text, "refused: 403");
    assert_string_equal(over.area, "sip");
    assert_false(log_often_report(&table, 160 * CLOCK_NS_PER_S, &over));
    assert_true(admit(refused, "a", 161));
}

/* Nothing is lost between the end of a minute and the report. */
static void until_it_is_told_it_is_counted(void **state)
{
    (void)state;
    struct log_often_count over;
    admitted(10, refused, "a", 0);
    assert_int_equal(admitted(10, refused, "a", 90), 0);
    assert_true(log_often_report(&table, 90 * CLOCK_NS_PER_S, &over));
    assert_int_equal(over.seen, 20 - LOG_OFTEN_MOST);
}

static void a_quiet_cause_begins_anew(void **state)
{
    (void)state;
    for (int64_t s = 0; s < 600; s += LOG_OFTEN_WINDOW_S)
        assert_int_equal(admitted(LOG_OFTEN_MOST, refused, "a", s), LOG_OFTEN_MOST);
}

static void no_flood_of_causes_makes_more_lines(void **state)
{
    (void)state;
    struct log_often_count over;
    char cause[16];
    unsigned written = 0, told = 0;
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(cause, sizeof(cause), "%u", i);
        written += admit(refused, cause, 1);
    }
    assert_int_equal(written, LOG_OFTEN_CAUSES + LOG_OFTEN_MOST);
    while (log_often_report(&table, INT64_MAX, &over))
        told += over.seen;
    assert_int_equal(written + told, 10000);
    assert_true(admit(refused, "one more", 62)); /* those with nothing to tell give place */
}

static void long_causes_and_texts_are_cut(void **state)
{
    (void)state;
    char cause[200], text[2000];
    struct log_often_count over;
    memset(cause, 'c', sizeof(cause) - 1);
    memset(text, 't', sizeof(text) - 1);
    cause[sizeof(cause) - 1] = text[sizeof(text) - 1] = '\0';
    const struct log_often_line line = {
        .area = "sip", .format = refused, .cause = cause, .text = text};
    for (unsigned i = 0; i < 2 * LOG_OFTEN_MOST; i++)
        assert_int_equal(log_often_admit(&table, &line, 0), i < LOG_OFTEN_MOST);
    assert_true(log_often_report(&table, INT64_MAX, &over));
    assert_int_equal(strlen(over.cause), LOG_OFTEN_CAUSE_BYTES - 1);
    assert_int_equal(strlen(over.text), LOG_OFTEN_TEXT_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_of_a_minute_are_written, begin),
        cmocka_unit_test_setup(until_it_is_told_it_is_counted, begin),
        cmocka_unit_test_setup(a_quiet_cause_begins_anew, begin),
        cmocka_unit_test_setup(no_flood_of_causes_makes_more_lines, begin),
        cmocka_unit_test_setup(long_causes_and_texts_are_cut, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
