/*
 * bandwidth.h - how much a far end can be sent: from what it reports of loss and delay, and
 * what it asks for.
 *
 *   bandwidth_init(&bandwidth, start, least, most);
 *   bandwidth_on_report(..);  bandwidth_on_remb(..);  bandwidth_on_tmmbr(..);
 *   bandwidth_on_sent(..) and bandwidth_on_transport(..) where it sends transport-wide feedback
 *   bandwidth_bps(&bandwidth, now)       at most this, all in all (with retransmissions)
 *
 * Loss above 10 % lowers it at once, by half of the loss; below 2 % it grows by 8 % a second
 * while it is in use; between, it stays. Growing queues (delay gradient of the transport-wide
 * feedback) lower it to 0.85 of what came through. REMB and TMMBR are bounds. It never leaves
 * [least, most].
 *
 * Thread   one at a time; pure.
 * Source   draft-ietf-rmcat-gcc-02 sections 5 and 6; RFC 5104 section 4.2.1.
 */
#ifndef SERVER_RTP_BANDWIDTH_H
#define SERVER_RTP_BANDWIDTH_H

#include "server/rtp/rtcp_feedback.h"

#include <stdbool.h>
#include <stdint.h>

enum { BANDWIDTH_SENT = 1024, BANDWIDTH_WINDOW = 20 };

struct bandwidth_sent {
    uint16_t sequence;
    uint16_t bytes;
    bool known;
    int64_t sent_ns;
};

struct bandwidth {
    uint64_t least_bps, most_bps;
    double loss_bps;                            /* what loss allows                      */
    double delay_bps;                           /* what delay allows                     */
    uint64_t remb_bps, tmmbr_bps;               /* 0: never said           */
    int64_t loss_ns, delay_ns;                  /* when they changed last  */
    struct bandwidth_sent sent[BANDWIDTH_SENT]; /* by transport sequence */
    struct {                                    /* the trend of the queueing delay */
        unsigned count;
        double delay_ms[BANDWIDTH_WINDOW], at_ms[BANDWIDTH_WINDOW];
        double smoothed_ms, sum_ms;
        int64_t first_arrival_us, last_arrival_us, last_sent_ns;
        bool started;
        double threshold_ms;
        unsigned overuse; /* in a row */
    } trend;
    double received_bps; /* acknowledged, smoothed */
    uint64_t received_bytes;
    int64_t received_since_ns;
};

void bandwidth_init(struct bandwidth *bandwidth, uint64_t start_bps, uint64_t least_bps,
                    uint64_t most_bps, int64_t now_ns);
/** New bounds: by the plan or the room. */
void bandwidth_set_bounds(struct bandwidth *bandwidth, uint64_t least_bps, uint64_t most_bps);
/** @p fraction_lost: of 256, from a report block; @p sent_bps: what was sent in its time. */
void bandwidth_on_report(struct bandwidth *bandwidth, uint8_t fraction_lost, uint64_t sent_bps,
                         int64_t now_ns);
void bandwidth_on_remb(struct bandwidth *bandwidth, uint64_t bps);
void bandwidth_on_tmmbr(struct bandwidth *bandwidth, uint64_t bps);
void bandwidth_on_sent(struct bandwidth *bandwidth, uint16_t transport_sequence, unsigned bytes,
                       int64_t now_ns);
void bandwidth_on_transport(struct bandwidth *bandwidth,
                            const struct rtcp_transport_packet *packets, unsigned count,
                            int64_t now_ns);
uint64_t bandwidth_bps(const struct bandwidth *bandwidth);

#endif
