/*
 * bandwidth.h - how much a far end can be sent: from what it reports of loss and delay, and
 * what it asks for.
 *
 *   bandwidth_init(&bandwidth, start, least, most, now);
 *   bandwidth_on_report(..);  bandwidth_on_remb(..);  bandwidth_on_tmmbr(..);
 *   bandwidth_on_sent(..) and bandwidth_on_transport(..) where it sends transport-wide feedback
 *   bandwidth_bps(&bandwidth)            at most this, all in all (with retransmissions)
 *
 * Loss above 10 % lowers it at once, by half of the loss; below 2 % it grows by 8 % a second
 * while it is in use; between, it stays. Growing queues (the trend of the delay, by
 * transport-wide feedback) lower it to 0.85 of what came through, and so does one that stands,
 * of more than 100 ms, which can fill up before it is seen to grow; while they do not, what
 * delay allows grows by 8 % a second, too. Either is lowered no more often than every 300 ms:
 * what is reported sooner was sent before. In use means that at least two fifths are sent: one
 * that sends little learns nothing of what there is, but may be asked to send the next larger
 * step. REMB and TMMBR are bounds. It never leaves [least, most].
 *
 * Thread   one at a time; pure.
 * Source   draft-ietf-rmcat-gcc-02 sections 5 and 6, its filter replaced by a line fitted
 *          through the delays of the last 20 groups of packets; RFC 5104 section 4.2.1.
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

/** Packets sent within 5 ms: one burst. */
struct bandwidth_group {
    bool started;
    int64_t first_sent_ns, last_sent_ns;
    int64_t first_arrival_us, last_arrival_us;
};

struct bandwidth {
    uint64_t least_bps, most_bps;
    double loss_bps;                            /* what loss allows                         */
    double delay_bps;                           /* what delay allows; counts if has_delay   */
    bool has_delay;                             /* transport-wide feedback came             */
    uint64_t remb_bps, tmmbr_bps;               /* 0: never said                            */
    int64_t loss_ns, delay_ns;                  /* when they were looked at last            */
    int64_t loss_lowered_ns, delay_lowered_ns;  /* 0: never                                 */
    struct bandwidth_sent sent[BANDWIDTH_SENT]; /* by transport sequence modulo this        */
    struct {                                    /* the trend of the queueing delay          */
        struct bandwidth_group group, before;
        unsigned count;                                             /* of groups           */
        double delay_ms[BANDWIDTH_WINDOW], at_ms[BANDWIDTH_WINDOW]; /* by count modulo this */
        double sum_ms, smoothed_ms;                                 /* of the delay        */
        double slope;
        double base_ms;   /* the delay of an empty queue                  */
        double stood_ms;  /* the delay when it was lowered for a standing queue ... */
        int64_t stood_ns; /* ... and when that was; 0: it does not stand */
        unsigned stood_packets, stood_lost; /* since then */
        unsigned stood; /* how often it was, and the delay did not fall    */
        double threshold_ms;
        double over_ms;   /* how long it is above the threshold */
        unsigned overuse; /* groups above it, in a row          */
        int64_t first_arrival_us;
    } trend;
    struct {             /* what came through, by the far end's clock */
        double bps;      /* smoothed; 0: not known */
        double last_bps; /* in the last window     */
        uint64_t bytes;
        bool started;
        int64_t since_us, last_us;
    } received;
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
/** Each packet with a transport number, as it leaves. */
void bandwidth_on_sent(struct bandwidth *bandwidth, uint16_t transport_sequence, unsigned bytes,
                       int64_t now_ns);
/** The far end's answer; packets that it tells again are not counted again. */
void bandwidth_on_transport(struct bandwidth *bandwidth,
                            const struct rtcp_transport_packet *packets, unsigned count,
                            int64_t now_ns);
uint64_t bandwidth_bps(const struct bandwidth *bandwidth);

#endif
