/*
 * room_play.h - what is played in a room: to all in it, or to one of them.
 *
 *   room_play_start(room, &request, &play, &why);
 *   room_play_pause(play, true);  room_play_seek(play, 30000);  room_play_stop(play);
 *   ...  ROOM_EVENT_PLAY_ENDED, with room_play_info(play)->ending
 *
 * A play of a URL begins without a sound (FETCHING); who fetches says room_play_fetched() or
 * room_play_failed(), unless it has ended before. The music for who is alone is a play, too.
 *
 * A film among the room's files is seen as well, by all, where a presentation is; a film that
 * cannot be read ends its play (FAILED).
 *
 * A play ends with its participant, and when nobody is left in the room. From its event on it
 * is not in the room's list any more; it can be looked at until the next turn of the loop.
 *
 * Thread   control.
 */
#ifndef SERVER_ROOM_ROOM_PLAY_H
#define SERVER_ROOM_ROOM_PLAY_H

#include "server/room/room_sound.h"

#include <stdbool.h>
#include <stdint.h>

struct participant;
struct room;
struct room_play;

enum { ROOM_PLAY_ID_BYTES = 20, ROOM_MAX_PLAYS = 16, ROOM_PLAY_DETAIL_BYTES = 200 };

enum room_play_state {
    ROOM_PLAY_FETCHING,
    ROOM_PLAY_PLAYING,
    ROOM_PLAY_PAUSED,
    ROOM_PLAY_ENDED,
};

/** Why it ended. */
enum room_play_ending {
    ROOM_PLAY_FINISHED, /* to its end                              */
    ROOM_PLAY_STOPPED,  /* by the API, or as music that is over    */
    ROOM_PLAY_REPLACED, /* its participant hears something else    */
    ROOM_PLAY_LEFT,     /* its participant left                    */
    ROOM_PLAY_EMPTY,    /* nobody is in the room any more          */
    ROOM_PLAY_FAILED,   /* detail                                  */
};

struct room_play_request {
    enum room_sound_kind kind;
    const char *name;                /* see struct room_sound                  */
    struct participant *participant; /* CONNECTED; NULL: to all                */
    bool loop;
    bool over_mix;    /* beside what is heard anyway (of one participant)       */
    double volume_db; /* [-60, 20] */
};

/** Borrowed, valid until the next turn of the loop. */
struct room_play_info {
    char id[ROOM_PLAY_ID_BYTES]; /* unguessable, unique */
    enum room_sound_kind kind;
    const char *name;
    struct participant *participant; /* NULL: to all; also of one who has left */
    bool loop, over_mix;
    bool is_music; /* for who is alone */
    double volume_db;
    enum room_play_state state;
    int64_t created_ns; /* wall */
    enum room_play_ending ending;
    char detail[ROOM_PLAY_DETAIL_BYTES]; /* of FAILED, for a person */
};

/**
 * Begins to play; a URL: to wait for its file.
 *
 * @return 0 and *play; -ENOTCONN: nobody is in the room, or the participant is not; -EUSERS:
 *         ROOM_MAX_PLAYS; -ENOMEM; room_sound_open()'s errors with *why.
 */
int room_play_start(struct room *room, const struct room_play_request *request,
                    struct room_play **play, char **why);

/** A URL's file is at @p path, which is removed in any case. */
void room_play_fetched(struct room_play *play, const char *path);
/** It could not be fetched, for a reason for a person; copied. */
void room_play_failed(struct room_play *play, const char *why);

/** In the order they began; NULL behind the last. */
struct room_play *room_play_first(const struct room *room);
struct room_play *room_play_next(const struct room_play *play);
struct room_play *room_play_find(const struct room *room, const char *id);

const struct room_play_info *room_play_info(const struct room_play *play);
struct room *room_play_room(const struct room_play *play);
unsigned room_play_position_ms(const struct room_play *play);
unsigned room_play_length_ms(const struct room_play *play); /* 0: not known */
/** A film whose pictures the room has, too, if there are any in it. */
bool room_play_has_pictures(const struct room_play *play);

void room_play_pause(struct room_play *play, bool paused);
void room_play_seek(struct room_play *play, unsigned ms);
void room_play_stop(struct room_play *play);

const char *room_play_state_word(enum room_play_state state);    /* "fetching", ... */
const char *room_play_ending_word(enum room_play_ending ending); /* "finished", ... */

#endif
