/* keep_alive.c - STUN and CRLF: short answers to short questions. */
#include "server/sip/keep_alive.h"

#include "mixer/base/clock.h"
#include "server/rtp/bytes.h"
#include "server/rtp/ice_stun.h"
#include "server/sip/classic_stun.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_buffer.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_plugins.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

enum { PING_BYTES = 4, TAG_BYTES = 16, NONCE_BYTES_1_2 = 8 };

/* ---- STUN ---- */

size_t keep_alive_answer(const uint8_t *data, size_t length, const struct sockaddr *source,
                         uint8_t *out, size_t room)
{
    struct ice_stun message;
    if (ice_stun_read(data, length, &message) < 0)
        return classic_stun_answer(data, length, source, out, room);
    if (message.class != ICE_STUN_REQUEST)
        return 0;
    if (message.method != ICE_STUN_BINDING)
        return ice_stun_write_error(out, room, &message, 400, NULL);
    if (message.unknown_count)
        return ice_stun_write_error(out, room, &message, 420, NULL);
    return ice_stun_write_success(out, room, message.transaction, source, NULL);
}

struct tport_stun_server_s {
    struct gate *gate;
};

static struct tport_stun_server_s responder;

static tport_stun_server_t *on_create(su_root_t *root, tagi_t const *tags)
{
    (void)root;
    (void)tags;
    return &responder;
}

static void on_destroy(tport_stun_server_t *server)
{
    (void)server;
}

static int on_socket(tport_stun_server_t *server, su_socket_t fd)
{
    (void)server;
    (void)fd;
    return 0;
}

static void on_request(tport_stun_server_t *server, su_socket_t fd, void *data, ssize_t length,
                       void *source, socklen_t source_length)
{
    uint8_t answer[ICE_STUN_ANSWER_BYTES];
    size_t bytes = 0;
    if (gate_keep_alive(server->gate, source, clock_monotonic_ns()))
        bytes = keep_alive_answer(data, (size_t)length, source, answer, sizeof(answer));
    if (bytes)
        (void)sendto(fd, answer, bytes, MSG_DONTWAIT, source, source_length);
    errno = EAGAIN; /* or the stack, which fails always here, would report what errno was */
}

void keep_alive_begin(struct gate *gate)
{
    /* The stack wants a size above that of its own table. */
    static const tport_stun_server_vtable_t table = {sizeof(table) + 1, on_create, on_destroy,
                                                     on_socket,         on_socket, on_request};
    responder.gate = gate;
    (void)tport_plug_in_stun_server(&table); /* the second time it is there already */
}

/* ---- CRLF over TLS ---- */

/* How many bytes a record has more than it carries; 0: that is not to be told. */
static unsigned overhead(const SSL *ssl)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
    if (!cipher || !SSL_CIPHER_is_aead(cipher))
        return 0;
    if (SSL_version(ssl) >= TLS1_3_VERSION)
        return TAG_BYTES + 1; /* the type of what is within */
    bool has_nonce = SSL_CIPHER_get_cipher_nid(cipher) != NID_chacha20_poly1305;
    return TAG_BYTES + (has_nonce ? NONCE_BYTES_1_2 : 0);
}

bool keep_alive_is_ping(const SSL *ssl, const uint8_t header[KEEP_ALIVE_RECORD_HEADER])
{
    unsigned more = overhead(ssl);
    return more && header[0] == SSL3_RT_APPLICATION_DATA &&
           bytes_get16(header + 3) == PING_BYTES + more;
}

void keep_alive_pong(SSL *ssl)
{
    struct pollfd way = {.fd = SSL_get_fd(ssl), .events = POLLOUT};
    /* What cannot be written at once would have to be tried again before the stack's own. */
    if (SSL_want_write(ssl) || poll(&way, 1, 0) != 1 || way.revents != POLLOUT)
        return;
    (void)SSL_write(ssl, "\r\n", 2);
    ERR_clear_error(); /* or the stack would take it for its own */
}
