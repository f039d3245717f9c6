/* test_attributes.c - few, short, and fit to be shown. */
#include "server/room/attributes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void sets_and_replaces(void **state)
{
    (void)state;
    struct attributes list = {.count = 0};
    assert_null(attributes_get(&list, "a"));
    assert_int_equal(attributes_set(&list, "a", "one"), 0);
    assert_int_equal(attributes_set(&list, "b", "two\r\nX-Evil: \x1b"), 0);
    assert_int_equal(attributes_set(&list, "a", "three"), 0);
    assert_int_equal(list.count, 2);
    assert_string_equal(attributes_get(&list, "a"), "three");
    assert_string_equal(attributes_get(&list, "b"), "twoX-Evil: ");
}

static void has_limits(void **state)
{
    (void)state;
    struct attributes list = {.count = 0};
    char name[8], longest[2 * ATTRIBUTE_VALUE_BYTES];
    static const char *const bad[] = {"",    "A",        "a-b",
                                      "a b", "\xc3\xa9", "abcdefghijklmnopqrstuvwxyz_0123456"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(attributes_set(&list, bad[i], "x"), -EINVAL);
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    for (unsigned i = 0; i < ATTRIBUTES_MOST; i++) {
        snprintf(name, sizeof(name), "a%u", i);
        assert_int_equal(attributes_set(&list, name, longest), 0);
    }
    assert_int_equal(strlen(attributes_get(&list, "a0")), ATTRIBUTE_VALUE_BYTES - 1);
    assert_int_equal(attributes_set(&list, "more", "x"), -E2BIG);
    assert_int_equal(attributes_set(&list, "a3", "x"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_and_replaces),
        cmocka_unit_test(has_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
