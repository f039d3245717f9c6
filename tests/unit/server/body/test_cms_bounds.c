/* test_cms_bounds.c - what server/body/cms_bounds.c lets OpenSSL read, and what not. */
#include "server/body/cms_bounds.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MESSAGE_BYTES = 65536 };

/* Elements, written from the innermost on: what is there already comes to lie within. */
struct der {
    unsigned char bytes[MESSAGE_BYTES];
    size_t length;
};

static void put(struct der *der, const void *bytes, size_t length)
{
    assert_true(der->length + length <= MESSAGE_BYTES);
    memcpy(der->bytes + der->length, bytes, length);
    der->length += length;
}

/* What lies behind @p from becomes one element. */
static void wrap(struct der *der, size_t from, unsigned char tag)
{
    size_t length = der->length - from;
    const unsigned char head[] = {tag, 0x82, (unsigned char)(length >> 8),
                                  (unsigned char)length};
    assert_true(der->length + sizeof(head) <= MESSAGE_BYTES);
    memmove(der->bytes + from + sizeof(head), der->bytes + from, length);
    memcpy(der->bytes + from, head, sizeof(head));
    der->length += sizeof(head);
}

static void begin(struct der *der, int kind, size_t *inner)
{
    unsigned char *name = NULL;
    int length = i2d_ASN1_OBJECT(OBJ_nid2obj(kind), &name);
    der->length = 0;
    put(der, name, (size_t)length);
    OPENSSL_free(name);
    *inner = der->length;
    put(der, "\x02\x01\x01", 3);
}

static int finish(struct der *der, size_t inner)
{
    wrap(der, inner, 0x30);
    wrap(der, inner, 0xa0);
    wrap(der, 0, 0x30);
    return cms_bounds_check(der->bytes, der->length);
}

/* @p count times @p item under @p tag. */
static void add_many(struct der *der, unsigned char tag, const char *item, unsigned count)
{
    size_t from = der->length;
    for (unsigned i = 0; i < count; i++)
        put(der, item, 2);
    wrap(der, from, tag);
}

static int check_signed(unsigned digests, unsigned lists, unsigned signers)
{
    static struct der der;
    size_t inner;
    begin(&der, NID_pkcs7_signed, &inner);
    add_many(&der, 0x31, "\x30\x00", digests);
    add_many(&der, 0x30, "", 0);
    add_many(&der, 0xa1, "\x30\x00", lists);
    add_many(&der, 0x31, "\x30\x00", signers);
    return finish(&der, inner);
}

static void what_is_signed_is_counted(void **state)
{
    (void)state;
    assert_int_equal(check_signed(1, 0, 1), 0);
    assert_int_equal(check_signed(CMS_BOUNDS_DIGESTS, CMS_BOUNDS_LISTS, CMS_BOUNDS_SIGNERS), 0);
    assert_int_equal(check_signed(CMS_BOUNDS_DIGESTS + 1, 0, 1), -EMSGSIZE);
    assert_int_equal(check_signed(5000, 0, 1), -EMSGSIZE);
    assert_int_equal(check_signed(1, CMS_BOUNDS_LISTS + 1, 1), -EMSGSIZE);
    assert_int_equal(check_signed(1, 0, CMS_BOUNDS_SIGNERS + 1), -EMSGSIZE);
}

static int check_enveloped(int kind, unsigned originators, unsigned recipients)
{
    static struct der der;
    size_t inner;
    begin(&der, kind, &inner);
    if (originators)
        add_many(&der, 0xa0, "\x30\x00", originators);
    add_many(&der, 0x31, "\x30\x00", recipients);
    return finish(&der, inner);
}

static void what_is_encrypted_is_counted(void **state)
{
    (void)state;
    const int kinds[] = {NID_pkcs7_enveloped, NID_id_smime_ct_authEnvelopedData};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(check_enveloped(kinds[i], 0, CMS_BOUNDS_RECIPIENTS), 0);
        assert_int_equal(check_enveloped(kinds[i], 0, CMS_BOUNDS_RECIPIENTS + 1), -EMSGSIZE);
        assert_int_equal(check_enveloped(kinds[i], 1, 1), -ENOTSUP);
    }
    assert_int_equal(check_enveloped(NID_id_smime_ct_authData, 0, 1), -ENOTSUP);
    assert_int_equal(check_enveloped(NID_id_smime_ct_compressedData, 0, 1), -ENOTSUP);
    assert_int_equal(check_enveloped(NID_pkcs7_data, 0, 1), -ENOTSUP);
}

/* ---- certificates ---- */

static int check_with(EVP_PKEY *key, unsigned count)
{
    X509 *certificate = X509_new();
    CMS_ContentInfo *cms =
        CMS_sign(NULL, NULL, NULL, NULL, CMS_DETACHED | CMS_PARTIAL | CMS_BINARY);
    EVP_PKEY *signer = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    for (unsigned i = 0; i < count; i++) {
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), i + 1);
        X509_sign(certificate, signer, NULL);
        X509 *copy = X509_dup(certificate);
        assert_int_equal(CMS_add0_cert(cms, copy), 1);
    }
    unsigned char *der = NULL;
    int length = i2d_CMS_ContentInfo(cms, &der);
    int err = cms_bounds_check(der, (size_t)length);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    X509_free(certificate);
    EVP_PKEY_free(signer);
    return err;
}

/* Of a length and an exponent that nobody has to have the private half of. */
static EVP_PKEY *make_rsa(int bits, int exponent_bits)
{
    BIGNUM *modulus = BN_new(), *exponent = BN_new();
    BN_rand(modulus, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
    BN_rand(exponent, exponent_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    EVP_PKEY_fromdata_init(context);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

static EVP_PKEY *make_unnamed_curve(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit");
    return key;
}

static void certificates_are_counted_and_their_keys_looked_at(void **state)
{
    (void)state;
    struct {
        EVP_PKEY *key;
        unsigned count;
        int expected;
    } rows[] = {
        {make_rsa(4096, 17), CMS_BOUNDS_CERTIFICATES, 0},
        {make_rsa(4096, 17), CMS_BOUNDS_CERTIFICATES + 1, -EMSGSIZE},
        {make_rsa(16384, 17), 1, -EMSGSIZE},
        {make_rsa(3072, 3000), 1, -EMSGSIZE},
        {EVP_EC_gen("P-521"), 1, 0},
        {EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), 1, 0},
        {EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), 1, -ENOTSUP},
        {make_unnamed_curve(), 1, -ENOTSUP},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(check_with(rows[i].key, rows[i].count), rows[i].expected);
        EVP_PKEY_free(rows[i].key);
    }
}

static void what_is_no_certificate_is_refused(void **state)
{
    (void)state;
    static struct der der;
    size_t inner;
    begin(&der, NID_pkcs7_signed, &inner);
    add_many(&der, 0xa0, "\xa1\x00", 1); /* an attribute certificate */
    assert_int_equal(finish(&der, inner), -ENOTSUP);
    begin(&der, NID_pkcs7_signed, &inner);
    add_many(&der, 0xa0, "\x30\x00", 1); /* an empty one */
    assert_int_equal(finish(&der, inner), -EBADMSG);
}

static void keys_have_a_size(void **state)
{
    (void)state;
    struct {
        EVP_PKEY *key;
        bool expected;
    } rows[] = {
        {make_rsa(1024, 17), false},
        {make_rsa(2048, 17), true},
        {make_rsa(4096, 32), true},
        {make_rsa(4104, 17), false},
        {make_rsa(2048, 33), false},
        {EVP_EC_gen("P-256"), true},
        {EVP_EC_gen("P-224"), false},
        {EVP_EC_gen("sect571r1"), false},
        {EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), true},
        {EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), false},
        {NULL, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(cms_bounds_allow_key(rows[i].key), rows[i].expected);
        EVP_PKEY_free(rows[i].key);
    }
}

/* ---- forms ---- */

static void lengths_may_be_told_by_an_end(void **state)
{
    (void)state;
    static const unsigned char message[] = {
        0x30, 0x80,                                              /* ContentInfo */
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, /* signed   */
        0xa0, 0x80, 0x30, 0x80, 0x02, 1,    1,                   /* version     */
        0x31, 0x80, 0x30, 0x00, 0x00, 0x00,                      /* one digest  */
        0x31, 0x80, 0x30, 0x00, 0x30, 0x00, 0x00, 0x00,          /* two signers */
        0,    0,    0,    0,    0,    0,
    };
    unsigned char one[sizeof(message)];
    assert_int_equal(cms_bounds_check(message, sizeof(message)), -EMSGSIZE);
    memcpy(one, message, sizeof(message));
    memcpy(one + 30, "\x04\x00", 2); /* what kinds there are is not looked at: still two */
    assert_int_equal(cms_bounds_check(one, sizeof(one)), -EMSGSIZE);
    memmove(one + 30, one + 32, sizeof(one) - 32);
    assert_int_equal(cms_bounds_check(one, sizeof(one) - 2), 0);
    for (size_t length = 0; length < sizeof(one) - 2; length++)
        assert_int_equal(cms_bounds_check(one, length), -EBADMSG);
}

static void what_is_nested_too_deep_is_refused(void **state)
{
    (void)state;
    static unsigned char message[MESSAGE_BYTES];
    for (size_t i = 0; i < sizeof(message); i += 2)
        memcpy(message + i, "\x30\x80", 2);
    assert_int_equal(cms_bounds_check(message, sizeof(message)), -EBADMSG);
    assert_int_equal(cms_bounds_check("", 0), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_is_counted),
        cmocka_unit_test(what_is_encrypted_is_counted),
        cmocka_unit_test(certificates_are_counted_and_their_keys_looked_at),
        cmocka_unit_test(what_is_no_certificate_is_refused),
        cmocka_unit_test(keys_have_a_size),
        cmocka_unit_test(lengths_may_be_told_by_an_end),
        cmocka_unit_test(what_is_nested_too_deep_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
