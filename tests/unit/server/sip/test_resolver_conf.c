/* test_resolver_conf.c - what the resolver is told, of what the system has. */
#include "server/sip/resolver_conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* To be freed. @p system NULL: there is no file. */
static char *filtered(const char *system)
{
    char *out = NULL;
    size_t length;
    FILE *to = open_memstream(&out, &length);
    FILE *from = system ? fmemopen((void *)system, strlen(system), "r") : NULL;
    assert_non_null(to);
    resolver_conf_filter(from, to);
    fclose(to);
    if (from)
        fclose(from);
    return out;
}

static void assert_filtered(const char *system, const char *expected)
{
    char *out = filtered(system);
    assert_string_equal(out, expected);
    free(out);
}

static void long_answers_are_asked_for_unless_the_system_says_not(void **state)
{
    (void)state;
    assert_filtered("nameserver 127.0.0.1\noptions no-edns0\n",
                    "options edns0\nnameserver 127.0.0.1\noptions no-edns0\n");
}

static void there_is_always_one_that_can_be_asked(void **state)
{
    (void)state;
    assert_filtered(NULL, "options edns0\n\nnameserver 127.0.0.1\n");
    assert_filtered("search example.com\n",
                    "options edns0\nsearch example.com\n\nnameserver 127.0.0.1\n");
    assert_filtered("nameserver 127.0.0.1\nnameserver nonsense\n",
                    "options edns0\nnameserver 127.0.0.1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_answers_are_asked_for_unless_the_system_says_not),
        cmocka_unit_test(there_is_always_one_that_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
