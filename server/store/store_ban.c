/* store_ban.c - the table of who may not come into which room. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_bans_each(struct store *store,
                    void (*each)(void *context, const struct store_ban *ban), void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->bans_each;
    int result;
    errno = 0; /* for store_failed() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_ban ban = {
            .room = store_text(row, 0),
            .id = store_text(row, 1),
            .uri = store_text(row, 2),
            .address = store_text(row, 3),
            .note = store_text(row, 4),
            .created_ns = sqlite3_column_int64(row, 5),
        };
        each(context, &ban);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the bans");
    sqlite3_reset(row);
    return err;
}

int store_ban_put(struct store *store, const struct store_ban *ban)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->ban_put;
    const char *const texts[] = {ban->room, ban->id, ban->uri, ban->address, ban->note};
    for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
        sqlite3_bind_text(put, 1 + i, texts[i], -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 6, ban->created_ns);
    return store_run(store, put, "keep a ban");
}

int store_ban_delete(struct store *store, const char *room, const char *id)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->ban_delete, 1, room, -1, SQLITE_STATIC);
    sqlite3_bind_text(store->ban_delete, 2, id, -1, SQLITE_STATIC);
    return store_run(store, store->ban_delete, "lift a ban");
}
