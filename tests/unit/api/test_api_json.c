/* test_api_json.c - bodies read by api/api_json.c. */
#include "api/api_json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char why[API_JSON_WHY_BYTES];

static int parse(const char *text, json_t **json)
{
    return api_json_parse(text, strlen(text), json, why);
}

static void measures_depth_outside_of_strings(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned depth;
    } cases[] = {
        {"", 0},
        {"1", 0},
        {"{}", 1},
        {"[[],[[]]]", 3},
        {"\"[[[\"", 0},
        {"[\"\\\"[[\"]", 1},
        {"[\"\\\\\", [", 2},
        {"]]]][", 1},
        {"[\"", 1},
        {"[\"\\", 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(api_json_depth(cases[i].text, strlen(cases[i].text)), cases[i].depth);
}

static void refuses_deep_ones(void **state)
{
    (void)state;
    enum { DEEP = 10000 };
    char *text = malloc(2 * DEEP + 8);
    json_t *json = NULL;
    for (unsigned depth = API_JSON_MAX_DEPTH; depth <= DEEP;
         depth += DEEP - API_JSON_MAX_DEPTH) {
        unsigned inner = depth - 1;
        int length = snprintf(text, 2 * DEEP + 8, "{\"a\":");
        memset(text + length, '[', inner);
        memset(text + length + inner, ']', inner);
        text[(unsigned)length + 2 * inner] = '}';
        int err = api_json_parse(text, (unsigned)length + 2 * inner + 1, &json, why);
        assert_int_equal(err, depth <= API_JSON_MAX_DEPTH ? 0 : -EBADMSG);
        if (err == 0)
            json_decref(json);
        else
            assert_non_null(strstr(why, "32"));
    }
    free(text);
}

static void takes_one_object_only(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "1",
        "[]",
        "null",
        "{",
        "{}x",
        "{\"a\":1,\"a\":2}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":NaN}",
    };
    json_t *json = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why[0] = '\0';
        assert_int_equal(parse(bad[i], &json), -EBADMSG);
        assert_true(why[0] != '\0');
        assert_null(json);
    }
    assert_int_equal(parse(" {\"a\": {\"b\": [1]}} ", &json), 0);
    assert_true(json_is_object(json));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_depth_outside_of_strings),
        cmocka_unit_test(refuses_deep_ones),
        cmocka_unit_test(takes_one_object_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
