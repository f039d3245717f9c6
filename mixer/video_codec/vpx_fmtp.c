/* vpx_fmtp.c - format parameters of VP8, VP9 and AV1. */
#include "mixer/video_codec/vpx_fmtp.h"
#include "mixer/video_codec/video_fit.h"

#include "mixer/base/fmtp.h"

#include <errno.h>
#include <stdio.h>

enum {
    AV1_DEFAULT_LEVEL = 5, /* level-idx if not said: 3.1 */
    AV1_MAX_LEVEL = 31,
};

void vpx_fmtp_offer(unsigned variant, struct video_params *params)
{
    (void)variant;
    *params = (struct video_params){.max_frame_blocks = VPX_FMTP_FRAME_BLOCKS,
                                    .max_fps = VPX_FMTP_FPS};
}

void vpx_fmtp_offer_av1(unsigned variant, struct video_params *params)
{
    (void)variant;
    *params = (struct video_params){.level = AV1_DEFAULT_LEVEL};
}

/* ---- reading ---- */

/* @return the number, or 0. */
static uint32_t read_number(const char *fmtp, const char *name)
{
    unsigned value;
    return fmtp_number(fmtp, name, &value) == 0 ? value : 0;
}

/* Whether the profile is 0, said or not. */
static bool is_profile_0(const char *fmtp, const char *name)
{
    unsigned value = 0;
    return fmtp_number(fmtp, name, &value) != -EINVAL && value == 0;
}

int vpx_fmtp_read_vp8(const char *fmtp, struct video_params *params)
{
    *params = (struct video_params){.max_frame_blocks = read_number(fmtp, "max-fs"),
                                    .max_fps = read_number(fmtp, "max-fr")};
    return 0;
}

int vpx_fmtp_read_vp9(const char *fmtp, struct video_params *params)
{
    return is_profile_0(fmtp, "profile-id") ? vpx_fmtp_read_vp8(fmtp, params) : -EINVAL;
}

int vpx_fmtp_read_av1(const char *fmtp, struct video_params *params)
{
    unsigned level = AV1_DEFAULT_LEVEL;
    if (!is_profile_0(fmtp, "profile") || fmtp_number(fmtp, "level-idx", &level) == -EINVAL ||
        level > AV1_MAX_LEVEL)
        return -EINVAL;
    *params = (struct video_params){.level = (uint8_t)level};
    return 0;
}

/* ---- answering, writing ---- */

void vpx_fmtp_answer(const struct video_params *far, struct video_params *own)
{
    (void)far;
    vpx_fmtp_offer(0, own);
}

/* Each side says what it receives. */
void vpx_fmtp_answer_av1(const struct video_params *far, struct video_params *own)
{
    (void)far;
    vpx_fmtp_offer_av1(0, own);
}

void vpx_fmtp_write_vp8(const struct video_params *params, char *out)
{
    int at = 0;
    out[0] = '\0';
    if (params->max_frame_blocks)
        at = snprintf(out, VIDEO_FMTP_BYTES, "max-fs=%u", params->max_frame_blocks);
    if (params->max_fps)
        snprintf(out + at, (size_t)(VIDEO_FMTP_BYTES - at), "%smax-fr=%u", at ? ";" : "",
                 params->max_fps);
}

void vpx_fmtp_write_vp9(const struct video_params *params, char *out)
{
    char limits[64];
    vpx_fmtp_write_vp8(params, limits);
    snprintf(out, VIDEO_FMTP_BYTES, "profile-id=%u%s%s", params->profile, *limits ? ";" : "",
             limits);
}

void vpx_fmtp_write_av1(const struct video_params *params, char *out)
{
    snprintf(out, VIDEO_FMTP_BYTES, "profile=%u;level-idx=%u;tier=0", params->profile,
             params->level);
}

/* ---- comparing ---- */

bool vpx_fmtp_match(const struct video_params *a, const struct video_params *b)
{
    return a->profile == b->profile;
}

void vpx_fmtp_limit(const struct video_params *params, unsigned *width, unsigned *height,
                    unsigned *fps)
{
    const struct video_fit_most most = {.frame_blocks = params->max_frame_blocks,
                                        .fps = params->max_fps};
    video_fit(&most, width, height, fps);
}

/* AV1 specification A.3: MaxPicSize and MaxDisplayRate of levels 2.0, 2.1, 3.0, 3.1, 4.0, 4.1,
 * 5.0 (what is above allows more than is ever sent); the levels between are reserved. */
void vpx_fmtp_limit_av1(const struct video_params *params, unsigned *width, unsigned *height,
                        unsigned *fps)
{
    static const struct video_fit_level levels[] = {
        {0, 147456, 4423680},     {1, 278784, 8363520},   {4, 665856, 19975680},
        {5, 1065024, 31950720},   {8, 2359296, 70778880}, {9, 2359296, 141557760},
        {12, 8912896, 267386880},
    };
    const struct video_fit_most most =
        video_fit_of_level(levels, sizeof(levels) / sizeof(levels[0]), params->level);
    video_fit(&most, width, height, fps);
}
