/* dtls_certificate.c - a key, a certificate, and the settings of all associations. */
#include "server/rtp/dtls_certificate.h"

#include "mixer/base/random.h"
#include "server/rtp/dtls_internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>

enum {
    MOST_CHAIN_BYTES = 32768, /* of the far end's certificates */
    MOST_RECORD_BYTES = 2048, /* of ours: above the MTU; it sizes a buffer */
    SECONDS_PER_DAY = 86400,
};

struct dtls_certificate {
    EVP_PKEY *key;
    X509 *x509;
    SSL_CTX *context;
    struct dtls_fingerprint fingerprint;
};

static bool name_it(X509 *x509)
{
    static const unsigned char name[] = "raduno";
    X509_NAME *subject = X509_get_subject_name(x509);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) &&
           X509_set_issuer_name(x509, subject);
}

/* From a day ago: clocks differ. */
static X509 *sign(EVP_PKEY *key)
{
    uint64_t serial;
    random_bytes(&serial, sizeof(serial));
    X509 *x509 = X509_new();
    if (x509 && X509_set_version(x509, X509_VERSION_3) &&
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1) &&
        X509_gmtime_adj(X509_getm_notBefore(x509), -SECONDS_PER_DAY) &&
        X509_gmtime_adj(X509_getm_notAfter(x509), DTLS_CERTIFICATE_DAYS * SECONDS_PER_DAY) &&
        X509_set_pubkey(x509, key) && name_it(x509) && X509_sign(x509, key, EVP_sha256()))
        return x509;
    X509_free(x509);
    return NULL;
}

/* No tickets, no cache, no renegotiation: an association is made once. */
static SSL_CTX *make_context(EVP_PKEY *key, X509 *x509)
{
    SSL_CTX *context = SSL_CTX_new(DTLS_method());
    if (!context)
        return NULL;
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_QUERY_MTU | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_cert_verify_callback(context, dtls_verify, NULL);
    SSL_CTX_set_max_cert_list(context, MOST_CHAIN_BYTES);
    SSL_CTX_set_max_send_fragment(context, MOST_RECORD_BYTES);
    /* the last one is 0 for success, unlike the others */
    if (SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) &&
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES") &&
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") &&
        SSL_CTX_use_certificate(context, x509) && SSL_CTX_use_PrivateKey(context, key) &&
        !SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:"
                                              "SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32"))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

int dtls_certificate_create(struct dtls_certificate **certificate)
{
    struct dtls_certificate *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->key = EVP_EC_gen("P-256");
    made->x509 = made->key ? sign(made->key) : NULL;
    made->context = made->x509 ? make_context(made->key, made->x509) : NULL;
    if (!made->context || dtls_fingerprint_of(made->x509, DTLS_SHA_256, &made->fingerprint)) {
        ERR_clear_error();
        dtls_certificate_destroy(made);
        return -EIO;
    }
    *certificate = made;
    return 0;
}

void dtls_certificate_destroy(struct dtls_certificate *certificate)
{
    if (!certificate)
        return;
    SSL_CTX_free(certificate->context);
    X509_free(certificate->x509);
    EVP_PKEY_free(certificate->key);
    free(certificate);
}

const struct dtls_fingerprint *
dtls_certificate_fingerprint(const struct dtls_certificate *certificate)
{
    return &certificate->fingerprint;
}

SSL_CTX *dtls_certificate_context(const struct dtls_certificate *certificate)
{
    return certificate->context;
}
