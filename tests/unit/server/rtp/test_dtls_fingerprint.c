/* test_dtls_fingerprint.c - read, written, and compared with a certificate. */
#include "server/rtp/dtls_certificate.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEX_16 "00:11:22:33:44:55:66:77:88:99:aA:bB:Cc:Dd:EE:FF"

/* Reads a copy that ends where the text does. */
static int read_text(const char *text, struct dtls_fingerprint *fingerprint)
{
    const size_t length = strlen(text);
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    const int error = dtls_fingerprint_read(copy, length, fingerprint);
    free(copy);
    return error;
}

static void reads_what_is_right(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
    } rows[] = {
        {"sha-256 " HEX_16 ":" HEX_16, 0},
        {"SHA-256  " HEX_16 ":" HEX_16 " ", 0},
        {"sha-384 " HEX_16 ":" HEX_16 ":" HEX_16, 0},
        {"Sha-512 " HEX_16 ":" HEX_16 ":" HEX_16 ":" HEX_16, 0},
        {"sha-1 " HEX_16 ":00:11:22:33", -ENOTSUP},
        {"md5 " HEX_16, -ENOTSUP},
        {"sha-224 " HEX_16 ":00:11:22:33", -ENOTSUP},
        {"sha-25 " HEX_16 ":" HEX_16, -ENOTSUP},
        {"sha-2566 " HEX_16 ":" HEX_16, -ENOTSUP},
        {"", -EBADMSG},
        {"sha-256", -EBADMSG},
        {" sha-256", -EBADMSG},
        {"sha-256 ", -EBADMSG},
        {"sha-256 " HEX_16, -EBADMSG},
        {"sha-256 " HEX_16 ":" HEX_16 ":00", -EBADMSG},
        {"sha-256 " HEX_16 ":" HEX_16 ":", -EBADMSG},
        {"sha-256 " HEX_16 " " HEX_16, -EBADMSG},
        {"sha-256 " HEX_16 ":0x:11:22:33:44:55:66:77:88:99:aA:bB:Cc:Dd:EE:FF", -EBADMSG},
        {"sha-512 " HEX_16 ":" HEX_16, -EBADMSG},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dtls_fingerprint fingerprint = {.hash = DTLS_NO_HASH};
        if (read_text(rows[i].text, &fingerprint) != rows[i].error)
            fail_msg("%s", rows[i].text);
        assert_int_equal(fingerprint.hash != DTLS_NO_HASH, rows[i].error == 0);
        if (fingerprint.hash)
            assert_memory_equal(fingerprint.value + 9, "\x99\xaa\xbb\xcc\xdd\xee\xff\0", 8);
    }
}

static void reads_as_it_was_written(void **state)
{
    (void)state;
    for (unsigned hash = DTLS_SHA_256; hash <= DTLS_SHA_512; hash++) {
        struct dtls_fingerprint fingerprint = {.hash = (enum dtls_hash)hash}, back;
        char text[DTLS_FINGERPRINT_TEXT_BYTES];
        for (unsigned i = 0; i < 16 * (hash + 1); i++)
            fingerprint.value[i] = (uint8_t)(255 - i * 7);
        dtls_fingerprint_write(&fingerprint, text);
        assert_int_equal(strlen(text), 7 + 48 * (hash + 1));
        assert_int_equal(read_text(text, &back), 0);
        assert_memory_equal(&back, &fingerprint, sizeof(back));
    }
}

static void a_certificate_has_its_own(void **state)
{
    (void)state;
    struct dtls_certificate *first = NULL, *second = NULL;
    assert_int_equal(dtls_certificate_create(&first), 0);
    assert_int_equal(dtls_certificate_create(&second), 0);
    X509 *x509 = SSL_CTX_get0_certificate(dtls_certificate_context(first));
    X509 *other = SSL_CTX_get0_certificate(dtls_certificate_context(second));
    struct dtls_fingerprint none;
    assert_int_equal(dtls_fingerprint_of(x509, DTLS_NO_HASH, &none), -ENOTSUP);
    for (unsigned hash = DTLS_SHA_256; hash <= DTLS_SHA_512; hash++) {
        struct dtls_fingerprint fingerprint;
        assert_int_equal(dtls_fingerprint_of(x509, (enum dtls_hash)hash, &fingerprint), 0);
        assert_true(dtls_fingerprint_fits(&fingerprint, x509));
        assert_false(dtls_fingerprint_fits(&fingerprint, other));
        for (unsigned bit = 0; bit < 8 * 16 * (hash + 1); bit++) {
            struct dtls_fingerprint wrong = fingerprint;
            wrong.value[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(dtls_fingerprint_fits(&wrong, x509));
        }
    }
    assert_true(dtls_fingerprint_fits(dtls_certificate_fingerprint(first), x509));
    const struct dtls_fingerprint unset = {.hash = DTLS_NO_HASH};
    assert_false(dtls_fingerprint_fits(&unset, x509));
    dtls_certificate_destroy(first);
    dtls_certificate_destroy(second);
    dtls_certificate_destroy(NULL);
}

static void a_certificate_is_as_promised(void **state)
{
    (void)state;
    struct dtls_certificate *made = NULL;
    int days = 0, seconds = 0;
    assert_int_equal(dtls_certificate_create(&made), 0);
    X509 *x509 = SSL_CTX_get0_certificate(dtls_certificate_context(made));
    EVP_PKEY *key = X509_get0_pubkey(x509);
    assert_int_equal(EVP_PKEY_get_base_id(key), EVP_PKEY_EC);
    assert_int_equal(EVP_PKEY_get_bits(key), 256);
    assert_int_equal(X509_verify(x509, key), 1);
    assert_int_equal(X509_cmp_current_time(X509_get0_notBefore(x509)), -1);
    assert_int_equal(X509_cmp_current_time(X509_get0_notAfter(x509)), 1);
    assert_int_equal(
        ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(x509), X509_get0_notAfter(x509)),
        1);
    assert_int_equal(days, DTLS_CERTIFICATE_DAYS + 1);
    dtls_certificate_destroy(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_right),
        cmocka_unit_test(reads_as_it_was_written),
        cmocka_unit_test(a_certificate_has_its_own),
        cmocka_unit_test(a_certificate_is_as_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
