/* rtp_socket.c - port pairs and the sockets bound to them. */
#include "server/rtp/rtp_socket.h"

#include "mixer/base/check.h"
#include "server/rtp/rtp_internal.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VOICE_RECEIVE_BYTES = 64 * 1024,  /* the kernel doubles it: about 100 packets of audio */
    VIDEO_RECEIVE_BYTES = 512 * 1024, /* a large key frame, all at once                    */
    RTCP_RECEIVE_BYTES = 16 * 1024,
    VOICE_CLASS = 0xb8, /* Expedited Forwarding, RFC 3246 */
    VIDEO_CLASS = 0x88, /* Assured Forwarding 41, RFC 4594 section 4.4 */
};

/* An address of the configuration, of the one or the other family. */
struct host {
    int family; /* AF_UNSPEC: none */
    struct in_addr v4;
    struct in6_addr v6;
};

struct rtp_ports {
    struct host bind, advertised;
    unsigned total;
    unsigned free_count;
    unsigned free_first;   /* place in free_ports of the one that was free longest */
    uint16_t free_ports[]; /* [total], a ring of even ports */
};

/* ---- ports ---- */

static bool read_host(const char *text, struct host *host)
{
    *host = (struct host){.family = AF_INET};
    if (inet_pton(AF_INET, text, &host->v4) == 1)
        return true;
    host->family = AF_INET6;
    return inet_pton(AF_INET6, text, &host->v6) == 1;
}

static bool is_any(const struct host *host)
{
    return host->family == AF_INET ? host->v4.s_addr == htonl(INADDR_ANY)
                                   : IN6_IS_ADDR_UNSPECIFIED(&host->v6);
}

void rtp_ports_destroy(struct rtp_ports *ports)
{
    assert(!ports || ports->free_count == ports->total);
    free(ports);
}

unsigned rtp_ports_used(const struct rtp_ports *ports)
{
    return ports->total - ports->free_count;
}

unsigned rtp_ports_total(const struct rtp_ports *ports)
{
    return ports->total;
}

static uint16_t take_port(struct rtp_ports *ports)
{
    uint16_t port = ports->free_ports[ports->free_first];
    ports->free_first = (ports->free_first + 1) % ports->total;
    ports->free_count--;
    return port;
}

static void give_port(struct rtp_ports *ports, uint16_t port)
{
    ports->free_ports[(ports->free_first + ports->free_count++) % ports->total] = port;
}

/* ---- opening ---- */

static bool is_served(const struct rtp_ports *ports, int family)
{
    return family == ports->bind.family || is_any(&ports->bind);
}

static socklen_t bind_address(const struct rtp_ports *ports, int family, uint16_t port,
                              struct sockaddr_storage *out)
{
    memset(out, 0, sizeof(*out));
    if (family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)out;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        v4->sin_addr = ports->bind.v4;
        return sizeof(*v4);
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    v6->sin6_addr = ports->bind.v6; /* "::" if the configured one is of IPv4 */
    return sizeof(*v6);
}

/* Whether the address is one of ours, known at start and not at the first call. */
static int try_address(const struct rtp_ports *ports)
{
    struct sockaddr_storage address;
    socklen_t length = bind_address(ports, ports->bind.family, 0, &address);
    int fd = socket(ports->bind.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int error = bind(fd, (struct sockaddr *)&address, length) < 0 ? -errno : 0;
    close(fd);
    return error;
}

int rtp_ports_create(const struct rtp_ports_config *config, struct rtp_ports **ports)
{
    ASSERT_CONTROL();
    struct host bind, advertised = {.family = AF_UNSPEC};
    if (!read_host(config->address, &bind))
        return -EINVAL;
    if (config->advertised &&
        (!read_host(config->advertised, &advertised) || is_any(&advertised)))
        return -EINVAL;
    unsigned first = config->first + (config->first & 1U);
    if (first == 0 || first + 1 > config->last)
        return -EINVAL;
    unsigned total = (config->last - first + 1) / 2;
    struct rtp_ports *made = calloc(1, sizeof(*made) + total * sizeof(made->free_ports[0]));
    if (!made)
        return -ENOMEM;
    made->bind = bind;
    made->advertised = advertised;
    made->total = total;
    made->free_count = total;
    for (unsigned i = 0; i < total; i++)
        made->free_ports[i] = (uint16_t)(first + 2 * i);
    int error = try_address(made);
    if (error) {
        free(made);
        return error;
    }
    *ports = made;
    return 0;
}

static int set_options(int fd, int family, int receive_bytes, int traffic_class)
{
    const int on = 1;
    if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
        return -errno;
    /* these are wishes: a refusal costs quality, not the call */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_bytes, sizeof(receive_bytes)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    (void)setsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
                     family == AF_INET ? IP_TOS : IPV6_TCLASS, &traffic_class,
                     sizeof(traffic_class));
    return 0;
}

/* @return a bound descriptor or a negative errno. */
static int bind_one(const struct rtp_socket *pair, uint16_t port, int receive_bytes)
{
    const int family = pair->family;
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    struct sockaddr_storage address;
    socklen_t bytes = bind_address(pair->ports, family, port, &address);
    int error =
        set_options(fd, family, receive_bytes, pair->is_video ? VIDEO_CLASS : VOICE_CLASS);
    if (!error && bind(fd, (struct sockaddr *)&address, bytes) < 0)
        error = -errno;
    if (!error)
        return fd;
    close(fd);
    return error;
}

/* With each RTP datagram, which of our addresses it was sent to. */
static void tell_address(int fd, int family, bool tell)
{
    const int value = tell;
    if (family == AF_INET)
        (void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &value, sizeof(value));
    else
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &value, sizeof(value));
}

static int bind_pair(struct rtp_socket *pair)
{
    int rtp =
        bind_one(pair, pair->port, pair->is_video ? VIDEO_RECEIVE_BYTES : VOICE_RECEIVE_BYTES);
    if (rtp < 0)
        return rtp;
    int rtcp = bind_one(pair, (uint16_t)(pair->port + 1), RTCP_RECEIVE_BYTES);
    if (rtcp < 0) {
        close(rtp);
        return rtcp;
    }
    pair->rtp = rtp;
    pair->rtcp = rtcp;
    if (pair->on_all_addresses)
        tell_address(rtp, pair->family, true);
    return 0;
}

static int open_pair(struct rtp_ports *ports, int family, bool is_video,
                     struct rtp_socket **socket)
{
    ASSERT_CONTROL();
    if (!is_served(ports, family))
        return -EAFNOSUPPORT;
    struct rtp_socket *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->ports = ports;
    made->family = family;
    made->is_video = is_video;
    made->on_all_addresses = is_any(&ports->bind);
    int error = -EADDRINUSE;
    /* another program may have a port of our range: then the next */
    for (unsigned tries = ports->free_count; tries > 0 && error == -EADDRINUSE; tries--) {
        made->port = take_port(ports);
        error = bind_pair(made);
        if (error)
            give_port(ports, made->port);
    }
    if (error) {
        free(made);
        return error;
    }
    *socket = made;
    return 0;
}

int rtp_socket_open(struct rtp_ports *ports, int family, struct rtp_socket **socket)
{
    return open_pair(ports, family, false, socket);
}

int rtp_socket_open_video(struct rtp_ports *ports, int family, struct rtp_socket **socket)
{
    return open_pair(ports, family, true, socket);
}

int rtp_socket_open_shared(struct shared_transport *transport, enum shared_inlet inlet,
                           struct rtp_socket **socket)
{
    ASSERT_CONTROL();
    int error = shared_transport_open(transport, inlet);
    struct rtp_socket *made = error ? NULL : calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->shared = shared_transport_hold(transport);
    made->inlet = inlet;
    made->rtp = shared_port_fd(shared_transport_port(transport));
    made->rtcp = -1;
    *socket = made;
    return 0;
}

bool rtp_socket_share(const struct rtp_socket *a, const struct rtp_socket *b)
{
    return a->shared && a->shared == b->shared;
}

void rtp_socket_close(struct rtp_socket *socket)
{
    ASSERT_CONTROL();
    if (!socket)
        return;
    if (socket->shared) {
        shared_transport_release(socket->shared);
        free(socket);
        return;
    }
    close(socket->rtp);
    close(socket->rtcp);
    give_port(socket->ports, socket->port);
    free(socket);
}

uint16_t rtp_socket_port(const struct rtp_socket *socket)
{
    return socket->shared ? shared_port_number(shared_transport_port(socket->shared))
                          : socket->port;
}

int rtp_socket_rtp_fd(const struct rtp_socket *socket)
{
    return socket->rtp;
}

int rtp_socket_rtcp_fd(const struct rtp_socket *socket)
{
    return socket->rtcp;
}

uint32_t rtp_socket_too_long(const struct rtp_socket *socket)
{
    return socket->too_long;
}

uint32_t rtp_socket_send_errors(const struct rtp_socket *socket)
{
    return socket->send_errors;
}

/* ---- the address for SDP ---- */

static socklen_t address_bytes(const struct sockaddr *address)
{
    return address->sa_family == AF_INET    ? sizeof(struct sockaddr_in)
           : address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                            : 0;
}

static void write_address(const struct sockaddr_storage *from, char out[INET6_ADDRSTRLEN])
{
    const void *address = from->ss_family == AF_INET
                              ? (const void *)&((const struct sockaddr_in *)from)->sin_addr
                              : (const void *)&((const struct sockaddr_in6 *)from)->sin6_addr;
    inet_ntop(from->ss_family, address, out, INET6_ADDRSTRLEN);
}

/* Asks the kernel by connecting a socket of no further use: no packet is sent. */
static int route_address(const struct sockaddr *remote, struct sockaddr_storage *local)
{
    int fd = socket(remote->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -EHOSTUNREACH;
    socklen_t bytes = sizeof(*local);
    bool found = connect(fd, remote, address_bytes(remote)) == 0 &&
                 getsockname(fd, (struct sockaddr *)local, &bytes) == 0;
    close(fd);
    return found ? 0 : -EHOSTUNREACH;
}

int rtp_socket_family(const struct rtp_socket *socket)
{
    return socket->family;
}

int rtp_socket_local_address(const struct rtp_socket *socket, const struct sockaddr *remote,
                             char out[INET6_ADDRSTRLEN])
{
    const struct rtp_ports *ports = socket->ports;
    assert(!socket->shared); /* it has candidates, not an address */
    const struct host *said = ports->advertised.family == socket->family ? &ports->advertised
                              : is_any(&ports->bind)                     ? NULL
                                                                         : &ports->bind;
    if (said) {
        const void *address = said->family == AF_INET ? (const void *)&said->v4 : &said->v6;
        inet_ntop(said->family, address, out, INET6_ADDRSTRLEN);
        return 0;
    }
    struct sockaddr_storage local;
    if (remote->sa_family != socket->family || route_address(remote, &local) < 0)
        return -EHOSTUNREACH;
    write_address(&local, out);
    return 0;
}

/* ---- one peer only ---- */

static bool is_connected(const struct rtp_socket *socket)
{
    return socket->peer.ss_family != AF_UNSPEC;
}

bool rtp_socket_tells_address(const struct rtp_socket *socket)
{
    return socket->on_all_addresses && !is_connected(socket);
}

struct in6_addr rtp_address_mapped(struct in_addr address)
{
    struct in6_addr out = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    memcpy(&out.s6_addr[12], &address, sizeof(address));
    return out;
}

/* Whether what comes is sent to the address that the socket is bound to by connect(). */
static bool would_be_heard(const struct rtp_socket *socket)
{
    struct sockaddr_storage local;
    socklen_t bytes = sizeof(local);
    if (getsockname(socket->rtp, (struct sockaddr *)&local, &bytes) < 0)
        return false;
    struct in6_addr address =
        local.ss_family == AF_INET
            ? rtp_address_mapped(((const struct sockaddr_in *)&local)->sin_addr)
            : ((const struct sockaddr_in6 *)&local)->sin6_addr;
    return IN6_ARE_ADDR_EQUAL(&address, &socket->came_to);
}

static void disconnect(struct rtp_socket *socket)
{
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    (void)connect(socket->rtp, &nobody, sizeof(nobody)); /* keeps the port: it was asked for */
    memset(&socket->peer, 0, sizeof(socket->peer));
}

int rtp_socket_connect(struct rtp_socket *socket, const struct sockaddr *peer)
{
    ASSERT_WORKER();
    if (socket->shared)
        return peer ? -EOPNOTSUPP : 0;
    if (is_connected(socket)) {
        disconnect(socket);
        if (socket->on_all_addresses)
            tell_address(socket->rtp, socket->family, true);
    }
    if (!peer)
        return 0;
    socklen_t bytes = address_bytes(peer);
    if (!bytes)
        return -EINVAL;
    if (connect(socket->rtp, peer, bytes) < 0)
        return -errno;
    if (socket->on_all_addresses && !would_be_heard(socket)) {
        disconnect(socket);
        return -EADDRNOTAVAIL;
    }
    memcpy(&socket->peer, peer, bytes);
    if (socket->on_all_addresses)
        tell_address(socket->rtp, socket->family, false);
    return 0;
}

static bool is_peer(const struct rtp_socket *socket, const struct sockaddr *to)
{
    if (to->sa_family != socket->peer.ss_family)
        return false;
    if (to->sa_family == AF_INET) {
        const struct sockaddr_in *a = (const struct sockaddr_in *)to;
        const struct sockaddr_in *b = (const struct sockaddr_in *)&socket->peer;
        return a->sin_port == b->sin_port && a->sin_addr.s_addr == b->sin_addr.s_addr;
    }
    const struct sockaddr_in6 *a = (const struct sockaddr_in6 *)to;
    const struct sockaddr_in6 *b = (const struct sockaddr_in6 *)&socket->peer;
    return a->sin6_port == b->sin6_port && a->sin6_scope_id == b->sin6_scope_id &&
           IN6_ARE_ADDR_EQUAL(&a->sin6_addr, &b->sin6_addr);
}

/* ---- sending ---- */

static int send_to_peer(const struct rtp_socket *socket, const uint8_t *data, size_t length)
{
    for (unsigned tries = 2; tries > 0; tries--) {
        if (send(socket->rtp, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != ECONNREFUSED) /* news of an earlier one that met a closed port */
            break;
    }
    return -errno;
}

void rtp_socket_expect(struct rtp_socket *socket, const struct rtp_guard *guard)
{
    ASSERT_WORKER();
    socket->expects = guard;
}

int rtp_socket_send(struct rtp_socket *socket, bool rtcp, const struct sockaddr *to,
                    const uint8_t *data, size_t length)
{
    ASSERT_WORKER();
    if (socket->shared)
        return shared_port_send(shared_transport_port(socket->shared), to, data, length);
    if (!rtcp && is_connected(socket)) {
        if (is_peer(socket, to))
            return send_to_peer(socket, data, length);
        rtp_socket_connect(socket, NULL);
    }
    socklen_t bytes = address_bytes(to);
    if (!bytes)
        return -EINVAL;
    int fd = rtcp ? socket->rtcp : socket->rtp;
    return sendto(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, to, bytes) < 0 ? -errno : 0;
}
