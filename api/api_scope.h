/*
 * api_scope.h - some rooms by name, or all: what a token is good for, what a webhook is told
 * of.
 *
 *   [API_ROOMS] = {API_SCOPE_FIELD}            in a table of api_body.h
 *   if (!api_scope_take(&values[ROOMS], &scope, answer)) return;
 *   api_scope_has(&scope, "blue")
 *
 * Shape    In JSON a list of names, or ["*"]; as a text, for the store, names between spaces,
 *          or "*". The rooms need not be there.
 * Thread   any; pure.
 */
#ifndef API_API_SCOPE_H
#define API_API_SCOPE_H

#include "api/api_body.h"
#include "server/room/room.h"

#include <jansson.h>
#include <stdbool.h>

enum { API_SCOPE_ROOMS = 16, API_SCOPE_TEXT_BYTES = API_SCOPE_ROOMS * ROOM_NAME_BYTES + 1 };

struct api_scope {
    bool is_all;
    unsigned count;
    char room[API_SCOPE_ROOMS][ROOM_NAME_BYTES]; /* [count], if not all */
};

bool api_scope_has(const struct api_scope *scope, const char *room);
bool api_scope_is_same(const struct api_scope *a, const struct api_scope *b);

void api_scope_write(const struct api_scope *scope, char out[API_SCOPE_TEXT_BYTES]);
/** @return false: the text is none. */
bool api_scope_read(const char *text, struct api_scope *scope);

json_t *api_scope_show(const struct api_scope *scope);

/** What the items of a list are checked with, and how that is said. */
bool api_scope_item_is_valid(const char *text);
#define API_SCOPE_FIELD                                                                        \
    "rooms", API_LIST, .least = 1, .most = API_SCOPE_ROOMS,                                    \
                       .is_valid = api_scope_item_is_valid,                                    \
                       .allowed = "the name of a room, or \"*\" alone for all"

/** Reads a list that the table has checked. @return false: the answer says that "*" is not
 *  alone. */
bool api_scope_take(const struct api_value *value, struct api_scope *scope,
                    struct api_answer *answer);

#endif
