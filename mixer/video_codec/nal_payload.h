/*
 * nal_payload.h - what the payload formats of H.264 and H.265 do alike with NAL units: single
 * ones, several in one packet (an aggregate: STAP-A, AP), one in several (pieces: FU-A, FU).
 *
 *   static const struct nal_format format = {.head_bytes = 1, .type_bits = 0x1f, ...};
 *   in:   nal_payload_add(&format, &piece, &assembly, packet);       to Annex B
 *   out:  nal_payload_fragment(&format, frame, true, most, fragments);
 *
 * Filler units are left out either way. What the units say is the codec's.
 *
 * Shape    pictures in Annex B form. A unit's type is in the first byte of its header; a piece
 *          begins with a unit's header, of type PIECE, and a byte of two flags and the unit's
 *          own type.
 * Thread   whoever has the assembler; fragment: any.
 * Errors   -EBADMSG: no payload of this format; -ENOMEM; -E2BIG as video_codec.h says.
 * Source   RFC 6184 sections 5.3 to 5.8; RFC 7798 sections 4.4.1 to 4.4.3.
 */
#ifndef MIXER_VIDEO_CODEC_NAL_PAYLOAD_H
#define MIXER_VIDEO_CODEC_NAL_PAYLOAD_H

#include "mixer/video_codec/assembly.h"
#include "mixer/video_codec/video_codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAL_PAYLOAD_HEAD_BYTES = 2 }; /* of a unit, at most */

/** How a codec writes NAL unit headers. */
struct nal_format {
    uint8_t head_bytes;
    uint8_t type_bits, type_shift;     /* where the type is in the first byte               */
    uint8_t first_single, last_single; /* types of units; the others are of packets         */
    uint8_t filler, piece;             /* types                                             */
    uint8_t aggregate[NAL_PAYLOAD_HEAD_BYTES]; /* the header of one                         */
    uint8_t greatest; /* bits of the first byte of which an aggregate has the greatest in it */
};

/** The unit that pieces are of. Zeroed at the begin of each picture. */
struct nal_piece {
    bool is_begun;
    uint8_t type;
};

/** Adds what is in a packet. A unit that was begun and not ended tears the picture. */
int nal_payload_add(const struct nal_format *format, struct nal_piece *piece,
                    struct assembly *assembly, const struct video_packet *packet);

/** Puts a unit, with its start code, at *at, which moves behind it. */
int nal_payload_insert(struct assembly *assembly, const uint8_t *bytes, size_t length,
                       size_t *at);

/** Cuts a picture: its first units, as many as fit, in one aggregate, large ones in pieces of
 *  the same size but for one byte. Not @p is_cut: one unit a packet. */
int nal_payload_fragment(const struct nal_format *format, const struct video_frame *frame,
                         bool is_cut, size_t max_payload_bytes,
                         struct video_fragments *fragments);

#endif
