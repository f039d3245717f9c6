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

/** Answers room_dial()'s @p err, but for -EUSERS: there the room decides, too. */
void api_dial_error(struct api_answer *answer, int err);

#endif
