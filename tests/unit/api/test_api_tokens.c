/* test_api_tokens.c - the table of api/api_tokens.c. */
#include "api/api_tokens.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_tokens *tokens;
static struct api_caller found;

static int make(void **state)
{
    (void)state;
    tokens = api_tokens_create();
    return tokens ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    api_tokens_destroy(tokens);
    return 0;
}

static int put(const char *token, const char *id, enum api_role role, int64_t expires_ns)
{
    uint8_t digest[API_TOKEN_DIGEST_BYTES];
    struct api_caller caller = {.role = role, .scope = {.count = 1, .room = {"blue"}}};
    snprintf(caller.id, sizeof(caller.id), "%s", id);
    api_token_digest(token, digest);
    return api_tokens_put(tokens, digest, &caller, expires_ns);
}

static int find(const char *authorization)
{
    return api_tokens_find(tokens, authorization, 100, &found);
}

static void finds_whose_it_is(void **state)
{
    (void)state;
    assert_int_equal(put("0123456789abcdef", "one", API_ADMIN, 0), 0);
    assert_int_equal(put("fedcba9876543210", "two", API_MODERATOR, 0), 0);
    assert_int_equal(find("Bearer 0123456789abcdef"), 0);
    assert_string_equal(found.id, "one");
    assert_int_equal(found.role, API_ADMIN);
    assert_int_equal(find("bEARER   fedcba9876543210"), 0);
    assert_string_equal(found.id, "two");
    assert_string_equal(found.scope.room[0], "blue");
    static const char *const wrong[] = {"",
                                        "Bearer",
                                        "Bearer ",
                                        "0123456789abcdef",
                                        "Basic 0123456789abcdef",
                                        "Bearer 0123456789abcde",
                                        "Bearer 0123456789abcdef ",
                                        "Bearer 0123456789abcdeF",
                                        "Bearer0123456789abcdef",
                                        "Bearer 0123456789abcdef0"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(find(wrong[i]), -EACCES);
        assert_int_equal(found.role, API_NOBODY);
        assert_string_equal(found.id, "");
    }
    assert_int_equal(find(NULL), -ENOENT);
    assert_int_equal(found.role, API_NOBODY);
}

static void an_id_and_a_token_are_there_once(void **state)
{
    (void)state;
    assert_int_equal(put("secret", "one", API_ADMIN, 0), 0);
    assert_int_equal(put("other", "one", API_ADMIN, 0), -EEXIST);
    assert_int_equal(put("secret", "two", API_ADMIN, 0), -EEXIST);
    assert_int_equal(find("Bearer other"), -EACCES);
}

static void ends_when_it_expires(void **state)
{
    (void)state;
    put("yesterday", "a", API_ADMIN, 99);
    put("now", "b", API_ADMIN, 100);
    put("tomorrow", "c", API_ADMIN, 101);
    assert_int_equal(find("Bearer yesterday"), -EACCES);
    assert_int_equal(find("Bearer now"), -EACCES);
    assert_int_equal(find("Bearer tomorrow"), 0);
}

static void changes_and_removes_by_id(void **state)
{
    (void)state;
    const struct api_scope all = {.is_all = true};
    put("secret", "one", API_PARTICIPANT, 0);
    assert_true(api_tokens_change(tokens, "one", API_MODERATOR, &all, 0));
    assert_false(api_tokens_change(tokens, "one", API_MODERATOR, &all, 0));
    assert_false(api_tokens_change(tokens, "nobody's", API_ADMIN, &all, 0));
    assert_int_equal(find("Bearer secret"), 0);
    assert_int_equal(found.role, API_MODERATOR);
    assert_true(found.scope.is_all);
    api_tokens_change(tokens, "one", API_MODERATOR, &all, 50);
    assert_int_equal(find("Bearer secret"), -EACCES);
    api_tokens_remove(tokens, "one");
    api_tokens_remove(tokens, "one");
    assert_int_equal(put("secret", "one", API_ADMIN, 0), 0);
    assert_int_equal(find("Bearer secret"), 0);
}

static void knows_when_it_was_used(void **state)
{
    (void)state;
    put("secret", "one", API_ADMIN, 0);
    assert_int_equal(api_tokens_used_ns(tokens, "one"), 0);
    find("Bearer secre");
    assert_int_equal(api_tokens_used_ns(tokens, "one"), 0);
    find("Bearer secret");
    assert_int_equal(api_tokens_used_ns(tokens, "one"), 100);
    assert_int_equal(api_tokens_used_ns(tokens, "two"), 0);
}

/* More than there are buckets. */
static void holds_many(void **state)
{
    (void)state;
    char text[32], header[64];
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "t%u", i);
        assert_int_equal(put(text, text, API_PARTICIPANT, 0), 0);
    }
    for (unsigned i = 0; i < 5000; i += 2) {
        snprintf(text, sizeof(text), "t%u", i);
        api_tokens_remove(tokens, text);
    }
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "t%u", i);
        snprintf(header, sizeof(header), "Bearer t%u", i);
        assert_int_equal(find(header), i % 2 ? 0 : -EACCES);
        assert_string_equal(found.id, i % 2 ? text : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_whose_it_is, make, end),
        cmocka_unit_test_setup_teardown(an_id_and_a_token_are_there_once, make, end),
        cmocka_unit_test_setup_teardown(ends_when_it_expires, make, end),
        cmocka_unit_test_setup_teardown(changes_and_removes_by_id, make, end),
        cmocka_unit_test_setup_teardown(knows_when_it_was_used, make, end),
        cmocka_unit_test_setup_teardown(holds_many, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
