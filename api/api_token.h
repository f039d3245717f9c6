/*
 * api_token.h - the bearer token of a request, compared in constant time; and digests.
 *
 * Thread   any; pure. (api_token_file() is in api.h.)
 * Source   RFC 6750 section 2.1 (Authorization: Bearer), RFC 9110 section 11.1 (the scheme's
 *          case does not count).
 */
#ifndef API_API_TOKEN_H
#define API_API_TOKEN_H

#include "api/api_request.h"

#include <stdbool.h>

/** True if the Authorization header's value (NULL: there is none) has @p token. How long it
 *  takes does not depend on where they differ. */
bool api_token_fits(const char *authorization, const char *token);

/** SHA-256 over the request's method, target and body. */
void api_request_digest(struct api_request *request);

#endif
