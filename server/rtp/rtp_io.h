/*
 * rtp_io.h - what a worker receives and sends in one tick, for all its legs, at the least cost.
 *
 *   control:  io = rtp_io_create(RTP_IO_PUNCTUAL);               one per worker
 *   worker:   rtp_io_add(io, socket, leg);  ...  rtp_io_remove(io, socket);
 *   tick:     rtp_io_receive(io, on_datagram, worker);           all that came, on all sockets
 *             for each leg  rtp_io_send(io, socket, &message);
 *
 * Of an RTP socket it takes one datagram per tick and looks for a second only if the first was
 * not the next in order, or not on time: what is behind a punctual packet came early, and the
 * next tick is soon enough.
 * A look costs as much as a fifth of a packet. RTCP sockets, which rarely have something, are
 * asked all at once.
 *
 * With RTP_IO_BURSTS (video: many packets at once, then none) the sockets that have something
 * are asked for by one system call, and emptied.
 *
 * A socket whose peer is settled should be connected to it, rtp_socket_connect(): the kernel
 * then looks up the route once and not per packet, and drops what strangers send before it
 * fills the socket's queue. That is worth more than all else that was tried
 * (tests/bench/README.md).
 *
 * Shape    at most RTP_IO_BURST (RTP_IO_VIDEO_BURST) datagrams per socket and tick: one that is
 *          flooded does not starve the others. Longer ones than RTP_IO_DATAGRAM_BYTES are
 *          dropped and counted (rtp_socket_too_long()). Memory is fixed, made by create.
 * Thread   create, destroy: control. The rest: one worker. Never waits, allocates, locks.
 * Errors   what the kernel does not send is counted (rtp_socket_send_errors()).
 */
#ifndef SERVER_RTP_RTP_IO_H
#define SERVER_RTP_RTP_IO_H

#include "server/rtp/rtp_datagram.h"
#include "server/rtp/rtp_socket.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { RTP_IO_BURST = 32, RTP_IO_VIDEO_BURST = 256 };

enum rtp_io_manner {
    RTP_IO_PUNCTUAL, /* a packet per leg and tick */
    RTP_IO_BURSTS,
};

struct rtp_guard;
struct rtp_io;

/** @p context is what the socket was added with. It may send, but not add or remove. */
typedef void rtp_io_on_datagram(void *arg, void *context, bool rtcp,
                                const struct rtp_datagram *datagram);

/** One datagram to send: a header of its own before a payload that many may share. */
struct rtp_message {
    bool rtcp; /* from the RTCP socket */
    const struct sockaddr *to;
    const uint8_t *header;
    size_t header_bytes;
    const uint8_t *payload; /* NULL: none */
    size_t payload_bytes;
    bool is_report;          /* it is RTCP, whatever the socket */
    struct rtp_guard *guard; /* that protects it; NULL: plain */
};

/** NULL: no memory or no descriptor. */
struct rtp_io *rtp_io_create(enum rtp_io_manner manner);
/** Every socket must have been removed. NULL is allowed. */
void rtp_io_destroy(struct rtp_io *io);

/** @p socket, and @p context with it, is borrowed until rtp_io_remove(). A socket is in one
 *  rtp_io at most. Should the kernel be out of memory to watch its RTCP socket, that one is not
 *  heard: it costs statistics, not the call. */
void rtp_io_add(struct rtp_io *io, struct rtp_socket *socket, void *context);
/** No callback for it after this. It is connected to nobody. */
void rtp_io_remove(struct rtp_io *io, struct rtp_socket *socket);

/** Gives all that has come to @p on_datagram: those of one socket in their order. */
void rtp_io_receive(struct rtp_io *io, rtp_io_on_datagram *on_datagram, void *arg);

/** Sends, protected if it has a guard: at once, but for what goes out by a shared port, which
 *  rtp_io_flush() sends. What the kernel does not take is counted. */
void rtp_io_send(struct rtp_io *io, struct rtp_socket *socket,
                 const struct rtp_message *message);

/** Sends what waits: at the end of a tick. Many datagrams by one system call. */
void rtp_io_flush(struct rtp_io *io);

#endif
