/* secure_policy.c - certificates and rules, put into the stack's contexts. */
#include "server/sip/secure_policy.h"

#include "mixer/base/check.h"
#include "mixer/base/explain.h"
#include "mixer/base/log.h"
#include "server/sip/key_ring.h"

#include <errno.h>
#include <stdlib.h>

#include <openssl/err.h>

/* Forward secrecy only; what is left is what TLS 1.2 has that is not broken. */
#define CIPHERS "HIGH:!aNULL:!kRSA:!PSK:!SRP:!3DES"

struct secure_policy {
    const struct secure_config *config;
    struct key_pair_paths made; /* NULLs: a pair is configured */
    struct key_ring ring;
    X509_STORE *clients, *system;
};

/* ---- pairs ---- */

static bool use_pair(SSL *ssl, const struct key_pair *pair)
{
    return SSL_use_cert_and_key(ssl, pair->leaf, pair->key, pair->chain, 1) == 1;
}

/* With its twin, if it has one: OpenSSL has a place for each kind of key. */
static bool show(const struct secure_policy *policy, SSL *ssl, const struct key_pair *pair)
{
    const struct key_pair *twin = key_ring_twin(&policy->ring, pair);
    SSL_certs_clear(ssl);
    return (!twin || use_pair(ssl, twin)) && use_pair(ssl, pair);
}

bool secure_policy_show_main(const struct secure_policy *policy, SSL *ssl)
{
    return show(policy, ssl, &policy->ring.main);
}

/* Asked of every ClientHello. Without a pair for its name, the caller is told nothing of names
 * and decides by the main certificate (RFC 6066 section 3 leaves that to us). */
static int on_server_name(SSL *ssl, int *alert, void *context)
{
    struct secure_policy *policy = context;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    ERR_set_mark();
    const struct key_pair *pair = key_ring_find(&policy->ring, name);
    ERR_pop_to_mark();
    if (pair == &policy->ring.main)
        return SSL_TLSEXT_ERR_NOACK;
    if (show(policy, ssl, pair))
        return SSL_TLSEXT_ERR_OK;
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- certificates of others ---- */

/* Callers and called have other authorities; the stack has one store for both. */
static int on_verify(X509_STORE_CTX *asked, void *context)
{
    struct secure_policy *policy = context;
    SSL *ssl = X509_STORE_CTX_get_ex_data(asked, SSL_get_ex_data_X509_STORE_CTX_idx());
    bool is_caller = SSL_is_server(ssl);
    X509_STORE *store = is_caller ? policy->clients : policy->system;
    int error = X509_V_ERR_UNSPECIFIED;
    if (!is_caller && !policy->config->verify) {
        X509_STORE_CTX_set_error(asked, X509_V_OK);
        return 1;
    }
    X509_STORE_CTX *check = store ? X509_STORE_CTX_new() : NULL;
    if (check && X509_STORE_CTX_init(check, store, X509_STORE_CTX_get0_cert(asked),
                                     X509_STORE_CTX_get0_untrusted(asked)) == 1) {
        X509_STORE_CTX_set_default(check, is_caller ? "ssl_client" : "ssl_server");
        error = X509_verify_cert(check) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(check);
    }
    X509_STORE_CTX_free(check);
    X509_STORE_CTX_set_error(asked, error);
    if (error != X509_V_OK)
        log_line(is_caller ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "sip", NULL,
                 "TLS: the certificate of %s is not good: %s",
                 is_caller ? "a caller" : "who is called",
                 X509_verify_cert_error_string(error));
    return error == X509_V_OK;
}

static bool set_authorities(const struct secure_policy *policy, SSL_CTX *ctx)
{
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    STACK_OF(X509) *all = policy->clients ? X509_STORE_get1_all_certs(policy->clients) : NULL;
    for (int i = 0; names && all && i < sk_X509_num(all); i++) {
        X509_NAME *name = X509_NAME_dup(X509_get_subject_name(sk_X509_value(all, i)));
        if (!name || !sk_X509_NAME_push(names, name))
            X509_NAME_free(name);
    }
    sk_X509_pop_free(all, X509_free);
    if (names)
        SSL_CTX_set_client_CA_list(ctx, names);
    return names != NULL;
}

bool secure_policy_apply(struct secure_policy *policy, SSL_CTX *ctx)
{
    static const int modes[] = {[SECURE_CLIENT_OFF] = SSL_VERIFY_NONE,
                                [SECURE_CLIENT_OPTIONAL] = SSL_VERIFY_PEER,
                                [SECURE_CLIENT_REQUIRED] =
                                    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
    SSL_CTX_set_verify(ctx, modes[policy->config->client], NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_verify, policy);
    SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
    SSL_CTX_set_tlsext_servername_arg(ctx, policy);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    return SSL_CTX_set_min_proto_version(
               ctx, policy->config->allows_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, CIPHERS) == 1 && set_authorities(policy, ctx);
}

/* ---- files ---- */

/* Puts "sip.tls_certificate: " before what is wrong. */
static int name_key(int error, const char *key, char **why)
{
    char *inner = *why;
    if (error && inner) {
        explain(error, why, "%s: %s", key, inner);
        free(inner);
    }
    return error;
}

static int read_ring(const struct secure_config *config, const struct key_pair_paths *made,
                     struct key_ring *ring, char **why)
{
    const char *certificate = config->certificate ? config->certificate : made->certificate;
    const char *key = config->certificate ? config->key : made->key;
    int error = certificate ? key_ring_set_main(ring, certificate, key, why) : 0;
    if (error)
        return name_key(error, "sip.tls_certificate", why);
    for (unsigned i = 0; i < config->more_count && !error; i++)
        error = name_key(key_ring_add(ring, config->more[i], why), "sip.tls_more", why);
    return error;
}

/* Writes to *ring, which is empty, and *clients only if all is good. */
static int read_files(const struct secure_config *config, const struct key_pair_paths *made,
                      struct key_ring *ring, X509_STORE **clients, char **why)
{
    X509_STORE *store = NULL;
    if (config->client_ca) {
        store = key_pair_authorities(config->client_ca, why);
        if (!store)
            return name_key(-EINVAL, "sip.tls_client_ca", why);
    }
    int error = read_ring(config, made, ring, why);
    if (error) {
        key_ring_finish(ring);
        X509_STORE_free(store);
        return error;
    }
    *clients = store;
    return 0;
}

int secure_policy_check(const struct secure_config *config, char **why)
{
    struct key_pair_paths none = {.certificate = NULL};
    struct key_ring ring = {.count = 0};
    X509_STORE *clients = NULL;
    *why = NULL;
    int error = read_files(config, &none, &ring, &clients, why);
    X509_STORE_free(clients);
    key_ring_finish(&ring);
    return error;
}

/* ---- life ---- */

static int make_pair(struct secure_policy *policy, char **why)
{
    bool is_new;
    if (policy->config->certificate)
        return 0;
    int error = key_pair_make(policy->config->data_directory, policy->config->host,
                              &policy->made, &is_new, why);
    if (!error)
        log_warn(
            "sip",
            "TLS: the certificate is self-signed and only for trying out (%s, %s): callers "
            "have no reason to trust it; set sip.tls_certificate",
            policy->made.certificate, is_new ? "made now" : "of an earlier start");
    return error;
}

static void log_fingerprints(const struct secure_policy *policy)
{
    char fingerprint[3 * 32];
    key_pair_fingerprint(&policy->ring.main, fingerprint);
    log_info("sip", "TLS: new connections get the certificate %s", fingerprint);
    for (unsigned i = 0; i < policy->ring.count; i++) {
        key_pair_fingerprint(&policy->ring.more[i], fingerprint);
        log_info("sip", "TLS: for the names of %s: %s", policy->config->more[i], fingerprint);
    }
}

int secure_policy_create(const struct secure_config *config, struct secure_policy **out,
                         char **why)
{
    ASSERT_CONTROL();
    *why = NULL;
    struct secure_policy *policy = calloc(1, sizeof(*policy));
    if (!policy)
        return -ENOMEM;
    *policy = (struct secure_policy){.config = config, .system = X509_STORE_new()};
    int error =
        policy->system && X509_STORE_set_default_paths(policy->system) == 1 ? 0 : -ENOMEM;
    if (!error)
        error = make_pair(policy, why);
    if (!error)
        error = read_files(config, &policy->made, &policy->ring, &policy->clients, why);
    if (error) {
        secure_policy_destroy(policy);
        return error;
    }
    ERR_clear_error();
    *out = policy;
    return 0;
}

void secure_policy_destroy(struct secure_policy *policy)
{
    if (!policy)
        return;
    key_ring_finish(&policy->ring);
    key_pair_paths_finish(&policy->made);
    X509_STORE_free(policy->clients);
    X509_STORE_free(policy->system);
    free(policy);
}

int secure_policy_reload(struct secure_policy *policy, char **why)
{
    ASSERT_CONTROL();
    struct key_ring ring = {.count = 0};
    X509_STORE *clients;
    *why = NULL;
    int error = read_files(policy->config, &policy->made, &ring, &clients, why);
    if (error)
        return error;
    key_ring_finish(&policy->ring);
    X509_STORE_free(policy->clients);
    policy->ring = ring;
    policy->clients = clients;
    log_fingerprints(policy);
    ERR_clear_error();
    return 0;
}

const char *secure_policy_self_signed(const struct secure_policy *policy)
{
    return policy->made.certificate;
}
