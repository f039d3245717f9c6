/* store_number.c - the table of numbers. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_numbers_each(struct store *store,
                       void (*each)(void *context, const struct store_number *number),
                       void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->numbers_each;
    int result;
    errno = 0; /* for store_error() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_number number = {
            .pattern = store_text(row, 0),
            .leads_to = store_text(row, 1),
            .target = store_text(row, 2),
            .note = store_text(row, 3),
            .language = store_text(row, 4),
        };
        each(context, &number);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the numbers");
    sqlite3_reset(row);
    return err;
}

int store_number_put(struct store *store, const struct store_number *number)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->number_put;
    sqlite3_bind_text(put, 1, number->pattern, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, number->leads_to, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, number->target, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 4, number->note, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 5, number->language, -1, SQLITE_STATIC);
    return store_run(store, put, "keep a number");
}

int store_number_delete(struct store *store, const char *pattern)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->number_delete, 1, pattern, -1, SQLITE_STATIC);
    return store_run(store, store->number_delete, "delete a number");
}
