/*
 * room_template.h - settings with a name, from which rooms are made: by the API, or by calls,
 * if the configuration says so. A room keeps what it was made with when its template changes.
 *
 *   room_template_put(list, "webinar", &settings);
 *   room_list_add(list, "blue", room_template_find(list, "webinar"), &room);
 *
 * Thread   control.
 * Errors   0 or a negative errno.
 */
#ifndef SERVER_ROOM_ROOM_TEMPLATE_H
#define SERVER_ROOM_ROOM_TEMPLATE_H

#include "server/room/room_list.h"

enum { ROOM_MAX_TEMPLATES = 200 };

/** NULL: there is none. Borrowed until it is put again or deleted. */
const struct room_settings *room_template_find(const struct room_list *list, const char *name);

/** Makes or replaces it, and keeps it. @p name is as of a room. @return 0; -EINVAL: no valid
 *  name; -EUSERS: ROOM_MAX_TEMPLATES; -ENOMEM; store errors: nothing changed. */
int room_template_put(struct room_list *list, const char *name,
                      const struct room_settings *settings);

/** 0, too, if there is none; store errors. */
int room_template_delete(struct room_list *list, const char *name);

/** By name, in byte order: the first above @p after ("": the first of all); NULL: none. */
const char *room_template_above(const struct room_list *list, const char *after);

#endif
