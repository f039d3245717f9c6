/*
 * api_http.c - libmicrohttpd: one thread, all connections.
 *
 * A request's way: on_target (request line) > on_request, first call (header) > again for each
 * piece of body > again without: it is served, perhaps by control while the connection is
 * suspended > again when resumed: the answer is queued > on_completed.
 */
#include "api/api_connections.h"
#include "api/api_intake.h"
#include "api/api_internal.h"
#include "api/api_listen.h"
#include "api/api_reply.h"
#include "api/api_tls.h"
#include "api/api_transfer.h"
#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    MEMORY_BYTES = 128 << 10, /* of a connection; half of it is read at once. A page of it that
                                 is not used is not there */
    GOODBYE_MS = 1000,        /* for answers under way when the API ends           */
    DISCARD_MOST_BYTES = 16 << 20 /* of a body that is refused: read so that the client
                                     gets to reading the answer, instead of a reset    */
};

struct api_http {
    struct api *api;
    struct MHD_Daemon *daemon;
    struct api_connections *connections;
    int listen_fd;
    struct api_tls *tls;  /* NULL: plain HTTP */
    pthread_mutex_t lock; /* for the two below */
    pthread_cond_t idle;
    unsigned active; /* requests under way */
};

void api_http_suspend(void *connection)
{
    MHD_suspend_connection(connection);
}

void api_http_resume(void *connection)
{
    MHD_resume_connection(connection);
}

static struct api_connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void count_active(struct api_http *http, int more)
{
    pthread_mutex_lock(&http->lock);
    http->active += (unsigned)more;
    if (!http->active)
        pthread_cond_signal(&http->idle);
    pthread_mutex_unlock(&http->lock);
}

/* ---- connections ---- */

static void on_connection(void *context, struct MHD_Connection *connection,
                          void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    struct api_http *http = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = api_connections_add(http->connections, info->connect_fd, http);
    } else {
        api_connections_remove(*socket_context);
        *socket_context = NULL;
    }
}

/* Of each handshake. */
static int on_handshake(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                        const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                        gnutls_pcert_st **chain, unsigned *chain_count, gnutls_privkey_t *key)
{
    (void)authorities;
    (void)count;
    (void)algorithms;
    (void)algorithm_count;
    struct api_connection *connection = connection_of(gnutls_session_get_ptr(session));
    if (!connection)
        return -1; /* memory was out when it came */
    const struct api_http *http = api_connection_owner(connection);
    api_tls_show(http->tls, chain, chain_count, key);
    return 0;
}

/* ---- requests ---- */

static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    (void)connection;
    struct api_http *http = context;
    check_thread_is(CHECK_THREAD_API);
    struct api_request *request = api_request_create(http->api, target ? target : "");
    if (request)
        count_active(http, 1);
    return request;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **made,
                         enum MHD_RequestTerminationCode code)
{
    (void)code;
    struct api_request *request = *made;
    *made = NULL;
    if (!request)
        return;
    api_connection_reads(connection_of(connection));
    api_stream_close(request->answer.stream);
    api_request_destroy(request);
    count_active(context, -1);
}

static enum MHD_Result reply(struct MHD_Connection *connection, struct api_request *request)
{
    struct api *api = request->api;
    unsigned class = request->answer.status / 100;
    if (class < API_STATUS_CLASSES)
        atomic_fetch_add_explicit(&api->answered[class], 1, memory_order_relaxed);
    request->stage = API_ANSWERED;
    if (request->answer.has_file)
        api_connection_sends(connection_of(connection));
    else if (request->answer
                 .stream) /* as long as the client likes; the ring cuts a slow one off */
        api_connection_waits(connection_of(connection));
    else
        api_connection_writes(connection_of(connection));
    return api_reply(connection, request) ? MHD_YES : MHD_NO;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

const char *api_http_header(const struct api_request *request, const char *name)
{
    return header(request->connection, name);
}

/* Hands it to control, suspended. @return false: it is answered. */
static bool ask_control(struct api_request *request)
{
    int err = api_queue_push(request->api->queue, request);
    if (err == 0)
        return true; /* it is control's now, and may be answered already */
    api_problem(&request->answer, 503, err == -ENOMEM ? "out_of_memory" : "shutting_down",
                "The server cannot answer this now.");
    return false;
}

/* The head was refused: now, if the client waits or has much to say, or when all is read. */
static enum MHD_Result refuse(struct MHD_Connection *connection, struct api_request *request)
{
    const char *length = header(connection, "Content-Length");
    bool is_asked_first = header(connection, "Expect") != NULL;
    bool is_huge = length && strtoull(length, NULL, 10) > DISCARD_MOST_BYTES;
    request->stage = API_READING;
    return is_asked_first || is_huge ? reply(connection, request) : MHD_YES;
}

static enum MHD_Result begin(struct MHD_Connection *connection, struct api_request *request,
                             const char *method)
{
    const struct api_head head = {
        .method = method,
        .authorization = header(connection, "Authorization"),
        .content_type = header(connection, "Content-Type"),
        .content_length = header(connection, "Content-Length"),
        .idempotency_key = header(connection, "Idempotency-Key"),
        .last_event_id = header(connection, "Last-Event-ID"),
        .forwarded_for = header(connection, "X-Forwarded-For"),
        .if_match = header(connection, "If-Match"),
        .if_none_match = header(connection, "If-None-Match"),
        .origin = header(connection, "Origin"),
        .wanted_method = header(connection, "Access-Control-Request-Method"),
        .peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
                    ->client_addr,
    };
    request->connection = connection;
    request->stage = API_READING;
    api_intake_head(request, &head);
    if (!request->answer.status && request->route->read_head)
        request->route->read_head(request->api, request);
    if (!request->answer.status && request->route->admit) {
        request->stage = API_ADMITTED;
        api_connection_waits(connection_of(connection));
        if (ask_control(request))
            return MHD_YES;
    }
    return request->answer.status ? refuse(connection, request) : MHD_YES;
}

/* Control lets its body come: to a file. */
static enum MHD_Result begin_transfer(struct MHD_Connection *connection,
                                      struct api_request *request)
{
    struct api_transfer *transfer = request->transfer;
    api_connection_streams(connection_of(connection));
    if (!request->answer.status) {
        transfer->is_open = true;
        api_answer_part_error(request, file_part_begin(transfer->part));
    }
    request->stage = API_READING;
    return request->answer.status ? refuse(connection, request) : MHD_YES;
}

/* @return whether more may come: what is refused meanwhile is read to its end, so that the
 * client gets to reading why, if it is not endless. */
static bool write_transfer(struct MHD_Connection *connection, struct api_request *request,
                           const char *bytes, size_t count)
{
    struct api_transfer *transfer = request->transfer;
    api_connection_moved(connection_of(connection), count);
    if (!request->answer.status)
        api_answer_part_error(request, api_transfer_write(transfer, bytes, count));
    if (request->answer.status && !transfer->is_announced)
        request->discarded += count;
    return request->discarded <= DISCARD_MOST_BYTES;
}

static enum MHD_Result take_body(struct MHD_Connection *connection, struct api_request *request,
                                 const char *bytes, size_t *length)
{
    size_t count = *length;
    *length = 0;
    if (request->transfer && request->transfer->is_open)
        return write_transfer(connection, request, bytes, count) ? MHD_YES : MHD_NO;
    if (!request->answer.status && request->route->has_body) {
        int err =
            api_request_add_body(request, bytes, count, request->api->config.max_body_bytes);
        if (err == -EMSGSIZE)
            api_intake_too_large(request);
        else if (err < 0)
            return MHD_NO;
        return MHD_YES;
    }
    request->discarded += count;
    return request->discarded <= DISCARD_MOST_BYTES ? MHD_YES : MHD_NO;
}

static enum MHD_Result finish(struct MHD_Connection *connection, struct api_request *request)
{
    if (request->route && request->route->finish && request->answer.status < 300)
        request->route->finish(request->api, request);
    return reply(connection, request);
}

/* All of it has come. */
static void end_transfer(struct api_request *request)
{
    int err = api_transfer_end(request->transfer);
    if (!request->answer.status)
        api_answer_part_error(request, err);
}

static enum MHD_Result serve(struct MHD_Connection *connection, struct api_request *request)
{
    struct api *api = request->api;
    api_connection_waits(connection_of(connection));
    if (request->transfer && request->transfer->part)
        end_transfer(request);
    if (!request->answer.status)
        api_intake_body(request);
    if (!request->answer.status && request->route->prepare)
        request->route->prepare(api, request);
    if (request->answer.status)
        return reply(connection, request);
    if (request->route->place == API_ON_HTTP) {
        request->route->serve(api, request);
        return finish(connection, request);
    }
    request->stage = API_ASKED;
    return ask_control(request) ? MHD_YES : reply(connection, request);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *body, size_t *body_length, void **made)
{
    (void)context;
    (void)url; /* on_target has it before libmicrohttpd cuts it at the query */
    (void)version;
    struct api_request *request = *made;
    if (!request)
        return MHD_NO;
    switch (request->stage) {
    case API_NEW:
        return begin(connection, request, method);
    case API_ADMITTED:
        return begin_transfer(connection, request);
    case API_READING:
        return *body_length ? take_body(connection, request, body, body_length)
                            : serve(connection, request);
    case API_ASKED:
        return finish(connection, request);
    case API_ANSWERED:
        break;
    }
    return MHD_NO;
}

/* The target is decoded by api_uri.c, which is stricter. */
static size_t keep_escaped(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void on_log(void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void on_log(void *context, const char *format, va_list arguments)
{
    (void)context;
    char line[256];
    if (!log_wanted(LOG_LEVEL_DEBUG))
        return;
    vsnprintf(line, sizeof(line), format, arguments);
    line[strcspn(line, "\n")] = '\0';
    log_debug("api", "%s", line);
}

/* ---- life ---- */

int api_http_create(struct api *api, struct api_http **http, char **why)
{
    struct api_http *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->api = api;
    pthread_mutex_init(&made->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&made->idle, &monotonic);
    pthread_condattr_destroy(&monotonic);
    made->listen_fd = api_listen(api->config.listen, why);
    made->connections =
        api_connections_create(api->config.max_connections, api->config.request_timeout_s,
                               !api->config.tls_certificate);
    int err = made->listen_fd < 0 ? made->listen_fd : made->connections ? 0 : -ENOMEM;
    if (err == 0 && api->config.tls_certificate)
        err = api_tls_create(api->config.tls_certificate, api->config.tls_key, &made->tls, why);
    if (err < 0)
        api_http_destroy(made);
    else
        *http = made;
    return err;
}

int api_http_start(struct api_http *http)
{
    const struct api_config *config = &http->api->config;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)on_handshake},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
        {MHD_OPTION_END, 0, NULL},
    };
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            (http->tls ? (unsigned)MHD_USE_TLS : 0),
        0, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, http->listen_fd, MHD_OPTION_CONNECTION_LIMIT,
        config->max_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, config->request_timeout_s, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_URI_LOG_CALLBACK, on_target, http, MHD_OPTION_UNESCAPE_CALLBACK,
        keep_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_ARRAY,
        http->tls ? options : &options[2], MHD_OPTION_END);
    return http->daemon ? 0 : -EAGAIN;
}

int api_http_reload(struct api_http *http, char **why)
{
    return http->tls ? api_tls_reload(http->tls, why) : 0;
}

void api_http_cut_late(struct api_http *http)
{
    api_connections_cut_late(http->connections, clock_monotonic_ns());
}

unsigned api_http_connections(struct api_http *http)
{
    return api_connections_count(http->connections);
}

static void wait_until_idle(struct api_http *http)
{
    int64_t due_ns = clock_monotonic_ns() + GOODBYE_MS * CLOCK_NS_PER_MS;
    struct timespec due = {.tv_sec = due_ns / CLOCK_NS_PER_S,
                           .tv_nsec = due_ns % CLOCK_NS_PER_S};
    int err = 0;
    pthread_mutex_lock(&http->lock);
    while (http->active && err == 0)
        err = pthread_cond_timedwait(&http->idle, &http->lock, &due);
    pthread_mutex_unlock(&http->lock);
}

void api_http_destroy(struct api_http *http)
{
    if (!http)
        return;
    if (http->daemon) {
        MHD_quiesce_daemon(http->daemon);
        wait_until_idle(http);
        MHD_stop_daemon(http->daemon);
    }
    if (http->listen_fd >= 0)
        close(http->listen_fd);
    api_connections_destroy(http->connections);
    api_tls_destroy(http->tls);
    pthread_cond_destroy(&http->idle);
    pthread_mutex_destroy(&http->lock);
    free(http);
}
