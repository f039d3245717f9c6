/*
 * rtp_packet.h - the RTP header, read and written.
 *
 * Thread   any; pure. What is read points into the datagram (borrowed as long as that lives).
 * Errors   -EBADMSG for bytes that are no RTP packet: version, lengths, padding, extension.
 * Source   RFC 3550 section 5.1, RFC 8285 (extension), RFC 5761 section 4 (RTP or RTCP).
 */
#ifndef SERVER_RTP_RTP_PACKET_H
#define SERVER_RTP_RTP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTP_HEADER_BYTES = 12, /* without CSRCs and extension */
    RTP_MAX_CSRC = 15,
    RTP_EXTENSION_HEADER_BYTES = 4,
};

struct rtp_packet {
    bool marker;
    uint8_t payload_type;
    uint8_t csrc_count;
    uint16_t sequence;
    uint32_t timestamp;
    uint32_t ssrc;
    uint32_t csrc[RTP_MAX_CSRC];
    uint16_t extension_profile; /* "defined by profile"; 0xBEDE: RFC 8285 one-byte  */
    size_t extension_length;    /* [bytes]; 0: none                                 */
    const uint8_t *extension;   /* borrowed from the datagram; rtp_extension.h      */
    const uint8_t *payload;     /* borrowed from the datagram; padding is cut off   */
    size_t payload_length;
};

/** @return 0 and *packet, or -EBADMSG. */
int rtp_packet_read(const uint8_t *data, size_t length, struct rtp_packet *packet);

/** Writes header, CSRCs and extension, if its length is not 0, to @p out; the payload fields
 *  are not used. @return bytes written, 12 + 4 * csrc_count, + 4 + extension_length if there is
 *  one; 0 if that is more than @p room, or if the extension is not of whole words. */
size_t rtp_packet_write_header(const struct rtp_packet *packet, uint8_t *out, size_t room);

/** On a muxed port: true if these bytes are to be read as RTCP (RFC 5761 section 4). */
bool rtp_packet_is_rtcp(const uint8_t *data, size_t length);

#endif
