/*
 * account_list.h - all accounts of callers: in memory, and each change in the store first.
 *
 *   account_list_create(store, "raduno", &list);
 *   account_list_add(list, "alice", &settings, "secret word", &account);
 *   account_list_find(list, "alice")             NULL: there is none
 *
 * Thread   control.
 * Errors   0 or a negative errno; the store's (store.h) as they are. On error nothing changed.
 */
#ifndef SERVER_ACCOUNT_ACCOUNT_LIST_H
#define SERVER_ACCOUNT_ACCOUNT_LIST_H

#include "server/account/account_settings.h"
#include "server/account/password_hash.h"

#include <stdbool.h>
#include <stdint.h>

enum { ACCOUNT_NAME_BYTES = 65, ACCOUNT_REALM_BYTES = 65, ACCOUNT_MOST = 100000 };

struct account_list;
struct store;

struct account {
    char name[ACCOUNT_NAME_BYTES];
    char realm[ACCOUNT_REALM_BYTES]; /* for which the password was set: good for no other */
    struct account_settings settings;
    char *certificate; /* owned: that of the settings */
    struct password_hash hash;
    int64_t created_ns; /* wall */
};

/** Loads what is in @p store, which is borrowed, as is @p realm. */
int account_list_create(struct store *store, const char *realm, struct account_list **list);
void account_list_destroy(struct account_list *list); /* NULL is allowed */

/** Letters, digits and . _ - +, not beginning with a dot. */
bool account_name_is_valid(const char *name);

/** Of names and numbers together each is there once, so that a call has one account to go to.
 *  @return 0 and *account, borrowed until the next change of the list; -EEXIST (the name is
 *  taken), -EADDRINUSE (the number is), -EINVAL (the name), -EUSERS (ACCOUNT_MOST), or what the
 *  store or password_hash_make() says. */
int account_list_add(struct account_list *list, const char *name,
                     const struct account_settings *settings, const char *password,
                     const struct account **account);

/** @p password NULL: it stays. @return as account_list_add(); -ENOENT. */
int account_list_change(struct account_list *list, const char *name,
                        const struct account_settings *settings, const char *password);
/** @return 0; -ENOENT; what the store says. */
int account_list_delete(struct account_list *list, const char *name);

/** Borrowed until the next change of the list. NULL: there is none of that name. */
const struct account *account_list_find(const struct account_list *list, const char *name);
/** The account of that name, or else of that number. Borrowed likewise; NULL: none. */
const struct account *account_list_find_called(const struct account_list *list,
                                               const char *called);
/** The first whose name is above @p name in byte order; NULL: none is. */
const struct account *account_list_above(const struct account_list *list, const char *name);

/** True if its password can be asked for: it is enabled, and was set for this realm. */
bool account_is_usable(const struct account_list *list, const struct account *account);

#endif
