/* av1_encoder.c - libaom in its real-time mode. */
#include "mixer/video_codec/av1_encoder.h"
#include "mixer/video_codec/encoder_plan.h"

#include <aom/aom_encoder.h>
#include <aom/aomcx.h>
#include <errno.h>
#include <stdlib.h>

enum {
    UNDERSHOOT_PERCENT = 50, /* how far the rate may go below */
    KEY_PERCENT = 300,       /* a key frame's bits, of those of an average frame */
    SPEED = 10,
    LEAST_SPEED = 5, /* below it a picture costs more than its time */
    CYCLIC_REFRESH = 3,
};

struct video_encoder {
    aom_codec_ctx_t aom;
    aom_codec_enc_cfg_t config;
    bool is_open;
    unsigned speed;
    enum picture_matrix matrix; /* as signalled */
    bool full_range;
    struct encoder_plan_clock clock;
};

/* ---- settings ---- */

static void fill(aom_codec_enc_cfg_t *aom, const struct video_encoder_config *config)
{
    aom->g_w = config->width;
    aom->g_h = config->height;
    aom->g_timebase = (struct aom_rational){1, VIDEO_CLOCK_HZ};
    aom->g_threads = encoder_plan_threads(config);
    aom->g_pass = AOM_RC_ONE_PASS;
    aom->g_lag_in_frames = 0;
    aom->kf_mode = AOM_KF_DISABLED;
    aom->rc_end_usage = AOM_CBR;
    aom->rc_target_bitrate = encoder_plan_kbps(config->bitrate_bps);
    aom->rc_dropframe_thresh = 0;
    aom->rc_min_quantizer = ENCODER_PLAN_MIN_QUANTIZER;
    aom->rc_max_quantizer = ENCODER_PLAN_MAX_QUANTIZER;
    aom->rc_undershoot_pct = UNDERSHOOT_PERCENT;
    aom->rc_overshoot_pct = ENCODER_PLAN_OVERSHOOT_PERCENT;
    aom->rc_buf_sz = ENCODER_PLAN_BUFFER_MS;
    aom->rc_buf_initial_sz = ENCODER_PLAN_BUFFER_BEGIN_MS;
    aom->rc_buf_optimal_sz = ENCODER_PLAN_BUFFER_BEST_MS;
}

static bool signal_colours(struct video_encoder *encoder)
{
    const bool is_709 = encoder->matrix == PICTURE_BT709;
    aom_codec_ctx_t *aom = &encoder->aom;
    return aom_codec_control(aom, AV1E_SET_COLOR_PRIMARIES,
                             is_709 ? AOM_CICP_CP_BT_709 : AOM_CICP_CP_BT_601) == 0 &&
           aom_codec_control(aom, AV1E_SET_TRANSFER_CHARACTERISTICS,
                             is_709 ? AOM_CICP_TC_BT_709 : AOM_CICP_TC_BT_601) == 0 &&
           aom_codec_control(aom, AV1E_SET_MATRIX_COEFFICIENTS,
                             is_709 ? AOM_CICP_MC_BT_709 : AOM_CICP_MC_BT_601) == 0 &&
           aom_codec_control(aom, AV1E_SET_COLOR_RANGE,
                             encoder->full_range ? AOM_CR_FULL_RANGE : AOM_CR_STUDIO_RANGE) ==
               0;
}

/* Tools that the fast speeds have no time for, but would still look at. */
static bool leave_out_tools(aom_codec_ctx_t *aom)
{
    static const int tools[] = {
        AV1E_SET_ENABLE_TPL_MODEL,     AV1E_SET_DELTAQ_MODE,
        AV1E_SET_ENABLE_ORDER_HINT,    AV1E_SET_ENABLE_OBMC,
        AV1E_SET_ENABLE_GLOBAL_MOTION, AV1E_SET_ENABLE_WARPED_MOTION,
        AV1E_SET_ENABLE_REF_FRAME_MVS, AV1E_SET_ENABLE_CFL_INTRA,
        AV1E_SET_ENABLE_SMOOTH_INTRA,  AV1E_SET_ENABLE_ANGLE_DELTA,
        AV1E_SET_ENABLE_FILTER_INTRA,  AV1E_SET_ENABLE_PALETTE,
        AV1E_SET_ENABLE_DUAL_FILTER,   AV1E_SET_ENABLE_INTERINTRA_COMP,
        AV1E_SET_ENABLE_RESTORATION,   AV1E_SET_NOISE_SENSITIVITY,
    };
    for (unsigned i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
        if ((aom_codec_control)(aom, tools[i], 0))
            return false;
    }
    return aom_codec_control(aom, AV1E_SET_INTRA_DEFAULT_TX_ONLY, 1) == 0 &&
           aom_codec_control(aom, AV1E_SET_DISABLE_TRELLIS_QUANT, 1) == 0 &&
           aom_codec_control(aom, AV1E_SET_COEFF_COST_UPD_FREQ, 3) == 0 &&
           aom_codec_control(aom, AV1E_SET_MODE_COST_UPD_FREQ, 3) == 0 &&
           aom_codec_control(aom, AV1E_SET_MV_COST_UPD_FREQ, 3) == 0;
}

static bool control(struct video_encoder *encoder)
{
    aom_codec_ctx_t *aom = &encoder->aom;
    const unsigned columns = encoder_plan_tile_columns(encoder->config.g_threads);
    return aom_codec_control(aom, AOME_SET_CPUUSED, (int)encoder->speed) == 0 &&
           aom_codec_control(aom, AV1E_SET_AQ_MODE, CYCLIC_REFRESH) == 0 &&
           aom_codec_control(aom, AOME_SET_MAX_INTRA_BITRATE_PCT, KEY_PERCENT) == 0 &&
           aom_codec_control(aom, AV1E_SET_ENABLE_CDEF, 1) == 0 &&
           aom_codec_control(aom, AV1E_SET_ROW_MT, 0) == 0 &&
           aom_codec_control(aom, AV1E_SET_TILE_COLUMNS, columns) == 0 &&
           leave_out_tools(aom) && signal_colours(encoder);
}

/* ---- life ---- */

static void close_aom(struct video_encoder *encoder)
{
    if (encoder->is_open)
        aom_codec_destroy(&encoder->aom);
    encoder->is_open = false;
}

static int open_aom(struct video_encoder *encoder)
{
    const aom_codec_err_t error =
        aom_codec_enc_init(&encoder->aom, aom_codec_av1_cx(), &encoder->config, 0);
    if (error)
        return error == AOM_CODEC_MEM_ERROR ? -ENOMEM : -EINVAL;
    encoder->is_open = true;
    if (control(encoder))
        return 0;
    close_aom(encoder);
    return -EINVAL;
}

int av1_encoder_create(const struct video_encoder_config *config,
                       struct video_encoder **encoder)
{
    if (!encoder_plan_is_possible(config))
        return -EINVAL;
    struct video_encoder *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->matrix = PICTURE_BT601;
    made->clock = encoder_plan_clock_of(config->fps);
    made->speed = !config->speed                ? SPEED
                  : config->speed < LEAST_SPEED ? LEAST_SPEED
                                                : config->speed;
    int err =
        aom_codec_enc_config_default(aom_codec_av1_cx(), &made->config, AOM_USAGE_REALTIME)
            ? -EINVAL
            : 0;
    fill(&made->config, config);
    if (err == 0)
        err = open_aom(made);
    if (err < 0) {
        av1_encoder_destroy(made);
        return err;
    }
    *encoder = made;
    return 0;
}

void av1_encoder_destroy(struct video_encoder *encoder)
{
    if (encoder)
        close_aom(encoder);
    free(encoder);
}

void av1_encoder_set_bitrate(struct video_encoder *encoder, unsigned bitrate_bps)
{
    encoder->config.rc_target_bitrate = encoder_plan_kbps(bitrate_bps);
    if (encoder->is_open)
        aom_codec_enc_config_set(&encoder->aom, &encoder->config);
}

/* ---- encode ---- */

static void wrap(const struct picture *picture, aom_image_t *image)
{
    aom_img_wrap(image, AOM_IMG_FMT_I420, picture->width, picture->height, 1,
                 picture->plane[0]);
    for (unsigned i = 0; i < 3; i++) {
        image->planes[i] = picture->plane[i];
        image->stride[i] = picture->stride[i];
    }
}

/* The sequence header of an open libaom cannot be changed. */
static int reopen_for_colours(struct video_encoder *encoder, const struct picture *picture)
{
    if (encoder->is_open && picture->matrix == encoder->matrix &&
        picture->full_range == encoder->full_range)
        return 0;
    close_aom(encoder);
    encoder->matrix = picture->matrix;
    encoder->full_range = picture->full_range;
    return open_aom(encoder);
}

static void take(struct video_encoder *encoder, struct video_frame *frame)
{
    aom_codec_iter_t at = NULL;
    const aom_codec_cx_pkt_t *packet = aom_codec_get_cx_data(&encoder->aom, &at);
    while (packet && packet->kind != AOM_CODEC_CX_FRAME_PKT)
        packet = aom_codec_get_cx_data(&encoder->aom, &at);
    if (!packet)
        return;
    frame->bytes = packet->data.frame.buf;
    frame->length = packet->data.frame.sz;
    frame->is_key = packet->data.frame.flags & AOM_FRAME_IS_KEY;
    frame->is_discardable = packet->data.frame.flags & AOM_FRAME_IS_DROPPABLE;
    frame->width = (uint16_t)encoder->config.g_w;
    frame->height = (uint16_t)encoder->config.g_h;
}

int av1_encoder_encode(struct video_encoder *encoder, const struct picture *picture,
                       uint32_t timestamp, bool key, struct video_frame *frame)
{
    const aom_codec_enc_cfg_t *config = &encoder->config;
    if (picture->width != config->g_w || picture->height != config->g_h)
        return -EINVAL;
    int err = reopen_for_colours(encoder, picture);
    if (err < 0)
        return err;
    aom_image_t image;
    wrap(picture, &image);
    if (aom_codec_encode(&encoder->aom, &image, encoder_plan_next(&encoder->clock, timestamp),
                         encoder->clock.duration, key ? AOM_EFLAG_FORCE_KF : 0))
        return -EIO;
    *frame = (struct video_frame){.timestamp = timestamp};
    take(encoder, frame);
    return 0;
}
