/*
 * image_header.h - what a still picture says of itself, read before a decoder sees it: kind,
 * size, and that it is all there.
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: none of these kinds, cut short, or something that pictures do not need and
 *          attacks do: animations, two frames in one, more than 64 scans, kinds of JPEG other
 *          than baseline, extended and progressive.
 * Source   ITU-T T.81 annex B (JPEG); PNG (W3C, second edition) sections 5 and 11; WebP
 *          Container Specification; RFC 6386 section 9.1 (VP8); WebP Lossless Bitstream
 *          Specification section 3.
 */
#ifndef MIXER_VIDEO_IMAGE_HEADER_H
#define MIXER_VIDEO_IMAGE_HEADER_H

#include <stddef.h>
#include <stdint.h>

enum image_kind { IMAGE_PNG, IMAGE_JPEG, IMAGE_WEBP };

struct image_header {
    enum image_kind kind;
    unsigned width, height; /* pixels, as stored: the orientation in EXIF is not looked at */
    size_t length;          /* bytes that belong to it; what follows is not its own        */
};

int image_header_read(const uint8_t *bytes, size_t length, struct image_header *header);

/** Copies what decoding a PNG needs to @p out, which has room for header.length bytes: texts
 *  and profiles, which may inflate without a limit, and animations stay behind. @p bytes has
 *  passed image_header_read(). @return how many bytes. */
size_t image_header_strip_png(const uint8_t *bytes, size_t length, uint8_t *out);

#endif
