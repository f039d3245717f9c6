/* store_room.c - the rows of rooms, and of templates, which have the same columns. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

typedef void on_row(void *context, const struct store_room *room);

static int each_row(struct store *store, sqlite3_stmt *row, on_row *each, void *context)
{
    ASSERT_CONTROL();
    int result;
    errno = 0; /* for store_failed() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        struct store_room room = {
            .name = store_text(row, 0),
            .settings = store_text(row, 1),
            .created_ns = sqlite3_column_int64(row, 2),
        };
        each(context, &room);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read rooms or templates");
    sqlite3_reset(row);
    return err;
}

static int put_row(struct store *store, sqlite3_stmt *put, const struct store_room *room)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(put, 1, room->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, room->settings, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 3, room->created_ns);
    return store_run(store, put, "keep a room or template");
}

static int delete_row(struct store *store, sqlite3_stmt *row, const char *name)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
    return store_run(store, row, "delete a room or template");
}

int store_rooms_each(struct store *store,
                     void (*each)(void *context, const struct store_room *room), void *context)
{
    return each_row(store, store->rooms_each, each, context);
}

int store_room_put(struct store *store, const struct store_room *room)
{
    return put_row(store, store->room_put, room);
}

int store_room_delete(struct store *store, const char *name)
{
    return delete_row(store, store->room_delete, name);
}

int store_templates_each(struct store *store,
                         void (*each)(void *context, const struct store_room *template),
                         void *context)
{
    return each_row(store, store->templates_each, each, context);
}

int store_template_put(struct store *store, const struct store_room *template)
{
    return put_row(store, store->template_put, template);
}

int store_template_delete(struct store *store, const char *name)
{
    return delete_row(store, store->template_delete, name);
}
