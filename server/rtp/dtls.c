/* dtls.c - OpenSSL's handshake between datagrams: a BIO that holds one and gives the rest away.
 */
#include "server/rtp/dtls.h"

#include "mixer/base/clock.h"
#include "server/rtp/dtls_internal.h"
#include "server/rtp/ssl_reason.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum {
    MOST_RETRANSMIT_US = 5000000,
    DATA_BYTES = 2048, /* of application data, thrown away at a time */
    OVERHEAD_BYTES = 28,
};

struct dtls {
    SSL *ssl;
    enum dtls_state state;
    enum dtls_role role;
    bool has_begun, has_keys;
    int64_t limit_ns; /* once it has begun */
    struct dtls_fingerprint fingerprints[DTLS_MAX_FINGERPRINTS];
    unsigned fingerprint_count;
    struct dtls_keys keys;
    char reason[DTLS_REASON_BYTES];

    void (*send)(void *context, const uint8_t *data, size_t length);
    void *context;
    const uint8_t *datagram; /* borrowed within dtls_take(); NULL: read already */
    size_t datagram_bytes;
};

/* ---- the BIO: what comes in and goes out are datagrams, not a stream ---- */

static int bio_read(BIO *bio, char *out, int room)
{
    struct dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!dtls->datagram) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const size_t bytes =
        dtls->datagram_bytes < (size_t)room ? dtls->datagram_bytes : (size_t)room;
    memcpy(out, dtls->datagram, bytes);
    dtls->datagram = NULL;
    return (int)bytes;
}

static int bio_write(BIO *bio, const char *data, int length)
{
    struct dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (length > 0)
        dtls->send(dtls->context, (const uint8_t *)data, (size_t)length);
    return length;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return DTLS_MTU;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
        return OVERHEAD_BYTES;
    default:
        return 0;
    }
}

static BIO_METHOD *method; /* lives as long as the process */

static void make_method(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
    if (!method || !BIO_meth_set_read(method, bio_read) ||
        !BIO_meth_set_write(method, bio_write) || !BIO_meth_set_ctrl(method, bio_control))
        abort();
}

static BIO *make_bio(struct dtls *dtls)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_method);
    BIO *bio = BIO_new(method);
    if (!bio)
        return NULL;
    BIO_set_data(bio, dtls);
    BIO_set_init(bio, 1);
    return bio;
}

/* ---- what OpenSSL asks ---- */

/* In place of the usual walk along a chain: the fingerprint says it all. */
int dtls_verify(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct dtls *dtls = SSL_get_app_data(ssl);
    X509 *theirs = X509_STORE_CTX_get0_cert(store);
    for (unsigned i = 0; theirs && i < dtls->fingerprint_count; i++) {
        if (dtls_fingerprint_fits(&dtls->fingerprints[i], theirs))
            return 1;
    }
    snprintf(dtls->reason, sizeof(dtls->reason), "the certificate has another fingerprint");
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

static unsigned next_timeout(SSL *ssl, unsigned before_us)
{
    (void)ssl;
    if (!before_us)
        return 1000 * DTLS_RETRANSMIT_MS;
    return before_us < MOST_RETRANSMIT_US / 2 ? 2 * before_us : MOST_RETRANSMIT_US;
}

/* ---- lifetime ---- */

static bool make_ssl(struct dtls *dtls, const struct dtls_certificate *certificate)
{
    dtls->ssl = SSL_new(dtls_certificate_context(certificate));
    BIO *bio = dtls->ssl ? make_bio(dtls) : NULL;
    if (!bio)
        return false;
    SSL_set_bio(dtls->ssl, bio, bio); /* owned by it */
    SSL_set_app_data(dtls->ssl, dtls);
    SSL_set_verify(dtls->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_set_mtu(dtls->ssl, DTLS_MTU);
    DTLS_set_timer_cb(dtls->ssl, next_timeout);
    if (dtls->role == DTLS_CLIENT)
        SSL_set_connect_state(dtls->ssl);
    else
        SSL_set_accept_state(dtls->ssl);
    return true;
}

int dtls_create(const struct dtls_config *config, struct dtls **dtls)
{
    if (!config->fingerprint_count || config->fingerprint_count > DTLS_MAX_FINGERPRINTS)
        return -EINVAL;
    struct dtls *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->role = config->role;
    made->send = config->send;
    made->context = config->context;
    made->fingerprint_count = config->fingerprint_count;
    memcpy(made->fingerprints, config->fingerprints,
           config->fingerprint_count * sizeof(*config->fingerprints));
    if (!make_ssl(made, config->certificate)) {
        ERR_clear_error();
        dtls_destroy(made);
        return -ENOMEM;
    }
    *dtls = made;
    return 0;
}

void dtls_destroy(struct dtls *dtls)
{
    if (!dtls)
        return;
    SSL_free(dtls->ssl);
    dtls_keys_wipe(&dtls->keys);
    free(dtls);
}

/* ---- the end of a handshake ---- */

static enum dtls_state fail(struct dtls *dtls, const char *reason)
{
    if (!dtls->reason[0])
        snprintf(dtls->reason, sizeof(dtls->reason), "%s", reason);
    return dtls->state = DTLS_FAILED;
}

static enum dtls_state fail_by_openssl(struct dtls *dtls)
{
    return fail(dtls, ssl_reason());
}

static enum rtp_suite suite_of(const SSL *ssl)
{
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile((SSL *)ssl);
    switch (profile ? profile->id : 0) {
    case SRTP_AEAD_AES_128_GCM:
        return RTP_SUITE_AEAD_AES_128_GCM;
    case SRTP_AEAD_AES_256_GCM:
        return RTP_SUITE_AEAD_AES_256_GCM;
    case SRTP_AES128_CM_SHA1_80:
        return RTP_SUITE_AES_CM_128_HMAC_SHA1_80;
    case SRTP_AES128_CM_SHA1_32:
        return RTP_SUITE_AES_CM_128_HMAC_SHA1_32;
    default:
        return RTP_SUITE_NONE;
    }
}

/* RFC 5764 section 4.2: the client's key, the server's key, the client's salt, the server's. */
static bool export_keys(struct dtls *dtls, enum rtp_suite suite)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    const struct rtp_suite_row *row = rtp_suite_row(suite);
    const size_t key = row->key_bytes, salt = row->salt_bytes;
    const bool is_client = dtls->role == DTLS_CLIENT;
    struct rtp_keys *client = is_client ? &dtls->keys.send : &dtls->keys.receive;
    struct rtp_keys *server = is_client ? &dtls->keys.receive : &dtls->keys.send;
    uint8_t all[2 * (RTP_KEYS_MAX_KEY + RTP_KEYS_MAX_SALT)];
    if (!SSL_export_keying_material(dtls->ssl, all, 2 * (key + salt), label, sizeof(label) - 1,
                                    NULL, 0, 0))
        return false;
    client->suite = server->suite = suite;
    memcpy(client->key, all, key);
    memcpy(server->key, all + key, key);
    memcpy(client->salt, all + 2 * key, salt);
    memcpy(server->salt, all + 2 * key + salt, salt);
    OPENSSL_cleanse(all, sizeof(all));
    return dtls->has_keys = true;
}

static enum dtls_state finish(struct dtls *dtls)
{
    const enum rtp_suite suite = suite_of(dtls->ssl);
    if (suite == RTP_SUITE_NONE) {
        SSL_shutdown(dtls->ssl);
        return fail(dtls, "no SRTP profile in common");
    }
    if (!export_keys(dtls, suite))
        return fail_by_openssl(dtls);
    return dtls->state = DTLS_CONNECTED;
}

/* ---- at work ---- */

static void shake(struct dtls *dtls)
{
    ERR_clear_error();
    const int done = SSL_do_handshake(dtls->ssl);
    if (done == 1)
        finish(dtls);
    else if (SSL_get_error(dtls->ssl, done) != SSL_ERROR_WANT_READ)
        fail_by_openssl(dtls);
}

/* Only what the far end says, under protection, ends what is connected. */
static void listen_on(struct dtls *dtls)
{
    uint8_t data[DATA_BYTES];
    ERR_clear_error();
    while (SSL_read(dtls->ssl, data, sizeof(data)) > 0)
        ;
    ERR_clear_error();
    if (SSL_get_shutdown(dtls->ssl) & SSL_RECEIVED_SHUTDOWN)
        dtls->state = DTLS_CLOSED;
}

static void begin(struct dtls *dtls, int64_t now_ns)
{
    if (dtls->has_begun)
        return;
    dtls->has_begun = true;
    dtls->limit_ns = now_ns + DTLS_LIMIT_MS * CLOCK_NS_PER_MS;
}

enum dtls_state dtls_begin(struct dtls *dtls, int64_t now_ns)
{
    if (dtls->role == DTLS_CLIENT && !dtls->has_begun) {
        begin(dtls, now_ns);
        shake(dtls);
    }
    return dtls->state;
}

enum dtls_state dtls_take(struct dtls *dtls, const uint8_t *data, size_t length, int64_t now_ns)
{
    if (!length || dtls->state == DTLS_CLOSED || dtls->state == DTLS_FAILED ||
        (dtls->role == DTLS_CLIENT && !dtls->has_begun))
        return dtls->state;
    begin(dtls, now_ns);
    dtls->datagram = data;
    dtls->datagram_bytes = length;
    if (dtls->state == DTLS_SHAKING)
        shake(dtls);
    if (dtls->state == DTLS_CONNECTED)
        listen_on(dtls);
    dtls->datagram = NULL;
    return dtls->state;
}

enum dtls_state dtls_tick(struct dtls *dtls, int64_t now_ns)
{
    if (dtls->state != DTLS_SHAKING || !dtls->has_begun)
        return dtls->state;
    if (now_ns >= dtls->limit_ns)
        return fail(dtls, "the handshake did not end within 30 s");
    ERR_clear_error();
    if (DTLSv1_handle_timeout(dtls->ssl) < 0)
        return fail_by_openssl(dtls);
    return dtls->state;
}

int64_t dtls_due_ns(const struct dtls *dtls, int64_t now_ns)
{
    struct timeval left;
    if (dtls->state != DTLS_SHAKING || !dtls->has_begun)
        return INT64_MAX;
    if (!DTLSv1_get_timeout(dtls->ssl, &left))
        return dtls->limit_ns;
    const int64_t due_ns =
        now_ns + (int64_t)left.tv_sec * CLOCK_NS_PER_S + (int64_t)left.tv_usec * 1000;
    return due_ns < dtls->limit_ns ? due_ns : dtls->limit_ns;
}

void dtls_close(struct dtls *dtls)
{
    if (dtls->state != DTLS_CONNECTED)
        return;
    ERR_clear_error();
    SSL_shutdown(dtls->ssl);
    ERR_clear_error();
    dtls->state = DTLS_CLOSED;
}

bool dtls_take_keys(struct dtls *dtls, struct dtls_keys *keys)
{
    if (!dtls->has_keys)
        return false;
    *keys = dtls->keys;
    dtls_keys_wipe(&dtls->keys);
    dtls->has_keys = false;
    return true;
}

void dtls_keys_wipe(struct dtls_keys *keys)
{
    OPENSSL_cleanse(keys, sizeof(*keys));
}

const char *dtls_reason(const struct dtls *dtls)
{
    return dtls->reason;
}
