/*
 * recorder.h - a recording in the making: what workers put into its rings, tick by tick and
 * picture by picture, is encoded and written by a thread of its own.
 *
 *   control:       recorder_create(&plan, &recorder);      the file is there, the thread runs
 *   control:       recorder_lend(recorder, RECORDER_SOUND);   before the worker gets it
 *   media worker:  recorder_sound(recorder, tick, pcm);  ...  recorder_return(.., SOUND);
 *   video worker:  recorder_picture(recorder, now_ns, ...);   recorder_return(.., PICTURES);
 *   control:       recorder_pause(recorder, true);  recorder_stop(recorder);
 *   ...  plan.on_event(context, RECORDER_OVER)             once all have returned it
 *   control:       recorder_destroy(recorder);
 *
 * Nobody waits for it: what finds a full ring is dropped and counted. There is one clock, that
 * of the ticks: a tick that was silent, dropped or left out is silence of 20 ms in the file,
 * and a picture stands where the tick of its time does. So sound and pictures cannot drift,
 * whatever was lost. A pause is cut out of both at the same tick.
 *
 * When the file cannot be written (or has its largest size) it is ended with what it has:
 * RECORDER_FAILED; what comes then is thrown away until RECORDER_OVER. Where not even the end
 * can be written the file is to be mended.
 *
 * Shape    ticks are numbers of PCM_TICK_MS since the epoch of the monotonic clock; pcm is
 *          int16_t[PCM_MAX_TICK_VALUES], stereo, 48000 Hz.
 * Thread   as above. sound, picture and return never wait, lock, allocate or call the kernel.
 *          on_event is called on the recorder's own thread.
 * Errors   recorder_create(): recording_file.h's; -EAGAIN: no thread.
 */
#ifndef MIXER_FILE_RECORDER_H
#define MIXER_FILE_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

enum { RECORDER_MAX_PAUSES = 1000 };

enum recorder_part { RECORDER_SOUND = 1, RECORDER_PICTURES = 2 };

enum recorder_event {
    RECORDER_FAILED, /* at most once: recorder_error() */
    RECORDER_OVER,   /* last: the file is closed       */
};

/** Strings are copied. */
struct recorder_plan {
    const char *path;       /* must not be there    */
    const char *title;      /* NULL: none           */
    unsigned width, height; /* of pictures; 0: only sound */
    uint64_t max_bytes;     /* -EDQUOT then         */
    void (*on_event)(void *context, enum recorder_event event);
    void *context;
};

struct recorder_stats {
    uint64_t bytes, length_ms; /* written so far                          */
    uint64_t dropped_ticks;    /* found a full ring: silence in the file  */
    uint64_t dropped_pictures;
    bool has_no_end; /* it is over, and has to be mended */
};

/** @return 0 and *recorder, owned by the caller. */
int recorder_create(const struct recorder_plan *plan, struct recorder **recorder);
/** After RECORDER_OVER; before that it waits. NULL is allowed. */
void recorder_destroy(struct recorder *recorder);

/** Control: a worker has it from now on, until it returns it. */
void recorder_lend(struct recorder *recorder, enum recorder_part part);
void recorder_return(struct recorder *recorder, enum recorder_part part);

/** Media worker: what is heard in tick @p tick; NULL: silence. */
void recorder_sound(struct recorder *recorder, uint64_t tick, const int16_t *pcm);

/** Video worker: a VP8 frame of @p now_ns (monotonic). */
void recorder_picture(struct recorder *recorder, int64_t now_ns, const uint8_t *bytes,
                      size_t length, bool is_key);
/** Video worker: the next should be a key frame: the first, after what was dropped, and often
 * enough to begin anywhere. */
bool recorder_wants_key(const struct recorder *recorder, int64_t now_ns);

/** Control: what happens from now on is left out, or not any more. @return 0; -EUSERS:
 *  RECORDER_MAX_PAUSES. */
int recorder_pause(struct recorder *recorder, bool paused);
/** Control: it ends as soon as it was returned. */
void recorder_stop(struct recorder *recorder);

/** Control. */
void recorder_stats_read(const struct recorder *recorder, struct recorder_stats *stats);
/** Why it failed; 0. */
int recorder_error(const struct recorder *recorder);

#endif
