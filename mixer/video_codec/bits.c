/* bits.c - one bit at a time: headers are short. */
#include "mixer/video_codec/bits.h"

#include <assert.h>

enum { MAX_BITS = 32 };

struct bits bits_of(const uint8_t *bytes, size_t length)
{
    return (struct bits){.bytes = bytes, .length = length};
}

size_t bits_left(const struct bits *bits)
{
    return bits->length * 8 - bits->at;
}

uint32_t bits_read(struct bits *bits, unsigned count)
{
    assert(count <= MAX_BITS);
    if (bits->is_over || count > bits_left(bits)) {
        bits->is_over = true;
        return 0;
    }
    uint32_t value = 0;
    for (; count--; bits->at++)
        value = value << 1 | (bits->bytes[bits->at / 8] >> (7 - bits->at % 8) & 1);
    return value;
}

bool bits_flag(struct bits *bits)
{
    return bits_read(bits, 1);
}

void bits_skip(struct bits *bits, size_t count)
{
    if (bits->is_over || count > bits_left(bits))
        bits->is_over = true;
    else
        bits->at += count;
}

uint32_t bits_exp_golomb(struct bits *bits)
{
    unsigned zeros = 0;
    while (!bits->is_over && !bits_flag(bits))
        zeros++;
    if (zeros >= MAX_BITS)
        bits->is_over = true;
    if (bits->is_over)
        return 0;
    return (uint32_t)((UINT64_C(1) << zeros) - 1) + bits_read(bits, zeros);
}

int32_t bits_exp_golomb_signed(struct bits *bits)
{
    const uint32_t value = bits_exp_golomb(bits);
    return value & 1 ? (int32_t)(value / 2 + 1) : -(int32_t)(value / 2);
}
