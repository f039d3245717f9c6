/* image.c - the header is read by us, the rest by the one decoder that it names; all goes by
 * way of BGRA. */
#include "mixer/video/image.h"

#include "mixer/video/colour.h"
#include "mixer/video/image_header.h"

#include <errno.h>
#include <fcntl.h>
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libyuv/convert_argb.h>
#include <libyuv/planar_functions.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GREY = 128, BGRA = 4, SILENT = 100 /* above every level of libavutil's log */ };

/* Not premultiplied, rows without a gap. */
struct pixels {
    unsigned width, height;
    uint8_t *bgra;
};

static size_t row_bytes(const struct pixels *pixels)
{
    return (size_t)pixels->width * BGRA;
}

static int pixels_init(struct pixels *pixels, unsigned width, unsigned height)
{
    *pixels = (struct pixels){width, height, malloc((size_t)width * height * BGRA)};
    return pixels->bgra ? 0 : -ENOMEM;
}

static void pixels_finish(struct pixels *pixels)
{
    free(pixels->bgra);
}

/* --- from what decoders give ----------------------------------------------------------------
 */

/* One line of chroma as wide as the luma. */
static void widen(const uint8_t *from, unsigned shift, uint8_t *to, unsigned width)
{
    for (unsigned x = 0; x < width; x++)
        to[x] = from[x >> shift];
}

static int from_yuv(const AVFrame *frame, const AVPixFmtDescriptor *format, bool full_range,
                    struct pixels *pixels)
{
    const struct YuvConstants *constants = full_range ? &kYuvJPEGConstants : &kYuvI601Constants;
    const unsigned width = pixels->width;
    const bool has_alpha = format->flags & AV_PIX_FMT_FLAG_ALPHA;
    uint8_t *chroma = malloc(2 * (size_t)width);
    if (!chroma)
        return -ENOMEM;
    for (unsigned y = 0; y < pixels->height; y++) {
        uint8_t *row = pixels->bgra + y * row_bytes(pixels);
        for (unsigned i = 0; i < 2; i++)
            widen(frame->data[1 + i] +
                      (ptrdiff_t)(y >> format->log2_chroma_h) * frame->linesize[1 + i],
                  format->log2_chroma_w, chroma + i * width, width);
        I444ToARGBMatrix(frame->data[0] + (ptrdiff_t)y * frame->linesize[0], 0, chroma, 0,
                         chroma + width, 0, row, 0, constants, (int)width, 1);
        for (unsigned x = 0; has_alpha && x < width; x++)
            row[BGRA * x + 3] = frame->data[3][(ptrdiff_t)y * frame->linesize[3] + x];
    }
    free(chroma);
    return 0;
}

static void from_palette(const AVFrame *frame, const struct pixels *pixels)
{
    for (unsigned y = 0; y < pixels->height; y++) {
        uint8_t *row = pixels->bgra + y * row_bytes(pixels);
        const uint8_t *from = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        for (unsigned x = 0; x < pixels->width; x++) {
            uint32_t argb;
            memcpy(&argb, frame->data[1] + 4 * from[x], sizeof(argb));
            for (unsigned c = 0; c < BGRA; c++)
                row[BGRA * x + c] = (uint8_t)(argb >> 8 * c);
        }
    }
}

static void copy_component(const AVFrame *frame, const AVPixFmtDescriptor *format,
                           unsigned component, unsigned y, uint16_t *line, uint8_t *to,
                           unsigned width)
{
    const unsigned most = (1U << format->comp[component].depth) - 1;
    av_read_image_line2(line, (const uint8_t **)(uintptr_t)frame->data, frame->linesize, format,
                        0, (int)y, (int)component, (int)width, 0, sizeof(line[0]));
    for (unsigned x = 0; x < width; x++)
        to[BGRA * x] = (uint8_t)((line[x] * 255U + most / 2) / most);
}

/* Grey or RGB of any depth and order, with or without transparency. */
static int from_components(const AVFrame *frame, const AVPixFmtDescriptor *format,
                           struct pixels *pixels)
{
    const bool is_grey = format->nb_components < 3;
    const bool has_alpha = format->flags & AV_PIX_FMT_FLAG_ALPHA;
    uint16_t *line = calloc(pixels->width, sizeof(line[0]));
    if (!line)
        return -ENOMEM;
    memset(pixels->bgra, 255, row_bytes(pixels) * pixels->height);
    for (unsigned y = 0; y < pixels->height; y++) {
        uint8_t *row = pixels->bgra + y * row_bytes(pixels);
        for (unsigned c = 0; c < 3; c++)
            copy_component(frame, format, is_grey ? 0 : c, y, line, row + 2 - c, pixels->width);
        if (has_alpha)
            copy_component(frame, format, is_grey ? 1 : 3, y, line, row + 3, pixels->width);
    }
    free(line);
    return 0;
}

static bool is_8_bit_yuv(const AVPixFmtDescriptor *format)
{
    return format->nb_components >= 3 && (format->flags & AV_PIX_FMT_FLAG_PLANAR) &&
           !(format->flags & AV_PIX_FMT_FLAG_RGB) && format->comp[0].depth == 8;
}

static int convert(const AVFrame *frame, enum image_kind kind, struct pixels *pixels)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    if (!format)
        return -EBADMSG;
    if (format->flags & AV_PIX_FMT_FLAG_PAL) {
        from_palette(frame, pixels);
        return 0;
    }
    if (is_8_bit_yuv(format)) /* JFIF has full range, WebP has not */
        return from_yuv(frame, format,
                        kind == IMAGE_JPEG && frame->color_range != AVCOL_RANGE_MPEG, pixels);
    if ((format->flags & AV_PIX_FMT_FLAG_RGB) || format->nb_components < 3)
        return from_components(frame, format, pixels);
    return -EBADMSG;
}

/* --- decoding -------------------------------------------------------------------------------
 */

static enum AVCodecID codec_of(enum image_kind kind)
{
    return kind == IMAGE_PNG    ? AV_CODEC_ID_PNG
           : kind == IMAGE_JPEG ? AV_CODEC_ID_MJPEG
                                : AV_CODEC_ID_WEBP;
}

static int from_av(int error)
{
    return error == AVERROR(ENOMEM) ? -ENOMEM : error < 0 ? -EBADMSG : 0;
}

static AVCodecContext *open_decoder(enum image_kind kind)
{
    const AVCodec *codec = avcodec_find_decoder(codec_of(kind));
    AVCodecContext *decoder = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!decoder)
        return NULL;
    decoder->thread_count = 1;
    decoder->max_pixels = IMAGE_MAX_PIXELS;
    decoder->err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
    decoder->log_level_offset = SILENT;
    if (avcodec_open2(decoder, codec, NULL) < 0)
        avcodec_free_context(&decoder);
    return decoder;
}

static int packet_of(const uint8_t *bytes, const struct image_header *header, AVPacket *packet)
{
    if (av_new_packet(packet, (int)header->length) < 0)
        return -ENOMEM;
    packet->flags |= AV_PKT_FLAG_KEY;
    if (header->kind == IMAGE_PNG)
        av_shrink_packet(packet,
                         (int)image_header_strip_png(bytes, header->length, packet->data));
    else
        memcpy(packet->data, bytes, header->length);
    return 0;
}

static int decode_frame(AVCodecContext *decoder, const uint8_t *bytes,
                        const struct image_header *header, AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc();
    int error = packet ? packet_of(bytes, header, packet) : -ENOMEM;
    if (!error)
        error = from_av(avcodec_send_packet(decoder, packet));
    if (!error) {
        avcodec_send_packet(decoder, NULL);
        error = from_av(avcodec_receive_frame(decoder, frame));
    }
    if (!error &&
        ((unsigned)frame->width != header->width || (unsigned)frame->height != header->height))
        error = -EBADMSG;
    av_packet_free(&packet);
    return error;
}

static int read_header(const uint8_t *bytes, size_t length, struct image_header *header)
{
    if (length > IMAGE_MAX_BYTES)
        return -EFBIG;
    const int error = image_header_read(bytes, length, header);
    if (error)
        return error;
    if (header->width > PICTURE_MAX_SIDE || header->height > PICTURE_MAX_SIDE ||
        (uint64_t)header->width * header->height > IMAGE_MAX_PIXELS)
        return -EFBIG;
    return 0;
}

/* @return 0 and *pixels, to be finished. */
static int decode(const uint8_t *bytes, size_t length, struct pixels *pixels)
{
    struct image_header header;
    int error = read_header(bytes, length, &header);
    if (error)
        return error;
    AVCodecContext *decoder = open_decoder(header.kind);
    AVFrame *frame = av_frame_alloc();
    error = decoder && frame ? decode_frame(decoder, bytes, &header, frame) : -ENOMEM;
    if (!error)
        error = pixels_init(pixels, header.width, header.height);
    if (!error) {
        error = convert(frame, header.kind, pixels);
        if (error)
            pixels_finish(pixels);
    }
    av_frame_free(&frame);
    avcodec_free_context(&decoder);
    return error;
}

/* --- pictures and sprites -------------------------------------------------------------------
 */

static void lay_on_grey(const struct pixels *pixels)
{
    const size_t length = row_bytes(pixels) * pixels->height;
    for (size_t i = 0; i < length; i += BGRA) {
        const unsigned alpha = pixels->bgra[i + 3];
        for (unsigned c = 0; c < 3; c++)
            pixels->bgra[i + c] =
                (uint8_t)((pixels->bgra[i + c] * alpha + GREY * (255U - alpha) + 127) / 255);
    }
}

int image_read(const uint8_t *bytes, size_t length, struct picture **picture)
{
    struct pixels pixels;
    struct picture *made;
    int error = decode(bytes, length, &pixels);
    if (error)
        return error;
    error = picture_create(pixels.width, pixels.height, &made);
    if (!error) {
        lay_on_grey(&pixels);
        colour_to_picture(pixels.bgra, row_bytes(&pixels), made);
        *picture = made;
    }
    pixels_finish(&pixels);
    return error == -EINVAL ? -EBADMSG : error; /* a picture of one pixel's width */
}

/* From @p at on, in 1/256 of a pixel: sums of colours times alpha, and of alpha, over an area.
 */
static void add_up(const struct pixels *from, const unsigned at[2], const unsigned end[2],
                   uint64_t sum[BGRA])
{
    for (unsigned y = at[1] >> 8; y << 8 < end[1]; y++) {
        const unsigned top = y << 8 > at[1] ? y << 8 : at[1];
        const unsigned below = (y + 1) << 8 < end[1] ? (y + 1) << 8 : end[1];
        for (unsigned x = at[0] >> 8; x << 8 < end[0]; x++) {
            const unsigned left = x << 8 > at[0] ? x << 8 : at[0];
            const unsigned right = (x + 1) << 8 < end[0] ? (x + 1) << 8 : end[0];
            const uint8_t *pixel = from->bgra + y * row_bytes(from) + BGRA * (size_t)x;
            const uint64_t weight = (uint64_t)(below - top) * (right - left) * pixel[3];
            for (unsigned c = 0; c < 3; c++)
                sum[c] += weight * pixel[c];
            sum[3] += weight * 255;
        }
    }
}

/* The mean of what each pixel covers, premultiplied. libyuv would be faster, but what is opaque
 * is not quite so any more when it has been scaled by it. */
static void shrink(const struct pixels *from, const struct pixels *onto)
{
    for (unsigned y = 0; y < onto->height; y++) {
        for (unsigned x = 0; x < onto->width; x++) {
            uint64_t sum[BGRA] = {0};
            const unsigned at[2] = {
                (unsigned)(((uint64_t)x * from->width << 8) / onto->width),
                (unsigned)(((uint64_t)y * from->height << 8) / onto->height)};
            const unsigned end[2] = {
                (unsigned)(((uint64_t)(x + 1) * from->width << 8) / onto->width),
                (unsigned)(((uint64_t)(y + 1) * from->height << 8) / onto->height)};
            add_up(from, at, end, sum);
            const uint64_t area = (uint64_t)(end[0] - at[0]) * (end[1] - at[1]) * 255;
            uint8_t *pixel = onto->bgra + y * row_bytes(onto) + BGRA * (size_t)x;
            for (unsigned c = 0; c < BGRA; c++)
                pixel[c] = (uint8_t)((sum[c] + area / 2) / area);
        }
    }
}

/* As it is, premultiplied; an odd side gets a transparent line more. */
static void pad(const struct pixels *from, const struct pixels *onto)
{
    memset(onto->bgra, 0, row_bytes(onto) * onto->height);
    for (unsigned y = 0; y < from->height; y++)
        ARGBAttenuate(from->bgra + y * row_bytes(from), 0, onto->bgra + y * row_bytes(onto), 0,
                      (int)from->width, 1);
}

/* The even length next to length * part / whole, of 2..most. */
static unsigned scale_side(unsigned length, unsigned part, unsigned whole, unsigned most)
{
    const unsigned side =
        (unsigned)(((uint64_t)length * part + whole) / (2 * (uint64_t)whole) * 2);
    return side < 2 ? 2 : side > most ? most : side;
}

static int fit(const struct pixels *from, unsigned max_width, unsigned max_height,
               struct pixels *onto)
{
    int error;
    if (from->width <= max_width && from->height <= max_height) {
        error = pixels_init(onto, (from->width + 1) & ~1U, (from->height + 1) & ~1U);
        if (!error)
            pad(from, onto);
        return error;
    }
    const bool by_width =
        (uint64_t)from->width * max_height > (uint64_t)from->height * max_width;
    const unsigned part = by_width ? max_width : max_height;
    const unsigned whole = by_width ? from->width : from->height;
    error = pixels_init(onto, scale_side(from->width, part, whole, max_width),
                        scale_side(from->height, part, whole, max_height));
    if (!error)
        shrink(from, onto);
    return error;
}

static int to_sprite(const struct pixels *pixels, unsigned max_width, unsigned max_height,
                     struct sprite **sprite)
{
    struct pixels fitting;
    int error = fit(pixels, max_width, max_height, &fitting);
    if (error)
        return error;
    error = sprite_create(fitting.width, fitting.height, sprite);
    if (!error)
        colour_to_sprite(fitting.bgra, row_bytes(&fitting), *sprite);
    pixels_finish(&fitting);
    return error;
}

int image_read_sprite(const uint8_t *bytes, size_t length, unsigned max_width,
                      unsigned max_height, struct sprite **sprite)
{
    struct pixels pixels;
    max_width &= ~1U;
    max_height &= ~1U;
    if (max_width < 2 || max_height < 2)
        return -EINVAL;
    int error = decode(bytes, length, &pixels);
    if (error)
        return error;
    error = to_sprite(&pixels, max_width, max_height, sprite);
    pixels_finish(&pixels);
    return error;
}

/* --- files ----------------------------------------------------------------------------------
 */

static int read_all(int fd, uint8_t *bytes, size_t length, size_t *got)
{
    *got = 0;
    while (*got < length) {
        const ssize_t count = read(fd, bytes + *got, length - *got);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return 0;
}

static int load_from(int fd, uint8_t **bytes, size_t *length)
{
    struct stat about;
    if (fstat(fd, &about) < 0)
        return -errno;
    if (!S_ISREG(about.st_mode))
        return -EBADMSG;
    if (about.st_size > IMAGE_MAX_BYTES)
        return -EFBIG;
    uint8_t *read_bytes = malloc((size_t)about.st_size + 1);
    if (!read_bytes)
        return -ENOMEM;
    const int error = read_all(fd, read_bytes, (size_t)about.st_size, length);
    if (error)
        free(read_bytes);
    else
        *bytes = read_bytes;
    return error;
}

/* O_NONBLOCK: a pipe must not keep us waiting for somebody to open it, too. */
static int load(const char *path, uint8_t **bytes, size_t *length)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    const int error = load_from(fd, bytes, length);
    close(fd);
    return error;
}

int image_load(const char *path, struct picture **picture)
{
    uint8_t *bytes;
    size_t length;
    int error = load(path, &bytes, &length);
    if (error)
        return error;
    error = image_read(bytes, length, picture);
    free(bytes);
    return error;
}

int image_load_sprite(const char *path, unsigned max_width, unsigned max_height,
                      struct sprite **sprite)
{
    uint8_t *bytes;
    size_t length;
    int error = load(path, &bytes, &length);
    if (error)
        return error;
    error = image_read_sprite(bytes, length, max_width, max_height, sprite);
    free(bytes);
    return error;
}

/* --- writing --------------------------------------------------------------------------------
 */

static int to_jfif(const struct picture *picture, AVFrame *frame)
{
    frame->format = AV_PIX_FMT_YUVJ420P;
    frame->color_range = AVCOL_RANGE_JPEG;
    frame->width = (int)picture->width;
    frame->height = (int)picture->height;
    if (av_frame_get_buffer(frame, 0) < 0)
        return -ENOMEM;
    struct picture onto = {.width = picture->width, .height = picture->height};
    for (unsigned plane = 0; plane < 3; plane++) {
        onto.plane[plane] = frame->data[plane];
        onto.stride[plane] = frame->linesize[plane];
    }
    colour_to_jfif(picture, &onto);
    return 0;
}

/* 100 is the finest step of quantisation that the encoder has, 1 the coarsest. */
static int quantiser(unsigned quality)
{
    return 1 + (int)((100 - quality) * 30 / 99);
}

static AVCodecContext *open_encoder(const struct picture *picture, unsigned quality)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    AVCodecContext *encoder = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!encoder)
        return NULL;
    encoder->thread_count = 1;
    encoder->log_level_offset = SILENT;
    encoder->width = (int)picture->width;
    encoder->height = (int)picture->height;
    encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
    encoder->color_range = AVCOL_RANGE_JPEG;
    encoder->time_base = (AVRational){1, 1};
    encoder->flags |=
        AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT; /* no name of the library */
    encoder->qmin = 1;
    encoder->global_quality = FF_QP2LAMBDA * quantiser(quality);
    if (avcodec_open2(encoder, codec, NULL) < 0)
        avcodec_free_context(&encoder);
    return encoder;
}

static int encode(AVCodecContext *encoder, const AVFrame *frame, uint8_t **bytes,
                  size_t *length)
{
    AVPacket *packet = av_packet_alloc();
    int error = packet ? 0 : -ENOMEM;
    if (!error &&
        (avcodec_send_frame(encoder, frame) < 0 || avcodec_receive_packet(encoder, packet) < 0))
        error = -ENOMEM; /* a picture that exists can be encoded */
    if (!error) {
        uint8_t *copy = malloc((size_t)packet->size);
        if (copy) {
            memcpy(copy, packet->data, (size_t)packet->size);
            *bytes = copy;
            *length = (size_t)packet->size;
        } else {
            error = -ENOMEM;
        }
    }
    av_packet_free(&packet);
    return error;
}

int image_write_jpeg(const struct picture *picture, unsigned quality, uint8_t **bytes,
                     size_t *length)
{
    if (quality < 1 || quality > 100)
        return -EINVAL;
    AVCodecContext *encoder = open_encoder(picture, quality);
    AVFrame *frame = av_frame_alloc();
    int error = encoder && frame ? to_jfif(picture, frame) : -ENOMEM;
    if (!error) {
        frame->quality = encoder->global_quality;
        error = encode(encoder, frame, bytes, length);
    }
    av_frame_free(&frame);
    avcodec_free_context(&encoder);
    return error;
}
