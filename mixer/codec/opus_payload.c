/* opus_payload.c - what an Opus packet says of itself without being decoded. */
#include "mixer/codec/opus_payload.h"

#include "mixer/codec/codec.h"

#include <errno.h>
#include <opus/opus.h>

enum {
    RATE_HZ = 48000,
    MAX_FRAMES = 48, /* of 2.5 ms */
    CELT = 0x80,     /* of the first byte */
    STEREO = 0x04,
    DTX_FRAME_BYTES = 1, /* a frame of at most so many is none */
};

struct frames {
    unsigned count;
    unsigned samples; /* of each */
    const uint8_t *data[MAX_FRAMES];
    opus_int16 bytes[MAX_FRAMES];
};

static bool split(const uint8_t *payload, size_t length, struct frames *frames)
{
    if (!length || length > CODEC_MAX_PAYLOAD_BYTES)
        return false;
    int count =
        opus_packet_parse(payload, (opus_int32)length, NULL, frames->data, frames->bytes, NULL);
    if (count < 1)
        return false;
    frames->count = (unsigned)count;
    frames->samples = (unsigned)opus_packet_get_samples_per_frame(payload, RATE_HZ);
    return true;
}

int opus_payload_samples(const uint8_t *payload, size_t length)
{
    struct frames frames;
    return split(payload, length, &frames) ? (int)(frames.count * frames.samples) : -EBADMSG;
}

bool opus_payload_is_celt(const uint8_t *payload)
{
    return payload[0] & CELT;
}

/* Flags of one channel: voice activity of each 20 ms, then redundancy. At most 4 bits. */
static unsigned flag_bits(unsigned frame_samples)
{
    return (frame_samples <= RATE_HZ / 50 ? 1 : frame_samples / (RATE_HZ / 50)) + 1;
}

/* The flags of channel 0 or 1, the redundancy flag lowest. */
static unsigned flags_of(unsigned first, unsigned bits, unsigned channel)
{
    return first >> (8 - bits * (channel + 1)) & ((1U << bits) - 1);
}

unsigned opus_payload_redundant_samples(const uint8_t *payload, size_t length)
{
    struct frames frames;
    if (!split(payload, length, &frames) || opus_payload_is_celt(payload) ||
        frames.bytes[0] <= DTX_FRAME_BYTES)
        return 0;
    const unsigned bits = flag_bits(frames.samples);
    unsigned flags = flags_of(frames.data[0][0], bits, 0);
    if (payload[0] & STEREO)
        flags |= flags_of(frames.data[0][0], bits, 1);
    return flags & 1 ? frames.samples : 0;
}

static bool is_quiet_celt(const uint8_t *frame)
{
    return frame[0] == 0xff && frame[1] >= 0xfe; /* one symbol of 1 in 32768 */
}

static bool is_quiet_silk(const uint8_t *frame, unsigned bits, bool stereo)
{
    unsigned flags = flags_of(frame[0], bits, 0);
    if (stereo)
        flags |= flags_of(frame[0], bits, 1);
    return flags >> 1 == 0;
}

bool opus_payload_is_quiet(const uint8_t *payload, size_t length)
{
    struct frames frames;
    if (!split(payload, length, &frames))
        return false;
    const unsigned bits = flag_bits(frames.samples);
    for (unsigned i = 0; i < frames.count; i++) {
        const uint8_t *frame = frames.data[i];
        if (frames.bytes[i] > DTX_FRAME_BYTES &&
            !(opus_payload_is_celt(payload) ? is_quiet_celt(frame)
                                            : is_quiet_silk(frame, bits, payload[0] & STEREO)))
            return false;
    }
    return true;
}
