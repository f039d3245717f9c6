/* store_delivery.c - the table of events that wait for webhooks. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>
#include <stddef.h>

int store_deliveries_each(struct store *store,
                          void (*each)(void *context, const struct store_delivery *delivery),
                          void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->deliveries_each;
    int result;
    errno = 0; /* for store_failed() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW)
        each(context, &(struct store_delivery){.id = sqlite3_column_int64(row, 0),
                                               .webhook = store_text(row, 1),
                                               .message = store_text(row, 2),
                                               .event = store_text(row, 3),
                                               .body = store_text(row, 4),
                                               .created_ns = sqlite3_column_int64(row, 5)});
    int err =
        result == SQLITE_DONE ? 0 : store_failed(store->db, "read what waits for webhooks");
    sqlite3_reset(row);
    return err;
}

static int add(struct store *store, struct store_delivery *delivery)
{
    sqlite3_stmt *put = store->delivery_add;
    sqlite3_bind_text(put, 1, delivery->webhook, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, delivery->message, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, delivery->event, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 4, delivery->body, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 5, delivery->created_ns);
    int err = store_run(store, put, "keep an event for a webhook");
    if (err == 0)
        delivery->id = sqlite3_last_insert_rowid(store->db);
    return err;
}

int store_deliveries_add(struct store *store, struct store_delivery *deliveries, unsigned count)
{
    ASSERT_CONTROL();
    int err = store_begin(store);
    if (err < 0)
        return err;
    for (unsigned i = 0; err == 0 && i < count; i++)
        err = add(store, &deliveries[i]);
    if (err == 0)
        return store_commit(store);
    store_abandon(store);
    return err;
}

int store_delivery_delete(struct store *store, int64_t id)
{
    ASSERT_CONTROL();
    sqlite3_bind_int64(store->delivery_delete, 1, id);
    return store_run(store, store->delivery_delete, "forget an event for a webhook");
}
