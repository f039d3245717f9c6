/*
 * av1_obu.h - the units of an AV1 bit stream, and what sequence and frame headers say.
 *
 *   size_t at = 0;
 *   struct av1_obu obu;
 *   while (av1_obu_next(bytes, length, &at, &obu) == 1)   ...obu.type, obu.payload...
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: cut, or a value out of its range.
 * Source   AV1 bitstream specification 4.10.5 (leb128), 5.3 (OBU), 5.5 (sequence header),
 *          5.9.2.
 */
#ifndef MIXER_VIDEO_CODEC_AV1_OBU_H
#define MIXER_VIDEO_CODEC_AV1_OBU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum av1_obu_type {
    AV1_OBU_SEQUENCE = 1,
    AV1_OBU_DELIMITER = 2,
    AV1_OBU_FRAME_HEADER = 3,
    AV1_OBU_FRAME = 6,
    AV1_OBU_TILE_LIST = 8,
    AV1_OBU_PADDING = 15,
};
enum { AV1_OBU_LEB128_BYTES = 8, AV1_OBU_HEAD_BYTES = 2 };

struct av1_obu {
    enum av1_obu_type type;
    uint8_t head[AV1_OBU_HEAD_BYTES]; /* without has_size */
    uint8_t head_length;
    const uint8_t *payload; /* borrowed */
    size_t length;
};

struct av1_obu_sequence {
    uint8_t profile, level;
    bool is_still; /* reduced_still_picture_header: all frames are key frames */
    uint16_t width, height;
};

/** Unit at @p *at, which moves behind it; one that does not say its size is the last.
 *  @return 1, 0 at the end, -EBADMSG. */
int av1_obu_next(const uint8_t *bytes, size_t length, size_t *at, struct av1_obu *obu);

/** @return bytes read, at most 8, or -EBADMSG: cut, or above 2^32 - 1. */
int av1_obu_leb128_read(const uint8_t *bytes, size_t length, uint32_t *value);

/** @p out: AV1_OBU_LEB128_BYTES. @return bytes written. */
size_t av1_obu_leb128_write(uint32_t value, uint8_t *out);

int av1_obu_sequence(const struct av1_obu *obu, struct av1_obu_sequence *sequence);

/** Whether a frame (header) is a key frame that is shown. */
bool av1_obu_is_key(const struct av1_obu *obu, const struct av1_obu_sequence *sequence);

#endif
