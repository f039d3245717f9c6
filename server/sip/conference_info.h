/*
 * conference_info.h - a room as a document of the conference event package.
 *
 *   char *xml = conference_info_write(&(struct conference_info){.room = room, .version = 1,
 * ...});
 *
 * A user is a URI, as subscribers know people; an endpoint is one call of it, so who has called
 * with two phones is one user with two endpoints. What changes is always told of a whole user.
 *
 * Thread   control.
 * Source   RFC 4575 sections 4 and 5.
 */
#ifndef SERVER_SIP_CONFERENCE_INFO_H
#define SERVER_SIP_CONFERENCE_INFO_H

#include "server/room/room.h"

#define CONFERENCE_INFO_TYPE "application/conference-info+xml"

struct conference_info {
    const struct room *room;
    const char *entity; /* the conference's URI */
    unsigned version;
    bool is_full; /* all users; else only those of [changed_count] URIs, and who has gone */
    unsigned changed_count;
    const char (*changed)[PARTICIPANT_URI_BYTES];
};

/** @return the document, owned by the caller; NULL: no memory. */
char *conference_info_write(const struct conference_info *info);

#endif
