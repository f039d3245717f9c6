/*
 * vpx_fmtp.h - VP8, VP9 and AV1 in SDP: max-fs, max-fr and the profile. The functions are those
 * of a row of video_codec.h; where the codecs differ the name says which.
 *
 * VP8 has no profiles in SDP; of VP9 and AV1 only profile 0 (8 bits, 4:2:0) is taken. All three
 * have one variant.
 *
 * Thread   any; pure.
 * Errors   -EINVAL: another profile.
 * Source   RFC 7741 section 6; RFC 9628 section 6; AV1 RTP specification 1.0 section 7.2.
 */
#ifndef MIXER_VIDEO_CODEC_VPX_FMTP_H
#define MIXER_VIDEO_CODEC_VPX_FMTP_H

#include "mixer/video_codec/video_codec.h"

/** 720p at 30: what is asked of senders. */
enum { VPX_FMTP_FRAME_BLOCKS = 3600, VPX_FMTP_FPS = 30 };

void vpx_fmtp_offer(unsigned variant, struct video_params *params); /* VP8, VP9 */
void vpx_fmtp_offer_av1(unsigned variant, struct video_params *params);
int vpx_fmtp_read_vp8(const char *fmtp, struct video_params *params);
int vpx_fmtp_read_vp9(const char *fmtp, struct video_params *params);
int vpx_fmtp_read_av1(const char *fmtp, struct video_params *params);
void vpx_fmtp_answer(const struct video_params *far, struct video_params *own); /* VP8, VP9 */
void vpx_fmtp_answer_av1(const struct video_params *far, struct video_params *own);
void vpx_fmtp_write_vp8(const struct video_params *params, char *out);
void vpx_fmtp_write_vp9(const struct video_params *params, char *out);
void vpx_fmtp_write_av1(const struct video_params *params, char *out);
bool vpx_fmtp_match(const struct video_params *a, const struct video_params *b);
void vpx_fmtp_limit(const struct video_params *params, unsigned *width, unsigned *height,
                    unsigned *fps); /* VP8, VP9 */
void vpx_fmtp_limit_av1(const struct video_params *params, unsigned *width, unsigned *height,
                        unsigned *fps);

#endif
