/* h264_payload.c - H.264: packets to pictures and back. */
#include "mixer/video_codec/h264_payload.h"
#include "mixer/video_codec/assembly.h"
#include "mixer/video_codec/h264_parameters.h"
#include "mixer/video_codec/nal_payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    IMPORTANCE = 0x60, /* nal_ref_idc */
    DELIMITER = 9,
    MAX_SPS = 8, /* remembered; of more the oldest is forgotten */
    MAX_PPS = 16,
    MAX_SET_BYTES = 512,
    LEAST_TICKS = VIDEO_CLOCK_HZ / 120, /* between two pictures, to know when frame_num wraps */
};

static const struct nal_format format = {
    .head_bytes = 1,
    .type_bits = 0x1f,
    .first_single = 1,
    .last_single = 23,
    .filler = H264_FILLER,
    .piece = 28,       /* FU-A */
    .aggregate = {24}, /* STAP-A */
    .greatest = IMPORTANCE,
};

/* A parameter set as it came. */
struct set {
    uint16_t length; /* 0: none */
    uint8_t bytes[MAX_SET_BYTES];
};
struct sps {
    struct set set;
    struct h264_sps read;
    bool is_brought; /* by the picture at hand */
};
struct pps {
    struct set set;
    struct h264_pps read;
    bool is_brought, is_used;
};

struct video_assembler {
    struct assembly assembly;
    struct nal_piece piece;
    struct sps sps[MAX_SPS];
    struct pps pps[MAX_PPS];
    unsigned next_sps, next_pps; /* to be forgotten */
    bool is_in_chain;            /* all that the next picture may need has come */
    uint32_t reference_number;   /* frame_num of the last picture that others need */
    uint32_t reference_timestamp;
};

/* ---- parameter sets ---- */

static struct sps *find_sps(struct video_assembler *assembler, unsigned id)
{
    for (unsigned i = 0; i < MAX_SPS; i++) {
        if (assembler->sps[i].set.length && assembler->sps[i].read.id == id)
            return &assembler->sps[i];
    }
    return NULL;
}

static struct pps *find_pps(struct video_assembler *assembler, unsigned id)
{
    for (unsigned i = 0; i < MAX_PPS; i++) {
        if (assembler->pps[i].set.length && assembler->pps[i].read.id == id)
            return &assembler->pps[i];
    }
    return NULL;
}

static void copy_set(struct set *set, const struct annex_b_unit *unit)
{
    memcpy(set->bytes, unit->bytes, unit->length);
    set->length = (uint16_t)unit->length;
}

static struct sps *remember_sps(struct video_assembler *assembler,
                                const struct annex_b_unit *unit)
{
    struct h264_sps read;
    if (unit->length > MAX_SET_BYTES || h264_parameters_sps(unit, &read) < 0)
        return NULL;
    struct sps *sps = find_sps(assembler, read.id);
    if (!sps)
        sps = &assembler->sps[assembler->next_sps++ % MAX_SPS];
    copy_set(&sps->set, unit);
    sps->read = read;
    return sps;
}

static struct pps *remember_pps(struct video_assembler *assembler,
                                const struct annex_b_unit *unit)
{
    struct h264_pps read;
    if (unit->length > MAX_SET_BYTES || h264_parameters_pps(unit, &read) < 0)
        return NULL;
    struct pps *pps = find_pps(assembler, read.id);
    if (!pps)
        pps = &assembler->pps[assembler->next_pps++ % MAX_PPS];
    copy_set(&pps->set, unit);
    pps->read = read;
    return pps;
}

void h264_payload_prime(struct video_assembler *assembler, const uint8_t *annex_b,
                        size_t length)
{
    struct annex_b scan = annex_b_of(annex_b, length);
    struct annex_b_unit unit;
    while (annex_b_next(&scan, &unit)) {
        if (!remember_sps(assembler, &unit))
            remember_pps(assembler, &unit);
    }
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
    struct annex_b_unit first; /* slice */
    struct h264_slice first_slice;
    size_t front; /* where parameter sets go: behind an access unit delimiter */
    bool has_slice, is_idr, is_reference, is_recovery_point;
    bool is_odd; /* a slice header that cannot be read, or of parameter sets not known */
    uint16_t width, height; /* the greatest that a parameter set of it says */
};

static void see_size(struct look *look, const struct h264_sps *sps)
{
    if ((uint32_t)sps->width * sps->height <= (uint32_t)look->width * look->height)
        return;
    look->width = sps->width;
    look->height = sps->height;
}

static void look_at_slice(struct video_assembler *assembler, const struct annex_b_unit *unit,
                          struct look *look)
{
    struct h264_slice slice;
    look->is_idr |= h264_parameters_type(unit) == H264_IDR;
    look->is_reference |= (unit->bytes[0] & IMPORTANCE) != 0;
    const bool is_readable = h264_parameters_slice(unit, &slice) == 0;
    struct pps *pps = is_readable ? find_pps(assembler, slice.pps_id) : NULL;
    if (!look->has_slice && is_readable) {
        look->first = *unit;
        look->first_slice = slice;
    }
    look->has_slice = true;
    if (pps && find_sps(assembler, pps->read.sps_id))
        pps->is_used = true;
    else
        look->is_odd = true;
}

static void look_at_unit(struct video_assembler *assembler, const struct annex_b_unit *unit,
                         struct look *look)
{
    struct sps *sps;
    struct pps *pps;
    switch (h264_parameters_type(unit)) {
    case H264_SLICE:
    case H264_PARTITION_A:
    case H264_IDR:
        look_at_slice(assembler, unit, look);
        break;
    case H264_SEI:
        look->is_recovery_point |= h264_parameters_is_recovery_point(unit);
        break;
    case H264_SPS:
        if ((sps = remember_sps(assembler, unit))) {
            sps->is_brought = true;
            see_size(look, &sps->read);
        }
        break;
    case H264_PPS:
        if ((pps = remember_pps(assembler, unit)))
            pps->is_brought = true;
        break;
    case DELIMITER:
        if (!look->front && unit->bytes == assembler->assembly.bytes + ANNEX_B_START_BYTES)
            look->front = ANNEX_B_START_BYTES + unit->length;
        break;
    default:
        break;
    }
}

/* Whether all SPS are known that the slices need: sets behind the slices may have replaced
 * theirs. */
static bool has_used_sps(struct video_assembler *assembler)
{
    for (unsigned i = 0; i < MAX_PPS; i++) {
        const struct pps *pps = &assembler->pps[i];
        if (pps->is_used && !find_sps(assembler, pps->read.sps_id))
            return false;
    }
    return true;
}

static struct look look_at(struct video_assembler *assembler)
{
    struct look look = {0};
    struct annex_b_unit unit;
    struct annex_b scan = annex_b_of(assembler->assembly.bytes, assembler->assembly.length);
    for (unsigned i = 0; i < MAX_SPS; i++)
        assembler->sps[i].is_brought = false;
    for (unsigned i = 0; i < MAX_PPS; i++)
        assembler->pps[i].is_brought = assembler->pps[i].is_used = false;
    while (annex_b_next(&scan, &unit))
        look_at_unit(assembler, &unit, &look);
    look.is_odd |= !has_used_sps(assembler);
    return look;
}

static int insert_set(struct assembly *assembly, const struct set *set, size_t *front)
{
    return nal_payload_insert(assembly, set->bytes, set->length, front);
}

/* The sets that the slices use and that did not come with them; each SPS before its PPS. */
static int complete_sets(struct video_assembler *assembler, struct look *look)
{
    struct assembly *assembly = &assembler->assembly;
    int result = 0;
    for (unsigned i = 0; i < MAX_PPS && result == 0; i++) {
        const struct pps *pps = &assembler->pps[i];
        if (!pps->is_used)
            continue;
        struct sps *sps = find_sps(assembler, pps->read.sps_id);
        see_size(look, &sps->read);
        if (!sps->is_brought)
            result = insert_set(assembly, &sps->set, &look->front);
        sps->is_brought = true;
        if (!pps->is_brought && result == 0)
            result = insert_set(assembly, &pps->set, &look->front);
    }
    return result;
}

/* frame_num counts the pictures that others need. It wraps: what took longer than that is no
 * proof. */
static bool goes_on(struct video_assembler *assembler, const struct look *look)
{
    const struct pps *pps = find_pps(assembler, look->first_slice.pps_id);
    const struct sps *sps = pps ? find_sps(assembler, pps->read.sps_id) : NULL;
    uint32_t number;
    if (!sps || h264_parameters_frame_number(&look->first, &sps->read, &number) < 0)
        return false;
    const uint32_t mask = (UINT32_C(1) << sps->read.frame_number_bits) - 1;
    const uint32_t passed = assembler->assembly.timestamp - assembler->reference_timestamp;
    if (passed > mask * LEAST_TICKS)
        return false;
    return number == ((assembler->reference_number + 1) & mask) ||
           (sps->read.has_fields && number == assembler->reference_number);
}

static void note_reference(struct video_assembler *assembler, const struct look *look)
{
    const struct pps *pps = find_pps(assembler, look->first_slice.pps_id);
    const struct sps *sps = pps ? find_sps(assembler, pps->read.sps_id) : NULL;
    if (sps)
        h264_parameters_frame_number(&look->first, &sps->read, &assembler->reference_number);
    assembler->reference_timestamp = assembler->assembly.timestamp;
}

static bool finish(struct video_assembler *assembler, struct video_frame *frame)
{
    struct assembly *assembly = &assembler->assembly;
    struct look look = look_at(assembler);
    if (!look.has_slice && !assembly->is_torn)
        return false;
    const bool is_whole = look.has_slice && !look.is_odd && !assembly->is_torn &&
                          !assembler->piece.is_begun &&
                          !(assembly->is_after_gap && look.first_slice.first_macroblock);
    frame->is_discardable = look.has_slice && !look.is_reference;
    frame->is_key = is_whole && (look.is_idr || look.is_recovery_point);
    if (is_whole && frame->is_key)
        assembler->is_in_chain = true;
    else if (assembly->is_after_gap && is_whole && !goes_on(assembler, &look))
        assembler->is_in_chain = false;
    frame->is_broken = !is_whole || !assembler->is_in_chain;
    if (!is_whole && !frame->is_discardable)
        assembler->is_in_chain = false;
    if (!frame->is_broken && !frame->is_discardable)
        note_reference(assembler, &look);
    if (frame->is_key && complete_sets(assembler, &look) < 0)
        frame->is_broken = true;
    frame->width = look.width;
    frame->height = look.height;
    return true;
}

int h264_payload_assembler_create(struct video_assembler **assembler)
{
    struct video_assembler *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    *assembler = made;
    return 0;
}

void h264_payload_assembler_destroy(struct video_assembler *assembler)
{
    if (!assembler)
        return;
    assembly_finish(&assembler->assembly);
    free(assembler);
}

int h264_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                          struct video_frame *frame)
{
    static const struct assembly_format pictures = {begin, add, finish};
    return assembly_take(&assembler->assembly, assembler, &pictures, packet, frame);
}

int h264_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                          size_t max_payload_bytes, struct video_numbers *numbers,
                          struct video_fragments *fragments)
{
    (void)numbers;
    return nal_payload_fragment(&format, frame, params->packetization == 1, max_payload_bytes,
                                fragments);
}
