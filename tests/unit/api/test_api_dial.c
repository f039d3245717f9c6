/* test_api_dial.c - what a call that could not be begun is answered with (api/api_dial.c). */
#include "api/api_dial.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void each_error_has_its_answer(void **state)
{
    (void)state;
    static const struct {
        int err;
        unsigned status;
        const char *code;
        bool names_uri, retries;
    } rows[] = {
        {-EINVAL, 422, "invalid_body", .names_uri = true},
        {-EACCES, 403, "dial_not_allowed", .names_uri = false},
        {-ENOSYS, 403, "dial_out_off", .names_uri = false},
        {-EADDRINUSE, 503, "no_media_port", .retries = true},
        {-EMFILE, 503, "no_media_port", .retries = true},
        {-ENFILE, 503, "no_media_port", .retries = true},
        {-EHOSTUNREACH, 422, "no_route", .names_uri = true},
        {-ENETUNREACH, 422, "no_route", .names_uri = true},
        {-EAFNOSUPPORT, 422, "no_route", .names_uri = true},
        {-ENOMEM, 500, "out_of_memory", .names_uri = false},
        {-ESHUTDOWN, 503, "shutting_down", .names_uri = false},
        {-ENOTCONN, 500, "dial_failed", .names_uri = false},
        {-EIO, 500, "dial_failed", .names_uri = false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct api_answer answer = {0};
        api_dial_error(&answer, rows[i].err);
        assert_true(answer.is_problem);
        assert_int_equal(answer.status, rows[i].status);
        assert_string_equal(text_of(answer.json, "code"), rows[i].code);
        const json_t *errors = json_object_get(answer.json, "errors");
        assert_int_equal(json_array_size(errors), rows[i].names_uri);
        assert_string_equal(text_of(json_array_get(errors, 0), "field"),
                            rows[i].names_uri ? "/uri" : "");
        assert_int_equal(answer.retry_after_s > 0, rows[i].retries);
        api_answer_finish(&answer);
    }
}

/* A call touches no store: no answer may say that one failed. */
static void no_error_is_told_as_one_of_the_store(void **state)
{
    (void)state;
    for (int err = 1; err < 134; err++) {
        struct api_answer answer = {0};
        api_dial_error(&answer, -err);
        assert_true(answer.is_problem && answer.status >= 400);
        assert_null(strstr(text_of(answer.json, "code"), "store"));
        assert_null(strstr(text_of(answer.json, "detail"), "stored"));
        assert_string_not_equal(text_of(answer.json, "code"), "disk_full");
        api_answer_finish(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_has_its_answer),
        cmocka_unit_test(no_error_is_told_as_one_of_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
