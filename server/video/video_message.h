/*
 * video_message.h - what control says to a video worker, and what it is told: small values in
 * mailboxes, in order. A pointer inside means that ownership goes with it, but for room, member
 * and handle, which only name.
 *
 * Thread   made on one side, taken on the other.
 */
#ifndef SERVER_VIDEO_VIDEO_MESSAGE_H
#define SERVER_VIDEO_VIDEO_MESSAGE_H

#include "mixer/video/sprite.h"
#include "server/leg/video_plan.h"
#include "server/video/video.h"

#include <stdbool.h>

struct recorder;
struct room_member;
struct room_stage;
struct video_face;
struct video_snapshot;

enum video_command_kind {
    VIDEO_COMMAND_JOIN,     /* room, member (moved): answered by LEFT, sooner or later    */
    VIDEO_COMMAND_LEAVE,    /* member                                                     */
    VIDEO_COMMAND_PLAN,     /* member, plan                                               */
    VIDEO_COMMAND_LOOK,     /* member, look                                               */
    VIDEO_COMMAND_FACE,     /* member, face                                               */
    VIDEO_COMMAND_TALKER,   /* member                                                     */
    VIDEO_COMMAND_KEY,      /* member: it wants a key frame                               */
    VIDEO_COMMAND_SETTINGS, /* room, settings                                             */
    VIDEO_COMMAND_GROUND,   /* room, ground: what is behind and over its tiles            */
    VIDEO_COMMAND_SNAPSHOT, /* room, member or NULL, snapshot                             */
    VIDEO_COMMAND_RECORD,   /* room, recorder: lent to it; NULL: it returns its own       */
    VIDEO_COMMAND_FORGET,   /* room: no command will name it any more; freed              */
    VIDEO_COMMAND_STOP,     /* the worker ends                                            */
};

struct video_command {
    enum video_command_kind kind;
    struct room_stage *room;
    struct room_member *member;
    union {
        struct video_plan *plan;
        struct video_look *look;
        struct video_face *face;
        struct video_room_settings *settings;
        struct video_snapshot *snapshot;
        struct recorder *recorder;
        struct {
            struct picture *background;
            struct sprite *logo;
        } ground;
    };
};

enum video_event_kind {
    VIDEO_EVENT_LEFT,     /* handle, member: its last event; its leg is home */
    VIDEO_EVENT_NEED_KEY, /* handle                                          */
    VIDEO_EVENT_SHOWING,  /* handle, showing                                 */
};

struct video_event {
    enum video_event_kind kind;
    struct video_member *handle;
    struct room_member *member;
    bool showing;
};

#endif
