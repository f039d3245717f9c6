/*
 * annex_b_units.h - NAL units and pictures of them, made and compared.
 *
 *   length += annex_b_units_add(&seed, head, sizeof(head), 200, picture + length);
 *   annex_b_units_same(&out, &in);
 */
#ifndef TESTS_UNIT_MIXER_VIDEO_CODEC_ANNEX_B_UNITS_H
#define TESTS_UNIT_MIXER_VIDEO_CODEC_ANNEX_B_UNITS_H

#include "mixer/video_codec/annex_b.h"
#include "mixer/video_codec/video_codec.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** Writes a unit that is said in hexadecimal. @return bytes written. */
static inline size_t annex_b_units_from_hex(const char *hex, uint8_t *out)
{
    size_t length = 0;
    for (; hex[0]; hex += 2) {
        const char digits[] = {hex[0], hex[1], '\0'};
        out[length++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return length;
}

/** Writes a unit of @p length bytes behind a start code: @p head, as far as it fits, then any
 *  bytes without start codes in them. @return bytes written. */
static inline size_t annex_b_units_add(uint32_t *seed, const void *head, size_t head_length,
                                       size_t length, uint8_t *out)
{
    memcpy(out, annex_b_start, sizeof(annex_b_start));
    out += sizeof(annex_b_start);
    signal_random_bytes(seed, out, length);
    for (size_t i = 0; i < length; i++)
        out[i] |= 1;
    memcpy(out, head, head_length < length ? head_length : length);
    return sizeof(annex_b_start) + length;
}

static inline size_t annex_b_units_flatten(const struct video_frame *frame, uint8_t *out)
{
    struct annex_b scan = annex_b_of(frame->bytes, frame->length);
    struct annex_b_unit unit;
    size_t at = 0;
    while (annex_b_next(&scan, &unit)) {
        out[at++] = (uint8_t)(unit.length >> 8);
        out[at++] = (uint8_t)unit.length;
        memcpy(out + at, unit.bytes, unit.length);
        at += unit.length;
    }
    return at;
}

/** The units alone, without start codes: two forms of one picture compare equal. */
static inline void annex_b_units_same(const struct video_frame *a, const struct video_frame *b)
{
    static uint8_t got[1 << 18], want[1 << 18];
    const size_t length = annex_b_units_flatten(a, got);
    assert_int_equal(length, annex_b_units_flatten(b, want));
    assert_memory_equal(got, want, length);
}

#endif
