/*
 * dtls_peer.h - the far end of an association in tests: OpenSSL as a browser has it, set up by
 * itself and not by the code under test.
 *
 *   struct dtls_peer peer;
 *   dtls_peer_open(&peer, true, DTLS_PEER_PROFILES, 1200);    as client
 *   dtls_peer_take(&peer, data, length, send, context);       NULL, 0: begins, or goes on
 *   if (peer.done) dtls_peer_keys(&peer, ...);
 */
#ifndef TESTS_UNIT_SERVER_RTP_DTLS_PEER_H
#define TESTS_UNIT_SERVER_RTP_DTLS_PEER_H

#include "server/rtp/dtls.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#define DTLS_PEER_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"

typedef void dtls_peer_send(void *context, const uint8_t *data, size_t length);

struct dtls_peer {
    SSL_CTX *ssl_context;
    EVP_PKEY *key;
    X509 *x509;
    SSL *ssl;
    BIO *in;
    bool done, failed, closed;
    dtls_peer_send *send;
    void *context;
};

static int dtls_peer_bio_write(BIO *bio, const char *data, int length)
{
    struct dtls_peer *peer = BIO_get_data(bio);
    if (peer->send)
        peer->send(peer->context, (const uint8_t *)data, (size_t)length);
    return length;
}

static long dtls_peer_bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int dtls_peer_trust(X509_STORE_CTX *store, void *unused)
{
    (void)store;
    (void)unused;
    return 1;
}

static void dtls_peer_make_certificate(struct dtls_peer *peer, bool rsa)
{
    static const unsigned char name[] = "peer";
    peer->key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    peer->x509 = X509_new();
    assert(peer->key && peer->x509);
    ASN1_INTEGER_set(X509_get_serialNumber(peer->x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(peer->x509), -1000);
    X509_gmtime_adj(X509_getm_notAfter(peer->x509), -10); /* over: nobody minds */
    X509_set_pubkey(peer->x509, peer->key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(peer->x509), "CN", MBSTRING_ASC, name, -1,
                               -1, 0);
    X509_set_issuer_name(peer->x509, X509_get_subject_name(peer->x509));
    const int signed_bytes = X509_sign(peer->x509, peer->key, EVP_sha256());
    assert(signed_bytes > 0);
    (void)signed_bytes;
}

/* The settings; dtls_peer_begin() makes the association. */
static inline void dtls_peer_make(struct dtls_peer *peer, const char *profiles, bool rsa)
{
    memset(peer, 0, sizeof(*peer));
    dtls_peer_make_certificate(peer, rsa);
    peer->ssl_context = SSL_CTX_new(DTLS_method());
    assert(peer->ssl_context);
    SSL_CTX_set_options(peer->ssl_context, SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_cert_verify_callback(peer->ssl_context, dtls_peer_trust, NULL);
    SSL_CTX_set_verify(peer->ssl_context, SSL_VERIFY_PEER, NULL);
    if (profiles)
        SSL_CTX_set_tlsext_use_srtp(peer->ssl_context, profiles);
    SSL_CTX_use_certificate(peer->ssl_context, peer->x509);
    SSL_CTX_use_PrivateKey(peer->ssl_context, peer->key);
}

static inline void dtls_peer_begin(struct dtls_peer *peer, bool is_client, long mtu)
{
    static BIO_METHOD *method;
    if (!method) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "peer");
        BIO_meth_set_write(method, dtls_peer_bio_write);
        BIO_meth_set_ctrl(method, dtls_peer_bio_control);
    }
    peer->ssl = SSL_new(peer->ssl_context);
    peer->in = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(peer->in, -1);
    BIO *out = BIO_new(method);
    assert(peer->ssl && peer->in && out);
    BIO_set_data(out, peer);
    BIO_set_init(out, 1);
    SSL_set_bio(peer->ssl, peer->in, out);
    SSL_set_mtu(peer->ssl, mtu);
    if (is_client)
        SSL_set_connect_state(peer->ssl);
    else
        SSL_set_accept_state(peer->ssl);
}

static inline void dtls_peer_finish(struct dtls_peer *peer)
{
    SSL_free(peer->ssl);
    SSL_CTX_free(peer->ssl_context);
    X509_free(peer->x509);
    EVP_PKEY_free(peer->key);
}

/* Takes one datagram; NULL: begins. */
static inline void dtls_peer_take(struct dtls_peer *peer, const uint8_t *data, size_t length)
{
    char ignored[256];
    (void)BIO_reset(peer->in);
    if (data)
        BIO_write(peer->in, data, (int)length);
    ERR_clear_error();
    const int result = peer->done ? SSL_read(peer->ssl, ignored, sizeof(ignored))
                                  : SSL_do_handshake(peer->ssl);
    const int error = SSL_get_error(peer->ssl, result);
    if (!peer->done && result == 1)
        peer->done = true;
    else if (result <= 0 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_ZERO_RETURN)
        peer->failed = true;
    peer->closed = SSL_get_shutdown(peer->ssl) & SSL_RECEIVED_SHUTDOWN;
    ERR_clear_error();
}

/* Sends its flight again. */
static inline void dtls_peer_repeat(struct dtls_peer *peer)
{
    if (!peer->failed)
        DTLSv1_handle_timeout(peer->ssl);
    ERR_clear_error();
}

/* The keys as RFC 5764 has them, cut by hand: what the client sends with, what the server. */
static inline void dtls_peer_keys(struct dtls_peer *peer, size_t key, size_t salt,
                                  struct rtp_keys *client, struct rtp_keys *server)
{
    uint8_t all[128];
    const int made = SSL_export_keying_material(peer->ssl, all, 2 * (key + salt),
                                                "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0);
    assert(made == 1);
    (void)made;
    memset(client, 0, sizeof(*client));
    memset(server, 0, sizeof(*server));
    memcpy(client->key, all, key);
    memcpy(server->key, all + key, key);
    memcpy(client->salt, all + key + key, salt);
    memcpy(server->salt, all + key + key + salt, salt);
}

static inline void dtls_peer_fingerprint(const struct dtls_peer *peer, enum dtls_hash hash,
                                         struct dtls_fingerprint *fingerprint)
{
    const EVP_MD *digest = hash == DTLS_SHA_256   ? EVP_sha256()
                           : hash == DTLS_SHA_384 ? EVP_sha384()
                                                  : EVP_sha512();
    unsigned bytes;
    memset(fingerprint, 0, sizeof(*fingerprint));
    fingerprint->hash = hash;
    X509_digest(peer->x509, digest, fingerprint->value, &bytes);
}

#endif
