/* msrp_thread.c - waits for connections, for what they bring, and for what control wants. */
#include "server/msrp/msrp_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/rtp/address.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BACKLOG = 128, READY = 64, ACCEPTS = 64, ROUND_MS = 1000 };

/* ---- life ---- */

static int listen_at(const union latch_address *address)
{
    const int on = 1, off = 0;
    const int fd =
        socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->any.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, &address->any, address_bytes(address)) < 0 || listen(fd, BACKLOG) < 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

static int watch(const struct msrp_thread *thread, int fd, const void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = (void *)(uintptr_t)what};
    return epoll_ctl(thread->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void note_port(struct msrp_service *service, int fd, bool is_tls)
{
    union latch_address bound;
    socklen_t bytes = sizeof(bound);
    if (!service->port[is_tls] && getsockname(fd, &bound.any, &bytes) == 0)
        service->port[is_tls] = address_port(&bound);
}

int msrp_thread_open(struct msrp_thread *thread, unsigned *which)
{
    struct msrp_service *service = thread->service;
    const struct msrp_service_config *config = &service->config;
    *which = config->endpoint_count;
    thread->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (thread->epoll_fd < 0)
        return -errno;
    int error = watch(thread, thread->wake_fd, &thread->wake_fd);
    for (unsigned i = 0; !error && i < config->endpoint_count; i++) {
        int *fd = &thread->listen_fd[i];
        *which = i;
        *fd = listen_at(&config->endpoint[i].address);
        error = *fd < 0 ? *fd : watch(thread, *fd, fd);
        if (!error)
            note_port(service, *fd, config->endpoint[i].is_tls);
    }
    return error;
}

void msrp_thread_close(struct msrp_thread *thread)
{
    for (unsigned i = 0; i < MSRP_MOST_ENDPOINTS; i++) {
        if (thread->listen_fd[i] >= 0)
            close(thread->listen_fd[i]);
    }
    if (thread->epoll_fd >= 0)
        close(thread->epoll_fd);
}

/* ---- who comes ---- */

bool msrp_thread_has_room(struct msrp_thread *thread)
{
    struct msrp_connection *oldest = NULL;
    if (thread->connection_count < thread->service->config.connections)
        return true;
    for (struct msrp_connection *at = thread->connections; at; at = at->next) {
        if (!at->links && (!oldest || at->since_ns <= oldest->since_ns))
            oldest = at;
    }
    if (!oldest)
        return false;
    thread->service->counters.refused++;
    msrp_connection_end(thread, oldest);
    return true;
}

static void take_one(struct msrp_thread *thread, int fd, const union latch_address *peer,
                     bool is_tls)
{
    struct msrp_counters *counters = &thread->service->counters;
    SSL *ssl = NULL;
    bool is_refused = !msrp_thread_has_room(thread);
    if (!is_refused && is_tls) {
        ssl = msrp_tls_open(thread->tls, fd, NULL);
        is_refused = !ssl;
    }
    if (is_refused) {
        close(fd);
        counters->refused++;
        return;
    }
    if (msrp_connection_create(thread, fd, peer, ssl))
        counters->accepted++;
}

/* Without descriptors who waits cannot be taken, and would be told of again and again. */
static void listen_to(struct msrp_thread *thread, bool is_deaf)
{
    struct epoll_event event = {.events = is_deaf ? 0U : EPOLLIN};
    for (unsigned i = 0; i < thread->service->config.endpoint_count; i++) {
        event.data.ptr = &thread->listen_fd[i];
        (void)epoll_ctl(thread->epoll_fd, EPOLL_CTL_MOD, thread->listen_fd[i], &event);
    }
    thread->is_deaf = is_deaf;
}

static bool is_short(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void accept_all(struct msrp_thread *thread, const int *listener)
{
    const size_t index = (size_t)(listener - thread->listen_fd);
    const bool is_tls = thread->service->config.endpoint[index].is_tls;
    for (unsigned i = 0; i < ACCEPTS; i++) {
        union latch_address peer;
        socklen_t bytes = sizeof(peer);
        const int fd = accept4(*listener, &peer.any, &bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && is_short(errno)) {
            log_warn("msrp", "cannot take a connection: %s", strerror(errno));
            listen_to(thread, true);
        }
        if (fd < 0)
            return;
        take_one(thread, fd, &peer, is_tls);
    }
}

/* ---- rounds ---- */

static void run_commands(struct msrp_thread *thread)
{
    struct msrp_service *service = thread->service;
    uint64_t ignored;
    if (read(thread->wake_fd, &ignored, sizeof(ignored)) < 0)
        return; /* it was for what has been done already */
    pthread_mutex_lock(&service->lock);
    struct msrp_command *command = service->first;
    service->first = NULL;
    service->last = &service->first;
    pthread_mutex_unlock(&service->lock);
    while (command) {
        struct msrp_command *next = command->next; /* it is gone behind it */
        if (command->kind == MSRP_COMMAND_STOP)
            thread->is_stopping = true;
        else
            msrp_link_command(thread, command);
        command = next;
    }
}

static void close_late(struct msrp_thread *thread, int64_t now_ns)
{
    const int64_t patience_ns = thread->service->config.patience_s * CLOCK_NS_PER_S;
    for (struct msrp_connection *at = thread->connections, *next; at; at = next) {
        next = at->next;
        if (at->links || now_ns - at->since_ns < patience_ns)
            continue;
        char peer[INET6_ADDRSTRLEN];
        address_host_of(&at->peer.any, peer);
        log_often("msrp", NULL, peer, "%s has named no session of ours in time", peer);
        thread->service->counters.refused++;
        msrp_connection_end(thread, at);
    }
}

static void bury(struct msrp_thread *thread)
{
    while (thread->dead) {
        struct msrp_connection *next = thread->dead->next;
        msrp_connection_free(thread->dead);
        thread->dead = next;
    }
}

static bool is_listener(const struct msrp_thread *thread, const void *what)
{
    return (const int *)what >= thread->listen_fd &&
           (const int *)what < thread->listen_fd + MSRP_MOST_ENDPOINTS;
}

static void run_round(struct msrp_thread *thread, int timeout_ms)
{
    struct epoll_event ready[READY];
    const int count = epoll_wait(thread->epoll_fd, ready, READY, timeout_ms);
    for (int i = 0; i < count; i++) {
        void *what = ready[i].data.ptr;
        if (what == &thread->wake_fd)
            run_commands(thread);
        else if (is_listener(thread, what))
            accept_all(thread, what);
        else
            msrp_connection_on_ready(thread, what, ready[i].events);
    }
}

static void end_all(struct msrp_thread *thread)
{
    while (thread->connections)
        msrp_connection_end(thread, thread->connections);
    bury(thread);
    for (unsigned i = 0; i < MSRP_MOST_SESSIONS; i++) {
        if (thread->link[i])
            msrp_link_free(thread, thread->link[i]);
    }
}

/* OpenSSL writes to sockets that the far end has closed. */
static void block_pipe_signal(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

void *msrp_thread_run(void *argument)
{
    struct msrp_thread *thread = argument;
    block_pipe_signal();
    int64_t swept_ns = clock_monotonic_ns();
    while (!thread->is_stopping) {
        const bool has_work = thread->connections || thread->link_count || thread->is_deaf;
        run_round(thread, has_work ? ROUND_MS : -1);
        bury(thread);
        const int64_t now_ns = clock_monotonic_ns();
        if (now_ns - swept_ns < ROUND_MS * CLOCK_NS_PER_MS)
            continue;
        swept_ns = now_ns;
        if (thread->is_deaf)
            listen_to(thread, false);
        close_late(thread, now_ns);
        msrp_link_sweep(thread, now_ns);
        bury(thread);
    }
    end_all(thread);
    return NULL;
}
