/*
 * api_settings.h - a room's settings, out of the body of a request and into an answer.
 *
 *   struct room_settings settings = *room_settings(room);
 *   if (!api_settings_change(body, rooms, &settings, API_ADMIN, answer)) return;
 *
 * Thread   control. Texts are borrowed from the body.
 * Errors   false: the answer is a problem that names each field; @p settings are of no
 *          use then.
 * Source   RFC 7396: of "menu" and "video", too, only what is named is changed, and null
 *          removes. A PIN is taken out here, and put in by api_pins.h.
 */
#ifndef API_API_SETTINGS_H
#define API_API_SETTINGS_H

#include "api/api_answer.h"
#include "api/api_caller.h"
#include "server/room/room_list.h"

#include <jansson.h>

/** What a number may be, too: a new one, which is for who reads the settings to find. */
#define API_SETTINGS_NUMBER_AUTO "auto"

/** A new room: @p settings are those of its template or the defaults before, and *name is that
 *  of the body. */
bool api_settings_new(const json_t *body, const struct room_list *rooms, const char **name,
                      struct room_settings *settings, struct api_answer *answer);

/** A merge patch over @p settings; null is what the defaults of @p rooms have. Below the
 *  administrator: 403, if there are limits, PINs, encryption or codecs in it. */
bool api_settings_change(const json_t *body, const struct room_list *rooms,
                         struct room_settings *settings, enum api_role by,
                         struct api_answer *answer);

/** All that is set of a room or a template; of its PINs, whether there are any. NULL: memory is
 *  out. */
json_t *api_settings_show(const struct room_settings *settings);

/** One of those that there are, as it is written there, for a field "language". */
bool api_settings_language(const struct room_list *rooms, const char *text,
                           char language[LANGUAGE_BYTES], struct api_answer *answer);

#endif
