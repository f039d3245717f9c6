/* secure.c - the stack's contexts and connections, found by OpenSSL's callbacks and put right.
 */
#include "server/sip/secure.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/explain.h"
#include "mixer/base/log.h"
#include "server/sip/keep_alive.h"
#include "server/sip/key_ring.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { MAX_CONTEXTS = 32, SWEEP_MS = 1000 };

/* Forward secrecy only; what is left is what TLS 1.2 has that is not broken. */
#define CIPHERS "HIGH:!aNULL:!kRSA:!PSK:!SRP:!3DES"

struct context {
    SSL_CTX *ctx;
    uint16_t port;
};

struct connection {
    struct secure *tls;
    struct connection *next, **place;
    SSL *ssl;
    BIO *bio;
    int fd;
    bool is_new;    /* not looked at yet                                                     */
    bool is_in;     /* from others                                                           */
    bool has_begun; /* its handshake                                                         */
    bool is_up;     /* its handshake is done                                                 */
    bool is_parted; /* not good for who is called: nothing is written any more               */
    bool is_cut;    /* shut down by us; the stack will notice                                */
    bool is_dead;   /* the stack has let go of it                                            */
    bool is_pinged; /* and has not answered yet                                              */
    int64_t born_ns, heard_ns;
    struct sockaddr_storage source; /* the far end; AF_UNSPEC: not known yet */
};

struct secure {
    struct secure_config config;
    struct loop *loop;
    struct gate *gate;
    struct key_pair_paths made; /* NULLs: a pair is configured */
    struct key_ring ring;
    X509_STORE *clients, *system;
    struct context context[MAX_CONTEXTS];
    unsigned context_count;
    uint16_t adopting; /* the port of the contexts that are being made; 0: none are */
    struct connection *connections; /* the newest first */
    struct loop_timer look, sweep;
    struct secure_stats stats;
};

/* OpenSSL's callbacks know no context of ours. There is one struct secure in a process, on the
 * control thread; for other threads (libcurl's) there is none. */
static _Thread_local struct secure *mine;
static _Thread_local BIO *newest_bio;
static int connection_index = -1;

/* ---- the end of a connection ---- */

static void on_look(void *context);

static void look_soon(struct secure *tls)
{
    loop_timer_start(tls->loop, &tls->look, 0, on_look, tls);
}

static void forget(struct connection *connection)
{
    *connection->place = connection->next;
    if (connection->next)
        connection->next->place = connection->place;
    connection->tls->stats.connections--;
    if (!connection->is_new && !connection->is_dead)
        BIO_up_ref(connection->bio); /* what take_reference() took */
    BIO_set_callback_ex(connection->bio, NULL);
    free(connection);
}

/* The SSL has two references to its BIO, for reading and for writing. The stack never frees the
 * SSL, but gives one of the two back. To see that, the other one is given back beforehand: then
 * it is the last, and this is called with BIO_CB_FREE. Both are restored, and the SSL is freed
 * once the stack is off the ground. */
static void take_reference(struct connection *connection)
{
    connection->is_new = false;
    BIO_free(connection->bio);
}

static bool is_for_other(const struct connection *connection)
{
    const struct secure_config *config = &connection->tls->config;
    X509 *certificate = SSL_get0_peer_certificate(connection->ssl);
    return config->verify && config->is_for_other && certificate &&
           SSL_get_verify_result(connection->ssl) == X509_V_OK &&
           config->is_for_other(config->context, (const struct sockaddr *)&connection->source,
                                certificate);
}

/* EPIPE: a connection that has ended, so that the stack tries again on a new one. */
static bool parts(struct connection *connection)
{
    if (connection->is_in || !connection->is_up ||
        SSL_get_shutdown(connection->ssl) & SSL_SENT_SHUTDOWN)
        return false; /* or it is the goodbye */
    if (!connection->is_parted && is_for_other(connection)) {
        log_info("sip", "TLS: who is called now is not in the certificate of the connection "
                        "that is there: another one is opened");
        connection->is_parted = true;
    }
    errno = connection->is_parted ? EPIPE : errno;
    return connection->is_parted;
}

bool secure_is_good_for(X509 *certificate, const char *host)
{
    return X509_check_host(certificate, host, 0, X509_CHECK_FLAG_NO_WILDCARDS, NULL) == 1 ||
           X509_check_ip_asc(certificate, host, 0) == 1;
}

static long on_bio(BIO *bio, int operation, const char *bytes, size_t length, int number,
                   long more, int result, size_t *processed)
{
    (void)bytes;
    (void)length;
    (void)number;
    (void)more;
    (void)processed;
    struct connection *connection = (struct connection *)(void *)BIO_get_callback_arg(bio);
    if (operation == BIO_CB_FREE) {
        connection->is_dead = true;
        BIO_up_ref(bio);
        BIO_up_ref(bio);
        look_soon(connection->tls);
        return 0;
    }
    if (operation == BIO_CB_WRITE && parts(connection))
        return -1;
    if (operation == (BIO_CB_READ | BIO_CB_RETURN) && result > 0)
        connection->heard_ns = clock_monotonic_ns();
    return result;
}

/* A stack that does free its SSL: then there is nothing to do for us. */
static void on_ssl_free(void *parent, void *ours, CRYPTO_EX_DATA *data, int index, long number,
                        void *context)
{
    (void)parent;
    (void)data;
    (void)index;
    (void)number;
    (void)context;
    if (ours)
        forget(ours);
}

/* ---- birth ---- */

static const struct context *find_context(const struct secure *tls, const SSL_CTX *ctx)
{
    for (unsigned i = 0; i < tls->context_count; i++) {
        if (tls->context[i].ctx == ctx)
            return &tls->context[i];
    }
    return NULL;
}

static void on_context_new(void *parent, void *ours, CRYPTO_EX_DATA *data, int index,
                           long number, void *context)
{
    (void)ours;
    (void)data;
    (void)index;
    (void)number;
    (void)context;
    if (!mine || !mine->adopting || mine->context_count == MAX_CONTEXTS)
        return;
    SSL_CTX_up_ref(parent);
    mine->context[mine->context_count++] =
        (struct context){.ctx = parent, .port = mine->adopting};
}

static void on_bio_new(void *parent, void *ours, CRYPTO_EX_DATA *data, int index, long number,
                       void *context)
{
    (void)ours;
    (void)data;
    (void)index;
    (void)number;
    (void)context;
    newest_bio = parent;
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
    return ntohs(address->ss_family == AF_INET6
                     ? ((const struct sockaddr_in6 *)(const void *)address)->sin6_port
                     : ((const struct sockaddr_in *)(const void *)address)->sin_port);
}

/* The stack binds who it calls from to a port of the kernel's choice. */
static bool is_from_listener(int fd, uint16_t port)
{
    struct sockaddr_storage local = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof(local);
    return getsockname(fd, (struct sockaddr *)&local, &length) == 0 && port_of(&local) == port;
}

static bool use_pair(SSL *ssl, const struct key_pair *pair)
{
    SSL_certs_clear(ssl);
    return SSL_use_cert_and_key(ssl, pair->leaf, pair->key, pair->chain, 1) == 1;
}

/* The stack gives the context back once for each connection, though it is the SSL that holds
 * it; the extra reference is for that. */
static void on_ssl_new(void *parent, void *ours, CRYPTO_EX_DATA *data, int index, long number,
                       void *context)
{
    (void)ours;
    (void)number;
    (void)context;
    BIO *bio = newest_bio;
    newest_bio = NULL;
    const struct context *from = mine ? find_context(mine, SSL_get_SSL_CTX(parent)) : NULL;
    if (!from || !bio || BIO_method_type(bio) != BIO_TYPE_SOCKET)
        return;
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return;
    *connection = (struct connection){.tls = mine, .ssl = parent, .bio = bio, .is_new = true};
    BIO_get_fd(bio, &connection->fd);
    connection->is_in = is_from_listener(connection->fd, from->port);
    connection->born_ns = connection->heard_ns = clock_monotonic_ns();
    connection->next = mine->connections;
    connection->place = &mine->connections;
    if (connection->next)
        connection->next->place = &connection->next;
    mine->connections = connection;
    mine->stats.connections++;
    CRYPTO_set_ex_data(data, index, connection);
    BIO_set_callback_arg(bio, (char *)connection);
    BIO_set_callback_ex(bio, on_bio);
    SSL_CTX_up_ref(from->ctx);
    use_pair(parent, &mine->ring.main);
    look_soon(mine);
}

static int register_once(void)
{
    static bool is_done;
    if (is_done)
        return 0;
    int contexts =
        CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, NULL, on_context_new, NULL, NULL);
    int bios = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_BIO, 0, NULL, on_bio_new, NULL, NULL);
    connection_index =
        CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, NULL, on_ssl_new, NULL, on_ssl_free);
    is_done = contexts >= 0 && bios >= 0 && connection_index >= 0;
    return is_done ? 0 : -ENOMEM;
}

/* ---- who may stay ---- */

static bool note_peer(struct connection *connection)
{
    socklen_t length = sizeof(connection->source);
    return getpeername(connection->fd, (struct sockaddr *)&connection->source, &length) == 0;
}

static bool is_same_source(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET)
        return ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)(const void *)b)->sin_addr.s_addr;
    return memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
                  &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr, 8) == 0;
}

static void cut(struct connection *connection, const char *why)
{
    log_debug("sip", "TLS connection cut: %s", why);
    connection->is_cut = true;
    connection->tls->stats.cut++;
    shutdown(connection->fd, SHUT_RDWR);
}

/* The newest that is unfinished pushes out the oldest, of its own source if that has many: who
 * goes on at once gets through whatever others do, even behind the same address. */
static void make_room(struct secure *tls, const struct connection *newest)
{
    struct connection *oldest = NULL, *own = NULL;
    unsigned unfinished = 0, own_unfinished = 0;
    for (struct connection *each = tls->connections; each; each = each->next) {
        if (!each->is_in || each->is_up || each->is_cut || each->is_dead)
            continue;
        oldest = each;
        unfinished++;
        if (is_same_source(&each->source, &newest->source)) {
            own = each;
            own_unfinished++;
        }
    }
    if (own_unfinished > SECURE_UNFINISHED_OF_ONE)
        cut(own, "its source does not finish its handshakes");
    else if (unfinished > SECURE_UNFINISHED)
        cut(oldest, "too many handshakes are under way");
}

static void judge(struct connection *connection, int64_t now_ns)
{
    struct secure *tls = connection->tls;
    const struct sockaddr *source = (const struct sockaddr *)&connection->source;
    if (!note_peer(connection))
        return; /* gone already, and soon noticed */
    unsigned all = 0, same = 0;
    for (struct connection *each = tls->connections; each; each = each->next) {
        if (!each->is_in || each->is_cut || each->is_dead)
            continue;
        all++;
        same += is_same_source(&each->source, &connection->source);
    }
    if (!gate_arrive(tls->gate, source, now_ns))
        cut(connection, "its source connects too often");
    else if (same > SECURE_OF_ONE || all > tls->config.most)
        cut(connection, "too many connections");
    else
        make_room(tls, connection);
}

static void on_sweep(void *context)
{
    struct secure *tls = context;
    int64_t now_ns = clock_monotonic_ns();
    for (struct connection *each = tls->connections; each; each = each->next) {
        if (each->is_cut || each->is_dead)
            continue;
        if (!each->is_up && now_ns - each->born_ns > SECURE_HANDSHAKE_S * CLOCK_NS_PER_S)
            cut(each, "no handshake in time");
        else if (now_ns - each->heard_ns > SECURE_IDLE_S * CLOCK_NS_PER_S)
            cut(each, "silent for too long");
    }
    if (tls->connections)
        loop_timer_start(tls->loop, &tls->sweep, SWEEP_MS, on_sweep, tls);
}

static void bury(struct connection *connection)
{
    struct secure *tls = connection->tls;
    bool tells = !connection->is_in && connection->has_begun && !connection->is_parted &&
                 tls->config.on_ended;
    struct sockaddr_storage peer = connection->source;
    const char *said = SSL_get_servername(connection->ssl, TLSEXT_NAMETYPE_host_name);
    char *name = tells && said ? strdup(said) : NULL;
    tls->stats.failed += connection->is_in && !connection->is_up && !connection->is_cut;
    SSL_free(connection->ssl); /* forgets it, too */
    ERR_clear_error();         /* or the stack would take it for its own */
    if (tells)
        tls->config.on_ended(tls->config.context, (const struct sockaddr *)&peer, name);
    free(name);
}

static void on_look(void *context)
{
    struct secure *tls = context;
    int64_t now_ns = clock_monotonic_ns();
    for (struct connection *each = tls->connections, *next; each; each = next) {
        next = each->next;
        if (each->is_new) {
            take_reference(each); /* it may be dead then */
            if (each->is_in && !each->is_dead)
                judge(each, now_ns);
        }
        if (each->is_pinged && !each->is_cut && !each->is_dead)
            keep_alive_pong(each->ssl);
        each->is_pinged = false;
        if (each->is_dead)
            bury(each);
    }
    if (tls->connections && !tls->sweep.place)
        loop_timer_start(tls->loop, &tls->sweep, SWEEP_MS, on_sweep, tls);
}

/* The stack leaks what it reads of these names, and does nothing with those of callers: anybody
 * with a certificate could make it grow. */
static void hide_names(const SSL *ssl)
{
    X509 *peer = SSL_get1_peer_certificate(ssl);
    int place = peer ? X509_get_ext_by_NID(peer, NID_subject_alt_name, -1) : -1;
    if (place >= 0)
        X509_EXTENSION_free(X509_delete_ext(peer, place));
    X509_free(peer);
}

/* At this moment the ClientHello is not written yet, and the stack is within SSL_connect(). */
static void begin_out(struct connection *connection)
{
    const struct secure_config *config = &connection->tls->config;
    char name[SERVER_NAME_BYTES];
    connection->has_begun = true;
    if (note_peer(connection) && config->name_of &&
        config->name_of(config->context, (const struct sockaddr *)&connection->source, name))
        SSL_set_tlsext_host_name(connection->ssl, name);
}

static void on_info(const SSL *ssl, int where, int value)
{
    (void)value;
    struct connection *connection = SSL_get_ex_data(ssl, connection_index);
    if (connection && (where & SSL_CB_HANDSHAKE_START) && !connection->is_in &&
        !connection->is_up)
        begin_out(connection);
    if (!connection || !(where & SSL_CB_HANDSHAKE_DONE) || connection->is_up)
        return;
    connection->is_up = true;
    if (connection->is_in)
        hide_names(ssl);
    connection->tls->stats.accepted += connection->is_in;
    log_debug("sip", "TLS connection %s: %s, %s", connection->is_in ? "in" : "out",
              SSL_get_version(ssl), SSL_get_cipher_name(ssl));
}

/* The stack is within SSL_read(): it is answered later. */
static void on_record(int is_sent, int version, int type, const void *bytes, size_t length,
                      SSL *ssl, void *context)
{
    (void)version;
    (void)context;
    struct connection *connection = SSL_get_ex_data(ssl, connection_index);
    if (is_sent || type != SSL3_RT_HEADER || length != KEEP_ALIVE_RECORD_HEADER ||
        !connection || !connection->is_up || !keep_alive_is_ping(ssl, bytes))
        return;
    connection->is_pinged = true;
    look_soon(connection->tls);
}

/* Asked of every ClientHello. Without a pair for its name, the caller is told nothing of names
 * and decides by the main certificate (RFC 6066 section 3 leaves that to us). */
static int on_server_name(SSL *ssl, int *alert, void *context)
{
    struct secure *tls = context;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (!SSL_get_ex_data(ssl, connection_index))
        return SSL_TLSEXT_ERR_NOACK;
    ERR_set_mark();
    const struct key_pair *pair = key_ring_find(&tls->ring, name);
    ERR_pop_to_mark();
    if (pair == &tls->ring.main)
        return SSL_TLSEXT_ERR_NOACK;
    if (use_pair(ssl, pair))
        return SSL_TLSEXT_ERR_OK;
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- certificates of others ---- */

/* Callers and called have other authorities; the stack has one store for both. */
static int on_verify(X509_STORE_CTX *asked, void *context)
{
    struct secure *tls = context;
    SSL *ssl = X509_STORE_CTX_get_ex_data(asked, SSL_get_ex_data_X509_STORE_CTX_idx());
    bool is_caller = SSL_is_server(ssl);
    X509_STORE *store = is_caller ? tls->clients : tls->system;
    int error = X509_V_ERR_UNSPECIFIED;
    if (!is_caller && !tls->config.verify) {
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

static bool set_authorities(const struct secure *tls, SSL_CTX *ctx)
{
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    STACK_OF(X509) *all = tls->clients ? X509_STORE_get1_all_certs(tls->clients) : NULL;
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

static bool put_right(struct secure *tls, SSL_CTX *ctx)
{
    static const int modes[] = {[SECURE_CLIENT_OFF] = SSL_VERIFY_NONE,
                                [SECURE_CLIENT_OPTIONAL] = SSL_VERIFY_PEER,
                                [SECURE_CLIENT_REQUIRED] =
                                    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
    SSL_CTX_set_verify(ctx, modes[tls->config.client], NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_verify, tls);
    SSL_CTX_set_info_callback(ctx, on_info);
    SSL_CTX_set_msg_callback(ctx, on_record);
    SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
    SSL_CTX_set_tlsext_servername_arg(ctx, tls);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    return SSL_CTX_set_min_proto_version(ctx, tls->config.allows_1_2 ? TLS1_2_VERSION
                                                                     : TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, CIPHERS) == 1 && set_authorities(tls, ctx);
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

int secure_check(const struct secure_config *config, char **why)
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

static int make_pair(struct secure *tls, char **why)
{
    bool is_new;
    if (tls->config.certificate)
        return 0;
    int error =
        key_pair_make(tls->config.data_directory, tls->config.host, &tls->made, &is_new, why);
    if (!error)
        log_warn(
            "sip",
            "TLS: the certificate is self-signed and only for trying out (%s, %s): callers "
            "have no reason to trust it; set sip.tls_certificate",
            tls->made.certificate, is_new ? "made now" : "of an earlier start");
    return error;
}

int secure_create(const struct secure_config *config, struct loop *loop, struct gate *gate,
                  struct secure **out, char **why)
{
    ASSERT_CONTROL();
    *why = NULL;
    struct secure *tls = calloc(1, sizeof(*tls));
    if (!tls)
        return -ENOMEM;
    *tls = (struct secure){.config = *config, .loop = loop, .gate = gate};
    tls->system = X509_STORE_new();
    int error = tls->system && X509_STORE_set_default_paths(tls->system) == 1 ? 0 : -ENOMEM;
    if (!error)
        error = register_once();
    if (!error)
        error = make_pair(tls, why);
    if (!error)
        error = read_files(config, &tls->made, &tls->ring, &tls->clients, why);
    if (error) {
        secure_destroy(tls);
        return error;
    }
    mine = tls;
    ERR_clear_error();
    *out = tls;
    return 0;
}

void secure_destroy(struct secure *tls)
{
    if (!tls)
        return;
    ASSERT_CONTROL();
    loop_timer_stop(tls->loop, &tls->look);
    loop_timer_stop(tls->loop, &tls->sweep);
    while (tls->connections) {
        SSL *ssl = tls->connections->ssl;
        bool is_dead = tls->connections->is_dead;
        SSL_set_ex_data(ssl, connection_index, NULL);
        forget(tls->connections);
        if (is_dead)
            SSL_free(ssl);
    }
    while (tls->context_count)
        SSL_CTX_free(tls->context[--tls->context_count].ctx);
    if (mine == tls)
        mine = NULL;
    key_ring_finish(&tls->ring);
    key_pair_paths_finish(&tls->made);
    X509_STORE_free(tls->clients);
    X509_STORE_free(tls->system);
    free(tls);
}

void secure_adopt_begin(struct secure *tls, uint16_t port)
{
    ASSERT_CONTROL();
    tls->adopting = port;
}

int secure_adopt_end(struct secure *tls)
{
    unsigned adopted = 0;
    for (unsigned i = 0; i < tls->context_count; i++) {
        if (tls->context[i].port != tls->adopting)
            continue;
        adopted++;
        if (!put_right(tls, tls->context[i].ctx))
            adopted = 0, i = tls->context_count;
    }
    tls->adopting = 0;
    ERR_clear_error();
    return adopted ? 0 : -EIO;
}

static void log_fingerprints(const struct secure *tls)
{
    char fingerprint[3 * 32];
    key_pair_fingerprint(&tls->ring.main, fingerprint);
    log_info("sip", "TLS: new connections get the certificate %s", fingerprint);
    for (unsigned i = 0; i < tls->ring.count; i++) {
        key_pair_fingerprint(&tls->ring.more[i], fingerprint);
        log_info("sip", "TLS: for the names of %s: %s", tls->config.more[i], fingerprint);
    }
}

int secure_reload(struct secure *tls, char **why)
{
    ASSERT_CONTROL();
    struct key_ring ring = {.count = 0};
    X509_STORE *clients;
    *why = NULL;
    int error = read_files(&tls->config, &tls->made, &ring, &clients, why);
    if (error)
        return error;
    key_ring_finish(&tls->ring);
    X509_STORE_free(tls->clients);
    tls->ring = ring;
    tls->clients = clients;
    for (unsigned i = 0; i < tls->context_count; i++)
        set_authorities(tls, tls->context[i].ctx);
    log_fingerprints(tls);
    ERR_clear_error();
    return 0;
}

const char *secure_self_signed(const struct secure *tls)
{
    return tls->made.certificate;
}

void secure_stats_read(const struct secure *tls, struct secure_stats *stats)
{
    *stats = tls->stats;
}
