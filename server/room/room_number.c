/* room_number.c - an index of those rooms that have a number. */
#include "server/room/room_number.h"

#include "mixer/base/check.h"
#include "mixer/base/random.h"
#include "server/room/room_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool room_number_is_valid(const char *number)
{
    size_t length = strspn(number, "0123456789");
    return !number[length] &&
           (!length || (length >= ROOM_NUMBER_LEAST && length < ROOM_NUMBER_BYTES));
}

struct room *room_number_find(const struct room_list *list, const char *number)
{
    struct room *found = name_index_find(&list->numbers, number);
    return found ? found : room_list_find(list, number);
}

bool room_number_is_free(const struct room *room, const char *number)
{
    const struct room *other = name_index_find(&room->list->numbers, number);
    return !other || other == room;
}

void room_number_insert(struct room *room)
{
    if (room->settings.number[0])
        name_index_insert(&room->list->numbers,
                          room); /* there is memory for it, and it is free */
}

void room_number_remove(struct room *room)
{
    name_index_remove(&room->list->numbers, room);
}

int room_number_make(const struct room_list *list,
                     bool (*is_taken)(void *context, const char *number), void *context,
                     char number[ROOM_NUMBER_BYTES])
{
    enum { TRIES = 100, LEAST = 100000, KINDS = 900000 };
    ASSERT_CONTROL();
    for (unsigned i = 0; i < TRIES; i++) {
        snprintf(number, ROOM_NUMBER_BYTES, "%u", LEAST + random_u32() % KINDS);
        if (!room_number_find(list, number) && (!is_taken || !is_taken(context, number)))
            return 0;
    }
    return -ENOSPC;
}
