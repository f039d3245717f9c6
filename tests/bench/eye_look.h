/*
 * eye_look.h - what a watcher sees: in each tile whose picture it is, how it advances, how long
 * it stands still, how old it is, its colour.
 *
 *   eye_look_picture(look, &picture, now_ns);      each decoded picture
 *   eye_look_read(look, now_ns, tile, &seen);      since eye_look_reset()
 *
 * A tile stands still when its mark does not change for more than 100 ms; that time, less one
 * picture's, is frozen time. Age: from when the picture's sender sent it (eye_look_sent()).
 *
 * Thread   one.
 */
#ifndef TESTS_BENCH_EYE_LOOK_H
#define TESTS_BENCH_EYE_LOOK_H

#include "tests/bench/eye_mark.h"

enum { EYE_LOOK_TILES = 64, EYE_LOOK_STILL_MS = 100, EYE_LOOK_AGES = 2000 };

struct eye_look_plan {
    unsigned columns, rows; /* an equal grid over all of the picture, or: */
    unsigned count;         /* rectangles of its own                      */
    struct eye_rect rect[EYE_LOOK_TILES];
    unsigned fps, frames; /* of the senders: a second, and until the marks begin anew */
};

struct eye_look_tile {
    struct eye_rect rect;
    int sender;        /* -1: nobody was read; the last one          */
    uint64_t changes;  /* of the mark                                */
    uint64_t advanced; /* pictures of the sender that have gone by, seen or not */
    uint64_t unread;   /* pictures in which it could not be read     */
    uint64_t frozen_ns;
    int64_t worst_gap_ns; /* between two changes                        */
    unsigned senders;     /* changes of the sender                      */
    uint8_t rgb[3];       /* of the colour field, at the last reading   */
    double age_p50_ms, age_p95_ms, age_max_ms;
};

struct eye_look;
struct eye_look *eye_look_create(const struct eye_look_plan *plan); /* NULL: no memory */
void eye_look_destroy(struct eye_look *look);                       /* NULL is allowed */

/** A sender of this process has begun to send this picture. */
void eye_look_sent(struct eye_look *look, const struct eye_mark *mark, int64_t now_ns);

void eye_look_picture(struct eye_look *look, const struct picture *picture, int64_t now_ns);
void eye_look_reset(struct eye_look *look, int64_t now_ns);

unsigned eye_look_tiles(const struct eye_look *look);
void eye_look_read(const struct eye_look *look, int64_t now_ns, unsigned tile,
                   struct eye_look_tile *seen);

/** The mark that was read in a tile last. @return false: none ever was. */
bool eye_look_mark(const struct eye_look *look, unsigned tile, struct eye_mark *mark);

/** The size and coding of the last picture; width 0: none came. */
struct eye_look_format {
    unsigned width, height;
    bool bt709, full_range;
};
struct eye_look_format eye_look_format(const struct eye_look *look);

#endif
