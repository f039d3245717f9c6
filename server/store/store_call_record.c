/* store_call_record.c - the table of call records: written once, read by filter, forgotten. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_call_record_put(struct store *store, const struct store_call_record *record)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->call_record_put;
    sqlite3_bind_text(put, 1, record->participant, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, record->room, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, record->uri, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 4, record->ended_ns);
    sqlite3_bind_text(put, 5, record->json, -1, SQLITE_STATIC);
    return store_run(store, put, "keep a call record");
}

static void bind_optional(sqlite3_stmt *statement, int place, const char *text)
{
    if (text)
        sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, place);
}

int store_call_records_each(struct store *store, const struct store_call_filter *filter,
                            void (*each)(void *context, const struct store_call_record *record),
                            void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->call_records_each;
    int result;
    errno = 0; /* for store_failed() */
    sqlite3_bind_int64(row, 1, filter->below_id ? filter->below_id : INT64_MAX);
    bind_optional(row, 2, filter->room);
    bind_optional(row, 3, filter->uri);
    sqlite3_bind_int64(row, 4, filter->from_ns);
    sqlite3_bind_int64(row, 5, filter->to_ns ? filter->to_ns : INT64_MAX);
    sqlite3_bind_int64(row, 6, filter->most);
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_call_record record = {
            .id = sqlite3_column_int64(row, 0),
            .participant = store_text(row, 1),
            .room = store_text(row, 2),
            .uri = store_text(row, 3),
            .ended_ns = sqlite3_column_int64(row, 4),
            .json = store_text(row, 5),
        };
        each(context, &record);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the call records");
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
    return err;
}

int store_call_records_prune(struct store *store, int64_t before_ns, unsigned most)
{
    ASSERT_CONTROL();
    sqlite3_stmt *prune = store->call_records_prune;
    sqlite3_bind_int64(prune, 1, before_ns);
    sqlite3_bind_int64(prune, 2, most);
    sqlite3_bind_int64(prune, 3, STORE_PRUNED_AT_ONCE);
    return store_run(store, prune, "forget old call records");
}
