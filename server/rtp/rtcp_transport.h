/*
 * rtcp_transport.h - what a transport-wide feedback says, behind its two SSRCs: which packets
 * came, and when; read and written. For rtcp_feedback.c, which has the messages.
 *
 * Thread   any; pure.
 * Source   draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.
 */
#ifndef SERVER_RTP_RTCP_TRANSPORT_H
#define SERVER_RTP_RTCP_TRANSPORT_H

#include "server/rtp/rtcp_feedback.h"

/** @return false and nothing changed if it is malformed; else it has put up to @p room entries
 *  at @p packets, and says how many in *count. What does not fit is left out. */
bool rtcp_transport_read(const uint8_t *data, size_t length,
                         struct rtcp_transport_packet *packets, unsigned room, unsigned *count);

/** As rtcp_feedback_write_transport(). @return bytes, not padded to words. */
size_t rtcp_transport_write(uint8_t *out, size_t room, uint8_t number,
                            const struct rtcp_transport_packet *packets, unsigned count);

#endif
