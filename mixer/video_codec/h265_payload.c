/* h265_payload.c - H.265: packets to pictures and back. */
#include "mixer/video_codec/h265_payload.h"
#include "mixer/video_codec/assembly.h"
#include "mixer/video_codec/even_cut.h"
#include "mixer/video_codec/h265_parameters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FORBIDDEN = 0x80,
    TYPE_BITS = 0x7e,
    LAST_SINGLE = 47,
    AGGREGATE = 48,
    PIECE = 49,
    FU_START = 0x80,
    FU_END = 0x40,
    FU_TYPE = 0x3f,
    FU_HEAD = 3,
    SIZE_BYTES = 2,
    MAX_SETS = 24, /* remembered; of more the oldest is forgotten */
    MAX_SET_BYTES = 512,
};

/* A parameter set as it came. */
struct set {
    struct h265_set read;
    uint16_t length; /* 0: none */
    bool is_brought; /* by the picture at hand */
    bool is_used;
    uint8_t bytes[MAX_SET_BYTES];
};

struct video_assembler {
    struct assembly assembly;
    bool is_in_unit; /* an FU is begun */
    uint8_t unit_type;
    struct set set[MAX_SETS];
    unsigned next_set;
    bool is_in_chain;
    bool is_led; /* decoding began with the last IRAP picture: what leads it is broken */
};

/* ---- parameter sets ---- */

static struct set *find_set(struct video_assembler *assembler, unsigned type, unsigned id)
{
    for (unsigned i = 0; i < MAX_SETS; i++) {
        struct set *set = &assembler->set[i];
        if (set->length && set->read.type == type && set->read.id == id)
            return set;
    }
    return NULL;
}

static struct set *remember(struct video_assembler *assembler, const struct annex_b_unit *unit)
{
    struct h265_set read;
    if (unit->length > MAX_SET_BYTES || h265_parameters_set(unit, &read) < 0)
        return NULL;
    struct set *set = find_set(assembler, read.type, read.id);
    if (!set)
        set = &assembler->set[assembler->next_set++ % MAX_SETS];
    *set = (struct set){.read = read, .length = (uint16_t)unit->length};
    memcpy(set->bytes, unit->bytes, unit->length);
    return set;
}

void h265_payload_prime(struct video_assembler *assembler, const uint8_t *annex_b,
                        size_t length)
{
    struct annex_b scan = annex_b_of(annex_b, length);
    struct annex_b_unit unit;
    while (annex_b_next(&scan, &unit))
        remember(assembler, &unit);
}

/* Marks a PPS and what it needs. @return whether all are known. */
static bool use(struct video_assembler *assembler, unsigned pps_id)
{
    struct set *pps = find_set(assembler, H265_PPS, pps_id);
    struct set *sps = pps ? find_set(assembler, H265_SPS, pps->read.needs) : NULL;
    struct set *vps = sps ? find_set(assembler, H265_VPS, sps->read.needs) : NULL;
    if (!vps)
        return false;
    pps->is_used = sps->is_used = vps->is_used = true;
    return true;
}

/* ---- packets ---- */

static bool is_single(const uint8_t *header)
{
    return !(header[0] & FORBIDDEN) && header[0] >> 1 <= LAST_SINGLE;
}

static int append_unit(struct assembly *assembly, const uint8_t *bytes, size_t length)
{
    if (bytes[0] >> 1 == H265_FILLER)
        return 0;
    const int result = assembly_append(assembly, annex_b_start, sizeof(annex_b_start));
    return result < 0 ? result : assembly_append(assembly, bytes, length);
}

static int add_aggregate(struct assembly *assembly, const uint8_t *payload, size_t length)
{
    size_t at = H265_HEAD_BYTES;
    while (at < length) {
        if (length - at < SIZE_BYTES + H265_HEAD_BYTES)
            return -EBADMSG;
        const size_t size = (size_t)(payload[at] << 8 | payload[at + 1]);
        at += SIZE_BYTES;
        if (size < H265_HEAD_BYTES || size > length - at || !is_single(payload + at))
            return -EBADMSG;
        const int result = append_unit(assembly, payload + at, size);
        if (result < 0)
            return result;
        at += size;
    }
    return length > H265_HEAD_BYTES ? 0 : -EBADMSG;
}

static int begin_unit(struct video_assembler *assembler, const uint8_t *payload)
{
    const uint8_t type = payload[2] & FU_TYPE;
    const uint8_t header[] = {(uint8_t)((payload[0] & ~TYPE_BITS) | type << 1), payload[1]};
    if (!is_single(header))
        return -EBADMSG;
    assembler->is_in_unit = true;
    assembler->unit_type = type;
    const int result =
        assembly_append(&assembler->assembly, annex_b_start, sizeof(annex_b_start));
    return result < 0 ? result : assembly_append(&assembler->assembly, header, sizeof(header));
}

static int add_piece(struct video_assembler *assembler, const uint8_t *payload, size_t length)
{
    struct assembly *assembly = &assembler->assembly;
    if (length < FU_HEAD)
        return -EBADMSG;
    if (payload[2] & FU_START) {
        assembly->is_torn |= assembler->is_in_unit;
        const int result = begin_unit(assembler, payload);
        if (result < 0)
            return result;
    } else if (!assembler->is_in_unit) {
        const bool is_known = assembly->is_torn || assembly->is_after_gap;
        assembly->is_torn = true;
        return is_known ? 0 : -EBADMSG;
    } else if ((payload[2] & FU_TYPE) != assembler->unit_type) {
        return -EBADMSG;
    }
    assembler->is_in_unit = !(payload[2] & FU_END);
    return assembly_append(assembly, payload + FU_HEAD, length - FU_HEAD);
}

static int add(struct video_assembler *assembler, const struct video_packet *packet)
{
    struct assembly *assembly = &assembler->assembly;
    if (packet->gap)
        assembler->is_in_unit = false;
    if (packet->length < H265_HEAD_BYTES || packet->payload[0] & FORBIDDEN)
        return -EBADMSG;
    const unsigned type = packet->payload[0] >> 1;
    if (type == PIECE)
        return add_piece(assembler, packet->payload, packet->length);
    assembly->is_torn |= assembler->is_in_unit;
    assembler->is_in_unit = false;
    if (type == AGGREGATE)
        return add_aggregate(assembly, packet->payload, packet->length);
    if (type > LAST_SINGLE)
        return -EBADMSG;
    return append_unit(assembly, packet->payload, packet->length);
}

static void begin(struct video_assembler *assembler)
{
    assembler->is_in_unit = false;
}

/* ---- pictures ---- */

/* What the units of a picture say. */
struct look {
    unsigned type; /* of the first slice */
    size_t front;  /* where parameter sets go: behind an access unit delimiter */
    bool has_slice, has_first_slice;
    bool is_odd; /* a slice header that cannot be read, or of parameter sets not known */
};

static void look_at_slice(struct video_assembler *assembler, const struct annex_b_unit *unit,
                          struct look *look)
{
    struct h265_slice slice;
    if (!look->has_slice)
        look->type = h265_parameters_type(unit);
    look->has_slice = true;
    if (h265_parameters_slice(unit, &slice) < 0 || !use(assembler, slice.pps_id))
        look->is_odd = true;
    else
        look->has_first_slice |= slice.is_first;
}

static struct look look_at(struct video_assembler *assembler)
{
    const struct assembly *assembly = &assembler->assembly;
    struct look look = {0};
    struct annex_b_unit unit;
    struct annex_b scan = annex_b_of(assembly->bytes, assembly->length);
    for (unsigned i = 0; i < MAX_SETS; i++)
        assembler->set[i].is_brought = assembler->set[i].is_used = false;
    while (annex_b_next(&scan, &unit)) {
        const unsigned type = h265_parameters_type(&unit);
        struct set *set = remember(assembler, &unit);
        if (set)
            set->is_brought = true;
        else if (h265_parameters_is_slice(type))
            look_at_slice(assembler, &unit, &look);
        else if (type == H265_DELIMITER && !look.front &&
                 unit.bytes == assembly->bytes + ANNEX_B_START_BYTES)
            look.front = ANNEX_B_START_BYTES + unit.length;
    }
    return look;
}

static int insert_set(struct assembly *assembly, const struct set *set, size_t *front)
{
    const int result = assembly_insert(assembly, *front, annex_b_start, sizeof(annex_b_start));
    if (result < 0)
        return result;
    *front += sizeof(annex_b_start);
    const int inserted = assembly_insert(assembly, *front, set->bytes, set->length);
    *front += inserted < 0 ? 0 : set->length;
    return inserted;
}

/* Those that a key frame uses and does not bring: the VPS first, the PPS last. */
static int complete_sets(struct video_assembler *assembler, size_t front)
{
    int result = 0;
    for (unsigned type = H265_VPS; type <= H265_PPS; type++) {
        for (unsigned i = 0; i < MAX_SETS && result == 0; i++) {
            const struct set *set = &assembler->set[i];
            if (set->read.type == type && set->is_used && !set->is_brought)
                result = insert_set(&assembler->assembly, set, &front);
        }
    }
    return result;
}

/* The greatest of the sets that came with it or, of a key frame, that it uses. */
static void greatest_size(const struct video_assembler *assembler, struct video_frame *frame)
{
    for (unsigned i = 0; i < MAX_SETS; i++) {
        const struct set *set = &assembler->set[i];
        if (!set->is_brought && !(set->is_used && frame->is_key))
            continue;
        if ((uint32_t)set->read.width * set->read.height <=
            (uint32_t)frame->width * frame->height)
            continue;
        frame->width = set->read.width;
        frame->height = set->read.height;
    }
}

static bool finish(struct video_assembler *assembler, struct video_frame *frame)
{
    struct assembly *assembly = &assembler->assembly;
    const struct look look = look_at(assembler);
    if (!look.has_slice && !assembly->is_torn)
        return false;
    const bool is_whole =
        look.has_first_slice && !look.is_odd && !assembly->is_torn && !assembler->is_in_unit;
    const bool is_leading = look.type == H265_RASL_N || look.type == H265_RASL_R;
    frame->is_key = is_whole && h265_parameters_is_irap(look.type);
    frame->is_discardable =
        look.has_slice && look.type <= H265_LAST_NON_REFERENCE && look.type % 2 == 0;
    const bool was_in_chain = assembler->is_in_chain && !assembly->is_after_gap;
    if (frame->is_key)
        assembler->is_led = !was_in_chain;
    assembler->is_in_chain = frame->is_key || was_in_chain;
    frame->is_broken =
        !is_whole || !assembler->is_in_chain || (is_leading && assembler->is_led);
    if (!is_whole && !frame->is_discardable)
        assembler->is_in_chain = false;
    greatest_size(assembler, frame);
    if (frame->is_key && complete_sets(assembler, look.front) < 0)
        frame->is_broken = true;
    return true;
}

int h265_payload_assembler_create(struct video_assembler **assembler)
{
    struct video_assembler *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    *assembler = made;
    return 0;
}

void h265_payload_assembler_destroy(struct video_assembler *assembler)
{
    if (!assembler)
        return;
    assembly_finish(&assembler->assembly);
    free(assembler);
}

int h265_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                          struct video_frame *frame)
{
    static const struct assembly_format format = {begin, add, finish};
    return assembly_take(&assembler->assembly, assembler, &format, packet, frame);
}

/* ---- sending ---- */

static bool put(struct video_fragments *fragments, const struct video_fragment *fragment)
{
    if (fragments->count == VIDEO_MAX_FRAGMENTS)
        return false;
    fragments->fragment[fragments->count++] = *fragment;
    return true;
}

static bool next_unit(struct annex_b *scan, struct annex_b_unit *unit)
{
    bool is_there;
    do {
        is_there = annex_b_next(scan, unit);
    } while (is_there &&
             (unit->length < H265_HEAD_BYTES || h265_parameters_type(unit) == H265_FILLER));
    return is_there;
}

/* One AP of as many units as fit, if they are at least two. Its layer and TID are the least of
 * theirs: our pictures are of layer 0 and TID 0. @return how many. */
static unsigned gather(struct annex_b scan, size_t most, struct video_fragments *fragments)
{
    uint8_t *out = fragments->gathered;
    struct annex_b_unit unit;
    size_t at = H265_HEAD_BYTES;
    unsigned units = 0;
    if (most > sizeof(fragments->gathered))
        most = sizeof(fragments->gathered);
    while (next_unit(&scan, &unit) && at + SIZE_BYTES + unit.length <= most) {
        out[at++] = (uint8_t)(unit.length >> 8);
        out[at++] = (uint8_t)unit.length;
        memcpy(out + at, unit.bytes, unit.length);
        at += unit.length;
        units++;
    }
    out[0] = AGGREGATE << 1;
    out[1] = 1;
    const struct video_fragment fragment = {.bytes = out, .length = at};
    return units >= 2 && put(fragments, &fragment) ? units : 0;
}

static int cut(const struct annex_b_unit *unit, size_t most, struct video_fragments *fragments)
{
    if (most <= FU_HEAD)
        return -E2BIG;
    const uint8_t *at = unit->bytes + H265_HEAD_BYTES;
    const size_t length = unit->length - H265_HEAD_BYTES;
    const size_t count = even_cut_count(length, most - FU_HEAD);
    for (size_t i = 0; i < count; i++) {
        struct video_fragment fragment = {
            .head_length = FU_HEAD, .bytes = at, .length = even_cut_length(length, count, i)};
        fragment.head[0] = (uint8_t)((unit->bytes[0] & ~TYPE_BITS) | PIECE << 1);
        fragment.head[1] = unit->bytes[1];
        fragment.head[2] = (uint8_t)((i == 0 ? FU_START : 0) | (i + 1 == count ? FU_END : 0) |
                                     h265_parameters_type(unit));
        if (!put(fragments, &fragment))
            return -E2BIG;
        at += fragment.length;
    }
    return 0;
}

int h265_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                          size_t max_payload_bytes, struct video_numbers *numbers,
                          struct video_fragments *fragments)
{
    struct annex_b scan = annex_b_of(frame->bytes, frame->length);
    struct annex_b_unit unit;
    (void)params;
    (void)numbers;
    fragments->count = 0;
    unsigned gathered = gather(scan, max_payload_bytes, fragments);
    while (next_unit(&scan, &unit)) {
        const struct video_fragment whole = {.bytes = unit.bytes, .length = unit.length};
        int result = 0;
        if (gathered)
            gathered--;
        else if (unit.length > max_payload_bytes)
            result = cut(&unit, max_payload_bytes, fragments);
        else if (!put(fragments, &whole))
            result = -E2BIG;
        if (result < 0)
            return result;
    }
    return 0;
}
