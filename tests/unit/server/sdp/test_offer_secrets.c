/* test_offer_secrets.c - what is there is kept, what is not takes no memory. */
#include "server/sdp/offer_secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void nothing_is_no_secret(void **state)
{
    (void)state;
    struct offer_secrets *secrets = offer_secrets_copy(NULL);
    assert_non_null(secrets);
    assert_false(secrets->dtls.is_used);
    assert_int_equal(secrets->keys.agreed.kind, RTP_SECURITY_NONE);
    assert_null(offer_secrets_trim(secrets));
    assert_null(offer_secrets_trim(NULL));
    offer_secrets_destroy(NULL);
}

static void a_copy_is_changed_alone(void **state)
{
    (void)state;
    struct offer_secrets *first = offer_secrets_copy(NULL);
    offer_dtls_begin(&first->dtls, true);
    struct offer_secrets *second = offer_secrets_copy(first);
    assert_string_equal(second->dtls.local.ufrag, first->dtls.local.ufrag);
    offer_secrets_drop(second);
    assert_null(offer_secrets_trim(second));
    assert_ptr_equal(offer_secrets_trim(first), first);
    assert_true(first->dtls.is_used);
    offer_secrets_destroy(first);
}

static void what_was_offered_or_agreed_stays(void **state)
{
    (void)state;
    struct offer_secrets *secrets = offer_secrets_copy(NULL);
    offer_keys_offer(&secrets->keys);
    assert_ptr_equal(offer_secrets_trim(secrets), secrets);
    offer_keys_drop(&secrets->keys);
    secrets->keys.agreed.kind = RTP_SECURITY_SDES;
    assert_ptr_equal(offer_secrets_trim(secrets), secrets);
    offer_secrets_drop(secrets);
    assert_null(offer_secrets_trim(secrets));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_no_secret),
        cmocka_unit_test(a_copy_is_changed_alone),
        cmocka_unit_test(what_was_offered_or_agreed_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
