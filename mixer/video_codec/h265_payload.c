/* h265_payload.c - H.265: packets to pictures and back. */
#include "mixer/video_codec/h265_payload.h"
#include "mixer/video_codec/assembly.h"
#include "mixer/video_codec/h265_parameters.h"
#include "mixer/video_codec/nal_payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SETS = 24, /* remembered; of more the oldest is forgotten */
    MAX_SET_BYTES = 512,
};

/* An AP's layer and TID are the least of its units': our pictures are of layer 0 and TID 0. */
static const struct nal_format format = {
    .head_bytes = H265_HEAD_BYTES,
    .type_bits = 0x7e,
    .type_shift = 1,
    .last_single = 47,
    .filler = H265_FILLER,
    .piece = 49,               /* FU */
    .aggregate = {48 << 1, 1}, /* AP */
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
    struct nal_piece piece;
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

static int add(struct video_assembler *assembler, const struct video_packet *packet)
{
    return nal_payload_add(&format, &assembler->piece, &assembler->assembly, packet);
}

static void begin(struct video_assembler *assembler)
{
    assembler->piece.is_begun = false;
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

/* Those that a key frame uses and does not bring: the VPS first, the PPS last. */
static int complete_sets(struct video_assembler *assembler, size_t front)
{
    int result = 0;
    for (unsigned type = H265_VPS; type <= H265_PPS; type++) {
        for (unsigned i = 0; i < MAX_SETS && result == 0; i++) {
            const struct set *set = &assembler->set[i];
            if (set->read.type == type && set->is_used && !set->is_brought)
                result =
                    nal_payload_insert(&assembler->assembly, set->bytes, set->length, &front);
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
    const bool is_whole = look.has_first_slice && !look.is_odd && !assembly->is_torn &&
                          !assembler->piece.is_begun;
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
    static const struct assembly_format pictures = {begin, add, finish};
    return assembly_take(&assembler->assembly, assembler, &pictures, packet, frame);
}

int h265_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                          size_t max_payload_bytes, struct video_numbers *numbers,
                          struct video_fragments *fragments)
{
    (void)params;
    (void)numbers;
    return nal_payload_fragment(&format, frame, true, max_payload_bytes, fragments);
}
