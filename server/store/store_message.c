/* store_message.c - the table of what was written in rooms. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_messages_each(struct store *store, const char *room, unsigned most,
                        void (*each)(void *context, const struct store_message *message),
                        void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->messages_each;
    int result;
    errno = 0; /* for store_failed() */
    sqlite3_bind_text(row, 1, room, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 2, most);
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_message message = {
            .room = store_text(row, 0),
            .id = (uint64_t)sqlite3_column_int64(row, 1),
            .time_ns = sqlite3_column_int64(row, 2),
            .origin = store_text(row, 3),
            .from_id = store_text(row, 4),
            .from_name = store_text(row, 5),
            .from_uri = store_text(row, 6),
            .to_id = store_text(row, 7),
            .to_name = store_text(row, 8),
            .text = store_text(row, 9),
            .is_deleted = sqlite3_column_int(row, 10) != 0,
        };
        each(context, &message);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the messages");
    sqlite3_reset(row);
    sqlite3_clear_bindings(row); /* they were borrowed */
    return err;
}

int store_message_put(struct store *store, const struct store_message *message)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->message_put;
    const char *const texts[] = {message->from_id, message->from_name, message->from_uri,
                                 message->to_id,   message->to_name,   message->text};
    sqlite3_bind_text(put, 1, message->room, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 2, (int64_t)message->id);
    sqlite3_bind_int64(put, 3, message->time_ns);
    sqlite3_bind_text(put, 4, message->origin, -1, SQLITE_STATIC);
    for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
        sqlite3_bind_text(put, 5 + i, texts[i], -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 11, message->is_deleted);
    return store_run(store, put, "keep a message");
}

int store_message_wipe(struct store *store, const char *room, uint64_t id)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->message_wipe, 1, room, -1, SQLITE_STATIC);
    sqlite3_bind_int64(store->message_wipe, 2, (int64_t)id);
    return store_run(store, store->message_wipe, "delete a message");
}

int store_messages_delete(struct store *store, const char *room, uint64_t last_id)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->messages_delete, 1, room, -1, SQLITE_STATIC);
    sqlite3_bind_int64(store->messages_delete, 2, (int64_t)last_id);
    return store_run(store, store->messages_delete, "forget old messages");
}
