/* h264_fmtp.c - H.264's format parameters. */
#include "mixer/video_codec/h264_fmtp.h"
#include "mixer/video_codec/h264_parameters.h"
#include "mixer/video_codec/video_fit.h"

#include "mixer/base/fmtp.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BASELINE = 66,
    MAIN = 77,
    EXTENDED = 88,
    HIGH = 100,
    SET0 = 0x80, /* constraint_set0_flag: what else decodes it */
    SET1 = 0x40,
    SET3 = 0x10,
    OWN_LEVEL = 40,
    PROFILE_DIGITS = 6,
};

/* What a profile_idc and its constraint flags mean, by what they have in common. */
enum kind {
    KIND_OTHER,
    KIND_BASELINE, /* constrained, too */
    KIND_MAIN,
    KIND_HIGH, /* constrained and progressive, too */
};

static enum kind kind_of(unsigned profile, unsigned constraints)
{
    switch (profile) {
    case BASELINE:
        return KIND_BASELINE;
    case MAIN:
        return constraints & SET0 ? KIND_BASELINE : KIND_MAIN;
    case EXTENDED:
        return constraints & SET0 ? KIND_BASELINE : KIND_OTHER;
    case HIGH:
        return KIND_HIGH;
    default:
        return KIND_OTHER;
    }
}

void h264_fmtp_offer(unsigned variant, struct video_params *params)
{
    static const struct video_params offers[H264_FMTP_VARIANTS] = {
        {.profile = BASELINE, .constraints = 0xe0, .packetization = 1},
        {.profile = BASELINE, .constraints = 0xe0, .packetization = 0},
        {.profile = HIGH, .constraints = 0x0c, .packetization = 1},
    };
    assert(variant < H264_FMTP_VARIANTS);
    *params = offers[variant];
    params->level = 31;
    params->level_asymmetry = true;
}

/* ---- reading ---- */

static int read_profile(const char *fmtp, struct video_params *params)
{
    char text[PROFILE_DIGITS + 1];
    const int found = fmtp_text(fmtp, "profile-level-id", text, sizeof(text));
    if (found == -ENOENT) { /* RFC 6184: then it is baseline, level 1 */
        params->profile = BASELINE;
        params->level = 10;
        return 0;
    }
    if (found < 0 || strlen(text) != PROFILE_DIGITS ||
        strspn(text, "0123456789abcdefABCDEF") != PROFILE_DIGITS)
        return -EINVAL;
    const unsigned long bits = strtoul(text, NULL, 16);
    params->profile = (uint8_t)(bits >> 16);
    params->constraints = (uint8_t)(bits >> 8);
    params->level = (uint8_t)bits;
    const bool is_known = kind_of(params->profile, params->constraints);
    return is_known ? 0 : -EINVAL;
}

static uint32_t read_number(const char *fmtp, const char *name)
{
    unsigned value;
    return fmtp_number(fmtp, name, &value) == 0 ? value : 0;
}

static void read_parameter_sets(const char *fmtp, struct video_params *params)
{
    char text[VIDEO_FMTP_BYTES];
    if (fmtp_text(fmtp, "sprop-parameter-sets", text, sizeof(text)) < 0)
        return;
    const int bytes =
        h264_parameters_from_sprop(text, params->parameter_sets, VIDEO_PARAMETER_SET_BYTES);
    params->parameter_set_size = bytes > 0 ? (uint16_t)bytes : 0;
}

int h264_fmtp_read(const char *fmtp, struct video_params *params)
{
    struct video_params read = {0};
    unsigned mode = 0;
    if (read_profile(fmtp, &read) < 0)
        return -EINVAL;
    if (fmtp_number(fmtp, "packetization-mode", &mode) == -EINVAL || mode > 1)
        return -EINVAL;
    read.packetization = (uint8_t)mode;
    read.level_asymmetry = read_number(fmtp, "level-asymmetry-allowed") == 1;
    read.max_frame_blocks = read_number(fmtp, "max-fs");
    read.max_blocks_per_s = read_number(fmtp, "max-mbps");
    read.max_bitrate_kbps = read_number(fmtp, "max-br");
    read.max_fps = read_number(fmtp, "max-fr"); /* not registered for H.264, but said by some */
    read_parameter_sets(fmtp, &read);
    *params = read;
    return 0;
}

/* ---- answering, writing ---- */

static const struct h264_level *level_of(const struct video_params *params)
{
    return h264_parameters_level(params->profile, params->constraints, params->level);
}

void h264_fmtp_answer(const struct video_params *far, struct video_params *own)
{
    *own = (struct video_params){.profile = far->profile,
                                 .constraints = far->constraints,
                                 .level = OWN_LEVEL,
                                 .packetization = far->packetization,
                                 .level_asymmetry = far->level_asymmetry};
    if (!far->level_asymmetry && level_of(far) < level_of(own))
        own->level = far->level;
    else if (far->profile != HIGH)
        own->constraints &= (uint8_t)~SET3; /* with level 11 it meant level 1b */
}

static size_t write_number(char *out, size_t at, const char *name, uint32_t value)
{
    if (!value)
        return at;
    const int length = snprintf(out + at, VIDEO_FMTP_BYTES - at, ";%s=%u", name, value);
    return at + (size_t)length;
}

static void write_parameter_sets(const struct video_params *params, char *out, size_t at)
{
    static const char name[] = ";sprop-parameter-sets=";
    const size_t head = sizeof(name) - 1;
    char *text = out + at + head;
    if (!params->parameter_set_size || at + sizeof(name) >= VIDEO_FMTP_BYTES)
        return;
    if (h264_parameters_to_sprop(params->parameter_sets, params->parameter_set_size, text,
                                 VIDEO_FMTP_BYTES - at - head) == 0 &&
        *text)
        memcpy(out + at, name, head);
    else
        out[at] = '\0';
}

void h264_fmtp_write(const struct video_params *params, char *out)
{
    size_t at = (size_t)snprintf(
        out, VIDEO_FMTP_BYTES, "%spacketization-mode=%u;profile-level-id=%02x%02x%02x",
        params->level_asymmetry ? "level-asymmetry-allowed=1;" : "", params->packetization,
        params->profile, params->constraints, params->level);
    at = write_number(out, at, "max-fs", params->max_frame_blocks);
    at = write_number(out, at, "max-mbps", params->max_blocks_per_s);
    at = write_number(out, at, "max-br", params->max_bitrate_kbps);
    write_parameter_sets(params, out, at);
}

bool h264_fmtp_match(const struct video_params *a, const struct video_params *b)
{
    return a->packetization == b->packetization &&
           kind_of(a->profile, a->constraints) == kind_of(b->profile, b->constraints);
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* max-fs and max-mbps only ever say that more than the level is taken. */
void h264_fmtp_limit(const struct video_params *params, unsigned *width, unsigned *height,
                     unsigned *fps)
{
    const struct h264_level *level = level_of(params);
    const struct video_fit_most most = {
        .frame_blocks = greater(level->max_frame_blocks, params->max_frame_blocks),
        .blocks_per_s = greater(level->max_blocks_per_s, params->max_blocks_per_s),
        .fps = params->max_fps,
    };
    video_fit(&most, width, height, fps);
}
