/* test_api_token_list.c - tokens that are kept, on a real store. */
#include "api/api_token_list.h"

#include "server/store/store.h"
#include "tests/unit/temp_directory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/raduno-test-tokens-XXXXXX";
static struct store *store;
static struct api_tokens *tokens;
static struct api_token_list *list;

static void start(void)
{
    char *why = NULL;
    assert_int_equal(store_open(directory, &store, &why), 0);
    tokens = api_tokens_create();
    assert_non_null(tokens);
    assert_int_equal(api_token_list_create(store, tokens, &list), 0);
}

static void stop(void)
{
    api_token_list_destroy(list);
    api_tokens_destroy(tokens);
    store_close(store);
}

static int make(void **state)
{
    (void)state;
    if (temp_directory_make(directory) < 0)
        return -1;
    start();
    return 0;
}

static int end(void **state)
{
    (void)state;
    stop();
    return temp_directory_end(directory);
}

static struct api_token_settings moderator(int64_t expires_ns)
{
    return (struct api_token_settings){.name = "Ann's",
                                       .role = API_MODERATOR,
                                       .scope = {.count = 2, .room = {"blue", "+39"}},
                                       .expires_ns = expires_ns};
}

static int find(const char *secret, struct api_caller *caller)
{
    char header[API_TOKEN_SECRET_BYTES + 8];
    snprintf(header, sizeof(header), "Bearer %s", secret);
    return api_tokens_find(tokens, header, 100, caller);
}

static void what_is_made_lets_in_and_survives(void **state)
{
    (void)state;
    struct api_token_settings settings = moderator(500);
    char secret[API_TOKEN_SECRET_BYTES], id[API_CALLER_ID_BYTES];
    const struct api_token *token;
    struct api_caller caller;
    assert_int_equal(api_token_list_add(list, &settings, secret, &token), 0);
    assert_int_equal(strlen(secret), API_TOKEN_SECRET_BYTES - 1);
    snprintf(id, sizeof(id), "%s", token->id);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(find(secret, &caller), 0);
        assert_string_equal(caller.id, id);
        assert_int_equal(caller.role, API_MODERATOR);
        assert_true(api_caller_may_enter(&caller, "blue"));
        assert_true(api_caller_may_enter(&caller, "+39"));
        assert_false(api_caller_may_enter(&caller, "red"));
        token = api_token_list_find(list, id);
        assert_non_null(token);
        assert_string_equal(token->settings.name, "Ann's");
        assert_int_equal(token->settings.expires_ns, 500);
        assert_int_equal(token->used_ns, 100);
        api_token_list_flush(list);
        stop();
        start();
    }
    assert_int_equal(api_token_list_find(list, id)->used_ns, 100);
}

static void changes_and_deletions_survive(void **state)
{
    (void)state;
    struct api_token_settings settings = moderator(0);
    char one[API_TOKEN_SECRET_BYTES], two[API_TOKEN_SECRET_BYTES];
    const struct api_token *token;
    struct api_caller caller;
    assert_int_equal(api_token_list_add(list, &settings, one, &token), 0);
    settings.role = API_ADMIN;
    settings.scope = (struct api_scope){.is_all = true};
    assert_int_equal(api_token_list_change(list, token->id, &settings), 0);
    assert_int_equal(api_token_list_add(list, &settings, two, &token), 0);
    assert_int_equal(api_token_list_delete(list, token->id), 0);
    assert_int_equal(api_token_list_delete(list, "none"), -ENOENT);
    assert_int_equal(api_token_list_change(list, "none", &settings), -ENOENT);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(find(one, &caller), 0);
        assert_int_equal(caller.role, API_ADMIN);
        assert_true(caller.scope.is_all);
        assert_int_equal(find(two, &caller), -EACCES);
        stop();
        start();
    }
}

static void are_listed_by_id(void **state)
{
    (void)state;
    struct api_token_settings settings = moderator(0);
    char secret[API_TOKEN_SECRET_BYTES], last[API_CALLER_ID_BYTES] = "";
    const struct api_token *token;
    unsigned count = 0;
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(api_token_list_add(list, &settings, secret, &token), 0);
    for (token = api_token_list_above(list, ""); token;
         token = api_token_list_above(list, last)) {
        assert_true(strcmp(token->id, last) > 0);
        snprintf(last, sizeof(last), "%s", token->id);
        count++;
    }
    assert_int_equal(count, 50);
}

static unsigned over;

static void on_over(void *context, const char *id)
{
    assert_string_equal(id, context);
    over++;
}

static void an_end_is_told_once(void **state)
{
    (void)state;
    struct api_token_settings settings = moderator(500);
    char secret[API_TOKEN_SECRET_BYTES], id[API_CALLER_ID_BYTES];
    const struct api_token *token;
    over = 0;
    assert_int_equal(api_token_list_add(list, &settings, secret, &token), 0);
    snprintf(id, sizeof(id), "%s", token->id);
    api_token_list_expire(list, 499, on_over, id);
    assert_int_equal(over, 0);
    api_token_list_expire(list, 500, on_over, id);
    api_token_list_expire(list, 501, on_over, id);
    assert_int_equal(over, 1);
    settings.expires_ns = 600; /* it may come again */
    assert_int_equal(api_token_list_change(list, id, &settings), 0);
    api_token_list_expire(list, 600, on_over, id);
    assert_int_equal(over, 2);
}

static void a_row_that_cannot_be_read_lets_nobody_in(void **state)
{
    (void)state;
    static const char good[] =
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    const struct store_token rows[] = {
        {.id = "a", .sha256 = "9f86", .name = "x", .role = "admin", .rooms = "*"},
        {.id = "b", .sha256 = good, .name = "x", .role = "king", .rooms = "*"},
        {.id = "c", .sha256 = "", .name = "x", .role = "admin", .rooms = "*"},
    };
    struct api_caller caller;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(store_token_put(store, &rows[i]), 0);
    stop();
    start();
    assert_int_equal(find("test", &caller), -EACCES);
    assert_null(api_token_list_above(list, ""));
    const struct store_token fine = {
        .id = "d", .sha256 = good, .name = "x", .role = "participant", .rooms = ""};
    assert_int_equal(store_token_delete(store, "b"), 0);
    assert_int_equal(store_token_put(store, &fine), 0);
    stop();
    start();
    assert_int_equal(find("test", &caller), 0);
    assert_false(api_caller_may_enter(&caller, "blue"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_made_lets_in_and_survives, make, end),
        cmocka_unit_test_setup_teardown(changes_and_deletions_survive, make, end),
        cmocka_unit_test_setup_teardown(are_listed_by_id, make, end),
        cmocka_unit_test_setup_teardown(an_end_is_told_once, make, end),
        cmocka_unit_test_setup_teardown(a_row_that_cannot_be_read_lets_nobody_in, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
