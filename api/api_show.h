/*
 * api_show.h - a room and a participant as the API shows them.
 *
 * Thread   control.
 * Errors   NULL: memory is out.
 */
#ifndef API_API_SHOW_H
#define API_API_SHOW_H

#include "api/api_links.h"
#include "server/room/chat.h"
#include "server/room/room.h"
#include "server/room/room_files.h"
#include "server/room/room_offers.h"
#include "server/room/room_play.h"
#include "server/room/room_presentation.h"

#include <jansson.h>

enum api_show { API_SHOW_SHORT, API_SHOW_WITH_MEDIA };

/** SHORT in events, which go to many places. */
json_t *api_show_room(const struct room *room, enum api_show show);

/** A time of the wall clock; 0: null. */
json_t *api_show_time(int64_t wall_ns);

/** The id of a participant, or null. */
json_t *api_show_id(const struct participant *participant);

/** Without media (in events, which are many) or with. */
json_t *api_show_participant(const struct participant *participant, enum api_show show);

/** NULL: none. */
json_t *api_show_attributes(const struct attributes *attributes);

json_t *api_show_play(const struct room_play *play);

/** To whoever runs the room, or to those who are in, who see no addresses. */
enum api_show_to { API_SHOW_TO_RUNNER, API_SHOW_TO_GUEST };
json_t *api_show_message(const struct chat_message *message, enum api_show_to to);

/** With a link to its bytes that is good from now on. */
json_t *api_show_file(const struct api_links *links, const struct room_file *file);
/** Of a file, to one who is in. */
json_t *api_show_file_offer(const struct room_offer *offer);
/** Whether the room is recorded now: "none", "recording", "paused". */
const char *api_recording_word(const struct room *room);
json_t *api_show_recording(const struct api_links *links,
                           const struct room_recording *recording); /* api_recordings.c */
/** What of its files the room presents; null: nothing. */
json_t *api_show_presentation(const struct room *room);
/** One that is still coming. */
json_t *api_show_upload(const struct room_file *file);

#endif
