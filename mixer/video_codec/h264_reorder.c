/* h264_reorder.c - cuts SPS off before their bitstream restriction. */
#include "mixer/video_codec/h264_reorder.h"

#include "mixer/video_codec/annex_b.h"
#include "mixer/video_codec/bits.h"
#include "mixer/video_codec/h264_parameters.h"

#include <string.h>

enum { MAX_SPS_BYTES = 1024, EXTENDED_ASPECT = 255, MAX_BUFFERS = 32 };

static void skip_hrd(struct bits *bits)
{
    const uint32_t buffers = bits_exp_golomb(bits) + 1;
    bits_skip(bits, 4 + 4); /* bit_rate_scale, cpb_size_scale */
    for (uint32_t i = 0; i < buffers && i < MAX_BUFFERS; i++) {
        bits_exp_golomb(bits);
        bits_exp_golomb(bits);
        bits_skip(bits, 1);
    }
    bits_skip(bits, 4 * 5); /* lengths of delays and times */
}

/* From vui_parameters_present_flag to bitstream_restriction_flag, which is read next. */
static void skip_to_restriction(struct bits *bits)
{
    bits_skip(bits, 1);
    if (bits_flag(bits) && bits_read(bits, 8) == EXTENDED_ASPECT)
        bits_skip(bits, 2 * 16);
    if (bits_flag(bits))
        bits_skip(bits, 1); /* overscan_appropriate_flag */
    if (bits_flag(bits)) {
        bits_skip(bits, 3 + 1); /* video_format, video_full_range_flag */
        if (bits_flag(bits))
            bits_skip(bits, 3 * 8);
    }
    if (bits_flag(bits)) { /* chroma_loc_info_present_flag */
        bits_exp_golomb(bits);
        bits_exp_golomb(bits);
    }
    if (bits_flag(bits)) /* timing_info_present_flag */
        bits_skip(bits, 2 * 32 + 1);
    const bool nal = bits_flag(bits);
    if (nal)
        skip_hrd(bits);
    const bool vcl = bits_flag(bits);
    if (vcl)
        skip_hrd(bits);
    if (nal || vcl)
        bits_skip(bits, 1); /* low_delay_hrd_flag */
    bits_skip(bits, 1);     /* pic_struct_present_flag */
}

static bool says_reordered(struct bits *bits)
{
    if (!bits_flag(bits))
        return false;
    bits_skip(bits, 1); /* motion_vectors_over_pic_boundaries_flag */
    for (unsigned i = 0; i < 4; i++)
        bits_exp_golomb(bits); /* most bytes and bits, lengths of vectors */
    return bits_exp_golomb(bits) > 0 && !bits->is_over;
}

/* The first @p count bits, a 0 for bitstream_restriction_flag, and the 1 that ends a unit.
 * Returns bytes. */
static size_t end_at(uint8_t *bytes, size_t count)
{
    const size_t stop = count + 1;
    bytes[count / 8] &= (uint8_t)(0xff00 >> count % 8);
    if (stop % 8 == 0)
        bytes[stop / 8] = 0;
    bytes[stop / 8] |= (uint8_t)(0x80 >> stop % 8);
    return stop / 8 + 1;
}

static size_t escape(const uint8_t *bytes, size_t length, uint8_t *out)
{
    size_t written = 0;
    unsigned zeros = 0;
    for (size_t i = 0; i < length; i++) {
        if (zeros == 2 && bytes[i] <= 3) {
            out[written++] = 3;
            zeros = 0;
        }
        zeros = bytes[i] ? 0 : zeros + 1;
        out[written++] = bytes[i];
    }
    return written;
}

/* Writes the unit as it is to be to @p out, at most a byte longer than it was; 0: as it is. */
static size_t rewrite(const struct annex_b_unit *unit, uint8_t *out)
{
    uint8_t raw[MAX_SPS_BYTES];
    struct h264_sps sps;
    if (unit->length > sizeof(raw) || h264_parameters_sps(unit, &sps) < 0)
        return 0;
    struct bits bits = bits_of(raw, annex_b_unescape(unit, raw, sizeof(raw)));
    bits_skip(&bits, sps.usability_at);
    struct bits flag = bits;
    if (!bits_flag(&flag))
        return 0;
    skip_to_restriction(&bits);
    const size_t at = bits.at;
    return says_reordered(&bits) ? escape(raw, end_at(raw, at), out) : 0;
}

size_t h264_reorder_forget(const uint8_t *bytes, size_t length, uint8_t *out)
{
    struct annex_b scan = annex_b_of(bytes, length);
    struct annex_b_unit unit;
    const uint8_t *from = bytes; /* what has not been copied yet */
    size_t written = 0;
    for (unsigned changed = 0;
         changed < H264_REORDER_SPARE_BYTES && annex_b_next(&scan, &unit);) {
        const unsigned type = h264_parameters_type(&unit);
        if (type >= H264_SLICE && type <= H264_IDR)
            break;
        uint8_t sps[2 * MAX_SPS_BYTES];
        const size_t sps_length = rewrite(&unit, sps);
        if (!sps_length || sps_length > unit.length + 1)
            continue;
        const size_t before = (size_t)(unit.bytes - from);
        memcpy(out + written, from, before);
        memcpy(out + written + before, sps, sps_length);
        written += before + sps_length;
        from = unit.bytes + unit.length;
        changed++;
    }
    if (from == bytes)
        return 0;
    const size_t rest = (size_t)(bytes + length - from);
    memcpy(out + written, from, rest);
    return written + rest;
}
