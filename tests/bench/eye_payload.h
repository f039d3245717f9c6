/*
 * eye_payload.h - coded pictures cut into RTP payloads and joined again: H.264 (single NAL
 * units, STAP-A, FU-A), VP8, VP9.
 *
 *   eye_cut(&cutter, bytes, length, &pieces);              each piece is a payload
 *   eye_joiner_add(joiner, payload, length, marker, timestamp, gap);
 *
 * It is of the bench alone, written from the RFCs, so that the server's own is not measured
 * against itself.
 *
 * Thread   one per object.
 * Errors   0 or a negative errno; payloads are not trusted: what does not fit breaks its
 *          picture.
 * Source   RFC 6184 sections 5.6, 5.7.1, 5.8; RFC 7741 section 4.2; RFC 9628 section 4.2.
 */
#ifndef TESTS_BENCH_EYE_PAYLOAD_H
#define TESTS_BENCH_EYE_PAYLOAD_H

#include "tests/bench/eye_coder.h"

enum { EYE_PAYLOAD_BYTES = 1200, EYE_MAX_PIECES = 1024, EYE_MAX_PICTURE_BYTES = 1 << 20 };

struct eye_piece {
    uint16_t length;
    uint8_t bytes[EYE_PAYLOAD_BYTES];
};

/** What comes of one picture; the last piece has the marker. About 1.2 MB. */
struct eye_pieces {
    unsigned count;
    struct eye_piece piece[EYE_MAX_PIECES];
};

struct eye_cutter {
    enum eye_codec codec;
    bool single; /* H.264: packetization-mode 0 */
    uint16_t picture_id;
};

/** @return 0; -E2BIG: too many pieces, or one that may not be cut is too long. */
int eye_cut(struct eye_cutter *cutter, const uint8_t *bytes, size_t length, bool is_key,
            struct eye_pieces *pieces);

/** A picture as it came. @p bytes are borrowed until the next call. */
struct eye_joined {
    const uint8_t *bytes;
    size_t length;
    bool is_key;
    bool is_broken; /* a part is missing */
};

struct eye_joiner;
int eye_joiner_create(enum eye_codec codec, struct eye_joiner **joiner);
void eye_joiner_destroy(struct eye_joiner *joiner); /* NULL is allowed */

/** Takes the next packet in order. @p gap: packets before it are missing. @return true: the
 *  packet had the marker, and *joined is the picture. A picture whose marker is missing breaks
 *  the next one. */
bool eye_joiner_add(struct eye_joiner *joiner, const uint8_t *payload, size_t length,
                    bool marker, bool gap, struct eye_joined *joined);

#endif
