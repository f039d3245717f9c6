/*
 * api_dial.h - what a call that could not be begun is answered with.
 *
 *   int err = room_dial(room, &dial, &participant);
 *   if (err < 0)
 *       api_dial_error(answer, err);
 *
 * Thread   whoever has the answer.
 */
#ifndef API_API_DIAL_H
#define API_API_DIAL_H

#include "api/api_answer.h"
#include "server/room/room.h"

/** Answers room_dial()'s @p err, but for -EUSERS: there the room decides, too. */
void api_dial_error(struct api_answer *answer, int err);

/** A problem, as what api_dial_error() answers; null: @p err is 0. */
json_t *api_dial_problem(const struct room *room, int err);

/** What a client gives as an address: a SIP URI, or a number, which becomes a tel: URI.
 *  @return false: it is neither. */
bool api_dial_read(const char *text, char uri[PARTICIPANT_URI_BYTES]);

#endif
