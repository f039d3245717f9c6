/*
 * video_codec_internal.h - the rows of the table, each defined in its codec's file.
 *
 * Thread   any; they are constants.
 */
#ifndef MIXER_VIDEO_CODEC_VIDEO_CODEC_INTERNAL_H
#define MIXER_VIDEO_CODEC_VIDEO_CODEC_INTERNAL_H

#include "mixer/video_codec/video_codec.h"

extern const struct video_codec video_codec_h264; /* video_codec_h264.c */
extern const struct video_codec video_codec_vp8;  /* video_codec_vp8.c  */
extern const struct video_codec video_codec_vp9;  /* video_codec_vp9.c  */
extern const struct video_codec video_codec_av1;  /* video_codec_av1.c  */
extern const struct video_codec video_codec_h265; /* video_codec_h265.c */

#endif
