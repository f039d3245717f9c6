/* file_input.c - libavformat over one descriptor. */
#include "mixer/file/file_input.h"

#include "mixer/base/explain.h"
#include "mixer/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>

enum {
    BUFFER_BYTES = 32 * 1024,
    PROBE_BYTES = 1024 * 1024,
    ANALYZE_US = 5000000,
    MAX_STREAMS = 32,
    MAX_BLOCK_BYTES = 256 * 1024 * 1024, /* an index may be large, but not whatever it says */
};

static const char containers[] = "wav,w64,ogg,flac,mp3,mov,mp4,m4a,matroska,webm,aac,amr,aiff,"
                                 "au,caf,wv,ac3,eac3";

static const char sounds[] =
    "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,"
    "pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,gsm,"
    "gsm_ms,g722,g726,flac,alac,wavpack,mp1float,mp2float,mp3float,mp3,aac,aac_latm,ac3,eac3,"
    "vorbis,opus,libopus,speex,libspeex,amrnb,amrwb";

static const char pictures[] = "h264,hevc,vp8,vp9,libdav1d,mpeg4";

struct file_input {
    enum file_input_kind kind;
    char *path;
    int fd;
    const atomic_bool *cancel;
    int read_error; /* errno of the last read that failed; 0: none */
    AVFormatContext *format;
    const AVCodec *codec;
    unsigned stream;
};

static const char *codecs_of(const struct file_input *input)
{
    return input->kind == FILE_INPUT_SOUND ? sounds : pictures;
}

/* "sound", "pictures" */
static const char *word_of(const struct file_input *input)
{
    return input->kind == FILE_INPUT_SOUND ? "sound" : "pictures";
}

/* ---- what libav says ---- */

static void on_libav_line(void *context, int level, const char *format, va_list arguments)
{
    if (level > AV_LOG_WARNING || !log_wanted(LOG_LEVEL_DEBUG))
        return;
    static _Thread_local int prefix = 1; /* whether a new line begins; libav's to change */
    char text[512];
    av_log_format_line2(context, level, format, arguments, text, sizeof(text), &prefix);
    text[strcspn(text, "\r\n")] = '\0';
    if (text[0])
        log_debug("file", "libav: %s", text);
}

static void prepare_libav(void)
{
    av_log_set_callback(on_libav_line);
    av_max_alloc(MAX_BLOCK_BYTES);
}

void file_input_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare_libav);
}

/* ---- lines for a person ---- */

static int complain(const char *path, char **why, int err, const char *text)
{
    return explain(err, why, "%s: %s", path, text);
}

int file_input_bad(const struct file_input *input, char **why, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return complain(input->path, why, -EBADMSG, text);
}

int file_input_error(const struct file_input *input, int code, char **why)
{
    *why = NULL;
    if (input->cancel && atomic_load(input->cancel))
        return complain(input->path, why, -ECANCELED, "no longer wanted");
    if (code == AVERROR(ENOMEM))
        return -ENOMEM;
    if (input->read_error)
        return complain(input->path, why, -input->read_error, strerror(input->read_error));
    char text[AV_ERROR_MAX_STRING_SIZE];
    av_make_error_string(text, sizeof(text), code);
    return file_input_bad(input, why, "cannot be read as %s (%s)", word_of(input), text);
}

/* ---- the bytes ---- */

static int read_bytes(void *context, uint8_t *out, int room)
{
    struct file_input *input = context;
    if (input->cancel && atomic_load(input->cancel))
        return AVERROR_EXIT;
    ssize_t got;
    do {
        got = read(input->fd, out, (size_t)room);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        input->read_error = errno;
    return got < 0 ? AVERROR(errno) : got == 0 ? AVERROR_EOF : (int)got;
}

static int64_t seek_bytes(void *context, int64_t offset, int whence)
{
    struct file_input *input = context;
    if (whence & AVSEEK_SIZE) {
        struct stat about;
        return fstat(input->fd, &about) < 0 ? AVERROR(errno) : about.st_size;
    }
    off_t at = lseek(input->fd, offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : at;
}

static int refuse_to_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                          AVDictionary **options)
{
    (void)format, (void)io, (void)flags, (void)options;
    log_debug("file", "does not open \"%s\", which a file named", url);
    return AVERROR(EPERM);
}

static int is_cancelled(void *context)
{
    const struct file_input *input = context;
    return input->cancel && atomic_load(input->cancel);
}

/* ---- open ---- */

static int check_kind(const struct file_input *input, char **why)
{
    struct stat about;
    if (fstat(input->fd, &about) < 0)
        return complain(input->path, why, -errno, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return file_input_bad(input, why, "is a directory, not a file");
    if (!S_ISREG(about.st_mode))
        return file_input_bad(input, why, "is not a regular file");
    if (about.st_size == 0)
        return file_input_bad(input, why, "is empty");
    return 0;
}

int file_input_open(const char *path, enum file_input_kind kind, const atomic_bool *cancel,
                    struct file_input **input, char **why)
{
    file_input_prepare();
    *why = NULL;
    struct file_input *one = calloc(1, sizeof(*one));
    if (!one)
        return -ENOMEM;
    one->kind = kind;
    one->cancel = cancel;
    one->fd = -1;
    one->path = strdup(path);
    int err = one->path ? 0 : -ENOMEM;
    if (err == 0) {
        one->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        err = one->fd < 0 ? complain(path, why, -errno, strerror(errno)) : check_kind(one, why);
    }
    if (err < 0) {
        file_input_close(one);
        return err;
    }
    *input = one;
    return 0;
}

static void forget(struct file_input *input)
{
    if (input->format && input->format->pb) {
        av_freep(&input->format->pb->buffer);
        avio_context_free(&input->format->pb);
    }
    avformat_close_input(&input->format);
    input->codec = NULL;
}

void file_input_close(struct file_input *input)
{
    if (!input)
        return;
    forget(input);
    if (input->fd >= 0)
        close(input->fd);
    free(input->path);
    free(input);
}

/* ---- begin ---- */

static int make_format(struct file_input *input)
{
    AVFormatContext *format = input->format = avformat_alloc_context();
    uint8_t *buffer = format ? av_malloc(BUFFER_BYTES) : NULL;
    if (buffer)
        format->pb =
            avio_alloc_context(buffer, BUFFER_BYTES, 0, input, read_bytes, NULL, seek_bytes);
    if (!buffer || !format->pb) {
        av_free(buffer);
        return AVERROR(ENOMEM);
    }
    format->flags |= AVFMT_FLAG_CUSTOM_IO;
    format->io_open = refuse_to_open;
    format->interrupt_callback = (AVIOInterruptCB){is_cancelled, input};
    format->probesize = PROBE_BYTES;
    format->max_analyze_duration = ANALYZE_US;
    format->max_streams = MAX_STREAMS;
    format->protocol_whitelist = av_strdup("none");
    format->format_whitelist = av_strdup(containers);
    format->codec_whitelist = av_strdup(codecs_of(input));
    if (!format->protocol_whitelist || !format->format_whitelist || !format->codec_whitelist)
        return AVERROR(ENOMEM);
    return 0;
}

/* avformat_open_input() frees a format that it cannot open, but not what it reads from. */
static int open_format(struct file_input *input)
{
    AVIOContext *io = input->format->pb;
    int code = avformat_open_input(&input->format, NULL, NULL, NULL);
    if (code < 0 && !input->format) {
        av_freep(&io->buffer);
        avio_context_free(&io);
    }
    return code;
}

static void discard(AVFormatContext *format, enum AVMediaType but_type, int but_stream)
{
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *stream = format->streams[i];
        const bool is_wanted = but_stream < 0 ? stream->codecpar->codec_type == but_type
                                              : i == (unsigned)but_stream;
        if (!is_wanted)
            stream->discard = AVDISCARD_ALL;
    }
}

static int find_stream(struct file_input *input, char **why)
{
    AVFormatContext *format = input->format;
    const enum AVMediaType type =
        input->kind == FILE_INPUT_SOUND ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_VIDEO;
    discard(format, type, -1);
    int code = avformat_find_stream_info(format, NULL);
    if (code < 0)
        return file_input_error(input, code, why);
    int stream = av_find_best_stream(format, type, -1, -1, &input->codec, 0);
    bool is_known = stream >= 0 && av_match_name(input->codec->name, codecs_of(input));
    if (stream == AVERROR_DECODER_NOT_FOUND || (stream >= 0 && !is_known))
        return file_input_bad(input, why, "has %s in a code that is not known here",
                              word_of(input));
    if (stream < 0) {
        char text[32];
        snprintf(text, sizeof(text), "has no %s", word_of(input));
        return complain(input->path, why, -ENODATA, text);
    }
    discard(format, type, stream);
    input->stream = (unsigned)stream;
    return 0;
}

int file_input_begin(struct file_input *input, char **why)
{
    forget(input);
    *why = NULL;
    input->read_error = 0;
    if (lseek(input->fd, 0, SEEK_SET) < 0)
        return complain(input->path, why, -errno, strerror(errno));
    int code = make_format(input);
    if (code == 0)
        code = open_format(input);
    int err = code < 0 ? file_input_error(input, code, why) : find_stream(input, why);
    if (err < 0)
        forget(input);
    return err;
}

struct AVFormatContext *file_input_format(const struct file_input *input)
{
    return input->format;
}

const struct AVCodec *file_input_codec(const struct file_input *input)
{
    return input->codec;
}

unsigned file_input_stream(const struct file_input *input)
{
    return input->stream;
}
