/*
 * room_number.h - the number of a conference: what a caller keys in the menu, or dials.
 *
 *   room_number_is_valid("482913")
 *   struct room *room = room_number_find(list, "482913");     by its number, or by its name
 *   room_number_make(list, is_taken, context, number);        a new one, by chance
 *
 * Thread   control.
 */
#ifndef SERVER_ROOM_ROOM_NUMBER_H
#define SERVER_ROOM_ROOM_NUMBER_H

#include "server/room/room_list.h"

#include <stdbool.h>

enum { ROOM_NUMBER_LEAST = 3, ROOM_NUMBER_MADE = 6 };

/** True for "" and for ROOM_NUMBER_LEAST to 12 digits. */
bool room_number_is_valid(const char *number);

/** The room whose number that is; if there is none, the room that is called so. NULL: none. */
struct room *room_number_find(const struct room_list *list, const char *number);

/** Writes a number of ROOM_NUMBER_MADE digits, not beginning with 0, that no room has. @p
 *  is_taken: whether something else has it; NULL: nothing else is asked.
 *  @return 0; -ENOSPC: none was found. */
int room_number_make(const struct room_list *list,
                     bool (*is_taken)(void *context, const char *number), void *context,
                     char number[ROOM_NUMBER_BYTES]);

#endif
