/* test_api_webhook_sign.c - signatures as Standard Webhooks has them. */
#include "api/api_webhook_sign.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The example of the specification's reference libraries. */
static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static const char body[] = "{\"test\": 2432232314}";

static void signs_as_the_specification_does(void **state)
{
    (void)state;
    char signature[API_WEBHOOK_SIGNATURE_BYTES];
    assert_int_equal(api_webhook_sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body,
                                      strlen(body), signature),
                     0);
    assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void depends_on_all_that_is_signed(void **state)
{
    (void)state;
    char one[API_WEBHOOK_SIGNATURE_BYTES], other[API_WEBHOOK_SIGNATURE_BYTES];
    assert_int_equal(api_webhook_sign(secret, "a", 1, "x", 1, one), 0);
    assert_int_equal(api_webhook_sign(secret, "a", 1, "xy", 1, other), 0);
    assert_string_equal(one, other);
    assert_int_equal(api_webhook_sign(secret, "b", 1, "x", 1, other), 0);
    assert_string_not_equal(one, other);
    assert_int_equal(api_webhook_sign(secret, "a", 2, "x", 1, other), 0);
    assert_string_not_equal(one, other);
    assert_int_equal(api_webhook_sign(secret, "a", 1, "y", 1, other), 0);
    assert_string_not_equal(one, other);
}

static void makes_secrets_that_differ(void **state)
{
    (void)state;
    char one[API_WEBHOOK_SECRET_BYTES], other[API_WEBHOOK_SECRET_BYTES];
    api_webhook_secret_make(one);
    api_webhook_secret_make(other);
    assert_true(api_webhook_secret_is_valid(one));
    assert_string_not_equal(one, other);
}

static void knows_what_is_no_secret(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",
        "whsec_====",
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwj"
         "UPD8ILPZIo2LaLaSw"),
    };
    char signature[API_WEBHOOK_SIGNATURE_BYTES];
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(api_webhook_secret_is_valid(wrong[i]));
        assert_int_equal(api_webhook_sign(wrong[i], "a", 1, "x", 1, signature), -EINVAL);
    }
    assert_true(api_webhook_secret_is_valid(secret));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_the_specification_does),
        cmocka_unit_test(depends_on_all_that_is_signed),
        cmocka_unit_test(makes_secrets_that_differ),
        cmocka_unit_test(knows_what_is_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
