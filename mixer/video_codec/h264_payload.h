/*
 * h264_payload.h - RTP payloads of H.264 to pictures in Annex B form, and back. The functions
 * are those of a row of video_codec.h.
 *
 * In    Single NAL units, STAP-A, FU-A; others are refused. Whatever the payload format is, the
 *       picture is looked through for start codes once it is whole, as a decoder does it: what
 *       is said of it here is what the decoder will see.
 *       Parameter sets are remembered, from SDP by h264_payload_prime() and from the stream,
 *       and those that a key frame needs and does not bring are put before it.
 *       A key frame is an IDR picture or one with a recovery point (streams with intra refresh
 *       have no others), with all its parameter sets known.
 *       Broken is what misses something of itself, and all after a lost picture that others
 *       need, until the next key frame. Was only a picture lost that no other needs, frame_num
 *       goes on, and so does the picture.
 * Out   Mode 1: parameter sets and other small units in one STAP-A, large ones in FU-A of even
 *       size. Mode 0: one unit a packet.
 *
 * Thread   as in video_codec.h: one thread at a time.
 * Source   RFC 6184 sections 5.3 to 5.8; ITU-T H.264 sections 7.4.1.2.4, 7.4.3 (frame_num),
 *          D.2.8.
 */
#ifndef MIXER_VIDEO_CODEC_H264_PAYLOAD_H
#define MIXER_VIDEO_CODEC_H264_PAYLOAD_H

#include "mixer/video_codec/video_codec.h"

int h264_payload_assembler_create(struct video_assembler **assembler);
void h264_payload_assembler_destroy(struct video_assembler *assembler);

/** Gives it the parameter sets that the sender's SDP said; others in it are passed over. */
void h264_payload_prime(struct video_assembler *assembler, const uint8_t *annex_b,
                        size_t length);

int h264_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                          struct video_frame *frame);

int h264_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                          size_t max_payload_bytes, struct video_numbers *numbers,
                          struct video_fragments *fragments);

#endif
