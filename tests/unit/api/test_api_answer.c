/* test_api_answer.c - JSON answers and problems of api/api_answer.c. */
#include "api/api_answer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void makes_a_problem(void **state)
{
    (void)state;
    struct api_answer answer = {0};
    api_problem(&answer, 409, "room_full", "Room \"%s\" is full.", "blue");
    assert_int_equal(answer.status, 409);
    assert_true(answer.is_problem);
    char *text = json_dumps(answer.json, JSON_COMPACT);
    assert_string_equal(text,
                        "{\"type\":\"urn:raduno:problem:room_full\",\"title\":\"Conflict\","
                        "\"status\":409,\"code\":\"room_full\","
                        "\"detail\":\"Room \\\"blue\\\" is full.\"}");
    free(text);
    api_answer_finish(&answer);
}

static void names_fields_and_parameters(void **state)
{
    (void)state;
    struct api_answer answer = {0};
    api_problem_field(&answer, "/a", "is %d", 1);
    api_problem_field(&answer, "/b", "is bad");
    assert_int_equal(answer.status, 422);
    const json_t *errors = json_object_get(answer.json, "errors");
    assert_int_equal(json_array_size(errors), 2);
    const json_t *first = json_array_get(errors, 0);
    assert_string_equal(json_string_value(json_object_get(first, "field")), "/a");
    assert_string_equal(json_string_value(json_object_get(first, "detail")), "is 1");
    api_answer_finish(&answer);
    answer = (struct api_answer){0};
    api_problem_parameter(&answer, "limit", "is bad");
    first = json_array_get(json_object_get(answer.json, "errors"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "parameter")), "limit");
    api_answer_finish(&answer);
}

static void survives_a_detail_that_is_cut_or_no_utf8(void **state)
{
    (void)state;
    struct api_answer answer = {0};
    char text[2048];
    for (size_t i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa4", 3);
    for (unsigned shift = 0; shift < 2; shift++) {
        api_problem(&answer, 404, "x", "%s%s", shift ? "a" : "", text);
        assert_int_equal(answer.status, 404);
        assert_non_null(answer.json);
        api_problem_field(&answer, "/\xc3", "%s%s", shift ? "a" : "", text);
        assert_int_equal(json_array_size(json_object_get(answer.json, "errors")), 1);
    }
    api_answer_finish(&answer);
}

static void a_json_that_is_none_is_a_503(void **state)
{
    (void)state;
    struct api_answer answer = {0};
    api_answer_json(&answer, 200, NULL);
    assert_int_equal(answer.status, 503);
    api_answer_finish(&answer);
}

static void copies_deeply(void **state)
{
    (void)state;
    struct api_answer answer = {.location = "/x"}, copy;
    api_answer_json(&answer, 201, json_pack("{s:i}", "a", 1));
    assert_true(api_answer_copy(&copy, &answer));
    json_object_set_new(answer.json, "a", json_integer(2));
    assert_int_equal(json_integer_value(json_object_get(copy.json, "a")), 1);
    assert_int_equal(copy.status, 201);
    assert_string_equal(copy.location, "/x");
    api_answer_finish(&answer);
    assert_true(api_answer_copy(&answer, &(struct api_answer){.status = 204}));
    assert_null(answer.json);
    api_answer_finish(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_problem),
        cmocka_unit_test(names_fields_and_parameters),
        cmocka_unit_test(survives_a_detail_that_is_cut_or_no_utf8),
        cmocka_unit_test(a_json_that_is_none_is_a_503),
        cmocka_unit_test(copies_deeply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
