/*
 * amr_payload.h - the RTP payload of AMR and AMR-WB, bandwidth-efficient and octet-aligned.
 *
 *   struct amr_payload payload;
 *   amr_payload_read(&payload, amr_payload_wide, octet_align, data, length);
 *   for each frame i < payload.count:   amr_payload_frame(&payload, i, frame);
 *   length = amr_payload_write(amr_payload_wide, octet_align, frames, count, data, room);
 *
 * Shape    A frame is as in a file of AMR (RFC 4867 section 5.3), which is what the codec
 *          libraries take and give: one octet of type and quality, then the bits, padded.
 * Thread   any; pure.
 * Errors   -EBADMSG for a payload that is none, of more than 120 ms, or of another length than
 *          its frames'. No CRC, no interleaving, no robust sorting: offers of them are refused.
 * Source   RFC 4867 sections 4.3, 4.4 and 5.3.
 */
#ifndef MIXER_CODEC_AMR_PAYLOAD_H
#define MIXER_CODEC_AMR_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    AMR_PAYLOAD_MAX_FRAMES = 6,
    AMR_PAYLOAD_FRAME_BYTES = 1 + 60, /* AMR-WB at 23.85 kbit/s: 477 bits */
    AMR_PAYLOAD_NO_DATA = 15,         /* type of a frame that was not sent */
    AMR_PAYLOAD_TYPES = 16,
    AMR_PAYLOAD_NO_TYPE = 0xffff, /* bits of a type that does not exist */
};

/** Bits of each type of frame. */
extern const uint16_t amr_payload_narrow[AMR_PAYLOAD_TYPES];
extern const uint16_t amr_payload_wide[AMR_PAYLOAD_TYPES];

/** A payload taken apart. @p data is borrowed: it must outlive the frames. */
struct amr_payload {
    const uint8_t *data;
    unsigned request; /* codec mode request: a mode, 15: none */
    unsigned count;   /* of frames, at least 1                */
    struct {
        uint8_t header; /* as the first octet of a frame */
        uint16_t bits;
        size_t at_bit;
    } frame[AMR_PAYLOAD_MAX_FRAMES];
};

/** @return 0 and *payload, or -EBADMSG. */
int amr_payload_read(struct amr_payload *payload, const uint16_t *bits_of_type,
                     bool octet_align, const uint8_t *data, size_t length);

/** Writes frame @p i to @p out [AMR_PAYLOAD_FRAME_BYTES]. @return its type. */
unsigned amr_payload_frame(const struct amr_payload *payload, unsigned i, uint8_t *out);

/** Whether the far end says that the bits of a frame are whole. */
bool amr_payload_is_good(const uint8_t *frame);

/** Frames in a payload of which it is not known how it is aligned. Both readings fit some
 * single frames of AMR at 5.15 kbit/s (1 in 100), of which two may be counted instead of one.
 *  @return -EBADMSG if neither fits. */
int amr_payload_count(const uint16_t *bits_of_type, const uint8_t *data, size_t length);

/** Packs @p count frames, without a mode request. @return bytes, or -ENOBUFS. */
int amr_payload_write(const uint16_t *bits_of_type, bool octet_align,
                      const uint8_t frames[][AMR_PAYLOAD_FRAME_BYTES], unsigned count,
                      uint8_t *out, size_t room);

#endif
