/*
 * room_scene.h - one composed picture of a room: who stands where, and the canvas.
 *
 * A room has one scene for all, or, with own_view, one for each who watches, which leaves that
 * one out.
 *
 *   room_scene_cast(scene, room);            when members, talker, looks or layout have changed
 *   changed = room_scene_draw(scene, room);  each frame
 *   picture = room_scene_picture(scene, width, height, frame);  at a size of its classes
 *
 * Thread   the room's video worker.
 */
#ifndef SERVER_VIDEO_ROOM_SCENE_H
#define SERVER_VIDEO_ROOM_SCENE_H

#include "mixer/video/canvas.h"
#include "mixer/video/layout.h"
#include "server/video/room_member.h"

#include <stdbool.h>
#include <stdint.h>

enum { ROOM_SCENE_COPIES = 6 };

struct scene_tile {
    struct room_member *member;
    struct layout_rect from, to; /* it glides from the one to the other */
    unsigned step;               /* of GLIDE_STEPS                      */
};

/** The canvas at another size: for receivers who cannot take the whole. */
struct scene_copy {
    struct picture *picture; /* NULL: free */
    uint64_t frame;          /* that it is of */
};

struct room_scene {
    const struct room_member *viewer; /* left out; NULL: nobody is */
    struct canvas *canvas;
    unsigned width, height;
    unsigned tile_count;
    struct scene_tile tile[LAYOUT_MAX_TILES];
    enum layout_kind kind;  /* in use                         */
    uint64_t changed_frame; /* when it was last drawn anew    */
    struct scene_copy copy[ROOM_SCENE_COPIES];
    struct room_scene *next;
};

/** NULL: no memory. */
struct room_scene *room_scene_create(const struct room_stage *room,
                                     const struct room_member *viewer);
void room_scene_destroy(struct room_scene *scene); /* NULL is allowed */

/** What is behind and over the tiles has changed. */
void room_scene_set_ground(struct room_scene *scene, const struct room_stage *room);

void room_scene_cast(struct room_scene *scene, const struct room_stage *room);
/** A member goes: no tile may name it any more. */
void room_scene_forget(struct room_scene *scene, const struct room_member *member);

/** Draws frame @p frame. @return whether anything is new. */
bool room_scene_draw(struct room_scene *scene, const struct room_stage *room, uint64_t frame);

/** Borrowed until the next draw. NULL: no memory for a copy. */
const struct picture *room_scene_picture(struct room_scene *scene, unsigned width,
                                         unsigned height, uint64_t frame);

#endif
