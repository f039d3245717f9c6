/*
 * api_token_list.h - the tokens that an administrator has made: kept in the store, and in the
 * table by which requests are let in (api_tokens.h).
 *
 *   api_token_list_create(store, tokens, &list);
 *   api_token_list_add(list, &settings, secret, &token);      the one time that it is seen
 *   api_token_list_change(list, id, &settings, &token);
 *   api_token_list_delete(list, id);
 *
 * Of a secret only the SHA-256 is kept. When a token was last used is written once in a while.
 *
 * Thread   control.
 * Errors   0 or a negative errno; the store's, too. On error nothing was changed.
 */
#ifndef API_API_TOKEN_LIST_H
#define API_API_TOKEN_LIST_H

#include "api/api_tokens.h"

enum {
    API_TOKEN_MOST = 1000,
    API_TOKEN_NAME_BYTES = 129,
    API_TOKEN_SECRET_BYTES = 53, /* 52 characters of 5 bits each, and a NUL */
};

struct api_token_list;
struct store;

struct api_token_settings {
    char name[API_TOKEN_NAME_BYTES]; /* for people */
    enum api_role role;
    struct api_scope scope; /* all for an administrator */
    int64_t expires_ns;     /* wall; 0: never           */
};

struct api_token {
    char id[API_CALLER_ID_BYTES];
    uint8_t digest[API_TOKEN_DIGEST_BYTES];
    struct api_token_settings settings;
    int64_t created_ns, used_ns; /* wall; used 0: never */
    int64_t stored_used_ns;      /* used_ns as the store has it */
    bool is_over;                /* expired, and told   */
};

/** Loads what is kept into @p tokens; both are borrowed. @return 0 and *list, owned by the
 * caller. */
int api_token_list_create(struct store *store, struct api_tokens *tokens,
                          struct api_token_list **list);
void api_token_list_destroy(struct api_token_list *list); /* NULL is allowed */

/** NULL: there is none. Borrowed until the list changes. */
const struct api_token *api_token_list_find(struct api_token_list *list, const char *id);
/** The first whose id is above @p id. Borrowed until the list changes. */
const struct api_token *api_token_list_above(struct api_token_list *list, const char *id);

/** Makes one, and writes its secret. -EUSERS: API_TOKEN_MOST. */
int api_token_list_add(struct api_token_list *list, const struct api_token_settings *settings,
                       char secret[API_TOKEN_SECRET_BYTES], const struct api_token **token);
/** -ENOENT. */
int api_token_list_change(struct api_token_list *list, const char *id,
                          const struct api_token_settings *settings);
/** -ENOENT. */
int api_token_list_delete(struct api_token_list *list, const char *id);

/** Writes when tokens were used, those for which that has changed. */
void api_token_list_flush(struct api_token_list *list);

/** Calls @p on_over once for each token whose end has come. */
void api_token_list_expire(struct api_token_list *list, int64_t now_ns,
                           void (*on_over)(void *context, const char *id), void *context);

#endif
