/* av1_obu.c - AV1's units and headers. */
#include "mixer/video_codec/av1_obu.h"
#include "mixer/video_codec/bits.h"

#include <errno.h>

enum { FORBIDDEN = 0x80, HAS_EXTENSION = 0x04, HAS_SIZE = 0x02, KEY_FRAME = 0 };

int av1_obu_leb128_read(const uint8_t *bytes, size_t length, uint32_t *value)
{
    uint64_t read = 0;
    for (unsigned i = 0; i < AV1_OBU_LEB128_BYTES && i < length; i++) {
        read |= (uint64_t)(bytes[i] & 0x7f) << 7 * i;
        if (bytes[i] & 0x80)
            continue;
        if (read > UINT32_MAX)
            return -EBADMSG;
        *value = (uint32_t)read;
        return (int)i + 1;
    }
    return -EBADMSG;
}

size_t av1_obu_leb128_write(uint32_t value, uint8_t *out)
{
    size_t at = 0;
    for (; value >= 0x80; value >>= 7)
        out[at++] = (uint8_t)(value | 0x80);
    out[at++] = (uint8_t)value;
    return at;
}

int av1_obu_next(const uint8_t *bytes, size_t length, size_t *at, struct av1_obu *obu)
{
    if (*at >= length)
        return 0;
    size_t next = *at;
    const uint8_t head = bytes[next++];
    struct av1_obu read = {.type = (enum av1_obu_type)(head >> 3 & 15),
                           .head = {head & (uint8_t)~HAS_SIZE},
                           .head_length = 1};
    if (head & FORBIDDEN)
        return -EBADMSG;
    if (head & HAS_EXTENSION) {
        if (next == length)
            return -EBADMSG;
        read.head[read.head_length++] = bytes[next++];
    }
    read.length = length - next;
    if (head & HAS_SIZE) {
        uint32_t size;
        const int used = av1_obu_leb128_read(bytes + next, length - next, &size);
        if (used < 0 || size > length - next - (size_t)used)
            return -EBADMSG;
        next += (size_t)used;
        read.length = size;
    }
    read.payload = bytes + next;
    *at = next + read.length;
    *obu = read;
    return 1;
}

/* @return bits of buffer_delay, 0 if there is no decoder model. */
static unsigned skip_timing(struct bits *bits)
{
    if (!bits_flag(bits))
        return 0;
    bits_skip(bits, 64);
    if (bits_flag(bits))
        bits_exp_golomb(bits); /* uvlc() is the same */
    if (!bits_flag(bits))
        return 0;
    const unsigned delay_bits = bits_read(bits, 5) + 1;
    bits_skip(bits, 32 + 5 + 5);
    return delay_bits;
}

static void read_points(struct bits *bits, struct av1_obu_sequence *sequence)
{
    const unsigned delay_bits = skip_timing(bits);
    const bool has_display_delay = bits_flag(bits);
    const unsigned points = bits_read(bits, 5) + 1;
    for (unsigned i = 0; i < points; i++) {
        bits_skip(bits, 12);
        const uint8_t level = (uint8_t)bits_read(bits, 5);
        bits_skip(bits, level > 7 ? 1 : 0); /* tier */
        if (delay_bits && bits_flag(bits))
            bits_skip(bits, 2 * delay_bits + 1);
        if (has_display_delay && bits_flag(bits))
            bits_skip(bits, 4);
        if (level > sequence->level)
            sequence->level = level;
    }
}

int av1_obu_sequence(const struct av1_obu *obu, struct av1_obu_sequence *sequence)
{
    if (obu->type != AV1_OBU_SEQUENCE)
        return -EBADMSG;
    struct bits bits = bits_of(obu->payload, obu->length);
    struct av1_obu_sequence read = {.profile = (uint8_t)bits_read(&bits, 3)};
    bits_skip(&bits, 1); /* still_picture */
    read.is_still = bits_flag(&bits);
    if (read.is_still)
        read.level = (uint8_t)bits_read(&bits, 5);
    else
        read_points(&bits, &read);
    const unsigned width_bits = bits_read(&bits, 4) + 1, height_bits = bits_read(&bits, 4) + 1;
    const uint32_t width = bits_read(&bits, width_bits) + 1;
    const uint32_t height = bits_read(&bits, height_bits) + 1;
    if (bits.is_over || width > UINT16_MAX || height > UINT16_MAX)
        return -EBADMSG;
    read.width = (uint16_t)width;
    read.height = (uint16_t)height;
    *sequence = read;
    return 0;
}

bool av1_obu_is_key(const struct av1_obu *obu, const struct av1_obu_sequence *sequence)
{
    if (obu->type != AV1_OBU_FRAME && obu->type != AV1_OBU_FRAME_HEADER)
        return false;
    struct bits bits = bits_of(obu->payload, obu->length);
    if (sequence->is_still)
        return true;
    const bool is_repeated = bits_flag(&bits); /* show_existing_frame */
    const bool is_key = bits_read(&bits, 2) == KEY_FRAME, is_shown = bits_flag(&bits);
    return !bits.is_over && !is_repeated && is_key && is_shown;
}
