/* secure.c - the stack's contexts and connections, found by OpenSSL's callbacks and put right.
 */
#include "server/sip/secure.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/sip/keep_alive.h"
#include "server/sip/secure_policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { MAX_CONTEXTS = 32, SWEEP_MS = 1000 };

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
    struct secure_policy *policy;
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
    secure_policy_show_main(mine->policy, parent);
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

/* Its address as OpenSSL has it, as text; NULL. */
static GENERAL_NAME *name_of_address(const GENERAL_NAME *name)
{
    char text[INET6_ADDRSTRLEN];
    const ASN1_OCTET_STRING *address = name->type == GEN_IPADD ? name->d.iPAddress : NULL;
    int family = address && address->length == 4    ? AF_INET
                 : address && address->length == 16 ? AF_INET6
                                                    : AF_UNSPEC;
    if (family == AF_UNSPEC || !inet_ntop(family, address->data, text, sizeof(text)))
        return NULL;
    GENERAL_NAME *made = GENERAL_NAME_new();
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    if (made && value && ASN1_STRING_set(value, text, -1) == 1) {
        GENERAL_NAME_set0_value(made, GEN_DNS, value);
        return made;
    }
    GENERAL_NAME_free(made);
    ASN1_IA5STRING_free(value);
    return NULL;
}

/* The stack looks for addresses among the names by another word than OpenSSL has for them, and
 * finds none (RFC 5922 section 7.2 has names only; IP addresses are as RFC 6125 leaves them).
 * What was verified gets each of its addresses as a name of DNS, too. */
static void show_addresses(const SSL *ssl)
{
    X509 *peer = SSL_get1_peer_certificate(ssl);
    GENERAL_NAMES *names =
        peer ? X509_get_ext_d2i(peer, NID_subject_alt_name, NULL, NULL) : NULL;
    const int count = sk_GENERAL_NAME_num(names);
    for (int i = 0; i < count; i++) {
        GENERAL_NAME *made = name_of_address(sk_GENERAL_NAME_value(names, i));
        if (made && sk_GENERAL_NAME_push(names, made) <= 0)
            GENERAL_NAME_free(made);
    }
    if (sk_GENERAL_NAME_num(names) > count)
        X509_add1_ext_i2d(peer, NID_subject_alt_name, names, 0, X509V3_ADD_REPLACE);
    GENERAL_NAMES_free(names);
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
    else
        show_addresses(ssl);
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

/* ---- life ---- */

int secure_check(const struct secure_config *config, char **why)
{
    return secure_policy_check(config, why);
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
    int error = register_once();
    if (!error)
        error = secure_policy_create(&tls->config, &tls->policy, why);
    if (error) {
        secure_destroy(tls);
        return error;
    }
    mine = tls;
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
    secure_policy_destroy(tls->policy);
    free(tls);
}

static bool put_right(struct secure *tls, SSL_CTX *ctx)
{
    SSL_CTX_set_info_callback(ctx, on_info);
    SSL_CTX_set_msg_callback(ctx, on_record);
    return secure_policy_apply(tls->policy, ctx);
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

int secure_reload(struct secure *tls, char **why)
{
    int error = secure_policy_reload(tls->policy, why);
    for (unsigned i = 0; !error && i < tls->context_count; i++)
        secure_policy_apply(tls->policy, tls->context[i].ctx);
    return error;
}

const char *secure_self_signed(const struct secure *tls)
{
    return secure_policy_self_signed(tls->policy);
}

void secure_stats_read(const struct secure *tls, struct secure_stats *stats)
{
    *stats = tls->stats;
}
