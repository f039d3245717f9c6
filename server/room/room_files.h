/*
 * room_files.h - the files that are shared in a room: which there are, how many may be, when
 * they end. Their bytes come and go by HTTP; they lie in a directory under their ids.
 *
 *   room_file_open(room, &plan, &file);      COMING: it is reserved, and seen by nobody
 *   room_file_lend(file, &part);             its bytes are written elsewhere (file_part.h)
 *   room_file_return(file, part);            so many have come; more may, if it is resumable
 *   room_file_check(file, on_checked, self); all have: it is looked at
 *   ...  on_checked(self, file, 0)           SHARED, and ROOM_EVENT_FILE_SHARED
 *   room_file_remove(file, ROOM_FILE_DELETED);
 *
 * A file whose sender is gone ends, unless it is resumable: that one is in the store from its
 * begin, survives a restart, and waits some time for the rest. What a room and the server may
 * hold is reserved at the begin. What a resumable one has reserved and does not use, as nothing
 * of it has come for a while, is given to others when they would be refused without; it needs
 * it again to go on.
 *
 * From its event on a removed file is in no list; it can be looked at until the next turn of
 * the loop. Files end with their room.
 *
 * Thread   control.
 */
#ifndef SERVER_ROOM_ROOM_FILES_H
#define SERVER_ROOM_ROOM_FILES_H

#include "server/file/file_check.h"
#include "server/file/file_part.h"
#include "server/room/participant.h"

#include <stdbool.h>
#include <stdint.h>

struct room_list;
struct room;
struct room_file;

enum {
    ROOM_FILE_ID_BYTES = 27,
    ROOM_FILE_NAME_BYTES = 256,
    ROOM_MAX_FILES = 1000, /* of a room, those that are coming included */
};

/** What the list of rooms is made with; borrowed for its life. */
struct room_files_config {
    const char *data_directory; /* they are kept in a directory below */
    struct file_rules rules;
    uint64_t max_bytes; /* of one file */
    uint64_t room_quota_bytes, server_quota_bytes;
    unsigned keep_s;              /* then a file ends; 0: with its room           */
    unsigned upload_keep_s;       /* so long a resumable one waits for more bytes */
    unsigned upload_idle_s;       /* then others may have what it does not use    */
    uint64_t account_quota_bytes; /* of the parcels of one account; 0: there are none */
    unsigned parcel_keep_s;
};

enum room_file_state {
    ROOM_FILE_COMING,
    ROOM_FILE_CHECKING,
    ROOM_FILE_SHARED,
    ROOM_FILE_REMOVED,
};

/** Why a shared one was removed; the words are the API's. */
enum room_file_ending { ROOM_FILE_DELETED, ROOM_FILE_EXPIRED, ROOM_FILE_ROOM_DELETED };

/** Borrowed, valid until the next turn of the loop. */
struct room_file_info {
    char id[ROOM_FILE_ID_BYTES];     /* unguessable, unique */
    char name[ROOM_FILE_NAME_BYTES]; /* room_file_name_is_valid() */
    char type[FILE_TYPE_BYTES];      /* SHARED: what it really is */
    char sha256[FILE_SHA256_BYTES];  /* SHARED */
    char sha1[FILE_SHA1_BYTES]; /* SHARED, but of older versions; COMING: as it was said; "" */
    uint64_t bytes;             /* that it has, or is to have */
    uint64_t offset;            /* COMING: that have come     */
    bool is_resumable;
    char sharer[PARTICIPANT_NAME_BYTES]; /* a name to be shown; ""; the administrator */
    char sharer_id[PARTICIPANT_ID_BYTES];
    int64_t created_ns, expires_ns; /* wall; expires 0: with its room */
    enum room_file_state state;
    enum room_file_ending ending;
};

/** Strings are copied. */
struct room_file_plan {
    const char *name;
    uint64_t bytes;
    bool is_announced; /* false: as many as come, up to that (0: it is not known) */
    bool is_resumable; /* which has to be announced */
    const char *sharer, *sharer_id;
    const char *sha1; /* in hex: that it has to have; NULL: it is not said */
};

/** A name without its path: 1 to 255 bytes of UTF-8, no slash nor backslash, no control
 * characters, not beginning with a dot. */
bool room_file_name_is_valid(const char *name);

/** @return 0 and *file; -ENOSYS: there are no files here; -EFBIG: larger than any file may be;
 *          -EDQUOT, -E2BIG: no room for it in this room, in the server; -EUSERS:
 * ROOM_MAX_FILES; -ENOMEM; store errors. */
int room_file_open(struct room *room, const struct room_file_plan *plan,
                   struct room_file **file);

/** One that was cut off, of the same name, sharer, bytes and SHA-1, and that nobody writes now;
 * it is that participant's from now on. @return 0 and *file; -ENOENT. */
int room_file_resume(struct room *room, const struct room_file_plan *plan,
                     struct room_file **file);

/** Its name comes with its bytes: one that is COMING, and not resumable. */
void room_file_rename(struct room_file *file, const char *name);

/** @return 0 and *part, which has to come back: by room_file_return(), or by being dropped;
 *          -EBUSY: it is lent already, or being looked at; -ENOMEM. */
int room_file_lend(struct room_file *file, struct file_part **part);

/** Moved. If it is not resumable and has not all, it is removed by whoever lent it. */
void room_file_return(struct room_file *file, struct file_part *part);

/** On error the file is removed. */
typedef void room_file_on_checked(void *context, struct room_file *file, int err);

/** All bytes are there, or all that will come. @return 0 and @p on_checked comes, with 0,
 *          file_facts' errors, or the store's; -ENOMEM: nothing has changed. */
int room_file_check(struct room_file *file, room_file_on_checked *on_checked, void *context);
/** Nobody waits for it any more. */
void room_file_forget(struct room_file *file);

/** @return 0; store errors: nothing has changed. */
int room_file_remove(struct room_file *file, enum room_file_ending ending);

/** Those that are shared, in the order they came; NULL behind the last. */
struct room_file *room_file_first(const struct room *room);
struct room_file *room_file_next(const struct room_file *file);
/** One that is shared. */
struct room_file *room_file_find(const struct room *room, const char *id);
/** A resumable one that is not. */
struct room_file *room_upload_find(const struct room *room, const char *id);

const struct room_file_info *room_file_info(const struct room_file *file);
struct room *room_file_room(const struct room_file *file); /* NULL: a parcel */
/** Where its bytes lie: owned by the caller, free(); NULL: memory is out. */
char *room_file_path(const struct room_file *file);

/** Another number than before whenever a file was shared or removed. */
unsigned room_files_revision(const struct room *room);

/** The largest file that may be, 0: none may. */
uint64_t room_files_max_bytes(const struct room *room);

const char *room_file_ending_word(enum room_file_ending ending); /* "deleted", ... */

/** Files to be looked at, drawn or removed; 0 without files. */
unsigned room_files_waiting(const struct room_list *list);

#endif
