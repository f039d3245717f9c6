/*
 * api_setting.h - settings of a table (mixer/base/setting.h) as JSON: their fields in a body,
 * what a body says of them, and what is shown.
 *
 *   struct api_field fields[API_SETTINGS_MOST + OWN];
 *   struct api_value values[API_SETTINGS_MOST + OWN];
 *   unsigned count = api_setting_fields(room_setting_at, fields);
 *   ...fields[count...] are those that a table cannot have...
 *   if (!api_body_read(body, fields, count + OWN, API_BODY_PATCH, values, answer)) return;
 *   for (unsigned i = 0; i < count; i++)
 *       api_setting_take(room_setting_at(i), &values[i], defaults, &settings, answer);
 *
 * What is of kind OTHER, its user reads and shows; its field takes any value.
 *
 * Thread   any; pure.
 * Source   RFC 7396: in a merge patch null is the default.
 */
#ifndef API_API_SETTING_H
#define API_API_SETTING_H

#include "api/api_answer.h"
#include "api/api_body.h"
#include "mixer/base/setting.h"

#include <jansson.h>
#include <stdbool.h>

enum { API_SETTINGS_MOST = 48 };

/** A table: its settings from 0; NULL behind the last. */
typedef const struct setting *api_settings_at(unsigned index);

/** @return how many. */
unsigned api_setting_fields(api_settings_at *at, struct api_field fields[API_SETTINGS_MOST]);

/** Puts what is given into @p of; null: what @p defaults have. @return false: it is an item of a
 *  list that is too long, and @p answer says so. */
bool api_setting_take(const struct setting *setting, const struct api_value *value,
                      const void *defaults, void *of, struct api_answer *answer);

/** Its value of @p of. */
json_t *api_setting_show(const struct setting *setting, const void *of);

#endif
