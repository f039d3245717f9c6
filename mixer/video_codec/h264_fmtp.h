/*
 * h264_fmtp.h - H.264 in SDP: profile-level-id and the rest, read, compared, answered, written.
 * The functions are those of a row of video_codec.h.
 *
 *   Variant  profile-level-id  packetization-mode
 *   0        42e01f            1    constrained baseline, level 3.1: 720p at 30; what all take
 *   1        42e01f            0    for old devices: no packet of more than one NAL unit
 *   2        640c1f            1    constrained high: a tenth fewer bits
 *
 * Taken are baseline, main and high with their constrained subsets: we send a subset that both
 * forms of a profile decode, and decode all of it. So 42801f and 42e01f are one format, as are
 * 64001f and 640c1f: many phones answer an offer of the one with the other. Not taken are more
 * than 8 bits, other than 4:2:0, and packetization-mode 2 (interleaved).
 *
 * Thread   any; pure.
 * Errors   -EINVAL: a profile or mode that we do not have, or no profile-level-id of six
 *          digits.
 * Source   RFC 6184 sections 8.1, 8.2.2 and table 5.
 */
#ifndef MIXER_VIDEO_CODEC_H264_FMTP_H
#define MIXER_VIDEO_CODEC_H264_FMTP_H

#include "mixer/video_codec/video_codec.h"

enum { H264_FMTP_VARIANTS = 3 };

void h264_fmtp_offer(unsigned variant, struct video_params *params);
int h264_fmtp_read(const char *fmtp, struct video_params *params);

/** The far end's profile and mode. The level is our own (4.0) if both sides may differ, else
 *  at most the far end's: an answer may lower it. */
void h264_fmtp_answer(const struct video_params *far, struct video_params *own);
void h264_fmtp_write(const struct video_params *params, char *out);
bool h264_fmtp_match(const struct video_params *a, const struct video_params *b);
void h264_fmtp_limit(const struct video_params *params, unsigned *width, unsigned *height,
                     unsigned *fps);

#endif
