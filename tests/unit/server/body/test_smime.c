/* test_smime.c - bodies wrapped and opened by server/body/smime.c, and what must not open. */
#include "server/body/smime.h"

#include "server/body/mime.h"
#include "tests/unit/server/body/resiprocate_file.h"

#include <errno.h>
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SDP "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"

static const struct smime_manner new = {.cipher = SMIME_AES_256_GCM},
                                 old = {.cipher = SMIME_AES_128_CBC};
static struct smime_identity server, alice;

static struct slice slice(const char *text)
{
    return (struct slice){text, strlen(text)};
}

/* A self-signed certificate with @p name ("URI:sip:...") in it. */
static void make_identity(struct smime_identity *identity, const char *name)
{
    identity->key = EVP_RSA_gen(2048);
    X509 *made = X509_new();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -60);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_NAME *subject = X509_get_subject_name(made);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
                               0);
    X509_set_issuer_name(made, subject);
    X509_set_pubkey(made, identity->key);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, name);
    assert_non_null(names);
    X509_add_ext(made, names, -1);
    X509_EXTENSION_free(names);
    assert_true(X509_sign(made, identity->key, EVP_sha256()) > 0);
    identity->certificate = made;
}

static int set_up(void **state)
{
    (void)state;
    make_identity(&server, "URI:sip:rooms@example.com");
    make_identity(&alice, "URI:sip:alice@example.com,email:alice@example.org");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    X509_free(server.certificate);
    EVP_PKEY_free(server.key);
    X509_free(alice.certificate);
    EVP_PKEY_free(alice.key);
    return 0;
}

static int open_wrapped(const struct smime_identity *identity,
                        const struct smime_wrapped *wrapped, struct smime_opened *opened)
{
    return smime_open(identity, NULL, slice(wrapped->type), slice(""),
                      (struct slice){wrapped->body, wrapped->length}, opened);
}

static void assert_opened(const struct smime_opened *opened, const char *type, const char *body)
{
    assert_true(slice_equals(opened->type, type));
    assert_true(slice_equals(opened->body, body));
}

static void what_is_wrapped_is_opened(void **state)
{
    (void)state;
    for (int way = 1; way < 4; way++) {
        bool is_signed = way & 1, is_encrypted = way & 2;
        struct smime_wrapped wrapped;
        struct smime_opened opened;
        assert_int_equal(smime_wrap(&server, is_signed, is_encrypted ? alice.certificate : NULL,
                                    new, slice("application/sdp"), slice(SDP), &wrapped),
                         0);
        assert_true(smime_is(slice(wrapped.type)));
        assert_true(!is_encrypted || !memmem(wrapped.body, wrapped.length, "192.0.2.1", 9));
        assert_int_equal(open_wrapped(&alice, &wrapped, &opened), 0);
        assert_opened(&opened, "application/sdp", SDP);
        assert_int_equal(opened.was_encrypted, is_encrypted);
        assert_int_equal(opened.was_signed, is_signed);
        assert_false(opened.is_vouched);
        assert_int_equal(opened.signer != NULL, is_signed);
        assert_true(!is_signed || X509_cmp(opened.signer, server.certificate) == 0);
        smime_opened_finish(&opened);
        if (is_encrypted)
            assert_int_equal(open_wrapped(&server, &wrapped, &opened), -ENOKEY);
        free(wrapped.body);
    }
}

static void any_bytes_are_kept(void **state)
{
    (void)state;
    char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    struct smime_wrapped wrapped;
    struct smime_opened opened;
    assert_int_equal(smime_wrap(&server, true, alice.certificate, new, slice("a/b"),
                                (struct slice){bytes, sizeof(bytes)}, &wrapped),
                     0);
    assert_int_equal(open_wrapped(&alice, &wrapped, &opened), 0);
    assert_int_equal(opened.body.length, sizeof(bytes));
    assert_memory_equal(opened.body.at, bytes, sizeof(bytes));
    smime_opened_finish(&opened);
    free(wrapped.body);
}

static void authorities_vouch(void **state)
{
    (void)state;
    struct smime_identity trusting = alice;
    struct smime_wrapped wrapped;
    struct smime_opened opened;
    trusting.authorities = X509_STORE_new();
    X509_STORE_add_cert(trusting.authorities, server.certificate);
    assert_int_equal(
        smime_wrap(&server, true, NULL, new, slice("text/plain"), slice("hello"), &wrapped), 0);
    assert_int_equal(open_wrapped(&trusting, &wrapped, &opened), 0);
    assert_true(opened.is_vouched);
    smime_opened_finish(&opened);
    free(wrapped.body);
    assert_int_equal(
        smime_wrap(&alice, true, NULL, new, slice("text/plain"), slice("hello"), &wrapped), 0);
    assert_int_equal(open_wrapped(&trusting, &wrapped, &opened), 0);
    assert_false(opened.is_vouched);
    smime_opened_finish(&opened);
    free(wrapped.body);
    X509_STORE_free(trusting.authorities);
}

static void what_was_changed_does_not_open(void **state)
{
    (void)state;
    struct smime_wrapped wrapped;
    struct smime_opened opened;
    assert_int_equal(
        smime_wrap(&server, true, NULL, new, slice("text/plain"), slice("pay 10"), &wrapped),
        0);
    memcpy(memmem(wrapped.body, wrapped.length, "pay 10", 6), "pay 99", 6);
    assert_int_equal(open_wrapped(&alice, &wrapped, &opened), -EACCES);
    assert_null(opened.signer);
    free(wrapped.body);
    assert_int_equal(smime_wrap(&server, false, alice.certificate, new, slice("text/plain"),
                                slice("pay 10"), &wrapped),
                     0);
    for (size_t i = 0; i < wrapped.length; i++) { /* GCM: no bit of it may change */
        wrapped.body[i] ^= 1;
        int err = open_wrapped(&alice, &wrapped, &opened);
        wrapped.body[i] ^= 1;
        if (err == 0) /* a field that only describes: the text is still the text */
            assert_opened(&opened, "text/plain", "pay 10");
        smime_opened_finish(&opened);
    }
    free(wrapped.body);
}

static void what_is_cut_off_does_not_open(void **state)
{
    (void)state;
    struct smime_wrapped wrapped;
    struct smime_opened opened;
    assert_int_equal(smime_wrap(&server, true, alice.certificate, new, slice("text/plain"),
                                slice("hello"), &wrapped),
                     0);
    for (size_t length = 0; length < wrapped.length; length += 7) {
        struct smime_wrapped cut = wrapped;
        cut.length = length;
        assert_true(open_wrapped(&alice, &cut, &opened) < 0);
    }
    free(wrapped.body);
}

/* @p wrapped becomes what is wrapped next. */
static int wrap_again(const struct smime_identity *identity, bool signs, X509 *recipient,
                      struct smime_wrapped *wrapped)
{
    struct smime_wrapped inner = *wrapped;
    int err = smime_wrap(identity, signs, recipient, new, slice(inner.type),
                         (struct slice){inner.body, inner.length}, wrapped);
    free(inner.body);
    return err;
}

static void no_layer_comes_twice(void **state)
{
    (void)state;
    struct smime_wrapped wrapped;
    struct smime_opened opened;
    for (int i = 0; i < 2; i++) {
        bool signs = i;
        X509 *recipient = signs ? NULL : alice.certificate;
        assert_int_equal(smime_wrap(&server, signs, recipient, new, slice("text/plain"),
                                    slice("hello"), &wrapped),
                         0);
        assert_int_equal(wrap_again(&server, signs, recipient, &wrapped), 0);
        assert_int_equal(open_wrapped(&alice, &wrapped, &opened), -EBADMSG);
        free(wrapped.body);
    }
}

static void it_is_told_what_was_around_what(void **state)
{
    (void)state;
    struct smime_wrapped wrapped;
    struct smime_opened opened;
    assert_int_equal(smime_wrap(&server, true, alice.certificate, new, slice("text/plain"),
                                slice("hello"), &wrapped),
                     0);
    assert_int_equal(open_wrapped(&alice, &wrapped, &opened), 0);
    assert_true(opened.is_tamperproof);
    assert_false(opened.is_signed_around);
    smime_opened_finish(&opened);
    free(wrapped.body);
    assert_int_equal(smime_wrap(&server, false, alice.certificate, old, slice("text/plain"),
                                slice("hello"), &wrapped),
                     0);
    assert_int_equal(wrap_again(&server, true, NULL, &wrapped), 0);
    assert_int_equal(open_wrapped(&alice, &wrapped, &opened), 0);
    assert_false(opened.is_tamperproof);
    assert_true(opened.is_signed_around);
    assert_true(opened.was_encrypted && opened.was_signed);
    smime_opened_finish(&opened);
    free(wrapped.body);
}

static void every_cipher_is_written_and_read(void **state)
{
    (void)state;
    for (unsigned cipher = 0; cipher < SMIME_CIPHERS; cipher++) {
        struct smime_wrapped wrapped;
        struct smime_opened opened;
        assert_int_equal(smime_wrap(&server, true, alice.certificate,
                                    (struct smime_manner){.cipher = cipher}, slice("a/b"),
                                    slice("hello"), &wrapped),
                         0);
        bool is_gcm = cipher <= SMIME_AES_128_GCM;
        assert_int_equal(strstr(wrapped.type, "authEnveloped-data") != NULL, is_gcm);
        assert_int_equal(open_wrapped(&alice, &wrapped, &opened), 0);
        assert_opened(&opened, "a/b", "hello");
        assert_int_equal(opened.is_tamperproof, is_gcm);
        assert_int_equal(opened.manner.cipher,
                         SMIME_AES_256_GCM); /* what we say of ourselves */
        smime_opened_finish(&opened);
        free(wrapped.body);
    }
}

/* Signed by @p identity, with these capabilities (0: none are said), digest and certificates
 * beside the signer's own; opaque. */
static struct smime_wrapped sign_so(const struct smime_identity *identity, int capability,
                                    const EVP_MD *digest, X509 *beside, unsigned count)
{
    static const char text[] = "Content-Type: text/plain\r\n\r\nhello";
    const unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
    struct smime_wrapped wrapped = {.type = "application/pkcs7-mime"};
    BIO *in = BIO_new_mem_buf(text, -1);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    CMS_SignerInfo *signer =
        CMS_add1_signer(cms, identity->certificate, identity->key, digest, flags);
    assert_non_null(signer);
    X509_ALGORS *capabilities = NULL;
    if (capability) {
        CMS_add_simple_smimecap(&capabilities, capability, -1);
        CMS_add_smimecap(signer, capabilities);
        sk_X509_ALGOR_pop_free(capabilities, X509_ALGOR_free);
    }
    for (unsigned i = 0; i < count; i++) {
        X509 *copy = X509_dup(beside);
        ASN1_INTEGER_set(X509_get_serialNumber(copy), i + 2);
        X509_sign(copy, identity->key, EVP_sha256()); /* else it is written as it was read */
        assert_int_equal(CMS_add1_cert(cms, copy), 1);
        X509_free(copy);
    }
    assert_int_equal(CMS_final(cms, in, NULL, flags), 1);
    unsigned char *der = NULL;
    int length = i2d_CMS_ContentInfo(cms, &der);
    assert_true(length > 0);
    wrapped.length = (size_t)length;
    wrapped.body = malloc(wrapped.length);
    memcpy(wrapped.body, der, wrapped.length);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return wrapped;
}

static int open_and_free(struct smime_wrapped wrapped, struct smime_opened *opened)
{
    int err = smime_open(&alice, NULL, slice(wrapped.type), slice("binary"),
                         (struct slice){wrapped.body, wrapped.length}, opened);
    free(wrapped.body);
    return err;
}

static void who_says_what_he_reads_gets_that(void **state)
{
    (void)state;
    static const struct {
        int said;
        enum smime_cipher chosen;
    } rows[] = {{0, SMIME_AES_256_GCM},
                {NID_aes_128_gcm, SMIME_AES_128_GCM},
                {NID_aes_256_cbc, SMIME_AES_256_CBC},
                {NID_aes_128_cbc, SMIME_AES_128_CBC},
                {NID_rc2_cbc, SMIME_AES_256_GCM}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smime_opened opened;
        struct smime_wrapped made = sign_so(&server, rows[i].said, EVP_sha256(), NULL, 0);
        assert_int_equal(open_and_free(made, &opened), 0);
        assert_int_equal(opened.manner.cipher, rows[i].chosen);
        smime_opened_finish(&opened);
    }
}

static void weak_digests_prove_nothing(void **state)
{
    (void)state;
    struct smime_opened opened;
    assert_int_equal(open_and_free(sign_so(&server, 0, EVP_sha512(), NULL, 0), &opened), 0);
    smime_opened_finish(&opened);
    assert_int_equal(open_and_free(sign_so(&server, 0, EVP_sha1(), NULL, 0), &opened),
                     -ENOTSUP);
    assert_int_equal(open_and_free(sign_so(&server, 0, EVP_md5(), NULL, 0), &opened), -ENOTSUP);
}

static void many_certificates_are_refused(void **state)
{
    (void)state;
    struct smime_opened opened;
    X509 *beside = alice.certificate;
    assert_int_equal(open_and_free(sign_so(&server, 0, EVP_sha256(), beside, 7), &opened), 0);
    smime_opened_finish(&opened);
    assert_int_equal(open_and_free(sign_so(&server, 0, EVP_sha256(), beside, 8), &opened),
                     -EMSGSIZE);
}

static void a_key_that_may_not_sign_does_not(void **state)
{
    (void)state;
    struct smime_opened opened;
    struct smime_identity other = {.key = server.key};
    other.certificate = X509_dup(server.certificate);
    X509_EXTENSION *usage =
        X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "critical,keyEncipherment");
    X509_add_ext(other.certificate, usage, -1);
    X509_EXTENSION_free(usage);
    X509_sign(other.certificate, other.key, EVP_sha256());
    assert_int_equal(open_and_free(sign_so(&other, 0, EVP_sha256(), NULL, 0), &opened),
                     -ENOTSUP);
    X509_free(other.certificate);
}

static void what_grows_is_refused(void **state)
{
    (void)state;
    struct smime_wrapped wrapped;
    struct smime_opened opened;
    size_t size = DESCRIPTION_MAX_BYTES + 1;
    char *big = calloc(1, size);
    assert_int_equal(smime_wrap(&server, false, alice.certificate, new, slice("text/plain"),
                                (struct slice){big, size}, &wrapped),
                     0);
    assert_true(open_wrapped(&alice, &wrapped, &opened) < 0);
    free(wrapped.body);
    free(big);
}

static void other_types_are_told(void **state)
{
    (void)state;
    struct smime_opened opened;
    assert_int_equal(
        smime_open(&alice, NULL, slice("text/plain"), slice(""), slice("x"), &opened),
        -ENOTSUP);
    assert_int_equal(smime_open(&alice, NULL, slice("application/pkcs7-mime"), slice(""),
                                slice("x"), &opened),
                     -EBADMSG);
    assert_int_equal(smime_open(&alice, NULL, slice("multipart/signed;boundary=b"), slice(""),
                                slice("--b\r\n\r\na\r\n--b--"), &opened),
                     -EBADMSG);
    assert_int_equal(smime_open(&alice, NULL, slice("multipart/signed;boundary=b"), slice(""),
                                slice("--b\r\n\r\na\r\n--b\r\nContent-Type: application/pgp-"
                                      "signature\r\n\r\nx\r\n--b--"),
                                &opened),
                     -ENOTSUP);
}

static void a_certificate_is_of_its_addresses(void **state)
{
    (void)state;
    assert_true(smime_signer_is(alice.certificate, "sip:alice@example.com"));
    assert_true(smime_signer_is(alice.certificate, "sip:alice@EXAMPLE.com"));
    assert_true(smime_signer_is(alice.certificate, "sip:alice@example.org"));
    assert_false(smime_signer_is(alice.certificate, "sip:Alice@example.com"));
    assert_false(smime_signer_is(alice.certificate, "sip:alice@example.co"));
    assert_false(smime_signer_is(alice.certificate, "sip:bob@example.com"));
    assert_false(smime_signer_is(alice.certificate, "alice"));
}

static char *write_pem(X509 *certificate)
{
    char *data, *text;
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(out, certificate), 1);
    long length = BIO_get_mem_data(out, &data);
    text = strndup(data, (size_t)length);
    BIO_free(out);
    return text;
}

static void certificates_are_read_and_written(void **state)
{
    (void)state;
    char *pem = write_pem(alice.certificate), *der;
    size_t length;
    X509 *read = smime_read_certificate(pem);
    assert_non_null(read);
    assert_int_equal(X509_cmp(read, alice.certificate), 0);
    assert_true(smime_certificate_is_valid(pem));
    pem[strlen(pem) / 2] = '*';
    assert_false(smime_certificate_is_valid(pem));
    assert_false(smime_certificate_is_valid(""));

    STACK_OF(X509) *others = sk_X509_new_null();
    sk_X509_push(others, read);
    assert_int_equal(smime_write_certificates(server.certificate, others, &der, &length), 0);
    const unsigned char *at = (const unsigned char *)der;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)length);
    assert_non_null(cms);
    STACK_OF(X509) *all = CMS_get1_certs(cms);
    assert_int_equal(sk_X509_num(all), 2);
    sk_X509_pop_free(all, X509_free);
    CMS_ContentInfo_free(cms);
    sk_X509_free(others);
    X509_free(read);
    free(der);
    free(pem);
}

static void who_can_only_sign_cannot_be_encrypted_for(void **state)
{
    (void)state;
    X509 *made = X509_dup(alice.certificate);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_true(smime_can_encrypt(made));
    X509_set_pubkey(made, key);
    assert_false(smime_can_encrypt(made));
    X509_free(made);
    EVP_PKEY_free(key);
}

/* ---- as another implementation writes it ---- */

/* The entity that @p base64 is, owned by the caller: its header lines in *part. */
static char *read_entity(const char *base64, struct mime_part *part)
{
    const struct mime_part whole = {.encoding = slice("base64"), .body = slice(base64)};
    char *bytes;
    size_t length;
    assert_int_equal(mime_decode(&whole, &bytes, &length), 0);
    assert_int_equal(mime_read((struct slice){bytes, length}, part), 0);
    return bytes;
}

static void read_pem(const char *pem, struct smime_identity *identity)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    *identity = (struct smime_identity){.certificate = PEM_read_bio_X509(in, NULL, NULL, NULL)};
    identity->key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    BIO_free(in);
    assert_non_null(identity->certificate);
}

static void what_resiprocate_writes_is_read(void **state)
{
    (void)state;
    struct smime_identity own, sender;
    read_pem(resiprocate_server, &own);
    read_pem(resiprocate_alice, &sender);
    for (int is_encrypted = 0; is_encrypted < 2; is_encrypted++) {
        struct mime_part part;
        struct smime_opened opened;
        char *bytes = read_entity(
            is_encrypted ? resiprocate_signed_and_encrypted : resiprocate_signed, &part);
        assert_int_equal(smime_open(&own, NULL, part.type, part.encoding, part.body, &opened),
                         -ENODATA);
        assert_int_equal(
            smime_open(&own, own.certificate, part.type, part.encoding, part.body, &opened),
            -ENODATA);
        assert_int_equal(
            smime_open(&own, sender.certificate, part.type, part.encoding, part.body, &opened),
            0);
        assert_opened(&opened, "application/sdp", resiprocate_sdp);
        assert_int_equal(opened.was_encrypted, is_encrypted);
        assert_true(opened.was_signed && !opened.is_signed_around);
        assert_int_equal(X509_cmp(opened.signer, sender.certificate), 0);
        assert_true(opened.manner.is_binary);
        assert_int_equal(opened.manner.cipher,
                         is_encrypted ? SMIME_AES_128_CBC : SMIME_AES_256_GCM);
        smime_opened_finish(&opened);
        free(bytes);
    }
    X509_free(own.certificate);
    EVP_PKEY_free(own.key);
    X509_free(sender.certificate);
    EVP_PKEY_free(sender.key);
}

static void a_signature_is_bytes_for_who_signs_so(void **state)
{
    (void)state;
    const struct smime_manner manner = {.is_binary = true};
    struct smime_wrapped wrapped;
    struct smime_opened opened;
    for (unsigned rounds = 0; rounds < 8; rounds++) { /* of bytes of any value */
        assert_int_equal(smime_wrap(&server, true, NULL, manner, slice("application/sdp"),
                                    slice(SDP), &wrapped),
                         0);
        assert_non_null(memmem(wrapped.body, wrapped.length, "Encoding: binary\r\n", 18));
        assert_null(memmem(wrapped.body, wrapped.length, "base64", 6));
        assert_int_equal(open_wrapped(&alice, &wrapped, &opened), 0);
        assert_opened(&opened, "application/sdp", SDP);
        assert_true(opened.manner.is_binary);
        smime_opened_finish(&opened);
        free(wrapped.body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrapped_is_opened),
        cmocka_unit_test(what_resiprocate_writes_is_read),
        cmocka_unit_test(a_signature_is_bytes_for_who_signs_so),
        cmocka_unit_test(any_bytes_are_kept),
        cmocka_unit_test(authorities_vouch),
        cmocka_unit_test(what_was_changed_does_not_open),
        cmocka_unit_test(what_is_cut_off_does_not_open),
        cmocka_unit_test(no_layer_comes_twice),
        cmocka_unit_test(it_is_told_what_was_around_what),
        cmocka_unit_test(every_cipher_is_written_and_read),
        cmocka_unit_test(who_says_what_he_reads_gets_that),
        cmocka_unit_test(weak_digests_prove_nothing),
        cmocka_unit_test(many_certificates_are_refused),
        cmocka_unit_test(a_key_that_may_not_sign_does_not),
        cmocka_unit_test(what_grows_is_refused),
        cmocka_unit_test(other_types_are_told),
        cmocka_unit_test(a_certificate_is_of_its_addresses),
        cmocka_unit_test(certificates_are_read_and_written),
        cmocka_unit_test(who_can_only_sign_cannot_be_encrypted_for),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
