/* transport_record.c - a ring of arrival times; what was told stays in it until it is written
 * over, so that one that comes late can be told with its neighbours. */
#include "server/rtp/transport_record.h"

#include <string.h>

enum { SLOTS = RTCP_MAX_TRANSPORT, STEP_MOST_US = 8000000 };

static int64_t *slot_of(struct transport_record *record, uint16_t sequence)
{
    return &record->arrival_ns[sequence % SLOTS];
}

static void start(struct transport_record *record, uint16_t sequence)
{
    memset(record->arrival_ns, 0, sizeof(record->arrival_ns));
    record->started = true;
    record->first = sequence;
    record->count = 1;
}

/* One newer than all before: those between have not come. */
static void extend(struct transport_record *record, uint16_t sequence)
{
    const unsigned count = (uint16_t)(sequence - record->first) + 1u;
    const unsigned more = count - record->count;
    for (unsigned i = 0; i < more && i < SLOTS; i++)
        *slot_of(record, (uint16_t)(sequence - i)) = 0;
    record->count = count < SLOTS ? count : SLOTS;
    record->first = (uint16_t)(sequence + 1 - record->count);
}

void transport_record_note(struct transport_record *record, uint16_t sequence,
                           int64_t arrival_ns)
{
    const int ahead = (int16_t)(sequence - record->first);
    if (!record->started) {
        start(record, sequence);
    } else if (ahead >= (int)record->count) {
        extend(record, sequence);
    } else if (ahead <= (int)record->count - 1 - SLOTS) {
        start(record, sequence); /* the sender has begun anew */
    } else if (*slot_of(record, sequence)) {
        return; /* a duplicate */
    } else if (ahead < 0) {
        record->first = sequence;
        record->count += (unsigned)-ahead;
    }
    *slot_of(record, sequence) = arrival_ns ? arrival_ns : 1;
}

/* How many one message can say: up to a pause that is too long for it. */
static unsigned lay_out(const struct transport_record *record,
                        struct rtcp_transport_packet *packets)
{
    unsigned sayable = 0;
    int64_t before_us = 0;
    for (unsigned i = 0; i < record->count; i++) {
        const uint16_t sequence = (uint16_t)(record->first + i);
        const int64_t arrival_ns = record->arrival_ns[sequence % SLOTS];
        packets[i] = (struct rtcp_transport_packet){
            .sequence = sequence, .received = arrival_ns != 0, .arrival_us = arrival_ns / 1000};
        if (!arrival_ns)
            continue;
        const int64_t step_us = packets[i].arrival_us - before_us;
        if (sayable && (step_us > STEP_MOST_US || step_us < -STEP_MOST_US))
            break;
        before_us = packets[i].arrival_us;
        sayable = i + 1;
    }
    return sayable;
}

size_t transport_record_write(struct transport_record *record, uint8_t *out, size_t room,
                              uint32_t own, uint32_t media)
{
    struct rtcp_transport_packet packets[RTCP_MAX_TRANSPORT];
    const unsigned count = lay_out(record, packets);
    const size_t bytes =
        rtcp_feedback_write_transport(out, room, own, media, record->number, packets, count);
    if (!bytes)
        return 0;
    record->number++;
    record->first = (uint16_t)(record->first + count);
    record->count -= count;
    return bytes;
}
