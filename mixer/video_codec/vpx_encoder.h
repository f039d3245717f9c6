/*
 * vpx_encoder.h - VP8 and VP9 by libvpx, for conversation: one layer, no delay, key frames only
 * when they are asked for, no picture left out.
 *
 *   vpx_encoder_create_vp8(&config, &encoder);
 *   vpx_encoder_encode(encoder, picture, timestamp, key, &frame);
 *
 * Shape    The rate is constant over a second or so; time stamps tell how fast pictures come,
 *          so that a lower frame rate than the configured one has the same bit rate. VP9
 *          signals matrix and range as the pictures have them, from the next key frame on. VP8
 *          can signal neither: its colours are BT.601, limited, whatever was meant.
 * Thread   as video_codec.h; config.threads > 1 has libvpx make its own (VP9: tile columns).
 * Errors   as video_codec.h. -EINVAL: sides must be 16 to 8192; VP9 profile 0 only.
 * Source   RFC 6386; VP9 bit stream, section 7.2 (colour configuration).
 */
#ifndef MIXER_VIDEO_CODEC_VPX_ENCODER_H
#define MIXER_VIDEO_CODEC_VPX_ENCODER_H

#include "mixer/video_codec/video_codec.h"

int vpx_encoder_create_vp8(const struct video_encoder_config *config,
                           struct video_encoder **encoder);
int vpx_encoder_create_vp9(const struct video_encoder_config *config,
                           struct video_encoder **encoder);
void vpx_encoder_destroy(struct video_encoder *encoder); /* NULL is allowed */
int vpx_encoder_encode(struct video_encoder *encoder, const struct picture *picture,
                       uint32_t timestamp, bool key, struct video_frame *frame);
void vpx_encoder_set_bitrate(struct video_encoder *encoder, unsigned bitrate_bps);

#endif
