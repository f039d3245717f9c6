/* audio_file.c - libavcodec makes frames, libswresample makes them ours. */
#include "mixer/file/audio_file.h"

#include "mixer/base/pcm.h"
#include "mixer/file/file_input.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>

enum {
    MIN_RATE_HZ = 4000,
    MAX_RATE_HZ = 384000,
    MAX_CHANNELS = 64,
    MAX_FRAME_SAMPLES = 1 << 18,
    MAX_BROKEN_IN_A_ROW = 100,
    MAX_LENGTH_S = 30 * 24 * 3600,
};

struct audio_file {
    struct file_input *input;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;

    SwrContext *swr;           /* NULL until the first frame                         */
    AVChannelLayout in_layout; /* what swr is made for: these three                  */
    int in_rate_hz;
    int in_format;

    unsigned rate_hz, length_ms;
    bool length_is_exact;
    int16_t *pcm; /* [room] converted; [at, count) has not been taken     */
    unsigned room, at, count;
    int64_t skip;      /* samples still to be thrown away                */
    int64_t target_us; /* of a seek whose first frame is to come; or -1  */

    bool is_silent;        /* there is no sound: */
    uint64_t silence_left; /* [samples]          */

    bool is_drained; /* the decoder has been told the end              */
    bool is_ended;   /* the last sample is in pcm                      */
    bool is_broken_now, has_decoded;
    unsigned broken_in_a_row, gaps;
};

/* ---- open ---- */

static int open_decoder(struct audio_file *file)
{
    const AVFormatContext *format = file_input_format(file->input);
    const AVStream *stream = format->streams[file_input_stream(file->input)];
    file->decoder = avcodec_alloc_context3(file_input_codec(file->input));
    if (!file->decoder)
        return AVERROR(ENOMEM);
    int code = avcodec_parameters_to_context(file->decoder, stream->codecpar);
    if (code < 0)
        return code;
    file->decoder->pkt_timebase = stream->time_base;
    file->decoder->thread_count = 1;
    file->decoder->err_recognition = AV_EF_CRCCHECK | AV_EF_BUFFER;
    return avcodec_open2(file->decoder, NULL, NULL);
}

/* From the first byte again. */
static int begin(struct audio_file *file, char **why)
{
    avcodec_free_context(&file->decoder);
    swr_free(&file->swr);
    file->at = file->count = 0;
    file->skip = 0;
    file->target_us = -1;
    file->is_drained = file->is_ended = file->is_broken_now = file->has_decoded = false;
    file->broken_in_a_row = 0;
    int err = file_input_begin(file->input, why);
    if (err < 0)
        return err;
    int code = open_decoder(file);
    return code < 0 ? file_input_error(file->input, code, why) : 0;
}

/* The lowest of the house's rates that is not below `rate_hz`. */
static unsigned rate_not_below(int rate_hz)
{
    for (unsigned i = 0; i < PCM_RATES; i++) {
        if ((int)pcm_rate_hz(i) >= rate_hz)
            return pcm_rate_hz(i);
    }
    return PCM_MAX_RATE_HZ;
}

static void read_length(struct audio_file *file)
{
    const AVFormatContext *format = file_input_format(file->input);
    int64_t us = format->duration;
    bool is_known = us > 0 && us / AV_TIME_BASE < MAX_LENGTH_S;
    file->length_ms = is_known ? (unsigned)(us / 1000) : 0;
    file->length_is_exact =
        is_known && format->duration_estimation_method == AVFMT_DURATION_FROM_STREAM;
}

int audio_file_open(const char *path, unsigned rate_hz, const atomic_bool *cancel,
                    struct audio_file **file, char **why)
{
    *why = NULL;
    struct audio_file *one = calloc(1, sizeof(*one));
    if (!one)
        return -ENOMEM;
    int err = file_input_open(path, FILE_INPUT_SOUND, cancel, &one->input, why);
    if (err == 0)
        err = begin(one, why);
    if (err == 0) {
        one->packet = av_packet_alloc();
        one->frame = av_frame_alloc();
        err = one->packet && one->frame ? 0 : -ENOMEM;
    }
    if (err < 0) {
        audio_file_close(one);
        return err;
    }
    one->rate_hz = rate_hz ? rate_hz : rate_not_below(one->decoder->sample_rate);
    read_length(one);
    *file = one;
    return 0;
}

static uint64_t samples_from(const struct audio_file *file, unsigned ms)
{
    const unsigned left_ms = ms < file->length_ms ? file->length_ms - ms : 0;
    return (uint64_t)left_ms * file->rate_hz / 1000;
}

int audio_file_open_silent(const char *path, unsigned rate_hz, const atomic_bool *cancel,
                           struct audio_file **file, char **why)
{
    *why = NULL;
    struct audio_file *one = calloc(1, sizeof(*one));
    if (!one)
        return -ENOMEM;
    int err = file_input_open(path, FILE_INPUT_PICTURES, cancel, &one->input, why);
    if (err == 0)
        err = file_input_begin(one->input, why);
    if (err == 0)
        read_length(one);
    if (err == 0 && !one->length_ms)
        err = file_input_bad(one->input, why, "has no sound, and does not say how long it is");
    if (err < 0) {
        audio_file_close(one);
        return err;
    }
    one->is_silent = true;
    one->rate_hz = rate_hz;
    one->silence_left = samples_from(one, 0);
    *file = one;
    return 0;
}

static int read_silence(struct audio_file *file, int16_t *pcm, unsigned samples)
{
    if (samples > file->silence_left)
        samples = (unsigned)file->silence_left;
    memset(pcm, 0, samples * sizeof(*pcm));
    file->silence_left -= samples;
    return (int)samples;
}

void audio_file_close(struct audio_file *file)
{
    if (!file)
        return;
    swr_free(&file->swr);
    av_channel_layout_uninit(&file->in_layout);
    av_frame_free(&file->frame);
    av_packet_free(&file->packet);
    avcodec_free_context(&file->decoder);
    file_input_close(file->input);
    free(file->pcm);
    free(file);
}

unsigned audio_file_rate_hz(const struct audio_file *file)
{
    return file->rate_hz;
}

unsigned audio_file_length_ms(const struct audio_file *file, bool *is_exact)
{
    if (is_exact)
        *is_exact = file->length_is_exact;
    return file->length_ms;
}

unsigned audio_file_gaps(const struct audio_file *file)
{
    return file->gaps;
}

/* ---- frames to samples ---- */

/* libswresample does not know where channels without a name stand: they all count the same. */
static int set_equal_weights(SwrContext *swr, int channels)
{
    double weights[MAX_CHANNELS];
    for (int i = 0; i < channels; i++)
        weights[i] = 1.0 / channels;
    return swr_set_matrix(swr, weights, channels);
}

static int make_swr(struct audio_file *file)
{
    const AVFrame *frame = file->frame;
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    AVChannelLayout layout = {0};
    int channels = frame->ch_layout.nb_channels;
    swr_free(&file->swr);
    int code = frame->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC
                   ? (av_channel_layout_default(&layout, channels), 0)
                   : av_channel_layout_copy(&layout, &frame->ch_layout);
    if (code == 0)
        code = swr_alloc_set_opts2(&file->swr, &mono, AV_SAMPLE_FMT_S16, (int)file->rate_hz,
                                   &layout, frame->format, frame->sample_rate, 0, NULL);
    if (code == 0 && layout.order != AV_CHANNEL_ORDER_NATIVE)
        code = set_equal_weights(file->swr, channels);
    av_channel_layout_uninit(&layout);
    if (code == 0)
        code = swr_init(file->swr);
    if (code < 0) {
        swr_free(&file->swr);
        return code;
    }
    file->in_format = frame->format;
    file->in_rate_hz = frame->sample_rate;
    return av_channel_layout_copy(&file->in_layout, &frame->ch_layout);
}

static bool is_as_before(const struct audio_file *file)
{
    const AVFrame *frame = file->frame;
    return file->swr && frame->format == file->in_format &&
           frame->sample_rate == file->in_rate_hz &&
           av_channel_layout_compare(&frame->ch_layout, &file->in_layout) == 0;
}

/* Converts `in`; NULL: what libswresample still holds back. All of pcm has been taken. */
static int convert(struct audio_file *file, const uint8_t **in, int samples)
{
    int most = swr_get_out_samples(file->swr, samples);
    if (most < 0)
        return most;
    if ((unsigned)most > file->room) {
        int16_t *pcm = realloc(file->pcm, (unsigned)most * sizeof(*pcm));
        if (!pcm)
            return AVERROR(ENOMEM);
        file->pcm = pcm;
        file->room = (unsigned)most;
    }
    uint8_t *out = (uint8_t *)file->pcm;
    int made = swr_convert(file->swr, &out, most, in, samples);
    if (made < 0)
        return made;
    unsigned skipped = file->skip < made ? (unsigned)file->skip : (unsigned)made;
    file->skip -= skipped;
    file->at = skipped;
    file->count = (unsigned)made;
    return 0;
}

/* A decoder goes on at a packet's begin, somewhere before the place that was asked for. */
static void skip_to_target(struct audio_file *file)
{
    const AVFormatContext *format = file_input_format(file->input);
    int64_t timestamp = file->frame->best_effort_timestamp;
    if (timestamp != AV_NOPTS_VALUE) {
        const AVStream *stream = format->streams[file_input_stream(file->input)];
        int64_t us = av_rescale_q(timestamp, stream->time_base, AV_TIME_BASE_Q);
        int64_t before_us = file->target_us - us;
        if (before_us > 0 && before_us / AV_TIME_BASE < MAX_LENGTH_S)
            file->skip = (before_us * file->rate_hz + AV_TIME_BASE / 2) / AV_TIME_BASE;
    }
    file->target_us = -1;
}

static int take_frame(struct audio_file *file)
{
    const AVFrame *frame = file->frame;
    int channels = frame->ch_layout.nb_channels;
    if (frame->sample_rate < MIN_RATE_HZ || frame->sample_rate > MAX_RATE_HZ || channels < 1 ||
        channels > MAX_CHANNELS || frame->nb_samples > MAX_FRAME_SAMPLES)
        return AVERROR_INVALIDDATA;
    int code = is_as_before(file) ? 0 : make_swr(file);
    if (code < 0)
        return code;
    if (file->target_us >= 0)
        skip_to_target(file);
    file->gaps += file->is_broken_now && file->has_decoded;
    file->is_broken_now = false;
    file->has_decoded = true;
    file->broken_in_a_row = 0;
    return convert(file, (const uint8_t **)frame->extended_data, frame->nb_samples);
}

/* ---- packets to frames ---- */

static int leave_out(struct audio_file *file, int code)
{
    if (code == AVERROR(ENOMEM))
        return code;
    file->is_broken_now = true;
    return ++file->broken_in_a_row > MAX_BROKEN_IN_A_ROW ? code : 0;
}

static int feed(struct audio_file *file)
{
    int code = av_read_frame(file_input_format(file->input), file->packet);
    if (code == AVERROR_EOF) {
        file->is_drained = true;
        return avcodec_send_packet(file->decoder, NULL);
    }
    if (code < 0)
        return code;
    if (file->packet->stream_index == (int)file_input_stream(file->input)) {
        code = avcodec_send_packet(file->decoder, file->packet);
        if (code < 0)
            code = leave_out(file, code);
    }
    av_packet_unref(file->packet);
    return code;
}

static int end(struct audio_file *file)
{
    file->is_ended = true;
    return file->swr ? convert(file, NULL, 0) : 0;
}

/* One frame, one packet, or the end. */
static int step(struct audio_file *file)
{
    int code = avcodec_receive_frame(file->decoder, file->frame);
    if (code == AVERROR(EAGAIN))
        return feed(file);
    if (code == AVERROR_EOF)
        return end(file);
    if (code == 0) {
        code = take_frame(file);
        av_frame_unref(file->frame);
        return code;
    }
    code = leave_out(file, code);
    /* after its end some decoders would say the same for ever */
    return code == 0 && file->is_drained ? end(file) : code;
}

int audio_file_read(struct audio_file *file, int16_t *pcm, unsigned samples, char **why)
{
    *why = NULL;
    if (file->is_silent)
        return read_silence(file, pcm, samples);
    if (!file->decoder)
        return file_input_bad(file->input, why, "cannot be read again");
    if (file->at == file->count && !file->is_ended) {
        file->at = file->count = 0;
        int code = step(file);
        if (code < 0)
            return file_input_error(file->input, code, why);
    }
    unsigned got = file->count - file->at;
    if (got == 0)
        return file->is_ended ? 0 : -EAGAIN;
    if (got > samples)
        got = samples;
    memcpy(pcm, file->pcm + file->at, got * sizeof(*pcm));
    file->at += got;
    return (int)got;
}

/* ---- seek ---- */

static int seek_in_format(struct audio_file *file, unsigned ms)
{
    AVFormatContext *format = file_input_format(file->input);
    int index = (int)file_input_stream(file->input);
    int64_t first_us = format->start_time == AV_NOPTS_VALUE ? 0 : format->start_time;
    int64_t target_us = first_us + (int64_t)ms * 1000;
    int64_t timestamp =
        av_rescale_q(target_us, AV_TIME_BASE_Q, format->streams[index]->time_base);
    int code = av_seek_frame(format, index, timestamp, AVSEEK_FLAG_BACKWARD);
    if (code < 0)
        return code;
    avcodec_flush_buffers(file->decoder);
    swr_free(&file->swr);
    file->at = file->count = 0;
    file->skip = 0;
    file->target_us = target_us;
    file->is_drained = file->is_ended = file->is_broken_now = file->has_decoded = false;
    file->broken_in_a_row = 0;
    return 0;
}

int audio_file_seek(struct audio_file *file, unsigned ms, char **why)
{
    *why = NULL;
    if (file->is_silent) {
        file->silence_left = samples_from(file, ms);
        return 0;
    }
    if (file->length_ms && ms >= file->length_ms) {
        file->at = file->count = 0;
        file->is_ended = true;
        return 0;
    }
    if (ms && file->decoder && seek_in_format(file, ms) == 0)
        return 0;
    int err = begin(file, why);
    file->skip = (int64_t)ms * file->rate_hz / 1000;
    return err;
}
