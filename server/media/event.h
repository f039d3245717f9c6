/*
 * event.h - what a worker tells control: small values in a ring, in order.
 *
 * LEFT, KIT, PART, PLAYED and FORGOTTEN carry ownership home and must never be lost: half of
 * the ring is kept for them (worker.c), and control sends no more commands that will be
 * answered than fit in there. The others may be dropped when the ring is half full: they are
 * counted.
 *
 * Thread   made by the worker, taken on control.
 */
#ifndef SERVER_MEDIA_EVENT_H
#define SERVER_MEDIA_EVENT_H

#include "server/leg/leg_kit.h"

#include <assert.h>
#include <stdbool.h>

struct leg;
struct media_play;
struct room_media;

enum event_kind {
    EVENT_LEFT,      /* leg: its media half is home                               */
    EVENT_KIT,       /* leg, kit: the one that was replaced; NULL answers a JOIN's kit */
    EVENT_PART,      /* leg, part: not wanted any more; or answered (empty)       */
    EVENT_NEED,      /* leg, part: please make it                                 */
    EVENT_PLAYED,    /* play: over                                                */
    EVENT_FORGOTTEN, /* play, or room: no command names it any more               */
    EVENT_DIGIT,     /* leg, digit                                                */
    EVENT_SPEAKER,   /* leg                                                       */
    EVENT_TALKING,   /* leg, talking                                              */
    EVENT_NO_MEDIA,  /* leg                                                       */
};

struct event {
    enum event_kind kind;
    struct leg *leg;
    union {
        struct leg_kit *kit;
        struct leg_part part;
        struct {
            struct media_play *play;
            struct room_media *room;
        };
        struct {
            char name;
            bool in_band;
        } digit;
        bool talking;
    };
};
static_assert(sizeof(struct event) <= 64, "a message is a small value");

#endif
