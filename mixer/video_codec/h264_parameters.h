/*
 * h264_parameters.h - what H.264's sequence and picture parameter sets and slice headers say,
 * sprop-parameter-sets of SDP, and what its levels allow.
 *
 *   struct h264_sps sps;
 *   if (unit.bytes is of H264_SPS && h264_parameters_sps(&unit, &sps) == 0)  sps.width ...
 *
 * Shape    units as annex_b.h has them, header included. Sizes in luma samples, cropped.
 * Thread   any; pure.
 * Errors   -EBADMSG: none such, cut off, or a value out of its range. Nothing is written then.
 * Source   ITU-T H.264 sections 7.3.1, 7.3.2.1, 7.3.2.2, 7.3.3, D.1.8, E.1, table A-1;
 *          RFC 6184 section 8.1 (sprop-parameter-sets).
 */
#ifndef MIXER_VIDEO_CODEC_H264_PARAMETERS_H
#define MIXER_VIDEO_CODEC_H264_PARAMETERS_H

#include "mixer/base/picture.h"
#include "mixer/video_codec/annex_b.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** nal_unit_type. */
enum h264_unit {
    H264_SLICE = 1,
    H264_PARTITION_A = 2,
    H264_IDR = 5,
    H264_SEI = 6,
    H264_SPS = 7,
    H264_PPS = 8,
    H264_FILLER = 12,
};
enum { H264_MAX_SPS_ID = 31, H264_MAX_PPS_ID = 255 };

struct h264_sps {
    uint8_t id, profile, constraints, level; /* profile_idc, the byte behind it, level_idc */
    uint8_t chroma_format;                   /* chroma_format_idc: 1 is 4:2:0              */
    uint8_t bit_depth;                       /* the greater of luma's and chroma's         */
    uint8_t frame_number_bits;
    uint8_t reference_frames;
    bool separate_planes;
    bool has_fields; /* not frame_mbs_only */
    uint16_t width, height;
    uint16_t usability_at;      /* bit of vui_parameters_present_flag */
    bool full_range;            /* false if not said                  */
    bool has_matrix;            /* *matrix is said                    */
    enum picture_matrix matrix; /* BT.601 for all that is not BT.709  */
};

struct h264_pps {
    uint8_t id, sps_id;
};

/** The beginning of a slice header; frame_number is h264_parameters_frame_number()'s. */
struct h264_slice {
    uint32_t first_macroblock;
    uint8_t type; /* modulo 5; 2: I */
    uint8_t pps_id;
};

struct h264_level {
    uint8_t level; /* level_idc; 9: 1b */
    uint32_t max_blocks_per_s, max_frame_blocks, max_bitrate_kbps;
};

unsigned h264_parameters_type(const struct annex_b_unit *unit);
int h264_parameters_sps(const struct annex_b_unit *unit, struct h264_sps *sps);
int h264_parameters_pps(const struct annex_b_unit *unit, struct h264_pps *pps);
int h264_parameters_slice(const struct annex_b_unit *unit, struct h264_slice *slice);

/** frame_num of a slice of @p sps. */
int h264_parameters_frame_number(const struct annex_b_unit *unit, const struct h264_sps *sps,
                                 uint32_t *number);

/** @return whether a SEI unit says that decoding can begin with its picture, though it is no
 *  IDR (recovery point). */
bool h264_parameters_is_recovery_point(const struct annex_b_unit *unit);

/** sprop-parameter-sets to Annex B. @return bytes, -EBADMSG, -ENOBUFS: more than @p room. */
int h264_parameters_from_sprop(const char *sprop, uint8_t *out, size_t room);

/** Annex B to sprop-parameter-sets: its SPS and PPS. @return 0, -ENOBUFS. */
int h264_parameters_to_sprop(const uint8_t *bytes, size_t length, char *out, size_t room);

/** What a level allows; of one that does not exist the next lower, at least 1. Level 1b is 9,
 * or 11 with constraint_set3 in the profiles below High. */
const struct h264_level *h264_parameters_level(unsigned profile, unsigned constraints,
                                               unsigned level);

#endif
