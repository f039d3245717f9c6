/* test_number_rule.c - numbers rewritten by the first rule that fits. */
#include "server/trunk/number_rule.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char german[][NUMBER_RULE_BYTES] = {"00|Z. -> +$", "0|Z. -> +49$", "Z. -> +4930$",
                                                 "11[02] -> +49$"};

static void check(const char *number, const char *wanted)
{
    char out[NUMBER_BYTES];
    assert_int_equal(number_rule_apply(german, 4, number, out), 0);
    assert_string_equal(out, wanted);
}

static void the_first_that_fits_is_taken(void **state)
{
    (void)state;
    check("003912345", "+3912345");
    check("03012345", "+493012345");
    check("12345", "+493012345");
    check("112", "+4930112"); /* the third, which comes before */
    check("+493012345", "+493012345");
    check("0", "0");
}

static void results(void **state)
{
    (void)state;
    char out[NUMBER_BYTES];
    static const char odd[][NUMBER_RULE_BYTES] = {"55|. -> 9$0$", "[67]X -> sales", "8! -> $"};
    assert_int_equal(number_rule_apply(odd, 3, "5512", out), 0);
    assert_string_equal(out, "912012");
    assert_int_equal(number_rule_apply(odd, 3, "61", out), 0);
    assert_string_equal(out, "sales");
    assert_int_equal(number_rule_apply(odd, 3, "8", out), 0);
    assert_string_equal(out, "8");
    assert_int_equal(number_rule_apply(NULL, 0, "8", out), 0);
    assert_string_equal(out, "8");
}

static void too_long_is_said(void **state)
{
    (void)state;
    char number[NUMBER_BYTES + 1], out[NUMBER_BYTES];
    static const char rules[][NUMBER_RULE_BYTES] = {"1. -> +$"};
    memset(number, '1', sizeof(number) - 1);
    number[NUMBER_BYTES] = '\0';
    assert_int_equal(number_rule_apply(NULL, 0, number, out), -ENAMETOOLONG);
    number[NUMBER_BYTES - 1] = '\0';
    assert_int_equal(number_rule_apply(NULL, 0, number, out), 0);
    assert_int_equal(number_rule_apply(rules, 1, number, out), -ENAMETOOLONG);
}

static void refuses_what_is_no_rule(void **state)
{
    (void)state;
    static const char *const good[] = {"00|Z. -> +$", "X -> 1", "|1 -> $", "1| -> +49"};
    static const char *const bad[] = {"",         "1",         "1 ->",       "1 -> ",
                                      " -> 1",    "1->2",      "1|2|3 -> 1", "1 -> X",
                                      "1 -> a b", "1. 2 -> 1", "[1 -> 2]",   "| -> 1"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(number_rule_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(number_rule_is_valid(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_fits_is_taken), cmocka_unit_test(results),
        cmocka_unit_test(too_long_is_said), cmocka_unit_test(refuses_what_is_no_rule)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
