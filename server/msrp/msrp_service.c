/* msrp_service.c - control's half: sessions, what is asked of the thread, what it tells. */
#include "server/msrp/msrp_internal.h"

#include "mixer/base/check.h"
#include "mixer/base/explain.h"
#include "mixer/base/random.h"
#include "server/rtp/address.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct msrp_session {
    struct msrp_command close; /* first: what the thread frees is the whole */
    struct msrp_service *service;
    uint64_t number;
    struct msrp_session_config config; /* its texts are not used later */
    char call[MSRP_CALL_BYTES];
    char id[MSRP_ID_BYTES], path[MSRP_OWN_PATH_BYTES];
    bool is_connected; /* its far end is known */
    unsigned queued;
    struct msrp_waiting *waiting; /* not answered yet */
};

/* What the thread tells of a session's connection. */
struct note {
    struct msrp_service *service; /* held */
    uint64_t session;
    enum msrp_state state;
};

/* ---- the end of it ---- */

static void hold(struct msrp_service *service)
{
    atomic_fetch_add(&service->holders, 1);
}

static void drop(struct msrp_service *service)
{
    if (atomic_fetch_sub(&service->holders, 1) != 1)
        return;
    pthread_mutex_destroy(&service->lock);
    free(service);
}

void msrp_waiting_free(struct msrp_waiting *waiting)
{
    if (!waiting)
        return;
    free(waiting->incoming.type);
    free(waiting->incoming.content);
    free(waiting->incoming.nickname);
    free(waiting->head);
    free(waiting);
}

/* ---- from the thread ---- */

/* NULL: it is gone. */
static struct msrp_session *find(const struct msrp_service *service, uint64_t number)
{
    struct msrp_session *session = service->session[number & (MSRP_MOST_SESSIONS - 1)];
    return !service->is_closed && session && session->number == number ? session : NULL;
}

static void on_request(void *argument)
{
    struct msrp_waiting *request = argument;
    struct msrp_service *service = request->service;
    struct msrp_session *session = find(service, request->command.session);
    if (session) {
        request->next = session->waiting;
        session->waiting = request;
        session->config.listener->on_request(session->config.context, session,
                                             &request->incoming);
    } else {
        msrp_waiting_free(request);
    }
    drop(service);
}

void msrp_tell_request(struct msrp_service *service, uint64_t session,
                       struct msrp_waiting *request)
{
    request->service = service;
    request->command.session = session;
    hold(service);
    loop_post_reserved(service->config.loop, &request->home, on_request, request);
}

static void free_message(struct msrp_message *message)
{
    free(message->type);
    free(message->content);
    free(message);
}

static void on_sent(void *argument)
{
    struct msrp_message *message = argument;
    struct msrp_service *service = message->service;
    struct msrp_session *session = find(service, message->command.session);
    if (session && !message->is_ours) {
        session->queued--;
        session->config.listener->on_sent(session->config.context, &message->sent);
    }
    if (message->source && message->source->release)
        message->source->release(message->source_context);
    free_message(message);
    drop(service);
}

void msrp_tell_sent(struct msrp_message *message, unsigned status)
{
    message->sent.status = status;
    hold(message->service);
    loop_post_reserved(message->service->config.loop, &message->home, on_sent, message);
}

static void on_closed(void *argument)
{
    struct msrp_link *link = argument;
    struct msrp_service *service = link->service;
    if (link->sink && link->sink->release)
        link->sink->release(link->sink_context);
    free(link->peer);
    free(link);
    drop(service);
}

void msrp_tell_closed(struct msrp_link *link)
{
    hold(link->service);
    loop_post_reserved(link->service->config.loop, &link->home, on_closed, link);
}

static void on_state(void *argument)
{
    struct note *note = argument;
    struct msrp_service *service = note->service;
    struct msrp_session *session = find(service, note->session);
    if (session && session->config.listener->on_state)
        session->config.listener->on_state(session->config.context, note->state);
    free(note);
    drop(service);
}

/* Without memory nobody hears of it: what was to be sent by it is told all the same. */
void msrp_tell_state(struct msrp_service *service, uint64_t session, enum msrp_state state)
{
    struct note *note = malloc(sizeof(*note));
    if (!note)
        return;
    *note = (struct note){service, session, state};
    hold(service);
    if (loop_post(service->config.loop, on_state, note) == 0)
        return;
    free(note);
    drop(service);
}

/* ---- to the thread ---- */

static void ask(struct msrp_service *service, struct msrp_command *command)
{
    const uint64_t one = 1;
    command->next = NULL;
    pthread_mutex_lock(&service->lock);
    *service->last = command;
    service->last = &command->next;
    pthread_mutex_unlock(&service->lock);
    if (write(service->thread.wake_fd, &one, sizeof(one)) < 0)
        return; /* it is so full that the thread is awake */
}

/* ---- the service ---- */

static int fail(struct msrp_service *service, char **why, int error, const char *text)
{
    if (text)
        explain(error, why, "%s: %s", text, strerror(-error));
    msrp_service_destroy(service);
    return error;
}

static int open_endpoints(struct msrp_service *service, char **why)
{
    struct msrp_thread *thread = &service->thread;
    const struct msrp_service_config *config = &service->config;
    unsigned which;
    bool wants_tls = false;
    for (unsigned i = 0; i < config->endpoint_count; i++)
        wants_tls = wants_tls || config->endpoint[i].is_tls;
    if (wants_tls) {
        const int error = msrp_tls_create(config->certificate, config->key, &thread->tls, why);
        if (error)
            return fail(service, why, error, NULL);
        service->fingerprint = thread->tls->fingerprint;
    }
    const int error = msrp_thread_open(thread, &which);
    char text[32 + ADDRESS_TEXT_BYTES] = "MSRP";
    if (error && which < config->endpoint_count) {
        memcpy(text, "MSRP at ", 9);
        address_text(&config->endpoint[which].address, text + 8);
    }
    return error ? fail(service, why, error, text) : 0;
}

int msrp_service_create(const struct msrp_service_config *config, struct msrp_service **service,
                        char **why)
{
    assert(config->endpoint_count && config->endpoint_count <= MSRP_MOST_ENDPOINTS &&
           config->sessions <= MSRP_MOST_SESSIONS);
    *why = NULL;
    struct msrp_service *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->config = *config;
    made->holders = 1;
    made->last = &made->first;
    made->thread.service = made;
    made->thread.epoll_fd = -1;
    made->thread.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    for (unsigned i = 0; i < MSRP_MOST_ENDPOINTS; i++)
        made->thread.listen_fd[i] = -1;
    pthread_mutex_init(&made->lock, NULL);
    if (made->thread.wake_fd < 0)
        return fail(made, why, -errno, "MSRP");
    int error = open_endpoints(made, why);
    if (error)
        return error;
    error = -pthread_create(&made->id, NULL, msrp_thread_run, &made->thread);
    if (error)
        return fail(made, why, error, "the thread of MSRP");
    made->is_running = true;
    *service = made;
    return 0;
}

void msrp_service_destroy(struct msrp_service *service)
{
    if (!service)
        return;
    assert(!service->session_count);
    if (service->is_running) {
        service->stop.kind = MSRP_COMMAND_STOP;
        ask(service, &service->stop);
        pthread_join(service->id, NULL);
    }
    msrp_thread_close(&service->thread);
    msrp_tls_destroy(service->thread.tls);
    if (service->thread.wake_fd >= 0)
        close(service->thread.wake_fd);
    service->is_closed = true;
    drop(service);
}

uint16_t msrp_service_port(const struct msrp_service *service, bool is_tls)
{
    return service->port[is_tls];
}

const struct dtls_fingerprint *msrp_service_fingerprint(const struct msrp_service *service)
{
    return service->fingerprint.hash ? &service->fingerprint : NULL;
}

int msrp_service_reload(struct msrp_service *service, const char *certificate, const char *key,
                        char **why)
{
    ASSERT_CONTROL();
    struct msrp_tls *tls;
    *why = NULL;
    if (!service->fingerprint.hash)
        return 0;
    const int error = msrp_tls_create(certificate, key, &tls, why);
    if (error)
        return error;
    service->fingerprint = tls->fingerprint;
    tls->command.kind = MSRP_COMMAND_RELOAD;
    ask(service, &tls->command);
    return 0;
}

void msrp_service_stats_read(const struct msrp_service *service,
                             struct msrp_service_stats *stats)
{
    const struct msrp_counters *counters = &service->counters;
    *stats = (struct msrp_service_stats){.sessions = service->session_count,
                                         .connections = counters->connections,
                                         .accepted = counters->accepted,
                                         .refused = counters->refused,
                                         .received = counters->received,
                                         .sent = counters->sent,
                                         .requests = counters->requests,
                                         .rejected = counters->rejected};
}

/* ---- sessions ---- */

/* @return false: all are taken. */
static bool find_index(struct msrp_service *service, unsigned *index)
{
    if (service->session_count >= service->config.sessions)
        return false;
    while (service->session[service->next_index % MSRP_MOST_SESSIONS])
        service->next_index++;
    *index = service->next_index++ % MSRP_MOST_SESSIONS;
    return true;
}

/* From now on a connection may name it, though its far end is not known: who is offered a
 * session may be faster by TCP than his answer is by SIP. */
static void open_link(const struct msrp_session *session, struct msrp_link *link)
{
    const struct msrp_session_config *config = &session->config;
    link->command =
        (struct msrp_command){.kind = MSRP_COMMAND_OPEN, .session = session->number};
    link->service = session->service;
    link->number = session->number;
    link->is_tls = config->is_tls;
    link->most_bytes = config->most_bytes;
    link->sink = config->sink;
    link->sink_context = config->sink_context;
    memcpy(link->call, session->call, sizeof(link->call));
    memcpy(link->id, session->id, sizeof(link->id));
    memcpy(link->own, session->path, sizeof(link->own));
    ask(session->service, &link->command);
}

struct msrp_session *msrp_session_create(struct msrp_service *service,
                                         const struct msrp_session_config *config)
{
    ASSERT_CONTROL();
    unsigned index;
    const uint16_t port = service->port[config->is_tls];
    struct msrp_session *session =
        port && find_index(service, &index) ? calloc(1, sizeof(*session)) : NULL;
    struct msrp_link *link = session ? calloc(1, sizeof(*link)) : NULL;
    if (!link) {
        free(session);
        return NULL;
    }
    session->service = service;
    session->number = ++service->generation << MSRP_INDEX_BITS | index;
    session->config = *config;
    snprintf(session->call, sizeof(session->call), "%s", config->call);
    const int digits = snprintf(session->id, sizeof(session->id), "%03x", index);
    random_name(session->id + digits, sizeof(session->id) - (size_t)digits);
    const bool is_v6 = strchr(config->host, ':') != NULL;
    const int length = snprintf(session->path, sizeof(session->path), "%s://%s%s%s:%u/%s;tcp",
                                config->is_tls ? "msrps" : "msrp", is_v6 ? "[" : "",
                                config->host, is_v6 ? "]" : "", port, session->id);
    if (length >= (int)sizeof(session->path)) {
        free(link);
        free(session);
        return NULL;
    }
    service->session[index] = session;
    service->session_count++;
    open_link(session, link);
    return session;
}

void msrp_session_destroy(struct msrp_session *session)
{
    ASSERT_CONTROL();
    if (!session)
        return;
    struct msrp_service *service = session->service;
    while (session->waiting) {
        struct msrp_waiting *next = session->waiting->next;
        msrp_waiting_free(session->waiting);
        session->waiting = next;
    }
    service->session[session->number & (MSRP_MOST_SESSIONS - 1)] = NULL;
    service->session_count--;
    session->close.kind = MSRP_COMMAND_CLOSE;
    session->close.session = session->number;
    ask(service, &session->close); /* which frees it */
}

const char *msrp_session_path(const struct msrp_session *session)
{
    return session->path;
}

static bool read_far_end(const struct msrp_far_end *far_end, struct msrp_peer *peer)
{
    struct msrp_uri first, last;
    struct slice rest = far_end->path, host;
    if (!slice_copy(far_end->path, peer->path, sizeof(peer->path)) ||
        msrp_path_last(far_end->path, &last) < 0 || msrp_path_next(&rest, &first) <= 0)
        return false;
    host = first.host;
    if (host.at[0] == '[')
        host = (struct slice){host.at + 1, host.length - 2};
    peer->is_behind_relay = msrp_path_next(&rest, &first) > 0;
    return last.session.length && slice_copy(last.session, peer->session, MSRP_SESSION_BYTES) &&
           slice_copy(host, peer->host, sizeof(peer->host));
}

int msrp_session_connect(struct msrp_session *session, const struct msrp_far_end *far_end)
{
    ASSERT_CONTROL();
    assert(!session->is_connected);
    struct msrp_peer *peer = calloc(1, sizeof(*peer));
    if (!peer)
        return -ENOMEM;
    if (!read_far_end(far_end, peer)) {
        free(peer);
        return -EBADMSG;
    }
    peer->end = *far_end;
    peer->command =
        (struct msrp_command){.kind = MSRP_COMMAND_CONNECT, .session = session->number};
    session->is_connected = true;
    ask(session->service, &peer->command);
    return 0;
}

void msrp_session_answer(struct msrp_session *session, struct msrp_incoming *request,
                         unsigned status)
{
    ASSERT_CONTROL();
    struct msrp_waiting **at = &session->waiting;
    while (*at && &(*at)->incoming != request)
        at = &(*at)->next;
    struct msrp_waiting *waiting = *at;
    assert(waiting);
    *at = waiting->next;
    waiting->status = status;
    waiting->command =
        (struct msrp_command){.kind = MSRP_COMMAND_ANSWER, .session = session->number};
    ask(session->service, &waiting->command);
}

/* ---- messages ---- */

static bool fill_message(struct msrp_message *message, const struct msrp_out *out)
{
    message->type = strdup(out->type);
    message->content = out->source ? NULL : malloc(out->length + 1);
    if (!message->type || (!out->source && !message->content))
        return false;
    if (!out->source)
        memcpy(message->content, out->content, out->length);
    message->sent.tag = out->tag;
    message->sent.arrived = out->offset;
    message->source = out->source;
    message->source_context = out->source_context;
    message->length = out->length;
    message->at = out->offset;
    return true;
}

int msrp_session_send(struct msrp_session *session, const struct msrp_out *out)
{
    ASSERT_CONTROL();
    if (session->queued >= MSRP_MOST_QUEUED || !session->is_connected)
        return -ENOBUFS;
    struct msrp_message *message = calloc(1, sizeof(*message));
    if (!message || !fill_message(message, out)) {
        if (message)
            free_message(message);
        return -ENOMEM;
    }
    message->service = session->service;
    message->command =
        (struct msrp_command){.kind = MSRP_COMMAND_SEND, .session = session->number};
    session->queued++;
    ask(session->service, &message->command);
    return 0;
}
