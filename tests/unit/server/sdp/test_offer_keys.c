/* test_offer_keys.c - keys answered, offered, accepted, kept, and never used twice. */
#include "server/sdp/offer_keys.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct crypto_lines lines_of(unsigned tag, enum rtp_suite suite)
{
    struct crypto_lines lines;
    memset(&lines, 0, sizeof(lines));
    lines.count = 1;
    lines.line[0].tag = tag;
    rtp_keys_make(suite, &lines.line[0].keys);
    return lines;
}

static void answers_the_first_and_keeps_it(void **state)
{
    (void)state;
    struct offer_keys keys = {0};
    struct crypto_lines theirs = lines_of(7, RTP_SUITE_AEAD_AES_128_GCM);
    theirs.line[1] = lines_of(8, RTP_SUITE_AES_CM_128_HMAC_SHA1_80).line[0];
    theirs.count = 2;
    theirs.line[0].keys.mki_bytes = 3;
    offer_keys_answer(&keys, &theirs);
    assert_int_equal(keys.agreed.kind, RTP_SECURITY_SDES);
    assert_true(rtp_keys_equal(&keys.agreed.receive, &theirs.line[0].keys));
    assert_int_equal(keys.agreed.send.suite, RTP_SUITE_AEAD_AES_128_GCM);
    assert_int_equal(keys.agreed.send.mki_bytes, 3);
    assert_memory_equal(keys.agreed.send.mki, "\0\0\1", 3);
    assert_memory_not_equal(keys.agreed.send.key, keys.agreed.receive.key, 16);
    assert_int_equal(keys.said.count, 1);
    assert_int_equal(keys.said.line[0].tag, 7);

    const struct rtp_keys ours = keys.agreed.send;
    theirs.line[0].tag = 2;
    offer_keys_answer(&keys, &theirs); /* the same under another tag: a refresh */
    assert_true(rtp_keys_equal(&keys.agreed.send, &ours));
    assert_int_equal(keys.said.line[0].tag, 2);

    theirs.line[0].keys.key[0] ^= 1;
    offer_keys_answer(&keys, &theirs); /* a new key: so is ours */
    assert_false(rtp_keys_equal(&keys.agreed.send, &ours));

    const struct crypto_lines none = {0};
    offer_keys_answer(&keys, &none);
    assert_int_equal(keys.agreed.kind, RTP_SECURITY_NONE);
    assert_int_equal(keys.said.count, 0);
}

static void accepts_what_it_offered(void **state)
{
    (void)state;
    struct offer_keys keys = {0};
    offer_keys_offer(&keys);
    assert_true(keys.said.count >= 2);
    assert_int_equal(keys.said.line[0].keys.suite, RTP_SUITE_AES_CM_128_HMAC_SHA1_80);
    const struct crypto_line second = keys.said.line[1], first = keys.said.line[0];

    struct crypto_lines answer = lines_of(second.tag, first.keys.suite);
    assert_int_equal(offer_keys_accept(&keys, &answer), -ENOTSUP); /* not under this tag */
    answer = lines_of(99, second.keys.suite);
    assert_int_equal(offer_keys_accept(&keys, &answer), -ENOTSUP);
    answer = lines_of(second.tag, second.keys.suite);
    assert_int_equal(offer_keys_accept(&keys, &answer), 0);
    assert_true(rtp_keys_equal(&keys.agreed.send, &second.keys));
    assert_true(rtp_keys_equal(&keys.agreed.receive, &answer.line[0].keys));

    /* the same offer again: only the same line may be taken, the other key is given up */
    assert_int_equal(offer_keys_accept(&keys, &answer), 0);
    answer = lines_of(first.tag, first.keys.suite);
    assert_int_equal(offer_keys_accept(&keys, &answer), -ENOTSUP);

    /* a new offer: what is in use first, all else is new */
    offer_keys_offer(&keys);
    assert_true(rtp_keys_equal(&keys.said.line[0].keys, &second.keys));
    for (unsigned i = 1; i < keys.said.count; i++) {
        assert_false(rtp_keys_equal(&keys.said.line[i].keys, &first.keys));
        assert_int_not_equal(keys.said.line[i].keys.suite, second.keys.suite);
    }
}

static void takes_no_for_an_answer(void **state)
{
    (void)state;
    const struct crypto_lines none = {0};
    struct offer_keys keys = {0};
    offer_keys_offer(&keys);
    assert_int_equal(offer_keys_accept(&keys, &none), 0);
    assert_int_equal(keys.agreed.kind, RTP_SECURITY_NONE);
    /* the offer again: nothing of it was used yet */
    struct crypto_lines answer = lines_of(keys.said.line[0].tag, keys.said.line[0].keys.suite);
    assert_int_equal(offer_keys_accept(&keys, &answer), 0);
    assert_int_equal(keys.agreed.kind, RTP_SECURITY_SDES);
    /* ... and plain, and again: that key has been used */
    assert_int_equal(offer_keys_accept(&keys, &none), 0);
    assert_int_equal(offer_keys_accept(&keys, &answer), -ENOTSUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_the_first_and_keeps_it),
        cmocka_unit_test(accepts_what_it_offered),
        cmocka_unit_test(takes_no_for_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
