/*
 * room_dial_list.h - whom a room calls when its conference begins.
 *
 * It begins when the room opens (opens_at); a room that opens at no time begins when the first
 * moderator comes in, and anew when one does after all had left. Who is in already is not
 * called. What comes of each is an event of the room (ROOM_EVENT_ROOM_DIALLED), and what comes
 * of a call that could be begun is told as of all that are dialled; the dialer's limits hold.
 *
 *   room_dial_list_add(settings.dial_at_start, "sip:bob@example.com");
 *   for (const char *at = settings.dial_at_start; room_dial_list_next(&at, uri);) ...
 *
 * A server that is not running when the room opens does not call later.
 *
 * Shape    URIs as of room_dial, one a line: a text, so that settings are copied as they are.
 * Thread   any; pure.
 */
#ifndef SERVER_ROOM_ROOM_DIAL_LIST_H
#define SERVER_ROOM_ROOM_DIAL_LIST_H

#include "server/room/participant.h"

#include <stdbool.h>

enum { ROOM_DIAL_LIST_MOST = 16, ROOM_DIAL_LIST_BYTES = 1024 };

struct room_dial;

/** room_dial(), and what comes of it is told as ROOM_EVENT_ROOM_DIALLED: for one of many. */
int room_dial_told(struct room *room, const struct room_dial *request,
                   struct participant **participant);

/** True for at most ROOM_DIAL_LIST_MOST lines of printable ASCII without <>"\^`{|}. */
bool room_dial_list_is_valid(const char *list);

/** @return 0; -EINVAL: it is none; -EEXIST: it is there; -E2BIG: there are too many, or they
 *  are too long together. */
int room_dial_list_add(char list[ROOM_DIAL_LIST_BYTES], const char *uri);

/** The line at *at, which moves behind it. @return false: there is none. */
bool room_dial_list_next(const char **at, char uri[PARTICIPANT_URI_BYTES]);

#endif
