/*
 * packet_order.h - video packets put back in order, and the list of those to be asked for
 * again.
 *
 *   packet_order_put(order, &packet, now);                 each that comes, RTX unwrapped
 *   n = packet_order_missing(order, now, sequences, room); ...send a NACK for them...
 *   while (packet_order_take(order, now, &packet))         in order, packet.gap where some lack
 *
 * A packet waits only for those before it: as long as a retransmission may still come, and at
 * most max_wait_ms; without NACK as long as reordering needs. What is missed is asked for once
 * two more came that are newer, or 5 ms passed, so that mere reordering asks for nothing; then
 * every round-trip time (at least 10 ms), up to PACKET_ORDER_TRIES. It is given up max_wait_ms
 * after it was first missed, or a round-trip time after the last try.
 *
 * Shape    times are monotonic nanoseconds. At most PACKET_ORDER_SLOTS packets of
 *          PACKET_ORDER_BYTES wait; more push out the oldest gap, and then the oldest packet.
 *          Memory is taken as it is needed, in blocks of 24 kB, and bounded: 65 of them. It is
 *          given back by a reset.
 * Thread   one at a time: a leg's video worker. May allocate.
 * Source   RFC 4585 section 6.2.1, RFC 4588.
 */
#ifndef SERVER_RTP_PACKET_ORDER_H
#define SERVER_RTP_PACKET_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACKET_ORDER_SLOTS = 1024,
    PACKET_ORDER_BYTES = 1500,
    PACKET_ORDER_TRIES = 6,
    /* two in a row that are farther off than this start anew; or more than PACKET_ORDER_SLOTS
       behind: what is sent again may come late */
    PACKET_ORDER_JUMP = 512,
};

struct packet_order;

struct packet_order_config {
    bool nack;            /* the far end sends again what is asked for      */
    unsigned reorder_ms;  /* waiting without NACK, e.g. 20                  */
    unsigned max_wait_ms; /* the most that is waited for a retransmission   */
};

struct ordered_packet {
    const uint8_t *payload; /* borrowed until the next call */
    size_t length;
    uint32_t timestamp;
    uint16_t sequence;
    uint8_t payload_type;
    bool marker;
    bool gap; /* what is between this one and the one taken before is lost for good */
    int64_t arrival_ns;
};

enum packet_order_verdict {
    PACKET_ORDER_STORED,
    PACKET_ORDER_RECOVERED, /* stored, and it had been asked for     */
    PACKET_ORDER_DUPLICATE,
    PACKET_ORDER_LATE,  /* its turn is over; or the first from far off, not believed yet;
                           or there is no memory for it */
    PACKET_ORDER_RESET, /* a jump: what waited is gone; stored       */
    PACKET_ORDER_TOO_LONG,
};

struct packet_order_stats {
    uint64_t lost;      /* given up, or pushed out      */
    uint64_t asked;     /* sequence numbers in NACKs    */
    uint64_t recovered; /* of those asked for, in time  */
};

/** NULL: no memory. */
struct packet_order *packet_order_create(const struct packet_order_config *config);
void packet_order_destroy(struct packet_order *order); /* NULL is allowed */
/** Another source, or a new plan: nothing waits, the next packet is the first. */
void packet_order_reset(struct packet_order *order, const struct packet_order_config *config);
/** As measured by RTCP; 0: not known (100 ms are assumed). */
void packet_order_set_round_trip(struct packet_order *order, int64_t round_trip_ns);

/** How long it took from asking for the packet that was RECOVERED last until it came: a round
 *  trip also of who sends no reports. 0: not known, for it was asked for more than once. */
int64_t packet_order_answered_ns(const struct packet_order *order);

/** @p packet's payload is copied; gap is not read. */
enum packet_order_verdict packet_order_put(struct packet_order *order,
                                           const struct ordered_packet *packet);
bool packet_order_take(struct packet_order *order, int64_t now_ns,
                       struct ordered_packet *packet);
/** Those that are to be asked for now, rising; each is counted as asked. */
unsigned packet_order_missing(struct packet_order *order, int64_t now_ns, uint16_t *sequences,
                              unsigned room);
void packet_order_stats_read(const struct packet_order *order,
                             struct packet_order_stats *stats);

#endif
