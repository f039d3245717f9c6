/* store_registration.c - the table of where phones are. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>
#include <stddef.h>

int store_registrations_each(struct store *store,
                             void (*each)(void *context,
                                          const struct store_registration *registration),
                             void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->registrations_each;
    int result;
    errno = 0; /* for store_error() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_registration registration = {
            .id = store_text(row, 0),
            .account = store_text(row, 1),
            .uri = store_text(row, 2),
            .key = store_text(row, 3),
            .path = store_text(row, 4),
            .flow = store_text(row, 5),
            .instance = store_text(row, 6),
            .call_id = store_text(row, 7),
            .user_agent = store_text(row, 8),
            .reg_id = (unsigned)sqlite3_column_int64(row, 9),
            .q = (unsigned)sqlite3_column_int64(row, 10),
            .cseq = (uint32_t)sqlite3_column_int64(row, 11),
            .created_ns = sqlite3_column_int64(row, 12),
            .expires_ns = sqlite3_column_int64(row, 13),
        };
        each(context, &registration);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the registrations");
    sqlite3_reset(row);
    return err;
}

int store_registration_put(struct store *store, const struct store_registration *registration)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->registration_put;
    const char *texts[] = {
        registration->id,       registration->account, registration->uri,
        registration->key,      registration->path,    registration->flow,
        registration->instance, registration->call_id, registration->user_agent};
    int column = 1;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        sqlite3_bind_text(put, column++, texts[i], -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, column++, registration->reg_id);
    sqlite3_bind_int64(put, column++, registration->q);
    sqlite3_bind_int64(put, column++, registration->cseq);
    sqlite3_bind_int64(put, column++, registration->created_ns);
    sqlite3_bind_int64(put, column++, registration->expires_ns);
    return store_run(store, put, "keep a registration");
}

int store_registration_delete(struct store *store, const char *id)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->registration_delete, 1, id, -1, SQLITE_STATIC);
    return store_run(store, store->registration_delete, "delete a registration");
}
