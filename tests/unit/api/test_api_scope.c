/* test_api_scope.c - scopes as text and as JSON. */
#include "api/api_scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void reads_what_it_writes(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "*", "blue", "blue +39 a.b_c-d"};
    struct api_scope scope, again;
    char text[API_SCOPE_TEXT_BYTES];
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_true(api_scope_read(texts[i], &scope));
        api_scope_write(&scope, text);
        assert_string_equal(text, texts[i]);
        assert_true(api_scope_read(text, &again));
        assert_true(api_scope_is_same(&scope, &again));
    }
    assert_true(scope.count == 3 && api_scope_has(&scope, "+39"));
    assert_false(api_scope_has(&scope, "+3"));
    assert_false(api_scope_has(&scope, "*"));
}

/* As many and as long as they may be. */
static void the_largest_fits(void **state)
{
    (void)state;
    struct api_scope scope = {.count = API_SCOPE_ROOMS}, again;
    char text[API_SCOPE_TEXT_BYTES];
    for (unsigned i = 0; i < API_SCOPE_ROOMS; i++)
        memset(scope.room[i], (int)('a' + i), ROOM_NAME_BYTES - 1);
    api_scope_write(&scope, text);
    assert_true(api_scope_read(text, &again));
    assert_true(api_scope_is_same(&scope, &again));
    scope.room[15][0] = 'x';
    assert_false(api_scope_is_same(&scope, &again));
}

static void knows_what_is_none(void **state)
{
    (void)state;
    struct api_scope scope;
    char text[1200] = "";
    assert_false(api_scope_read("* blue", &scope));
    assert_false(api_scope_read("blue  red", &scope));
    assert_false(api_scope_read("no/room", &scope));
    for (unsigned i = 0; i <= API_SCOPE_ROOMS; i++)
        strcat(text, i ? " a" : "a");
    assert_false(api_scope_read(text, &scope));
    memset(text, 'a', ROOM_NAME_BYTES);
    text[ROOM_NAME_BYTES] = '\0';
    assert_false(api_scope_read(text, &scope));
}

static bool take(const char *json, struct api_scope *scope)
{
    json_t *list = json_loads(json, 0, NULL);
    const struct api_value value = {.is_given = true, .json = list};
    struct api_answer answer = {.status = 0};
    bool good = api_scope_take(&value, scope, &answer);
    assert_int_equal(answer.status, good ? 0 : 422);
    if (good) {
        json_t *shown = api_scope_show(scope);
        assert_true(json_equal(shown, list));
        json_decref(shown);
    }
    api_answer_finish(&answer);
    json_decref(list);
    return good;
}

static void takes_and_shows_json(void **state)
{
    (void)state;
    struct api_scope scope;
    assert_true(take("[\"blue\", \"red\"]", &scope));
    assert_true(api_scope_has(&scope, "red"));
    assert_true(take("[\"*\"]", &scope));
    assert_true(scope.is_all);
    assert_false(take("[\"blue\", \"*\"]", &scope));
    assert_true(api_scope_item_is_valid("*"));
    assert_true(api_scope_item_is_valid("blue"));
    assert_false(api_scope_item_is_valid("bl ue"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(the_largest_fits),
        cmocka_unit_test(knows_what_is_none),
        cmocka_unit_test(takes_and_shows_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
