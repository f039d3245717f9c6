/* api_token_list.c - an array in the order of ids, the store behind it, the table before it. */
#include "api/api_token_list.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/hex.h"
#include "mixer/base/log.h"
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
    struct api_token **token; /* [count], by id */
    unsigned count, room;
    int err; /* while loading */
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

/* ---- the array ---- */

/* The first place whose id is not below @p id. */
static unsigned place_of(const struct api_token_list *list, const char *id)
{
    unsigned low = 0, high = list->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (strcmp(list->token[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct api_token *find(const struct api_token_list *list, const char *id)
{
    unsigned place = place_of(list, id);
    return place < list->count && strcmp(list->token[place]->id, id) == 0 ? list->token[place]
                                                                          : NULL;
}

static int make_room(struct api_token_list *list)
{
    if (list->count < list->room)
        return 0;
    unsigned room = list->room ? list->room * 2 : 16;
    struct api_token **more = realloc(list->token, room * sizeof(struct api_token *));
    if (!more)
        return -ENOMEM;
    list->token = more;
    list->room = room;
    return 0;
}

static int let_in(const struct api_token_list *list, const struct api_token *token)
{
    struct api_caller caller = {.role = token->settings.role, .scope = token->settings.scope};
    snprintf(caller.id, sizeof(caller.id), "%s", token->id);
    return api_tokens_put(list->tokens, token->digest, &caller, token->settings.expires_ns);
}

/* Into the table and the array; @p token is copied. */
static int insert(struct api_token_list *list, const struct api_token *token,
                  struct api_token **out)
{
    struct api_token *made = malloc(sizeof(*made));
    int err = made ? make_room(list) : -ENOMEM;
    if (err == 0)
        err = let_in(list, token);
    if (err < 0) {
        free(made);
        return err;
    }
    unsigned place = place_of(list, token->id);
    memmove(&list->token[place + 1], &list->token[place],
            (list->count - place) * sizeof(struct api_token *));
    *made = *token;
    list->token[place] = *out = made;
    list->count++;
    return 0;
}

static void take_out(struct api_token_list *list, struct api_token *token)
{
    unsigned place = place_of(list, token->id);
    api_tokens_remove(list->tokens, token->id);
    memmove(&list->token[place], &list->token[place + 1],
            (list->count - place - 1) * sizeof(struct api_token *));
    list->count--;
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
    *list = (struct api_token_list){.store = store, .tokens = tokens};
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
    for (unsigned i = 0; i < list->count; i++)
        free(list->token[i]);
    free(list->token);
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
    struct api_token *token = find(list, id);
    if (token)
        note_use(list, token);
    return token;
}

const struct api_token *api_token_list_above(struct api_token_list *list, const char *id)
{
    unsigned place = place_of(list, id);
    if (place < list->count && strcmp(list->token[place]->id, id) == 0)
        place++;
    if (place == list->count)
        return NULL;
    note_use(list, list->token[place]);
    return list->token[place];
}

int api_token_list_add(struct api_token_list *list, const struct api_token_settings *settings,
                       char secret[API_TOKEN_SECRET_BYTES], const struct api_token **token)
{
    ASSERT_CONTROL();
    struct api_token made = {.settings = *settings, .created_ns = clock_wall_ns()}, *kept;
    if (list->count >= API_TOKEN_MOST)
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
    struct api_token *token = find(list, id);
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
    struct api_token *token = find(list, id);
    int err = token ? store_token_delete(list->store, id) : -ENOENT;
    if (err == 0)
        take_out(list, token);
    return err;
}

void api_token_list_flush(struct api_token_list *list)
{
    ASSERT_CONTROL();
    for (unsigned i = 0; i < list->count; i++) {
        struct api_token *token = list->token[i];
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
    for (unsigned i = 0; i < list->count; i++) {
        struct api_token *token = list->token[i];
        if (token->is_over || !token->settings.expires_ns ||
            now_ns < token->settings.expires_ns)
            continue;
        token->is_over = true;
        on_over(context, token->id);
    }
}
