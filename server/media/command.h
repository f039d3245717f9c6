/*
 * command.h - what control says to a worker: small values in a ring, in order.
 *
 * Thread   made on control, taken by the worker at the beginning of a tick.
 * Owner    JOIN, KIT and PART carry ownership to the worker; each is answered, sooner or later,
 * by exactly one event that carries something back (event.h), for which a slot is kept.
 */
#ifndef SERVER_MEDIA_COMMAND_H
#define SERVER_MEDIA_COMMAND_H

#include "mixer/audio/audio_tone.h"
#include "server/leg/leg_media.h"

#include <assert.h>

struct room_media;

enum command_kind {
    COMMAND_JOIN,     /* room, leg, kit: the leg and its first kit                  */
    COMMAND_LEAVE,    /* leg                                                        */
    COMMAND_KIT,      /* leg, kit: a new plan                                       */
    COMMAND_MIX,      /* leg, mix                                                   */
    COMMAND_DIGIT,    /* leg, digit, duration_ms                                    */
    COMMAND_PART,     /* leg, part: what on_need asked for                          */
    COMMAND_TONE,     /* room, tone                                                 */
    COMMAND_SETTINGS, /* room, noise_when_alone                                     */
    COMMAND_STOP,     /* the worker ends                                            */
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
        bool noise_when_alone;
        struct {
            char digit;
            unsigned duration_ms;
        } event;
    };
};
static_assert(sizeof(struct command) <= 64, "a message is a small value");

#endif
