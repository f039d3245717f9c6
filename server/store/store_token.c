/* store_token.c - the table of tokens. */
#include "server/store/store_internal.h"

#include "mixer/base/check.h"

#include <errno.h>

int store_tokens_each(struct store *store,
                      void (*each)(void *context, const struct store_token *token),
                      void *context)
{
    ASSERT_CONTROL();
    sqlite3_stmt *row = store->tokens_each;
    int result;
    errno = 0; /* for store_failed() */
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        const struct store_token token = {
            .id = store_text(row, 0),
            .sha256 = store_text(row, 1),
            .name = store_text(row, 2),
            .role = store_text(row, 3),
            .rooms = store_text(row, 4),
            .created_ns = sqlite3_column_int64(row, 5),
            .expires_ns = sqlite3_column_int64(row, 6),
            .used_ns = sqlite3_column_int64(row, 7),
        };
        each(context, &token);
    }
    int err = result == SQLITE_DONE ? 0 : store_failed(store->db, "read the tokens");
    sqlite3_reset(row);
    return err;
}

int store_token_put(struct store *store, const struct store_token *token)
{
    ASSERT_CONTROL();
    sqlite3_stmt *put = store->token_put;
    sqlite3_bind_text(put, 1, token->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 2, token->sha256, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 3, token->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 4, token->role, -1, SQLITE_STATIC);
    sqlite3_bind_text(put, 5, token->rooms, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 6, token->created_ns);
    sqlite3_bind_int64(put, 7, token->expires_ns);
    sqlite3_bind_int64(put, 8, token->used_ns);
    return store_run(store, put, "keep a token");
}

int store_token_delete(struct store *store, const char *id)
{
    ASSERT_CONTROL();
    sqlite3_bind_text(store->token_delete, 1, id, -1, SQLITE_STATIC);
    return store_run(store, store->token_delete, "delete a token");
}
