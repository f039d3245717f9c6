/*
 * letter_list.h - messages that wait for the phones of accounts: bounded, and in the store.
 *
 *   letter_list_create(store, 100, &list);
 *   letter_list_add(list, &letter);                         one more for alice
 *   letter_list_first(list, "alice", take, context);        her oldest
 *   letter_list_delete(list, id);                           she has it
 *
 * Thread   control.
 * Errors   0 or a negative errno; the store's are passed on.
 */
#ifndef SERVER_ACCOUNT_LETTER_LIST_H
#define SERVER_ACCOUNT_LETTER_LIST_H

#include <stdint.h>

struct letter_list;
struct store;

enum { LETTER_KEPT_DAYS = 30 };

/** What the text is. Their numbers are in the store. */
enum letter_kind {
    LETTER_TEXT,
    LETTER_NOTICE,  /* it tells of a file (application/vnd.gsma.rcs-ft-http+xml)     */
    LETTER_RECEIPT, /* it tells that one of the account's own is there (message/cpim) */
};

/** Strings are borrowed for the call: UTF-8, all of one line but the text. */
struct letter {
    int64_t id; /* given by the list */
    const char *account, *from_uri, *from_name, *text;
    enum letter_kind kind;
    const char *message_id; /* its sender's, who wants a receipt; "" or NULL: he does not */
};

/** @p store is borrowed; NULL: nothing is kept. What is older than LETTER_KEPT_DAYS is
 * forgotten.
 *  @return 0; -ENOMEM. */
int letter_list_create(struct store *store, unsigned most_each, struct letter_list **list);
void letter_list_destroy(struct letter_list *list); /* NULL is allowed */

/** @return 0; -ENOSYS: none are kept; -ENOBUFS: as many wait for the account as may. */
int letter_list_add(struct letter_list *list, const struct letter *letter);

/** Calls @p take for the oldest of an account. It must not call the list. @return 0; -ENOENT:
 *  there is none. */
int letter_list_first(struct letter_list *list, const char *account,
                      void (*take)(void *context, const struct letter *letter), void *context);

int letter_list_delete(struct letter_list *list, int64_t id);

#endif
