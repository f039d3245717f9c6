/*
 * av1_encoder.h - AV1 by libaom, for conversation: one layer, no delay, key frames only when
 * they are asked for, no picture left out.
 *
 * Shape    a temporal unit of OBUs with sizes, as libaom makes it: temporal delimiter first,
 *          sequence header before each key frame. Main profile, 8 bits. Rate and colours as in
 *          vpx_encoder.h; other colours begin anew, with a key frame.
 * Thread   as video_codec.h; config.threads > 1 has libaom make its own.
 * Errors   as video_codec.h. -EINVAL: sides must be 16 to 8192.
 * Source   AV1 bit stream and decoding process, section 7.5 (order of OBUs).
 */
#ifndef MIXER_VIDEO_CODEC_AV1_ENCODER_H
#define MIXER_VIDEO_CODEC_AV1_ENCODER_H

#include "mixer/video_codec/video_codec.h"

int av1_encoder_create(const struct video_encoder_config *config,
                       struct video_encoder **encoder);
void av1_encoder_destroy(struct video_encoder *encoder); /* NULL is allowed */
int av1_encoder_encode(struct video_encoder *encoder, const struct picture *picture,
                       uint32_t timestamp, bool key, struct video_frame *frame);
void av1_encoder_set_bitrate(struct video_encoder *encoder, unsigned bitrate_bps);

#endif
