/* fuzz_rtx.c - any bytes as a packet of an RTX stream, put in order and taken: each one that is
 * stored comes out once, in order and whole, and points into what came. */
#include "server/rtp/packet_order.h"
#include "server/rtp/rtx.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ORIGINAL_TYPE = 96 };

static uint8_t last_byte[65536]; /* by sequence */

static int64_t take_all(struct packet_order *order, int64_t now_ns)
{
    struct ordered_packet packet;
    int64_t taken = 0;
    for (; packet_order_take(order, now_ns, &packet); taken++) {
        assert(packet.length <= PACKET_ORDER_BYTES);
        if (packet.length)
            assert(packet.payload[packet.length - 1] == last_byte[packet.sequence]);
    }
    return taken;
}

/* Datagrams, each behind two bytes: of its length, and of the milliseconds before it came. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct packet_order_config config = {
        .nack = true, .reorder_ms = 20, .max_wait_ms = 200};
    struct packet_order *order = packet_order_create(&config);
    int64_t now_ns = 0, stored = 0, taken = 0;
    assert(order);
    while (size > 2) {
        const size_t length = data[0] < size - 2 ? data[0] : size - 2;
        now_ns += data[1] * 1000000LL;
        struct rtp_packet packet;
        if (rtp_packet_read(data + 2, length, &packet) == 0) {
            const struct rtp_packet before = packet;
            const int error = rtx_unwrap(&packet, ORIGINAL_TYPE);
            assert(error == 0 || error == -EBADMSG || error == -ENODATA);
            assert(!error || memcmp(&packet.sequence, &before.sequence, sizeof(uint16_t)) == 0);
            assert(error || packet.payload + packet.payload_length <= data + 2 + length);
            const struct ordered_packet ordered = {.payload = packet.payload,
                                                   .length = packet.payload_length,
                                                   .sequence = packet.sequence,
                                                   .arrival_ns = now_ns};
            const enum packet_order_verdict verdict = packet_order_put(order, &ordered);
            assert(verdict != PACKET_ORDER_TOO_LONG);
            if (verdict != PACKET_ORDER_DUPLICATE && verdict != PACKET_ORDER_LATE) {
                stored++;
                if (packet.payload_length)
                    last_byte[packet.sequence] = packet.payload[packet.payload_length - 1];
            }
        }
        uint16_t sequences[16];
        assert(packet_order_missing(order, now_ns, sequences, 16) <= 16);
        if (data[0] & 1)
            taken += take_all(order, now_ns);
        data += 2 + length;
        size -= 2 + length;
    }
    taken += take_all(order, now_ns + 1000000000);
    assert(taken <= stored);
    packet_order_destroy(order);
    return 0;
}
