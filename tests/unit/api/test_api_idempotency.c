/* test_api_idempotency.c - answers kept by api/api_idempotency.c. */
#include "api/api_idempotency.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct api_idempotency *keys;

static int make(void **state)
{
    (void)state;
    keys = api_idempotency_create(3);
    return keys ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    api_idempotency_destroy(keys);
    return 0;
}

static struct api_request ask(const char *key, uint8_t digest)
{
    struct api_request request = {.digest = {digest}};
    snprintf(request.key, sizeof(request.key), "%s", key);
    return request;
}

static void keep(const char *key, uint8_t digest, unsigned status, int64_t now_ns)
{
    struct api_request request = ask(key, digest);
    api_answer_json(&request.answer, status, json_pack("{s:s}", "key", key));
    snprintf(request.answer.location, sizeof(request.answer.location), "/where");
    api_idempotency_keep(keys, &request, now_ns);
    api_answer_finish(&request.answer);
}

/* The status of the earlier answer; 0: none. */
static unsigned find(const char *key, uint8_t digest, int64_t now_ns)
{
    struct api_request request = ask(key, digest);
    bool answered = api_idempotency_answer(keys, &request, now_ns);
    unsigned status = request.answer.status;
    assert_int_equal(answered, status != 0);
    if (status == 201) {
        assert_true(request.answer.is_replay);
        assert_string_equal(request.answer.location, "/where");
        assert_string_equal(json_string_value(json_object_get(request.answer.json, "key")),
                            key);
    }
    api_answer_finish(&request.answer);
    return status;
}

static void answers_again_what_was_done(void **state)
{
    (void)state;
    assert_int_equal(find("a", 1, 0), 0);
    keep("a", 1, 201, 0);
    assert_int_equal(find("a", 1, 1), 201);
    assert_int_equal(find("a", 1, 2), 201);
    assert_int_equal(find("a", 2, 2), 422);
    assert_int_equal(find("b", 1, 2), 0);
}

static void keeps_success_only(void **state)
{
    (void)state;
    keep("a", 1, 409, 0);
    keep("b", 1, 503, 0);
    keep("", 1, 201, 0);
    assert_int_equal(find("a", 1, 1), 0);
    assert_int_equal(find("b", 1, 1), 0);
    assert_int_equal(find("", 1, 1), 0);
}

static void forgets_the_oldest_and_the_old(void **state)
{
    (void)state;
    int64_t life_ns = API_KEYS_LIFE_S * CLOCK_NS_PER_S;
    keep("a", 1, 201, 0);
    keep("b", 1, 201, 5);
    keep("c", 1, 201, 5);
    assert_int_equal(find("a", 1, life_ns - 1), 201);
    assert_int_equal(find("a", 1, life_ns), 0);
    assert_int_equal(find("b", 1, life_ns), 201);
    keep("d", 1, 201, 6);
    assert_int_equal(find("a", 1, 7), 0);
    assert_int_equal(find("d", 1, 7), 201);
}

static void a_key_is_its_owners(void **state)
{
    (void)state;
    keep("a", 1, 201, 0);
    struct api_request other = ask("a", 2);
    snprintf(other.caller.id, sizeof(other.caller.id), "other");
    assert_false(api_idempotency_answer(keys, &other, 1));
    assert_int_equal(find("a", 2, 1), 422);
}

static void digests_differ_by_method_target_and_body(void **state)
{
    (void)state;
    char target[] = "/a", other[] = "/b", body[] = "{}";
    struct api_request one = {
        .method = API_POST, .target = target, .body = body, .body_length = 2};
    struct api_request two = one;
    api_request_digest(&one);
    api_request_digest(&two);
    assert_memory_equal(one.digest, two.digest, API_DIGEST_BYTES);
    two.target = other;
    api_request_digest(&two);
    assert_memory_not_equal(one.digest, two.digest, API_DIGEST_BYTES);
    two = one;
    two.body_length = 1;
    api_request_digest(&two);
    assert_memory_not_equal(one.digest, two.digest, API_DIGEST_BYTES);
    two = one;
    two.method = API_PATCH;
    api_request_digest(&two);
    assert_memory_not_equal(one.digest, two.digest, API_DIGEST_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_again_what_was_done, make, end),
        cmocka_unit_test_setup_teardown(keeps_success_only, make, end),
        cmocka_unit_test_setup_teardown(forgets_the_oldest_and_the_old, make, end),
        cmocka_unit_test_setup_teardown(a_key_is_its_owners, make, end),
        cmocka_unit_test(digests_differ_by_method_target_and_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
