/*
 * room_chat.h - the chat of a room: who writes in it, who gets it, and how long it is kept.
 *
 *   room_chat_post(room, &(struct room_chat_post){.from = participant, .text = text, ...}, &m);
 *
 * A line goes to each participant who is in, but for who wrote it: by participant_link's
 * send_message(), or by the events of the room. What becomes of it is counted in its outcome.
 * Lines of a room that stays are in the store as well, and are read from there when they are
 * needed; those of a room that a call has made end with it.
 *
 * Thread   control.
 * Source   RFC 4353 section 4 (text is a medium of a conference like any other).
 */
#ifndef SERVER_ROOM_ROOM_CHAT_H
#define SERVER_ROOM_ROOM_CHAT_H

#include "server/room/chat.h"
#include "server/room/room.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct room_list;

/** Of room_list_config. */
struct room_chat_config {
    unsigned most;       /* lines of a room; 0: there is no chat       */
    unsigned text_bytes; /* of one line, up to CHAT_MOST_TEXT_BYTES    */
    unsigned per_minute; /* lines of one participant; 0: no limit      */
    bool is_kept;        /* rooms that stay keep theirs in the store   */
};

/** A line to be added. All is copied. */
struct room_chat_post {
    struct participant *from;         /* of this room; NULL: see origin               */
    enum chat_origin origin;          /* if there is no `from`                        */
    const char *name, *uri;           /* of that; may be NULL                         */
    struct participant *to;           /* of this room; NULL: all                      */
    const struct participant *not_to; /* who knows it already; NULL: nobody     */
    const char *text;                 /* [length]; made fit to be shown               */
    size_t length;
    const struct chat_file *file; /* that it tells of; NULL: of none          */
};

/**
 * Adds a line, tells of it (ROOM_EVENT_MESSAGE), and sends it.
 *
 * @return 0 and *message (may be NULL), borrowed until the next turn of the loop; -ENOSYS:
 * there is no chat here; -ENOTCONN: `from` or `to` is not in;
 *         -EPERM: `from` may not (room_settings.may_chat); -EINVAL: there is no text in it;
 * -EMSGSIZE; -EAGAIN: `from` writes too fast; -EHOSTUNREACH: `to` knows no messages; -ENOMEM.
 * On error nothing was added.
 */
int room_chat_post(struct room *room, const struct room_chat_post *post,
                   const struct chat_message **message);

/** Counts something that @p from has sent and that is none, but as quick to send: a file that
 * was on the server. @return 0; -EAGAIN: it writes too fast. */
int room_chat_count(struct participant *from);

/** Deletes a line, which stays as one without text. @return 0; -ENOENT; the store's errors. */
int room_chat_delete(struct room *room, uint64_t id);

/** All that are kept. Borrowed until the next turn of the loop. @return 0 and *chat; -ENOMEM
 * and the store's errors. */
int room_chat_read(struct room *room, const struct chat **chat);

/** What has become of a line on its way by send_message(). Of no effect if it is gone. */
void room_chat_report(struct room_list *list, const char *room_name, uint64_t id,
                      enum chat_result result);

enum { ROOM_CHAT_LEAST_TYPING_S = 5, ROOM_CHAT_TYPING_S = 15, ROOM_CHAT_MOST_TYPING_S = 120 };

/** @p participant writes, until it says otherwise, its line comes, or @p for_s are over (0: it
 *  does not, any more). ROOM_EVENT_PARTICIPANT_TYPING, if that is new. Of no effect if it is
 *  not in, or may not. */
void room_chat_typing(struct participant *participant, unsigned for_s);

/** The configured bounds. */
const struct room_chat_config *room_chat_config(const struct room *room);

#endif
