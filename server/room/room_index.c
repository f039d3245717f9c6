/* room_index.c - a sorted array: 8 bytes a room, found by halving, listed in order for nothing.
 */
#include "server/room/room_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void room_index_finish(struct room_index *index)
{
    free(index->rooms);
    *index = (struct room_index){0};
}

/* The first place whose name is at or (@p above) above @p name. */
static size_t place_of(const struct room_index *index, const char *name, bool above)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(index->rooms[middle]->name, name);
        if (order < 0 || (above && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct room *room_index_find(const struct room_index *index, const char *name)
{
    size_t place = place_of(index, name, false);
    bool found = place < index->count && strcmp(index->rooms[place]->name, name) == 0;
    return found ? index->rooms[place] : NULL;
}

struct room *room_index_above(const struct room_index *index, const char *after)
{
    size_t place = place_of(index, after, true);
    return place < index->count ? index->rooms[place] : NULL;
}

int room_index_insert(struct room_index *index, struct room *room)
{
    size_t place = place_of(index, room->name, false);
    if (place < index->count && strcmp(index->rooms[place]->name, room->name) == 0)
        return -EEXIST;
    if (index->count == index->size) {
        size_t size = index->size ? 2 * index->size : 64;
        struct room **rooms = realloc(index->rooms, size * sizeof(struct room *));
        if (!rooms)
            return -ENOMEM;
        index->rooms = rooms;
        index->size = size;
    }
    memmove(&index->rooms[place + 1], &index->rooms[place],
            (index->count - place) * sizeof(struct room *));
    index->rooms[place] = room;
    index->count++;
    return 0;
}

void room_index_remove(struct room_index *index, const struct room *room)
{
    size_t place = place_of(index, room->name, false);
    if (place == index->count || index->rooms[place] != room)
        return;
    index->count--;
    memmove(&index->rooms[place], &index->rooms[place + 1],
            (index->count - place) * sizeof(struct room *));
}
