/* store_file.c - the rows of files, whole ones and those that are still coming. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

static uint64_t size_of(sqlite3_stmt *row, int column)
{
    const int64_t value = sqlite3_column_int64(row, column);
    return value > 0 ? (uint64_t)value : 0;
}

int store_files_each(struct store *store,
                     void (*each)(void *context, const struct store_file *file), void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->files_each;
    int result;
    errno = 0; /* for store_failed() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_file file = {
            .id = store_text(row, 0),
            .room = store_text(row, 1),
            .name = store_text(row, 2),
            .type = store_text(row, 3),
            .sha256 = store_text(row, 4),
            .bytes = size_of(row, 5),
            .sharer = store_text(row, 6),
            .sharer_id = store_text(row, 7),
            .created_ns = sqlite3_column_int64(row, 8),
            .expires_ns = sqlite3_column_int64(row, 9),
            .is_whole = sqlite3_column_int(row, 10) != 0,
            .sha1 = store_text(row, 11),
        };
        each(context, &file);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the files");
    sqlite3_reset(row);
    return err;
}

int store_file_put(struct store *store, const struct store_file *file)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->file_put;
    sqlite3_bind_text(put, 1, file->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, file->room, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, file->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 4, file->type, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 5, file->sha256, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 6, (int64_t)file->bytes);
    sqlite3_bind_text(put, 7, file->sharer, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 8, file->sharer_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 9, file->created_ns);
    sqlite3_bind_int64(put, 10, file->expires_ns);
    sqlite3_bind_int(put, 11, file->is_whole);
    sqlite3_bind_text(put, 12, file->sha1, -1, SQLITE_STATIC);
    return store_run(store, put, "keep a file");
}

int store_file_delete(struct store *store, const char *id)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->file_delete, 1, id, -1, SQLITE_STATIC);
    return store_run(store, store->file_delete, "delete a file");
}
