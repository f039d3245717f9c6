/*
 * media_internal.h - what media.c and media_sound.c share: the engine as control sees it.
 *
 * Thread   control. `half` is the worker's while its part has legs: passed on, never looked
 *          into.
 */
#ifndef SERVER_MEDIA_MEDIA_INTERNAL_H
#define SERVER_MEDIA_MEDIA_INTERNAL_H

#include "server/media/media_play.h"
#include "server/media/room_media.h"
#include "server/media/worker.h"

/* A worker as control sees it. */
struct media_worker {
    struct media *media;
    struct worker *worker;
    struct loop_watch *watch;
    struct loop_timer flush_timer;
    unsigned rooms, legs;
    double load; /* of 1, when last looked at */
    int64_t looked_ns;
    uint64_t busy_ns; /* of the worker, then       */
    unsigned joined;  /* legs, since               */
};

/* What one worker has of a room. */
struct media_part {
    struct media_room *room;
    struct media_worker *at;
    unsigned legs;           /* away, leaving ones too */
    struct room_media *half; /* owned                  */
};

struct media_room {
    struct media *media;
    struct media_room_settings settings;
    unsigned legs; /* of all parts */
    unsigned part_count, link_count;
    struct media_part part[ROOM_MEDIA_PARTS];
    struct media_part *recorded; /* where a recorder listens; NULL: none */
    struct room_link *link;      /* [link_count], owned: of each two parts */
};

/* A leg's place in a mix, from join to on_left. */
struct media_seat {
    struct media_part *part;
    struct leg_media *half;
    bool leaving;
};

struct media {
    struct loop *loop;
    const struct media_events *events;
    void *context;
    unsigned room_share; /* legs of a room on one worker, before another takes some */
    unsigned rooms;
    struct media_play *plays; /* away, or not yet forgotten */
    unsigned worker_count;
    struct media_worker workers[]; /* [worker_count] */
};

void media_send_command(struct media_worker *at, const struct command *command);

/* ---- media_sound.c ---- */

void media_sound_over(struct media_worker *at, struct media_play *play);
void media_sound_forgotten(struct media_worker *at, struct media_play *play);
/** Where a sound for all is made, and all is heard: the part with the most legs, whose voices
 * the others exchange with it. NULL: there are no legs. */
struct media_part *media_home_of(struct media_room *room);
/** Before @p leg gets another plan: what is played to it goes on at that plan's rate. @return 0
 * or -ENOMEM. */
int media_sounds_reach(struct media *media, const struct leg *leg, const struct leg_plan *plan);
/** At the end: those that no worker will name any more. */
void media_sounds_drop(struct media *media);

#endif
