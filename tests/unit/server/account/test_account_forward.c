/* test_account_forward.c - which answer of phones sends a call on, and which words there are.
 */
#include "server/account/account_forward.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void goes_on_when_it_is_set_to(void **state)
{
    (void)state;
    static const struct {
        enum account_forward_when when;
        int status;
        bool meets;
    } cases[] = {
        {ACCOUNT_FORWARD_ALWAYS, 486, true},     {ACCOUNT_FORWARD_ALWAYS, 480, true},
        {ACCOUNT_FORWARD_BUSY, 486, true},       {ACCOUNT_FORWARD_BUSY, 600, true},
        {ACCOUNT_FORWARD_BUSY, 480, false},      {ACCOUNT_FORWARD_BUSY, 603, false},
        {ACCOUNT_FORWARD_NO_ANSWER, 480, true},  {ACCOUNT_FORWARD_NO_ANSWER, 408, true},
        {ACCOUNT_FORWARD_NO_ANSWER, 503, true},  {ACCOUNT_FORWARD_NO_ANSWER, 430, true},
        {ACCOUNT_FORWARD_NO_ANSWER, 486, false}, {ACCOUNT_FORWARD_NO_ANSWER, 603, false},
        {ACCOUNT_FORWARD_NOT_TAKEN, 486, true},  {ACCOUNT_FORWARD_NOT_TAKEN, 600, true},
        {ACCOUNT_FORWARD_NOT_TAKEN, 480, true},  {ACCOUNT_FORWARD_NOT_TAKEN, 404, true},
        {ACCOUNT_FORWARD_NOT_TAKEN, 503, true},  {ACCOUNT_FORWARD_NOT_TAKEN, 603, false},
        {ACCOUNT_FORWARD_BESIDE, 486, true},     {ACCOUNT_FORWARD_BESIDE, 480, true},
        {ACCOUNT_FORWARD_BESIDE, 404, true},     {ACCOUNT_FORWARD_BESIDE, 603, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct account_forward forward = {
            .scope = ACCOUNT_FORWARD_LOCAL, .when = cases[i].when, .to = "102"};
        assert_int_equal(account_forward_meets(&forward, cases[i].status), cases[i].meets);
        assert_int_equal(account_forward_is_always(&forward),
                         cases[i].when == ACCOUNT_FORWARD_ALWAYS);
        assert_int_equal(account_forward_is_beside(&forward),
                         cases[i].when == ACCOUNT_FORWARD_BESIDE);
        forward.scope = ACCOUNT_FORWARD_NONE;
        assert_false(account_forward_meets(&forward, cases[i].status));
        assert_false(account_forward_is_always(&forward));
        assert_false(account_forward_is_beside(&forward));
        forward =
            (struct account_forward){.scope = ACCOUNT_FORWARD_TRUNK, .when = cases[i].when};
        assert_false(account_forward_meets(&forward, cases[i].status));
    }
}

static void knows_what_can_be_dialled(void **state)
{
    (void)state;
    char most[ACCOUNT_FORWARD_BYTES + 1];
    static const char *const good[] = {"", "102", "bob", "tel:+4930123", "sip:bob@raduno:5060"};
    static const char *const bad[] = {"a b", "<sip:a@b>", "a\r\nb", "\"a\"", "a\\", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(account_forward_to_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(account_forward_to_is_valid(bad[i]));
    memset(most, '1', sizeof(most));
    most[ACCOUNT_FORWARD_BYTES] = '\0';
    assert_false(account_forward_to_is_valid(most));
    assert_true(account_forward_to_is_valid(most + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_when_it_is_set_to),
        cmocka_unit_test(knows_what_can_be_dialled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
