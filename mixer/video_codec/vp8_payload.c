/* vp8_payload.c - VP8: packets to pictures and back. */
#include "mixer/video_codec/vp8_payload.h"
#include "mixer/video_codec/assembly.h"
#include "mixer/video_codec/even_cut.h"
#include "mixer/video_codec/layer_chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* first byte */
    EXTENDED = 0x80,
    NON_REFERENCE = 0x20,
    START = 0x10,
    PARTITION = 0x07,
    /* X */
    HAS_ID = 0x80,
    HAS_BASE = 0x40,
    HAS_LAYER = 0x20,
    HAS_KEY_INDEX = 0x10,
    /* behind them */
    LONG_ID = 0x80,
    BASE_ONLY = 0x20,
    LAYER_SHIFT = 6,
    /* the frame's own header */
    INTER_FRAME = 0x01,
    SYNC_AT = 3,
    SIZE_AT = 6,
    KEY_BYTES = 10,
    SIZE_MASK = 0x3fff, /* above are two bits of scaling, which is the shower's */
    OUT_HEAD = 4,
};

struct descriptor {
    size_t length;
    bool is_start; /* of the first partition */
    struct layer_chain_picture picture;
};

struct video_assembler {
    struct assembly assembly;
    struct layer_chain chain;
    struct layer_chain_picture picture; /* of the last descriptor that could be read */
    bool is_begun;                      /* the first packet has come */
};

int vp8_payload_header(const uint8_t *bytes, size_t length, struct vp8_payload_header *header)
{
    static const uint8_t sync[] = {0x9d, 0x01, 0x2a};
    struct vp8_payload_header read = {0};
    if (length < SYNC_AT)
        return -EBADMSG;
    read.is_key = !(bytes[0] & INTER_FRAME);
    if (read.is_key) {
        if (length < KEY_BYTES || memcmp(bytes + SYNC_AT, sync, sizeof(sync)) != 0)
            return -EBADMSG;
        const uint8_t *at = bytes + SIZE_AT;
        read.width = (uint16_t)((at[0] | at[1] << 8) & SIZE_MASK);
        read.height = (uint16_t)((at[2] | at[3] << 8) & SIZE_MASK);
        if (!read.width || !read.height)
            return -EBADMSG;
    }
    *header = read;
    return 0;
}

/* The next byte, if @p is_there. @return false: the payload is cut. */
static bool next(const struct video_packet *packet, size_t *at, bool is_there, uint8_t *byte)
{
    *byte = 0;
    if (!is_there)
        return true;
    if (*at >= packet->length)
        return false;
    *byte = packet->payload[(*at)++];
    return true;
}

static int read_descriptor(const struct video_packet *packet, struct descriptor *descriptor)
{
    uint8_t first, extension, id, id_low, base, layer;
    size_t at = 0;
    if (!next(packet, &at, true, &first) || !next(packet, &at, first & EXTENDED, &extension) ||
        !next(packet, &at, extension & HAS_ID, &id) ||
        !next(packet, &at, id & LONG_ID, &id_low) ||
        !next(packet, &at, extension & HAS_BASE, &base) ||
        !next(packet, &at, extension & (HAS_LAYER | HAS_KEY_INDEX), &layer) ||
        at == packet->length)
        return -EBADMSG;
    const bool has_layer = extension & HAS_LAYER, is_long = id & LONG_ID;
    *descriptor = (struct descriptor){
        .length = at,
        .is_start = (first & (START | PARTITION)) == START,
        .picture = {.is_unneeded = first & NON_REFERENCE,
                    .id_bits = extension & HAS_ID ? is_long ? 15 : 7 : 0,
                    .id = (uint16_t)(is_long ? (id & 0x7f) << 8 | id_low : id),
                    .has_base = has_layer && extension & HAS_BASE,
                    .base = base,
                    .layer = has_layer ? layer >> LAYER_SHIFT : 0,
                    .is_on_base_only = has_layer && layer & BASE_ONLY},
    };
    return 0;
}

static void begin(struct video_assembler *assembler)
{
    assembler->picture = (struct layer_chain_picture){0};
    assembler->is_begun = false;
}

static int add(struct video_assembler *assembler, const struct video_packet *packet)
{
    struct assembly *assembly = &assembler->assembly;
    struct descriptor descriptor;
    if (read_descriptor(packet, &descriptor) < 0)
        return -EBADMSG;
    assembler->picture = descriptor.picture;
    if (descriptor.is_start == assembler->is_begun) { /* a second beginning, or none */
        const bool is_known = assembly->is_torn || assembly->is_after_gap;
        assembly->is_torn = true;
        if (!is_known)
            return -EBADMSG;
    }
    assembler->is_begun |= descriptor.is_start;
    return assembly_append(assembly, packet->payload + descriptor.length,
                           packet->length - descriptor.length);
}

static bool finish(struct video_assembler *assembler, struct video_frame *frame)
{
    const struct assembly *assembly = &assembler->assembly;
    struct layer_chain_picture *picture = &assembler->picture;
    struct vp8_payload_header header = {0};
    picture->timestamp = assembly->timestamp;
    picture->is_after_gap = assembly->is_after_gap;
    picture->is_whole = !assembly->is_torn && assembler->is_begun &&
                        vp8_payload_header(assembly->bytes, assembly->length, &header) == 0;
    picture->is_key = header.is_key;
    frame->is_key = header.is_key;
    frame->is_discardable = picture->is_unneeded && !header.is_key;
    frame->is_broken = !layer_chain_take(&assembler->chain, picture);
    frame->width = header.width;
    frame->height = header.height;
    return true;
}

int vp8_payload_assembler_create(struct video_assembler **assembler)
{
    struct video_assembler *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    *assembler = made;
    return 0;
}

void vp8_payload_assembler_destroy(struct video_assembler *assembler)
{
    if (!assembler)
        return;
    assembly_finish(&assembler->assembly);
    free(assembler);
}

int vp8_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                         struct video_frame *frame)
{
    static const struct assembly_format format = {begin, add, finish};
    return assembly_take(&assembler->assembly, assembler, &format, packet, frame);
}

int vp8_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                         size_t max_payload_bytes, struct video_numbers *numbers,
                         struct video_fragments *fragments)
{
    (void)params;
    fragments->count = 0;
    if (max_payload_bytes <= OUT_HEAD)
        return -E2BIG;
    const size_t count = even_cut_count(frame->length, max_payload_bytes - OUT_HEAD);
    if (count > VIDEO_MAX_FRAGMENTS)
        return -E2BIG;
    const uint8_t *at = frame->bytes;
    for (size_t i = 0; i < count; i++) {
        const size_t length = even_cut_length(frame->length, count, i);
        const unsigned first =
            EXTENDED | (frame->is_discardable ? NON_REFERENCE : 0U) | (i == 0 ? START : 0U);
        fragments->fragment[i] = (struct video_fragment){
            .head = {(uint8_t)first, HAS_ID, (uint8_t)(LONG_ID | numbers->picture_id >> 8),
                     (uint8_t)numbers->picture_id},
            .head_length = OUT_HEAD,
            .bytes = at,
            .length = length,
        };
        at += length;
    }
    fragments->count = (unsigned)count;
    numbers->picture_id = (numbers->picture_id + 1) & 0x7fff;
    return 0;
}
