/* test_number_pattern.c - what a pattern fits, which says more, and what is a number. */
#include "server/trunk/number_pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool fits(const char *pattern, const char *number)
{
    assert_true(number_pattern_is_valid(pattern));
    return number_pattern_matches(pattern, number);
}

static void fits_all_of_a_number(void **state)
{
    (void)state;
    assert_true(fits("+4930123XX", "+493012300"));
    assert_false(fits("+4930123XX", "+49301230"));
    assert_false(fits("+4930123XX", "+4930123000"));
    assert_true(fits("0Z.", "0301"));
    assert_false(fits("0Z.", "00301"));
    assert_false(fits("0Z.", "03")); /* one more at least */
    assert_true(fits("0Z!", "03"));
    assert_true(fits("N[1-35]", "22"));
    assert_true(fits("N[1-35]", "95"));
    assert_false(fits("N[1-35]", "24"));
    assert_false(fits("N[1-35]", "12"));
    assert_true(fits(".", "x"));
    assert_false(fits(".", ""));
    assert_true(fits("!", ""));
    assert_true(fits("*97#", "*97#"));
}

static void refuses_what_is_no_pattern(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "1.2",   "!!",  "[", "[]",  "[3-1]", "[1-",
                                      "[a]", "[1-35", "1 2", "A", "1|2", "$",     "\xc3\xa9"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(number_pattern_is_valid(bad[i]));
    char longest[NUMBER_PATTERN_BYTES + 1];
    memset(longest, '1', sizeof(longest) - 1);
    longest[NUMBER_PATTERN_BYTES] = '\0';
    assert_false(number_pattern_is_valid(longest));
    longest[NUMBER_PATTERN_BYTES - 1] = '\0';
    assert_true(number_pattern_is_valid(longest));
}

static void the_one_that_says_more_comes_first(void **state)
{
    (void)state;
    static const char *const order[] = {"12345", "1234X", "123XX", "123X.", "123."};
    for (size_t i = 0; i + 1 < sizeof(order) / sizeof(order[0]); i++) {
        assert_true(number_pattern_compare(order[i], order[i + 1]) < 0);
        assert_true(number_pattern_compare(order[i + 1], order[i]) > 0);
    }
    assert_int_equal(number_pattern_compare("1X", "1X"), 0);
    assert_true(number_pattern_is_exact("+49-1"));
    assert_false(number_pattern_is_exact("12[3]"));
    assert_false(number_pattern_is_exact("12!"));
}

static void reads_numbers(void **state)
{
    (void)state;
    char number[NUMBER_BYTES];
    assert_true(number_read("tel:+49-(30)-123.45;phone-context=x", number));
    assert_string_equal(number, "+493012345");
    assert_true(number_read("*97#", number));
    assert_string_equal(number, "*97#");
    static const char *const bad[] = {"",    "tel:", "+",     "sip:1", "12a",
                                      "1+2", "-1",   "alice", "tel:;x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(number_read(bad[i], number));
    char longest[NUMBER_BYTES + 1];
    memset(longest, '1', sizeof(longest) - 1);
    longest[NUMBER_BYTES] = '\0';
    assert_false(number_read(longest, number));
    longest[NUMBER_BYTES - 1] = '\0';
    assert_true(number_read(longest, number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_all_of_a_number), cmocka_unit_test(refuses_what_is_no_pattern),
        cmocka_unit_test(the_one_that_says_more_comes_first), cmocka_unit_test(reads_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
