/* msrp_connection.c - bytes in and out, with TLS and without. */
#include "server/msrp/msrp_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/rtp/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READS = 16 /* in one round */, FIRST_OUT = 4096, SIGN_OF_LIFE_MS = 10000 };

/* What a read or a write came to. */
enum { AGAIN = 0, OVER = -1 };

/* ---- life ---- */

struct msrp_connection *msrp_connection_create(struct msrp_thread *thread, int fd,
                                               const union latch_address *peer, SSL *ssl)
{
    const int on = 1;
    struct msrp_connection *made = calloc(1, sizeof(*made));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = made};
    if (made)
        made->in = malloc(MSRP_IN_BYTES);
    if (!made || !made->in || epoll_ctl(thread->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        if (made)
            free(made->in);
        free(made);
        SSL_free(ssl);
        close(fd);
        return NULL;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    made->fd = fd;
    made->ssl = ssl;
    made->is_in_handshake = ssl != NULL;
    made->number = ++thread->connection_number;
    made->peer = *peer;
    made->since_ns = clock_monotonic_ns();
    made->watched = EPOLLIN;
    made->next = thread->connections;
    made->place = &thread->connections;
    if (made->next)
        made->next->place = &made->next;
    thread->connections = made;
    thread->connection_count++;
    thread->service->counters.connections = thread->connection_count;
    return made;
}

void msrp_connection_end(struct msrp_thread *thread, struct msrp_connection *connection)
{
    if (connection->is_dead)
        return;
    connection->is_dead = true;
    const enum msrp_state state =
        connection->is_connecting || (connection->is_in_handshake && connection->links)
            ? MSRP_STATE_FAILED
            : MSRP_STATE_LOST;
    while (connection->links)
        msrp_link_unbind(thread, connection->links, state);
    *connection->place = connection->next;
    if (connection->next)
        connection->next->place = connection->place;
    connection->next = thread->dead;
    thread->dead = connection;
    thread->connection_count--;
    thread->service->counters.connections = thread->connection_count;
    close(connection->fd); /* epoll forgets it */
}

void msrp_connection_free(struct msrp_connection *connection)
{
    SSL_free(connection->ssl);
    free(connection->in);
    free(connection->out);
    free(connection);
}

/* ---- bytes ---- */

static ssize_t tls_result(struct msrp_connection *connection, int result)
{
    if (result > 0)
        return result;
    const int error = SSL_get_error(connection->ssl, result);
    ERR_clear_error();
    connection->tls_wants_write = error == SSL_ERROR_WANT_WRITE;
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? AGAIN : OVER;
}

static ssize_t socket_result(ssize_t result)
{
    if (result > 0)
        return result;
    return result < 0 && (errno == EAGAIN || errno == EINTR) ? AGAIN : OVER;
}

static ssize_t get(struct msrp_connection *connection, char *at, size_t room)
{
    return connection->ssl ? tls_result(connection, SSL_read(connection->ssl, at, (int)room))
                           : socket_result(recv(connection->fd, at, room, 0));
}

static ssize_t put(struct msrp_connection *connection, const char *at, size_t length)
{
    return connection->ssl ? tls_result(connection, SSL_write(connection->ssl, at, (int)length))
                           : socket_result(send(connection->fd, at, length, MSG_NOSIGNAL));
}

/* ---- out ---- */

char *msrp_connection_room(struct msrp_thread *thread, struct msrp_connection *connection,
                           size_t room)
{
    if (connection->out_begin) {
        memmove(connection->out, connection->out + connection->out_begin,
                connection->out_end - connection->out_begin);
        connection->out_end -= connection->out_begin;
        connection->out_begin = 0;
    }
    if (connection->out_room - connection->out_end < room) {
        const size_t grown = connection->out_end + room + FIRST_OUT;
        char *out = realloc(connection->out, grown);
        if (!out) {
            msrp_connection_end(thread, connection);
            return NULL;
        }
        connection->out = out;
        connection->out_room = grown;
    }
    return connection->out + connection->out_end;
}

static bool has_started(const struct msrp_connection *connection)
{
    return !connection->is_connecting && !connection->is_in_handshake;
}

/* @return false: it has ended. */
static bool push(struct msrp_thread *thread, struct msrp_connection *connection)
{
    while (connection->out_begin < connection->out_end) {
        const ssize_t sent = put(connection, connection->out + connection->out_begin,
                                 connection->out_end - connection->out_begin);
        if (sent == OVER) {
            msrp_connection_end(thread, connection);
            return false;
        }
        if (sent == AGAIN)
            return true;
        connection->out_begin += (size_t)sent;
        thread->service->counters.sent += (uint64_t)sent;
    }
    return true;
}

static bool is_paused(const struct msrp_connection *connection)
{
    if (connection->is_held || connection->out_end - connection->out_begin > MSRP_PAUSE_BYTES)
        return true;
    for (const struct msrp_link *link = connection->links; link; link = link->next) {
        if (link->unanswered >= MSRP_MOST_UNANSWERED)
            return true;
    }
    return false;
}

static void watch(struct msrp_thread *thread, struct msrp_connection *connection)
{
    const bool writes =
        connection->is_connecting || connection->tls_wants_write ||
        (has_started(connection) && connection->out_begin < connection->out_end);
    const bool reads = !connection->is_connecting && !is_paused(connection);
    struct epoll_event event = {.events = (reads ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U),
                                .data.ptr = connection};
    if (event.events == connection->watched)
        return;
    connection->watched = event.events;
    if (epoll_ctl(thread->epoll_fd, EPOLL_CTL_MOD, connection->fd, &event) < 0)
        msrp_connection_end(thread, connection);
}

void msrp_connection_flush(struct msrp_thread *thread, struct msrp_connection *connection)
{
    if (connection->is_dead)
        return;
    if (has_started(connection)) {
        do {
            if (!push(thread, connection))
                return;
        } while (connection->out_end - connection->out_begin < MSRP_FULL_BYTES &&
                 msrp_outbox_fill(thread, connection));
        if (connection->is_dead)
            return;
    }
    watch(thread, connection);
}

/* ---- is it alive? ---- */

/* So long what is sent may be without an acknowledgement; 0: as long as TCP likes. */
static void limit_silence(const struct msrp_connection *connection, unsigned limit_ms)
{
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms,
                     sizeof(limit_ms));
}

void msrp_connection_doubt(struct msrp_thread *thread, struct msrp_connection *connection,
                           struct msrp_link *link)
{
    if (connection->is_doubted)
        return;
    connection->is_doubted = true;
    limit_silence(connection, SIGN_OF_LIFE_MS);
    msrp_outbox_introduce(link);
    msrp_connection_flush(thread, connection);
}

static void note_life(struct msrp_connection *connection)
{
    if (connection->is_doubted)
        limit_silence(connection, 0);
    connection->is_doubted = false;
}

/* ---- in ---- */

static bool take_pieces(struct msrp_thread *thread, struct msrp_connection *connection)
{
    struct slice rest = {connection->in, connection->used};
    struct msrp_piece piece;
    int error = 0;
    while (!is_paused(connection) &&
           (error = msrp_reader_next(&connection->reader, &rest, &piece)) == 0 && piece.kind) {
        msrp_inbox_take(thread, connection, &piece);
        if (connection->is_dead)
            return false;
    }
    if (error) {
        char peer[INET6_ADDRSTRLEN];
        address_host_of(&connection->peer.any, peer);
        log_often("msrp", NULL, peer, "%s sends what is no MSRP%s", peer,
                  error == -E2BIG ? ", or too long a head" : "");
        thread->service->counters.refused++;
        msrp_connection_end(thread, connection);
        return false;
    }
    memmove(connection->in, rest.at, rest.length);
    connection->used = rest.length;
    return true;
}

/* Takes what is in the buffer, and what comes in so many @p reads, or is in that of TLS.
 * @return false: it has ended. */
static bool pull(struct msrp_thread *thread, struct msrp_connection *connection, unsigned reads)
{
    for (unsigned i = 0;; i++) {
        if (!take_pieces(thread, connection))
            return false;
        if (is_paused(connection))
            return true;
        if (i >= reads && !(connection->ssl && SSL_pending(connection->ssl)))
            return true; /* others want to be heard, too */
        const ssize_t came = get(connection, connection->in + connection->used,
                                 MSRP_IN_BYTES - connection->used);
        if (came == AGAIN)
            return true;
        if (came == OVER) {
            msrp_connection_end(thread, connection);
            return false;
        }
        connection->used += (size_t)came;
        note_life(connection);
        thread->service->counters.received += (uint64_t)came;
    }
}

/* Of what had to wait for the answers before it, and is in our buffers, epoll does not tell. */
static void flush_and_go_on(struct msrp_thread *thread, struct msrp_connection *connection)
{
    bool was_paused;
    do {
        was_paused = is_paused(connection);
        msrp_connection_flush(thread, connection);
    } while (was_paused && !connection->is_dead && !is_paused(connection) &&
             pull(thread, connection, 0));
}

void msrp_connection_resume(struct msrp_thread *thread, struct msrp_connection *connection)
{
    if (!connection->is_dead && has_started(connection) && pull(thread, connection, READS))
        flush_and_go_on(thread, connection);
}

/* ---- its beginning ---- */

/* @return false: it has ended, or goes on later. */
static bool finish_connect(struct msrp_thread *thread, struct msrp_connection *connection)
{
    int error = 0;
    socklen_t bytes = sizeof(error);
    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &bytes) < 0 || error) {
        log_often("msrp", connection->links ? connection->links->call : NULL, NULL,
                  "cannot connect: %s", strerror(error ? error : errno));
        msrp_connection_end(thread, connection);
        return false;
    }
    connection->is_connecting = false;
    return true;
}

/* Who has connected is known by name later; to whom we connect, now. */
static bool finish_handshake(struct msrp_thread *thread, struct msrp_connection *connection)
{
    const ssize_t result = tls_result(connection, SSL_do_handshake(connection->ssl));
    if (result == AGAIN)
        return false;
    struct msrp_link *link = connection->links;
    if (result == OVER || (link && !msrp_tls_fits(connection->ssl, link))) {
        char peer[INET6_ADDRSTRLEN];
        address_host_of(&connection->peer.any, peer);
        log_often("msrp", link ? link->call : NULL, peer, "%s: %s", peer,
                  result == OVER ? "a TLS handshake has failed"
                                 : "the certificate is not that of the far end");
        thread->service->counters.refused++;
        msrp_connection_end(thread, connection);
        return false;
    }
    connection->is_in_handshake = connection->tls_wants_write = false;
    return true;
}

void msrp_connection_on_ready(struct msrp_thread *thread, struct msrp_connection *connection,
                              uint32_t events)
{
    if (connection->is_dead)
        return;
    const bool was_started = has_started(connection);
    if (connection->is_connecting && !finish_connect(thread, connection))
        return;
    if (connection->is_in_handshake && !finish_handshake(thread, connection)) {
        if (!connection->is_dead)
            watch(thread, connection);
        return;
    }
    if (!was_started && connection->links)
        msrp_tell_state(thread->service, connection->links->number, MSRP_STATE_BOUND);
    if ((events & EPOLLIN || connection->ssl) && !pull(thread, connection, READS))
        return;
    if (events & (EPOLLERR | EPOLLHUP) && is_paused(connection)) {
        msrp_connection_end(thread, connection); /* it is not read, so this would not end */
        return;
    }
    flush_and_go_on(thread, connection);
}
