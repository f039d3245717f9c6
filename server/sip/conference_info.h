/*
 * conference_info.h - a room as a document of the conference event package.
 *
 *   struct conference_info info = {.room = room, .version = 1, ...};
 *   char *xml = conference_info_write(&info);
 *
 * A user is a URI, as subscribers know people; an endpoint is one call of it, so who has called
 * with two phones is one user with two endpoints. Who has no address, or does not want it to be
 * known, is a user of his own. What changes is always told of a whole user.
 *
 * Thread   control.
 * Source   RFC 4575 sections 4 and 5; RFC 3323 section 4.1.1.3.
 */
#ifndef SERVER_SIP_CONFERENCE_INFO_H
#define SERVER_SIP_CONFERENCE_INFO_H

#include "server/room/room.h"
#include "server/room/room_event.h"

#define CONFERENCE_INFO_TYPE "application/conference-info+xml"

struct conference_info {
    const struct room *room;
    const char *entity; /* the conference's URI */
    unsigned version;
    bool is_full; /* all users; else only those of [changed_count] URIs, and who has gone, */
    unsigned changed_count;
    const char (*changed)[PARTICIPANT_URI_BYTES];
    const struct participant *rest; /* and those from this one on, for whom there was no room */
    size_t most_bytes; /* behind these no more of all, or of the rest, begin      */
    const char *users; /* of is_full: conference_info_write_users(); NULL: not at hand */
};

/** The user whose call this is: the far end's URI, or sip:ID@anonymous.invalid. */
void conference_info_user(const struct participant *participant,
                          char out[PARTICIPANT_URI_BYTES]);

/** The element <users> with all of them, owned by the caller; NULL: no memory. */
char *conference_info_write_users(const struct room *room);

/** Whether an event of that kind changes it. */
bool conference_info_shows(enum room_event_kind kind);

/** @return the document, owned by the caller; NULL: no memory. *rest: the first one for whom
 * there was no room in it, to be told by the next one; NULL: none. */
char *conference_info_write(const struct conference_info *info,
                            const struct participant **rest);

#endif
