/*
 * room_recordings.h - recordings of rooms: the one that is being made, and those that were.
 * Their bytes lie in a directory under their ids.
 *
 *   room_recording_start(room, &plan, &recording);      RECORDING; all in the room are told
 *   room_recording_pause(recording, true);
 *   room_recording_stop(recording);                     FINISHING
 *   ...  ROOM_EVENT_RECORDING_READY                     READY: it can be had
 *   room_recording_remove(recording);
 *
 * A recording ends when it is stopped, with the last who leaves, or when no more of it can be
 * kept; a room whose `recording` is `always` is recorded from the first who comes in. It is in
 * the store from its begin: after a crash what is on the disk is mended. It outlives its room,
 * and then belongs to whoever has a room of that name; it ends when it is removed or expires.
 *
 * From its event on a removed one is in no list; it can be looked at until the next turn of the
 * loop. Events are of the room of that name: without one there are none.
 *
 * Thread   control; writing and hashing have threads of their own.
 */
#ifndef SERVER_ROOM_ROOM_RECORDINGS_H
#define SERVER_ROOM_ROOM_RECORDINGS_H

#include "server/file/file_check.h"
#include "server/room/participant.h"

#include <stdbool.h>
#include <stdint.h>

struct room;
struct room_list;
struct room_recording;

enum {
    ROOM_RECORDING_ID_BYTES = 27,
    ROOM_RECORDING_NAME_BYTES = 129,
    ROOM_MAX_RECORDINGS = 1000, /* of a room */
};

/** What the list of rooms is made with; borrowed for its life. */
struct room_recordings_config {
    const char *data_directory; /* they are kept in a directory below */
    uint64_t max_bytes;         /* of one                             */
    uint64_t room_quota_bytes, server_quota_bytes;
    unsigned keep_s; /* after its end it is removed; 0: never */
    unsigned most;   /* made at once                          */
};

enum room_recording_state {
    ROOM_RECORDING_RUNNING,
    ROOM_RECORDING_PAUSED,
    ROOM_RECORDING_FINISHING, /* it is written to its end, mended, or hashed */
    ROOM_RECORDING_READY,
    ROOM_RECORDING_BROKEN, /* nothing of it can be played */
};

/** Why it ended. */
enum room_recording_ending {
    ROOM_RECORDING_GOES_ON,
    ROOM_RECORDING_STOPPED,
    ROOM_RECORDING_EMPTY,   /* the last has left                          */
    ROOM_RECORDING_QUOTA,   /* it, or all of the room or the server, may have no more */
    ROOM_RECORDING_FAILED,  /* it could not be written: a full disk, say  */
    ROOM_RECORDING_CRASHED, /* the process was killed meanwhile           */
};

/** Borrowed, valid until the next turn of the loop. */
struct room_recording_info {
    char id[ROOM_RECORDING_ID_BYTES]; /* unguessable, unique */
    char name[ROOM_RECORDING_NAME_BYTES];
    char starter[PARTICIPANT_NAME_BYTES]; /* a name to be shown; "": the room itself, a token */
    bool has_video;
    enum room_recording_state state;
    enum room_recording_ending ending;
    char sha256[FILE_SHA256_BYTES];           /* READY */
    uint64_t bytes, length_ms;                /* so far */
    uint64_t dropped_ticks;                   /* 20 ms each of silence: the disk was too slow */
    int64_t created_ns, ended_ns, expires_ns; /* wall; 0: not yet, never */
};

/** IF_POSSIBLE: only sound, where this server has no video or no time for more of it. */
enum room_recording_pictures {
    ROOM_RECORDING_SOUND_ONLY,
    ROOM_RECORDING_PICTURES_IF_POSSIBLE,
    ROOM_RECORDING_PICTURES
};

/** Strings are copied. */
struct room_recording_plan {
    const char *name;    /* NULL: the room's and the time */
    const char *starter; /* NULL: nobody who is in        */
    enum room_recording_pictures pictures;
};

/** @return 0 and *recording; -ENOSYS: there are none here; -EPERM: the room is not recorded;
 *          -ENOTCONN: nobody is in; -EALREADY: it is recorded; -EUSERS: as many as may be are
 *          made, or the room has ROOM_MAX_RECORDINGS; -EDQUOT, -E2BIG: no room for it in this
 *          room, in the server; -EOPNOTSUPP, -EBUSY: no pictures here, or not now; -ENOMEM;
 * what open() says; store errors. */
int room_recording_start(struct room *room, const struct room_recording_plan *plan,
                         struct room_recording **recording);
/** @return 0; -EALREADY: it has ended; -EUSERS: too many pauses. */
int room_recording_pause(struct room_recording *recording, bool paused);
/** Once it has ended this does nothing. */
void room_recording_stop(struct room_recording *recording);
/** @p name: as room_text_clean() leaves it. @return 0; store errors: nothing has changed. */
int room_recording_rename(struct room_recording *recording, const char *name);
/** One that is being made ends. @return 0; store errors: nothing has changed. */
int room_recording_remove(struct room_recording *recording);

/** It is, and not paused. */
bool room_is_recorded(const struct room *room);
/** What is being made, or paused; NULL: the room is not recorded. */
struct room_recording *room_recording_of(const struct room *room);

/** All of them, the oldest first; NULL behind the last. */
struct room_recording *room_recording_first(const struct room_list *list);
struct room_recording *room_recording_next(const struct room_recording *recording);
/** Of the room of that name, which need not be there any more. */
struct room_recording *room_recording_find(const struct room_list *list, const char *room,
                                           const char *id);

const struct room_recording_info *room_recording_info(const struct room_recording *recording);
const char *room_recording_room(const struct room_recording *recording); /* its name */
/** Where its bytes lie: owned by the caller, free(); NULL: memory is out. */
char *room_recording_path(const struct room_recording *recording);

const char *room_recording_state_word(enum room_recording_state state);
const char *room_recording_ending_word(enum room_recording_ending ending); /* "" of GOES_ON */

struct room_recordings_stats {
    unsigned running, kept;
    uint64_t bytes; /* of all, so far */
    uint64_t dropped_ticks, failed;
};
void room_recordings_stats_read(const struct room_list *list,
                                struct room_recordings_stats *stats);

#endif
