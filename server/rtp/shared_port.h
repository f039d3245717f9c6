/*
 * shared_port.h - one UDP port for many transports, each with the sound and the pictures of one
 * call (BUNDLE): so that a firewall or a container needs one line.
 *
 *   control:  shared_port_create(&config, &port);
 *             shared_transport_create(port, ufrag, &transport);      who holds it: the call,
 *             rtp_socket_open_shared(transport, SHARED_AUDIO, ...);   and each socket on it
 *             shared_transport_set_sections(transport, &sections);
 *             shared_transport_set_handshake(transport, id);
 *             shared_transport_prove(transport, &address);    HANDSHAKE_VALIDATED
 *             shared_transport_release(transport);
 *   worker:   while (shared_transport_front(transport, SHARED_AUDIO, &datagram)) {
 *                 ...
 *                 shared_transport_pop(transport, SHARED_AUDIO);
 *             }
 *
 * Its thread sleeps until something comes, takes all there is, and hands it on: checks and DTLS
 * to the handshake service, RTP to the sound's or to a picture's inlet (rtp_sections.h), RTCP
 * to all whom it may concern. Then it rests for some milliseconds: nobody is waiting for less.
 * Whoever sends does so by shared_port_send(), from its own thread.
 *
 * Where no UDP comes through there may be TCP, on the same port (ice_tcp.h).
 *
 * Shape    datagrams of up to RTP_IO_DATAGRAM_BYTES. An inlet has room for SHARED_AUDIO_BYTES
 *          (SHARED_VIDEO_BYTES); what comes when it is full is dropped and counted. With an
 *          address of "0.0.0.0" or "::" the socket has both families: IPv4 addresses are then
 *          IPv4-mapped ones.
 * Thread   front, pop: the worker that has the socket of that inlet; neither waits, allocates
 *          or calls the kernel. send, stats: any. All else: control.
 * Errors   negative errno.
 * Source   RFC 9143 section 9.2 (which section a packet belongs to), RFC 7983, RFC 6544 (TCP).
 */
#ifndef SERVER_RTP_SHARED_PORT_H
#define SERVER_RTP_SHARED_PORT_H

#include "server/rtp/handshake_service.h"
#include "server/rtp/ice_candidate.h"
#include "server/rtp/rtp_datagram.h"
#include "server/rtp/rtp_sections.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHARED_AUDIO_BYTES = 16 * 1024, SHARED_VIDEO_BYTES = 256 * 1024 };

enum shared_inlet { SHARED_AUDIO, SHARED_VIDEO, SHARED_SLIDES, SHARED_INLETS };

struct shared_port;
struct shared_transport;

struct shared_port_config {
    const char *address;             /* to bind, as in rtp_ports_config                  */
    const char *advertised;          /* said instead of our own addresses; NULL: those   */
    uint16_t port;                   /* 0: any that is free                              */
    bool tcp;                        /* that of TCP, too                                 */
    struct handshake_way handshakes; /* the thread's own worker number       */
};

struct shared_port_stats {
    uint64_t transports; /* now                                              */
    uint64_t datagrams;  /* that came                                        */
    uint64_t unknown;    /* of those: nobody's                               */
    uint64_t dropped;    /* of those: an inlet was full                      */
    uint64_t busy_ns;    /* CPU time of the thread                           */
};

/** Binds the port and starts its thread. @return 0 and *port, owned by the caller; -EINVAL: an
 *  address; -ENOMEM, -EAGAIN; what bind() says (-EADDRINUSE, -EACCES). */
int shared_port_create(const struct shared_port_config *config, struct shared_port **port);
/** Ends the thread; every transport must have been released. NULL is allowed. */
void shared_port_destroy(struct shared_port *port);

int shared_port_fd(const struct shared_port *port); /* borrowed */

/** Sends a datagram; @p port is a struct shared_port. Any thread; it never waits or allocates.
 *  @return 0; -EINVAL: no address; what the kernel says, or ice_tcp_send(). */
int shared_port_send(void *port, const struct sockaddr *to, const uint8_t *data, size_t length);
uint16_t shared_port_number(const struct shared_port *port);
void shared_port_stats_read(const struct shared_port *port, struct shared_port_stats *stats);

/** Where it can be reached: the advertised address, else those of our interfaces that are up;
 *  loopback only if there is nothing else. Then the same by TCP. @return how many, @p most at
 *  most. */
unsigned shared_port_candidates(const struct shared_port *port, struct ice_candidate *out,
                                unsigned most);

/** Without an inlet yet. @p ufrag: of our ICE credentials; copied. @return 0 and *transport, held
 *  once by the caller; -ENOMEM. */
int shared_transport_create(struct shared_port *port, const char *ufrag,
                            struct shared_transport **transport);
struct shared_transport *shared_transport_hold(struct shared_transport *transport);
/** NULL is allowed. Who released the last hold may not touch it any more. */
void shared_transport_release(struct shared_transport *transport);

struct shared_port *shared_transport_port(const struct shared_transport *transport);

/** Makes an inlet: what comes for one that was not opened is nobody's. @return 0, too, if it is
 *  open already; -ENOMEM. */
int shared_transport_open(struct shared_transport *transport, enum shared_inlet inlet);

/** An ICE restart. */
void shared_transport_rename(struct shared_transport *transport, const char *ufrag);
/** Which RTP is the sound's, [SHARED_AUDIO], and which that of each picture. What says nothing is
 *  the first picture's. */
void shared_transport_set_sections(struct shared_transport *transport,
                                   const struct rtp_sections *sections);
/** 0: nobody's: what is no RTP is dropped. */
void shared_transport_set_handshake(struct shared_transport *transport, uint64_t id);
/** A check from there was authentic. */
void shared_transport_prove(struct shared_transport *transport,
                            const union latch_address *address);

/** The oldest datagram in an inlet that is open; *datagram is borrowed until
 *  shared_transport_pop(). @return false: there is none. */
bool shared_transport_front(struct shared_transport *transport, enum shared_inlet inlet,
                            struct rtp_datagram *datagram);
void shared_transport_pop(struct shared_transport *transport, enum shared_inlet inlet);

#endif
