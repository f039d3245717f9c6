/*
 * room_member.h - one of a room's members as its worker sees it.
 *
 * Thread   born on control, then the room's video worker's; buried by whoever has it last.
 */
#ifndef SERVER_VIDEO_ROOM_MEMBER_H
#define SERVER_VIDEO_ROOM_MEMBER_H

#include "server/leg/video_leg_media.h"
#include "server/video/video.h"
#include "server/video/video_face.h"

#include <stdbool.h>
#include <stdint.h>

struct room_scene;
struct room_stage;

struct room_member {
    struct video_member *handle; /* control's; never looked into       */
    struct video_leg_media *leg; /* NULL: a voice without a picture, or a source */
    struct video_source source;  /* its functions are NULL: none        */
    struct video_look look;
    struct video_face *face; /* owned; NULL: not drawn yet          */
    struct room_stage *room;
    struct room_member *next, *previous;
    struct room_member *beside; /* the other leg of the same person; NULL: none          */
    uint64_t talked;            /* rising: the talk that it was; 0: never */
    unsigned tiles;             /* that it stands in                      */
    bool sends;                 /* packets come                           */
    bool showing;               /* its picture can be shown               */
    bool told_showing;          /* what control knows                     */
    unsigned shown_width;       /* of its largest tile                    */
    struct picture *picture;  /* borrowed from its leg or source, of this tick; NULL: avatar */
    struct room_scene *scene; /* what it sees; NULL: it sees nothing  */
};

#endif
