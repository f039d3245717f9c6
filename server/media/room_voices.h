/*
 * room_voices.h - which legs of a room are heard in this tick: the loudest, decoded.
 *
 * How loud a leg is is told by its packets (RFC 6464, or the payload itself) before anything is
 * decoded. Legs whose packets do not tell are decoded to know. The loudest few are heard; all
 * others' packets pass.
 *
 * Thread   the room's media worker.
 */
#ifndef SERVER_MEDIA_ROOM_VOICES_H
#define SERVER_MEDIA_ROOM_VOICES_H

#include "server/media/room_media.h"

/** Plays or passes 20 ms of each leg, and adds those that are heard to scratch->mix with frames
 *  for @p buses. Sets `spoken` of each leg. */
void room_voices_collect(struct room_media *room, unsigned buses,
                         struct room_media_scratch *scratch);

/** Tells, if that has changed, who talks now: of all that is in the mix. */
void room_voices_tell_speaker(struct room_media *room, struct room_media_scratch *scratch);

#endif
