/*
 * api_tokens.h - the table of tokens: whose is what comes as "Authorization: Bearer TOKEN".
 *
 *   HTTP:     who = api_tokens_find(tokens, header("Authorization"), now_ns, &caller);
 *   control:  api_tokens_put(tokens, digest, &entry);
 *             api_tokens_move(tokens, "id", role, &scope);
 *             api_tokens_remove(tokens, "id");
 *
 * A token is 256 bits of chance, and only its SHA-256 is kept; a look-up goes by the digest of
 * what came, so that how long it takes says nothing about any token. The administrator's token
 * is an entry, too; and so is the id of each browser's call, as long as the call lasts: its
 * role and its room are those of its participant, who is also the entry's id.
 *
 * Thread   find: HTTP. All others: control, which alone writes; one short lock is between them.
 * Errors   0 or a negative errno.
 * Source   RFC 6750 section 2.1 (Authorization: Bearer), RFC 9110 section 11.1 (the scheme's
 *          case does not count).
 */
#ifndef API_API_TOKENS_H
#define API_API_TOKENS_H

#include "api/api_caller.h"

#include <stdbool.h>
#include <stdint.h>

enum { API_TOKEN_DIGEST_BYTES = 32 };

struct api_tokens;

/** @return the empty table, owned by the caller; NULL: no memory. */
struct api_tokens *api_tokens_create(void);
void api_tokens_destroy(struct api_tokens *tokens); /* NULL is allowed */

/** SHA-256 of a token. */
void api_token_digest(const char *token, uint8_t digest[API_TOKEN_DIGEST_BYTES]);

/** Adds what @p caller, who is copied, may do with the token of @p digest; nothing after
 *  @p expires_ns (wall; 0: never ends). @return 0; -EEXIST: its id or digest is there; -ENOMEM.
 */
int api_tokens_put(struct api_tokens *tokens, const uint8_t digest[API_TOKEN_DIGEST_BYTES],
                   const struct api_caller *caller, int64_t expires_ns);

/** Gives the token of that id another role, scope and end. @return true: one was there, and its
 *  role or scope were others. */
bool api_tokens_change(struct api_tokens *tokens, const char *id, enum api_role role,
                       const struct api_scope *scope, int64_t expires_ns);

/** Of no effect if there is none. */
void api_tokens_remove(struct api_tokens *tokens, const char *id);

/** When it was used last (wall); 0: never, or there is none. */
int64_t api_tokens_used_ns(struct api_tokens *tokens, const char *id);

/**
 * Whose is this? @p authorization is the header's value, or NULL.
 *
 * @return 0 and *caller; -ENOENT: there is no header; -EACCES: it has no token of ours, or one
 *         that has expired. On error *caller is nobody.
 */
int api_tokens_find(struct api_tokens *tokens, const char *authorization, int64_t now_ns,
                    struct api_caller *caller);

#endif
