/*
 * api_idempotency.h - answers to POSTs that named an Idempotency-Key, so that a repeated
 * request is answered again, not done again.
 *
 * A key is its caller's own: another's request with the same is another one.
 *
 * Only answers of success are kept: where nothing was done, a repeat may try again. Bounded:
 * the oldest of API_KEYS_SLOTS answers is forgotten first, each after API_KEYS_LIFE_S.
 *
 * Thread   control, but for what says otherwise.
 * Source   draft-ietf-httpapi-idempotency-key-header.
 */
#ifndef API_API_IDEMPOTENCY_H
#define API_API_IDEMPOTENCY_H

#include "api/api_request.h"

#include <stdbool.h>

enum { API_KEYS_SLOTS = 1024, API_KEYS_LIFE_S = 24 * 3600 };

struct api_idempotency;

struct api_idempotency *api_idempotency_create(unsigned slots); /* NULL: no memory */
void api_idempotency_destroy(struct api_idempotency *keys);     /* NULL is allowed */

/** SHA-256 over the request's method, target and body. Thread: HTTP. */
void api_request_digest(struct api_request *request);

/**
 * Looks for an earlier answer to the request's key.
 *
 * @return true: the request is answered, with the earlier answer, or with 422 if the key was
 *         used for another request; false: it is new, or has no key.
 */
bool api_idempotency_answer(struct api_idempotency *keys, struct api_request *request,
                            int64_t now_ns);

/** Keeps the answer of a request that has a key, if it is one of success. */
void api_idempotency_keep(struct api_idempotency *keys, const struct api_request *request,
                          int64_t now_ns);

#endif
