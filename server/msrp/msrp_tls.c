/* msrp_tls.c - certificates of msrps: ours, and whether theirs is the right one. */
#include "server/msrp/msrp_internal.h"

#include "mixer/base/explain.h"
#include "server/rtp/ssl_reason.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <stdlib.h>

/* Who they are is judged once the session is known: msrp_tls_fits(). */
static int accept_any(int is_good, X509_STORE_CTX *store)
{
    (void)is_good;
    (void)store;
    return 1;
}

static SSL_CTX *open_context(const SSL_METHOD *method, const char *certificate, const char *key)
{
    SSL_CTX *context = SSL_CTX_new(method);
    if (!context)
        return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET); /* of TLS 1.2: we know no sessions again */
    SSL_CTX_set_num_tickets(context, 0);
    if (SSL_CTX_use_certificate_chain_file(context, certificate) == 1 &&
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_check_private_key(context) == 1)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

int msrp_tls_create(const char *certificate, const char *key, struct msrp_tls **tls, char **why)
{
    struct msrp_tls *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->server = open_context(TLS_server_method(), certificate, key);
    made->client = made->server ? open_context(TLS_client_method(), certificate, key) : NULL;
    X509 *leaf = made->client ? SSL_CTX_get0_certificate(made->client) : NULL;
    if (!leaf || dtls_fingerprint_of(leaf, DTLS_SHA_256, &made->fingerprint) < 0) {
        explain(-EINVAL, why, "the certificate of MSRP cannot be used: %s, %s: %s", certificate,
                key, ssl_reason());
        msrp_tls_destroy(made);
        return -EINVAL;
    }
    SSL_CTX_set_verify(made->server, SSL_VERIFY_PEER, accept_any);
    SSL_CTX_set_default_verify_paths(made->client);
    *tls = made;
    return 0;
}

void msrp_tls_destroy(struct msrp_tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->server);
    SSL_CTX_free(tls->client);
    free(tls);
}

SSL *msrp_tls_open(struct msrp_tls *tls, int fd, const char *host)
{
    SSL *ssl = SSL_new(host ? tls->client : tls->server);
    if (!ssl || SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        return NULL;
    }
    if (!host) {
        SSL_set_accept_state(ssl);
        return ssl;
    }
    SSL_set_connect_state(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) != 1) {
        SSL_set1_host(ssl, host);
        SSL_set_tlsext_host_name(ssl, host);
    }
    return ssl;
}

bool msrp_tls_fits(SSL *ssl, const struct msrp_link *link)
{
    const struct msrp_far_end *far_end = &link->peer->end;
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    for (unsigned i = 0; certificate && i < far_end->fingerprint_count; i++) {
        if (dtls_fingerprint_fits(&far_end->fingerprint[i], certificate))
            return true;
    }
    if (far_end->fingerprint_count)
        return false;
    return !far_end->is_active || (certificate && SSL_get_verify_result(ssl) == X509_V_OK);
}
