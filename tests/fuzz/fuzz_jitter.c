/* fuzz_jitter.c - any bytes as a run of puts, gets and resets: the buffer keeps its promises.
 *
 * Five bytes are one step: what to do, how far the sequence, the time stamp and the clock go.
 */
#include "server/rtp/jitter.h"

#include "mixer/base/clock.h"

#include <assert.h>
#include <string.h>

enum { STEP_BYTES = 5, MIN_MS = 60, MAX_MS = 200, SLOTS = 16 };
enum { PAYLOAD_BYTES = 200, POOL_BYTES = 1200 }; /* less than all slots may want */
enum { PLAY_UNIT = 16, MAX_PLAYED = 255 * PLAY_UNIT };

struct run {
    struct jitter *jitter;
    unsigned clock_hz;
    uint16_t sequence;
    uint32_t timestamp;
    int64_t now_ns;
    uint32_t held;
};

/* The payload is the time stamp, over and over, so that a mix-up of blocks is seen. Its length
 * follows from it, too. */
static size_t fill(uint8_t *payload, uint32_t timestamp)
{
    size_t length = timestamp % (PAYLOAD_BYTES + 1);
    for (size_t i = 0; i < length; i++)
        payload[i] = (uint8_t)(timestamp >> i % 4 * 8);
    return length;
}

static void check(const struct jitter_packet *packet)
{
    uint8_t payload[PAYLOAD_BYTES];
    assert(packet->length == fill(payload, packet->timestamp));
    assert(memcmp(packet->payload, payload, packet->length) == 0);
}

static void put(struct run *run, unsigned what)
{
    uint8_t payload[PAYLOAD_BYTES + 1] = {0};
    size_t length = fill(payload, run->timestamp);
    if (what & 0x40)
        length = sizeof(payload);
    bool is_audio = !(what & 0x20);
    enum jitter_put result = jitter_put(run->jitter, run->sequence, run->timestamp, 0,
                                        is_audio ? payload : NULL, length, run->now_ns);
    if (result == JITTER_STORED || result == JITTER_RESET)
        assert(jitter_waiting_ms(run->jitter) <= MAX_MS + MAX_PLAYED / 8);
}

/* Looks in, which changes nothing but what the next get would do anyway. */
static bool look(struct run *run, struct jitter_packet *peeked)
{
    struct jitter_packet packet;
    int excess = jitter_excess_ms(run->jitter, run->now_ns, run->held);
    assert(excess >= -MAX_MS && excess <= MAX_MS + 2 * MAX_PLAYED / 8);
    if (jitter_next(run->jitter, &packet))
        check(&packet);
    if (jitter_last(run->jitter, &packet))
        check(&packet);
    bool is_there = jitter_peek(run->jitter, run->now_ns, peeked);
    if (is_there)
        check(peeked);
    return is_there;
}

static void get(struct run *run, uint32_t play)
{
    struct jitter_packet packet, peeked;
    uint32_t units = 0;
    bool is_there = look(run, &peeked);
    enum jitter_get what = jitter_get(run->jitter, run->now_ns, &packet, &units);
    assert(is_there == (what == JITTER_PACKET));
    switch (what) {
    case JITTER_PACKET:
        assert(packet.sequence == peeked.sequence);
        check(&packet);
        jitter_advance(run->jitter, play);
        break;
    case JITTER_LOST:
    case JITTER_QUIET:
        assert(units > 0 && units <= MAX_MS * run->clock_hz / 1000);
        jitter_advance(run->jitter, units < play ? units : play);
        break;
    case JITTER_EMPTY:
        break;
    }
    run->held = play;
}

static void step(struct run *run, const uint8_t *data)
{
    unsigned what = data[0];
    run->now_ns += data[4] * CLOCK_NS_PER_MS;
    switch (what & 0x07) {
    case 0: /* anywhere */
        run->sequence = (uint16_t)(data[1] << 8 | data[2]);
        run->timestamp = (uint32_t)data[3] << 24 | (uint32_t)data[2] << 12 | data[1];
        put(run, what);
        break;
    case 1:
        if (what == 0xf1) {
            run->clock_hz = data[1] & 1 ? 8000 : 48000;
            jitter_reset(run->jitter, run->clock_hz);
        } else {
            struct jitter_packet packet;
            look(run, &packet);
        }
        break;
    case 2:
    case 3:
        get(run, data[1] * (unsigned)PLAY_UNIT);
        break;
    default: /* near */
        run->sequence = (uint16_t)(run->sequence + (int8_t)data[1]);
        run->timestamp += (uint32_t)((int8_t)data[2] * 160 + (int8_t)data[3]);
        put(run, what);
    }
    const struct jitter_stats *stats = jitter_stats(run->jitter);
    assert(stats->waiting <= SLOTS);
    assert(stats->target_ms >= MIN_MS && stats->target_ms <= MAX_MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jitter_config config = {MIN_MS, MAX_MS, SLOTS, PAYLOAD_BYTES, POOL_BYTES};
    struct run run = {.jitter = jitter_create(&config), .clock_hz = 8000};
    assert(run.jitter);
    jitter_reset(run.jitter, run.clock_hz);
    for (; size >= STEP_BYTES; data += STEP_BYTES, size -= STEP_BYTES)
        step(&run, data);
    jitter_destroy(run.jitter);
    return 0;
}
