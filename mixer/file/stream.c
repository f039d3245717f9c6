/* stream.c - blocks of 20 ms in a ring, each marked with the seek that it belongs to. */
#include "mixer/file/stream.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/ring.h"
#include "mixer/file/audio_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    BLOCK_SAMPLES = STREAM_RATE_HZ / 50,
    BLOCKS = 64,
    BLOCKS_A_TURN = 16, /* then the next stream's turn */
    STEPS_A_TURN = 256, /* of the decoder; some give nothing, as after a seek */
    LOOK_AGAIN_MS = 50,
    SHORTEST_LOOP_SAMPLES = STREAM_RATE_HZ / 10,
};

struct block {
    uint32_t turn;  /* which seek it follows                          */
    uint32_t at_ms; /* place of its first sample in the file          */
    uint16_t count;
    bool is_last; /* nothing follows until the next seek            */
    int16_t pcm[BLOCK_SAMPLES];
};

/* What the worker has of it. */
struct listener {
    struct block block;
    unsigned at; /* of block.count               */
    uint32_t over_turn;
};

/* What the thread has of it. */
struct decoder {
    struct audio_file *file;
    uint32_t turn;
    struct block block;   /* being filled; full: waits for the ring         */
    bool is_full;         /* block is complete                              */
    bool is_finished;     /* its last block is in the ring                  */
    uint64_t pass;        /* samples since the begin of the file, or a seek */
    unsigned pass_begins; /* [ms]                                           */
};

struct stream {
    char *path;
    struct stream_options options;
    struct ring *ring; /* of struct block: thread > worker */

    struct stream *next; /* under streams.lock, as the next two */
    bool is_opened;      /* the thread has tried                */
    unsigned seek_ms;

    atomic_bool is_closed;  /* control > thread                              */
    _Atomic uint32_t turn;  /* control > both: number of seeks + 1           */
    atomic_int state;       /* thread > control: OPENING, READY or FAILED    */
    atomic_uint length_ms;  /* thread > control                              */
    _Atomic uint64_t taken; /* worker > control: turn << 32 | ms             */
    _Atomic uint32_t ended; /* worker > control: the turn whose end it took  */
    char why[256];          /* written before state becomes FAILED           */

    struct listener listener; /* worker */
    struct decoder decoder;   /* thread */
};

static struct {
    pthread_mutex_t lock; /* for all below                         */
    pthread_cond_t wake;
    bool runs, is_asked; /* there is a thread; it has to look     */
    struct stream *first;
} streams = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* ---- the thread: one stream ---- */

static void fail(struct stream *stream, char *why)
{
    snprintf(stream->why, sizeof(stream->why), "%s", why ? why : "no memory");
    free(why);
    audio_file_close(stream->decoder.file);
    stream->decoder.file = NULL;
    atomic_store(&stream->state, STREAM_FAILED);
}

static void open_file(struct stream *stream)
{
    struct decoder *decoder = &stream->decoder;
    char *why = NULL;
    int err =
        audio_file_open(stream->path, STREAM_RATE_HZ, &stream->is_closed, &decoder->file, &why);
    if (err == -ENODATA && stream->options.is_film) {
        free(why);
        err = audio_file_open_silent(stream->path, STREAM_RATE_HZ, &stream->is_closed,
                                     &decoder->file, &why);
    }
    if (stream->options.is_unlinked)
        unlink(stream->path);
    if (err < 0) {
        fail(stream, why);
        return;
    }
    atomic_store(&stream->length_ms, audio_file_length_ms(decoder->file, NULL));
    atomic_store(&stream->state, STREAM_READY);
}

static void begin_block(struct decoder *decoder)
{
    uint64_t ms = decoder->pass_begins + decoder->pass * 1000 / STREAM_RATE_HZ;
    decoder->is_full = false;
    decoder->block.turn = decoder->turn;
    decoder->block.at_ms = (uint32_t)ms;
    decoder->block.count = 0;
    decoder->block.is_last = false;
}

/* Goes to `ms`; false: it cannot, and the stream has failed. */
static bool go_to(struct stream *stream, unsigned ms)
{
    struct decoder *decoder = &stream->decoder;
    char *why = NULL;
    decoder->pass = 0;
    decoder->pass_begins = ms;
    if (audio_file_seek(decoder->file, ms, &why) == 0)
        return true;
    fail(stream, why);
    return false;
}

static void take_turn(struct stream *stream, uint32_t turn, unsigned ms)
{
    struct decoder *decoder = &stream->decoder;
    bool is_first = decoder->turn == 0;
    decoder->turn = turn;
    decoder->is_finished = false;
    if (decoder->file && (!is_first || ms))
        go_to(stream, ms);
    begin_block(decoder);
}

static void finish_block(struct decoder *decoder)
{
    decoder->block.is_last = true;
    decoder->is_full = true;
}

/* At the end of the file. */
static void go_round(struct stream *stream)
{
    struct decoder *decoder = &stream->decoder;
    bool is_long = decoder->pass >= SHORTEST_LOOP_SAMPLES || decoder->pass_begins;
    if (!stream->options.loop || !is_long || !go_to(stream, 0))
        finish_block(decoder);
}

static void decode(struct stream *stream)
{
    struct decoder *decoder = &stream->decoder;
    struct block *block = &decoder->block;
    if (!decoder->file) {
        finish_block(decoder);
        return;
    }
    char *why = NULL;
    int got = audio_file_read(decoder->file, block->pcm + block->count,
                              BLOCK_SAMPLES - block->count, &why);
    if (got > 0) {
        block->count = (uint16_t)(block->count + got);
        decoder->pass += (unsigned)got;
        decoder->is_full = block->count == BLOCK_SAMPLES;
    } else if (got == 0) {
        go_round(stream);
    } else if (got != -EAGAIN) {
        fail(stream, why);
    }
}

/* Fills the ring, for a bounded time. @return true: there is more to do at once. */
static bool work(struct stream *stream)
{
    struct decoder *decoder = &stream->decoder;
    unsigned blocks = 0;
    for (unsigned steps = 0; steps < STEPS_A_TURN && blocks < BLOCKS_A_TURN; steps++) {
        if (decoder->is_finished)
            return false;
        if (!decoder->is_full) {
            decode(stream);
            continue;
        }
        if (!ring_push(stream->ring, &decoder->block))
            return false;
        decoder->is_finished = decoder->block.is_last;
        begin_block(decoder);
        blocks++;
    }
    return true;
}

/* ---- the thread: all streams ---- */

static void destroy(struct stream *stream)
{
    if (!stream->is_opened && stream->options.is_unlinked)
        unlink(stream->path);
    audio_file_close(stream->decoder.file);
    ring_destroy(stream->ring);
    free(stream->path);
    free(stream);
}

/* With the lock, which is given up for the work. @return as work(). */
static bool serve(struct stream *stream)
{
    uint32_t turn = atomic_load(&stream->turn);
    unsigned seek_ms = stream->seek_ms;
    bool is_new = !stream->is_opened;
    stream->is_opened = true;
    pthread_mutex_unlock(&streams.lock);
    if (is_new)
        open_file(stream);
    if (turn != stream->decoder.turn)
        take_turn(stream, turn, seek_ms);
    bool is_busy = work(stream);
    pthread_mutex_lock(&streams.lock);
    return is_busy;
}

/* With the lock, which is given up for the work. Takes out and frees those that are closed. */
static void bury(void)
{
    struct stream *closed = NULL;
    for (struct stream **at = &streams.first; *at;) {
        struct stream *stream = *at;
        if (!atomic_load(&stream->is_closed)) {
            at = &stream->next;
            continue;
        }
        *at = stream->next;
        stream->next = closed;
        closed = stream;
    }
    if (!closed)
        return;
    pthread_mutex_unlock(&streams.lock);
    while (closed) {
        struct stream *next = closed->next;
        destroy(closed);
        closed = next;
    }
    pthread_mutex_lock(&streams.lock);
}

/* With the lock. Sleeps until it is asked; while something plays, for some time at most. */
static void rest(bool is_playing)
{
    int64_t until_ns = clock_monotonic_ns() + LOOK_AGAIN_MS * CLOCK_NS_PER_MS;
    struct timespec until = {.tv_sec = until_ns / CLOCK_NS_PER_S,
                             .tv_nsec = until_ns % CLOCK_NS_PER_S};
    int err = 0;
    while (!streams.is_asked && err != ETIMEDOUT) {
        if (is_playing)
            err = pthread_cond_clockwait(&streams.wake, &streams.lock, CLOCK_MONOTONIC, &until);
        else
            pthread_cond_wait(&streams.wake, &streams.lock);
    }
}

static void *run(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&streams.lock);
    for (;;) {
        streams.is_asked = false;
        bury();
        if (!streams.first)
            break;
        bool is_busy = false, is_playing = false;
        for (struct stream *stream = streams.first; stream; stream = stream->next) {
            is_busy |= serve(stream);
            is_playing |= !stream->decoder.is_finished;
        }
        if (!is_busy)
            rest(is_playing);
    }
    streams.runs = false;
    pthread_mutex_unlock(&streams.lock);
    return NULL;
}

/* ---- control ---- */

/* With the lock. */
static void ask(void)
{
    streams.is_asked = true;
    pthread_cond_signal(&streams.wake);
}

/* With the lock. */
static int start_thread(void)
{
    pthread_t thread;
    int err = pthread_create(&thread, NULL, run, NULL);
    if (err)
        return err == ENOMEM ? -ENOMEM : -EAGAIN;
    pthread_setname_np(thread, "streams");
    pthread_detach(thread);
    streams.runs = true;
    return 0;
}

static int show(struct stream *stream)
{
    pthread_mutex_lock(&streams.lock);
    int err = streams.runs ? 0 : start_thread();
    if (err == 0) {
        stream->next = streams.first;
        streams.first = stream;
        ask();
    }
    pthread_mutex_unlock(&streams.lock);
    return err;
}

int stream_open(const char *path, const struct stream_options *options, struct stream **stream)
{
    ASSERT_CONTROL();
    struct stream *one = calloc(1, sizeof(*one));
    if (!one)
        return -ENOMEM;
    one->options = *options;
    atomic_init(&one->turn, 1);
    one->path = strdup(path);
    one->ring = ring_create(BLOCKS, sizeof(struct block));
    int err = one->path && one->ring ? show(one) : -ENOMEM;
    if (err < 0) {
        one->options.is_unlinked = false; /* on error nothing moved: the file is the caller's */
        destroy(one);
        return err;
    }
    *stream = one;
    return 0;
}

void stream_close(struct stream *stream)
{
    ASSERT_CONTROL();
    if (!stream)
        return;
    pthread_mutex_lock(&streams.lock);
    atomic_store(&stream->is_closed, true);
    ask();
    pthread_mutex_unlock(&streams.lock);
}

void stream_seek(struct stream *stream, unsigned ms)
{
    ASSERT_CONTROL();
    pthread_mutex_lock(&streams.lock);
    stream->seek_ms = ms;
    atomic_fetch_add(&stream->turn, 1);
    ask();
    pthread_mutex_unlock(&streams.lock);
}

enum stream_state stream_state(const struct stream *stream)
{
    ASSERT_CONTROL();
    enum stream_state state = (enum stream_state)atomic_load(&stream->state);
    bool is_over = atomic_load(&stream->ended) == atomic_load(&stream->turn);
    return state == STREAM_READY && is_over ? STREAM_ENDED : state;
}

const char *stream_why(const struct stream *stream)
{
    ASSERT_CONTROL();
    return atomic_load(&stream->state) == STREAM_FAILED ? stream->why : "";
}

unsigned stream_position_ms(const struct stream *stream)
{
    ASSERT_CONTROL();
    uint64_t taken = atomic_load(&stream->taken);
    bool is_of_now = taken >> 32 == atomic_load(&stream->turn);
    return is_of_now ? (unsigned)(taken & UINT32_MAX) : stream->seek_ms;
}

unsigned stream_length_ms(const struct stream *stream)
{
    ASSERT_CONTROL();
    return atomic_load(&stream->length_ms);
}

/* ---- worker ---- */

/* Turns are counted round: which of two is the later is the sign of their difference. */
static bool is_stale(uint32_t turn, uint32_t current)
{
    return (int32_t)(turn - current) < 0;
}

/* Makes sure that there is something of this turn in the block. */
static bool find_samples(struct stream *stream, uint32_t turn)
{
    struct listener *listener = &stream->listener;
    while (is_stale(listener->block.turn, turn) || listener->at == listener->block.count) {
        if (!is_stale(listener->block.turn, turn) && listener->block.is_last) {
            listener->over_turn = listener->block.turn;
            atomic_store_explicit(&stream->ended, listener->over_turn, memory_order_relaxed);
            return false;
        }
        if (!ring_pop(stream->ring, &listener->block))
            return false;
        listener->at = 0;
    }
    return true;
}

unsigned stream_read(struct stream *stream, int16_t *pcm, unsigned samples)
{
    ASSERT_MEDIA();
    struct listener *listener = &stream->listener;
    uint32_t turn = atomic_load(&stream->turn);
    unsigned taken = 0;
    while (taken < samples && find_samples(stream, turn)) {
        unsigned count = listener->block.count - listener->at;
        if (count > samples - taken)
            count = samples - taken;
        memcpy(pcm + taken, listener->block.pcm + listener->at, count * sizeof(*pcm));
        listener->at += count;
        taken += count;
    }
    if (taken) {
        uint64_t ms = listener->block.at_ms + listener->at * 1000ULL / STREAM_RATE_HZ;
        atomic_store_explicit(&stream->taken, (uint64_t)listener->block.turn << 32 | ms,
                              memory_order_relaxed);
    }
    return taken;
}

bool stream_is_over(const struct stream *stream)
{
    ASSERT_MEDIA();
    return stream->listener.over_turn == atomic_load(&stream->turn);
}
