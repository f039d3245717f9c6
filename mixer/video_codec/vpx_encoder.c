/* vpx_encoder.c - libvpx in its real-time mode. */
#include "mixer/video_codec/vpx_encoder.h"
#include "mixer/video_codec/encoder_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

enum {
    UNDERSHOOT_PERCENT = 100, /* how far the rate may go below */
    /* a key frame's bits, of those of an average frame; VP8 stays far below it */
    KEY_PERCENT_VP8 = 600,
    KEY_PERCENT_VP9 = 300,
    CYCLIC_REFRESH = 3,
};

struct video_encoder {
    vpx_codec_ctx_t vpx;
    vpx_codec_enc_cfg_t config;
    bool is_open;
    bool is_vp9;
    enum picture_matrix matrix; /* as signalled, by VP9 */
    bool full_range;
    struct encoder_plan_clock clock;
};

/* ---- settings ---- */

static void fill(vpx_codec_enc_cfg_t *vpx, const struct video_encoder_config *config)
{
    vpx->g_w = config->width;
    vpx->g_h = config->height;
    vpx->g_timebase = (struct vpx_rational){1, VIDEO_CLOCK_HZ};
    vpx->g_threads = encoder_plan_threads(config);
    vpx->g_pass = VPX_RC_ONE_PASS;
    vpx->g_lag_in_frames = 0;
    vpx->g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
    vpx->kf_mode = VPX_KF_DISABLED;
    vpx->rc_end_usage = VPX_CBR;
    vpx->rc_target_bitrate = encoder_plan_kbps(config->bitrate_bps);
    vpx->rc_dropframe_thresh = 0;
    vpx->rc_resize_allowed = 0;
    vpx->rc_min_quantizer = ENCODER_PLAN_MIN_QUANTIZER;
    vpx->rc_max_quantizer = ENCODER_PLAN_MAX_QUANTIZER;
    vpx->rc_undershoot_pct = UNDERSHOOT_PERCENT;
    vpx->rc_overshoot_pct = ENCODER_PLAN_OVERSHOOT_PERCENT;
    vpx->rc_buf_sz = ENCODER_PLAN_BUFFER_MS;
    vpx->rc_buf_initial_sz = ENCODER_PLAN_BUFFER_BEGIN_MS;
    vpx->rc_buf_optimal_sz = ENCODER_PLAN_BUFFER_BEST_MS;
}

static int control_vp8(vpx_codec_ctx_t *vpx, unsigned speed)
{
    const int cpu_used =
        speed ? -(int)speed - 2 : -8; /* negative: this one, whatever it takes */
    int bad = vpx_codec_control(vpx, VP8E_SET_CPUUSED, cpu_used) ||
              vpx_codec_control(vpx, VP8E_SET_STATIC_THRESHOLD, 1) ||
              vpx_codec_control(vpx, VP8E_SET_NOISE_SENSITIVITY, 0) ||
              vpx_codec_control(vpx, VP8E_SET_TOKEN_PARTITIONS, VP8_ONE_TOKENPARTITION) ||
              vpx_codec_control(vpx, VP8E_SET_MAX_INTRA_BITRATE_PCT, KEY_PERCENT_VP8);
    return bad ? -EINVAL : 0;
}

static int signal_colours(vpx_codec_ctx_t *vpx, enum picture_matrix matrix, bool full_range)
{
    const int space = matrix == PICTURE_BT709 ? VPX_CS_BT_709 : VPX_CS_BT_601;
    const int range = full_range ? VPX_CR_FULL_RANGE : VPX_CR_STUDIO_RANGE;
    int bad = vpx_codec_control(vpx, VP9E_SET_COLOR_SPACE, space) ||
              vpx_codec_control(vpx, VP9E_SET_COLOR_RANGE, range);
    return bad ? -EINVAL : 0;
}

static int control_vp9(vpx_codec_ctx_t *vpx, unsigned speed, unsigned threads)
{
    const int cpu_used = speed ? (int)(4 + (speed + 1) / 2) : 8;
    int bad = vpx_codec_control(vpx, VP8E_SET_CPUUSED, cpu_used) ||
              vpx_codec_control(vpx, VP8E_SET_STATIC_THRESHOLD, 1) ||
              vpx_codec_control(vpx, VP9E_SET_NOISE_SENSITIVITY, 0) ||
              vpx_codec_control(vpx, VP9E_SET_AQ_MODE, CYCLIC_REFRESH) ||
              vpx_codec_control(vpx, VP9E_SET_ROW_MT, 0) ||
              vpx_codec_control(vpx, VP9E_SET_TILE_COLUMNS,
                                (int)encoder_plan_tile_columns(threads)) ||
              vpx_codec_control(vpx, VP8E_SET_MAX_INTRA_BITRATE_PCT, KEY_PERCENT_VP9);
    return bad ? -EINVAL : signal_colours(vpx, PICTURE_BT601, false);
}

/* ---- life ---- */

static int open_vpx(struct video_encoder *encoder, const struct video_encoder_config *config)
{
    vpx_codec_iface_t *codec = encoder->is_vp9 ? vpx_codec_vp9_cx() : vpx_codec_vp8_cx();
    if (vpx_codec_enc_config_default(codec, &encoder->config, 0))
        return -EINVAL;
    fill(&encoder->config, config);
    const vpx_codec_err_t error = vpx_codec_enc_init(&encoder->vpx, codec, &encoder->config, 0);
    if (error)
        return error == VPX_CODEC_MEM_ERROR ? -ENOMEM : -EINVAL;
    encoder->is_open = true;
    return encoder->is_vp9
               ? control_vp9(&encoder->vpx, config->speed, encoder->config.g_threads)
               : control_vp8(&encoder->vpx, config->speed);
}

static int create(bool is_vp9, const struct video_encoder_config *config,
                  struct video_encoder **encoder)
{
    if (!encoder_plan_is_possible(config) || (is_vp9 && config->params.profile))
        return -EINVAL;
    struct video_encoder *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->is_vp9 = is_vp9;
    made->matrix = PICTURE_BT601;
    made->clock = encoder_plan_clock_of(config->fps);
    int err = open_vpx(made, config);
    if (err < 0) {
        vpx_encoder_destroy(made);
        return err;
    }
    *encoder = made;
    return 0;
}

int vpx_encoder_create_vp8(const struct video_encoder_config *config,
                           struct video_encoder **encoder)
{
    return create(false, config, encoder);
}

int vpx_encoder_create_vp9(const struct video_encoder_config *config,
                           struct video_encoder **encoder)
{
    return create(true, config, encoder);
}

void vpx_encoder_destroy(struct video_encoder *encoder)
{
    if (encoder && encoder->is_open)
        vpx_codec_destroy(&encoder->vpx);
    free(encoder);
}

void vpx_encoder_set_bitrate(struct video_encoder *encoder, unsigned bitrate_bps)
{
    encoder->config.rc_target_bitrate = encoder_plan_kbps(bitrate_bps);
    vpx_codec_enc_config_set(&encoder->vpx, &encoder->config);
}

/* ---- encode ---- */

static void wrap(const struct picture *picture, vpx_image_t *image)
{
    vpx_img_wrap(image, VPX_IMG_FMT_I420, picture->width, picture->height, 1,
                 picture->plane[0]);
    for (unsigned i = 0; i < 3; i++) {
        image->planes[i] = picture->plane[i];
        image->stride[i] = picture->stride[i];
    }
}

/* Whether the colours are others than those signalled, which takes a key frame to say. */
static bool colours_change(struct video_encoder *encoder, const struct picture *picture)
{
    if (!encoder->is_vp9 ||
        (picture->matrix == encoder->matrix && picture->full_range == encoder->full_range))
        return false;
    encoder->matrix = picture->matrix;
    encoder->full_range = picture->full_range;
    signal_colours(&encoder->vpx, picture->matrix, picture->full_range);
    return true;
}

int vpx_encoder_encode(struct video_encoder *encoder, const struct picture *picture,
                       uint32_t timestamp, bool key, struct video_frame *frame)
{
    const vpx_codec_enc_cfg_t *config = &encoder->config;
    if (picture->width != config->g_w || picture->height != config->g_h)
        return -EINVAL;
    key = colours_change(encoder, picture) || key;
    vpx_image_t image;
    wrap(picture, &image);
    const int64_t pts = encoder_plan_next(&encoder->clock, timestamp);
    if (vpx_codec_encode(&encoder->vpx, &image, pts, encoder->clock.duration,
                         key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME))
        return -EIO;
    *frame = (struct video_frame){.timestamp = timestamp};
    vpx_codec_iter_t at = NULL;
    const vpx_codec_cx_pkt_t *packet = vpx_codec_get_cx_data(&encoder->vpx, &at);
    while (packet && packet->kind != VPX_CODEC_CX_FRAME_PKT)
        packet = vpx_codec_get_cx_data(&encoder->vpx, &at);
    if (!packet)
        return 0;
    frame->bytes = packet->data.frame.buf;
    frame->length = packet->data.frame.sz;
    frame->is_key = packet->data.frame.flags & VPX_FRAME_IS_KEY;
    frame->is_discardable = packet->data.frame.flags & VPX_FRAME_IS_DROPPABLE;
    frame->width = (uint16_t)picture->width;
    frame->height = (uint16_t)picture->height;
    return 0;
}
