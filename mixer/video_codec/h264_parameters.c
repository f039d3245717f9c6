/* h264_parameters.c - parameter sets, bit by bit. */
#include "mixer/video_codec/h264_parameters.h"
#include "mixer/video_codec/bits.h"

#include <errno.h>
#include <libavutil/base64.h>
#include <string.h>

enum {
    MAX_SPS_BYTES = 1024, /* with all scaling lists */
    MAX_SLICE_BYTES = 32, /* that are looked at     */
    MAX_SEI_BYTES = 1024,
    TYPE = 0x1f,
    BLOCK = 16,
    EXTENDED_ASPECT = 255,
    MATRIX_BT709 = 1,
    MATRIX_UNSPECIFIED = 2,
    RECOVERY_POINT = 6,
};

unsigned h264_parameters_type(const struct annex_b_unit *unit)
{
    return unit->bytes[0] & TYPE;
}

/* ---- SPS ---- */

/* Profiles whose SPS says what chroma and depth there are. */
static bool is_high(unsigned profile)
{
    static const uint8_t high[] = {100, 110, 122, 244, 44,  83, 86,
                                   118, 128, 138, 139, 134, 135};
    return memchr(high, (int)profile, sizeof(high));
}

static void skip_scaling_list(struct bits *bits, unsigned size)
{
    int32_t last = 8, next = 8;
    for (unsigned i = 0; i < size && !bits->is_over; i++) {
        if (next)
            next = (last + bits_exp_golomb_signed(bits) % 256 + 256) % 256;
        last = next ? next : last;
    }
}

static bool read_chroma(struct bits *bits, struct h264_sps *sps)
{
    const uint32_t format = bits_exp_golomb(bits);
    sps->separate_planes = format == 3 && bits_flag(bits);
    const uint32_t luma = bits_exp_golomb(bits), chroma = bits_exp_golomb(bits);
    if (format > 3 || luma > 6 || chroma > 6)
        return false;
    sps->chroma_format = (uint8_t)format;
    sps->bit_depth = (uint8_t)(8 + (luma > chroma ? luma : chroma));
    bits_skip(bits, 1); /* qpprime_y_zero_transform_bypass_flag */
    if (bits_flag(bits)) {
        for (unsigned i = 0; i < (format == 3 ? 12U : 8U); i++) {
            if (bits_flag(bits))
                skip_scaling_list(bits, i < 6 ? 16 : 64);
        }
    }
    return true;
}

static bool read_picture_order(struct bits *bits)
{
    const uint32_t type = bits_exp_golomb(bits);
    if (type == 0)
        return bits_exp_golomb(bits) <= 12;
    if (type == 1) {
        bits_skip(bits, 1);
        bits_exp_golomb(bits);
        bits_exp_golomb(bits);
        const uint32_t cycle = bits_exp_golomb(bits);
        if (cycle > 255)
            return false;
        for (uint32_t i = 0; i < cycle && !bits->is_over; i++)
            bits_exp_golomb(bits);
    }
    return type <= 2;
}

static bool read_size(struct bits *bits, struct h264_sps *sps)
{
    const uint64_t columns = bits_exp_golomb(bits) + UINT64_C(1);
    const uint64_t units = bits_exp_golomb(bits) + UINT64_C(1);
    sps->has_fields = !bits_flag(bits);
    if (sps->has_fields)
        bits_skip(bits, 1); /* mb_adaptive_frame_field_flag */
    bits_skip(bits, 1);     /* direct_8x8_inference_flag */
    const unsigned fields = sps->has_fields ? 2 : 1;
    uint64_t width = columns * BLOCK, height = units * BLOCK * fields;
    if (width > UINT16_MAX || height > UINT16_MAX)
        return false;
    if (bits_flag(bits)) {
        const bool is_whole = sps->chroma_format == 0 || sps->separate_planes;
        const unsigned across = !is_whole && sps->chroma_format < 3 ? 2 : 1;
        const unsigned down = (!is_whole && sps->chroma_format == 1 ? 2 : 1) * fields;
        uint64_t cut[4];
        for (unsigned i = 0; i < 4; i++)
            cut[i] = bits_exp_golomb(bits);
        if ((cut[0] + cut[1]) * across >= width || (cut[2] + cut[3]) * down >= height)
            return false;
        width -= (cut[0] + cut[1]) * across;
        height -= (cut[2] + cut[3]) * down;
    }
    sps->width = (uint16_t)width;
    sps->height = (uint16_t)height;
    return true;
}

/* Only as far as the colours. A cut one is not the end of the world: the size is known. */
static void read_usability(struct bits *bits, struct h264_sps *sps)
{
    if (bits_flag(bits) && bits_read(bits, 8) == EXTENDED_ASPECT)
        bits_skip(bits, 32);
    if (bits_flag(bits))
        bits_skip(bits, 1); /* overscan_appropriate_flag */
    if (!bits_flag(bits))
        return;
    bits_skip(bits, 3); /* video_format */
    const bool full_range = bits_flag(bits), has_colours = bits_flag(bits);
    bits_skip(bits, has_colours ? 16 : 0);
    const uint32_t matrix = has_colours ? bits_read(bits, 8) : MATRIX_UNSPECIFIED;
    if (bits->is_over)
        return;
    sps->full_range = full_range;
    sps->has_matrix = matrix != MATRIX_UNSPECIFIED;
    sps->matrix = matrix == MATRIX_BT709 ? PICTURE_BT709 : PICTURE_BT601;
}

int h264_parameters_sps(const struct annex_b_unit *unit, struct h264_sps *sps)
{
    uint8_t bytes[MAX_SPS_BYTES];
    if (h264_parameters_type(unit) != H264_SPS)
        return -EBADMSG;
    struct bits bits = bits_of(bytes, annex_b_unescape(unit, bytes, sizeof(bytes)));
    struct h264_sps read = {.chroma_format = 1, .bit_depth = 8};
    bits_skip(&bits, 8);
    read.profile = (uint8_t)bits_read(&bits, 8);
    read.constraints = (uint8_t)bits_read(&bits, 8);
    read.level = (uint8_t)bits_read(&bits, 8);
    const uint32_t id = bits_exp_golomb(&bits);
    if (id > H264_MAX_SPS_ID || (is_high(read.profile) && !read_chroma(&bits, &read)))
        return -EBADMSG;
    const uint32_t number_bits = bits_exp_golomb(&bits);
    if (number_bits > 12 || !read_picture_order(&bits))
        return -EBADMSG;
    const uint32_t references = bits_exp_golomb(&bits);
    bits_skip(&bits, 1); /* gaps_in_frame_num_value_allowed_flag */
    if (references > 16 || !read_size(&bits, &read))
        return -EBADMSG;
    read.usability_at = (uint16_t)bits.at;
    const bool has_usability = bits_flag(&bits);
    if (bits.is_over)
        return -EBADMSG;
    if (has_usability)
        read_usability(&bits, &read);
    read.id = (uint8_t)id;
    read.frame_number_bits = (uint8_t)(number_bits + 4);
    read.reference_frames = (uint8_t)references;
    *sps = read;
    return 0;
}

/* ---- PPS, slices, SEI ---- */

int h264_parameters_pps(const struct annex_b_unit *unit, struct h264_pps *pps)
{
    uint8_t bytes[MAX_SLICE_BYTES];
    if (h264_parameters_type(unit) != H264_PPS)
        return -EBADMSG;
    struct bits bits = bits_of(bytes, annex_b_unescape(unit, bytes, sizeof(bytes)));
    bits_skip(&bits, 8);
    const uint32_t id = bits_exp_golomb(&bits), sps_id = bits_exp_golomb(&bits);
    if (bits.is_over || id > H264_MAX_PPS_ID || sps_id > H264_MAX_SPS_ID)
        return -EBADMSG;
    *pps = (struct h264_pps){(uint8_t)id, (uint8_t)sps_id};
    return 0;
}

static bool has_slice_header(const struct annex_b_unit *unit)
{
    const unsigned type = h264_parameters_type(unit);
    return type == H264_SLICE || type == H264_PARTITION_A || type == H264_IDR;
}

static bool read_slice(struct bits *bits, struct h264_slice *slice)
{
    bits_skip(bits, 8);
    const uint32_t first = bits_exp_golomb(bits), type = bits_exp_golomb(bits);
    const uint32_t pps_id = bits_exp_golomb(bits);
    if (bits->is_over || type > 9 || pps_id > H264_MAX_PPS_ID)
        return false;
    *slice = (struct h264_slice){first, (uint8_t)(type % 5), (uint8_t)pps_id};
    return true;
}

int h264_parameters_slice(const struct annex_b_unit *unit, struct h264_slice *slice)
{
    uint8_t bytes[MAX_SLICE_BYTES];
    if (!has_slice_header(unit))
        return -EBADMSG;
    struct bits bits = bits_of(bytes, annex_b_unescape(unit, bytes, sizeof(bytes)));
    return read_slice(&bits, slice) ? 0 : -EBADMSG;
}

int h264_parameters_frame_number(const struct annex_b_unit *unit, const struct h264_sps *sps,
                                 uint32_t *number)
{
    uint8_t bytes[MAX_SLICE_BYTES];
    struct h264_slice slice;
    if (!has_slice_header(unit))
        return -EBADMSG;
    struct bits bits = bits_of(bytes, annex_b_unescape(unit, bytes, sizeof(bytes)));
    if (!read_slice(&bits, &slice))
        return -EBADMSG;
    bits_skip(&bits, sps->separate_planes ? 2 : 0);
    const uint32_t read = bits_read(&bits, sps->frame_number_bits);
    if (bits.is_over)
        return -EBADMSG;
    *number = read;
    return 0;
}

/* A number in bytes: 255 as long as there is more. */
static uint32_t read_sum(struct bits *bits)
{
    uint32_t sum = 0, byte;
    do {
        byte = bits_read(bits, 8);
        sum += byte;
    } while (byte == 255);
    return sum;
}

bool h264_parameters_is_recovery_point(const struct annex_b_unit *unit)
{
    uint8_t bytes[MAX_SEI_BYTES];
    if (h264_parameters_type(unit) != H264_SEI)
        return false;
    struct bits bits = bits_of(bytes, annex_b_unescape(unit, bytes, sizeof(bytes)));
    bits_skip(&bits, 8);
    while (bits_left(&bits) > 16 && !bits.is_over) { /* behind the last one are trailing bits */
        const uint32_t type = read_sum(&bits), size = read_sum(&bits);
        if (type == RECOVERY_POINT)
            return !bits.is_over && size > 0;
        bits_skip(&bits, (size_t)size * 8);
    }
    return false;
}

/* ---- SDP ---- */

/* One base64 text up to a comma. @return its bytes, or a negative errno. */
static int decode_unit(const char *text, size_t length, uint8_t *out, size_t room)
{
    char copy[512];
    uint8_t decoded[sizeof(copy)];
    if (!length || length >= sizeof(copy))
        return -EBADMSG;
    memcpy(copy, text, length);
    copy[length] = '\0';
    const int bytes = av_base64_decode(decoded, copy, sizeof(decoded));
    if (bytes <= 0)
        return -EBADMSG;
    if ((size_t)bytes > room)
        return -ENOBUFS;
    memcpy(out, decoded, (size_t)bytes);
    return bytes;
}

int h264_parameters_from_sprop(const char *sprop, uint8_t *out, size_t room)
{
    size_t written = 0;
    for (;; sprop++) {
        const size_t length = strcspn(sprop, ",");
        if (room - written < sizeof(annex_b_start))
            return -ENOBUFS;
        const size_t at = written + sizeof(annex_b_start);
        const int bytes = decode_unit(sprop, length, out + at, room - at);
        if (bytes < 0)
            return bytes;
        memcpy(out + written, annex_b_start, sizeof(annex_b_start));
        written = at + (size_t)bytes;
        sprop += length;
        if (!*sprop)
            return (int)written;
    }
}

int h264_parameters_to_sprop(const uint8_t *bytes, size_t length, char *out, size_t room)
{
    struct annex_b scan = annex_b_of(bytes, length);
    struct annex_b_unit unit;
    size_t at = 0;
    if (!room)
        return -ENOBUFS;
    out[0] = '\0';
    while (annex_b_next(&scan, &unit)) {
        const unsigned type = h264_parameters_type(&unit);
        if (type != H264_SPS && type != H264_PPS)
            continue;
        if (unit.length > room || at + 1 + AV_BASE64_SIZE(unit.length) > room)
            return -ENOBUFS;
        if (at)
            out[at++] = ',';
        av_base64_encode(out + at, (int)(room - at), unit.bytes, (int)unit.length);
        at += strlen(out + at);
    }
    return 0;
}

/* ---- levels ---- */

static const struct h264_level levels[] = {
    {10, 1485, 99, 64},
    {9, 1485, 99, 128},
    {11, 3000, 396, 192},
    {12, 6000, 396, 384},
    {13, 11880, 396, 768},
    {20, 11880, 396, 2000},
    {21, 19800, 792, 4000},
    {22, 20250, 1620, 4000},
    {30, 40500, 1620, 10000},
    {31, 108000, 3600, 14000},
    {32, 216000, 5120, 20000},
    {40, 245760, 8192, 20000},
    {41, 245760, 8192, 50000},
    {42, 522240, 8704, 50000},
    {50, 589824, 22080, 135000},
    {51, 983040, 36864, 240000},
    {52, 2073600, 36864, 240000},
    {60, 4177920, 139264, 240000},
    {61, 8355840, 139264, 480000},
    {62, 16711680, 139264, 800000},
};

const struct h264_level *h264_parameters_level(unsigned profile, unsigned constraints,
                                               unsigned level)
{
    const bool is_low = profile == 66 || profile == 77 || profile == 88;
    if (level == 9 || (level == 11 && is_low && constraints & 0x10))
        return &levels[1];
    const struct h264_level *found = &levels[0];
    for (unsigned i = 2; i < sizeof(levels) / sizeof(levels[0]) && levels[i].level <= level;
         i++)
        found = &levels[i];
    return found;
}
