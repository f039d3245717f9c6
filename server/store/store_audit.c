/* store_audit.c - the table of what was changed by whom: written, read, forgotten. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_audit_put(struct store *store, const struct store_audit *entry)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->audit_put;
    sqlite3_bind_int64(put, 1, entry->time_ns);
    sqlite3_bind_text(put, 2, entry->token, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, entry->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 4, entry->role, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 5, entry->source, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 6, entry->method, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 7, entry->path, -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 8, (int)entry->status);
    sqlite3_bind_text(put, 9, entry->code, -1, SQLITE_STATIC);
    return store_run(store, put, "keep the trail");
}

int store_audit_each(struct store *store, int64_t below_id, const char *token, unsigned most,
                     void (*each)(void *context, const struct store_audit *entry),
                     void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->audit_each;
    int result;
    errno = 0; /* for store_failed() */
    sqlite3_bind_int64(row, 1, below_id ? below_id : INT64_MAX);
    if (token)
        sqlite3_bind_text(row, 2, token, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(row, 2);
    sqlite3_bind_int64(row, 3, most);
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_audit entry = {
            .id = sqlite3_column_int64(row, 0),
            .time_ns = sqlite3_column_int64(row, 1),
            .token = store_text(row, 2),
            .name = store_text(row, 3),
            .role = store_text(row, 4),
            .source = store_text(row, 5),
            .method = store_text(row, 6),
            .path = store_text(row, 7),
            .status = (unsigned)sqlite3_column_int(row, 8),
            .code = store_text(row, 9),
        };
        each(context, &entry);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the trail");
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
    return err;
}

int store_audit_prune(struct store *store, unsigned most)
{
    ASSERT_CONTROL();
    sqlite3_bind_int64(store->audit_prune, 1, most);
    sqlite3_bind_int64(store->audit_prune, 2, STORE_PRUNED_AT_ONCE);
    return store_run(store, store->audit_prune, "forget the old trail");
}
