/* rtp_io.c - one receive and one send per leg and tick, each as cheap as the kernel has it. */
#include "server/rtp/rtp_io.h"

#include "mixer/base/check.h"
#include "server/rtp/address.h"
#include "server/rtp/bytes.h"
#include "server/rtp/ice_tcp.h"
#include "server/rtp/rtp_arrival.h"
#include "server/rtp/rtp_guard.h"
#include "server/rtp/rtp_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    READY = 64,  /* sockets per tick; epoll takes those left out first in the next */
    OUTBOX = 64, /* datagrams on one shared port that go by one system call */
    ERRORS = 2,  /* news of ICMP in place of a datagram, per socket and tick       */
};

#define CONTROL_BYTES                                                                          \
    (CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(struct in6_pktinfo)))

/* One that waits for the others of this tick. */
struct outgoing {
    struct rtp_socket *socket;
    union latch_address to;
    struct iovec vector;
    uint8_t data[RTP_IO_DATAGRAM_BYTES];
};

struct outbox {
    struct shared_port *port; /* of all that are in it */
    unsigned count;
    struct mmsghdr messages[OUTBOX];
    struct outgoing outgoing[OUTBOX];
};

struct rtp_io {
    enum rtp_io_manner manner;
    int rtp_epoll_fd; /* -1: RTP sockets are asked one by one */
    int rtcp_epoll_fd;
    bool is_receiving;
    struct rtp_socket *sockets;
    struct rtp_socket *shared; /* those on a shared port */
    struct outbox *outbox;
    struct rtp_moment now; /* of this receive */

    uint8_t in[RTP_IO_DATAGRAM_BYTES], out[RTP_IO_DATAGRAM_BYTES];
    struct sockaddr_storage from;
    union {
        struct cmsghdr header; /* aligns it */
        uint8_t bytes[CONTROL_BYTES];
    } control;
};

struct rtp_io *rtp_io_create(enum rtp_io_manner manner)
{
    ASSERT_CONTROL();
    struct rtp_io *io = calloc(1, sizeof(*io));
    if (!io)
        return NULL;
    io->manner = manner;
    io->rtp_epoll_fd = manner == RTP_IO_BURSTS ? epoll_create1(EPOLL_CLOEXEC) : -1;
    io->rtcp_epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    io->outbox = calloc(1, sizeof(*io->outbox));
    if (io->outbox && io->rtcp_epoll_fd >= 0 &&
        (io->rtp_epoll_fd >= 0 || manner != RTP_IO_BURSTS))
        return io;
    rtp_io_destroy(io);
    return NULL;
}

void rtp_io_destroy(struct rtp_io *io)
{
    if (!io)
        return;
    ASSERT_CONTROL();
    assert(!io->sockets && !io->shared);
    if (io->rtp_epoll_fd >= 0)
        close(io->rtp_epoll_fd);
    if (io->rtcp_epoll_fd >= 0)
        close(io->rtcp_epoll_fd);
    free(io->outbox);
    free(io);
}

static void watch(struct rtp_io *io, struct rtp_socket *socket)
{
    struct epoll_event watch = {.events = EPOLLIN, .data.ptr = socket};
    (void)epoll_ctl(io->rtcp_epoll_fd, EPOLL_CTL_ADD, socket->rtcp, &watch);
    if (io->manner == RTP_IO_BURSTS)
        (void)epoll_ctl(io->rtp_epoll_fd, EPOLL_CTL_ADD, socket->rtp, &watch);
}

static void unwatch(struct rtp_io *io, struct rtp_socket *socket)
{
    rtp_socket_connect(socket, NULL);
    epoll_ctl(io->rtcp_epoll_fd, EPOLL_CTL_DEL, socket->rtcp, NULL);
    if (io->manner == RTP_IO_BURSTS)
        epoll_ctl(io->rtp_epoll_fd, EPOLL_CTL_DEL, socket->rtp, NULL);
}

void rtp_io_add(struct rtp_io *io, struct rtp_socket *socket, void *context)
{
    ASSERT_WORKER();
    assert(!io->is_receiving && !socket->io.owner);
    struct rtp_socket **list = socket->shared ? &io->shared : &io->sockets;
    if (!socket->shared)
        watch(io, socket);
    memset(&socket->io, 0, sizeof(socket->io));
    socket->io.owner = io;
    socket->io.context = context;
    socket->io.next = *list;
    if (*list)
        (*list)->io.previous = socket;
    *list = socket;
}

void rtp_io_remove(struct rtp_io *io, struct rtp_socket *socket)
{
    ASSERT_WORKER();
    assert(!io->is_receiving && socket->io.owner == io);
    rtp_io_flush(io); /* it may wait there */
    if (!socket->shared)
        unwatch(io, socket);
    if (socket->io.previous)
        socket->io.previous->io.next = socket->io.next;
    else if (socket->shared)
        io->shared = socket->io.next;
    else
        io->sockets = socket->io.next;
    if (socket->io.next)
        socket->io.next->io.previous = socket->io.previous;
    socket->io.owner = NULL;
}

/* ---- receiving ---- */

static void note_address(struct rtp_socket *socket, struct msghdr *header)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at; at = CMSG_NXTHDR(header, at)) {
        if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(at), sizeof(info));
            socket->came_to = rtp_address_mapped(info.ipi_addr);
        } else if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(at), sizeof(info));
            socket->came_to = info.ipi6_addr;
        }
    }
}

/* A packet that came twice may come when the next one should: that one stands behind it. */
static void note_sequence(struct rtp_socket *socket, const uint8_t *data, size_t length)
{
    const uint16_t before = socket->io.heard_sequence;
    socket->io.heard_sequence = length < 4 ? before : bytes_get16(data + 2);
    socket->io.is_next = socket->io.heard_sequence == (uint16_t)(before + 1);
}

static bool is_punctual(struct rtp_socket *socket, int64_t arrival_ns, int64_t now_ns)
{
    int64_t before_ns = socket->io.heard_ns;
    socket->io.heard_ns = arrival_ns;
    return socket->io.is_next && rtp_arrival_is_punctual(before_ns, arrival_ns, now_ns);
}

struct listener {
    rtp_io_on_datagram *on_datagram;
    void *arg;
};

/* @return false: an error stood in the queue instead, or nothing. */
static bool take_one(struct rtp_io *io, struct rtp_socket *socket, bool rtcp,
                     const struct listener *listener, int64_t *arrival_ns)
{
    struct iovec data = {io->in, sizeof(io->in)};
    struct msghdr header = {.msg_name = &io->from,
                            .msg_namelen = sizeof(io->from),
                            .msg_iov = &data,
                            .msg_iovlen = 1,
                            .msg_control = &io->control,
                            .msg_controllen = sizeof(io->control)};
    ssize_t length = recvmsg(rtcp ? socket->rtcp : socket->rtp, &header, MSG_DONTWAIT);
    if (length < 0)
        return false;
    *arrival_ns = rtp_arrival_ns(&header, &io->now);
    if (header.msg_flags & MSG_TRUNC) {
        socket->too_long++;
        return true;
    }
    if (!rtcp)
        note_sequence(socket, io->in, (size_t)length);
    if (!rtcp && rtp_socket_tells_address(socket))
        note_address(socket, &header);
    const struct rtp_datagram datagram = {.data = io->in,
                                          .length = (size_t)length,
                                          .arrival_ns = *arrival_ns,
                                          .from = (const struct sockaddr *)&io->from};
    listener->on_datagram(listener->arg, socket->io.context, rtcp, &datagram);
    return true;
}

static void take(struct rtp_io *io, struct rtp_socket *socket, bool rtcp,
                 const struct listener *listener)
{
    const bool bursts = io->manner == RTP_IO_BURSTS;
    const unsigned most = bursts ? RTP_IO_VIDEO_BURST : RTP_IO_BURST;
    unsigned errors = 0;
    if (!rtcp)
        rtp_guard_expect(socket->expects);
    for (unsigned taken = 0; taken < most;) {
        int64_t arrival_ns;
        if (take_one(io, socket, rtcp, listener, &arrival_ns)) {
            taken++;
            if (!rtcp && !bursts && is_punctual(socket, arrival_ns, io->now.monotonic_ns))
                return;
        } else if (errno == EAGAIN || errors++ == ERRORS) {
            return;
        }
    }
}

/* All that its thread has put there. */
static void take_shared(const struct rtp_io *io, struct rtp_socket *socket,
                        const struct listener *listener)
{
    const unsigned most = io->manner == RTP_IO_BURSTS ? RTP_IO_VIDEO_BURST : RTP_IO_BURST;
    struct rtp_datagram datagram;
    if (socket->io.next)
        rtp_guard_expect(socket->io.next->expects);
    for (unsigned taken = 0; taken < most; taken++) {
        if (!shared_transport_front(socket->shared, socket->inlet, &datagram))
            return;
        listener->on_datagram(listener->arg, socket->io.context, false, &datagram);
        shared_transport_pop(socket->shared, socket->inlet);
    }
}

static void take_ready(struct rtp_io *io, int epoll_fd, bool rtcp,
                       const struct listener *listener)
{
    struct epoll_event ready[READY];
    int count = epoll_wait(epoll_fd, ready, READY, 0);
    for (int i = 0; i < count; i++)
        take(io, ready[i].data.ptr, rtcp, listener);
}

void rtp_io_receive(struct rtp_io *io, rtp_io_on_datagram *on_datagram, void *arg)
{
    ASSERT_WORKER();
    const struct listener listener = {on_datagram, arg};
    rtp_moment_now(&io->now);
    io->is_receiving = true;
    if (io->manner == RTP_IO_BURSTS) {
        take_ready(io, io->rtp_epoll_fd, false, &listener);
    } else {
        for (struct rtp_socket *socket = io->sockets; socket; socket = socket->io.next)
            take(io, socket, false, &listener);
    }
    for (struct rtp_socket *socket = io->shared; socket; socket = socket->io.next)
        take_shared(io, socket, &listener);
    take_ready(io, io->rtcp_epoll_fd, true, &listener);
    io->is_receiving = false;
}

/* ---- sending ---- */

/* Into @p out, @p room bytes, and protected there: the payload may be that of many. A copy
 * costs less than a second vector, which the kernel reads, checks and walks. @return 0: it
 * cannot be. */
static size_t put_together(const struct rtp_message *message, uint8_t *out, size_t room)
{
    const size_t bytes = message->header_bytes + message->payload_bytes;
    if (bytes > room)
        return 0;
    memcpy(out, message->header, message->header_bytes);
    if (message->payload_bytes)
        memcpy(out + message->header_bytes, message->payload, message->payload_bytes);
    if (!message->guard)
        return bytes;
    return message->is_report ? rtp_guard_protect_rtcp(message->guard, out, bytes, room)
                              : rtp_guard_protect(message->guard, out, bytes, room);
}

/* What the kernel does not take is left out, and the rest tried again. */
void rtp_io_flush(struct rtp_io *io)
{
    struct outbox *outbox = io->outbox;
    ASSERT_WORKER();
    for (unsigned at = 0; at < outbox->count;) {
        const int sent = sendmmsg(shared_port_fd(outbox->port), outbox->messages + at,
                                  outbox->count - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            at += (unsigned)sent;
        else
            outbox->outgoing[at++].socket->send_errors++;
    }
    outbox->count = 0;
}

static void send_later(struct rtp_io *io, struct rtp_socket *socket,
                       const struct rtp_message *message)
{
    struct outbox *outbox = io->outbox;
    struct shared_port *port = shared_transport_port(socket->shared);
    if (outbox->count == OUTBOX || outbox->port != port)
        rtp_io_flush(io);
    struct outgoing *outgoing = &outbox->outgoing[outbox->count];
    outgoing->to = address_of(message->to);
    const size_t bytes = put_together(message, outgoing->data, sizeof(outgoing->data));
    if (!bytes || !address_bytes(&outgoing->to)) {
        socket->send_errors++;
        return;
    }
    outgoing->socket = socket;
    outgoing->vector = (struct iovec){outgoing->data, bytes};
    outbox->messages[outbox->count++] =
        (struct mmsghdr){.msg_hdr = {.msg_name = &outgoing->to,
                                     .msg_namelen = address_bytes(&outgoing->to),
                                     .msg_iov = &outgoing->vector,
                                     .msg_iovlen = 1}};
    outbox->port = port;
}

void rtp_io_send(struct rtp_io *io, struct rtp_socket *socket,
                 const struct rtp_message *message)
{
    ASSERT_WORKER();
    if (socket->shared && !ice_tcp_is(message->to)) {
        send_later(io, socket, message);
        return;
    }
    const size_t bytes = put_together(message, io->out, sizeof(io->out));
    if (!bytes || rtp_socket_send(socket, message->rtcp, message->to, io->out, bytes) < 0)
        socket->send_errors++;
}
