/*
 * room_stage.h - one room's pictures: its members, its scenes, its classes, and a frame of
 * them.
 *
 * A frame, as often as the room's frame rate says:
 *
 *   pictures     what each leg shows now; who has come or gone
 *   cast         if anything about the members has changed: who stands where
 *   draw         each scene, only what changed
 *   choose       once in a while: which class each receiver belongs to
 *   encode       each class, and give it to its legs
 *
 * Thread   create: control. The rest: its video worker; counters are read by control.
 */
#ifndef SERVER_VIDEO_ROOM_STAGE_H
#define SERVER_VIDEO_ROOM_STAGE_H

#include "server/video/room_member.h"
#include "server/video/room_scene.h"
#include "server/video/video_class.h"

#include <stdbool.h>
#include <stdint.h>

/** What the room tells its worker. */
struct room_stage_events {
    void (*on_showing)(void *context, struct room_member *member, bool showing);
};

struct recorder;

/** Written by the worker, read by control. */
struct room_stage_counters {
    leg_counter shown, decoders, classes, canvases, fps, layout;
    leg_counter busy_ns;
};

struct room_stage {
    struct video_room_settings settings;
    struct picture *background;         /* owned; NULL: none */
    struct sprite *logo;                /* owned; NULL: none */
    struct room_member *members, *last; /* in the order in which they came */
    unsigned member_count, leg_count;
    struct room_member *talker; /* NULL: nobody has talked yet */
    uint64_t talks;             /* so far                       */
    struct room_scene *scenes;
    struct video_class *classes;
    struct recorder *recorder;          /* lent; NULL: nothing is recorded */
    struct room_scene *recorded_scene;  /* everybody's, while it is; NULL: not yet */
    struct video_class *recorded_class; /* whose frames it gets; NULL: not yet     */
    bool is_stale;                      /* who stands where has to be thought over    */
    uint64_t frame;                     /* number of the next one                     */
    int64_t due_ns;                     /* when that is; 0: at once                   */
    int64_t choose_ns;                  /* when classes are chosen again              */
    int64_t second_ns;                  /* counters of a second                       */
    unsigned frames;                    /* in it                                      */
    struct video_class_counters encoded;
    uint64_t composed, skipped;
    struct room_stage_counters counters;
    struct room_stage *next, *previous; /* the worker's list of those that are not idle */
};

/** No frame is of use: it has neither legs nor a recorder. */
bool room_stage_is_idle(const struct room_stage *room);

/** Frames go to @p recorder from now on (NULL: to none); the one before is returned. */
void room_stage_record(struct room_stage *room, struct recorder *recorder);

void room_stage_add(struct room_stage *room, struct room_member *member,
                    struct video_step *step);
void room_stage_remove(struct room_stage *room, struct room_member *member,
                       struct video_step *step);
/** New settings (copied); scenes and classes begin anew if their size has changed. */
void room_stage_change(struct room_stage *room, const struct video_room_settings *settings);
/** Takes both (moved). */
void room_stage_set_ground(struct room_stage *room, struct picture *background,
                           struct sprite *logo);
void room_stage_set_talker(struct room_stage *room, struct room_member *member);
/** A member's leg has another plan, another look, another face. */
void room_stage_note_change(struct room_stage *room, struct room_member *member,
                            struct video_step *step);

/** A frame, if it is due. */
void room_stage_run(struct room_stage *room, struct video_step *step,
                    const struct room_stage_events *events, void *context);

/** Frees what it has; without members. */
void room_stage_destroy(struct room_stage *room);

#endif
