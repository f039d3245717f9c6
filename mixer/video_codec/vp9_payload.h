/*
 * vp9_payload.h - RTP payloads of VP9 to pictures, and back. The functions are those of a row
 * of video_codec.h.
 *
 * In    All of the payload descriptor, both modes. The spatial layers of a picture come out
 *       together, as one superframe with an index (as decoders want it). A picture is broken if
 *       part of it is missing, or a layer that another of its layers needs, or an earlier
 *       picture that it needs: in flexible mode P_DIFF says which, else layer_chain.h.
 *       The size is the greater of the key frame's header and the scalability structure, of the
 *       layers that came. What a later frame header may change is the decoder's to refuse.
 * Out   One layer, a picture ID of 15 bits. Packetization 0: non-flexible and nothing more,
 *       which is all that baresip and libavformat read. 1: flexible, the picture before as the
 *       only reference, for browsers: in non-flexible mode they want layers and TL0PICIDX.
 *
 * Thread   as in video_codec.h: one thread at a time.
 * Source   RFC 9628 sections 4.2 to 4.4; VP9 bitstream specification 6.2 (header), annex B
 *          (superframes).
 */
#ifndef MIXER_VIDEO_CODEC_VP9_PAYLOAD_H
#define MIXER_VIDEO_CODEC_VP9_PAYLOAD_H

#include "mixer/video_codec/video_codec.h"

/** Beginning of a VP9 frame. */
struct vp9_payload_header {
    uint8_t profile;
    bool is_key;
    uint16_t width, height; /* of a key frame of at most 65535 x 65535, else 0 */
};

/** @return 0, or -EBADMSG: cut, none, or of a colour space that its profile does not have. */
int vp9_payload_header(const uint8_t *bytes, size_t length, struct vp9_payload_header *header);

int vp9_payload_assembler_create(struct video_assembler **assembler);
void vp9_payload_assembler_destroy(struct video_assembler *assembler);
int vp9_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                         struct video_frame *frame);
int vp9_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                         size_t max_payload_bytes, struct video_numbers *numbers,
                         struct video_fragments *fragments);

#endif
