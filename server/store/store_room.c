/* store_room.c - the rows of rooms, and of templates, which have the same columns. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

static unsigned unsigned_of(sqlite3_stmt *row, int column)
{
    int64_t value = sqlite3_column_int64(row, column);
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (unsigned)value;
}

typedef void on_row(void *context, const struct store_room *room);

static int each_row(struct store *store, sqlite3_stmt *row, on_row *each, void *context)
{
    ASSERT_CONTROL();
    int result;
    errno = 0; /* for store_failed() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        struct store_room room = {
            .name = store_text(row, 0),
            .display_name = store_text(row, 1),
            .locked = sqlite3_column_int(row, 2) != 0,
            .max_participants = unsigned_of(row, 3),
            .join_tone = store_text(row, 4),
            .alone = store_text(row, 5),
            .created_ns = sqlite3_column_int64(row, 6),
            .music = store_text(row, 7),
            .loudest = unsigned_of(row, 8),
            .level_voices = sqlite3_column_int(row, 9) != 0,
            .suppress_noise = sqlite3_column_int(row, 10) != 0,
            .pin = store_text(row, 11),
            .moderator_pin = store_text(row, 12),
            .pin_tries = unsigned_of(row, 13),
            .pin_timeout_s = unsigned_of(row, 14),
            .announcements = sqlite3_column_int(row, 15) != 0,
            .menu = store_text(row, 16),
            .video = store_text(row, 17),
            .srtp = store_text(row, 18),
            .may_share = store_text(row, 19),
            .may_chat = store_text(row, 20),
            .may_present = store_text(row, 21),
            .mute_on_entry = sqlite3_column_int(row, 22) != 0,
            .allow_unmute = sqlite3_column_int(row, 23) != 0,
            .lobby = store_text(row, 24),
            .lobby_timeout_s = unsigned_of(row, 25),
            .max_waiting = unsigned_of(row, 26),
            .opens_ns = sqlite3_column_int64(row, 27),
            .closes_ns = sqlite3_column_int64(row, 28),
            .max_duration_s = unsigned_of(row, 29),
            .hangs_up_at_end = sqlite3_column_int(row, 30) != 0,
            .moved_to = store_text(row, 31),
            .codecs = store_text(row, 32),
            .language = store_text(row, 33),
            .number = store_text(row, 34),
            .dial_at_start = store_text(row, 35),
            .recording = store_text(row, 36),
            .record_video = sqlite3_column_int(row, 37) != 0,
            .may_record = store_text(row, 38),
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
    sqlite3_bind_text(put, 2, room->display_name, -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 3, room->locked);
    sqlite3_bind_int64(put, 4, room->max_participants);
    sqlite3_bind_text(put, 5, room->join_tone, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 6, room->alone, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 7, room->created_ns);
    sqlite3_bind_text(put, 8, room->music, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 9, room->loudest);
    sqlite3_bind_int(put, 10, room->level_voices);
    sqlite3_bind_int(put, 11, room->suppress_noise);
    sqlite3_bind_text(put, 12, room->pin, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 13, room->moderator_pin, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 14, room->pin_tries);
    sqlite3_bind_int64(put, 15, room->pin_timeout_s);
    sqlite3_bind_int(put, 16, room->announcements);
    sqlite3_bind_text(put, 17, room->menu, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 18, room->video, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 19, room->srtp, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 20, room->may_share, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 21, room->may_chat, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 22, room->may_present, -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 23, room->mute_on_entry);
    sqlite3_bind_int(put, 24, room->allow_unmute);
    sqlite3_bind_text(put, 25, room->lobby, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 26, room->lobby_timeout_s);
    sqlite3_bind_int64(put, 27, room->max_waiting);
    sqlite3_bind_int64(put, 28, room->opens_ns);
    sqlite3_bind_int64(put, 29, room->closes_ns);
    sqlite3_bind_int64(put, 30, room->max_duration_s);
    sqlite3_bind_int(put, 31, room->hangs_up_at_end);
    sqlite3_bind_text(put, 32, room->moved_to, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 33, room->codecs, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 34, room->language, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 35, room->number, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 36, room->dial_at_start, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 37, room->recording, -1, SQLITE_STATIC);
    sqlite3_bind_int(put, 38, room->record_video);
    sqlite3_bind_text(put, 39, room->may_record, -1, SQLITE_STATIC);
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
