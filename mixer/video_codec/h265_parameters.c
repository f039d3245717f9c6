/* h265_parameters.c - H.265's headers, bit by bit. */
#include "mixer/video_codec/h265_parameters.h"
#include "mixer/video_codec/bits.h"

#include <errno.h>

enum {
    MAX_HEADER_BYTES = 256, /* that are looked at */
    NO_TYPE = 63,
    MAX_VPS_ID = 15,
    MAX_SPS_ID = 15,
    MAX_PPS_ID = 63,
    PROFILE_BITS = 88,
    LEVEL_BITS = 8,
    MAX_SUB_LAYERS = 8,
};

unsigned h265_parameters_type(const struct annex_b_unit *unit)
{
    return unit->length < H265_HEAD_BYTES ? NO_TYPE : unit->bytes[0] >> 1 & 0x3f;
}

bool h265_parameters_is_slice(unsigned type)
{
    return type <= H265_LAST_SLICE;
}

bool h265_parameters_is_irap(unsigned type)
{
    return type >= H265_FIRST_IRAP && type <= H265_LAST_IRAP;
}

static void skip_profile(struct bits *bits, unsigned sub_layers)
{
    bool has_profile[MAX_SUB_LAYERS] = {false}, has_level[MAX_SUB_LAYERS] = {false};
    bits_skip(bits, PROFILE_BITS + LEVEL_BITS);
    for (unsigned i = 0; i < sub_layers; i++) {
        has_profile[i] = bits_flag(bits);
        has_level[i] = bits_flag(bits);
    }
    bits_skip(bits, sub_layers ? (size_t)2 * (MAX_SUB_LAYERS - sub_layers) : 0);
    for (unsigned i = 0; i < sub_layers; i++)
        bits_skip(bits, (has_profile[i] ? (size_t)PROFILE_BITS : 0) +
                            (has_level[i] ? (size_t)LEVEL_BITS : 0));
}

static bool read_size(struct bits *bits, struct h265_set *set)
{
    const uint32_t chroma = bits_exp_golomb(bits);
    const bool is_separate = chroma == 3 && bits_flag(bits);
    uint64_t width = bits_exp_golomb(bits), height = bits_exp_golomb(bits);
    if (chroma > 3 || width > UINT16_MAX || height > UINT16_MAX)
        return false;
    if (bits_flag(bits)) {
        const unsigned across = !is_separate && (chroma == 1 || chroma == 2) ? 2 : 1;
        const unsigned down = !is_separate && chroma == 1 ? 2 : 1;
        uint64_t cut[4];
        for (unsigned i = 0; i < 4; i++)
            cut[i] = bits_exp_golomb(bits);
        if ((cut[0] + cut[1]) * across >= width || (cut[2] + cut[3]) * down >= height)
            return false;
        width -= (cut[0] + cut[1]) * across;
        height -= (cut[2] + cut[3]) * down;
    }
    set->width = (uint16_t)width;
    set->height = (uint16_t)height;
    return width && height;
}

static bool read_sps(struct bits *bits, struct h265_set *set)
{
    set->needs = (uint8_t)bits_read(bits, 4);
    const unsigned sub_layers = bits_read(bits, 3);
    if (sub_layers >= MAX_SUB_LAYERS - 1)
        return false;
    bits_skip(bits, 1); /* sps_temporal_id_nesting_flag */
    skip_profile(bits, sub_layers);
    const uint32_t id = bits_exp_golomb(bits);
    set->id = (uint8_t)id;
    return id <= MAX_SPS_ID && read_size(bits, set);
}

static bool read_pps(struct bits *bits, struct h265_set *set)
{
    const uint32_t id = bits_exp_golomb(bits), sps_id = bits_exp_golomb(bits);
    set->id = (uint8_t)id;
    set->needs = (uint8_t)sps_id;
    return id <= MAX_PPS_ID && sps_id <= MAX_SPS_ID;
}

int h265_parameters_set(const struct annex_b_unit *unit, struct h265_set *set)
{
    uint8_t bytes[MAX_HEADER_BYTES];
    struct bits bits = bits_of(bytes, annex_b_unescape(unit, bytes, sizeof(bytes)));
    struct h265_set read = {.type = (uint8_t)h265_parameters_type(unit)};
    bool is_good = false;
    bits_skip(&bits, 8 * H265_HEAD_BYTES);
    if (read.type == H265_VPS) {
        read.id = (uint8_t)bits_read(&bits, 4);
        is_good = true;
    } else if (read.type == H265_SPS) {
        is_good = read_sps(&bits, &read);
    } else if (read.type == H265_PPS) {
        is_good = read_pps(&bits, &read);
    }
    if (!is_good || bits.is_over)
        return -EBADMSG;
    *set = read;
    return 0;
}

int h265_parameters_slice(const struct annex_b_unit *unit, struct h265_slice *slice)
{
    uint8_t bytes[MAX_HEADER_BYTES / 8];
    const unsigned type = h265_parameters_type(unit);
    if (!h265_parameters_is_slice(type))
        return -EBADMSG;
    struct bits bits = bits_of(bytes, annex_b_unescape(unit, bytes, sizeof(bytes)));
    bits_skip(&bits, 8 * H265_HEAD_BYTES);
    const bool is_first = bits_flag(&bits);
    bits_skip(&bits, type >= H265_FIRST_IRAP && type <= H265_LAST_IRAP + 2 ? 1 : 0);
    const uint32_t pps_id = bits_exp_golomb(&bits);
    if (bits.is_over || pps_id > MAX_PPS_ID)
        return -EBADMSG;
    *slice = (struct h265_slice){is_first, (uint8_t)pps_id};
    return 0;
}
