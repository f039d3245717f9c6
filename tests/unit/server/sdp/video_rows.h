/*
 * video_rows.h - a table of video codecs for the tests of signalling: what SDP needs and
 * nothing else, in place of that of mixer/video_codec, whose two functions it defines.
 */
#ifndef TESTS_UNIT_SERVER_SDP_VIDEO_ROWS_H
#define TESTS_UNIT_SERVER_SDP_VIDEO_ROWS_H

#include "mixer/video_codec/video_codec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static unsigned long row_number(const char *fmtp, const char *name, int base,
                                unsigned long otherwise)
{
    const char *at = strstr(fmtp, name);
    return at ? strtoul(at + strlen(name), NULL, base) : otherwise;
}

/* ---- H.264: profiles and modes ---- */

static void h264_row_offer(unsigned variant, struct video_params *params)
{
    params->profile = variant < 2 ? 0x42 : 0x64;
    params->constraints = variant < 2 ? 0xe0 : 0x0c;
    params->level = 0x1f;
    params->packetization = variant != 1;
    params->level_asymmetry = true;
}

static int h264_row_read(const char *fmtp, struct video_params *params)
{
    unsigned long id = row_number(fmtp, "profile-level-id=", 16, 0x42000a);
    params->profile = (uint8_t)(id >> 16);
    params->constraints = (uint8_t)(id >> 8);
    params->level = (uint8_t)id;
    params->packetization = (uint8_t)row_number(fmtp, "packetization-mode=", 10, 0);
    params->level_asymmetry = row_number(fmtp, "level-asymmetry-allowed=", 10, 0) == 1;
    params->max_frame_blocks = (uint32_t)row_number(fmtp, "max-fs=", 10, 0);
    params->max_blocks_per_s = (uint32_t)row_number(fmtp, "max-mbps=", 10, 0);
    bool can = (params->profile == 0x42 || params->profile == 0x4d || params->profile == 0x64);
    return can && params->packetization < 2 ? 0 : -EINVAL;
}

static void h264_row_answer(const struct video_params *far, struct video_params *own)
{
    own->profile = far->profile;
    own->constraints = far->constraints;
    own->level = 0x1f;
    own->packetization = far->packetization;
    own->level_asymmetry = true;
}

static void h264_row_write(const struct video_params *params, char *out)
{
    snprintf(out, VIDEO_FMTP_BYTES,
             "profile-level-id=%02x%02x%02x;level-asymmetry-allowed=%d;packetization-mode=%u",
             params->profile, params->constraints, params->level, params->level_asymmetry,
             params->packetization);
}

static bool h264_row_match(const struct video_params *a, const struct video_params *b)
{
    return a->profile == b->profile && a->packetization == b->packetization;
}

/* ---- VP8, VP9, and one that cannot be sent ---- */

static void plain_row_offer(unsigned variant, struct video_params *params)
{
    (void)variant;
    params->max_frame_blocks = 3600;
}

static int plain_row_read(const char *fmtp, struct video_params *params)
{
    params->max_frame_blocks = (uint32_t)row_number(fmtp, "max-fs=", 10, 0);
    params->max_fps = (uint32_t)row_number(fmtp, "max-fr=", 10, 0);
    params->profile = (uint8_t)row_number(fmtp, "profile-id=", 10, 0);
    return params->profile ? -EINVAL : 0;
}

static void plain_row_answer(const struct video_params *far, struct video_params *own)
{
    (void)far;
    own->max_frame_blocks = 3600;
}

static void plain_row_write(const struct video_params *params, char *out)
{
    out[0] = '\0';
    if (params->max_frame_blocks)
        snprintf(out, VIDEO_FMTP_BYTES, "max-fs=%u", params->max_frame_blocks);
}

static bool plain_row_match(const struct video_params *a, const struct video_params *b)
{
    return a->profile == b->profile;
}

static const struct video_codec video_rows[] = {
    {.name = "H264",
     .preferred_payload_type = 96,
     .variants = 3,
     .can_encode = true,
     .params_offer = h264_row_offer,
     .fmtp_read = h264_row_read,
     .params_answer = h264_row_answer,
     .fmtp_write = h264_row_write,
     .params_match = h264_row_match},
    {.name = "VP8",
     .preferred_payload_type = 100,
     .variants = 1,
     .can_encode = true,
     .params_offer = plain_row_offer,
     .fmtp_read = plain_row_read,
     .params_answer = plain_row_answer,
     .fmtp_write = plain_row_write,
     .params_match = plain_row_match},
    {.name = "VP9",
     .preferred_payload_type = 101,
     .variants = 1,
     .can_encode = true,
     .params_offer = plain_row_offer,
     .fmtp_read = plain_row_read,
     .params_answer = plain_row_answer,
     .fmtp_write = plain_row_write,
     .params_match = plain_row_match},
    {.name = "AV1",
     .preferred_payload_type = 102,
     .variants = 0,
     .can_encode = false,
     .params_offer = plain_row_offer,
     .fmtp_read = plain_row_read,
     .params_answer = plain_row_answer,
     .fmtp_write = plain_row_write,
     .params_match = plain_row_match},
};

const struct video_codec *video_codec_at(unsigned index)
{
    return index < sizeof(video_rows) / sizeof(video_rows[0]) ? &video_rows[index] : NULL;
}

const struct video_codec *video_codec_by_name(const char *name)
{
    for (unsigned i = 0; i < sizeof(video_rows) / sizeof(video_rows[0]); i++) {
        if (strcasecmp(video_rows[i].name, name) == 0)
            return &video_rows[i];
    }
    return NULL;
}

#endif
