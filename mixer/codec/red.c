/* red.c - redundant audio: every length is checked before what it covers is looked at. */
#include "mixer/codec/red.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
    MORE = 0x80, /* another header follows this one */
    TYPE = 0x7f,
    HEADER_BYTES = 4,
    LAST_HEADER_BYTES = 1,
};

/* ---- reading ---- */

/* Type, 14 bits of offset, 10 of length. */
static struct red_block read_header(const uint8_t *at)
{
    return (struct red_block){
        .payload_type = at[0] & TYPE,
        .offset = (uint16_t)(at[1] << 6 | at[2] >> 2),
        .length = (size_t)((at[2] & 3) << 8 | at[3]),
    };
}

/* Returns the bytes of all headers; 0 if they are cut or too many. */
static size_t read_headers(const uint8_t *payload, size_t length, struct red *red)
{
    size_t at = 0;
    red->count = 0;
    while (red->count < RED_MAX_BLOCKS && at < length) {
        struct red_block *block = &red->block[red->count++];
        if (!(payload[at] & MORE)) {
            *block = (struct red_block){.payload_type = payload[at]};
            return at + LAST_HEADER_BYTES;
        }
        if (length - at < HEADER_BYTES)
            return 0;
        *block = read_header(payload + at);
        at += HEADER_BYTES;
    }
    return 0;
}

int red_read(const uint8_t *payload, size_t length, struct red *red)
{
    struct red read;
    size_t at = read_headers(payload, length, &read);
    if (!at)
        return -EBADMSG;
    for (unsigned i = 0; i < read.count; i++) {
        struct red_block *block = &read.block[i];
        if (i + 1 == read.count)
            block->length = length - at;
        if (block->length > length - at)
            return -EBADMSG;
        block->bytes = payload + at;
        at += block->length;
    }
    red->count = read.count;
    memcpy(red->block, read.block, read.count * sizeof(read.block[0]));
    return 0;
}

/* ---- writing ---- */

static bool is_expressible(const struct red_block *block)
{
    return block->offset <= RED_MAX_OFFSET && block->length <= RED_MAX_LENGTH;
}

/* Which of the redundant blocks are sent, newest first until the room is used up. Returns how
 * many of the blocks, counted from the end, have to be looked at. */
static unsigned choose(const struct red_block *blocks, unsigned count, size_t room)
{
    unsigned chosen = 1, kept = 1;
    for (unsigned i = 2; i <= count && kept < RED_MAX_BLOCKS; i++) {
        const struct red_block *block = &blocks[count - i];
        if (!is_expressible(block))
            continue;
        if (HEADER_BYTES + block->length > room)
            break;
        room -= HEADER_BYTES + block->length;
        chosen = i;
        kept++;
    }
    return chosen;
}

static uint8_t *write_header(uint8_t *at, const struct red_block *block)
{
    *at++ = (uint8_t)(MORE | (block->payload_type & TYPE));
    *at++ = (uint8_t)(block->offset >> 6);
    *at++ = (uint8_t)((block->offset & 0x3fU) << 2 | block->length >> 8);
    *at++ = (uint8_t)block->length;
    return at;
}

static uint8_t *write_bytes(uint8_t *at, const struct red_block *block)
{
    if (block->length)
        memcpy(at, block->bytes, block->length);
    return at + block->length;
}

int red_write(const struct red_block *blocks, unsigned count, uint8_t *out, size_t room)
{
    if (!count)
        return -EINVAL;
    const struct red_block *own = &blocks[count - 1];
    if (room < LAST_HEADER_BYTES || own->length > room - LAST_HEADER_BYTES)
        return -ENOBUFS;
    const struct red_block *first =
        blocks + count - choose(blocks, count, room - LAST_HEADER_BYTES - own->length);
    uint8_t *at = out;
    for (const struct red_block *block = first; block < own; block++) {
        if (is_expressible(block))
            at = write_header(at, block);
    }
    *at++ = own->payload_type & TYPE;
    for (const struct red_block *block = first; block < own; block++) {
        if (is_expressible(block))
            at = write_bytes(at, block);
    }
    return (int)(write_bytes(at, own) - out);
}
