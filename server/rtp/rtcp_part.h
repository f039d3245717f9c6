/*
 * rtcp_part.h - one RTCP packet of a compound: taken off its front, or its header written.
 *
 *   while (length > 0)
 *       if (!rtcp_part_next(&data, &length, &part)) return -EBADMSG; ...part.body...
 *
 * Thread   any; pure. What is read points into the datagram (borrowed as long as that lives).
 * Source   RFC 3550 section 6.4.1 and appendix A.2; RFC 4585 section 6.1 (feedback).
 */
#ifndef SERVER_RTP_RTCP_PART_H
#define SERVER_RTP_RTCP_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTCP_PART_HEADER_BYTES = 4,
    RTCP_PART_MAX_BYTES = 4 * 0x10000, /* what a header can say */
    RTCP_TYPE_SR = 200,
    RTCP_TYPE_RR = 201,
    RTCP_TYPE_SDES = 202,
    RTCP_TYPE_BYE = 203,
    RTCP_TYPE_TRANSPORT_FEEDBACK = 205,
    RTCP_TYPE_PAYLOAD_FEEDBACK = 206,
    RTCP_FORMAT_TRANSPORT_WIDE = 15, /* of transport feedback */
};

struct rtcp_part {
    unsigned type;
    unsigned count;      /* its RC or SC field; the format of a feedback message */
    const uint8_t *body; /* after the header                                     */
    size_t length;       /* of the body, without its padding                     */
};

/** Takes the next packet off the front of what is left, at least one byte. False: it is cut or
 *  malformed. */
bool rtcp_part_next(const uint8_t **data, size_t *length, struct rtcp_part *part);

/** Writes the header of a packet of @p bytes, a multiple of 4 up to RTCP_PART_MAX_BYTES. */
void rtcp_part_write_header(uint8_t *out, unsigned type, unsigned count, size_t bytes);

#endif
