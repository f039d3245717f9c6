/* test_api_uri.c - targets taken apart by api/api_uri.c. */
#include "api/api_uri.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct api_uri uri;
static const char *why;

static void splits_and_decodes(void **state)
{
    (void)state;
    assert_int_equal(
        api_uri_parse("/api/v1/rooms/b%6Cue%2Fx?limit=5&after=a+b%26c&flag", &uri, &why), 0);
    assert_int_equal(uri.segment_count, 4);
    assert_string_equal(uri.segment[0], "api");
    assert_string_equal(uri.segment[3], "blue/x");
    assert_int_equal(uri.parameter_count, 3);
    assert_string_equal(api_uri_parameter(&uri, "limit"), "5");
    assert_string_equal(api_uri_parameter(&uri, "after"), "a b&c");
    assert_string_equal(api_uri_parameter(&uri, "flag"), "");
    assert_null(api_uri_parameter(&uri, "Limit"));
}

static void keeps_empty_parts(void **state)
{
    (void)state;
    assert_int_equal(api_uri_parse("/a//b/?", &uri, &why), 0);
    assert_int_equal(uri.segment_count, 4);
    assert_string_equal(uri.segment[1], "");
    assert_string_equal(uri.segment[3], "");
    assert_int_equal(uri.parameter_count, 0);
}

static void refuses_what_is_no_path(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     "*",    "http://x/", "/%",         "/%4",    "/%zz",    "/a%00b",        "/%0a",
        "/%7f", "/%ff", "/%c0%af",   "/%ed%a0%80", "/?a=%0", "/?%00=1", "/?a=%e2%80%ae",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = NULL;
        assert_int_equal(api_uri_parse(bad[i], &uri, &why), -EINVAL);
        assert_non_null(why);
    }
}

static void has_limits(void **state)
{
    (void)state;
    char text[API_URI_BYTES + 2];
    memset(text, 'a', sizeof(text));
    text[0] = '/';
    text[API_URI_BYTES - 1] = '\0';
    assert_int_equal(api_uri_parse(text, &uri, &why), 0);
    text[API_URI_BYTES - 1] = 'a';
    text[API_URI_BYTES] = '\0';
    assert_int_equal(api_uri_parse(text, &uri, &why), -E2BIG);
    memset(text, '/', 40);
    text[API_URI_MAX_SEGMENTS] = '\0';
    assert_int_equal(api_uri_parse(text, &uri, &why), 0);
    text[API_URI_MAX_SEGMENTS] = '/';
    text[API_URI_MAX_SEGMENTS + 1] = '\0';
    assert_int_equal(api_uri_parse(text, &uri, &why), -E2BIG);
    assert_int_equal(api_uri_parse("/?1&2&3&4&5&6&7&8", &uri, &why), 0);
    assert_int_equal(api_uri_parse("/?1&2&3&4&5&6&7&8&9", &uri, &why), -E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_and_decodes),
        cmocka_unit_test(keeps_empty_parts),
        cmocka_unit_test(refuses_what_is_no_path),
        cmocka_unit_test(has_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
