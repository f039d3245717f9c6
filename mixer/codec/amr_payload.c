/* amr_payload.c - header, table of contents, and bits of AMR's payloads. */
#include "mixer/codec/amr_payload.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define NONE AMR_PAYLOAD_NO_TYPE

/* 3GPP TS 26.101 and 26.201; of AMR's types 9 to 14 are of other systems or of none. */
const uint16_t amr_payload_narrow[AMR_PAYLOAD_TYPES] = {
    95, 103, 118, 134, 148, 159, 204, 244, 39, NONE, NONE, NONE, NONE, NONE, NONE, 0};
const uint16_t amr_payload_wide[AMR_PAYLOAD_TYPES] = {
    132, 177, 253, 285, 317, 365, 397, 461, 477, 40, NONE, NONE, NONE, NONE, 0, 0};

enum { REQUEST_BITS = 4, ENTRY_BITS = 6, NO_REQUEST = 15 };

static unsigned get_bits(const uint8_t *data, size_t at, unsigned bits)
{
    unsigned value = 0;
    for (; bits--; at++)
        value = value << 1 | ((unsigned)data[at / 8] >> (7 - at % 8) & 1);
    return value;
}

/* ORs the bits into what is 0. */
static void put_bits(uint8_t *data, size_t at, unsigned bits, unsigned value)
{
    for (; bits--; at++)
        data[at / 8] |= (uint8_t)((value >> bits & 1u) << (7 - at % 8));
}

static void copy_bits(uint8_t *to, size_t to_at, const uint8_t *from, size_t from_at,
                      unsigned bits)
{
    for (; bits >= 8; bits -= 8, to_at += 8, from_at += 8)
        put_bits(to, to_at, 8, get_bits(from, from_at, 8));
    put_bits(to, to_at, bits, get_bits(from, from_at, bits));
}

/* What a field takes: whole octets if they are aligned. */
static size_t aligned(bool octet_align, size_t bits)
{
    return octet_align ? (bits + 7) / 8 * 8 : bits;
}

int amr_payload_read(struct amr_payload *payload, const uint16_t *bits_of_type,
                     bool octet_align, const uint8_t *data, size_t length)
{
    const size_t entry = aligned(octet_align, ENTRY_BITS), end = length * 8;
    size_t at = aligned(octet_align, REQUEST_BITS);
    bool more = true;
    if (at > end)
        return -EBADMSG;
    payload->data = data;
    payload->request = get_bits(data, 0, REQUEST_BITS);
    payload->count = 0;
    for (; more; at += entry) {
        if (at + entry > end || payload->count == AMR_PAYLOAD_MAX_FRAMES)
            return -EBADMSG;
        const unsigned type = get_bits(data, at + 1, 4), quality = get_bits(data, at + 5, 1);
        if (bits_of_type[type] == NONE)
            return -EBADMSG;
        more = get_bits(data, at, 1);
        payload->frame[payload->count].header = (uint8_t)(type << 3 | quality << 2);
        payload->frame[payload->count++].bits = bits_of_type[type];
    }
    for (unsigned i = 0; i < payload->count; i++) {
        payload->frame[i].at_bit = at;
        at += aligned(octet_align, payload->frame[i].bits);
    }
    return (at + 7) / 8 == length ? 0 : -EBADMSG;
}

unsigned amr_payload_frame(const struct amr_payload *payload, unsigned i, uint8_t *out)
{
    assert(i < payload->count);
    memset(out, 0, AMR_PAYLOAD_FRAME_BYTES);
    out[0] = payload->frame[i].header;
    copy_bits(out, 8, payload->data, payload->frame[i].at_bit, payload->frame[i].bits);
    return out[0] >> 3;
}

bool amr_payload_is_good(const uint8_t *frame)
{
    return frame[0] & 1 << 2;
}

/* An octet-aligned payload's second nibble is reserved and 0. In the other form it is the first
 * frame's type, and 0 for the two lowest modes of one frame only: then the length decides. */
int amr_payload_count(const uint16_t *bits_of_type, const uint8_t *data, size_t length)
{
    struct amr_payload payload;
    const bool first = length && (data[0] & 15) == 0;
    if (amr_payload_read(&payload, bits_of_type, first, data, length) < 0 &&
        amr_payload_read(&payload, bits_of_type, !first, data, length) < 0)
        return -EBADMSG;
    return (int)payload.count;
}

int amr_payload_write(const uint16_t *bits_of_type, bool octet_align,
                      const uint8_t frames[][AMR_PAYLOAD_FRAME_BYTES], unsigned count,
                      uint8_t *out, size_t room)
{
    const size_t entry = aligned(octet_align, ENTRY_BITS);
    size_t at = aligned(octet_align, REQUEST_BITS), end = at + count * entry;
    for (unsigned i = 0; i < count; i++)
        end += aligned(octet_align, bits_of_type[frames[i][0] >> 3 & 15]);
    const size_t bytes = (end + 7) / 8;
    if (bytes > room)
        return -ENOBUFS;
    memset(out, 0, bytes);
    put_bits(out, 0, REQUEST_BITS, NO_REQUEST);
    for (unsigned i = 0; i < count; i++, at += entry)
        put_bits(out, at, ENTRY_BITS, (i + 1 < count ? 1u << 5 : 0) | frames[i][0] >> 2);
    for (unsigned i = 0; i < count; i++) {
        const unsigned bits = bits_of_type[frames[i][0] >> 3 & 15];
        copy_bits(out, at, frames[i], 8, bits);
        at += aligned(octet_align, bits);
    }
    return (int)bytes;
}
