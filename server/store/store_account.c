/* store_account.c - the table of accounts. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_accounts_each(struct store *store,
                        void (*each)(void *context, const struct store_account *account),
                        void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->accounts_each;
    int result;
    errno = 0; /* for store_error() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_account account = {
            .name = store_text(row, 0),
            .realm = store_text(row, 1),
            .md5 = store_text(row, 2),
            .sha256 = store_text(row, 3),
            .display_name = store_text(row, 4),
            .enabled = sqlite3_column_int(row, 5) != 0,
            .created_ns = sqlite3_column_int64(row, 6),
            .srtp = store_text(row, 7),
            .number = store_text(row, 8),
            .smime = store_text(row, 9),
            .certificate = store_text(row, 10),
            .forwarding = store_text(row, 11),
            .forward_to = store_text(row, 12),
            .forward_when = store_text(row, 13),
            .forward_after_s = (unsigned)sqlite3_column_int(row, 14),
        };
        each(context, &account);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the accounts");
    sqlite3_reset(row);
    return err;
}

int store_account_put(struct store *store, const struct store_account *account)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->account_put;
    sqlite3_bind_text(put, 1, account->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, account->realm, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, account->md5, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 4, account->sha256, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 5, account->display_name, -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 6, account->enabled);
    sqlite3_bind_int64(put, 7, account->created_ns);
    sqlite3_bind_text(put, 8, account->srtp, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 9, account->number, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 10, account->smime, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 11, account->certificate, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 12, account->forwarding, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 13, account->forward_to, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 14, account->forward_when, -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 15, (int)account->forward_after_s);
    return store_run(store, put, "keep an account");
}

int store_account_delete(struct store *store, const char *name)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->account_delete, 1, name, -1, SQLITE_STATIC);
    return store_run(store, store->account_delete, "delete an account");
}
