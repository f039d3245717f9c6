/*
 * conference_users.h - all users of a room as XML, written once for all who ask for the whole
 * of it.
 *
 *   const char *text = conference_users_text(&ua->users, room, clock_monotonic_ns());
 *   conference_users_on_room_event(&ua->users, event);       what has changed is written anew
 *   conference_users_finish(&ua->users);
 *
 * Who asks gets the room as it is; of a large one (CONFERENCE_USERS_LARGE_BYTES) perhaps as it
 * was a moment before, so that it is written no more than once in CONFERENCE_USERS_MS, however
 * many ask and whatever happens. The rooms that were asked for last are kept.
 *
 * Thread   control; time is given.
 * Source   RFC 4575 section 3.10: no more than one notification in a second.
 */
#ifndef SERVER_SIP_CONFERENCE_USERS_H
#define SERVER_SIP_CONFERENCE_USERS_H

#include "server/room/room_event.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CONFERENCE_USERS_ROOMS = 4,
    CONFERENCE_USERS_MS = 1000,
    CONFERENCE_USERS_LARGE_BYTES = 64 * 1024,
};

/** Zeroed: nothing is kept. */
struct conference_users {
    struct conference_users_text {
        const struct room *room;
        char *text; /* owned; NULL: none */
        int64_t written_ns;
        bool is_stale;              /* something has happened since */
    } kept[CONFERENCE_USERS_ROOMS]; /* that which was asked for last first */
};

/** @return the element <users>, borrowed until the next event or question; NULL: no memory. */
const char *conference_users_text(struct conference_users *users, const struct room *room,
                                  int64_t now_ns);

void conference_users_on_room_event(struct conference_users *users,
                                    const struct room_event *event);

void conference_users_finish(struct conference_users *users);

#endif
