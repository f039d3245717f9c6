/* test_api_caller.c - roles and scopes, api/api_caller.c. */
#include "api/api_caller.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void enters_the_rooms_of_its_scope(void **state)
{
    (void)state;
    struct api_caller caller = {.role = API_MODERATOR,
                                .scope = {.count = 2, .room = {"blue", "green"}}};
    assert_true(api_caller_may_enter(&caller, "blue"));
    assert_true(api_caller_may_enter(&caller, "green"));
    assert_false(api_caller_may_enter(&caller, "red"));
    assert_false(api_caller_may_enter(&caller, "Blue"));
    assert_false(api_caller_may_enter(&caller, "blu"));
    assert_false(api_caller_may_enter(&caller, ""));
    caller.scope = (struct api_scope){.is_all = true};
    assert_true(api_caller_may_enter(&caller, "red"));
    caller.scope = (struct api_scope){0};
    assert_false(api_caller_may_enter(&caller, "red"));
    caller.role = API_ADMIN;
    assert_true(api_caller_may_enter(&caller, "red"));
}

static void a_zeroed_caller_is_nobody(void **state)
{
    (void)state;
    struct api_caller caller = {.scope = {.is_all = true}};
    assert_true(caller.role < API_NOBODY);
    assert_false(api_caller_may_enter(&caller, "blue"));
    caller.role = API_NOBODY;
    assert_false(api_caller_may_enter(&caller, "blue"));
}

static void knows_the_words_of_roles(void **state)
{
    (void)state;
    enum api_role role;
    for (unsigned i = API_PARTICIPANT; i <= API_ADMIN; i++) {
        assert_int_equal(api_role_parse(api_role_word((enum api_role)i), &role), 0);
        assert_int_equal(role, i);
    }
    assert_int_equal(api_role_parse("nobody", &role), -EINVAL);
    assert_int_equal(api_role_parse("Admin", &role), -EINVAL);
    assert_int_equal(api_role_parse("", &role), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enters_the_rooms_of_its_scope),
        cmocka_unit_test(a_zeroed_caller_is_nobody),
        cmocka_unit_test(knows_the_words_of_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
