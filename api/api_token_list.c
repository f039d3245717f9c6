/* api_token_list.c - an index by id, the store behind it, the table before it. */
#include "api/api_token_list.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/hex.h"
#include "mixer/base/log.h"
#include "mixer/base/name_index.h"
#include "mixer/base/random.h"
#include "server/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_BYTES = 65 };

struct api_token_list {
    struct store *store;
    struct api_tokens *tokens;
    struct name_index index; /* of tokens, by id */
    int err;                 /* while loading */
};

/* ---- as it is kept ---- */

static bool read_hex(const char *text, uint8_t *digest)
{
    if (strlen(text) != HEX_BYTES - 1 || strspn(text, "0123456789abcdef") != HEX_BYTES - 1)
        return false;
    for (unsigned i = 0; i < API_TOKEN_DIGEST_BYTES; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1]};
        digest[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static int keep(const struct api_token_list *list, const struct api_token *token)
{
    char rooms[API_SCOPE_TEXT_BYTES], hex[HEX_BYTES];
    api_scope_write(&token->settings.scope, rooms);
    hex_write(hex, token->digest, API_TOKEN_DIGEST_BYTES);
    return store_token_put(list->store, &(struct store_token){
                                            .id = token->id,
                                            .sha256 = hex,
                                            .name = token->settings.name,
                                            .role = api_role_word(token->settings.role),
                                            .rooms = rooms,
                                            .created_ns = token->created_ns,
                                            .expires_ns = token->settings.expires_ns,
                                            .used_ns = token->used_ns,
                                        });
}

/* ---- the index ---- */

static int let_in(const struct api_token_list *list, const struct api_token *token)
{
    struct api_caller caller = {.role = token->settings.role, .scope = token->settings.scope};
    snprintf(caller.id, sizeof(caller.id), "%s", token->id);
    return api_tokens_put(list->tokens, token->digest, &caller, token->settings.expires_ns);
}

/* Into the table and the index; @p token is copied. */
static int insert(struct api_token_list *list, const struct api_token *token,
                  struct api_token **out)
{
    struct api_token *made = malloc(sizeof(*made));
    if (!made)
        return -ENOMEM;
    *made = *token;
    int err = name_index_insert(&list->index, made);
    if (err == 0) {
        err = let_in(list, made);
        if (err < 0)
            name_index_remove(&list->index, made);
    }
    if (err < 0)
        free(made);
    else
        *out = made;
    return err;
}

static void take_out(struct api_token_list *list, struct api_token *token)
{
    api_tokens_remove(list->tokens, token->id);
    name_index_remove(&list->index, token);
    free(token);
}

/* ---- life ---- */

/* One that cannot be read lets nobody in. */
static void on_row(void *context, const struct store_token *row)
{
    struct api_token_list *list = context;
    struct api_token token = {.created_ns = row->created_ns,
                              .used_ns = row->used_ns,
                              .stored_used_ns = row->used_ns},
                     *made;
    struct api_token_settings *settings = &token.settings;
    settings->expires_ns = row->expires_ns;
    snprintf(token.id, sizeof(token.id), "%s", row->id);
    snprintf(settings->name, sizeof(settings->name), "%s", row->name);
    if (!read_hex(row->sha256, token.digest) ||
        api_role_parse(row->role, &settings->role) < 0 ||
        !api_scope_read(row->rooms, &settings->scope)) {
        log_warn("api", "token %s cannot be read: it is not used", row->id);
        return;
    }
    if (list->err == 0)
        list->err = insert(list, &token, &made);
}

int api_token_list_create(struct store *store, struct api_tokens *tokens,
                          struct api_token_list **out)
{
    ASSERT_CONTROL();
    struct api_token_list *list = calloc(1, sizeof(*list));
    if (!list)
        return -ENOMEM;
    *list = (struct api_token_list){
        .store = store, .tokens = tokens, .index = NAME_INDEX(struct api_token, id)};
    int err = store_tokens_each(store, on_row, list);
    if (err == 0)
        err = list->err;
    if (err < 0)
        api_token_list_destroy(list);
    else
        *out = list;
    return err;
}

void api_token_list_destroy(struct api_token_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->index.count; i++)
        free(list->index.item[i]);
    name_index_finish(&list->index);
    free(list);
}

/* ---- what is asked and changed ---- */

static void note_use(struct api_token_list *list, struct api_token *token)
{
    int64_t used_ns = api_tokens_used_ns(list->tokens, token->id);
    if (used_ns)
        token->used_ns = used_ns;
}

const struct api_token *api_token_list_find(struct api_token_list *list, const char *id)
{
    struct api_token *token = name_index_find(&list->index, id);
    if (token)
        note_use(list, token);
    return token;
}

const struct api_token *api_token_list_above(struct api_token_list *list, const char *id)
{
    struct api_token *token = name_index_above(&list->index, id);
    if (token)
        note_use(list, token);
    return token;
}

int api_token_list_add(struct api_token_list *list, const struct api_token_settings *settings,
                       char secret[API_TOKEN_SECRET_BYTES], const struct api_token **token)
{
    ASSERT_CONTROL();
    struct api_token made = {.settings = *settings, .created_ns = clock_wall_ns()}, *kept;
    if (list->index.count >= API_TOKEN_MOST)
        return -EUSERS;
    random_name(made.id, sizeof(made.id));
    random_name(secret, API_TOKEN_SECRET_BYTES);
    api_token_digest(secret, made.digest);
    int err = insert(list, &made, &kept);
    if (err < 0)
        return err;
    err = keep(list, kept);
    if (err < 0)
        take_out(list, kept);
    else
        *token = kept;
    return err;
}

int api_token_list_change(struct api_token_list *list, const char *id,
                          const struct api_token_settings *settings)
{
    ASSERT_CONTROL();
    struct api_token *token = name_index_find(&list->index, id);
    if (!token)
        return -ENOENT;
    struct api_token changed = *token;
    changed.settings = *settings;
    changed.is_over = false;
    int err = keep(list, &changed);
    if (err < 0)
        return err;
    *token = changed;
    api_tokens_change(list->tokens, id, settings->role, &settings->scope, settings->expires_ns);
    return 0;
}

int api_token_list_delete(struct api_token_list *list, const char *id)
{
    ASSERT_CONTROL();
    struct api_token *token = name_index_find(&list->index, id);
    int err = token ? store_token_delete(list->store, id) : -ENOENT;
    if (err == 0)
        take_out(list, token);
    return err;
}

void api_token_list_flush(struct api_token_list *list)
{
    ASSERT_CONTROL();
    for (size_t i = 0; i < list->index.count; i++) {
        struct api_token *token = list->index.item[i];
        note_use(list, token);
        if (token->used_ns == token->stored_used_ns)
            continue;
        if (keep(list, token) < 0)
            return; /* it is in the log; the next time, again */
        token->stored_used_ns = token->used_ns;
    }
}

void api_token_list_expire(struct api_token_list *list, int64_t now_ns,
                           void (*on_over)(void *context, const char *id), void *context)
{
    for (size_t i = 0; i < list->index.count; i++) {
        struct api_token *token = list->index.item[i];
        if (token->is_over || !token->settings.expires_ns ||
            now_ns < token->settings.expires_ns)
            continue;
        token->is_over = true;
        on_over(context, token->id);
    }
}
