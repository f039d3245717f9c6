/* eye_order.c - a ring of places by extended sequence number. */
#include "tests/bench/eye_order.h"

#include "mixer/base/clock.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 12, ASK_AGAIN_MS = 40 };

struct place {
    uint64_t sequence; /* extended; of another lap: the place is free     */
    int64_t ask_ns;    /* missing: when to ask; 0: not noticed as missing */
    int64_t missed_ns; /* when it was noticed                             */
    bool has_come, asked;
    size_t length;
    uint8_t bytes[EYE_PACKET_BYTES];
};

struct eye_order {
    unsigned wait_ms;
    bool started, gap;
    uint32_t ssrc;
    uint64_t next;    /* to be given out              */
    uint64_t highest; /* that has come                */
    struct eye_order_counters counters;
    struct place place[EYE_ORDER_PLACES];
};

struct eye_order *eye_order_create(unsigned wait_ms)
{
    struct eye_order *order = calloc(1, sizeof(*order));
    if (order)
        order->wait_ms = wait_ms;
    return order;
}

void eye_order_destroy(struct eye_order *order)
{
    free(order);
}

static struct place *place_of(struct eye_order *order, uint64_t sequence)
{
    return &order->place[sequence % EYE_ORDER_PLACES];
}

static void start(struct eye_order *order, uint16_t sequence, uint32_t ssrc)
{
    order->gap = order->started; /* another stream: what was begun is not ended */
    order->started = true;
    order->ssrc = ssrc;
    order->next = 65536U + sequence;
    order->highest = order->next - 1;
}

static uint32_t word(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The payload's place behind CSRCs and extension; false: malformed. Cuts the padding off. */
static bool find_payload(const uint8_t *bytes, size_t *length, size_t *at)
{
    if (*length < HEADER_BYTES || bytes[0] >> 6 != 2)
        return false;
    *at = HEADER_BYTES + 4U * (bytes[0] & 15U);
    if (bytes[0] & 0x10) {
        if (*length < *at + 4)
            return false;
        *at += 4U + 4U * ((unsigned)bytes[*at + 2] << 8 | bytes[*at + 3]);
    }
    if (bytes[0] & 0x20) {
        size_t padding = bytes[*length - 1];
        if (!padding || *length < *at + padding)
            return false;
        *length -= padding;
    }
    return *length >= *at;
}

/* Marks what lies between the highest so far and @p sequence as missing. */
static void go_forward(struct eye_order *order, uint64_t sequence, int64_t now_ns)
{
    for (uint64_t i = order->highest + 1; i <= sequence; i++)
        *place_of(order, i) =
            (struct place){.sequence = i, .ask_ns = now_ns, .missed_ns = now_ns};
    order->highest = sequence;
}

static void keep(struct eye_order *order, uint64_t sequence, const uint8_t *bytes,
                 size_t length)
{
    struct place *place = place_of(order, sequence);
    if (place->sequence == sequence && place->has_come) {
        order->counters.duplicated++;
        return;
    }
    if (sequence < order->next) {
        order->counters.late++;
        return;
    }
    order->counters.recovered += place->asked;
    place->has_come = true;
    place->length = length;
    memcpy(place->bytes, bytes, length);
}

uint32_t eye_order_put(struct eye_order *order, const uint8_t *bytes, size_t length,
                       int64_t now_ns)
{
    size_t payload;
    if (length > EYE_PACKET_BYTES || !find_payload(bytes, &length, &payload)) {
        order->counters.malformed++;
        return 0;
    }
    uint16_t number = (uint16_t)(bytes[2] << 8 | bytes[3]);
    uint32_t ssrc = word(bytes + 8);
    int ahead = (int16_t)(number - (uint16_t)order->highest);
    if (!order->started || ssrc != order->ssrc || ahead >= EYE_ORDER_PLACES / 2 ||
        ahead <= -EYE_ORDER_PLACES / 2) {
        start(order, number, ssrc);
        ahead = 1;
    }
    order->counters.received++;
    order->counters.octets += length;
    uint64_t sequence = (uint64_t)((int64_t)order->highest + ahead);
    if (ahead > 0)
        go_forward(order, sequence, now_ns);
    keep(order, sequence, bytes, length);
    return ssrc;
}

static bool is_given_up(const struct eye_order *order, const struct place *place,
                        int64_t now_ns)
{
    return now_ns - place->missed_ns >= order->wait_ms * CLOCK_NS_PER_MS ||
           order->highest - order->next >= EYE_ORDER_PLACES - 1;
}

bool eye_order_next(struct eye_order *order, int64_t now_ns, struct eye_packet *packet,
                    bool *gap)
{
    for (; order->started && order->next <= order->highest; order->next++) {
        struct place *place = place_of(order, order->next);
        if (place->sequence == order->next && place->has_come) {
            size_t at = 0, length = place->length;
            find_payload(place->bytes, &length, &at);
            *packet = (struct eye_packet){place->bytes + at, length - at,
                                          word(place->bytes + 4), place->bytes[1] & 0x80};
            *gap = order->gap;
            order->gap = false;
            order->next++;
            return true;
        }
        if (place->sequence == order->next && !is_given_up(order, place, now_ns))
            return false;
        order->counters.lost++;
        order->gap = true;
    }
    return false;
}

unsigned eye_order_missing(struct eye_order *order, int64_t now_ns, uint16_t *list,
                           unsigned room)
{
    unsigned count = 0;
    for (uint64_t i = order->next; order->started && i < order->highest && count < room; i++) {
        struct place *place = place_of(order, i);
        if (place->sequence != i || place->has_come || now_ns < place->ask_ns)
            continue;
        place->asked = true;
        place->ask_ns = now_ns + ASK_AGAIN_MS * CLOCK_NS_PER_MS;
        list[count++] = (uint16_t)i;
    }
    return count;
}

const struct eye_order_counters *eye_order_counters(const struct eye_order *order)
{
    return &order->counters;
}

void eye_order_reset(struct eye_order *order)
{
    order->counters = (struct eye_order_counters){0};
}

uint32_t eye_order_highest(const struct eye_order *order)
{
    return (uint32_t)order->highest;
}
