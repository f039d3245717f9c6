/* store_letter.c - the table of messages that wait for the phones of an account. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_letter_add(struct store *store, const struct store_letter *letter)
{
    ASSERT_CONTROL();
    sqlite3_stmt *add = store->letter_add;
    sqlite3_bind_text(add, 1, letter->account, -1, SQLITE_STATIC);
    sqlite3_bind_int64(add, 2, letter->time_ns);
    sqlite3_bind_text(add, 3, letter->from_uri, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 4, letter->from_name, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 5, letter->text, -1, SQLITE_STATIC);
    sqlite3_bind_int(add, 6, letter->kind);
    sqlite3_bind_text(add, 7, letter->message_id ? letter->message_id : "", -1, SQLITE_STATIC);
    return store_run(store, add, "keep a message for an account");
}

int store_letter_count(struct store *store, const char *account, unsigned *count)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->letter_count;
    errno = 0; /* for store_failed() */
    sqlite3_bind_text(row, 1, account, -1, SQLITE_STATIC);
    int result = sqlite3_step(row);
    if (result == SQLITE_ROW)
        *count = (unsigned)sqlite3_column_int(row, 0);
    int err = result == SQLITE_ROW ? 0 : store_failed(store->db, "count messages");
    sqlite3_reset(row);
    sqlite3_clear_bindings(row); /* they were borrowed */
    return err;
}

int store_letter_first(struct store *store, const char *account,
                       void (*take)(void *context, const struct store_letter *letter),
                       void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->letter_first;
    errno = 0; /* for store_failed() */
    sqlite3_bind_text(row, 1, account, -1, SQLITE_STATIC);
    int result = sqlite3_step(row);
    if (result == SQLITE_ROW)
        take(context, &(struct store_letter){.id = sqlite3_column_int64(row, 0),
                                             .account = store_text(row, 1),
                                             .time_ns = sqlite3_column_int64(row, 2),
                                             .from_uri = store_text(row, 3),
                                             .from_name = store_text(row, 4),
                                             .text = store_text(row, 5),
                                             .kind = sqlite3_column_int(row, 6),
                                             .message_id = store_text(row, 7)});
    int err = result == SQLITE_ROW    ? 0
              : result == SQLITE_DONE ? -ENOENT
                                      : store_failed(store->db, "read a message");
    sqlite3_reset(row);
    sqlite3_clear_bindings(row); /* they were borrowed */
    return err;
}

int store_letter_delete(struct store *store, int64_t id)
{
    ASSERT_CONTROL();
    sqlite3_bind_int64(store->letter_delete, 1, id);
    return store_run(store, store->letter_delete, "forget a message for an account");
}

int store_letters_expire(struct store *store, int64_t before_ns)
{
    ASSERT_CONTROL();
    sqlite3_bind_int64(store->letters_expire, 1, before_ns);
    return store_run(store, store->letters_expire, "forget old messages for accounts");
}
