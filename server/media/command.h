/*
 * command.h - what control says to a worker: small values in a ring, in order.
 *
 * Thread   made on control, taken by the worker at the beginning of a tick.
 * Owner    JOIN, KIT, PART and PLAY carry ownership to the worker, FORGET asks it to let go;
 *          each is answered, sooner or later, by exactly one event that carries something back
 *          (event.h), for which a slot is kept.
 */
#ifndef SERVER_MEDIA_COMMAND_H
#define SERVER_MEDIA_COMMAND_H

#include "mixer/audio/audio_tone.h"
#include "server/leg/leg_media.h"
#include "server/media/media.h"

#include <assert.h>

struct room_media;
struct room_peer;
struct media_play;
struct recorder;

enum command_kind {
    COMMAND_JOIN,     /* room, leg, kit: the leg and its first kit                  */
    COMMAND_LEAVE,    /* leg                                                        */
    COMMAND_KIT,      /* leg, kit: a new plan                                       */
    COMMAND_MIX,      /* leg, mix                                                   */
    COMMAND_DIGIT,    /* leg, digit, duration_ms                                    */
    COMMAND_PART,     /* leg, part: what on_need asked for                          */
    COMMAND_TONE,     /* room, tone                                                 */
    COMMAND_SETTINGS, /* room, settings                                             */
    COMMAND_PEER,     /* room, peer: another worker has a part of the room          */
    COMMAND_PLAY,     /* room, leg or NULL, play                                    */
    COMMAND_RECORD,   /* room, recorder: lent to it; NULL: it returns its own       */
    COMMAND_FORGET,   /* room: no command will name it any more                     */
    COMMAND_STOP,     /* the worker ends                                            */
};

enum command_play {
    COMMAND_PLAY_BEGIN, /* answered by EVENT_PLAYED, sooner or later */
    COMMAND_PLAY_STOP,
    COMMAND_PLAY_PAUSE,
    COMMAND_PLAY_SEEK,
    COMMAND_PLAY_FORGET, /* answered by EVENT_FORGOTTEN              */
};

struct command {
    enum command_kind kind;
    struct leg_media *leg;
    struct room_media *room;
    union {
        struct leg_kit *kit;
        struct leg_mix mix;
        struct leg_part part;
        enum audio_tone_kind tone;
        struct media_room_settings settings;
        struct room_peer *peer;
        struct recorder *recorder;
        struct {
            struct media_play *play;
            enum command_play what;
            bool paused;
            unsigned ms;
        } play;
        struct {
            char digit;
            bool in_band;
            unsigned duration_ms;
        } event;
    };
};
static_assert(sizeof(struct command) <= 64, "a message is a small value");

#endif
