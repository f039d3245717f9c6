/*
 * eye_order.h - received packets in order again; which are missing, and for how long to wait.
 *
 *   eye_order_put(order, packet, length, now_ns);
 *   while (eye_order_next(order, now_ns, &packet, &gap)) ...      in order
 *   count = eye_order_missing(order, now_ns, list, room);         to be asked for (NACK) now
 *
 * Thread   one per object; nothing is allocated after eye_order_create().
 * Source   RFC 3550 section 5.1 (sequence), RFC 4585 section 6.2.1 (NACK).
 */
#ifndef TESTS_BENCH_EYE_ORDER_H
#define TESTS_BENCH_EYE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EYE_ORDER_PLACES = 1024, EYE_PACKET_BYTES = 1500 };

struct eye_packet {
    const uint8_t *payload;
    size_t length;
    uint32_t timestamp;
    bool marker;
};

struct eye_order_counters {
    uint64_t received, duplicated, malformed, octets;
    uint64_t lost;      /* were waited for and did not come                  */
    uint64_t recovered; /* came after they had been asked for                */
    uint64_t late;      /* came when nobody waited any more                  */
};

struct eye_order;

/** @p wait_ms: how long a packet is waited for once a later one has come. @return NULL: no
 * memory. */
struct eye_order *eye_order_create(unsigned wait_ms);
void eye_order_destroy(struct eye_order *order); /* NULL is allowed */

/** Takes an RTP packet, with its header. @return its SSRC; 0 if it is none. */
uint32_t eye_order_put(struct eye_order *order, const uint8_t *bytes, size_t length,
                       int64_t now_ns);

/** The next one in order; borrowed until the next put. @p gap: some before it are lost. */
bool eye_order_next(struct eye_order *order, int64_t now_ns, struct eye_packet *packet,
                    bool *gap);

/** Sequence numbers to ask for: at once, then each 40 ms. @return how many. */
unsigned eye_order_missing(struct eye_order *order, int64_t now_ns, uint16_t *list,
                           unsigned room);

const struct eye_order_counters *eye_order_counters(const struct eye_order *order);
void eye_order_reset(struct eye_order *order); /* counters only */

/** Highest sequence number so far, with its cycles; for reception reports. */
uint32_t eye_order_highest(const struct eye_order *order);

#endif
