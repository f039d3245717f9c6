/*
 * movie.h - the pictures of a film, decoded ahead by a thread of its own, and shown by the
 * clock of its sound.
 *
 *   control:  movies = movies_create();
 *   control:  movie_open(movies, path, &movie);           returns at once
 *             movie_go_to(movie, ms, now_ns, runs);       it is sent elsewhere
 *             movie_set_clock(movie, ms, now_ns, runs);   now and then: where its sound is
 *   worker:   picture = movie_picture(movie, now_ns);     never waits for the file
 *   control:  movie_unref(movie);  movies_destroy(movies);
 *
 * Where the film is says the clock: it goes on by itself between two calls, and where it jumps
 * (a loop) the pictures follow. Pictures that come too late are left out. The sound is
 * not this file's business: stream.h.
 *
 * Thread   movie_picture(): one worker. All others: control.
 * Owner    counted: movie_open() gives one reference. The last one ends the thread, for which
 *          only movies_destroy() waits.
 * Errors   movie_open(): -ENOMEM, -EAGAIN (no thread). The file: MOVIE_FAILED.
 */
#ifndef MIXER_FILE_MOVIE_H
#define MIXER_FILE_MOVIE_H

#include "mixer/base/picture.h"

#include <stdbool.h>
#include <stdint.h>

enum { MOVIE_MAX_PIXELS = 1920 * 1200 };

struct movie;
struct movies; /* all of a process, and their threads */

/** NULL: no memory. */
struct movies *movies_create(void);
/** After the last movie_unref(). Waits for the threads for two seconds at most: one that reads
 *  from a disk that does not answer is left behind. NULL is allowed. */
void movies_destroy(struct movies *movies);

enum movie_state {
    MOVIE_OPENING,
    MOVIE_READY,
    MOVIE_BLIND,  /* it has no pictures, but sound perhaps */
    MOVIE_FAILED, /* movie_why()                           */
};

/** @return 0 and *movie. The path is copied. */
int movie_open(struct movies *movies, const char *path, struct movie **movie);
struct movie *movie_ref(struct movie *movie);
void movie_unref(struct movie *movie); /* NULL is allowed */

enum movie_state movie_state(struct movie *movie);
/** What failed, a line for a person; "" if nothing. Borrowed. */
const char *movie_why(struct movie *movie);

/** At @p now_ns (monotonic) it is at @p position_ms; if it runs, it goes on from there. A
 * little off is not worth a seek: pictures wait, or hurry. */
void movie_set_clock(struct movie *movie, unsigned position_ms, int64_t now_ns, bool runs);

void movie_go_to(struct movie *movie, unsigned position_ms, int64_t now_ns, bool runs);

/** The picture of @p now_ns, borrowed until the next call; NULL: there is none yet. */
struct picture *movie_picture(struct movie *movie, int64_t now_ns);

#endif
