/*
 * h264_encoder.h - H.264 by x264, for conversation: each picture comes out at once, key frames
 * (IDR with parameter sets) only when they are asked for.
 *
 * Shape    Annex B; one slice a picture, or slices of at most max_payload_bytes if the
 *          receivers take packetization-mode 0. Constrained baseline, main (no B-frames) or
 *          high, as params.profile says (66, 77, 100); the level is the lowest that the size
 *          and rate fit. One reference picture. Matrix and range are signalled as the pictures
 *          have them: BT.601, limited, to begin with; a picture that has another begins anew,
 *          with a key frame. Rate: constant, in a buffer of half a second: no key frame is
 *          larger.
 * Thread   as video_codec.h; config.threads > 1 cuts pictures into as many slices.
 * Errors   as video_codec.h. -EINVAL: sides must be even, 16 to 8192; a profile x264 has not.
 * Source   ITU-T H.264; RFC 6184 section 8.1 (profile-level-id).
 */
#ifndef MIXER_VIDEO_CODEC_H264_ENCODER_H
#define MIXER_VIDEO_CODEC_H264_ENCODER_H

#include "mixer/video_codec/video_codec.h"

int h264_encoder_create(const struct video_encoder_config *config,
                        struct video_encoder **encoder);
void h264_encoder_destroy(struct video_encoder *encoder); /* NULL is allowed */
int h264_encoder_encode(struct video_encoder *encoder, const struct picture *picture,
                        uint32_t timestamp, bool key, struct video_frame *frame);
void h264_encoder_set_bitrate(struct video_encoder *encoder, unsigned bitrate_bps);

#endif
