/* test_rtp_keys.c - suites by name, random keys, equality. */
#include "server/rtp/rtp_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void finds_each_suite_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = RTP_SUITE_NONE + 1; i < RTP_SUITES; i++) {
        const struct rtp_suite_row *row = rtp_suite_row((enum rtp_suite)i);
        assert_int_equal(rtp_suite_by_name(row->name, strlen(row->name)), i);
        assert_int_equal(rtp_suite_by_name(row->name, strlen(row->name) - 1), RTP_SUITE_NONE);
        assert_true(row->key_bytes <= RTP_KEYS_MAX_KEY && row->salt_bytes <= RTP_KEYS_MAX_SALT);
    }
    assert_int_equal(rtp_suite_by_name("aead_aes_128_gcm", 16), RTP_SUITE_AEAD_AES_128_GCM);
    assert_int_equal(rtp_suite_by_name("F8_128_HMAC_SHA1_80", 19), RTP_SUITE_NONE);
    assert_int_equal(rtp_suite_by_name("", 0), RTP_SUITE_NONE);
}

static void makes_keys_that_differ(void **state)
{
    (void)state;
    static const uint8_t nothing[RTP_KEYS_MAX_KEY];
    for (unsigned i = RTP_SUITE_NONE + 1; i < RTP_SUITES; i++) {
        struct rtp_keys a, b;
        const struct rtp_suite_row *row = rtp_suite_row((enum rtp_suite)i);
        rtp_keys_make((enum rtp_suite)i, &a);
        rtp_keys_make((enum rtp_suite)i, &b);
        assert_false(rtp_keys_equal(&a, &b));
        assert_memory_equal(a.key + row->key_bytes, nothing,
                            (size_t)(RTP_KEYS_MAX_KEY - row->key_bytes));
        b = a;
        assert_true(rtp_keys_equal(&a, &b));
        b.mki_bytes = 1;
        assert_false(rtp_keys_equal(&a, &b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_suite_by_its_name),
        cmocka_unit_test(makes_keys_that_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
