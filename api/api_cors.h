/*
 * api_cors.h - which pages of others may ask from a browser, and what it is told of that.
 *
 * Nothing unless the configuration names the page's origin, or all ("*"; api.cors_origins).
 * Cookies are never looked at: a page needs a token of its own.
 *
 * Thread   HTTP.
 * Source   WHATWG Fetch section 3.2 (CORS protocol).
 */
#ifndef API_API_CORS_H
#define API_API_CORS_H

#include "api/api_request.h"

/** Answers a preflight. @return false: it is none, or of a page that may not. @p allow: the
 *  methods of the path. */
bool api_cors_answer(struct api_request *request, const char *origin, const char *method,
                     const char *allow);

/** Adds to any answer what the page may read of it; nothing if it may not ask. */
void api_cors_add(struct api_request *request, const char *origin);

#endif
