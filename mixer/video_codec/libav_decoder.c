/* libav_decoder.c - libavcodec, one frame in, at most one picture out. */
#include "mixer/video_codec/libav_decoder.h"

#include "mixer/video_codec/h264_reorder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    CODED_UNIT = 64, /* pictures are coded in whole blocks, at most as large as these */
    UNHEARD = 1000,  /* lowers what libavcodec says below any level */
};

struct video_decoder {
    struct video_limits limits;
    AVCodecContext *context;
    AVPacket *packet;
    AVFrame *frame;  /* what comes out next     */
    AVFrame *newest; /* of what has come out    */
    int refused;     /* why, until the next key frame; 0: is not */
    bool is_vp8, is_h264;
    uint8_t *rewritten; /* a key frame of H.264 that says less than it did */
    size_t rewritten_room;
};

struct decoded {
    struct picture picture;
    AVFrame *frame; /* whose planes these are */
};

static bool fits(const struct video_limits *limits, unsigned width, unsigned height)
{
    return (width <= limits->max_width && height <= limits->max_height) ||
           (width <= limits->max_height && height <= limits->max_width);
}

static bool is_i420(enum AVPixelFormat format)
{
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
}

/* ---- asked by libavcodec ---- */

/* Once the size is known, and nothing allocated for it yet. */
static enum AVPixelFormat choose_format(AVCodecContext *context,
                                        const enum AVPixelFormat *formats)
{
    struct video_decoder *decoder = context->opaque;
    if (!fits(&decoder->limits, (unsigned)context->width, (unsigned)context->height)) {
        decoder->refused = -EFBIG;
        return AV_PIX_FMT_NONE;
    }
    while (*formats != AV_PIX_FMT_NONE && !is_i420(*formats))
        formats++;
    if (*formats == AV_PIX_FMT_NONE)
        decoder->refused = -ENOTSUP;
    return *formats;
}

static int get_buffer(AVCodecContext *context, AVFrame *frame, int flags)
{
    struct video_decoder *decoder = context->opaque;
    if (!fits(&decoder->limits, (unsigned)context->width, (unsigned)context->height))
        decoder->refused = -EFBIG;
    else if (!is_i420((enum AVPixelFormat)frame->format))
        decoder->refused = -ENOTSUP;
    else
        return avcodec_default_get_buffer2(context, frame, flags);
    return AVERROR(EINVAL);
}

/* ---- life ---- */

static void silence(void)
{
    av_log_set_level(AV_LOG_QUIET);
}

static int64_t coded_pixels(const struct video_limits *limits)
{
    const int64_t width = (limits->max_width + CODED_UNIT - 1) / CODED_UNIT * CODED_UNIT;
    const int64_t height = (limits->max_height + CODED_UNIT - 1) / CODED_UNIT * CODED_UNIT;
    return width * height;
}

static int open_context(struct video_decoder *decoder, const AVCodec *codec)
{
    AVCodecContext *context = decoder->context;
    context->opaque = decoder;
    context->log_level_offset = UNHEARD;
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->max_pixels = coded_pixels(&decoder->limits);
    context->get_format = choose_format;
    context->get_buffer2 = get_buffer;
    /* Holes are filled with what was there before: without it they would show whatever was in
     * that memory. */
    context->error_concealment = FF_EC_GUESS_MVS | FF_EC_DEBLOCK;
    const int result = avcodec_open2(context, codec, NULL);
    return result == 0 ? 0 : result == AVERROR(ENOMEM) ? -ENOMEM : -ENOTSUP;
}

static int create(const char *name, const struct video_limits *limits,
                  struct video_decoder **decoder)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, silence);
    const AVCodec *codec = avcodec_find_decoder_by_name(name);
    if (!codec)
        return -ENOTSUP;
    struct video_decoder *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->limits = *limits;
    made->is_vp8 = codec->id == AV_CODEC_ID_VP8;
    made->is_h264 = codec->id == AV_CODEC_ID_H264;
    made->context = avcodec_alloc_context3(codec);
    made->packet = av_packet_alloc();
    made->frame = av_frame_alloc();
    made->newest = av_frame_alloc();
    int err = -ENOMEM;
    if (made->context && made->packet && made->frame && made->newest)
        err = open_context(made, codec);
    if (err < 0) {
        libav_decoder_destroy(made);
        return err;
    }
    *decoder = made;
    return 0;
}

int libav_decoder_create_h264(const struct video_limits *limits, struct video_decoder **decoder)
{
    return create("h264", limits, decoder);
}

int libav_decoder_create_vp8(const struct video_limits *limits, struct video_decoder **decoder)
{
    return create("vp8", limits, decoder);
}

int libav_decoder_create_vp9(const struct video_limits *limits, struct video_decoder **decoder)
{
    return create("vp9", limits, decoder);
}

int libav_decoder_create_h265(const struct video_limits *limits, struct video_decoder **decoder)
{
    return create("hevc", limits, decoder);
}

int libav_decoder_create_av1(const struct video_limits *limits, struct video_decoder **decoder)
{
    return create("libdav1d", limits, decoder);
}

void libav_decoder_destroy(struct video_decoder *decoder)
{
    if (!decoder)
        return;
    avcodec_free_context(&decoder->context);
    av_packet_free(&decoder->packet);
    av_frame_free(&decoder->frame);
    av_frame_free(&decoder->newest);
    free(decoder->rewritten);
    free(decoder);
}

/* ---- pictures ---- */

static void destroy_decoded(struct picture *picture)
{
    struct decoded *decoded = picture->memory;
    av_frame_free(&decoded->frame);
    free(decoded);
}

static enum picture_matrix matrix_of(enum AVColorSpace space)
{
    switch (space) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_BT2020_NCL: /* nearer to BT.709 than to the other */
    case AVCOL_SPC_BT2020_CL:
    case AVCOL_SPC_SMPTE240M:
        return PICTURE_BT709;
    default:
        return PICTURE_BT601;
    }
}

/* Moves the newest frame into a picture. */
static int adopt(struct video_decoder *decoder, struct picture **picture)
{
    struct decoded *made = calloc(1, sizeof(*made));
    AVFrame *frame = av_frame_alloc();
    if (!made || !frame) {
        free(made);
        av_frame_free(&frame);
        return -ENOMEM;
    }
    av_frame_move_ref(frame, decoder->newest);
    made->frame = frame;
    made->picture = (struct picture){
        .width = (unsigned)frame->width,
        .height = (unsigned)frame->height,
        .plane = {frame->data[0], frame->data[1], frame->data[2]},
        .stride = {frame->linesize[0], frame->linesize[1], frame->linesize[2]},
        .timestamp = (uint32_t)frame->pts,
        .matrix = decoder->is_vp8 ? PICTURE_BT601 : matrix_of(frame->colorspace),
        .full_range = frame->color_range == AVCOL_RANGE_JPEG && !decoder->is_vp8,
    };
    picture_adopt(&made->picture, destroy_decoded, made);
    *picture = &made->picture;
    return 0;
}

/* What dav1d puts out has not been asked about before. */
static int judge(const struct video_decoder *decoder, const AVFrame *frame)
{
    if (!fits(&decoder->limits, (unsigned)frame->width, (unsigned)frame->height))
        return -EFBIG;
    if (!is_i420((enum AVPixelFormat)frame->format))
        return -ENOTSUP;
    if (frame->width < PICTURE_LEAST_SIDE || frame->height < PICTURE_LEAST_SIDE)
        return -EBADMSG;
    return frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT ? -EBADMSG : 0;
}

/* ---- decode ---- */

static int error_of(int libav_error)
{
    switch (libav_error) {
    case 0:
        return 0;
    case AVERROR(ENOMEM):
        return -ENOMEM;
    case AVERROR(EINVAL): /* more than max_pixels */
    case AVERROR(ERANGE): /* the same from dav1d */
        return -EFBIG;
    default:
        return -EBADMSG;
    }
}

/* Pictures of H.264 are shown as they come, whatever their sender allows for. */
static int forget_order(struct video_decoder *decoder, struct video_frame *frame)
{
    const size_t room = frame->length + H264_REORDER_SPARE_BYTES;
    if (decoder->rewritten_room < room) {
        uint8_t *more = realloc(decoder->rewritten, room);
        if (!more)
            return -ENOMEM;
        decoder->rewritten = more;
        decoder->rewritten_room = room;
    }
    const size_t length = h264_reorder_forget(frame->bytes, frame->length, decoder->rewritten);
    if (length) {
        frame->bytes = decoder->rewritten;
        frame->length = length;
    }
    return 0;
}

/* A frame may show several pictures (layers of VP9 and AV1): the last is the best. */
static int run(struct video_decoder *decoder, const struct video_frame *frame)
{
    AVPacket *packet = decoder->packet;
    packet->data = (uint8_t *)(uintptr_t)frame->bytes; /* libavcodec copies it */
    packet->size = (int)frame->length;
    packet->pts = packet->dts = frame->timestamp;
    packet->flags = frame->is_key ? AV_PKT_FLAG_KEY : 0;
    int result = avcodec_send_packet(decoder->context, packet);
    av_packet_unref(packet);
    int received;
    while ((received = avcodec_receive_frame(decoder->context, decoder->frame)) == 0) {
        av_frame_unref(decoder->newest);
        av_frame_move_ref(decoder->newest, decoder->frame);
    }
    if (result == 0 && received != AVERROR(EAGAIN))
        result = received;
    return decoder->refused ? decoder->refused : error_of(result);
}

int libav_decoder_decode(struct video_decoder *decoder, const struct video_frame *frame,
                         struct picture **picture)
{
    if (!frame->length || frame->length > VIDEO_MAX_FRAME_BYTES)
        return -EBADMSG; /* nothing would end the stream */
    if (frame->is_key)
        decoder->refused = 0;
    if (!decoder->refused && frame->width &&
        !fits(&decoder->limits, frame->width, frame->height))
        decoder->refused = -EFBIG;
    if (decoder->refused)
        return decoder->refused;
    struct video_frame fed = *frame;
    int err = decoder->is_h264 && frame->is_key ? forget_order(decoder, &fed) : 0;
    if (err < 0)
        return err;
    err = run(decoder, &fed);
    if (err == 0 && decoder->newest->buf[0])
        err = judge(decoder, decoder->newest);
    if (err == -EFBIG || err == -ENOTSUP)
        decoder->refused = err;
    struct picture *made = NULL;
    if (err == 0 && decoder->newest->buf[0])
        err = adopt(decoder, &made);
    av_frame_unref(decoder->newest);
    if (err == 0)
        *picture = made;
    return err;
}
