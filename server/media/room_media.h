/*
 * room_media.h - the media half of a room, or of the part of it that a worker has: its legs,
 * and one tick of their mix.
 *
 * Thread   create, destroy: control, while it has no legs. The rest: its worker.
 */
#ifndef SERVER_MEDIA_ROOM_MEDIA_H
#define SERVER_MEDIA_ROOM_MEDIA_H

#include "mixer/audio/audio_limiter.h"
#include "mixer/audio/audio_speakers.h"
#include "mixer/audio/audio_tone.h"
#include "mixer/base/pcm.h"
#include "server/leg/leg_media.h"
#include "server/media/media_play.h"
#include "server/media/room_class.h"
#include "server/media/room_mix.h"
#include "server/media/room_peer.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ROOM_MEDIA_PARTS = 16, /* of one room: workers */
    ROOM_MEDIA_DECODED = ROOM_MIX_VOICES,
    ROOM_MEDIA_SPEAKERS = 10000,
};

struct recorder;

struct room_media {
    struct leg_media *legs; /* a list, newest first                     */
    unsigned leg_count;
    unsigned loudest; /* how many voices are heard at once        */
    struct audio_tone tone;
    bool noise_when_alone;
    uint32_t noise_seed;
    struct media_play *plays; /* a list: what is played to all            */
    struct audio_dominant dominant;
    struct leg *untold_speaker; /* who has the floor, if control is to be told */
    unsigned buses;             /* somebody listens at, in the last tick    */
    unsigned peer_count;        /* the room's parts on other workers        */
    struct room_peer *peers[ROOM_MEDIA_PARTS];
    struct recorder *recorder; /* lent; NULL: nothing is recorded */
    struct audio_limiter recorder_limiter;
    bool recorder_has_tail;             /* the limiter's last ms is not out yet        */
    struct room_media *next, *previous; /* the worker's list of those that are not idle */
};

/** No tick is of use: it has neither legs nor a recorder. */
bool room_media_is_idle(const struct room_media *room);

/** What the room tells its worker in a tick. */
struct room_media_events {
    bool (*on_speaker)(void *context, struct leg *leg);
    void (*on_played)(void *context, struct media_play *play); /* not the room's any more */
};

/** A leg's tick, decoded because only that can tell how loud it is, or because it is heard. */
struct room_decoded {
    struct leg_media *leg;
    unsigned level;
    int16_t pcm[PCM_MAX_TICK_VALUES];
};

/** What a tick needs and forgets: one per worker, whose rooms use it in turn. */
struct room_media_scratch {
    struct leg_tick tick;
    const struct room_media_events *events;
    void *events_context;
    struct room_mix mix;
    struct room_classes classes;
    struct leg_packets own; /* of a listener on its own */
    unsigned decoded_count;
    struct room_decoded decoded[ROOM_MEDIA_DECODED];
    unsigned speaker_count;
    struct audio_speaker *speakers[ROOM_MEDIA_SPEAKERS]; /* of all legs */
    int32_t sum[PCM_MAX_TICK_VALUES];
    int16_t frame[PCM_MAX_TICK_VALUES];
};

/** NULL: no memory. @p events: borrowed. */
struct room_media_scratch *room_media_scratch_create(const struct room_media_events *events,
                                                     void *context);
void room_media_scratch_destroy(struct room_media_scratch *scratch); /* NULL is allowed */

void room_media_add(struct room_media *room, struct leg_media *leg);
/** Its play, if it has one, is told to be over. */
void room_media_remove(struct room_media *room, struct leg_media *leg,
                       struct room_media_scratch *scratch);

/** The leg's plan changes: its kit is replaced. @return the old one, for control. */
struct leg_kit *room_media_set_kit(struct room_media *room, struct leg_media *leg,
                                   struct leg_kit *kit, int64_t now_ns);

/** Begins to play @p play to @p leg (NULL: to all). What the leg played before is over. */
void room_media_play(struct room_media *room, struct leg_media *leg, struct media_play *play,
                     struct room_media_scratch *scratch);
/** Ends it, if it is still played. */
void room_media_stop(struct room_media *room, struct media_play *play,
                     struct room_media_scratch *scratch);

/** What is heard goes to @p recorder from the next tick on (NULL: to none); the one before is
 * returned. */
void room_media_record(struct room_media *room, struct recorder *recorder);

/**
 * 20 ms of this room: choose who is heard, decode them, sum, and send to each all but its own.
 *
 * There is one sum per rate at which somebody listens; a voice is brought to that rate before
 * it is added. So wideband callers hear each other in full whoever else is there, and a
 * listener costs no resampling.
 */
void room_media_tick(struct room_media *room, struct room_media_scratch *scratch);

#endif
