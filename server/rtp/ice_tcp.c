/* ice_tcp.c - a table of connections, each with its frames. */
#include "server/rtp/ice_tcp.h"

#include "mixer/base/clock.h"
#include "server/rtp/address.h"
#include "server/rtp/bytes.h"
#include "server/rtp/rtp_datagram.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    BACKLOG = 64,
    READY = 64, /* looked at in one round          */
    READS = 8,  /* of one connection in one round  */
    FRAME_BYTES = 2,
    IN_BYTES = 2 * (FRAME_BYTES + RTP_IO_DATAGRAM_BYTES),
    INDEX_BITS = 10,
    LEFT = 4, /* datagrams that others have left to who sends */
    LEFT_BYTES = 1500,
};
_Static_assert(ICE_TCP_MOST == 1 << INDEX_BITS, "an index fits");

static const uint32_t mark = 0x80000000U; /* of scopes: no interface has such an index */

enum left_state { LEFT_FREE, LEFT_WRITING, LEFT_READY };

struct left {
    _Atomic int state; /* enum left_state */
    uint32_t token;
    size_t length;
    uint8_t data[LEFT_BYTES];
};

struct connection {
    atomic_flag is_busy;    /* who has it may use the descriptor, or close it     */
    _Atomic uint32_t token; /* mark, generation, index; 0: there is no connection */
    int fd;
    struct left left[LEFT];
    /* the thread's: */
    union latch_address from;
    bool is_proved;
    int64_t since_ns;
    size_t used;
    uint8_t *in; /* [IN_BYTES], owned */
};

struct ice_tcp {
    int listen_fd, epoll_fd;
    unsigned count, unproved;
    uint32_t generation;
    struct connection connections[ICE_TCP_MOST];
};

/* ---- life ---- */

static int listen_at(const union latch_address *bind_to)
{
    const int on = 1, off = 0;
    int fd = socket(bind_to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind_to->any.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, &bind_to->any, address_bytes(bind_to)) < 0 || listen(fd, BACKLOG) < 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

static int watch(struct ice_tcp *tcp, int fd, struct connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    return epoll_ctl(tcp->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int ice_tcp_create(const union latch_address *bind_to, struct ice_tcp **tcp)
{
    struct ice_tcp *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    for (unsigned i = 0; i < ICE_TCP_MOST; i++)
        atomic_flag_clear(&made->connections[i].is_busy);
    made->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    made->listen_fd = listen_at(bind_to);
    int error = made->epoll_fd < 0    ? -EMFILE
                : made->listen_fd < 0 ? made->listen_fd
                                      : watch(made, made->listen_fd, NULL);
    if (error)
        ice_tcp_destroy(made);
    else
        *tcp = made;
    return error;
}

/* Whoever sends just now is done at once. */
static void take(struct connection *connection)
{
    while (atomic_flag_test_and_set_explicit(&connection->is_busy, memory_order_acquire)) {
    }
}

static void give(struct connection *connection)
{
    atomic_flag_clear(&connection->is_busy);
}

static bool is_open(const struct connection *connection)
{
    return atomic_load_explicit(&connection->token, memory_order_relaxed) != 0;
}

static void close_one(struct ice_tcp *tcp, struct connection *connection)
{
    take(connection);
    close(connection->fd);
    atomic_store_explicit(&connection->token, 0, memory_order_relaxed);
    give(connection);
    free(connection->in);
    connection->in = NULL;
    tcp->count--;
    tcp->unproved -= !connection->is_proved;
}

void ice_tcp_destroy(struct ice_tcp *tcp)
{
    if (!tcp)
        return;
    for (unsigned i = 0; i < ICE_TCP_MOST; i++) {
        if (is_open(&tcp->connections[i]))
            close_one(tcp, &tcp->connections[i]);
    }
    if (tcp->listen_fd >= 0)
        close(tcp->listen_fd);
    if (tcp->epoll_fd >= 0)
        close(tcp->epoll_fd);
    free(tcp);
}

int ice_tcp_fd(const struct ice_tcp *tcp)
{
    return tcp->epoll_fd;
}

int ice_tcp_due_ms(const struct ice_tcp *tcp)
{
    enum { LOOK_MS = 1000 };
    return tcp->unproved ? LOOK_MS : -1;
}

/* ---- who comes ---- */

/* The one that has proved nothing for longest; NULL: there is none. */
static struct connection *oldest_unproved(struct ice_tcp *tcp)
{
    struct connection *oldest = NULL;
    for (unsigned i = 0; i < ICE_TCP_MOST && tcp->unproved; i++) {
        struct connection *at = &tcp->connections[i];
        if (is_open(at) && !at->is_proved && (!oldest || at->since_ns < oldest->since_ns))
            oldest = at;
    }
    return oldest;
}

static struct connection *find_place(struct ice_tcp *tcp)
{
    if (tcp->count == ICE_TCP_MOST) {
        struct connection *oldest = oldest_unproved(tcp);
        if (oldest)
            close_one(tcp, oldest);
        return oldest;
    }
    struct connection *at = tcp->connections;
    while (is_open(at))
        at++;
    return at;
}

/* As IPv6, with the connection as its scope. */
static union latch_address address_with(const union latch_address *peer, uint32_t token)
{
    union latch_address address;
    memset(&address, 0, sizeof(address));
    address.v6.sin6_family = AF_INET6;
    if (peer->any.sa_family == AF_INET) {
        address.v6.sin6_port = peer->v4.sin_port;
        address.v6.sin6_addr = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
        memcpy(&address.v6.sin6_addr.s6_addr[12], &peer->v4.sin_addr, 4);
    } else {
        address.v6.sin6_port = peer->v6.sin6_port;
        address.v6.sin6_addr = peer->v6.sin6_addr;
    }
    address.v6.sin6_scope_id = token;
    return address;
}

static void set_options(int fd)
{
    const int on = 1, bytes = 2 * ICE_TCP_QUEUE_BYTES;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

/* @return false: there is no room for it. */
static bool open_one(struct ice_tcp *tcp, int fd, const union latch_address *peer)
{
    uint8_t *in = malloc(IN_BYTES);
    struct connection *place = in ? find_place(tcp) : NULL;
    if (!place || watch(tcp, fd, place) < 0) {
        free(in);
        return false;
    }
    const uint32_t index = (uint32_t)(place - tcp->connections);
    const uint32_t token = mark | (++tcp->generation << INDEX_BITS & ~mark) | index;
    set_options(fd);
    take(place);
    place->fd = fd;
    atomic_store_explicit(&place->token, token, memory_order_relaxed);
    give(place);
    place->from = address_with(peer, token);
    place->is_proved = false;
    place->since_ns = clock_monotonic_ns();
    place->used = 0;
    place->in = in;
    tcp->count++;
    tcp->unproved++;
    return true;
}

static void accept_all(struct ice_tcp *tcp)
{
    for (unsigned i = 0; i < BACKLOG; i++) {
        union latch_address peer;
        socklen_t bytes = sizeof(peer);
        int fd = accept4(tcp->listen_fd, &peer.any, &bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            return;
        if (!open_one(tcp, fd, &peer))
            close(fd);
    }
}

/* ---- what they bring ---- */

/* @return false: a frame is too long. */
static bool take_frames(struct connection *connection, ice_tcp_on_datagram *on_datagram,
                        void *arg)
{
    size_t at = 0;
    while (connection->used - at >= FRAME_BYTES) {
        const size_t length = bytes_get16(connection->in + at);
        if (length > RTP_IO_DATAGRAM_BYTES)
            return false;
        if (connection->used - at < FRAME_BYTES + length)
            break;
        on_datagram(arg, &connection->from, connection->in + at + FRAME_BYTES, length);
        at += FRAME_BYTES + length;
    }
    connection->used -= at;
    memmove(connection->in, connection->in + at, connection->used);
    return true;
}

/* @return false: it is over. */
static bool read_one(struct connection *connection, ice_tcp_on_datagram *on_datagram, void *arg)
{
    for (unsigned i = 0; i < READS; i++) {
        const ssize_t came = recv(connection->fd, connection->in + connection->used,
                                  IN_BYTES - connection->used, MSG_DONTWAIT);
        if (came <= 0)
            return came < 0 && (errno == EAGAIN || errno == EINTR);
        connection->used += (size_t)came;
        if (!take_frames(connection, on_datagram, arg))
            return false;
    }
    return true;
}

static void close_late(struct ice_tcp *tcp)
{
    const int64_t late_ns = clock_monotonic_ns() - ICE_TCP_PATIENCE_MS * CLOCK_NS_PER_MS;
    for (unsigned i = 0; i < ICE_TCP_MOST && tcp->unproved; i++) {
        struct connection *at = &tcp->connections[i];
        if (is_open(at) && !at->is_proved && at->since_ns < late_ns)
            close_one(tcp, at);
    }
}

void ice_tcp_receive(struct ice_tcp *tcp, ice_tcp_on_datagram *on_datagram, void *arg)
{
    struct epoll_event ready[READY];
    const int count = epoll_wait(tcp->epoll_fd, ready, READY, 0);
    bool has_new = false;
    for (int i = 0; i < count; i++) {
        struct connection *connection = ready[i].data.ptr;
        has_new = has_new || !connection;
        if (connection && !read_one(connection, on_datagram, arg))
            close_one(tcp, connection);
    }
    close_late(tcp);
    if (has_new) /* last: places change hands, and an event has the place */
        accept_all(tcp);
}

/* ---- by address ---- */

bool ice_tcp_is(const struct sockaddr *address)
{
    return address->sa_family == AF_INET6 &&
           (((const struct sockaddr_in6 *)address)->sin6_scope_id & mark);
}

static struct connection *place_of(struct ice_tcp *tcp, uint32_t token)
{
    return &tcp->connections[token & (ICE_TCP_MOST - 1)];
}

void ice_tcp_prove(struct ice_tcp *tcp, const union latch_address *address)
{
    if (!ice_tcp_is(&address->any))
        return;
    const uint32_t token = address->v6.sin6_scope_id;
    struct connection *connection = place_of(tcp, token);
    if (atomic_load_explicit(&connection->token, memory_order_relaxed) != token ||
        connection->is_proved)
        return;
    connection->is_proved = true;
    tcp->unproved--;
}

/* All of it, or nothing: half a frame would be the end of all that follow. */
static int send_frame(int fd, const uint8_t *data, size_t length)
{
    uint8_t head[FRAME_BYTES];
    int queued = 0;
    bytes_put16(head, (uint16_t)length);
    struct iovec parts[2] = {{head, sizeof(head)}, {(void *)(uintptr_t)data, length}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (ioctl(fd, SIOCOUTQ, &queued) < 0)
        return -ENOTCONN;
    if ((size_t)queued + length > ICE_TCP_QUEUE_BYTES)
        return -EAGAIN;
    const ssize_t sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == (ssize_t)(sizeof(head) + length))
        return 0;
    if (sent > 0)
        shutdown(fd, SHUT_RDWR); /* its thread closes it */
    return sent < 0 && errno != EAGAIN ? -ENOTCONN : -EAGAIN;
}

static bool try_take(struct connection *connection)
{
    return !atomic_flag_test_and_set(&connection->is_busy);
}

static int send_if_open(const struct connection *connection, uint32_t token,
                        const uint8_t *data, size_t length)
{
    return atomic_load_explicit(&connection->token, memory_order_relaxed) == token
               ? send_frame(connection->fd, data, length)
               : -ENOTCONN;
}

static bool has_left(const struct connection *connection)
{
    for (unsigned i = 0; i < LEFT; i++) {
        if (atomic_load(&connection->left[i].state) == LEFT_READY)
            return true;
    }
    return false;
}

static void send_left(struct connection *connection)
{
    for (unsigned i = 0; i < LEFT; i++) {
        struct left *left = &connection->left[i];
        if (atomic_load_explicit(&left->state, memory_order_acquire) != LEFT_READY)
            continue;
        (void)send_if_open(connection, left->token, left->data, left->length);
        atomic_store_explicit(&left->state, LEFT_FREE, memory_order_release);
    }
}

/* What was left while we were about to go has nobody else: who leaves it looks whether we are
 * gone, and we look whether something was left, each after having said so (sequentially
 * consistent). */
static void send_left_and_give(struct connection *connection)
{
    do {
        send_left(connection);
        give(connection);
    } while (has_left(connection) && try_take(connection));
}

static int leave(struct connection *connection, uint32_t token, const uint8_t *data,
                 size_t length)
{
    for (unsigned i = 0; i < LEFT && length <= LEFT_BYTES; i++) {
        struct left *left = &connection->left[i];
        int expected = LEFT_FREE;
        if (!atomic_compare_exchange_strong_explicit(&left->state, &expected, LEFT_WRITING,
                                                     memory_order_acquire,
                                                     memory_order_relaxed))
            continue;
        left->token = token;
        left->length = length;
        memcpy(left->data, data, length);
        atomic_store(&left->state, LEFT_READY);
        if (try_take(connection)) /* he may be gone already */
            send_left_and_give(connection);
        return 0;
    }
    return -EAGAIN;
}

int ice_tcp_send(struct ice_tcp *tcp, const struct sockaddr *to, const uint8_t *data,
                 size_t length)
{
    const uint32_t token = ((const struct sockaddr_in6 *)to)->sin6_scope_id;
    struct connection *connection = place_of(tcp, token);
    if (length > UINT16_MAX)
        return -EMSGSIZE;
    if (!try_take(connection))
        return leave(connection, token, data, length);
    send_left(connection);
    const int error = send_if_open(connection, token, data, length);
    send_left_and_give(connection);
    return error;
}
