/*
 * bits.h - reads the headers of video streams bit by bit, never beyond their end.
 *
 *   struct bits bits = bits_of(bytes, length);
 *   width = bits_read(&bits, 16);  profile = bits_exp_golomb(&bits);  ...
 *   if (bits.is_over) return -EBADMSG;      once, behind the last one
 *
 * Shape    most significant bit first. What is read behind the end is 0, and is_over stays set.
 * Thread   any; pure.
 * Source   ITU-T H.264 section 9.1 (Exp-Golomb).
 */
#ifndef MIXER_VIDEO_CODEC_BITS_H
#define MIXER_VIDEO_CODEC_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bits {
    const uint8_t *bytes; /* borrowed */
    size_t length;
    size_t at; /* the next bit */
    bool is_over;
};

struct bits bits_of(const uint8_t *bytes, size_t length);

/** The next @p count bits, at most 32. */
uint32_t bits_read(struct bits *bits, unsigned count);

/** The next bit, as a flag. */
bool bits_flag(struct bits *bits);

/** Passes over @p count bits. */
void bits_skip(struct bits *bits, size_t count);

/** ue(v); what would not fit into 32 bits sets is_over. */
uint32_t bits_exp_golomb(struct bits *bits);

/** se(v), clipped to what an int32_t holds. */
int32_t bits_exp_golomb_signed(struct bits *bits);

/** Bits that are left. */
size_t bits_left(const struct bits *bits);

#endif
