/* fuzz_jitter.c - any bytes as a run of puts, gets and resets: the buffer keeps its promises.
 *
 * Five bytes are one step: what to do, how far the sequence, the time stamp and the clock go.
 */
#include "server/rtp/jitter.h"

#include "mixer/base/clock.h"

#include <assert.h>
#include <string.h>

enum { STEP_BYTES = 5, DELAY_MS = 60, LIMIT_MS = 200, SLOTS = 16, PAYLOAD_BYTES = 32 };
enum { PLAY_UNIT = 16, MAX_PLAYED = 255 * PLAY_UNIT };

struct run {
    struct jitter *jitter;
    unsigned clock_hz;
    uint16_t sequence;
    uint32_t timestamp;
    int64_t now_ns;
};

static void put(struct run *run, unsigned what)
{
    /* the payload is the time stamp, so that a mix-up of slots is seen */
    uint8_t payload[PAYLOAD_BYTES + 1] = {0};
    memcpy(payload, &run->timestamp, sizeof(run->timestamp));
    size_t length = what & 0x40 ? sizeof(payload) : sizeof(run->timestamp);
    bool is_audio = !(what & 0x20);
    enum jitter_put result = jitter_put(run->jitter, run->sequence, run->timestamp, 0,
                                        is_audio ? payload : NULL, length, run->now_ns);
    if (result == JITTER_STORED || result == JITTER_RESET)
        assert(jitter_waiting_ms(run->jitter) <= LIMIT_MS + MAX_PLAYED / 8);
}

static void get(struct run *run, uint32_t play)
{
    struct jitter_packet packet;
    uint32_t units = 0, timestamp;
    switch (jitter_get(run->jitter, run->now_ns, &packet, &units)) {
    case JITTER_PACKET:
        assert(packet.length == sizeof(timestamp));
        memcpy(&timestamp, packet.payload, sizeof(timestamp));
        assert(timestamp == packet.timestamp);
        jitter_advance(run->jitter, play);
        break;
    case JITTER_LOST:
    case JITTER_QUIET:
        assert(units > 0 && units <= LIMIT_MS * run->clock_hz / 1000);
        jitter_advance(run->jitter, units < play ? units : play);
        break;
    case JITTER_EMPTY:
        break;
    }
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
    assert(jitter_stats(run->jitter)->waiting <= SLOTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jitter_config config = {DELAY_MS, LIMIT_MS, SLOTS, PAYLOAD_BYTES};
    struct run run = {.jitter = jitter_create(&config), .clock_hz = 8000};
    assert(run.jitter);
    jitter_reset(run.jitter, run.clock_hz);
    for (; size >= STEP_BYTES; data += STEP_BYTES, size -= STEP_BYTES)
        step(&run, data);
    jitter_destroy(run.jitter);
    return 0;
}
