/* av1_payload.c - AV1: packets to temporal units and back. */
#include "mixer/video_codec/av1_payload.h"
#include "mixer/video_codec/assembly.h"
#include "mixer/video_codec/av1_obu.h"
#include "mixer/video_codec/even_cut.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* aggregation header */
    CONTINUES = 0x80,    /* Z: the first element goes on from the packet before */
    IS_CONTINUED = 0x40, /* Y: the last one goes on in the next packet         */
    COUNT_SHIFT = 4,     /* W: how many; the last of so many has no length     */
    NEW_SEQUENCE = 0x08, /* N */
    /* OBU header */
    HAS_EXTENSION = 0x04,
    HAS_SIZE = 0x02,
    OUT_HEAD = 1 + AV1_OBU_HEAD_BYTES,
};
static const uint8_t delimiter[] = {AV1_OBU_DELIMITER << 3 | HAS_SIZE, 0};

struct video_assembler {
    struct assembly assembly;
    bool is_in_unit;
    size_t unit_at; /* where the unit at hand begins */
    bool is_in_chain;
};

/* ---- packets ---- */

static void begin(struct video_assembler *assembler)
{
    assembler->is_in_unit = false;
}

static bool is_left_out(enum av1_obu_type type)
{
    return type == AV1_OBU_DELIMITER || type == AV1_OBU_TILE_LIST || type == AV1_OBU_PADDING;
}

/* The unit from unit_at on is all there: gives it its size, if it has none. */
static int end_unit(struct video_assembler *assembler)
{
    struct assembly *assembly = &assembler->assembly;
    uint8_t *unit = assembly->bytes + assembler->unit_at, size[AV1_OBU_LEB128_BYTES];
    const size_t length = assembly->length - assembler->unit_at;
    struct av1_obu obu;
    size_t end = 0;
    assembler->is_in_unit = false;
    if (av1_obu_next(unit, length, &end, &obu) != 1 || end != length) {
        assembly->length = assembler->unit_at;
        return -EBADMSG;
    }
    if (is_left_out(obu.type)) {
        assembly->length = assembler->unit_at;
        return 0;
    }
    if (unit[0] & HAS_SIZE)
        return 0;
    unit[0] |= HAS_SIZE;
    return assembly_insert(assembly, assembler->unit_at + obu.head_length, size,
                           av1_obu_leb128_write((uint32_t)obu.length, size));
}

static int add_element(struct video_assembler *assembler, const uint8_t *bytes, size_t length,
                       bool is_continued)
{
    struct assembly *assembly = &assembler->assembly;
    if (!assembler->is_in_unit)
        assembler->unit_at = assembly->length;
    assembler->is_in_unit = true;
    const int result = assembly_append(assembly, bytes, length);
    return result < 0 || is_continued ? result : end_unit(assembler);
}

/* A unit that was begun goes on, or not; one that goes on was begun. */
static int begin_packet(struct video_assembler *assembler, bool continues, bool *skips_first)
{
    struct assembly *assembly = &assembler->assembly;
    *skips_first = continues && !assembler->is_in_unit;
    if (!continues && assembler->is_in_unit) {
        assembly->length = assembler->unit_at;
        assembler->is_in_unit = false;
        assembly->is_torn = true;
    }
    if (!*skips_first)
        return 0;
    const bool is_known = assembly->is_torn || assembly->is_after_gap;
    assembly->is_torn = true;
    return is_known ? 0 : -EBADMSG;
}

static int add(struct video_assembler *assembler, const struct video_packet *packet)
{
    bool skips;
    if (packet->length < 2)
        return -EBADMSG;
    const uint8_t *at = packet->payload + 1, *end = packet->payload + packet->length;
    const uint8_t head = packet->payload[0];
    const unsigned count = head >> COUNT_SHIFT & 3;
    if (packet->gap && assembler->is_in_unit) {
        assembler->assembly.length = assembler->unit_at;
        assembler->is_in_unit = false;
    }
    int result = begin_packet(assembler, head & CONTINUES, &skips);
    for (unsigned i = 1; result == 0 && at < end; i++) {
        uint32_t length = (uint32_t)(end - at);
        if (i != count) {
            const int used = av1_obu_leb128_read(at, (size_t)(end - at), &length);
            if (used < 0 || length > (size_t)(end - at - used))
                return -EBADMSG;
            at += used;
        }
        if (!length || (count && i > count))
            return -EBADMSG;
        const bool is_last = at + length == end;
        if (!skips)
            result = add_element(assembler, at, length, is_last && head & IS_CONTINUED);
        skips = false;
        at += length;
    }
    return result;
}

/* ---- temporal units ---- */

static bool finish(struct video_assembler *assembler, struct video_frame *frame)
{
    struct assembly *assembly = &assembler->assembly;
    struct av1_obu_sequence sequence = {0};
    struct av1_obu obu;
    bool has_sequence = false, has_frame = false, is_key = false;
    int more = 1;
    for (size_t at = 0; more == 1;) {
        more = av1_obu_next(assembly->bytes, assembly->length, &at, &obu);
        if (more == 1 && av1_obu_sequence(&obu, &sequence) == 0)
            has_sequence = true;
        if (more == 1 && (obu.type == AV1_OBU_FRAME || obu.type == AV1_OBU_FRAME_HEADER)) {
            is_key |= has_sequence && !has_frame && av1_obu_is_key(&obu, &sequence);
            has_frame = true;
        }
    }
    const bool is_whole =
        has_frame && more == 0 && !assembly->is_torn && !assembler->is_in_unit;
    if (!has_frame && !assembly->is_torn)
        return false;
    frame->is_key = is_whole && is_key;
    if (frame->is_key)
        assembler->is_in_chain = true;
    else if (!is_whole || assembly->is_after_gap)
        assembler->is_in_chain = false;
    frame->is_broken = !assembler->is_in_chain;
    if (assembly_insert(assembly, 0, delimiter, sizeof(delimiter)) < 0)
        frame->is_broken = true;
    frame->width = sequence.width;
    frame->height = sequence.height;
    return true;
}

int av1_payload_assembler_create(struct video_assembler **assembler)
{
    struct video_assembler *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    *assembler = made;
    return 0;
}

void av1_payload_assembler_destroy(struct video_assembler *assembler)
{
    if (!assembler)
        return;
    assembly_finish(&assembler->assembly);
    free(assembler);
}

int av1_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                         struct video_frame *frame)
{
    static const struct assembly_format format = {begin, add, finish};
    return assembly_take(&assembler->assembly, assembler, &format, packet, frame);
}

/* ---- sending ---- */

static int cut(const struct av1_obu *obu, size_t most, bool is_new,
               struct video_fragments *fragments)
{
    size_t count = even_cut_count(obu->length, most - OUT_HEAD);
    const uint8_t *at = obu->payload;
    count += count == 0; /* a unit may be nothing but its header */
    if (count > VIDEO_MAX_FRAGMENTS - fragments->count)
        return -E2BIG;
    for (size_t i = 0; i < count; i++) {
        struct video_fragment *fragment = &fragments->fragment[fragments->count++];
        *fragment = (struct video_fragment){
            .head_length = 1, .bytes = at, .length = even_cut_length(obu->length, count, i)};
        fragment->head[0] = (uint8_t)((i ? CONTINUES : 0) | (i + 1 < count ? IS_CONTINUED : 0) |
                                      1 << COUNT_SHIFT | (is_new && i == 0 ? NEW_SEQUENCE : 0));
        if (i == 0) {
            memcpy(fragment->head + 1, obu->head, obu->head_length);
            fragment->head_length = (uint8_t)(1 + obu->head_length);
        }
        at += fragment->length;
    }
    return 0;
}

int av1_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                         size_t max_payload_bytes, struct video_numbers *numbers,
                         struct video_fragments *fragments)
{
    struct av1_obu obu;
    size_t at = 0;
    (void)params;
    (void)numbers;
    fragments->count = 0;
    if (max_payload_bytes <= OUT_HEAD)
        return -E2BIG;
    while (av1_obu_next(frame->bytes, frame->length, &at, &obu) == 1) {
        const bool is_new = !fragments->count && obu.type == AV1_OBU_SEQUENCE;
        if (is_left_out(obu.type))
            continue;
        const int result = cut(&obu, max_payload_bytes, is_new, fragments);
        if (result < 0)
            return result;
    }
    return 0;
}
