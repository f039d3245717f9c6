/* eye_coder.c - libx264, libvpx and libavcodec's own decoders. */
#include "tests/bench/eye_coder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NO_KEY_FRAMES = 100000 }; /* of its own */

struct eye_encoder {
    AVCodecContext *context;
    AVFrame *frame;
    AVPacket *packet;
    int64_t count;
};

struct eye_decoder {
    AVCodecContext *context;
    AVFrame *frame;
    AVPacket *packet;
    uint8_t *padded; /* libavcodec reads behind the end */
    size_t room;
};

static const struct {
    const char *name, *encoder;
    enum AVCodecID id;
} codecs[EYE_CODECS] = {
    {"H264", "libx264", AV_CODEC_ID_H264},
    {"VP8", "libvpx", AV_CODEC_ID_VP8},
    {"VP9", "libvpx-vp9", AV_CODEC_ID_VP9},
};

const char *eye_codec_name(enum eye_codec codec)
{
    return codecs[codec].name;
}

int eye_codec_by_option(const char *option)
{
    for (int i = 0; i < EYE_CODECS; i++)
        if (!strcasecmp(option, codecs[i].name))
            return i;
    return -1;
}

static void set_h264(const struct eye_coder_plan *plan, AVCodecContext *context)
{
    char more[64] = "scenecut=0";
    if (plan->slice_bytes)
        snprintf(more, sizeof(more), "scenecut=0:slice-max-size=%u", plan->slice_bytes);
    av_opt_set(context->priv_data, "preset", "superfast", 0);
    av_opt_set(context->priv_data, "tune", "zerolatency", 0);
    av_opt_set(context->priv_data, "profile", plan->high ? "high" : "baseline", 0);
    av_opt_set(context->priv_data, "forced-idr", "1", 0);
    av_opt_set(context->priv_data, "x264-params", more, 0);
    context->colorspace = plan->bt709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    context->color_primaries = plan->bt709 ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
    context->color_trc = plan->bt709 ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
    context->color_range = plan->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
}

static void set_vpx(const struct eye_coder_plan *plan, AVCodecContext *context)
{
    static const char *const options[][2] = {
        {"deadline", "realtime"}, {"lag-in-frames", "0"},    {"error-resilient", "default"},
        {"static-thresh", "1"},   {"max-intra-rate", "300"}, {"undershoot-pct", "100"},
        {"overshoot-pct", "15"},  {"aq-mode", "3"}, /* of VP9 only */
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        av_opt_set(context->priv_data, options[i][0], options[i][1], 0);
    av_opt_set(context->priv_data, "cpu-used", plan->codec == EYE_VP8 ? "-8" : "8", 0);
    context->rc_min_rate = context->bit_rate;
    context->rc_buffer_size = (int)context->bit_rate;
    context->rc_initial_buffer_occupancy = (int)context->bit_rate / 2;
    context->qmin = 2;
    context->qmax = 63;
}

static int configure(struct eye_encoder *encoder, const struct eye_coder_plan *plan)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(codecs[plan->codec].encoder);
    if (!codec)
        return -ENOTSUP;
    AVCodecContext *context = encoder->context = avcodec_alloc_context3(codec);
    encoder->frame = av_frame_alloc();
    encoder->packet = av_packet_alloc();
    if (!context || !encoder->frame || !encoder->packet)
        return -ENOMEM;
    context->width = (int)plan->width;
    context->height = (int)plan->height;
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->time_base = (AVRational){1, (int)plan->fps};
    context->framerate = (AVRational){(int)plan->fps, 1};
    context->bit_rate = plan->kbps * 1000LL;
    context->rc_max_rate = context->bit_rate;
    context->rc_buffer_size = (int)context->bit_rate / 2;
    context->gop_size = NO_KEY_FRAMES;
    context->max_b_frames = 0;
    context->thread_count = 1;
    if (plan->codec == EYE_H264)
        set_h264(plan, context);
    else
        set_vpx(plan, context);
    return avcodec_open2(context, codec, NULL) < 0 ? -ENOTSUP : 0;
}

int eye_encoder_create(const struct eye_coder_plan *plan, struct eye_encoder **encoder)
{
    struct eye_encoder *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    av_log_set_level(AV_LOG_FATAL);
    int error = configure(made, plan);
    if (error)
        eye_encoder_destroy(made);
    else
        *encoder = made;
    return error;
}

void eye_encoder_destroy(struct eye_encoder *encoder)
{
    if (!encoder)
        return;
    avcodec_free_context(&encoder->context);
    av_frame_free(&encoder->frame);
    av_packet_free(&encoder->packet);
    free(encoder);
}

int eye_encode(struct eye_encoder *encoder, const struct picture *picture, bool key,
               const uint8_t **bytes, size_t *length)
{
    AVFrame *frame = encoder->frame;
    frame->width = (int)picture->width;
    frame->height = (int)picture->height;
    frame->format = AV_PIX_FMT_YUV420P;
    for (unsigned plane = 0; plane < 3; plane++) {
        frame->data[plane] = picture->plane[plane];
        frame->linesize[plane] = picture->stride[plane];
    }
    frame->pts = encoder->count++;
    frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    if (avcodec_send_frame(encoder->context, frame) < 0)
        return -EINVAL;
    av_packet_unref(encoder->packet);
    int error = avcodec_receive_packet(encoder->context, encoder->packet);
    if (error < 0 && error != AVERROR(EAGAIN))
        return -EINVAL;
    *bytes = error < 0 ? NULL : encoder->packet->data;
    *length = error < 0 ? 0 : (size_t)encoder->packet->size;
    return 0;
}

int eye_decoder_create(enum eye_codec codec, struct eye_decoder **decoder)
{
    const AVCodec *found = avcodec_find_decoder(codecs[codec].id);
    struct eye_decoder *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    av_log_set_level(AV_LOG_FATAL);
    made->context = found ? avcodec_alloc_context3(found) : NULL;
    made->frame = av_frame_alloc();
    made->packet = av_packet_alloc();
    int error = made->context && made->frame && made->packet ? 0 : -ENOMEM;
    if (!error) {
        made->context->thread_count = 1;
        made->context->flags |= AV_CODEC_FLAG_LOW_DELAY;
        error = avcodec_open2(made->context, found, NULL) < 0 ? -ENOTSUP : 0;
    }
    if (error)
        eye_decoder_destroy(made);
    else
        *decoder = made;
    return error;
}

void eye_decoder_destroy(struct eye_decoder *decoder)
{
    if (!decoder)
        return;
    avcodec_free_context(&decoder->context);
    av_frame_free(&decoder->frame);
    av_packet_free(&decoder->packet);
    free(decoder->padded);
    free(decoder);
}

static int pad(struct eye_decoder *decoder, const uint8_t *bytes, size_t length)
{
    size_t room = length + AV_INPUT_BUFFER_PADDING_SIZE;
    if (room > decoder->room) {
        uint8_t *larger = realloc(decoder->padded, room);
        if (!larger)
            return -ENOMEM;
        decoder->padded = larger;
        decoder->room = room;
    }
    memcpy(decoder->padded, bytes, length);
    memset(decoder->padded + length, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    return 0;
}

int eye_decode(struct eye_decoder *decoder, const uint8_t *bytes, size_t length,
               struct picture *picture)
{
    int error = pad(decoder, bytes, length);
    if (error)
        return error;
    decoder->packet->data = decoder->padded;
    decoder->packet->size = (int)length;
    if (avcodec_send_packet(decoder->context, decoder->packet) < 0)
        return -EBADMSG;
    error = avcodec_receive_frame(decoder->context, decoder->frame);
    if (error < 0)
        return error == AVERROR(EAGAIN) ? -EAGAIN : -EBADMSG;
    const AVFrame *frame = decoder->frame;
    if (frame->format != AV_PIX_FMT_YUV420P && frame->format != AV_PIX_FMT_YUVJ420P)
        return -EBADMSG;
    *picture = (struct picture){
        .width = (unsigned)frame->width,
        .height = (unsigned)frame->height,
        .matrix = frame->colorspace == AVCOL_SPC_BT709 ? PICTURE_BT709 : PICTURE_BT601,
        .full_range = frame->color_range == AVCOL_RANGE_JPEG,
    };
    for (unsigned plane = 0; plane < 3; plane++) {
        picture->plane[plane] = frame->data[plane];
        picture->stride[plane] = frame->linesize[plane];
    }
    return 0;
}
