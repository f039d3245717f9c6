/*
 * libav_decoder.h - decoders of all video codecs, by libavcodec; AV1 by dav1d through it.
 *
 *   libav_decoder_create_h264(&limits, &decoder);
 *   for each frame   libav_decoder_decode(decoder, &frame, &picture);
 *   libav_decoder_destroy(decoder);
 *
 * Shape    pictures are libavcodec's own buffers, not copies, and may outlive the decoder.
 *          Only I420 of 8 bits is decoded: -ENOTSUP for anything else, before decoding where
 *          the codec tells it there. A picture comes out with the frame it is in: senders of
 *          B-frames, which cannot be shown so, lose time, not pictures.
 *          Matrix: what the stream says; where it says nothing BT.601, in any size, as
 *          libwebrtc, libyuv and swscale take it, and as cameras make it. VP8 is BT.601 and
 *          limited always (its clamping bit is no range, RFC 6386 section 9.2).
 * Thread   as video_codec.h; no threads of its own, nothing on stderr.
 * Errors   as video_codec.h. After -EFBIG and -ENOTSUP all frames up to the next key frame get
 *          the same: what they refer to is not there. A frame that decodes with faults is
 *          -EBADMSG; the decoder has concealed them and goes on from there.
 * Source   ITU-T H.264 table E-5, H.265 table E.5 (matrix); RFC 6386; VP9 and AV1 bit streams.
 */
#ifndef MIXER_VIDEO_CODEC_LIBAV_DECODER_H
#define MIXER_VIDEO_CODEC_LIBAV_DECODER_H

#include "mixer/video_codec/video_codec.h"

/** What a row's decoder_create is. -ENOTSUP: this libavcodec cannot do it. */
int libav_decoder_create_h264(const struct video_limits *limits,
                              struct video_decoder **decoder);
int libav_decoder_create_vp8(const struct video_limits *limits, struct video_decoder **decoder);
int libav_decoder_create_vp9(const struct video_limits *limits, struct video_decoder **decoder);
int libav_decoder_create_h265(const struct video_limits *limits,
                              struct video_decoder **decoder);
int libav_decoder_create_av1(const struct video_limits *limits, struct video_decoder **decoder);

void libav_decoder_destroy(struct video_decoder *decoder); /* NULL is allowed */

int libav_decoder_decode(struct video_decoder *decoder, const struct video_frame *frame,
                         struct picture **picture);

#endif
