/*
 * av1_payload.h - RTP payloads of AV1 to temporal units, and back. The functions are those of a
 * row of video_codec.h.
 *
 * In    Units come out with their sizes, behind a temporal delimiter, without padding. A key
 *       frame is one that is shown and brings its sequence header. After a loss all is broken
 *       until the next one: what depends on what only the dependency descriptor says, which is
 *       not read.
 * Out   One unit a packet, or in pieces of even size.
 *
 * Thread   as in video_codec.h: one thread at a time.
 * Source   RTP Payload Format for AV1, version 1.0, sections 4 and 5.
 */
#ifndef MIXER_VIDEO_CODEC_AV1_PAYLOAD_H
#define MIXER_VIDEO_CODEC_AV1_PAYLOAD_H

#include "mixer/video_codec/video_codec.h"

int av1_payload_assembler_create(struct video_assembler **assembler);
void av1_payload_assembler_destroy(struct video_assembler *assembler);
int av1_payload_assemble(struct video_assembler *assembler, const struct video_packet *packet,
                         struct video_frame *frame);
int av1_payload_fragment(const struct video_frame *frame, const struct video_params *params,
                         size_t max_payload_bytes, struct video_numbers *numbers,
                         struct video_fragments *fragments);

#endif
