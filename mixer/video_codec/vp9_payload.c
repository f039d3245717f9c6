/* vp9_payload.c - VP9: packets to pictures and back. */
#include "mixer/video_codec/vp9_payload.h"
#include "mixer/video_codec/assembly.h"
#include "mixer/video_codec/bits.h"
#include "mixer/video_codec/even_cut.h"
#include "mixer/video_codec/layer_chain.h"
#include "mixer/video_codec/vp9_descriptor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME_MARKER = 2,
    SYNC_CODE = 0x498342,
    SRGB = 7,
    INDEX_MARKER = 0xc0,
    INDEX_SIZE_BYTES = 4,
    HISTORY = 128, /* P_DIFF has 7 bits */
};

struct video_assembler {
    struct assembly assembly;
    struct layer_chain chain;
    struct vp9_descriptor first; /* of the picture */
    struct vp9_descriptor sized; /* the one that says sizes */
    bool has_first;
    bool is_in_layer; /* begun and not ended */
    unsigned layers;
    uint8_t top;                         /* spatial layer, the last that came */
    size_t begin[VP9_DESCRIPTOR_LAYERS]; /* of each layer's frame, in the bytes */
    unsigned references;                 /* of all layers */
    uint8_t reference[VP9_DESCRIPTOR_LAYERS * VP9_DESCRIPTOR_REFERENCES];
    /* flexible mode: the pictures up to last_id that can be referred to */
    bool is_there[HISTORY];
    uint16_t last_id;
    uint32_t last_timestamp;
};

/* ---- the frame's header ---- */

static bool skip_colours(struct bits *bits, unsigned profile)
{
    if (profile >= 2)
        bits_skip(bits, 1); /* ten_or_twelve_bit */
    const bool is_subsampled = !(profile & 1);
    if (bits_read(bits, 3) == SRGB) {
        bits_skip(bits, 1);
        return !is_subsampled;
    }
    bits_skip(bits, is_subsampled ? 1 : 4);
    return true;
}

int vp9_payload_header(const uint8_t *bytes, size_t length, struct vp9_payload_header *header)
{
    struct bits bits = bits_of(bytes, length);
    struct vp9_payload_header read = {0};
    if (bits_read(&bits, 2) != FRAME_MARKER)
        return -EBADMSG;
    read.profile = (uint8_t)bits_read(&bits, 1);
    read.profile |= (uint8_t)(bits_read(&bits, 1) << 1);
    if (read.profile == 3 && bits_flag(&bits))
        return -EBADMSG;
    const bool is_repeated = bits_flag(&bits); /* show_existing_frame */
    read.is_key = !is_repeated && !bits_flag(&bits);
    if (read.is_key) {
        bits_skip(&bits, 2); /* show_frame, error_resilient_mode */
        if (bits_read(&bits, 24) != SYNC_CODE || !skip_colours(&bits, read.profile))
            return -EBADMSG;
        const uint32_t width = bits_read(&bits, 16) + 1, height = bits_read(&bits, 16) + 1;
        if (width > UINT16_MAX || height > UINT16_MAX)
            return -EBADMSG;
        read.width = (uint16_t)width;
        read.height = (uint16_t)height;
    }
    if (bits.is_over)
        return -EBADMSG;
    *header = read;
    return 0;
}

/* ---- packets ---- */

static void begin(struct video_assembler *assembler)
{
    assembler->has_first = assembler->is_in_layer = false;
    assembler->layers = assembler->references = 0;
    assembler->first = assembler->sized = (struct vp9_descriptor){0};
}

/* A layer's frame begins. */
static int begin_layer(struct video_assembler *assembler,
                       const struct vp9_descriptor *descriptor)
{
    struct assembly *assembly = &assembler->assembly;
    const bool is_first = assembler->layers == 0;
    if (assembler->layers == VP9_DESCRIPTOR_LAYERS ||
        (!is_first && descriptor->spatial <= assembler->top))
        return -EBADMSG;
    const unsigned expected = is_first ? 0 : assembler->top + 1U;
    assembly->is_torn |=
        assembler->is_in_layer || (descriptor->is_on_lower && descriptor->spatial != expected);
    assembler->begin[assembler->layers++] = assembly->length;
    assembler->top = descriptor->spatial;
    assembler->is_in_layer = true;
    memcpy(assembler->reference + assembler->references, descriptor->reference,
           descriptor->references);
    assembler->references += descriptor->references;
    return 0;
}

static int add(struct video_assembler *assembler, const struct video_packet *packet)
{
    struct assembly *assembly = &assembler->assembly;
    struct vp9_descriptor descriptor;
    const int head = vp9_descriptor_read(packet->payload, packet->length, &descriptor);
    if (head < 0)
        return head;
    if (!assembler->has_first)
        assembler->first = descriptor;
    assembler->has_first = true;
    if (packet->gap)
        assembler->is_in_layer = false;
    const int begun = descriptor.is_begin ? begin_layer(assembler, &descriptor) : 0;
    if (begun < 0)
        return begun;
    if (!assembler->is_in_layer) {
        const bool is_known = assembly->is_torn || assembly->is_after_gap;
        assembly->is_torn = true;
        return is_known ? 0 : -EBADMSG;
    }
    if (descriptor.sizes)
        assembler->sized = descriptor;
    assembler->is_in_layer = !descriptor.is_end;
    return assembly_append(assembly, packet->payload + head, packet->length - (size_t)head);
}

/* ---- pictures ---- */

/* Behind the frames of several layers: how long each is. */
static int append_index(struct video_assembler *assembler)
{
    uint8_t index[2 + VP9_DESCRIPTOR_LAYERS * INDEX_SIZE_BYTES];
    const unsigned layers = assembler->layers;
    const uint8_t marker = (uint8_t)(INDEX_MARKER | (INDEX_SIZE_BYTES - 1) << 3 | (layers - 1));
    size_t at = 0;
    index[at++] = marker;
    for (unsigned i = 0; i < layers; i++) {
        const size_t end =
            i + 1 < layers ? assembler->begin[i + 1] : assembler->assembly.length;
        const size_t length = end - assembler->begin[i];
        for (unsigned byte = 0; byte < INDEX_SIZE_BYTES; byte++)
            index[at++] = (uint8_t)(length >> 8 * byte);
    }
    index[at++] = marker;
    return assembly_append(&assembler->assembly, index, at);
}

/* Pictures between the last one and this one have not come. */
static void pass_to(struct video_assembler *assembler)
{
    const struct assembly *assembly = &assembler->assembly;
    const struct vp9_descriptor *first = &assembler->first;
    const uint32_t mask = (UINT32_C(1) << first->id_bits) - 1;
    const uint32_t passed = assembly->timestamp - assembler->last_timestamp;
    uint32_t missing = (uint32_t)(first->id - assembler->last_id) & mask;
    if (missing > HISTORY ||
        (assembly->is_after_gap && passed > mask * LAYER_CHAIN_LEAST_TICKS))
        missing = HISTORY; /* or the counter has gone round */
    for (; missing; missing--)
        assembler->is_there[(first->id - missing + 1) % HISTORY] = false;
    assembler->last_id = first->id;
    assembler->last_timestamp = assembly->timestamp;
}

/* Flexible mode says what a picture needs. */
static bool has_references(const struct video_assembler *assembler)
{
    bool is_good = true;
    for (unsigned i = 0; i < assembler->references; i++)
        is_good &=
            assembler
                ->is_there[(uint32_t)(assembler->first.id - assembler->reference[i]) % HISTORY];
    return is_good;
}

static bool has_chain(struct video_assembler *assembler, bool is_whole, bool is_key)
{
    const struct vp9_descriptor *first = &assembler->first;
    const struct layer_chain_picture picture = {
        .timestamp = assembler->assembly.timestamp,
        .is_after_gap = assembler->assembly.is_after_gap,
        .is_whole = is_whole,
        .is_key = is_key,
        .id_bits = first->id_bits,
        .id = first->id,
        .has_base = first->has_layers && !first->is_flexible,
        .base = first->base,
        .layer = first->temporal,
        .is_switch_up = first->is_switch_up,
    };
    return layer_chain_take(&assembler->chain, &picture);
}

/* Whether the picture and what it needs are whole. */
static bool is_good(struct video_assembler *assembler, bool is_whole, bool is_key)
{
    const struct vp9_descriptor *first = &assembler->first;
    const bool is_chained = has_chain(assembler, is_whole, is_key);
    if (!first->id_bits)
        return is_chained;
    pass_to(assembler);
    const bool good = first->is_flexible ? is_whole && has_references(assembler) : is_chained;
    if (is_key)
        memset(assembler->is_there, 0, sizeof(assembler->is_there));
    assembler->is_there[first->id % HISTORY] = good;
    return good;
}

static void greatest_size(const struct video_assembler *assembler, struct video_frame *frame)
{
    const struct vp9_descriptor *sized = &assembler->sized;
    for (unsigned i = 0; i < sized->sizes && i <= assembler->top; i++) {
        if ((uint32_t)sized->width[i] * sized->height[i] <=
            (uint32_t)frame->width * frame->height)
            continue;
        frame->width = sized->width[i];
        frame->height = sized->height[i];
    }
}

static bool finish(struct video_assembler *assembler, struct video_frame *frame)
{
    struct assembly *assembly = &assembler->assembly;
    struct vp9_payload_header header = {0};
    bool is_whole = !assembly->is_torn && assembler->layers && !assembler->is_in_layer &&
                    vp9_payload_header(assembly->bytes, assembly->length, &header) == 0;
    if (is_whole && assembler->layers > 1)
        is_whole = append_index(assembler) == 0;
    frame->is_key = is_whole && header.is_key && !assembler->first.is_predicted;
    frame->is_broken = !is_good(assembler, is_whole, frame->is_key);
    frame->width = header.width;
    frame->height = header.height;
    greatest_size(assembler, frame);
    return true;
}

int vp9_payload_assembler_create(struct video_assembler **assembler)
{
    struct video_assembler *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    *assembler = made;
    return 0;
}

void vp9_payload_assembler_destroy(struct video_assembler *assembler)
{
    if (!assembler)
        return;
    assembly_finish(&assembler->assembly);
    free(assembler);
}

int vp9_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                         struct video_frame *frame)
{
    static const struct assembly_format format = {begin, add, finish};
    return assembly_take(&assembler->assembly, assembler, &format, packet, frame);
}

/* ---- sending ---- */

int vp9_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                         size_t max_payload_bytes, struct video_numbers *numbers,
                         struct video_fragments *fragments)
{
    struct vp9_payload_header header = {0};
    fragments->count = 0;
    const bool is_key =
        vp9_payload_header(frame->bytes, frame->length, &header) == 0 && header.is_key;
    if (max_payload_bytes <= VP9_DESCRIPTOR_BYTES)
        return -E2BIG;
    const size_t count =
        even_cut_count(frame->length, max_payload_bytes - VP9_DESCRIPTOR_BYTES);
    if (count > VIDEO_MAX_FRAGMENTS)
        return -E2BIG;
    const uint8_t *at = frame->bytes;
    for (size_t i = 0; i < count; i++) {
        const struct vp9_descriptor descriptor = {.is_predicted = !is_key,
                                                  .is_flexible = params->packetization == 1,
                                                  .is_begin = i == 0,
                                                  .is_end = i + 1 == count,
                                                  .id = numbers->picture_id,
                                                  .reference = {1}};
        struct video_fragment *fragment = &fragments->fragment[i];
        fragment->head_length = (uint8_t)vp9_descriptor_write(&descriptor, fragment->head);
        fragment->bytes = at;
        fragment->length = even_cut_length(frame->length, count, i);
        at += fragment->length;
    }
    fragments->count = (unsigned)count;
    numbers->picture_id = (numbers->picture_id + 1) & 0x7fff;
    return 0;
}
