/* test_api_setting.c - each kind of setting out of a body, and shown again. */
#include "api/api_setting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const colours[] = {"red", "green", "white"};

struct lamp {
    bool lit;
    unsigned watts;
    int64_t bought_ns;
    unsigned colour;
    char label[8];
    char part[3][8];
    unsigned parts;
};

static bool has_no_blank(const char *text)
{
    return text[0] && !strchr(text, ' ');
}

static const struct setting table[] = {
    SETTING_FLAG(struct lamp, lit, "lit"),
    SETTING_NUMBER(struct lamp, watts, "watts", 1, 100),
    SETTING_TIME(struct lamp, bought_ns, "bought_at"),
    SETTING_WORD(struct lamp, colour, "colour", colours, .otherwise = NULL),
    SETTING_TEXT(struct lamp, label, "label", has_no_blank, .allowed = "one word"),
    SETTING_LIST(struct lamp, part, parts, "parts", 3, has_no_blank, .allowed = "one word"),
};
enum { COUNT = sizeof(table) / sizeof(table[0]) };

static const struct lamp defaults = {
    .watts = 40, .bought_ns = 7, .colour = 2, .label = "lamp", .part = {"bulb"}, .parts = 1};

static const struct setting *at(unsigned index)
{
    return index < COUNT ? &table[index] : NULL;
}

static struct lamp lamp;
static struct api_answer answer;

/* Reads @p text over the lamp. @return what is wrong: pointers and details, or "". */
static const char *take(const char *text)
{
    static char wrong[512];
    struct api_field fields[API_SETTINGS_MOST];
    struct api_value values[API_SETTINGS_MOST];
    json_t *body = json_loads(text, 0, NULL), *error;
    assert_non_null(body);
    api_answer_finish(&answer);
    memset(&answer, 0, sizeof(answer));
    assert_int_equal(api_setting_fields(at, fields), COUNT);
    bool good = api_body_read(body, fields, COUNT, API_BODY_PATCH, values, &answer);
    for (unsigned i = 0; good && i < COUNT; i++)
        good = api_setting_take(at(i), &values[i], &defaults, &lamp, &answer);
    size_t index;
    wrong[0] = '\0';
    json_array_foreach(json_object_get(answer.json, "errors"), index, error)
    {
        strcat(strcat(wrong, json_string_value(json_object_get(error, "field"))), " ");
        strcat(strcat(wrong, json_string_value(json_object_get(error, "detail"))), "; ");
    }
    assert_int_equal(good, !wrong[0]);
    json_decref(body);
    return wrong;
}

static void assert_shown(const char *expected)
{
    json_t *shown = json_object();
    for (unsigned i = 0; i < COUNT; i++)
        json_object_set_new(shown, at(i)->name, api_setting_show(at(i), &lamp));
    char *text = json_dumps(shown, JSON_COMPACT);
    assert_string_equal(text, expected);
    free(text);
    json_decref(shown);
}

static void is_shown_as_it_was_given(void **state)
{
    static const char given[] =
        "{\"lit\":true,\"watts\":60,\"bought_at\":\"2026-01-02T03:04:05.678Z\","
        "\"colour\":\"green\",\"label\":\"desk\",\"parts\":[\"foot\",\"bulb\"]}";
    static const char empty[] = "{\"lit\":false,\"watts\":1,\"bought_at\":null,"
                                "\"colour\":\"red\",\"label\":\"\",\"parts\":[]}";
    (void)state;
    assert_string_equal(take(given), "");
    assert_true(lamp.bought_ns == 1767323045678000000);
    assert_shown(given);
    assert_string_equal(take("{}"), "");
    assert_shown(given);
    assert_string_equal(take("{\"watts\":61}"), "");
    assert_int_equal(lamp.watts, 61);
    memset(&lamp, 0, sizeof(lamp));
    assert_string_equal(take("{\"watts\":1,\"label\":\"\",\"parts\":[]}"), "");
    assert_shown(empty);
}

static void null_is_the_default(void **state)
{
    (void)state;
    lamp = (struct lamp){.lit = true, .label = "other", .part = {"x", "y"}, .parts = 2};
    assert_string_equal(take("{\"lit\":null,\"watts\":null,\"bought_at\":null,"
                             "\"colour\":null,\"label\":null,\"parts\":null}"),
                        "");
    assert_memory_equal(&lamp, &defaults, sizeof(lamp));
}

static void all_that_is_wrong_is_told(void **state)
{
    (void)state;
    const struct lamp before = lamp = defaults;
    assert_string_equal(take("{\"lit\":1,\"watts\":101,\"bought_at\":\"soon\","
                             "\"colour\":\"blue\",\"label\":\"a b\",\"parts\":[\"\"]}"),
                        "/lit has to be true or false; "
                        "/watts is 101; 1 to 100 are allowed; "
                        "/bought_at has to be a time as 2026-11-26T09:30:00Z, or null; "
                        "/colour has to be one of \"red\", \"green\", \"white\"; "
                        "/label has to be one word; "
                        "/parts item 0 has to be one word; ");
    assert_memory_equal(&lamp, &before, sizeof(lamp));
    assert_string_equal(take("{\"label\":\"eight888\",\"bought_at\":\"\"}"),
                        "/label has 8 bytes; 0 to 7 are allowed; "
                        "/bought_at has 0 bytes; 1 to 40 are allowed; ");
    assert_string_equal(take("{\"parts\":[\"a\",\"eight888\"]}"), "/parts/1 is too long; ");
    api_answer_finish(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_shown_as_it_was_given),
        cmocka_unit_test(null_is_the_default),
        cmocka_unit_test(all_that_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
