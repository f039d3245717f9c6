/*
 * chat.h - what was written in a room: its last lines, in the order in which they came.
 *
 *   struct chat chat = {0};                                     empty
 *   struct chat_message *message = chat_message_create(&draft);
 *   struct chat_message *old = chat_add(&chat, message, 500);   those that have no place now
 *   for (m = chat_after(&chat, 0); m; m = m->next) ...
 *
 * Ids rise, and begin at the wall clock: those of a room that was deleted never come again.
 * Texts are valid UTF-8; they may have several lines (LF), and are not escaped for HTML.
 *
 * Thread   control; pure.
 * Source   RFC 3428 (what a message is), RFC 5438 section 5 (what becomes of it).
 */
#ifndef SERVER_ROOM_CHAT_H
#define SERVER_ROOM_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHAT_MOST_TEXT_BYTES = 16000,
    CHAT_MOST_MESSAGES = 10000,
    CHAT_MOST_BYTES = 1024 * 1024, /* of one room, whatever the number */
    CHAT_ID_TEXT_BYTES = 21,
};

enum chat_origin {
    CHAT_FROM_PARTICIPANT,
    CHAT_FROM_API,     /* whoever runs the room                             */
    CHAT_FROM_SYSTEM,  /* the server itself: a file was shared, for example */
    CHAT_FROM_VISITOR, /* written to the room from outside                  */
};

/** What has become of a message, over all whom it was for. */
struct chat_outcome {
    unsigned pending;
    unsigned delivered;   /* the far end has it, or a browser's events do       */
    unsigned refused;     /* by the far end                                     */
    unsigned timed_out;   /* no answer, or its call has ended before            */
    unsigned unreachable; /* the far end knows no messages                      */
};

enum chat_result { CHAT_DELIVERED, CHAT_REFUSED, CHAT_TIMED_OUT };

/** A file that a line tells of: for far ends that show files as such. It is not in the store:
 * who comes later has the link in the text. */
struct chat_file {
    const char *url, *name, *type;
    uint64_t bytes;
    int64_t until_ns; /* wall: so long the URL is good; 0: it has no end */
};

/** One line. Texts are in the same piece of memory. */
struct chat_message {
    uint64_t id;
    int64_t time_ns; /* wall */
    enum chat_origin origin;
    const char *from_id;   /* of a participant, else ""                           */
    const char *from_name; /* as it was then; may be ""                           */
    const char *from_uri;  /* may be ""                                           */
    const char *to_id;     /* the only participant who may see it; "": all        */
    const char *to_name;
    const char *text;             /* "" once it is deleted */
    const struct chat_file *file; /* in the same memory; NULL: of none */
    bool is_deleted;
    struct chat_outcome outcome;
    size_t bytes;
    struct chat_message *next;
};

/** The fields of struct chat_message; texts are copied. @p time_ns 0 and @p id 0: now, the
 * next.
 */
struct chat_draft {
    uint64_t id;
    int64_t time_ns;
    enum chat_origin origin;
    const char *from_id, *from_name, *from_uri, *to_id, *to_name; /* NULL: "" */
    const char *text;
    const struct chat_file *file; /* NULL: of none */
    bool is_deleted;
};

/** Zeroed: empty. */
struct chat {
    struct chat_message *first, *last;
    unsigned count;
    size_t bytes;
    uint64_t last_id; /* the highest that there was */
};

/** @return a message that is in no chat, owned by the caller (chat_messages_free()); NULL: no
 *  memory. */
struct chat_message *chat_message_create(const struct chat_draft *draft);
/** Frees it and all that are linked behind it. NULL is allowed. */
void chat_messages_free(struct chat_message *first);

/** Adds a message behind the others; it is the chat's now, and gets its id and time if it has
 *  none. @return what is too much now, oldest first, linked and the caller's; or NULL. */
struct chat_message *chat_add(struct chat *chat, struct chat_message *message, unsigned most);

/** NULL: there is none (any more). */
struct chat_message *chat_find(const struct chat *chat, uint64_t id);
/** The first whose id is above @p id. */
struct chat_message *chat_after(const struct chat *chat, uint64_t id);

/** Takes its text away; the line stays, and says that it was deleted. */
void chat_message_delete(struct chat *chat, struct chat_message *message);

/** One of those whom it was for has it, or will not. */
void chat_message_settle(struct chat_message *message, enum chat_result result);

/** Whether @p participant_id may see it: it is for all, for him, or of him. */
bool chat_message_is_for(const struct chat_message *message, const char *participant_id);

void chat_finish(struct chat *chat); /* empties it */

const char *chat_origin_word(enum chat_origin origin); /* "participant", "api", ... */
int chat_origin_parse(const char *word, enum chat_origin *origin); /* 0 or -EINVAL */
void chat_id_write(uint64_t id, char out[CHAT_ID_TEXT_BYTES]);
int chat_id_parse(const char *text, uint64_t *id); /* 0 or -EINVAL */

/** How fast somebody may write. Zeroed: as fast as CHAT_BURST lines at once. */
struct chat_rate {
    int64_t full_at_ns; /* monotonic: when the burst is whole again */
};
enum { CHAT_BURST = 10 };

/** @return false: too fast, @p per_minute and a burst are allowed (0: all). */
bool chat_rate_take(struct chat_rate *rate, unsigned per_minute, int64_t now_ns);

#endif
