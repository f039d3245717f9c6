/*
 * rtcp_feedback.h - RTCP feedback messages, read from a compound packet and written into one.
 *
 *   struct rtcp_feedback all;  rtcp_feedback_read(data, length, &all);   beside rtcp_read()
 *   at = rtcp_feedback_write_nack(out, room, own, theirs, sequences, n); each appends
 *
 * What is read is what asks something of one SSRC, ours: NACK and PLI by their media SSRC, FIR,
 * TMMBR, TMMBN and REMB by the SSRCs that they list. A transport-wide feedback speaks of
 * transport sequence numbers: whatever its media SSRC, it is read.
 *
 * Thread   any; pure.
 * Errors   reading: -EBADMSG as rtcp_read(); a feedback message that is malformed in itself is
 *          skipped and counted. Writing: 0 bytes if there is no room, or nothing to say.
 * Source   RFC 4585 section 6.2.1 (NACK), 6.3.1 (PLI); RFC 5104 section 4.3.1 (FIR), 4.2.1
 *          (TMMBR), 4.2.2 (TMMBN); draft-alvestrand-rmcat-remb-03 (REMB);
 *          draft-holmer-rmcat-transport-wide-cc-extensions-01 (transport-wide); RFC 5506 (one
 *          message alone).
 */
#ifndef SERVER_RTP_RTCP_FEEDBACK_H
#define SERVER_RTP_RTCP_FEEDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Arrival times in transport-wide feedback are 24 bits of 64 ms: they begin anew after so long
 *  (12 days). */
#define RTCP_TRANSPORT_WRAP_US ((1LL << 24) * 64000)

enum { RTCP_MAX_NACKED = 256, RTCP_MAX_TRANSPORT = 512 };

/** What one transport-wide feedback says of one packet. */
struct rtcp_transport_packet {
    uint16_t sequence; /* transport-wide */
    bool received;
    int64_t arrival_us; /* of the far end's clock, any origin; the same in all messages but for
                           RTCP_TRANSPORT_WRAP_US; in steps of 250 us; received only */
};

/** What all feedback messages of one compound packet ask of @p media_ssrc, our SSRC. */
struct rtcp_feedback {
    unsigned malformed;
    unsigned nacked_count; /* in the order they were written; more than fit are left out */
    uint16_t nacked[RTCP_MAX_NACKED];
    bool pli;
    bool fir;
    uint8_t fir_sequence;
    bool has_tmmbr;
    uint64_t tmmbr_bps; /* the lowest */
    uint16_t tmmbr_overhead;
    bool has_tmmbn; /* answers our TMMBR */
    uint64_t tmmbn_bps;
    bool has_remb; /* the last one */
    uint64_t remb_bps;
    unsigned transport_count;
    struct rtcp_transport_packet transport[RTCP_MAX_TRANSPORT]; /* [transport_count] */
};

/** @p data: one compound packet, or one message alone. @return 0 and *feedback, or -EBADMSG. */
int rtcp_feedback_read(const uint8_t *data, size_t length, uint32_t media_ssrc,
                       struct rtcp_feedback *feedback);

/* Each returns the bytes written, a multiple of 4; 0 if they do not fit. @p own: our SSRC, @p
 * media: theirs. Bit rates are rounded down to what 17 bits (REMB: 18) can say. */

/** In the fewest pairs if the @p sequences rise (modulo 2^16), as they should. */
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
 *  feedback, counted up by the caller. 0 also if none of them was received, or if one came more
 *  than 8 s before or after the one before it: that cannot be said in one message. */
size_t rtcp_feedback_write_transport(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                                     uint8_t number,
                                     const struct rtcp_transport_packet *packets,
                                     unsigned count);

#endif
