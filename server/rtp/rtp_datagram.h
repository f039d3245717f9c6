/*
 * rtp_datagram.h - one datagram that came, on whatever port.
 *
 * Owner    all of it is borrowed until the callback that is given it returns.
 * Thread   that of the callback.
 */
#ifndef SERVER_RTP_RTP_DATAGRAM_H
#define SERVER_RTP_RTP_DATAGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { RTP_IO_DATAGRAM_BYTES = 2048 }; /* longer ones are dropped */

struct rtp_datagram {
    const uint8_t *data;
    size_t length;
    int64_t arrival_ns; /* monotonic: when the kernel had it, not when we looked */
    const struct sockaddr *from;
};

#endif
