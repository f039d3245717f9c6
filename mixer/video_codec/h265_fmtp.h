/*
 * h265_fmtp.h - H.265 in SDP. The functions are those of a row of video_codec.h; there is one
 * variant.
 *
 * Taken is the main profile (8 bits, 4:2:0) in one stream without DONL. Each side says what it
 * receives.
 *
 * Thread   any; pure.
 * Errors   -EINVAL: another profile, transmission mode or sprop-max-don-diff.
 * Source   RFC 7798 section 7; ITU-T H.265 tables A.8, A.9 (levels).
 */
#ifndef MIXER_VIDEO_CODEC_H265_FMTP_H
#define MIXER_VIDEO_CODEC_H265_FMTP_H

#include "mixer/video_codec/video_codec.h"

void h265_fmtp_offer(unsigned variant, struct video_params *params);
int h265_fmtp_read(const char *fmtp, struct video_params *params);
void h265_fmtp_answer(const struct video_params *far, struct video_params *own);
void h265_fmtp_write(const struct video_params *params, char *out);
bool h265_fmtp_match(const struct video_params *a, const struct video_params *b);
void h265_fmtp_limit(const struct video_params *params, unsigned *width, unsigned *height,
                     unsigned *fps);

#endif
