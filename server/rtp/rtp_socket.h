/*
 * rtp_socket.h - a leg's UDP sockets, from the configured port range.
 *
 *   control:  rtp_ports_create(...);  rtp_socket_open(ports, AF_INET, &socket);
 *   worker:   receives by rtp_io.h;  rtp_socket_connect(socket, peer);   once it is settled
 *             rtp_socket_send(socket, false, to, data, length);
 *
 * Of a call that has all its media on one transport, on a port that it shares with other calls
 * (shared_port.h), each leg has the inlet of its own kind: rtp_socket_open_shared(). It has no
 * RTCP port, and is never connected.
 *
 * A leg has an even RTP port and the odd one above it for RTCP (RFC 3550 section 11). A port
 * that was closed is taken again as late as possible (a queue), so that a late packet of the
 * last call does not reach the next.
 *
 * Thread   ports, open, close: control. connect, send: the leg's worker; they never wait or
 *          allocate.
 * Errors   negative errno.
 */
#ifndef SERVER_RTP_RTP_SOCKET_H
#define SERVER_RTP_RTP_SOCKET_H

#include "server/rtp/shared_port.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct rtp_guard;
struct rtp_ports;
struct rtp_socket;

struct rtp_ports_config {
    /* to bind: "0.0.0.0" or "::": all of IPv4 and of IPv6; or one of ours */
    const char *address;
    const char *advertised; /* to say in SDP instead; NULL: what routes to the peer */
    uint16_t first, last;   /* inclusive                                            */
};

/** @return 0 and *ports, owned by the caller; -EINVAL: an address, or no even port with
 *  an odd one above it in the range; -ENOMEM; what bind() says of the address (-EADDRNOTAVAIL:
 *  not one of ours). */
int rtp_ports_create(const struct rtp_ports_config *config, struct rtp_ports **ports);
void rtp_ports_destroy(struct rtp_ports *ports); /* NULL is allowed; no socket may be open */

/** Pairs in use and pairs in all, for metrics and for admission. */
unsigned rtp_ports_used(const struct rtp_ports *ports);
unsigned rtp_ports_total(const struct rtp_ports *ports);

/**
 * Binds a pair of sockets.
 *
 * @return 0 and *socket, owned by the caller; -EADDRINUSE if no pair of the range is free;
 *         -EAFNOSUPPORT if @p family (AF_INET, AF_INET6) is not served; -EMFILE; -ENOMEM; or
 *         what else bind() says (-EADDRNOTAVAIL: not an address of ours).
 */
int rtp_socket_open(struct rtp_ports *ports, int family, struct rtp_socket **socket);
/** The same for video: with room for bursts of packets, and a traffic class of its own. */
int rtp_socket_open_video(struct rtp_ports *ports, int family, struct rtp_socket **socket);
/** A place on a shared port: holds @p transport until it is closed. -ENOMEM. */
int rtp_socket_open_shared(struct shared_transport *transport, enum shared_inlet inlet,
                           struct rtp_socket **socket);
void rtp_socket_close(struct rtp_socket *socket); /* NULL is allowed; gives the pair back */

/** The RTP port; RTCP has the next one. */
uint16_t rtp_socket_port(const struct rtp_socket *socket);

/** AF_INET or AF_INET6. */
int rtp_socket_family(const struct rtp_socket *socket);

/**
 * The address to write into SDP for a peer at @p remote: the advertised one if it has the
 * socket's family, else the bound one, else the one the kernel would send from.
 *
 * @return 0 and @p out as text, or -EHOSTUNREACH.
 */
int rtp_socket_local_address(const struct rtp_socket *socket, const struct sockaddr *remote,
                             char out[INET6_ADDRSTRLEN]);

/** Datagrams dropped because they were longer than RTP_IO_DATAGRAM_BYTES, of both sockets. */
uint32_t rtp_socket_too_long(const struct rtp_socket *socket);

/** Datagrams of rtp_io_send() that the kernel did not take, of both sockets. */
uint32_t rtp_socket_send_errors(const struct rtp_socket *socket);

/** Whether both have their places on one transport. */
bool rtp_socket_share(const struct rtp_socket *a, const struct rtp_socket *b);

/** Its descriptors, still owned by it; RTCP's is -1 on a shared port. */
int rtp_socket_rtp_fd(const struct rtp_socket *socket);
int rtp_socket_rtcp_fd(const struct rtp_socket *socket);

/**
 * Hears only @p peer on the RTP socket from now on, and sends to it without looking up the
 * route each time; NULL: hears everybody again, as after open. To be used once the peer is
 * settled; a send to another address ends it as well.
 *
 * @return 0; -EADDRNOTAVAIL: the datagram received last was sent to another of our addresses
 *         than the one that packets to @p peer leave from, or there was none: it would be deaf;
 *         -EOPNOTSUPP: it shares its port; or what connect() says. On error it hears everybody.
 */
int rtp_socket_connect(struct rtp_socket *socket, const struct sockaddr *peer);

/** What will open what comes to the RTP socket: fetched while the kernel is asked
 *  (rtp_guard_expect()). @p guard is borrowed until the next call; NULL: nothing. */
void rtp_socket_expect(struct rtp_socket *socket, const struct rtp_guard *guard);

/** Sends one datagram from the RTP or (@p rtcp) the RTCP socket.
 *  @return 0, -EAGAIN (full: dropped), or another negative errno. */
int rtp_socket_send(struct rtp_socket *socket, bool rtcp, const struct sockaddr *to,
                    const uint8_t *data, size_t length);

#endif
