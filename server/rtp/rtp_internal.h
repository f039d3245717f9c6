/*
 * rtp_internal.h - what rtp_socket.c and rtp_io.c share; nobody else may include it.
 *
 * Thread   ports to rtcp: control writes them at open. All else: the worker that has the leg.
 */
#ifndef SERVER_RTP_RTP_INTERNAL_H
#define SERVER_RTP_RTP_INTERNAL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct rtp_guard;
struct rtp_io;
struct rtp_ports;
struct shared_transport;

struct rtp_socket {
    struct shared_transport *shared; /* NULL: it has ports of its own                      */
    unsigned inlet;                  /* of a shared transport: all that it has, and io     */
    struct rtp_ports *ports;
    int family;
    uint16_t port;
    bool is_video;
    bool on_all_addresses; /* bound to "0.0.0.0" or "::" */
    int rtp, rtcp;

    const struct rtp_guard *expects; /* rtp_socket_expect() */
    uint32_t too_long, send_errors;
    struct sockaddr_storage peer; /* of the RTP socket; AF_UNSPEC: not connected       */
    struct in6_addr came_to;      /* our address the last RTP datagram was sent to, IPv4 as
                                     mapped; noted while not connected                 */
    struct {
        struct rtp_io *owner; /* NULL: added to none */
        void *context;
        struct rtp_socket *next, *previous;
        int64_t heard_ns;        /* arrival of the RTP datagram that came last       */
        uint16_t heard_sequence; /* its bytes 2 and 3: RTP's sequence number         */
        bool is_next;            /* ... which is one more than that of the one before */
    } io;
};

/** Whether the kernel says with each RTP datagram which of our addresses it was sent to. */
bool rtp_socket_tells_address(const struct rtp_socket *socket);

/** IPv4 as IPv4-mapped IPv6. */
struct in6_addr rtp_address_mapped(struct in_addr address);

#endif
