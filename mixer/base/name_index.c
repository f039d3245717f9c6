/* name_index.c - a sorted array of pointers. */
#include "mixer/base/name_index.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of(const struct name_index *index, const void *item)
{
    return (const char *)item + index->name_at;
}

/* The first place whose name is not below @p name. */
static size_t place_of(const struct name_index *index, const char *name)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(name_of(index, index->item[middle]), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct name_index *index, size_t place, const char *name)
{
    return place < index->count && strcmp(name_of(index, index->item[place]), name) == 0;
}

void name_index_finish(struct name_index *index)
{
    free(index->item);
    *index = (struct name_index){.name_at = index->name_at};
}

int name_index_reserve(struct name_index *index)
{
    enum { FIRST = 16 };
    if (index->count < index->size)
        return 0;
    size_t size = index->size ? 2 * index->size : FIRST;
    void **larger = realloc(index->item, size * sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    index->item = larger;
    index->size = size;
    return 0;
}

int name_index_insert(struct name_index *index, void *item)
{
    const char *name = name_of(index, item);
    size_t place = place_of(index, name);
    if (is_at(index, place, name))
        return -EEXIST;
    if (name_index_reserve(index) < 0)
        return -ENOMEM;
    void **at = &index->item[place];
    memmove(at + 1, at, (index->count - place) * sizeof(*at));
    *at = item;
    index->count++;
    return 0;
}

void name_index_remove(struct name_index *index, const void *item)
{
    size_t place = place_of(index, name_of(index, item));
    if (place == index->count || index->item[place] != item)
        return;
    void **at = &index->item[place];
    index->count--;
    memmove(at, at + 1, (index->count - place) * sizeof(*at));
}

void *name_index_find(const struct name_index *index, const char *name)
{
    size_t place = place_of(index, name);
    return is_at(index, place, name) ? index->item[place] : NULL;
}

void *name_index_above(const struct name_index *index, const char *name)
{
    size_t place = place_of(index, name);
    place += is_at(index, place, name);
    return place < index->count ? index->item[place] : NULL;
}
