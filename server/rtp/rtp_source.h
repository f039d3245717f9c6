/*
 * rtp_source.h - what is known of one sender: sequence, loss, interarrival jitter.
 *
 * Unlike appendix A.1 the first packet counts at once, without a probation of two: strangers do
 * not come here, the latch is in front. A zeroed source is one that was not heard yet.
 *
 * Thread   belongs to one leg and its media worker; never allocates.
 * Source   RFC 3550 section 6.4.1 and appendices A.1 (sequence), A.3 (loss), A.8 (jitter).
 */
#ifndef SERVER_RTP_RTP_SOURCE_H
#define SERVER_RTP_RTP_SOURCE_H

#include "server/rtp/rtcp.h"

#include <stdbool.h>
#include <stdint.h>

struct rtp_source {
    bool started;
    uint32_t ssrc;
    uint16_t max_sequence; /* highest seen                                  */
    uint32_t cycles;       /* wraps, shifted left by 16                     */
    uint32_t base_sequence;
    uint32_t bad_sequence;   /* where a restarted sender would go on; above 0xffff: nowhere */
    uint32_t received;       /* since the start, late and doubled ones too    */
    uint32_t expected_prior; /* at the last report                            */
    uint32_t received_prior;
    unsigned clock_hz;    /* of the last packet; 0: there is none to compare with */
    uint32_t transit;     /* of the last packet [RTP clock units], modulo 2^32 */
    double jitter;        /* [RTP clock units]                             */
    uint32_t last_sr_ntp; /* middle 32 bits of the last SR's NTP stamp     */
    int64_t last_sr_ns;   /* monotonic arrival of that SR; 0: none         */
};

enum rtp_source_verdict {
    RTP_SOURCE_OK,      /* in order, or a little out of order: use it                 */
    RTP_SOURCE_RESTART, /* a new beginning (new SSRC, or the sender jumped): flush    */
    RTP_SOURCE_DROP,    /* first stray of a jump: do not use it                       */
};

/** Takes one packet that came from the right address. @p arrival_ns: monotonic. @p clock_hz 0:
 *  its time stamp is not the time it was made (all packets of a telephone-event have one):
 *  counted, but not measured. */
enum rtp_source_verdict rtp_source_receive(struct rtp_source *source, uint32_t ssrc,
                                           uint16_t sequence, uint32_t timestamp,
                                           int64_t arrival_ns, unsigned clock_hz);

/** The packet that came last was the first of a new beginning, though its number is one of a
 *  little disorder. */
void rtp_source_begin_anew(struct rtp_source *source, uint16_t sequence);

/** Notes a sender report, for LSR and DLSR. @p ntp_middle: middle 32 bits of its NTP stamp. */
void rtp_source_sender_report(struct rtp_source *source, uint32_t ntp_middle,
                              int64_t arrival_ns);

/** Packets lost since the start; below 0 if there were doubles. */
int64_t rtp_source_lost(const struct rtp_source *source);

/** Loss since the last call, as a fraction of 256 for a report block; starts a new interval. */
uint8_t rtp_source_fraction_lost(struct rtp_source *source);

/** Highest sequence number with its wraps (RFC 3550 section 6.4.1). */
uint32_t rtp_source_extended_sequence(const struct rtp_source *source);

/** Fills a report block about it: loss, jitter, LSR, DLSR; starts a new interval. */
void rtp_source_report(struct rtp_source *source, int64_t now_ns, struct rtcp_block *block);

#endif
