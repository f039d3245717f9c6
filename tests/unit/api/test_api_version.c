/* test_api_version.c - ETags of what is shown. */
#include "api/api_version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const changing[] = {"talking", "video.now", NULL};

static const char *version_of(const char *text)
{
    static char out[2][API_VERSION_BYTES];
    static unsigned turn;
    json_t *shown = json_loads(text, 0, NULL);
    assert_non_null(shown);
    turn = !turn;
    api_version_of(shown, changing, out[turn]);
    json_decref(shown);
    return out[turn];
}

static void is_a_quoted_hash(void **state)
{
    (void)state;
    const char *version = version_of("{\"a\":1}");
    assert_int_equal(strlen(version), API_VERSION_BYTES - 1);
    assert_true(version[0] == '"' && version[API_VERSION_BYTES - 2] == '"');
    assert_int_equal(strspn(version + 1, "0123456789abcdef"), API_VERSION_BYTES - 3);
}

static void changes_with_what_lasts_only(void **state)
{
    (void)state;
    static const char one[] =
        "{\"a\":1,\"talking\":true,\"video\":{\"fps\":5,\"now\":{\"x\":1}}}";
    static const char *const same[] = {
        "{\"talking\":false,\"video\":{\"now\":null,\"fps\":5},\"a\":1}",
        "{\"video\":{\"fps\":5},\"a\":1}"};
    static const char *const other[] = {"{\"a\":2,\"video\":{\"fps\":5}}",
                                        "{\"a\":1,\"video\":{\"fps\":6}}", "{\"a\":1}",
                                        "{\"a\":1,\"b\":1,\"video\":{\"fps\":5}}"};
    for (unsigned i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_string_equal(version_of(one), version_of(same[i]));
    for (unsigned i = 0; i < sizeof(other) / sizeof(other[0]); i++)
        assert_string_not_equal(version_of(one), version_of(other[i]));
}

static void leaves_what_is_shown(void **state)
{
    (void)state;
    char out[API_VERSION_BYTES];
    json_t *shown = json_loads("{\"talking\":1,\"video\":{\"now\":1}}", 0, NULL);
    api_version_of(shown, changing, out);
    assert_non_null(json_object_get(shown, "talking"));
    assert_non_null(json_object_get(json_object_get(shown, "video"), "now"));
    json_decref(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_a_quoted_hash),
        cmocka_unit_test(changes_with_what_lasts_only),
        cmocka_unit_test(leaves_what_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
