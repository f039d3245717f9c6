/*
 * rtcp_feedback.h - RTCP feedback messages, read from a compound packet and written into one.
 *
 *   struct rtcp_feedback all;  rtcp_feedback_read(data, length, &all);   beside rtcp_read()
 *   at = rtcp_feedback_write_nack(out, room, own, theirs, sequences, n); each appends
 *
 * Thread   any; pure.
 * Errors   reading: -EBADMSG as rtcp_read(); a feedback message that is malformed in itself is
 *          skipped and counted. Writing: 0 bytes if there is no room.
 * Source   RFC 4585 section 6.2.1 (NACK), 6.3.1 (PLI); RFC 5104 section 4.3.1 (FIR), 4.2.1
 * (TMMBR), 4.2.2 (TMMBN); draft-alvestrand-rmcat-remb-03 (REMB);
 *          draft-holmer-rmcat-transport-wide-cc-extensions-01 (transport-wide).
 */
#ifndef SERVER_RTP_RTCP_FEEDBACK_H
#define SERVER_RTP_RTCP_FEEDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTCP_MAX_NACKED = 256, RTCP_MAX_TRANSPORT = 512 };

/** What one transport-wide feedback says of one packet. */
struct rtcp_transport_packet {
    uint16_t sequence; /* transport-wide */
    bool received;
    int64_t arrival_us; /* of the far end's clock, any origin; the same in all messages but for
                           its wrapping every 18 hours; received only */
};

/** What all feedback messages of one compound packet ask of @p media_ssrc, our SSRC. */
struct rtcp_feedback {
    unsigned malformed;
    unsigned nacked_count; /* more than fit are left out */
    uint16_t nacked[RTCP_MAX_NACKED];
    bool pli;
    bool fir;
    uint8_t fir_sequence;
    bool has_tmmbr;
    uint64_t tmmbr_bps; /* the lowest */
    uint16_t tmmbr_overhead;
    bool has_tmmbn; /* answers our TMMBR */
    uint64_t tmmbn_bps;
    bool has_remb;
    uint64_t remb_bps;
    unsigned transport_count;
    struct rtcp_transport_packet transport[RTCP_MAX_TRANSPORT];
};

int rtcp_feedback_read(const uint8_t *data, size_t length, uint32_t media_ssrc,
                       struct rtcp_feedback *feedback);

/* Each returns the bytes written, 0 if they do not fit. @p own: our SSRC, @p media: theirs. */
size_t rtcp_feedback_write_nack(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                                const uint16_t *sequences, unsigned count);
size_t rtcp_feedback_write_pli(uint8_t *out, size_t room, uint32_t own, uint32_t media);
size_t rtcp_feedback_write_fir(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                               uint8_t sequence);
size_t rtcp_feedback_write_tmmbr(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                                 uint64_t bps);
/** @p owner: whose TMMBR set the bound. */
size_t rtcp_feedback_write_tmmbn(uint8_t *out, size_t room, uint32_t own, uint32_t owner,
                                 uint64_t bps, uint16_t overhead);
size_t rtcp_feedback_write_remb(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                                uint64_t bps);
/** @p packets: of rising sequence without holes, at most RTCP_MAX_TRANSPORT. @p number: of this
 *  feedback, counted up by the caller. */
size_t rtcp_feedback_write_transport(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                                     uint8_t number,
                                     const struct rtcp_transport_packet *packets,
                                     unsigned count);

#endif
