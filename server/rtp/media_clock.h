/*
 * media_clock.h - when something was sounded or seen, by its sender's own clock: RTP time
 * stamps, made NTP time by the sender reports. Of two streams of one sender (one cname) those
 * with the same NTP time belong together: lip-sync.
 *
 *   media_clock_note_report(&clock, compound.sender.ntp, compound.sender.timestamp, 90000);
 *   if (media_clock_ntp(&clock, packet.timestamp, &ntp)) ...
 *
 * A zeroed clock knows nothing. Reports are smoothed: what one says other than the ones before
 * counts by a quarter, unless it is more than a second: then the sender, or its clock, has
 * jumped, and it starts anew.
 *
 * Shape    NTP is 32.32 and may wrap; time stamps within 2^31 of the last report.
 * Thread   one at a time; pure.
 * Source   RFC 3550 section 6.4.1.
 */
#ifndef SERVER_RTP_MEDIA_CLOCK_H
#define SERVER_RTP_MEDIA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct media_clock {
    uint32_t rate;      /* [Hz]; 0: no report yet */
    uint32_t timestamp; /* of the last report ... */
    uint64_t ntp;       /* ... and when that was  */
};

/** One without an NTP time (0: its sender has no clock) or with an impossible @p rate is not
 *  used. Another rate, in Hz, starts anew. */
void media_clock_note_report(struct media_clock *clock, uint64_t ntp, uint32_t rtp_timestamp,
                             uint32_t rate);

/** False: no report was seen. */
bool media_clock_ntp(const struct media_clock *clock, uint32_t rtp_timestamp, uint64_t *ntp);

/** The same in nanoseconds since 1900, for comparing. */
bool media_clock_ns(const struct media_clock *clock, uint32_t rtp_timestamp, int64_t *ns);

#endif
