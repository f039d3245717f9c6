/*
 * eye_rtcp.h - the RTCP of one leg: reports and feedback, written and read.
 *
 * Shape    a compound packet: RR or SR, SDES with the CNAME, then what is asked for.
 * Thread   any; pure.
 * Errors   writers return the bytes written; what is read is not trusted.
 * Source   RFC 3550 section 6.4, RFC 4585 sections 6.2.1, 6.3.1, RFC 5104 section 4.3.1.
 */
#ifndef TESTS_BENCH_EYE_RTCP_H
#define TESTS_BENCH_EYE_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EYE_RTCP_BYTES = 1400, EYE_RTCP_MAX_NACKS = 256 };

struct eye_rtcp_report {
    uint32_t ssrc; /* ours                                        */
    bool sends;    /* SR, else RR                                 */
    int64_t wall_ns;
    uint32_t timestamp, packets, octets; /* of an SR                        */
    uint32_t far_ssrc;                   /* 0: no report block              */
    uint8_t fraction_lost;
    uint32_t lost, highest;
    uint32_t last_report, since_report; /* middle of the far SR's NTP; 1/65536 s */
    const char *cname;
};

/** What a packet of the far end says, summed over its parts. */
struct eye_rtcp_news {
    bool is_report; /* an SR came: its NTP time, the middle 32 bits of it, and the same as
                       RTP time                                             */
    uint64_t ntp;
    uint32_t last_report, timestamp;
    unsigned key_requests; /* PLI and FIR                                     */
    unsigned limits;       /* TMMBR, REMB                                     */
    unsigned nacks;
    uint16_t nack[EYE_RTCP_MAX_NACKS];
};

size_t eye_rtcp_write_report(const struct eye_rtcp_report *report, uint8_t out[EYE_RTCP_BYTES]);

/** The following write one packet each; @p serial counts FIRs. */
size_t eye_rtcp_write_pli(uint32_t ssrc, uint32_t far_ssrc, uint8_t *out);
size_t eye_rtcp_write_fir(uint32_t ssrc, uint32_t far_ssrc, uint8_t serial, uint8_t *out);
/** @p list rises. @p count: at most EYE_RTCP_MAX_NACKS. */
size_t eye_rtcp_write_nack(uint32_t ssrc, uint32_t far_ssrc, const uint16_t *list,
                           unsigned count, uint8_t *out);

void eye_rtcp_read(const uint8_t *bytes, size_t length, struct eye_rtcp_news *news);

#endif
