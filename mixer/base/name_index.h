/*
 * name_index.h - things by a name that each of them holds: found by halving, listed in order.
 *
 *   struct name_index rooms = NAME_INDEX(struct room, name);
 *   name_index_insert(&rooms, room);                       0; -EEXIST, -ENOMEM
 *   struct room *room = name_index_find(&rooms, "blue");   NULL: there is none
 *   for (size_t i = 0; i < rooms.count; i++)
 *       show(rooms.item[i]);
 *   name_index_finish(&rooms);
 *
 * The name is an array of char in the thing itself, and stays as it is while the thing is in.
 * An entry costs a pointer. The order is that of bytes. Things are borrowed.
 *
 * Thread   one at a time.
 */
#ifndef MIXER_BASE_NAME_INDEX_H
#define MIXER_BASE_NAME_INDEX_H

#include <stddef.h>

struct name_index {
    void **item; /* [count], in order; for reading */
    size_t count, size;
    size_t name_at; /* where in a thing its name is */
};

/** An empty one for things of @p type, in the order of their @p field, an array of char. */
#define NAME_INDEX(type, field) ((struct name_index){.name_at = offsetof(type, field[0])})

/** Forgets all, and frees what the index itself has. */
void name_index_finish(struct name_index *index);

/** So that the next insert has memory. @return 0 or -ENOMEM. */
int name_index_reserve(struct name_index *index);

/** @return 0; -EEXIST: there is one of that name; -ENOMEM: never behind name_index_reserve().
 */
int name_index_insert(struct name_index *index, void *item);

/** Of no effect if @p item is not in. */
void name_index_remove(struct name_index *index, const void *item);

/** NULL: there is none of that name. */
void *name_index_find(const struct name_index *index, const char *name);

/** The first whose name is above @p name; NULL: none is. */
void *name_index_above(const struct name_index *index, const char *name);

#endif
