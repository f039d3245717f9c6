/*
 * api_menu.h - what digits do in a room, out of the body of a request and into an answer.
 *
 * Thread   any; pure.
 * Errors   false: the answer is a problem that names each of the keys, below "/menu"; @p menu
 *          is of no use then.
 */
#ifndef API_API_MENU_H
#define API_API_MENU_H

#include "api/api_answer.h"
#include "server/room/menu.h"

#include <jansson.h>

/** A merge patch over @p menu: null removes keys. */
bool api_menu_change(const json_t *body, struct menu *menu, struct api_answer *answer);

/** @return NULL: memory is out. */
json_t *api_menu_show(const struct menu *menu);

#endif
