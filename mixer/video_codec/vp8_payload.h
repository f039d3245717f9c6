/*
 * vp8_payload.h - RTP payloads of VP8 to pictures, and back. The functions are those of a row
 * of video_codec.h.
 *
 * In    All of the payload descriptor. A picture is broken if part of it is missing, or a
 *       picture that it needs (layer_chain.h). Size and kind are those of the frame header.
 * Out   Pieces of even size, each with a picture ID of 15 bits; partitions are not aligned with
 *       packets, so PID is 0 always. No temporal layers.
 *
 * Thread   as in video_codec.h: one thread at a time.
 * Source   RFC 7741 sections 4.1 to 4.4; RFC 6386 section 9.1 (frame header).
 */
#ifndef MIXER_VIDEO_CODEC_VP8_PAYLOAD_H
#define MIXER_VIDEO_CODEC_VP8_PAYLOAD_H

#include "mixer/video_codec/video_codec.h"

/** Beginning of a VP8 frame. */
struct vp8_payload_header {
    bool is_key;
    uint16_t width, height; /* of a key frame, else 0 */
};

/** @return 0, or -EBADMSG: cut, no sync code, or of no size. */
int vp8_payload_header(const uint8_t *bytes, size_t length, struct vp8_payload_header *header);

int vp8_payload_assembler_create(struct video_assembler **assembler);
void vp8_payload_assembler_destroy(struct video_assembler *assembler);
int vp8_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                         struct video_frame *frame);
int vp8_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                         size_t max_payload_bytes, struct video_numbers *numbers,
                         struct video_fragments *fragments);

#endif
