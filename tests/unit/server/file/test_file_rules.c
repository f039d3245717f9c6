/* test_file_rules.c - which types of files are taken. */
#include "server/file/file_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void types_are_a_pair_of_names(void **state)
{
    (void)state;
    assert_true(file_type_is_valid("image/png"));
    assert_true(file_type_is_valid("application/vnd.ms-excel.x+zip"));
    static const char *const others[] = {"",           "image",       "image/",
                                         "/png",       "image/png/x", "Image/png",
                                         "image/p ng", "image/*",     "cannot open \x60x'"};
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(file_type_is_valid(others[i]));
}

static bool takes(const char *type, const char *taken, const char *refused)
{
    const struct file_rules rules = {.types = &taken,
                                     .type_count = 1,
                                     .refused = &refused,
                                     .refused_count = refused != NULL};
    return file_rules_take(&rules, type);
}

static void patterns_take_and_refuse(void **state)
{
    (void)state;
    assert_true(takes("image/png", "*/*", NULL));
    assert_true(takes("image/png", "image/*", NULL));
    assert_true(takes("image/png", "image/png", "image/jpeg"));
    assert_false(takes("image/png", "image/p", NULL));
    assert_false(takes("images/png", "image/*", NULL));
    assert_false(takes("image/png", "*/*", "image/*"));
    assert_false(takes("image/png", "*/*", "image/png"));
    assert_false(file_rules_take(&(struct file_rules){0}, "image/png"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_a_pair_of_names),
        cmocka_unit_test(patterns_take_and_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
