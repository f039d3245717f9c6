/* recording_file.c - libavformat's WebM muxer on a file of ours, and libopus before it. */
#include "mixer/file/recording_file.h"

#include "mixer/base/clock.h"
#include "mixer/base/pcm.h"
#include "mixer/file/file_input.h"

#include <errno.h>
#include <fcntl.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 64 << 10,
    CLUSTER_MS = 1000,
    SOUND_BPS = 64000,
    OPUS_COMPLEXITY = 5,
    SOUND_STREAM = 0,
    PICTURE_STREAM = 1,
    STEP_BYTES = 128 << 10,
    /* What may still come once the disk is full: the cluster that is being made, the last one,
     * and for each cluster where it is. */
    END_OF_SOUND_BYTES = 64 << 10,
    END_OF_PICTURES_BYTES = 8 << 20,
    CUE_BYTES = 64,
};

struct recording_file {
    int fd;
    int err;            /* the first of write() */
    uint64_t at, size;  /* where it writes, and how long it is                 */
    uint64_t end_bytes; /* kept for the end; 0: nothing is                     */
    uint64_t kept_to;   /* the disk has space for so much                      */
    uint64_t keys;      /* pictures that begin a cluster                       */
    int full;           /* -ENOSPC, say: no more space could be kept           */
    bool is_begun;      /* its head is written */
    AVFormatContext *format;
    AVCodecContext *opus;
    AVFrame *frame;
    AVPacket *packet;
    int64_t samples; /* given so far */
};

/* libav's errors are negative errnos, or tags of its own. */
static int errno_of(const struct recording_file *file, int code)
{
    if (file->err)
        return file->err;
    return code >= 0 ? 0 : code == AVERROR(ENOMEM) ? -ENOMEM : -EIO;
}

/* ---- the bytes ---- */

/* So that a full disk is noticed while there is still space for the end. */
static void keep_space(struct recording_file *file, uint64_t until)
{
    const uint64_t clusters = (uint64_t)file->samples / PCM_MAX_RATE_HZ + file->keys;
    const uint64_t needed = until + file->end_bytes + clusters * CUE_BYTES;
    if (!file->end_bytes || file->full || needed <= file->kept_to)
        return;
    const uint64_t to = needed + STEP_BYTES;
    if (fallocate(file->fd, FALLOC_FL_KEEP_SIZE, (off_t)file->kept_to,
                  (off_t)(to - file->kept_to)) == 0)
        file->kept_to = to;
    else if (errno == ENOSPC || errno == EDQUOT)
        file->full = -errno;
    else if (errno != EINTR) /* it cannot be kept here */
        file->end_bytes = 0;
}

static void free_space(struct recording_file *file)
{
    if (file->kept_to > file->size && ftruncate(file->fd, (off_t)file->size) == 0)
        file->kept_to = 0;
}

static int write_bytes(void *context, uint8_t *bytes, int length)
{
    struct recording_file *file = context;
    int written = 0;
    keep_space(file, file->at + (unsigned)length);
    while (written < length && !file->err) {
        ssize_t count = write(file->fd, bytes + written, (size_t)(length - written));
        if (count > 0)
            written += (int)count;
        else if (count == 0 || errno != EINTR)
            file->err = count == 0 ? -EIO : -errno;
    }
    file->at += (unsigned)written;
    file->size = file->at > file->size ? file->at : file->size;
    return file->err ? AVERROR(EIO) : length;
}

static int64_t seek_bytes(void *context, int64_t offset, int whence)
{
    struct recording_file *file = context;
    if (whence & AVSEEK_SIZE)
        return (int64_t)file->size;
    const off_t at = lseek(file->fd, offset, whence & ~AVSEEK_FORCE);
    if (at < 0)
        return AVERROR(errno);
    file->at = (uint64_t)at;
    return at;
}

/* ---- the begin ---- */

static int open_io(struct recording_file *file)
{
    uint8_t *buffer = av_malloc(BUFFER_BYTES);
    if (buffer)
        file->format->pb =
            avio_alloc_context(buffer, BUFFER_BYTES, 1, file, NULL, write_bytes, seek_bytes);
    if (!buffer || !file->format->pb) {
        av_free(buffer);
        return AVERROR(ENOMEM);
    }
    file->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_FLUSH_PACKETS;
    return 0;
}

static int open_opus(struct recording_file *file)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libopus");
    AVCodecContext *opus = file->opus = codec ? avcodec_alloc_context3(codec) : NULL;
    file->frame = av_frame_alloc();
    if (!opus || !file->frame)
        return AVERROR(ENOMEM);
    opus->sample_rate = PCM_MAX_RATE_HZ;
    opus->sample_fmt = AV_SAMPLE_FMT_S16;
    opus->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO;
    opus->bit_rate = SOUND_BPS;
    opus->compression_level = OPUS_COMPLEXITY;
    opus->time_base = (AVRational){1, PCM_MAX_RATE_HZ};
    opus->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int code = avcodec_open2(opus, codec, NULL);
    if (code < 0)
        return code;
    file->frame->format = AV_SAMPLE_FMT_S16;
    file->frame->nb_samples = PCM_MAX_TICK_SAMPLES;
    file->frame->sample_rate = PCM_MAX_RATE_HZ;
    code = av_channel_layout_copy(&file->frame->ch_layout, &opus->ch_layout);
    return code < 0 ? code : av_frame_get_buffer(file->frame, 0);
}

static int add_streams(struct recording_file *file, const struct recording_file_plan *plan)
{
    AVStream *sound = avformat_new_stream(file->format, NULL);
    if (!sound)
        return AVERROR(ENOMEM);
    sound->time_base = file->opus->time_base;
    int code = avcodec_parameters_from_context(sound->codecpar, file->opus);
    if (code < 0 || !plan->width)
        return code;
    AVStream *pictures = avformat_new_stream(file->format, NULL);
    if (!pictures)
        return AVERROR(ENOMEM);
    pictures->time_base = (AVRational){1, 1000};
    pictures->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    pictures->codecpar->codec_id = AV_CODEC_ID_VP8;
    pictures->codecpar->width = (int)plan->width;
    pictures->codecpar->height = (int)plan->height;
    return 0;
}

static int write_head(struct recording_file *file)
{
    AVDictionary *options = NULL;
    av_dict_set_int(&options, "cluster_time_limit", CLUSTER_MS, 0);
    const int code = avformat_write_header(file->format, &options);
    av_dict_free(&options);
    file->is_begun = code >= 0;
    return code;
}

/* The file and its muxer, without streams. */
static int make(const char *path, struct recording_file **file)
{
    struct recording_file *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    file_input_prepare();
    made->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int err = made->fd < 0 ? -errno : 0;
    made->packet = av_packet_alloc();
    if (err == 0 && !made->packet)
        err = -ENOMEM;
    if (err == 0)
        err = errno_of(made, avformat_alloc_output_context2(&made->format, NULL, "webm", NULL));
    if (err == 0)
        err = errno_of(made, open_io(made));
    if (err < 0) {
        if (made->fd >= 0)
            unlink(path);
        recording_file_destroy(made);
        return err;
    }
    *file = made;
    return 0;
}

static int begin(struct recording_file *file, const struct recording_file_plan *plan)
{
    int code = open_opus(file);
    if (code >= 0)
        code = add_streams(file, plan);
    if (code >= 0 && plan->title)
        code = av_dict_set(&file->format->metadata, "title", plan->title, 0);
    return code < 0 ? code : write_head(file);
}

int recording_file_create(const char *path, const struct recording_file_plan *plan,
                          struct recording_file **file)
{
    struct recording_file *made;
    int err = make(path, &made);
    if (err < 0)
        return err;
    made->end_bytes = plan->width ? END_OF_PICTURES_BYTES : END_OF_SOUND_BYTES;
    err = errno_of(made, begin(made, plan));
    if (err == 0)
        err = made->full;
    if (err < 0) {
        unlink(path);
        recording_file_destroy(made);
        return err;
    }
    *file = made;
    return 0;
}

void recording_file_destroy(struct recording_file *file)
{
    if (!file)
        return;
    avcodec_free_context(&file->opus);
    av_frame_free(&file->frame);
    av_packet_free(&file->packet);
    if (file->format && file->format->pb) {
        av_freep(&file->format->pb->buffer);
        avio_context_free(&file->format->pb);
    }
    avformat_free_context(file->format);
    if (file->fd >= 0) {
        free_space(file);
        close(file->fd);
    }
    free(file);
}

/* ---- what is in it ---- */

static int write_encoded(struct recording_file *file)
{
    int code;
    while ((code = avcodec_receive_packet(file->opus, file->packet)) >= 0) {
        file->packet->stream_index = SOUND_STREAM;
        av_packet_rescale_ts(file->packet, file->opus->time_base,
                             file->format->streams[SOUND_STREAM]->time_base);
        code = av_write_frame(file->format, file->packet);
        av_packet_unref(file->packet);
        if (code < 0)
            return code;
    }
    return code == AVERROR(EAGAIN) || code == AVERROR_EOF ? 0 : code;
}

int recording_file_sound(struct recording_file *file, const int16_t *pcm)
{
    if (file->err)
        return file->err;
    int code = av_frame_make_writable(file->frame);
    if (code < 0)
        return errno_of(file, code);
    int16_t *out = (int16_t *)file->frame->data[0];
    if (pcm)
        memcpy(out, pcm, PCM_MAX_TICK_VALUES * sizeof(*out));
    else
        memset(out, 0, PCM_MAX_TICK_VALUES * sizeof(*out));
    file->frame->pts = file->samples;
    file->samples += PCM_MAX_TICK_SAMPLES;
    code = avcodec_send_frame(file->opus, file->frame);
    const int err = errno_of(file, code < 0 ? code : write_encoded(file));
    return err ? err : file->full;
}

int recording_file_picture(struct recording_file *file, int64_t ns, const uint8_t *bytes,
                           size_t length, bool is_key)
{
    if (file->err)
        return file->err;
    AVPacket *packet = file->packet;
    int code = av_new_packet(packet, (int)length);
    if (code < 0)
        return errno_of(file, code);
    memcpy(packet->data, bytes, length);
    packet->stream_index = PICTURE_STREAM;
    packet->pts = packet->dts = ns / CLOCK_NS_PER_MS;
    packet->flags = is_key ? AV_PKT_FLAG_KEY : 0;
    code = av_write_frame(file->format, packet);
    av_packet_unref(packet);
    file->keys += is_key;
    const int err = errno_of(file, code);
    return err ? err : file->full;
}

uint64_t recording_file_bytes(const struct recording_file *file)
{
    return file->size;
}

int recording_file_finish(struct recording_file *file)
{
    int code = 0;
    if (!file->err) {
        code = avcodec_send_frame(file->opus, NULL);
        if (code >= 0)
            code = write_encoded(file);
    }
    const int err = errno_of(file, code);
    if (!file->err && file->is_begun) /* libavformat writes nothing after an error */
        code = av_write_trailer(file->format);
    fdatasync(file->fd);
    return err ? err : errno_of(file, code);
}

/* ---- one that has no end ---- */

/* Opens what was left; only as what it is. */
static int open_broken(const char *path, AVFormatContext **format)
{
    AVFormatContext *opened = avformat_alloc_context();
    if (!opened)
        return AVERROR(ENOMEM);
    opened->format_whitelist = av_strdup("matroska,webm");
    char *url = av_asprintf("file:%s", path);
    int code = opened->format_whitelist && url ? 0 : AVERROR(ENOMEM);
    if (code < 0)
        avformat_free_context(opened);
    else
        code = avformat_open_input(&opened, url, NULL, NULL); /* which frees it on error */
    av_free(url);
    if (code == 0)
        *format = opened;
    return code;
}

static int copy_streams(struct recording_file *file, const AVFormatContext *from)
{
    for (unsigned i = 0; i < from->nb_streams; i++) {
        AVStream *made = avformat_new_stream(file->format, NULL);
        int code = made ? avcodec_parameters_copy(made->codecpar, from->streams[i]->codecpar)
                        : AVERROR(ENOMEM);
        if (code < 0)
            return code;
        made->codecpar->codec_tag = 0;
        made->time_base = from->streams[i]->time_base;
    }
    return av_dict_copy(&file->format->metadata, from->metadata, 0);
}

static int copy_packets(struct recording_file *file, AVFormatContext *from,
                        const atomic_bool *cancel, int64_t *end_ms)
{
    int code = 0;
    unsigned count = 0;
    while (code >= 0 && av_read_frame(from, file->packet) >= 0) {
        if (cancel && atomic_load(cancel)) {
            av_packet_unref(file->packet);
            return AVERROR_EXIT;
        }
        AVPacket *packet = file->packet;
        const AVStream *in = from->streams[packet->stream_index];
        const AVStream *out = file->format->streams[packet->stream_index];
        const int64_t until_ms =
            av_rescale_q(packet->pts + packet->duration, in->time_base, (AVRational){1, 1000});
        *end_ms = until_ms > *end_ms ? until_ms : *end_ms;
        packet->pos = -1;
        av_packet_rescale_ts(packet, in->time_base, out->time_base);
        code = av_write_frame(file->format, packet);
        av_packet_unref(packet);
        count++;
    }
    return code >= 0 && !count ? AVERROR_INVALIDDATA : code;
}

static int copy(struct recording_file *file, AVFormatContext *from, const atomic_bool *cancel,
                int64_t *end_ms)
{
    int code = copy_streams(file, from);
    if (code >= 0)
        code = write_head(file);
    if (code >= 0)
        code = copy_packets(file, from, cancel, end_ms);
    return code < 0 ? code : av_write_trailer(file->format);
}

static int mend_beside(const char *path, const char *beside, const atomic_bool *cancel,
                       uint64_t *length_ms)
{
    AVFormatContext *from = NULL;
    struct recording_file *file = NULL;
    int64_t end_ms = 0;
    file_input_prepare();
    int code = open_broken(path, &from);
    if (code < 0)
        return code == AVERROR(ENOMEM) ? -ENOMEM : -ENODATA;
    unlink(beside); /* of one who was killed while it mended */
    int err = make(beside, &file);
    if (err == 0) {
        code = copy(file, from, cancel, &end_ms);
        err = code == AVERROR_INVALIDDATA ? -ENODATA
              : code == AVERROR_EXIT      ? -ECANCELED
                                          : errno_of(file, code);
    }
    recording_file_destroy(file);
    avformat_close_input(&from);
    if (err == 0 && rename(beside, path) < 0)
        err = -errno;
    if (err < 0)
        unlink(beside);
    else
        *length_ms = (uint64_t)end_ms;
    return err;
}

int recording_file_mend(const char *path, const atomic_bool *cancel, uint64_t *length_ms)
{
    char *beside = av_asprintf("%s.mending", path);
    int err = beside ? mend_beside(path, beside, cancel, length_ms) : -ENOMEM;
    av_free(beside);
    return err;
}
