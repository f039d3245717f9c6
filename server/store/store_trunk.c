/* store_trunk.c - the tables of trunks, and of how often they were used. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_trunks_each(struct store *store,
                      void (*each)(void *context, const struct store_trunk *trunk),
                      void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->trunks_each;
    int result;
    errno = 0; /* for store_error() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_trunk trunk = {
            .name = store_text(row, 0),
            .settings = store_text(row, 1),
            .password = store_text(row, 2),
            .created_ns = sqlite3_column_int64(row, 3),
        };
        each(context, &trunk);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the trunks");
    sqlite3_reset(row);
    return err;
}

int store_trunk_put(struct store *store, const struct store_trunk *trunk)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->trunk_put;
    sqlite3_bind_text(put, 1, trunk->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, trunk->settings, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, trunk->password, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 4, trunk->created_ns);
    return store_run(store, put, "keep a trunk");
}

int store_trunk_delete(struct store *store, const char *name)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->trunk_delete, 1, name, -1, SQLITE_STATIC);
    return store_run(store, store->trunk_delete, "delete a trunk");
}

/* ---- counts ---- */

int store_trunk_counts_each(struct store *store,
                            void (*each)(void *context, const struct store_trunk_count *count),
                            void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->trunk_counts_each;
    int result;
    errno = 0; /* for store_error() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_trunk_count count = {
            .trunk = store_text(row, 0),
            .room = store_text(row, 1),
            .day = sqlite3_column_int64(row, 2),
            .calls = (unsigned)sqlite3_column_int64(row, 3),
        };
        each(context, &count);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the counts of trunks");
    sqlite3_reset(row);
    return err;
}

int store_trunk_count_put(struct store *store, const struct store_trunk_count *count)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->trunk_count_put;
    sqlite3_bind_text(put, 1, count->trunk, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, count->room, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 3, count->day);
    sqlite3_bind_int64(put, 4, count->calls);
    return store_run(store, put, "keep the count of a trunk");
}

int store_trunk_counts_expire(struct store *store, int64_t day)
{
    ASSERT_CONTROL();
    sqlite3_bind_int64(store->trunk_counts_expire, 1, day);
    return store_run(store, store->trunk_counts_expire, "forget old counts of trunks");
}
