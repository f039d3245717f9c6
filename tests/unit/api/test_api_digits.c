/* test_api_digits.c - digits sent one after the other by api/api_digits.c, to a participant
 * that is made up here. */
#include "api/api_digits.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct loop *loop;
static struct api_digits digits;
static char sent[API_DIGITS_MOST + 8];
static int refusal;
static struct participant *const alice = (struct participant *)&sent[0];
static struct participant *const bob = (struct participant *)&sent[1];

int participant_send_digit(struct participant *participant, char digit)
{
    if (refusal)
        return refusal;
    size_t length = strlen(sent);
    sent[length] = participant == alice ? digit : (char)(digit - '0' + 'a');
    sent[length + 1] = '\0';
    return 0;
}

static int make(void **state)
{
    (void)state;
    loop = loop_create();
    api_digits_init(&digits, loop);
    sent[0] = '\0';
    refusal = 0;
    return loop ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    api_digits_finish(&digits);
    loop_destroy(loop);
    return 0;
}

static void run(void)
{
    while (digits.first)
        loop_run_once(loop, 10 * API_DIGITS_STEP_MS);
}

static void sends_one_after_the_other(void **state)
{
    (void)state;
    assert_int_equal(api_digits_send(&digits, alice, "12"), 0);
    assert_string_equal(sent, "1");
    assert_int_equal(api_digits_send(&digits, alice, "3"), -EBUSY);
    assert_int_equal(api_digits_send(&digits, bob, "1"), 0);
    assert_string_equal(sent, "1b");
    run();
    assert_string_equal(sent, "1b2");
    assert_int_equal(api_digits_send(&digits, alice, "3"), 0);
    assert_string_equal(sent, "1b23");
}

static void refuses_what_is_no_digits(void **state)
{
    (void)state;
    char many[API_DIGITS_MOST + 2];
    memset(many, '1', sizeof(many));
    many[API_DIGITS_MOST + 1] = '\0';
    assert_int_equal(api_digits_send(&digits, alice, ""), -EINVAL);
    assert_int_equal(api_digits_send(&digits, alice, "1x"), -EINVAL);
    assert_int_equal(api_digits_send(&digits, alice, many), -EINVAL);
    refusal = -ENOTSUP;
    assert_int_equal(api_digits_send(&digits, alice, "1"), -ENOTSUP);
    assert_null(digits.first);
    assert_string_equal(sent, "");
}

static void ends_with_its_participant(void **state)
{
    (void)state;
    assert_int_equal(api_digits_send(&digits, alice, "12"), 0);
    assert_int_equal(api_digits_send(&digits, bob, "12"), 0);
    api_digits_forget(&digits, alice);
    run();
    assert_string_equal(sent, "1bc");
    assert_int_equal(api_digits_send(&digits, alice, "12"), 0);
    refusal = -ENOTCONN; /* it has gone to another room, say */
    run();
    assert_string_equal(sent, "1bc1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sends_one_after_the_other, make, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_digits, make, end),
        cmocka_unit_test_setup_teardown(ends_with_its_participant, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
