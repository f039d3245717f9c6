/* recorder.c - two rings, a timeline with what was cut out of it, and the thread that writes.
 */
#include "mixer/file/recorder.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/pcm.h"
#include "mixer/base/record_ring.h"
#include "mixer/file/recording_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    SOUND_RING_BYTES = 1 << 20,   /* 5 s */
    PICTURE_RING_BYTES = 8 << 20, /* a frame of VIDEO_MAX_FRAME_BYTES has to fit into half */
    LOOK_MS = 100,
    SETTLE_MS = 400, /* a picture is encoded some time after its tick: then it is there, too */
    KEY_S = 10,
    NICE = 5,
    TICK_NS = PCM_TICK_MS * 1000000,
};

struct sound_head {
    uint64_t tick;
};

struct picture_head {
    int64_t ns; /* monotonic */
    bool is_key;
};

/* Of the timeline: from one tick to another nothing is recorded. */
struct cut {
    uint64_t from, to; /* to UINT64_MAX: it is paused */
};

struct recorder {
    pthread_t thread;
    struct recording_file *file;
    uint64_t max_bytes;
    void (*on_event)(void *context, enum recorder_event event);
    void *context;
    uint64_t first_tick;
    struct record_ring *sounds, *pictures; /* pictures NULL: only sound  */
    atomic_uint lent;                      /* parts                      */
    atomic_llong begun_ns; /* of the first tick, or that after a pause: pictures begin anew */
    atomic_int error;
    atomic_bool has_no_end;
    atomic_ullong bytes, length_ms, dropped_ticks, dropped_pictures;

    struct { /* whoever has the mutex */
        pthread_mutex_t mutex;
        pthread_cond_t wanted;
        bool stopped;
        size_t cut_count;
        struct cut cut[RECORDER_MAX_PAUSES];
    } shared;

    struct {                       /* video worker only */
        bool has_begun, is_broken; /* what follows needs what was dropped */
        int64_t key_ns;
    } video;

    struct {                /* the thread only */
        uint64_t ticks;     /* written                                   */
        bool waits_for_key; /* what it needs was left out                */
        int64_t picture_ns; /* of the last one                           */
        size_t cut_count;   /* as of the last look                       */
        struct cut cut[RECORDER_MAX_PAUSES];
    } rt;
};

/* ---- workers ---- */

void recorder_sound(struct recorder *recorder, uint64_t tick, const int16_t *pcm)
{
    const struct sound_head head = {tick};
    const size_t bytes = pcm ? PCM_MAX_TICK_VALUES * sizeof(*pcm) : 0;
    if (!record_ring_push(recorder->sounds, &head, sizeof(head), pcm, bytes))
        atomic_fetch_add_explicit(&recorder->dropped_ticks, 1, memory_order_relaxed);
}

bool recorder_wants_key(const struct recorder *recorder, int64_t now_ns)
{
    const int64_t begun_ns = atomic_load_explicit(&recorder->begun_ns, memory_order_relaxed);
    const int64_t key_ns = recorder->video.key_ns;
    return (key_ns < begun_ns && begun_ns <= now_ns) || !recorder->video.has_begun ||
           recorder->video.is_broken || now_ns - key_ns >= KEY_S * CLOCK_NS_PER_S;
}

void recorder_picture(struct recorder *recorder, int64_t now_ns, const uint8_t *bytes,
                      size_t length, bool is_key)
{
    const struct picture_head head = {now_ns, is_key};
    if (!is_key && (!recorder->video.has_begun || recorder->video.is_broken))
        return;
    if (!record_ring_push(recorder->pictures, &head, sizeof(head), bytes, length)) {
        recorder->video.is_broken = true;
        atomic_fetch_add_explicit(&recorder->dropped_pictures, 1, memory_order_relaxed);
        return;
    }
    if (!is_key)
        return;
    recorder->video.has_begun = true;
    recorder->video.is_broken = false;
    recorder->video.key_ns = now_ns;
}

void recorder_return(struct recorder *recorder, enum recorder_part part)
{
    atomic_fetch_and(&recorder->lent, ~(unsigned)part);
}

/* ---- the thread: what is written where ---- */

/* Where a tick is in the file. @return false: in a pause, or before the begin. */
static bool find_place(const struct recorder *recorder, uint64_t tick, uint64_t *place)
{
    uint64_t removed = recorder->first_tick;
    if (tick < recorder->first_tick)
        return false;
    for (size_t i = 0; i < recorder->rt.cut_count; i++) {
        const struct cut *cut = &recorder->rt.cut[i];
        if (tick < cut->from)
            break;
        if (tick < cut->to)
            return false;
        removed += cut->to - cut->from;
    }
    *place = tick - removed;
    return true;
}

static int write_sound(struct recorder *recorder, uint64_t tick, const int16_t *pcm)
{
    uint64_t place;
    int err = 0;
    if (!find_place(recorder, tick, &place) || place < recorder->rt.ticks)
        return 0;
    for (; err == 0 && recorder->rt.ticks < place; recorder->rt.ticks++)
        err = recording_file_sound(recorder->file, NULL);
    if (err == 0)
        err = recording_file_sound(recorder->file, pcm);
    recorder->rt.ticks++;
    return err;
}

static int write_picture(struct recorder *recorder, const struct picture_head *head,
                         size_t bytes)
{
    uint64_t place;
    if (!find_place(recorder, (uint64_t)(head->ns / TICK_NS), &place)) {
        recorder->rt.waits_for_key = true;
        return 0;
    }
    if (recorder->rt.waits_for_key && !head->is_key)
        return 0;
    recorder->rt.waits_for_key = false;
    int64_t ns = (int64_t)place * TICK_NS + head->ns % TICK_NS;
    const int64_t least_ns = recorder->rt.picture_ns + CLOCK_NS_PER_MS;
    recorder->rt.picture_ns = ns = ns < least_ns ? least_ns : ns;
    return recording_file_picture(recorder->file, ns, (const uint8_t *)(head + 1),
                                  bytes - sizeof(*head), head->is_key);
}

static void fail(struct recorder *recorder, int err)
{
    atomic_store(&recorder->error, err);
    recorder->on_event(recorder->context, RECORDER_FAILED);
}

/* As far as it goes. */
static int finish(struct recorder *recorder)
{
    const int err = recording_file_finish(recorder->file);
    atomic_store(&recorder->bytes, recording_file_bytes(recorder->file));
    atomic_store(&recorder->has_no_end, err < 0);
    return err;
}

static void note(struct recorder *recorder, int err)
{
    const uint64_t bytes = recording_file_bytes(recorder->file);
    atomic_store(&recorder->bytes, bytes);
    atomic_store(&recorder->length_ms, recorder->rt.ticks * PCM_TICK_MS);
    if (err == 0 && bytes >= recorder->max_bytes)
        err = -EDQUOT;
    if (err == 0)
        return;
    finish(recorder);
    fail(recorder, err);
}

/* ---- the thread: what has come ---- */

static int64_t time_of_sound(const struct sound_head *head)
{
    return head ? (int64_t)head->tick * TICK_NS : INT64_MAX;
}

static int64_t time_of_picture(const struct picture_head *head)
{
    return head ? head->ns : INT64_MAX;
}

/* Takes the oldest of both rings, if it is older than @p horizon_ns. */
static bool take_one(struct recorder *recorder, int64_t horizon_ns)
{
    size_t sound_bytes, picture_bytes;
    const struct sound_head *sound = record_ring_front(recorder->sounds, &sound_bytes);
    const struct picture_head *picture =
        recorder->pictures ? record_ring_front(recorder->pictures, &picture_bytes) : NULL;
    const int64_t sound_ns = time_of_sound(sound), picture_ns = time_of_picture(picture);
    const bool is_sound = sound_ns <= picture_ns;
    const bool is_over = recorder_error(recorder) != 0;
    int err = 0;
    if ((is_sound ? sound_ns : picture_ns) >= horizon_ns)
        return false;
    if (is_sound && !is_over) {
        const bool is_silent = sound_bytes == sizeof(*sound);
        err =
            write_sound(recorder, sound->tick, is_silent ? NULL : (const int16_t *)(sound + 1));
    } else if (!is_over) {
        err = write_picture(recorder, picture, picture_bytes);
    }
    record_ring_pop(is_sound ? recorder->sounds : recorder->pictures);
    if (!is_over)
        note(recorder, err);
    return true;
}

static void sleep_a_while(struct recorder *recorder)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / CLOCK_NS_PER_S;
    until.tv_nsec %= CLOCK_NS_PER_S;
    pthread_cond_timedwait(&recorder->shared.wanted, &recorder->shared.mutex, &until);
}

/* Waits, and takes what control has said. @return up to when all is there that will come. */
static int64_t look(struct recorder *recorder, bool *is_last)
{
    pthread_mutex_lock(&recorder->shared.mutex);
    sleep_a_while(recorder);
    *is_last = recorder->shared.stopped && !atomic_load(&recorder->lent);
    recorder->rt.cut_count = recorder->shared.cut_count;
    memcpy(recorder->rt.cut, recorder->shared.cut,
           recorder->rt.cut_count * sizeof(recorder->rt.cut[0]));
    const int64_t now_ns = clock_monotonic_ns();
    pthread_mutex_unlock(&recorder->shared.mutex);
    return *is_last ? INT64_MAX : now_ns - SETTLE_MS * CLOCK_NS_PER_MS;
}

static void *run(void *argument)
{
    struct recorder *recorder = argument;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    for (bool is_last = false; !is_last;) {
        const int64_t horizon_ns = look(recorder, &is_last);
        while (take_one(recorder, horizon_ns))
            ;
    }
    if (!recorder_error(recorder)) {
        int err = finish(recorder);
        if (err < 0)
            fail(recorder, err);
    }
    recording_file_destroy(recorder->file);
    recorder->file = NULL;
    recorder->on_event(recorder->context, RECORDER_OVER);
    return NULL;
}

/* ---- control ---- */

static void free_recorder(struct recorder *recorder)
{
    record_ring_destroy(recorder->sounds);
    record_ring_destroy(recorder->pictures);
    recording_file_destroy(recorder->file);
    pthread_cond_destroy(&recorder->shared.wanted);
    pthread_mutex_destroy(&recorder->shared.mutex);
    free(recorder);
}

static void prepare_lock(struct recorder *recorder)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&recorder->shared.wanted, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&recorder->shared.mutex, NULL);
}

static int open_all(struct recorder *recorder, const struct recorder_plan *plan)
{
    const struct recording_file_plan file = {plan->title, plan->width, plan->height};
    recorder->sounds = record_ring_create(SOUND_RING_BYTES);
    if (plan->width)
        recorder->pictures = record_ring_create(PICTURE_RING_BYTES);
    if (!recorder->sounds || (plan->width && !recorder->pictures))
        return -ENOMEM;
    int err = recording_file_create(plan->path, &file, &recorder->file);
    if (err < 0)
        return err;
    recorder->first_tick = (uint64_t)(clock_monotonic_ns() / TICK_NS);
    atomic_store(&recorder->begun_ns, (long long)recorder->first_tick * TICK_NS);
    err = -pthread_create(&recorder->thread, NULL, run, recorder);
    if (err < 0)
        unlink(plan->path);
    else
        pthread_setname_np(recorder->thread, "recorder");
    return err;
}

int recorder_create(const struct recorder_plan *plan, struct recorder **recorder)
{
    ASSERT_CONTROL();
    struct recorder *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->max_bytes = plan->max_bytes;
    made->on_event = plan->on_event;
    made->context = plan->context;
    made->rt.picture_ns = -CLOCK_NS_PER_MS;
    prepare_lock(made);
    int err = open_all(made, plan);
    if (err < 0) {
        free_recorder(made);
        return err;
    }
    *recorder = made;
    return 0;
}

void recorder_destroy(struct recorder *recorder)
{
    if (!recorder)
        return;
    ASSERT_CONTROL();
    recorder_stop(recorder);
    pthread_join(recorder->thread, NULL);
    free_recorder(recorder);
}

void recorder_lend(struct recorder *recorder, enum recorder_part part)
{
    ASSERT_CONTROL();
    atomic_fetch_or(&recorder->lent, part);
}

/* A tick that has begun counts to what was before. */
int recorder_pause(struct recorder *recorder, bool paused)
{
    ASSERT_CONTROL();
    int err = 0;
    pthread_mutex_lock(&recorder->shared.mutex);
    struct cut *cut = recorder->shared.cut;
    const size_t count = recorder->shared.cut_count;
    const bool was_paused = count && cut[count - 1].to == UINT64_MAX;
    const uint64_t tick = (uint64_t)(clock_monotonic_ns() / TICK_NS) + 1;
    if (was_paused && !paused) {
        cut[count - 1].to = tick;
        atomic_store(&recorder->begun_ns, (long long)tick * TICK_NS);
    } else if (!was_paused && paused && count == RECORDER_MAX_PAUSES) {
        err = -EUSERS;
    } else if (!was_paused && paused) {
        cut[count] = (struct cut){tick, UINT64_MAX};
        recorder->shared.cut_count++;
    }
    pthread_mutex_unlock(&recorder->shared.mutex);
    return err;
}

void recorder_stop(struct recorder *recorder)
{
    ASSERT_CONTROL();
    pthread_mutex_lock(&recorder->shared.mutex);
    recorder->shared.stopped = true;
    pthread_cond_signal(&recorder->shared.wanted);
    pthread_mutex_unlock(&recorder->shared.mutex);
}

void recorder_stats_read(const struct recorder *recorder, struct recorder_stats *stats)
{
    *stats = (struct recorder_stats){
        .bytes = atomic_load(&recorder->bytes),
        .length_ms = atomic_load(&recorder->length_ms),
        .dropped_ticks = atomic_load(&recorder->dropped_ticks),
        .dropped_pictures = atomic_load(&recorder->dropped_pictures),
        .has_no_end = atomic_load(&recorder->has_no_end),
    };
}

int recorder_error(const struct recorder *recorder)
{
    return atomic_load(&recorder->error);
}
