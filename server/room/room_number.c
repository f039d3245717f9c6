/* room_number.c - a sorted array of those rooms that have a number. */
#include "server/room/room_number.h"

#include "mixer/base/check.h"
#include "mixer/base/random.h"
#include "server/room/room_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool room_number_is_valid(const char *number)
{
    size_t length = strspn(number, "0123456789");
    return !number[length] &&
           (!length || (length >= ROOM_NUMBER_LEAST && length < ROOM_NUMBER_BYTES));
}

/* The first place whose number is not below. */
static size_t place_of(const struct room_numbers *numbers, const char *number)
{
    size_t low = 0, high = numbers->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(numbers->rooms[middle]->settings.number, number) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct room *at_place(const struct room_numbers *numbers, size_t place,
                             const char *number)
{
    bool is_it =
        place < numbers->count && strcmp(numbers->rooms[place]->settings.number, number) == 0;
    return is_it ? numbers->rooms[place] : NULL;
}

struct room *room_number_find(const struct room_list *list, const char *number)
{
    if (!number[0])
        return NULL;
    const struct room_numbers *numbers = &list->numbers;
    struct room *found = at_place(numbers, place_of(numbers, number), number);
    return found ? found : room_list_find(list, number);
}

bool room_number_is_free(const struct room *room, const char *number)
{
    const struct room_numbers *numbers = &room->list->numbers;
    const struct room *other =
        number[0] ? at_place(numbers, place_of(numbers, number), number) : NULL;
    return !other || other == room;
}

int room_number_reserve(struct room_list *list)
{
    struct room_numbers *numbers = &list->numbers;
    if (numbers->count < numbers->size)
        return 0;
    size_t size = numbers->size ? 2 * numbers->size : 16;
    struct room **rooms = realloc(numbers->rooms, size * sizeof(struct room *));
    if (!rooms)
        return -ENOMEM;
    numbers->rooms = rooms;
    numbers->size = size;
    return 0;
}

void room_number_insert(struct room *room)
{
    struct room_numbers *numbers = &room->list->numbers;
    const char *number = room->settings.number;
    if (!number[0])
        return;
    size_t place = place_of(numbers, number);
    memmove(&numbers->rooms[place + 1], &numbers->rooms[place],
            (numbers->count - place) * sizeof(struct room *));
    numbers->rooms[place] = room;
    numbers->count++;
}

void room_number_remove(struct room *room)
{
    struct room_numbers *numbers = &room->list->numbers;
    const char *number = room->settings.number;
    size_t place = number[0] ? place_of(numbers, number) : numbers->count;
    if (place == numbers->count || numbers->rooms[place] != room)
        return;
    numbers->count--;
    memmove(&numbers->rooms[place], &numbers->rooms[place + 1],
            (numbers->count - place) * sizeof(struct room *));
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
