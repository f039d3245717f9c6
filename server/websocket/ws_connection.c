/* ws_connection.c - the client's side of a connection: bytes, TLS, the handshake, frames. */
#include "server/websocket/ws_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/utf8.h"
#include "server/rtp/address.h"
#include "server/websocket/ws_handshake.h"
#include "server/websocket/ws_write.h"

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

enum { READ_BYTES = 16 * 1024, READS = 8 /* in one round */, CODE_BYTES = 2 };

/* What a read or a write came to. */
enum { AGAIN = 0, OVER = -1 };

static void on_ready(void *context, uint32_t events);

/* ---- life ---- */

struct ws_connection *ws_connection_create(struct ws_service *service, unsigned endpoint,
                                           int fd, const union latch_address *far)
{
    const int on = 1;
    const bool is_tls = service->config.endpoint[endpoint].is_tls;
    struct ws_connection *made = calloc(1, sizeof(*made));
    SSL *ssl = made && is_tls ? service->config.open_tls(service->config.context) : NULL;
    if (!made || (is_tls && (!ssl || SSL_set_fd(ssl, fd) != 1))) {
        SSL_free(ssl);
        free(made);
        close(fd);
        return NULL;
    }
    if (ssl)
        SSL_set_accept_state(ssl);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    *made = (struct ws_connection){
        .service = service,
        .endpoint = endpoint,
        .state = is_tls ? WS_STATE_TLS : WS_STATE_HTTP,
        .far = *far,
        .peer = *far,
        .since_ns = clock_monotonic_ns(),
        .client = {.fd = fd},
        .ssl = ssl,
        .reader = {.most = service->config.most_bytes},
        .transport = is_tls ? WS_TRANSPORT_WSS : WS_TRANSPORT_WS,
        .stack = {.fd = -1},
    };
    made->heard_ns = made->since_ns;
    return made;
}

void ws_connection_free(struct ws_connection *connection)
{
    SSL_free(connection->ssl);
    ws_bytes_finish(&connection->in);
    ws_bytes_finish(&connection->out);
    ws_stack_close(connection);
    free(connection);
}

static void set_state(struct ws_connection *connection, enum ws_state state)
{
    connection->state = state;
    connection->since_ns = clock_monotonic_ns();
}

static void tell(const struct ws_connection *connection, const char *what)
{
    char peer[INET6_ADDRSTRLEN];
    address_host_of(&connection->far.any, peer);
    log_often("sip", NULL, peer, "WebSocket of %s: %s", peer, what);
}

/* ---- bytes ---- */

static ssize_t tls_result(struct ws_connection *connection, int result)
{
    if (result > 0)
        return result;
    const int error = SSL_get_error(connection->ssl, result);
    ERR_clear_error(); /* or the stack would take it for its own */
    connection->tls_wants_write = error == SSL_ERROR_WANT_WRITE;
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? AGAIN : OVER;
}

static ssize_t socket_result(ssize_t result)
{
    if (result > 0)
        return result;
    return result < 0 && (errno == EAGAIN || errno == EINTR) ? AGAIN : OVER;
}

static ssize_t get(struct ws_connection *connection, char *at, size_t room)
{
    return connection->ssl ? tls_result(connection, SSL_read(connection->ssl, at, (int)room))
                           : socket_result(recv(connection->client.fd, at, room, 0));
}

static ssize_t put(struct ws_connection *connection, const char *at, size_t length)
{
    return connection->ssl
               ? tls_result(connection, SSL_write(connection->ssl, at, (int)length))
               : socket_result(send(connection->client.fd, at, length, MSG_NOSIGNAL));
}

/* ---- out ---- */

/* What had to be said is said: the client closes now, or is cut. */
static void shut(struct ws_connection *connection)
{
    if (connection->ssl) {
        (void)SSL_shutdown(connection->ssl);
        ERR_clear_error();
    }
    shutdown(connection->client.fd, SHUT_WR);
    connection->is_shut = true;
}

static void push(struct ws_connection *connection)
{
    struct ws_bytes *out = &connection->out;
    while (ws_bytes_count(out) && connection->state != WS_STATE_TLS) {
        const ssize_t sent = put(connection, ws_bytes_begin(out), ws_bytes_count(out));
        if (sent == OVER)
            ws_connection_end(connection);
        if (sent <= 0)
            return;
        ws_bytes_drop(out, (size_t)sent);
    }
    if (connection->state == WS_STATE_CLOSING && !connection->is_shut)
        shut(connection);
}

static bool is_paused(const struct ws_connection *connection)
{
    return ws_bytes_count(&connection->to_stack) > WS_PAUSE_BYTES;
}

void ws_connection_settle(struct ws_connection *connection)
{
    if (connection->is_dead)
        return;
    push(connection);
    if (connection->is_dead)
        return;
    const bool writes = connection->tls_wants_write || ws_bytes_count(&connection->out);
    const uint32_t events = (is_paused(connection) ? 0U : EPOLLIN) | (writes ? EPOLLOUT : 0U);
    if (!ws_side_watch(connection->service, &connection->client, events, on_ready, connection))
        ws_connection_end(connection);
}

static bool send_frame(struct ws_connection *connection, enum ws_opcode opcode,
                       const char *content, size_t length)
{
    uint8_t head[WS_SERVER_HEAD_BYTES];
    const size_t head_length = ws_write_head(opcode, length, head);
    if (ws_bytes_count(&connection->out) + length > WS_OUT_BYTES ||
        !ws_bytes_add(&connection->out, head, head_length) ||
        !ws_bytes_add(&connection->out, content, length)) {
        tell(connection, "it does not read what it is sent");
        connection->service->stats.cut++;
        ws_connection_end(connection);
        return false;
    }
    return true;
}

static bool is_utf8(const char *text, size_t length)
{
    uint32_t ignored;
    for (size_t i = 0, bytes; i < length; i += bytes) {
        bytes = text[i] ? utf8_read(text + i, &ignored) : 1;
        if (!bytes || i + bytes > length)
            return false;
    }
    return true;
}

void ws_connection_send(struct ws_connection *connection, const char *message, size_t length)
{
    if (connection->state != WS_STATE_OPEN)
        return;
    connection->service->stats.sent++;
    send_frame(connection, is_utf8(message, length) ? WS_OPCODE_TEXT : WS_OPCODE_BINARY,
               message, length);
}

void ws_connection_close(struct ws_connection *connection, enum ws_code code)
{
    const char bytes[CODE_BYTES] = {(char)(code >> 8), (char)(code & 0xff)};
    if (connection->is_dead || connection->state == WS_STATE_CLOSING)
        return;
    ws_stack_close(connection);
    ws_bytes_finish(&connection->in);
    if (connection->state != WS_STATE_OPEN) {
        ws_connection_end(connection);
        return;
    }
    if (!send_frame(connection, WS_OPCODE_CLOSE, bytes, code == WS_CODE_NONE ? 0 : CODE_BYTES))
        return;
    set_state(connection, WS_STATE_CLOSING);
    push(connection);
}

/* ---- the handshake ---- */

/* A refusal is an answer of HTTP, behind which we close. */
static void answer(struct ws_connection *connection, int status,
                   const struct ws_request *request)
{
    char text[WS_HANDSHAKE_ANSWER_BYTES];
    const size_t length = ws_handshake_answer(status, request, text);
    struct ws_service_stats *stats = &connection->service->stats;
    if (!ws_bytes_add(&connection->out, text, length)) {
        ws_connection_end(connection);
        return;
    }
    if (status == 101) {
        stats->accepted++;
        set_state(connection, WS_STATE_OPEN);
        return;
    }
    stats->refused++;
    if (status == 403)
        log_often("sip", NULL, "origin", "a page of %.*s may not open a WebSocket",
                  (int)request->origin.length, request->origin.at);
    set_state(connection, WS_STATE_CLOSING);
}

/* @return false: it has not come whole, or is refused. */
static bool take_handshake(struct ws_connection *connection, const char *at, size_t length)
{
    const struct ws_service_config *config = &connection->service->config;
    struct ws_request request = {.key = {"", 0}, .origin = {"", 0}, .forwarded = {"", 0}};
    if (!ws_bytes_add(&connection->in, at, length)) {
        ws_connection_end(connection);
        return false;
    }
    const struct slice came = {ws_bytes_begin(&connection->in),
                               ws_bytes_count(&connection->in)};
    const size_t head = ws_handshake_length(came);
    if (!head && came.length < WS_HANDSHAKE_BYTES)
        return false;
    int status = head && head <= WS_HANDSHAKE_BYTES
                     ? ws_handshake_read((struct slice){came.at, head}, &request)
                     : 400;
    if (status == 101 && !ws_origin_is_one_of(&request, config->origins, config->origin_count))
        status = 403;
    if (status == 101 && !ws_service_forward(connection, request.forwarded))
        status = 503;
    answer(connection, status, &request);
    if (connection->state == WS_STATE_OPEN)
        ws_bytes_drop(&connection->in, head); /* what follows are frames already */
    return connection->state == WS_STATE_OPEN;
}

/* ---- frames ---- */

/* Clients without pings of their own keep their way open so. @return true: it was that. */
static bool take_line_ends(struct ws_connection *connection, const char *message, size_t length)
{
    if (strspn(message, "\r\n") != length)
        return false;
    connection->controls++;
    if (length == 4)
        send_frame(connection, WS_OPCODE_TEXT, "\r\n", 2);
    return true;
}

static int take_message(struct ws_connection *connection, bool is_text)
{
    struct ws_bytes *in = &connection->in;
    int code = 0;
    connection->message_ns = 0;
    if (!ws_bytes_add(in, "", 1)) /* a NUL: texts are read */
        return WS_CODE_LATER;
    const char *message = ws_bytes_begin(in);
    const size_t length = ws_bytes_count(in) - 1;
    if (is_text && !is_utf8(message, length))
        code = WS_CODE_CONTENT;
    else if (!take_line_ends(connection, message, length))
        code = ws_stack_take(connection, message, length);
    ws_bytes_finish(in);
    return code ? code : connection->controls > WS_CONTROLS ? WS_CODE_POLICY : 0;
}

static int take_piece(struct ws_connection *connection, const struct ws_piece *piece)
{
    switch (piece->kind) {
    case WS_PIECE_DATA:
        if (!connection->message_ns)
            connection->message_ns = clock_monotonic_ns();
        return ws_bytes_add(&connection->in, piece->at, piece->length) ? 0 : WS_CODE_LATER;
    case WS_PIECE_END:
        return take_message(connection, piece->is_text);
    case WS_PIECE_CLOSE:
        return (int)ws_close_code(piece);
    case WS_PIECE_PING:
        connection->controls++;
        send_frame(connection, WS_OPCODE_PONG, piece->at, piece->length);
        return connection->controls > WS_CONTROLS ? WS_CODE_POLICY : 0;
    default:
        connection->controls++;
        return connection->controls > WS_CONTROLS ? WS_CODE_POLICY : 0;
    }
}

static void take_frames(struct ws_connection *connection, char *at, size_t length)
{
    struct ws_piece piece = {.kind = WS_PIECE_NONE};
    while (connection->state == WS_STATE_OPEN && !connection->is_dead) {
        int code = ws_reader_next(&connection->reader, &at, &length, &piece);
        if (!code && !piece.kind)
            return;
        if (!code)
            code = take_piece(connection, &piece);
        if (!code)
            continue;
        if (piece.kind != WS_PIECE_CLOSE) {
            connection->service->stats.cut++;
            tell(connection, code == WS_CODE_PROTOCOL   ? "it does not keep to the protocol"
                             : code == WS_CODE_TOO_LONG ? "too long a message"
                             : code == WS_CODE_CONTENT  ? "what it sends is no SIP"
                             : code == WS_CODE_POLICY   ? "too many control frames"
                                                        : "no room for what it sends");
        }
        ws_connection_close(connection, (enum ws_code)code);
    }
}

static void take(struct ws_connection *connection, char *at, size_t length)
{
    connection->heard_ns = clock_monotonic_ns();
    connection->is_pinged = false;
    if (connection->state == WS_STATE_OPEN) {
        take_frames(connection, at, length);
    } else if (connection->state == WS_STATE_HTTP && take_handshake(connection, at, length)) {
        /* frames behind the head, which are not waited for */
        struct ws_bytes early = connection->in;
        connection->in = (struct ws_bytes){.data = NULL};
        if (ws_bytes_count(&early))
            take_frames(connection, early.data + early.begin, ws_bytes_count(&early));
        ws_bytes_finish(&early);
    }
}

/* ---- rounds ---- */

/* @return false: it goes on later, or has ended. */
static bool finish_tls(struct ws_connection *connection)
{
    const ssize_t result = tls_result(connection, SSL_do_handshake(connection->ssl));
    if (result == OVER) {
        connection->service->stats.refused++;
        tell(connection, "a TLS handshake has failed");
        ws_connection_end(connection);
    }
    if (result <= 0)
        return false;
    connection->tls_wants_write = false;
    set_state(connection, WS_STATE_HTTP);
    return true;
}

/* Of what waits in TLS, epoll does not tell. */
static void pull(struct ws_connection *connection)
{
    static char bytes[READ_BYTES]; /* control's */
    for (unsigned i = 0; !connection->is_dead && !is_paused(connection); i++) {
        if (i >= READS && !(connection->ssl && SSL_pending(connection->ssl)))
            return; /* others want to be heard, too */
        const ssize_t came = get(connection, bytes, sizeof(bytes));
        if (came == OVER)
            ws_connection_end(connection);
        if (came <= 0)
            return;
        take(connection, bytes, (size_t)came);
    }
}

static void on_ready(void *context, uint32_t events)
{
    struct ws_connection *connection = context;
    if (connection->is_dead)
        return;
    if (connection->state != WS_STATE_TLS || finish_tls(connection)) {
        if (events & (EPOLLERR | EPOLLHUP) && is_paused(connection))
            ws_connection_end(connection); /* it is not read, so this would not end */
        else
            pull(connection);
    }
    ws_connection_settle(connection);
}

void ws_connection_sweep(struct ws_connection *connection, int64_t now_ns)
{
    const int64_t quiet_ns = now_ns - connection->heard_ns;
    connection->controls = 0;
    if (connection->state == WS_STATE_CLOSING) {
        if (now_ns - connection->since_ns > WS_CLOSING_S * CLOCK_NS_PER_S)
            ws_connection_end(connection);
    } else if (quiet_ns > (WS_PING_S + WS_PONG_S) * CLOCK_NS_PER_S) {
        connection->service->stats.cut++;
        tell(connection, "it does not answer pings");
        ws_connection_end(connection);
    } else if (connection->message_ns &&
               now_ns - connection->message_ns > WS_MESSAGE_S * CLOCK_NS_PER_S) {
        connection->service->stats.cut++;
        tell(connection, "a message that does not end");
        ws_connection_close(connection, WS_CODE_POLICY);
    } else if (quiet_ns > WS_PING_S * CLOCK_NS_PER_S && !connection->is_pinged) {
        connection->is_pinged = true;
        if (send_frame(connection, WS_OPCODE_PING, "", 0))
            ws_connection_settle(connection);
    }
}
