/*
 * stream.h - a long sound (music, a recording, what a URL brought), decoded ahead by a thread
 * of its own into a ring, out of which a media worker takes 20 ms a tick.
 *
 *   control:  stream_open(path, &options, &stream);       returns at once; the file is opened
 *             stream_seek(stream, ms);                      by the thread
 *   worker:   got = stream_read(stream, pcm, samples);      never waits
 *   control:  stream_state(stream)  stream_close(stream);
 *
 * One thread serves all streams: it begins with the first and ends with the last of them, and
 * looks every 50 ms what has been taken (so the worker needs no system call to wake it). It is
 * never waited for: a stream that is not ready gives fewer samples (its hearers get silence),
 * and goes on where it was. 1.2 seconds are decoded ahead.
 *
 * A loop has no gap; a file of less than 100 ms is not looped. Packets that are broken are left
 * out, as a player does.
 *
 * Shape    int16, mono, 48000 Hz.
 * Thread   stream_read(), stream_is_over(): the one worker that plays it. All others: control.
 * Errors   stream_open(): -ENOMEM, -EAGAIN (no thread). What is wrong with the file shows as
 *          STREAM_FAILED, with a line for a person in stream_why(); what was decoded before it
 *          is still played.
 */
#ifndef MIXER_FILE_STREAM_H
#define MIXER_FILE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STREAM_RATE_HZ = 48000 };

struct stream;

enum stream_state {
    STREAM_OPENING,
    STREAM_READY,  /* plays, or could */
    STREAM_ENDED,  /* all of it has been taken */
    STREAM_FAILED, /* stream_why()             */
};

struct stream_options {
    bool loop;        /* from the begin again when it ends                               */
    bool is_film;     /* one without sound is silent as long as its pictures             */
    bool is_unlinked; /* the file is a temporary one: removed once it is open, or cannot be */
};

/** @return 0 and *stream, owned by the caller (stream_close()). The path is copied. */
int stream_open(const char *path, const struct stream_options *options, struct stream **stream);

/** The thread lets go of it; then it is freed. No worker may have it any more. NULL is allowed.
 */
void stream_close(struct stream *stream);

/** Takes up to @p samples. @return how many; fewer if not so many are decoded yet, or at the
 *  end (stream_is_over()). */
unsigned stream_read(struct stream *stream, int16_t *pcm, unsigned samples);

/** Worker: true once the end was taken, or what was decoded before it failed; until a seek. */
bool stream_is_over(const struct stream *stream);

/** Goes on from @p ms. What is decoded already is thrown away. A place behind the end ends it.
 *  A stream that failed stays so. */
void stream_seek(struct stream *stream, unsigned ms);

enum stream_state stream_state(const struct stream *stream);
const char *stream_why(const struct stream *stream);      /* "" if nothing is wrong; borrowed */
unsigned stream_position_ms(const struct stream *stream); /* of what was taken */
unsigned stream_length_ms(const struct stream *stream);   /* 0: not known      */

#endif
