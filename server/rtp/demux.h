/*
 * demux.h - what a datagram is that came to a port which several protocols share.
 *
 * Thread   any; pure.
 * Source   RFC 7983 section 7, RFC 9443 section 3. RTP or RTCP: rtp_packet_is_rtcp().
 */
#ifndef SERVER_RTP_DEMUX_H
#define SERVER_RTP_DEMUX_H

#include <stdint.h>

enum demux_kind {
    DEMUX_OTHER, /* nothing that we speak: ZRTP, TURN channels, QUIC */
    DEMUX_STUN,
    DEMUX_DTLS,
    DEMUX_RTP, /* or RTCP */
};

/** By the first byte of the datagram. */
enum demux_kind demux_kind(uint8_t first);

#endif
