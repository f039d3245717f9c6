/* test_explain.c - the error comes back, and the line is the caller's. */
#include "mixer/base/explain.h"

#include "tests/unit/mixer/allocation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void is_the_line_and_the_error(void **state)
{
    (void)state;
    char path[2000], *why = NULL;
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(explain(-EBADMSG, &why, "%s: %d", path, 7), -EBADMSG);
    assert_int_equal(strlen(why), sizeof(path) - 1 + 3); /* none is too long */
    assert_string_equal(why + sizeof(path) - 1, ": 7");
    free(why);
}

static void without_memory_there_is_no_line(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    char text[] = "x", *why = text;
    allocation_fail_at = allocation_count + 1;
    assert_int_equal(explain(-EACCES, &why, "%0200d", 7), -EACCES);
    allocation_fail_at = 0;
    assert_null(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_line_and_the_error),
        cmocka_unit_test(without_memory_there_is_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
