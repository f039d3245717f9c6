/* packet_order.c - a ring of slots, one for each sequence number from the next to be taken to
 * the newest that came; payloads are in blocks. */
#include "server/rtp/packet_order.h"

#include "mixer/base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = PACKET_ORDER_SLOTS,
    BLOCK_PACKETS = 16,
    BLOCKS = SLOTS / BLOCK_PACKETS + 1, /* one more: a packet comes before another must go */
    BUFFERS = BLOCKS * BLOCK_PACKETS,
    NO_BUFFER = BUFFERS,
    REORDER_PACKETS = 2, /* newer ones that may overtake one before it is asked for ... */
    REORDER_MS = 5,      /* ... within this                                             */
    ROUND_TRIP_MS = 100, /* while it is not known */
    ROUND_TRIP_LEAST_MS = 10,
};
static_assert(SLOTS + PACKET_ORDER_JUMP < 1 << 15,
              "what is ahead and behind can be told apart");

enum slot_state { UNUSED, MISSING, PRESENT, TAKEN, GIVEN_UP };

struct slot {
    uint8_t state, tries;
    uint8_t payload_type;
    bool marker;
    uint16_t sequence, length, buffer;
    uint32_t timestamp;
    uint32_t missed_at;          /* how many newest ones had come when it was missed */
    int64_t arrival_ns;          /* PRESENT                              */
    int64_t missed_ns, asked_ns; /* MISSING: first; last                 */
};

struct packet_order {
    struct packet_order_config config;
    int64_t round_trip_ns;
    int64_t answered_ns;
    bool started;
    bool gap;            /* something lacks before the next that is taken    */
    bool has_stray;      /* one came from far off ...                        */
    uint16_t stray_next; /* ... and if this one follows, it was no stray     */
    uint16_t next, end;  /* the next to be taken; one behind the newest      */
    unsigned missing;    /* slots of this state                              */
    uint32_t newest;     /* how many came that were newer than all before    */
    uint16_t lent;       /* buffer of the packet taken last, or NO_BUFFER    */
    struct packet_order_stats stats;
    struct slot slot[SLOTS]; /* by sequence modulo this */

    unsigned blocks;
    uint8_t (*block[BLOCKS])[PACKET_ORDER_BYTES];
    unsigned free_count;
    uint16_t free_buffer[BUFFERS];
};

/* ---- buffers ---- */

static bool add_block(struct packet_order *order)
{
    if (order->blocks == BLOCKS)
        return false;
    uint8_t(*block)[PACKET_ORDER_BYTES] = malloc(sizeof(*block) * BLOCK_PACKETS);
    if (!block)
        return false;
    const unsigned first = order->blocks * BLOCK_PACKETS;
    for (unsigned i = BLOCK_PACKETS; i-- > 0;)
        order->free_buffer[order->free_count++] = (uint16_t)(first + i);
    order->block[order->blocks++] = block;
    return true;
}

static bool reserve(struct packet_order *order, uint16_t *buffer)
{
    if (!order->free_count && !add_block(order))
        return false;
    *buffer = order->free_buffer[--order->free_count];
    return true;
}

static void give_back(struct packet_order *order, uint16_t buffer)
{
    order->free_buffer[order->free_count++] = buffer;
}

static void end_loan(struct packet_order *order)
{
    if (order->lent != NO_BUFFER)
        give_back(order, order->lent);
    order->lent = NO_BUFFER;
}

static uint8_t *bytes_of(struct packet_order *order, uint16_t buffer)
{
    return order->block[buffer / BLOCK_PACKETS][buffer % BLOCK_PACKETS];
}

/* ---- life ---- */

static void clear(struct packet_order *order, const struct packet_order_config *config)
{
    order->config = *config;
    order->started = order->gap = order->has_stray = false;
    order->next = order->end = 0;
    order->missing = 0;
    order->newest = 0;
    order->lent = NO_BUFFER;
    memset(order->slot, 0, sizeof(order->slot));
}

static void free_blocks(struct packet_order *order)
{
    while (order->blocks)
        free(order->block[--order->blocks]);
    order->free_count = 0;
}

struct packet_order *packet_order_create(const struct packet_order_config *config)
{
    struct packet_order *order = calloc(1, sizeof(*order));
    if (!order)
        return NULL;
    clear(order, config);
    packet_order_set_round_trip(order, 0);
    if (!add_block(order)) {
        free(order);
        return NULL;
    }
    return order;
}

void packet_order_destroy(struct packet_order *order)
{
    if (!order)
        return;
    free_blocks(order);
    free(order);
}

void packet_order_reset(struct packet_order *order, const struct packet_order_config *config)
{
    free_blocks(order);
    clear(order, config);
}

void packet_order_set_round_trip(struct packet_order *order, int64_t round_trip_ns)
{
    const int64_t least = ROUND_TRIP_LEAST_MS * CLOCK_NS_PER_MS;
    if (round_trip_ns <= 0)
        order->round_trip_ns = ROUND_TRIP_MS * CLOCK_NS_PER_MS;
    else
        order->round_trip_ns = round_trip_ns > least ? round_trip_ns : least;
}

int64_t packet_order_answered_ns(const struct packet_order *order)
{
    return order->answered_ns > 0 ? order->answered_ns : 0;
}

/* ---- what comes ---- */

static struct slot *slot_of(struct packet_order *order, uint16_t sequence)
{
    return &order->slot[sequence % SLOTS];
}

/* The first that waits, or is waited for, is lost. */
static void give_up_first(struct packet_order *order)
{
    struct slot *slot = slot_of(order, order->next);
    if (slot->state == PRESENT)
        give_back(order, slot->buffer);
    else
        order->missing--;
    slot->state = GIVEN_UP;
    order->stats.lost++;
    order->gap = true;
    order->next++;
}

static void fill(struct packet_order *order, const struct ordered_packet *packet,
                 uint16_t buffer)
{
    struct slot *slot = slot_of(order, packet->sequence);
    slot->state = PRESENT;
    slot->sequence = packet->sequence;
    slot->payload_type = packet->payload_type;
    slot->marker = packet->marker;
    slot->timestamp = packet->timestamp;
    slot->arrival_ns = packet->arrival_ns;
    slot->length = (uint16_t)packet->length;
    slot->buffer = buffer;
    if (packet->length)
        memcpy(bytes_of(order, buffer), packet->payload, packet->length);
}

/* One newer than all before: those between are missed from now on. */
static void append(struct packet_order *order, const struct ordered_packet *packet,
                   uint16_t buffer)
{
    while ((uint16_t)(packet->sequence - order->next) >= SLOTS)
        give_up_first(order);
    order->newest++;
    for (; order->end != packet->sequence; order->end++, order->missing++)
        *slot_of(order, order->end) = (struct slot){.state = MISSING,
                                                    .sequence = order->end,
                                                    .missed_at = order->newest,
                                                    .missed_ns = packet->arrival_ns};
    fill(order, packet, buffer);
    order->end++;
}

static void start(struct packet_order *order, const struct ordered_packet *packet,
                  uint16_t buffer)
{
    order->started = true;
    order->has_stray = false;
    memset(order->slot, 0, sizeof(order->slot));
    order->next = order->end = packet->sequence;
    append(order, packet, buffer);
}

/* RFC 3550 appendix A.1: a jump is believed when two in a row say so. */
static bool is_new_beginning(struct packet_order *order, uint16_t sequence)
{
    if (order->has_stray && sequence == order->stray_next)
        return true;
    order->has_stray = true;
    order->stray_next = (uint16_t)(sequence + 1);
    return false;
}

static bool is_stored(enum packet_order_verdict verdict)
{
    return verdict == PACKET_ORDER_STORED || verdict == PACKET_ORDER_RECOVERED ||
           verdict == PACKET_ORDER_RESET;
}

static enum packet_order_verdict place(struct packet_order *order,
                                       const struct ordered_packet *packet, uint16_t buffer)
{
    const uint16_t sequence = packet->sequence;
    struct slot *slot = slot_of(order, sequence);
    if ((uint16_t)(sequence - order->next) < (uint16_t)(order->end - order->next)) {
        if (slot->state == PRESENT)
            return PACKET_ORDER_DUPLICATE;
        const bool asked = slot->tries > 0;
        order->answered_ns = slot->tries == 1 ? packet->arrival_ns - slot->asked_ns : 0;
        order->stats.recovered += asked;
        order->missing--;
        fill(order, packet, buffer);
        return asked ? PACKET_ORDER_RECOVERED : PACKET_ORDER_STORED;
    }
    if ((uint16_t)(sequence - order->end) < PACKET_ORDER_JUMP) {
        append(order, packet, buffer);
        return PACKET_ORDER_STORED;
    }
    if ((uint16_t)(order->next - sequence) <= SLOTS)
        return slot->state == TAKEN && slot->sequence == sequence ? PACKET_ORDER_DUPLICATE
                                                                  : PACKET_ORDER_LATE;
    if (!is_new_beginning(order, sequence))
        return PACKET_ORDER_LATE;
    while (order->next != order->end)
        give_up_first(order);
    order->gap = true;
    start(order, packet, buffer);
    return PACKET_ORDER_RESET;
}

enum packet_order_verdict packet_order_put(struct packet_order *order,
                                           const struct ordered_packet *packet)
{
    uint16_t buffer;
    end_loan(order);
    if (packet->length > PACKET_ORDER_BYTES)
        return PACKET_ORDER_TOO_LONG;
    if (!reserve(order, &buffer))
        return PACKET_ORDER_LATE; /* as if the network had lost it: it may be asked for again */
    if (!order->started) {
        start(order, packet, buffer);
        return PACKET_ORDER_STORED;
    }
    const enum packet_order_verdict verdict = place(order, packet, buffer);
    if (!is_stored(verdict))
        give_back(order, buffer);
    return verdict;
}

/* ---- what goes ---- */

/* Is there nothing left to wait for? */
static bool is_over(const struct packet_order *order, const struct slot *slot, int64_t now_ns)
{
    const int64_t waited_ns = now_ns - slot->missed_ns;
    if (!order->config.nack)
        return waited_ns >= order->config.reorder_ms * CLOCK_NS_PER_MS;
    return waited_ns >= order->config.max_wait_ms * CLOCK_NS_PER_MS ||
           (slot->tries == PACKET_ORDER_TRIES &&
            now_ns - slot->asked_ns >= order->round_trip_ns);
}

bool packet_order_take(struct packet_order *order, int64_t now_ns,
                       struct ordered_packet *packet)
{
    end_loan(order);
    struct slot *slot = slot_of(order, order->next);
    while (order->next != order->end && slot->state == MISSING) {
        if (!is_over(order, slot, now_ns))
            return false;
        give_up_first(order);
        slot = slot_of(order, order->next);
    }
    if (order->next == order->end)
        return false;
    *packet = (struct ordered_packet){.payload = bytes_of(order, slot->buffer),
                                      .length = slot->length,
                                      .timestamp = slot->timestamp,
                                      .sequence = slot->sequence,
                                      .payload_type = slot->payload_type,
                                      .marker = slot->marker,
                                      .gap = order->gap,
                                      .arrival_ns = slot->arrival_ns};
    order->lent = slot->buffer;
    order->gap = false;
    order->next++;
    slot->state = TAKEN;
    return true;
}

static bool is_to_be_asked(const struct packet_order *order, const struct slot *slot,
                           int64_t now_ns)
{
    if (is_over(order, slot, now_ns) || slot->tries == PACKET_ORDER_TRIES)
        return false;
    if (slot->tries)
        return now_ns - slot->asked_ns >= order->round_trip_ns;
    return order->newest - slot->missed_at >= REORDER_PACKETS ||
           now_ns - slot->missed_ns >= REORDER_MS * CLOCK_NS_PER_MS;
}

unsigned packet_order_missing(struct packet_order *order, int64_t now_ns, uint16_t *sequences,
                              unsigned room)
{
    unsigned count = 0, left = order->config.nack ? order->missing : 0;
    for (uint16_t at = order->next; left && count < room; at++) {
        struct slot *slot = slot_of(order, at);
        if (slot->state != MISSING)
            continue;
        left--;
        if (!is_to_be_asked(order, slot, now_ns))
            continue;
        slot->tries++;
        slot->asked_ns = now_ns;
        sequences[count++] = at;
    }
    order->stats.asked += count;
    return count;
}

void packet_order_stats_read(const struct packet_order *order, struct packet_order_stats *stats)
{
    *stats = order->stats;
}
