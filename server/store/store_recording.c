/* store_recording.c - the rows of recordings, those that are being made, too. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

static uint64_t size_of(sqlite3_stmt *row, int column)
{
    const int64_t value = sqlite3_column_int64(row, column);
    return value > 0 ? (uint64_t)value : 0;
}

int store_recordings_each(struct store *store,
                          void (*each)(void *context, const struct store_recording *recording),
                          void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->recordings_each;
    int result;
    errno = 0; /* for store_failed() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_recording recording = {
            .id = store_text(row, 0),
            .room = store_text(row, 1),
            .name = store_text(row, 2),
            .starter = store_text(row, 3),
            .has_video = sqlite3_column_int(row, 4) != 0,
            .state = store_text(row, 5),
            .ending = store_text(row, 6),
            .sha256 = store_text(row, 7),
            .bytes = size_of(row, 8),
            .length_ms = size_of(row, 9),
            .dropped_ticks = size_of(row, 10),
            .created_ns = sqlite3_column_int64(row, 11),
            .ended_ns = sqlite3_column_int64(row, 12),
            .expires_ns = sqlite3_column_int64(row, 13),
        };
        each(context, &recording);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the recordings");
    sqlite3_reset(row);
    return err;
}

int store_recording_put(struct store *store, const struct store_recording *recording)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->recording_put;
    sqlite3_bind_text(put, 1, recording->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, recording->room, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, recording->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 4, recording->starter, -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 5, recording->has_video);
    sqlite3_bind_text(put, 6, recording->state, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 7, recording->ending, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 8, recording->sha256, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 9, (int64_t)recording->bytes);
    sqlite3_bind_int64(put, 10, (int64_t)recording->length_ms);
    sqlite3_bind_int64(put, 11, (int64_t)recording->dropped_ticks);
    sqlite3_bind_int64(put, 12, recording->created_ns);
    sqlite3_bind_int64(put, 13, recording->ended_ns);
    sqlite3_bind_int64(put, 14, recording->expires_ns);
    return store_run(store, put, "keep a recording");
}

int store_recording_delete(struct store *store, const char *id)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->recording_delete, 1, id, -1, SQLITE_STATIC);
    return store_run(store, store->recording_delete, "delete a recording");
}
