/*
 * annex_b.h - the NAL units of an H.264 or H.265 byte stream: where each begins and ends.
 *
 *   struct annex_b scan = annex_b_of(bytes, length);
 *   struct annex_b_unit unit;
 *   while (annex_b_next(&scan, &unit))   ...unit.bytes, unit.length...
 *
 * Shape    start codes are 00 00 01, with any number of zeros before. A unit is without its
 *          start code and without zeros at its end; units of no bytes are passed over.
 * Thread   any; pure.
 * Source   ITU-T H.264 annex B, section 7.3.1 (emulation prevention); H.265 the same.
 */
#ifndef MIXER_VIDEO_CODEC_ANNEX_B_H
#define MIXER_VIDEO_CODEC_ANNEX_B_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ANNEX_B_START_BYTES = 4 };
extern const uint8_t annex_b_start[ANNEX_B_START_BYTES];

struct annex_b {
    const uint8_t *at, *end; /* borrowed */
};

struct annex_b_unit {
    const uint8_t *bytes; /* at least the NAL unit header's first */
    size_t length;
};

struct annex_b annex_b_of(const uint8_t *bytes, size_t length);

/** @return whether there is one more. What comes before the first start code is none. */
bool annex_b_next(struct annex_b *scan, struct annex_b_unit *unit);

/** Copies a unit without its emulation prevention bytes, at most @p room bytes.
 *  @return bytes written. */
size_t annex_b_unescape(const struct annex_b_unit *unit, uint8_t *out, size_t room);

#endif
