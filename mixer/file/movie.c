/* movie.c - a few pictures ahead, in a queue; a clock says which of them is now. */
#include "mixer/file/movie.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/file/file_input.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

enum {
    AHEAD = 6,       /* pictures that are decoded before their time                      */
    JUMP_MS = 700,   /* the clock went elsewhere, and not only a little wrong             */
    BEFORE_MS = 100, /* of a seek: the last picture before its place is shown there       */
    EARLY_MS = 20,   /* composing and encoding take that long                             */
    MAX_BROKEN_IN_A_ROW = 100,
    LAST_S = 2, /* that the end of the process waits for threads */
};

struct shot {
    int64_t at_ms;
    struct picture *picture;
};

/* What the thread has of it. */
struct projector {
    struct file_input *input;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    int64_t from_ms; /* earlier pictures are left out: they only lead to where it goes */
    unsigned broken_in_a_row;
    bool is_drained;
};

struct movies {
    struct movie *first; /* whose threads were not joined yet */
};

struct movie {
    char *path;
    unsigned references; /* control's                          */
    struct movie *next;  /* in its movies                      */
    pthread_t thread;
    atomic_bool is_over; /* the thread's last word             */
    struct projector projector;
    atomic_bool is_closed;
    struct picture *shown; /* worker's */
    pthread_mutex_t lock;  /* for all below */
    pthread_cond_t wake;   /* of the thread */
    enum movie_state state;
    char why[256]; /* written before the state becomes MOVIE_FAILED */
    unsigned count;
    struct shot shots[AHEAD]; /* [count], by time */
    int64_t clock_ms, clock_ns;
    bool runs;
    bool has_jumped; /* the thread has to go to the clock's place */
};

/* ---- the clock; with the lock ---- */

static int64_t position_ms(const struct movie *movie, int64_t now_ns)
{
    const int64_t gone_ns = movie->runs ? now_ns - movie->clock_ns : 0;
    return movie->clock_ms + (gone_ns > 0 ? gone_ns / CLOCK_NS_PER_MS : 0);
}

static void drop_shots(struct movie *movie, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        picture_release(&movie->shots[i].picture);
    movie->count -= count;
    memmove(movie->shots, movie->shots + count, movie->count * sizeof(movie->shots[0]));
    pthread_cond_signal(&movie->wake);
}

/* ---- the end ---- */

static void close_projector(struct projector *projector)
{
    av_frame_free(&projector->frame);
    av_packet_free(&projector->packet);
    avcodec_free_context(&projector->decoder);
    file_input_close(projector->input);
}

/* The thread is joined, or was never there. */
static void destroy(struct movie *movie)
{
    pthread_cond_destroy(&movie->wake);
    pthread_mutex_destroy(&movie->lock);
    free(movie->path);
    free(movie);
}

/* Joins those that need not be waited for. */
static void join_what_is_over(struct movies *movies)
{
    struct movie **at = &movies->first;
    while (*at) {
        struct movie *movie = *at;
        if (movie->references || !atomic_load(&movie->is_over)) {
            at = &movie->next;
            continue;
        }
        *at = movie->next;
        pthread_join(movie->thread, NULL);
        destroy(movie);
    }
}

static void join_until(struct movie *movie, const struct timespec *until)
{
    assert(!movie->references);
    if (pthread_timedjoin_np(movie->thread, NULL, until) == 0) {
        destroy(movie);
        return;
    }
    log_warn("movie", "%s: its disk does not answer, a thread is left behind", movie->path);
    pthread_detach(movie->thread);
}

void movies_destroy(struct movies *movies)
{
    struct timespec until;
    if (!movies)
        return;
    ASSERT_CONTROL();
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LAST_S;
    for (struct movie *movie = movies->first, *next; movie; movie = next) {
        next = movie->next;
        join_until(movie, &until);
    }
    free(movies);
}

/* ---- the thread: pictures ---- */

struct framed {
    struct picture picture;
    AVFrame *frame;
};

static void destroy_framed(struct picture *picture)
{
    struct framed *framed = picture->memory;
    av_frame_free(&framed->frame);
    free(framed);
}

/* Moves a frame into a picture. NULL: no memory. */
static struct picture *adopt(AVFrame *from)
{
    struct framed *made = calloc(1, sizeof(*made));
    AVFrame *frame = av_frame_alloc();
    if (!made || !frame) {
        free(made);
        av_frame_free(&frame);
        return NULL;
    }
    av_frame_move_ref(frame, from);
    const bool is_full =
        frame->format == AV_PIX_FMT_YUVJ420P || frame->color_range == AVCOL_RANGE_JPEG;
    made->frame = frame;
    made->picture = (struct picture){
        .width = (unsigned)frame->width,
        .height = (unsigned)frame->height,
        .plane = {frame->data[0], frame->data[1], frame->data[2]},
        .stride = {frame->linesize[0], frame->linesize[1], frame->linesize[2]},
        .matrix = frame->colorspace == AVCOL_SPC_BT709 ? PICTURE_BT709 : PICTURE_BT601,
        .full_range = is_full,
    };
    picture_adopt(&made->picture, destroy_framed, made);
    return &made->picture;
}

/* Waits for a place in the queue. @return false: it was not taken, the clock has jumped or it
 * ends. */
static bool put(struct movie *movie, int64_t at_ms, struct picture *picture)
{
    pthread_mutex_lock(&movie->lock);
    while (movie->count == AHEAD && !movie->has_jumped && !movie->is_closed)
        pthread_cond_wait(&movie->wake, &movie->lock);
    const bool is_taken = !movie->has_jumped && !movie->is_closed;
    if (is_taken)
        movie->shots[movie->count++] = (struct shot){.at_ms = at_ms, .picture = picture};
    pthread_mutex_unlock(&movie->lock);
    return is_taken;
}

static int check_size(const struct projector *projector, int width, int height, char **why)
{
    if (width >= PICTURE_LEAST_SIDE && height >= PICTURE_LEAST_SIDE &&
        (int64_t)width * height <= MOVIE_MAX_PIXELS)
        return 0;
    return file_input_bad(projector->input, why, "has pictures of %d x %d", width, height);
}

static int check_frame(const struct projector *projector, char **why)
{
    const AVFrame *frame = projector->frame;
    if (frame->format != AV_PIX_FMT_YUV420P && frame->format != AV_PIX_FMT_YUVJ420P)
        return file_input_bad(projector->input, why,
                              "has pictures whose colours are not 8 bits 4:2:0");
    return check_size(projector, frame->width, frame->height, why);
}

static int64_t time_ms(const struct projector *projector)
{
    const AVFormatContext *format = file_input_format(projector->input);
    const AVStream *stream = format->streams[file_input_stream(projector->input)];
    const int64_t timestamp = projector->frame->best_effort_timestamp;
    if (timestamp == AV_NOPTS_VALUE)
        return 0;
    const int64_t first_us = format->start_time == AV_NOPTS_VALUE ? 0 : format->start_time;
    return (av_rescale_q(timestamp, stream->time_base, AV_TIME_BASE_Q) - first_us) / 1000;
}

static int take_frame(struct movie *movie, char **why)
{
    struct projector *projector = &movie->projector;
    int err = check_frame(projector, why);
    const int64_t at_ms = time_ms(projector);
    if (err < 0 || at_ms < projector->from_ms)
        return err;
    struct picture *picture = adopt(projector->frame);
    if (!picture)
        return -ENOMEM;
    if (!put(movie, at_ms, picture))
        picture_release(&picture);
    return 0;
}

/* ---- the thread: the file ---- */

static int broken(struct projector *projector, int code, char **why)
{
    if (code != AVERROR(ENOMEM) && ++projector->broken_in_a_row <= MAX_BROKEN_IN_A_ROW)
        return 0;
    return file_input_error(projector->input, code, why);
}

static int feed(struct projector *projector, char **why)
{
    int code = av_read_frame(file_input_format(projector->input), projector->packet);
    if (code == AVERROR_EOF) {
        projector->is_drained = true;
        avcodec_send_packet(projector->decoder, NULL);
        return 0;
    }
    if (code < 0)
        return file_input_error(projector->input, code, why);
    if (projector->packet->stream_index == (int)file_input_stream(projector->input))
        code = avcodec_send_packet(projector->decoder, projector->packet);
    av_packet_unref(projector->packet);
    return code < 0 ? broken(projector, code, why) : 0;
}

/* One picture, one packet. @return 1: the end. */
static int step(struct movie *movie, char **why)
{
    struct projector *projector = &movie->projector;
    int code = avcodec_receive_frame(projector->decoder, projector->frame);
    if (code == AVERROR(EAGAIN))
        return projector->is_drained ? 1 : feed(projector, why);
    if (code == AVERROR_EOF)
        return 1;
    if (code < 0)
        return projector->is_drained ? 1 : broken(projector, code, why);
    projector->broken_in_a_row = 0;
    int err = take_frame(movie, why);
    av_frame_unref(projector->frame);
    return err;
}

static int open_decoder(struct projector *projector, char **why)
{
    const AVFormatContext *format = file_input_format(projector->input);
    const AVStream *stream = format->streams[file_input_stream(projector->input)];
    int err = check_size(projector, stream->codecpar->width, stream->codecpar->height, why);
    if (err < 0)
        return err;
    projector->packet = av_packet_alloc();
    projector->frame = av_frame_alloc();
    AVCodecContext *decoder = projector->decoder =
        avcodec_alloc_context3(file_input_codec(projector->input));
    if (!projector->packet || !projector->frame || !decoder)
        return -ENOMEM;
    int code = avcodec_parameters_to_context(decoder, stream->codecpar);
    if (code == 0) {
        decoder->pkt_timebase = stream->time_base;
        decoder->thread_count = 1;
        decoder->max_pixels = MOVIE_MAX_PIXELS;
        code = avcodec_open2(decoder, NULL, NULL);
    }
    return code < 0 ? file_input_error(projector->input, code, why) : 0;
}

static int open_movie(struct movie *movie, char **why)
{
    struct projector *projector = &movie->projector;
    int err = file_input_open(movie->path, FILE_INPUT_PICTURES, &movie->is_closed,
                              &projector->input, why);
    if (err == 0)
        err = file_input_begin(projector->input, why);
    return err < 0 ? err : open_decoder(projector, why);
}

static int go_to(struct projector *projector, int64_t ms, char **why)
{
    AVFormatContext *format = file_input_format(projector->input);
    const int64_t first_us = format->start_time == AV_NOPTS_VALUE ? 0 : format->start_time;
    const int index = (int)file_input_stream(projector->input);
    const int64_t timestamp =
        av_rescale_q(first_us + ms * 1000, AV_TIME_BASE_Q, format->streams[index]->time_base);
    int code = av_seek_frame(format, index, timestamp, AVSEEK_FLAG_BACKWARD);
    avcodec_flush_buffers(projector->decoder);
    projector->is_drained = false;
    projector->from_ms = ms - BEFORE_MS;
    return code < 0 ? file_input_error(projector->input, code, why) : 0;
}

/* Waits if there is nothing to do. @return true: go to *ms first. */
static bool has_to_go(struct movie *movie, bool is_at_end, int64_t *ms)
{
    pthread_mutex_lock(&movie->lock);
    while (is_at_end && !movie->has_jumped && !movie->is_closed)
        pthread_cond_wait(&movie->wake, &movie->lock);
    const bool has_jumped = movie->has_jumped;
    movie->has_jumped = false;
    *ms = position_ms(movie, clock_monotonic_ns());
    pthread_mutex_unlock(&movie->lock);
    return has_jumped;
}

static int play(struct movie *movie, char **why)
{
    int64_t ms;
    int result = 0;
    while (result >= 0 && !movie->is_closed) {
        result = has_to_go(movie, result == 1, &ms) ? go_to(&movie->projector, ms, why)
                                                    : step(movie, why);
    }
    return result;
}

static void set_state(struct movie *movie, enum movie_state state, const char *why)
{
    pthread_mutex_lock(&movie->lock);
    snprintf(movie->why, sizeof(movie->why), "%s", why);
    movie->state = state;
    pthread_mutex_unlock(&movie->lock);
}

static void *run(void *context)
{
    struct movie *movie = context;
    char *why = NULL;
    int err = open_movie(movie, &why);
    if (err == 0) {
        set_state(movie, MOVIE_READY, "");
        err = play(movie, &why);
    }
    if (err == -ENODATA)
        set_state(movie, MOVIE_BLIND, "");
    else if (err < 0)
        set_state(movie, MOVIE_FAILED, why ? why : "no memory");
    free(why);
    close_projector(&movie->projector);
    atomic_store(&movie->is_over, true);
    return NULL;
}

/* ---- from outside ---- */

struct movies *movies_create(void)
{
    return calloc(1, sizeof(struct movies));
}

static int start(struct movie *movie)
{
    int err = pthread_create(&movie->thread, NULL, run, movie);
    if (err)
        return err == ENOMEM ? -ENOMEM : -EAGAIN;
    pthread_setname_np(movie->thread, "movie");
    return 0;
}

int movie_open(struct movies *movies, const char *path, struct movie **movie)
{
    ASSERT_CONTROL();
    join_what_is_over(movies);
    struct movie *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->wake, NULL);
    made->references = 1;
    made->path = strdup(path);
    int err = made->path ? start(made) : -ENOMEM;
    if (err < 0) {
        destroy(made);
        return err;
    }
    made->next = movies->first;
    movies->first = made;
    *movie = made;
    return 0;
}

struct movie *movie_ref(struct movie *movie)
{
    ASSERT_CONTROL();
    movie->references++;
    return movie;
}

/* No worker has it any more. */
void movie_unref(struct movie *movie)
{
    if (!movie)
        return;
    ASSERT_CONTROL();
    if (--movie->references)
        return;
    pthread_mutex_lock(&movie->lock);
    atomic_store(&movie->is_closed, true);
    drop_shots(movie, movie->count);
    pthread_mutex_unlock(&movie->lock);
    picture_release(&movie->shown);
}

enum movie_state movie_state(struct movie *movie)
{
    pthread_mutex_lock(&movie->lock);
    enum movie_state state = movie->state;
    pthread_mutex_unlock(&movie->lock);
    return state;
}

const char *movie_why(struct movie *movie)
{
    return movie_state(movie) == MOVIE_FAILED ? movie->why : "";
}

static void set_clock(struct movie *movie, unsigned ms, int64_t now_ns, bool runs,
                      int64_t most_off_ms)
{
    ASSERT_CONTROL();
    pthread_mutex_lock(&movie->lock);
    const int64_t off_ms = ms - position_ms(movie, now_ns);
    if (off_ms > most_off_ms || off_ms < -most_off_ms) {
        movie->has_jumped = true;
        drop_shots(movie, movie->count);
    }
    movie->clock_ms = ms;
    movie->clock_ns = now_ns;
    movie->runs = runs;
    pthread_mutex_unlock(&movie->lock);
}

void movie_set_clock(struct movie *movie, unsigned ms, int64_t now_ns, bool runs)
{
    set_clock(movie, ms, now_ns, runs, JUMP_MS);
}

void movie_go_to(struct movie *movie, unsigned ms, int64_t now_ns, bool runs)
{
    set_clock(movie, ms, now_ns, runs, 0);
}

struct picture *movie_picture(struct movie *movie, int64_t now_ns)
{
    pthread_mutex_lock(&movie->lock);
    const int64_t ms = position_ms(movie, now_ns) + EARLY_MS;
    unsigned due = 0;
    while (due < movie->count && movie->shots[due].at_ms <= ms)
        due++;
    if (due) {
        picture_release(&movie->shown);
        movie->shown = picture_reference(movie->shots[due - 1].picture);
        drop_shots(movie, due);
    }
    pthread_mutex_unlock(&movie->lock);
    return movie->shown;
}
