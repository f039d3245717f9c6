/* ws_stack.c - the stack's side of a connection: TCP to ourselves, over the loopback. */
#include "server/websocket/ws_internal.h"

#include "mixer/base/log.h"
#include "server/rtp/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 16 * 1024, READS = 8 };

static void on_ready(void *context, uint32_t events);

void ws_stack_close(struct ws_connection *connection)
{
    if (connection->stack_port)
        ws_service_forget_port(connection);
    ws_side_close(connection->service, &connection->stack);
    ws_bytes_finish(&connection->to_stack);
    ws_bytes_finish(&connection->from_stack);
}

/* ---- in ---- */

/* Connecting to ourselves never takes long: who listens is this process. */
static bool connect_to_stack(struct ws_connection *connection)
{
    const struct ws_service *service = connection->service;
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons(service->config.endpoint[connection->endpoint].stack_port)};
    union latch_address own = ws_own_address();
    socklen_t bytes = sizeof(own);
    const int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (bind(fd, &own.any, address_bytes(&own)) < 0 ||
        (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS) ||
        getsockname(fd, &own.any, &bytes) < 0) {
        close(fd);
        return false;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connection->stack.fd = fd;
    connection->stack_port = address_port(&own);
    ws_service_note_port(connection);
    return true;
}

static bool is_fatal(int error)
{
    return error != EAGAIN && error != EINTR && error != ENOTCONN;
}

static void settle(struct ws_connection *connection)
{
    const bool writes = ws_bytes_count(&connection->to_stack) != 0;
    if (!ws_side_watch(connection->service, &connection->stack,
                       EPOLLIN | (writes ? EPOLLOUT : 0U), on_ready, connection))
        ws_connection_close(connection, WS_CODE_BROKEN);
}

static void push(struct ws_connection *connection)
{
    struct ws_bytes *bytes = &connection->to_stack;
    while (ws_bytes_count(bytes)) {
        const ssize_t sent = send(connection->stack.fd, ws_bytes_begin(bytes),
                                  ws_bytes_count(bytes), MSG_NOSIGNAL);
        if (sent < 0 && is_fatal(errno)) {
            ws_connection_close(connection, WS_CODE_BROKEN);
            return;
        }
        if (sent <= 0)
            break;
        ws_bytes_drop(bytes, (size_t)sent);
    }
    settle(connection);
}

int ws_stack_take(struct ws_connection *connection, const char *message, size_t length)
{
    if (connection->stack.fd < 0 && !connect_to_stack(connection))
        return WS_CODE_LATER;
    char *at = ws_bytes_room(&connection->to_stack, length + WS_SIP_GROWTH);
    if (!at)
        return WS_CODE_LATER;
    const ssize_t bytes = ws_sip_take_in(message, length, at, &connection->transport);
    if (bytes < 0)
        return WS_CODE_CONTENT;
    ws_bytes_added(&connection->to_stack, (size_t)bytes);
    connection->service->stats.received++;
    push(connection);
    return 0;
}

/* ---- out ---- */

/* The stack answers our CRLFs with some, which are no message. */
static void skip_line_ends(struct ws_bytes *bytes)
{
    while (ws_bytes_count(bytes) && strchr("\r\n", ws_bytes_begin(bytes)[0]))
        ws_bytes_drop(bytes, 1);
}

static bool send_one(struct ws_connection *connection)
{
    struct ws_bytes *bytes = &connection->from_stack;
    skip_line_ends(bytes);
    const ssize_t length = ws_sip_cut(ws_bytes_begin(bytes), ws_bytes_count(bytes));
    if (length < 0) {
        log_error("sip", "the stack has sent a WebSocket what is no message");
        ws_connection_close(connection, WS_CODE_BROKEN);
    }
    if (length <= 0)
        return false;
    char *out = malloc((size_t)length + WS_SIP_GROWTH + 1);
    if (!out) {
        ws_connection_close(connection, WS_CODE_LATER);
        return false;
    }
    const size_t made =
        ws_sip_take_out(ws_bytes_begin(bytes), (size_t)length, connection->transport, out);
    out[made] = '\0';
    ws_bytes_drop(bytes, (size_t)length);
    ws_connection_send(connection, out, made);
    free(out);
    return connection->stack.fd >= 0;
}

static void pull(struct ws_connection *connection)
{
    for (unsigned i = 0; i < READS && connection->stack.fd >= 0; i++) {
        char *at = ws_bytes_room(&connection->from_stack, READ_BYTES);
        const ssize_t came = at ? recv(connection->stack.fd, at, READ_BYTES, 0) : 0;
        if (came < 0 && !is_fatal(errno)) {
            if (!ws_bytes_count(&connection->from_stack))
                ws_bytes_finish(&connection->from_stack);
            return;
        }
        if (came <= 0) { /* its calls have a way to it no more: it connects again */
            ws_connection_close(connection, WS_CODE_BROKEN);
            return;
        }
        ws_bytes_added(&connection->from_stack, (size_t)came);
        while (send_one(connection))
            continue;
    }
}

static void on_ready(void *context, uint32_t events)
{
    struct ws_connection *connection = context;
    if (connection->is_dead || connection->stack.fd < 0)
        return;
    if (events & EPOLLOUT)
        push(connection);
    if (events & ~(uint32_t)EPOLLOUT)
        pull(connection);
    if (!connection->is_dead)
        ws_connection_settle(connection);
}
