/* h265_fmtp.c - H.265's format parameters. */
#include "mixer/video_codec/h265_fmtp.h"
#include "mixer/video_codec/h264_parameters.h"
#include "mixer/video_codec/video_fit.h"

#include "mixer/base/fmtp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAIN = 1, DEFAULT_LEVEL = 93 /* 3.1: 720p at 30 */ };

void h265_fmtp_offer(unsigned variant, struct video_params *params)
{
    (void)variant;
    *params = (struct video_params){.profile = MAIN, .level = DEFAULT_LEVEL};
}

/* The sets one behind the other; all or none. */
static void read_parameter_sets(const char *fmtp, struct video_params *params)
{
    static const char *const names[] = {"sprop-vps", "sprop-sps", "sprop-pps"};
    size_t at = 0;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char text[VIDEO_FMTP_BYTES];
        if (fmtp_text(fmtp, names[i], text, sizeof(text)) < 0)
            return;
        const int bytes = h264_parameters_from_sprop(text, params->parameter_sets + at,
                                                     VIDEO_PARAMETER_SET_BYTES - at);
        if (bytes < 0)
            return;
        at += (size_t)bytes;
    }
    params->parameter_set_size = (uint16_t)at;
}

int h265_fmtp_read(const char *fmtp, struct video_params *params)
{
    unsigned profile = MAIN, level = DEFAULT_LEVEL, order = 0;
    char mode[8] = "SRST";
    if (fmtp_number(fmtp, "profile-id", &profile) == -EINVAL || profile != MAIN ||
        fmtp_number(fmtp, "level-id", &level) == -EINVAL || !level || level > UINT8_MAX ||
        fmtp_number(fmtp, "sprop-max-don-diff", &order) == -EINVAL || order ||
        fmtp_text(fmtp, "tx-mode", mode, sizeof(mode)) == -EINVAL || strcasecmp(mode, "SRST"))
        return -EINVAL;
    struct video_params read = {.profile = (uint8_t)profile, .level = (uint8_t)level};
    read_parameter_sets(fmtp, &read);
    *params = read;
    return 0;
}

void h265_fmtp_answer(const struct video_params *far, struct video_params *own)
{
    (void)far;
    h265_fmtp_offer(0, own);
}

void h265_fmtp_write(const struct video_params *params, char *out)
{
    snprintf(out, VIDEO_FMTP_BYTES, "profile-id=%u;level-id=%u", params->profile,
             params->level);
}

bool h265_fmtp_match(const struct video_params *a, const struct video_params *b)
{
    return a->profile == b->profile;
}

/* MaxLumaPs and MaxLumaSr of levels 1, 2, 2.1, 3, 3.1, 4, 4.1, 5. */
void h265_fmtp_limit(const struct video_params *params, unsigned *width, unsigned *height,
                     unsigned *fps)
{
    static const struct video_fit_level levels[] = {
        {30, 36864, 552960},       {60, 122880, 3686400},     {63, 245760, 7372800},
        {90, 552960, 16588800},    {93, 983040, 33177600},    {120, 2228224, 66846720},
        {123, 2228224, 133693440}, {150, 8912896, 267386880},
    };
    const struct video_fit_most most =
        video_fit_of_level(levels, sizeof(levels) / sizeof(levels[0]), params->level);
    video_fit(&most, width, height, fps);
}
