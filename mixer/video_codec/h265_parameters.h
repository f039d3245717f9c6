/*
 * h265_parameters.h - what H.265's parameter sets and slice headers say, as far as it is needed
 * to know a picture's size and which sets it needs.
 *
 * Shape    units as annex_b.h has them, header included. Sizes in luma samples, cropped.
 * Thread   any; pure.
 * Errors   -EBADMSG: none such, cut off, or a value out of its range.
 * Source   ITU-T H.265 sections 7.3.1.2, 7.3.2, 7.3.3, 7.3.6.1, table 7-1.
 */
#ifndef MIXER_VIDEO_CODEC_H265_PARAMETERS_H
#define MIXER_VIDEO_CODEC_H265_PARAMETERS_H

#include "mixer/video_codec/annex_b.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** nal_unit_type. */
enum h265_unit {
    H265_RASL_N = 8,
    H265_RASL_R = 9,
    H265_LAST_NON_REFERENCE = 14, /* even ones up to here */
    H265_FIRST_IRAP = 16,
    H265_LAST_IRAP = 21,
    H265_LAST_SLICE = 31,
    H265_VPS = 32,
    H265_SPS = 33,
    H265_PPS = 34,
    H265_DELIMITER = 35,
    H265_FILLER = 38,
};
enum { H265_HEAD_BYTES = 2 };

/** A VPS, SPS or PPS. */
struct h265_set {
    uint8_t type; /* H265_VPS, H265_SPS, H265_PPS            */
    uint8_t id;
    uint8_t needs;          /* the ID of the SPS's VPS, the PPS's SPS */
    uint16_t width, height; /* of an SPS                              */
};

struct h265_slice {
    bool is_first; /* of its picture */
    uint8_t pps_id;
};

/** @return nal_unit_type; 63 of a unit of less than two bytes. */
unsigned h265_parameters_type(const struct annex_b_unit *unit);
bool h265_parameters_is_slice(unsigned type);
bool h265_parameters_is_irap(unsigned type);

int h265_parameters_set(const struct annex_b_unit *unit, struct h265_set *set);
int h265_parameters_slice(const struct annex_b_unit *unit, struct h265_slice *slice);

#endif
