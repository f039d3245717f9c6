/*
 * number_list.h - what a dialled number leads to: a room, an account, or the menu. In memory,
 * and each change in the store first.
 *
 *   number_list_create(store, &list);
 *   number_list_put(list, &(struct number){.pattern = "+493012345", .leads_to = NUMBER_TO_ROOM,
 *                                          .target = "blue"});
 *   number_list_match(list, "+493012345")       NULL: it leads nowhere
 *
 * Numbers are of no trunk: they stay when a trunk or a provider changes. The one that says most
 * of a number counts (number_pattern_compare()): a number itself before a block that it is in.
 *
 * Thread   control.
 * Errors   0 or a negative errno; the store's (store.h) as they are. On error nothing changed.
 */
#ifndef SERVER_TRUNK_NUMBER_LIST_H
#define SERVER_TRUNK_NUMBER_LIST_H

#include "mixer/file/languages.h"
#include "server/trunk/number_pattern.h"

#include <stdbool.h>

enum { NUMBER_TARGET_BYTES = 65, NUMBER_NOTE_BYTES = 129, NUMBER_MOST = 20000 };

/** The menu asks for the number of a room. */
enum number_target { NUMBER_TO_ROOM, NUMBER_TO_ACCOUNT, NUMBER_TO_MENU };

struct number {
    char pattern[NUMBER_PATTERN_BYTES];
    enum number_target leads_to;
    char target[NUMBER_TARGET_BYTES]; /* the name of the room or account; "" of the menu */
    char note[NUMBER_NOTE_BYTES];     /* for persons */
    char language[LANGUAGE_BYTES];    /* in which its callers are spoken to; "": the room's */
};

struct number_list;
struct store;

/** "room", "account", "menu". */
const char *number_target_word(enum number_target target);
int number_target_parse(const char *word, enum number_target *target); /* 0 or -EINVAL */

/** Loads what is in @p store, which is borrowed. */
int number_list_create(struct store *store, struct number_list **list);
void number_list_destroy(struct number_list *list); /* NULL is allowed */

/** Makes it, or replaces the one of that pattern. @return 0; -EINVAL: the pattern, or a target
 *  that is no name; -EUSERS: NUMBER_MOST; -ENOMEM; the store's. */
int number_list_put(struct number_list *list, const struct number *number);
/** @return 0; -ENOENT; what the store says. */
int number_list_delete(struct number_list *list, const char *pattern);

/* Borrowed until the next change of the list. */

/** The entry of that very pattern; NULL: there is none. */
const struct number *number_list_find(const struct number_list *list, const char *pattern);
/** The first whose pattern is above @p pattern in byte order; NULL: none is. */
const struct number *number_list_above(const struct number_list *list, const char *pattern);
/** What @p number leads to; NULL: nowhere. */
const struct number *number_list_match(const struct number_list *list, const char *number);

#endif
