/* h264_encoder.c - x264 without delay, without key frames of its own accord, without B-frames.
 */
#include "mixer/video_codec/h264_encoder.h"
#include "mixer/video_codec/encoder_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <x264.h>

enum {
    BUFFER_PARTS = 2, /* of a second: what a key frame may take */
    PROFILE_BASELINE = 66,
    PROFILE_MAIN = 77,
    PROFILE_HIGH = 100,
};

struct video_encoder {
    x264_param_t params;
    x264_t *x264;
    enum picture_matrix matrix; /* as signalled */
    bool full_range;
    int64_t count; /* of pictures */
};

/* ---- settings ---- */

static const char *preset_of(unsigned speed)
{
    static const char *const presets[] = {
        "superfast", "slow",     "medium",    "fast",      "faster",    "faster",
        "veryfast",  "veryfast", "superfast", "superfast", "ultrafast",
    };
    return speed < sizeof(presets) / sizeof(presets[0]) ? presets[speed] : "ultrafast";
}

static const char *profile_of(uint8_t profile)
{
    switch (profile) {
    case 0: /* RFC 6184 section 8.1: the default is baseline */
    case PROFILE_BASELINE:
        return "baseline";
    case PROFILE_MAIN:
        return "main";
    case PROFILE_HIGH:
        return "high";
    default:
        return NULL;
    }
}

static void set_bitrate(x264_param_t *params, unsigned bitrate_bps)
{
    const int kbps = (int)encoder_plan_kbps(bitrate_bps);
    params->rc.i_bitrate = params->rc.i_vbv_max_bitrate = kbps;
    params->rc.i_vbv_buffer_size = kbps / BUFFER_PARTS;
}

static void set_frames(x264_param_t *params)
{
    params->i_frame_reference = 1;
    params->i_bframe = 0;
    params->i_keyint_max = X264_KEYINT_MAX_INFINITE;
    params->i_scenecut_threshold = 0;
    params->b_intra_refresh = 0;
    params->b_repeat_headers = 1;
    params->b_annexb = 1;
    params->b_aud = 0;
}

static void set_colours(x264_param_t *params, enum picture_matrix matrix, bool full_range)
{
    enum { BT709 = 1, SMPTE170M = 6 }; /* H.264 tables E-3 to E-5 */
    const int standard = matrix == PICTURE_BT709 ? BT709 : SMPTE170M;
    params->vui.i_colorprim = params->vui.i_transfer = params->vui.i_colmatrix = standard;
    params->vui.b_fullrange = full_range;
}

static int set_all(x264_param_t *params, const struct video_encoder_config *config)
{
    const char *profile = profile_of(config->params.profile);
    if (!profile || x264_param_default_preset(params, preset_of(config->speed), "zerolatency"))
        return -EINVAL;
    params->i_log_level = X264_LOG_NONE;
    params->i_csp = X264_CSP_I420;
    params->i_width = (int)config->width;
    params->i_height = (int)config->height;
    params->i_fps_num = params->i_timebase_den = config->fps;
    params->i_fps_den = params->i_timebase_num = 1;
    params->b_vfr_input = 0;
    params->i_threads = (int)encoder_plan_threads(config);
    params->b_sliced_threads = config->threads > 1;
    set_frames(params);
    set_colours(params, PICTURE_BT601, false);
    params->rc.i_rc_method = X264_RC_ABR;
    set_bitrate(params, config->bitrate_bps);
    if (config->params.packetization == 0)
        params->i_slice_max_size = (int)config->max_payload_bytes;
    return x264_param_apply_profile(params, profile) == 0 ? 0 : -EINVAL;
}

static bool is_possible(const struct video_encoder_config *config)
{
    return encoder_plan_is_possible(config) && config->width % 2 == 0 &&
           config->height % 2 == 0 && config->max_payload_bytes <= VIDEO_MAX_PAYLOAD_BYTES;
}

/* ---- life ---- */

int h264_encoder_create(const struct video_encoder_config *config,
                        struct video_encoder **encoder)
{
    if (!is_possible(config))
        return -EINVAL;
    struct video_encoder *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->matrix = PICTURE_BT601;
    int err = set_all(&made->params, config);
    if (err == 0 && !(made->x264 = x264_encoder_open(&made->params)))
        err = -ENOMEM;
    if (err < 0) {
        h264_encoder_destroy(made);
        return err;
    }
    *encoder = made;
    return 0;
}

static void close_x264(struct video_encoder *encoder)
{
    if (encoder->x264)
        x264_encoder_close(encoder->x264);
    encoder->x264 = NULL;
}

void h264_encoder_destroy(struct video_encoder *encoder)
{
    if (!encoder)
        return;
    close_x264(encoder);
    x264_param_cleanup(&encoder->params);
    free(encoder);
}

/* The parameter sets of an open x264 cannot be changed. */
static int signal_colours(struct video_encoder *encoder, const struct picture *picture)
{
    if (encoder->x264 && picture->matrix == encoder->matrix &&
        picture->full_range == encoder->full_range)
        return 0;
    close_x264(encoder);
    encoder->matrix = picture->matrix;
    encoder->full_range = picture->full_range;
    set_colours(&encoder->params, encoder->matrix, encoder->full_range);
    encoder->x264 = x264_encoder_open(&encoder->params);
    return encoder->x264 ? 0 : -ENOMEM;
}

/* Bits on the way are kept: no key frame is needed. */
void h264_encoder_set_bitrate(struct video_encoder *encoder, unsigned bitrate_bps)
{
    set_bitrate(&encoder->params, bitrate_bps);
    if (encoder->x264)
        x264_encoder_reconfig(encoder->x264, &encoder->params);
}

/* ---- encode ---- */

static void wrap(const struct picture *picture, int64_t pts, bool key, x264_picture_t *in)
{
    x264_picture_init(in);
    in->img.i_csp = X264_CSP_I420;
    in->img.i_plane = 3;
    for (unsigned i = 0; i < 3; i++) {
        in->img.plane[i] = picture->plane[i];
        in->img.i_stride[i] = picture->stride[i];
    }
    in->i_type = key ? X264_TYPE_IDR : X264_TYPE_AUTO;
    in->i_pts = pts;
}

/* x264's name and settings, 700 bytes with the first picture, are nobody's business; and may
 * not fit into one packet. x264's parts lie one behind the other. Returns where they begin. */
static uint8_t *leave_out_sei(x264_nal_t *parts, int count, size_t *length)
{
    uint8_t *begin = parts[0].p_payload;
    for (int i = 0; i < count; i++) {
        if (parts[i].i_type != NAL_SEI)
            continue;
        const size_t bytes = (size_t)parts[i].i_payload;
        memmove(begin + bytes, begin, (size_t)(parts[i].p_payload - begin));
        begin += bytes;
        *length -= bytes;
    }
    return begin;
}

int h264_encoder_encode(struct video_encoder *encoder, const struct picture *picture,
                        uint32_t timestamp, bool key, struct video_frame *frame)
{
    const x264_param_t *params = &encoder->params;
    if ((int)picture->width != params->i_width || (int)picture->height != params->i_height)
        return -EINVAL;
    int err = signal_colours(encoder, picture);
    if (err < 0)
        return err;
    x264_picture_t in, out;
    x264_nal_t *parts;
    int count;
    wrap(picture, encoder->count++, key, &in);
    const int bytes = x264_encoder_encode(encoder->x264, &parts, &count, &in, &out);
    if (bytes < 0)
        return -EIO;
    *frame = (struct video_frame){.timestamp = timestamp, .length = (size_t)bytes};
    if (bytes == 0)
        return 0;
    frame->bytes = leave_out_sei(parts, count, &frame->length);
    frame->is_key = out.b_keyframe;
    frame->width = (uint16_t)picture->width;
    frame->height = (uint16_t)picture->height;
    return 0;
}
