/*
 * rtcp.h - RTCP compound packets, read and written; round-trip time; the report interval.
 *
 * Thread   any; pure.
 * Errors   -EBADMSG for bytes that are no compound packet. Unknown packet types are skipped.
 * Source   RFC 3550 section 6 (SR, RR, SDES, BYE), 6.1 (compound rules), 6.2 (interval),
 *          RFC 5506 (a lone reduced-size packet is accepted when reading).
 */
#ifndef SERVER_RTP_RTCP_H
#define SERVER_RTP_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTCP_MAX_BLOCKS = 31, RTCP_CNAME_BYTES = 256, RTCP_MAX_BYTES = 1500 };

struct rtcp_block { /* one report block, section 6.4.1 */
    uint32_t ssrc;
    uint8_t fraction_lost; /* of 256                       */
    int32_t lost;          /* 24 bits, signed              */
    uint32_t extended_sequence;
    uint32_t jitter;              /* [RTP clock units]            */
    uint32_t last_sr;             /* middle 32 bits of NTP; 0: none */
    uint32_t delay_since_last_sr; /* [1/65536 s]                  */
};

struct rtcp_sender {    /* sender information of an SR */
    uint64_t ntp;       /* NTP time stamp, 32.32 */
    uint32_t timestamp; /* the same moment in RTP time */
    uint32_t packets;
    uint32_t octets;
};

/** What a compound packet said; several SR/RR are added up, blocks above 31 are dropped. */
struct rtcp_compound {
    uint32_t ssrc; /* of the first SR, RR or BYE    */
    bool has_sender, has_bye;
    struct rtcp_sender sender;
    unsigned block_count;
    struct rtcp_block blocks[RTCP_MAX_BLOCKS];
    char cname[RTCP_CNAME_BYTES]; /* of ssrc; "" if none; as it came: control bytes and all */
};

/** @return 0 and *compound, or -EBADMSG. */
int rtcp_read(const uint8_t *data, size_t length, struct rtcp_compound *compound);

/**
 * Writes SR (or RR, without has_sender), SDES with cname, and BYE if has_bye. A loss beyond
 * what 24 bits hold is written as their limit.
 *
 * @return bytes written; 0 if @p room is too small, the cname has no end in its 256 bytes, or
 *         there are more than 31 blocks.
 */
size_t rtcp_write(const struct rtcp_compound *compound, uint8_t *out, size_t room);

/** Wall time [ns since 1970] as NTP 32.32. */
uint64_t rtcp_ntp(int64_t wall_ns);

/** Round-trip time [ns] from a report block about us, section 6.4.1; 0 if it has none, or if it
 *  is nonsense (below 0). Never less than the resolution, 1/65536 s: 0 is "not known".
 *  @p now_ntp: NTP of its arrival. */
int64_t rtcp_round_trip_ns(const struct rtcp_block *block, uint64_t now_ntp);

/** Time to the next report [ms]: 5 s, spread over 0.5 to 1.5 by @p random, divided by e - 1.5
 *  (section 6.3.1); the first one in half of that. */
int64_t rtcp_interval_ms(bool first, uint32_t random);

#endif
