/*
 * rtp_pacer.h - how many bytes may leave now: what a picture is cut into leaves one after the
 * other, not in a burst that a narrow link would drop.
 *
 *   rtp_pacer_init(&pacer, now);
 *   rtp_pacer_set_rate(&pacer, 2 * encoder_bps, 5000);
 *   while (first && rtp_pacer_take(&pacer, now, first->bytes)) ...send the first...
 *
 * A bucket that fills with the rate and holds @p burst_bytes: in no time t leave more than
 * rate * t + burst_bytes, and after an idle time no more than burst_bytes at once.
 *
 * Shape    times are monotonic nanoseconds; one that goes back counts as none.
 * Thread   one at a time; pure.
 */
#ifndef SERVER_RTP_RTP_PACER_H
#define SERVER_RTP_RTP_PACER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RTP_PACER_LEAST_BURST = 1500, /* so that each packet can leave */
    RTP_PACER_MOST_BURST = 1 << 20,
};
#define RTP_PACER_MOST_BPS 100000000000ULL

struct rtp_pacer {
    uint64_t bps;
    int64_t credit, most; /* [bit * 10^9]: a nanosecond brings bps of them */
    int64_t since_ns;
};

/** Nothing may leave before the first rate is set; then a burst may at once. */
void rtp_pacer_init(struct rtp_pacer *pacer, int64_t now_ns);

/** Both are put within their limits. The time since the last take counts at the new rate. */
void rtp_pacer_set_rate(struct rtp_pacer *pacer, uint64_t bps, unsigned burst_bytes);

/** May @p bytes leave now? Then they are counted. More than the burst never may. */
bool rtp_pacer_take(struct rtp_pacer *pacer, int64_t now_ns, unsigned bytes);

#endif
