/*
 * h265_payload.h - RTP payloads of H.265 to pictures in Annex B form, and back. The functions
 * are those of a row of video_codec.h.
 *
 * In    Single NAL units, AP, FU, without DONL. Parameter sets are remembered and put before
 * key frames as in h264_payload.h. A key frame is an IRAP picture; pictures that lead one with
 *       which decoding began (RASL) are broken. After a loss all is broken until the next IRAP
 *       picture, unless what was torn is a picture that no other needs.
 * Out   Parameter sets and other small units in one AP, large ones in FU of even size.
 *
 * Thread   as in video_codec.h: one thread at a time.
 * Source   RFC 7798 sections 4.4, 4.5; ITU-T H.265 table 7-1.
 */
#ifndef MIXER_VIDEO_CODEC_H265_PAYLOAD_H
#define MIXER_VIDEO_CODEC_H265_PAYLOAD_H

#include "mixer/video_codec/video_codec.h"

int h265_payload_assembler_create(struct video_assembler **assembler);
void h265_payload_assembler_destroy(struct video_assembler *assembler);

/** Gives it the parameter sets that the sender's SDP said; others in it are passed over. */
void h265_payload_prime(struct video_assembler *assembler, const uint8_t *annex_b,
                        size_t length);
int h265_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                          struct video_frame *frame);
int h265_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                          size_t max_payload_bytes, struct video_numbers *numbers,
                          struct video_fragments *fragments);

#endif
