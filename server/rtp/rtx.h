/*
 * rtx.h - retransmission payloads: the original sequence number before the original payload.
 *
 * Thread   any; pure.
 * Source   RFC 4588 sections 4 and 8.6 (apt).
 */
#ifndef SERVER_RTP_RTX_H
#define SERVER_RTP_RTX_H

#include "server/rtp/rtp_packet.h"

enum { RTX_HEAD_BYTES = 2 };

/** Turns a packet of an RTX stream into the one that it repeats: payload, length, sequence and
 *  payload type (@p original_type); marker and time stamp are the original's already, the SSRC
 *  stays that of the RTX stream. @return 0, or, and then nothing changed: -EBADMSG (too short);
 *  -ENODATA (an empty one: padding that probes the network). */
int rtx_unwrap(struct rtp_packet *packet, uint8_t original_type);

/** Writes the head of the payload that repeats the packet @p sequence. */
void rtx_write_head(uint16_t sequence, uint8_t out[RTX_HEAD_BYTES]);

#endif
