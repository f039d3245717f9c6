/*
 * ice_tcp.h - the TCP connections of a shared port: the way of those whose network lets no UDP
 * out. We are passive: they come to us.
 *
 *   port's thread:  ice_tcp_create(&bind, &tcp);
 *                   ...ice_tcp_fd() is readable, or ice_tcp_due_ms() is over...
 *                   ice_tcp_receive(tcp, on_datagram, arg);
 *                   ice_tcp_prove(tcp, &address);        a check from there was authentic
 *   any thread:     if (ice_tcp_is(&to)) ice_tcp_send(tcp, &to, data, length);
 *
 * A connection is an address to all others: that of its client, as IPv6 (IPv4-mapped), whose
 * scope says which connection it is. So what is answered to it, and what is sent to it later,
 * finds its way back; that of a connection that is gone finds none.
 *
 * What is sent is sent whole or not at all: as on UDP, what does not fit is lost. Threads that
 * send at one moment do not wait for each other: who is second leaves his datagram to the
 * first.
 *
 * Shape    frames of RFC 4571: two bytes of length before each datagram. ICE_TCP_MOST
 *          connections; one that proves nothing for ICE_TCP_PATIENCE_MS is closed, and the
 *          oldest of those when there is no room for another. Longer frames than
 *          RTP_IO_DATAGRAM_BYTES end it.
 * Thread   send: any; it never waits or allocates. The rest: one.
 * Errors   negative errno.
 * Source   RFC 6544 (ICE with TCP), RFC 4571 (framing).
 */
#ifndef SERVER_RTP_ICE_TCP_H
#define SERVER_RTP_ICE_TCP_H

#include "server/rtp/latch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ICE_TCP_MOST = 1024, ICE_TCP_PATIENCE_MS = 10000, ICE_TCP_QUEUE_BYTES = 128 * 1024 };

struct ice_tcp;

/** Data is borrowed until it returns. */
typedef void ice_tcp_on_datagram(void *arg, const union latch_address *from,
                                 const uint8_t *data, size_t length);

/** Listens at @p bind; if that is any address of IPv6, to both families. @return 0 and *tcp,
 * owned by the caller; what bind() says; -ENOMEM, -EMFILE. */
int ice_tcp_create(const union latch_address *bind, struct ice_tcp **tcp);
/** Nobody may send any more. NULL is allowed. */
void ice_tcp_destroy(struct ice_tcp *tcp);

int ice_tcp_fd(const struct ice_tcp *tcp); /* borrowed */
/** When ice_tcp_receive() has to be called, whatever comes; -1: not at all. */
int ice_tcp_due_ms(const struct ice_tcp *tcp);

/** Takes those who come, and what they bring. */
void ice_tcp_receive(struct ice_tcp *tcp, ice_tcp_on_datagram *on_datagram, void *arg);

/** It may be silent from now on. An address of no connection is allowed. */
void ice_tcp_prove(struct ice_tcp *tcp, const union latch_address *address);

/** Whether it is that of a connection, of now or of before. */
bool ice_tcp_is(const struct sockaddr *address);

/** @return 0; -EAGAIN: it is lost; -ENOTCONN: that connection is gone. */
int ice_tcp_send(struct ice_tcp *tcp, const struct sockaddr *to, const uint8_t *data,
                 size_t length);

#endif
