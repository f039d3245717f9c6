/* test_api_body.c - fields checked by api/api_body.c. */
#include "api/api_body.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NAME, LOCKED, MOST, VOLUME, TONE, MADE, KEYS, SAYS, FIELDS };

static bool is_low(const char *text)
{
    return strspn(text, "abc") == strlen(text);
}

static const struct api_field fields[FIELDS] = {
    [NAME] = {"name", API_TEXT, .least = 1, .most = 4, .is_required = true},
    [LOCKED] = {"locked", API_BOOL, .has_default = true},
    [MOST] = {"most", API_INTEGER, .least = 1, .most = 10},
    [VOLUME] = {"volume", API_NUMBER, .least = -60, .most = 20, .has_default = true},
    [TONE] = {"tone", API_WORD, .words = {"both", "none"}},
    [MADE] = {"made", API_TEXT, .is_read_only = true},
    [KEYS] = {"keys", API_OBJECT, .is_nullable = true},
    [SAYS] = {"says", API_LIST, .most = 2, .is_valid = is_low, .allowed = "a to c"},
};

static struct api_value values[FIELDS];
static struct api_answer answer;

static bool take(const char *text, enum api_body_kind kind)
{
    json_t *body = json_loads(text, 0, NULL);
    assert_non_null(body);
    api_answer_finish(&answer);
    memset(&answer, 0, sizeof(answer));
    bool good = api_body_read(body, fields, FIELDS, kind, values, &answer);
    json_decref(body);
    return good;
}

/* The first error's pointer, or "". */
static const char *wrong(const char *text, enum api_body_kind kind)
{
    if (take(text, kind)) {
        assert_int_equal(answer.status, 0);
        return "";
    }
    assert_int_equal(answer.status, 422);
    assert_true(answer.is_problem);
    const json_t *error = json_array_get(json_object_get(answer.json, "errors"), 0);
    assert_true(json_string_length(json_object_get(error, "detail")) > 0);
    return json_string_value(json_object_get(error, "field"));
}

static void reads_each_type(void **state)
{
    (void)state;
    assert_true(
        take("{\"name\":\"n\",\"locked\":true,\"most\":10,\"volume\":-60,\"tone\":\"none\"}",
             API_BODY_NEW));
    assert_true(values[LOCKED].is_given && values[LOCKED].flag);
    assert_int_equal(values[MOST].integer, 10);
    assert_true(values[VOLUME].number <= -60 && values[VOLUME].number >= -60);
    assert_true(values[NAME].is_given && values[TONE].is_given && !values[MADE].is_given);
    assert_true(take("{\"name\":\"n\",\"volume\":1.5}", API_BODY_NEW));
    assert_false(values[LOCKED].is_given);
    assert_true(values[VOLUME].number > 1.4 && values[VOLUME].number < 1.6);
    assert_string_equal(wrong("{\"name\":\"n\",\"keys\":null,\"says\":[]}", API_BODY_NEW), "");
    assert_true(values[KEYS].is_null && !values[KEYS].json);
    assert_int_equal(json_array_size(values[SAYS].json), 0);
    assert_string_equal(wrong("{\"keys\":{},\"says\":[\"a\",\"cab\"]}", API_BODY_PATCH), "");
    assert_true(values[KEYS].json && values[SAYS].is_given);
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *body, *pointer;
    } cases[] = {
        {"{\"name\":\"\"}", "/name"},        {"{\"name\":\"12345\"}", "/name"},
        {"{\"name\":1}", "/name"},           {"{\"name\":\"a\\nb\"}", "/name"},
        {"{\"locked\":1}", "/locked"},       {"{\"locked\":\"true\"}", "/locked"},
        {"{\"most\":0}", "/most"},           {"{\"most\":11}", "/most"},
        {"{\"most\":1.0}", "/most"},         {"{\"most\":99999999999999}", "/most"},
        {"{\"volume\":-60.001}", "/volume"}, {"{\"volume\":\"0\"}", "/volume"},
        {"{\"tone\":\"Both\"}", "/tone"},    {"{\"tone\":null}", "/tone"},
        {"{\"made\":\"x\"}", "/made"},       {"{\"nmae\":1}", "/nmae"},
        {"{\"a/b~c\":1}", "/a~1b~0c"},       {"{\"most\":null}", "/most"},
        {"{\"keys\":[]}", "/keys"},          {"{\"keys\":\"x\"}", "/keys"},
        {"{\"says\":{}}", "/says"},          {"{\"says\":\"a\"}", "/says"},
        {"{\"says\":[\"d\"]}", "/says"},     {"{\"says\":[\"a\",1]}", "/says"},
        {"{\"says\":null}", "/says"},        {"{\"says\":[\"a\",\"a\",\"a\"]}", "/says"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(wrong(cases[i].body, API_BODY_PATCH), cases[i].pointer);
}

static void asks_for_required_ones_in_new_ones_only(void **state)
{
    (void)state;
    assert_string_equal(wrong("{}", API_BODY_NEW), "/name");
    assert_string_equal(wrong("{}", API_BODY_PATCH), "");
}

static void null_is_the_default_in_a_patch_only(void **state)
{
    (void)state;
    assert_string_equal(wrong("{\"locked\":null}", API_BODY_PATCH), "");
    assert_true(values[LOCKED].is_given && values[LOCKED].is_null && !values[LOCKED].flag);
    assert_string_equal(wrong("{\"name\":\"n\",\"locked\":null}", API_BODY_NEW), "/locked");
}

static void tells_all_errors_at_once_but_not_without_end(void **state)
{
    (void)state;
    assert_false(take("{\"most\":0,\"locked\":0,\"x\":0}", API_BODY_NEW));
    assert_int_equal(json_array_size(json_object_get(answer.json, "errors")), 4);
    char text[4096] = "{\"x\":0";
    size_t length = strlen(text);
    for (unsigned i = 0; i < 200; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, ",\"x%u\":0", i);
    text[length] = '}';
    assert_false(take(text, API_BODY_NEW));
    assert_int_equal(json_array_size(json_object_get(answer.json, "errors")), 64);
    api_answer_finish(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_type),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(asks_for_required_ones_in_new_ones_only),
        cmocka_unit_test(null_is_the_default_in_a_patch_only),
        cmocka_unit_test(tells_all_errors_at_once_but_not_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
