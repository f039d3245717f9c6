/* store_webhook.c - the table of webhooks. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_webhooks_each(struct store *store,
                        void (*each)(void *context, const struct store_webhook *webhook),
                        void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->webhooks_each;
    int result;
    errno = 0; /* for store_failed() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_webhook webhook = {
            .id = store_text(row, 0),
            .url = store_text(row, 1),
            .events = store_text(row, 2),
            .rooms = store_text(row, 3),
            .secret = store_text(row, 4),
            .enabled = sqlite3_column_int(row, 5) != 0,
            .created_ns = sqlite3_column_int64(row, 6),
        };
        each(context, &webhook);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the webhooks");
    sqlite3_reset(row);
    return err;
}

int store_webhook_put(struct store *store, const struct store_webhook *webhook)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->webhook_put;
    sqlite3_bind_text(put, 1, webhook->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, webhook->url, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, webhook->events, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 4, webhook->rooms, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 5, webhook->secret, -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 6, webhook->enabled);
    sqlite3_bind_int64(put, 7, webhook->created_ns);
    return store_run(store, put, "keep a webhook");
}

int store_webhook_delete(struct store *store, const char *id)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->webhook_delete, 1, id, -1, SQLITE_STATIC);
    return store_run(store, store->webhook_delete, "delete a webhook");
}
