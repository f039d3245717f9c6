/*
 * api_version.h - the version of a resource: its ETag, and what is asked only of one version.
 *
 *   if (!api_version_check(api, request)) return;      before it is served: If-Match
 *   route->serve(api, request);
 *   api_version_add(request);                          ETag; If-None-Match
 *
 * The version of a resource is a hash of what its GET shows, without what changes by itself
 * (route->changing: statistics and the like): so that whoever read a room can change it as he
 * saw it, or be told that somebody else was quicker (412). Only resources whose route has
 * `changing` have one.
 *
 * Thread   control: reading and changing are one step there, so that nothing comes between.
 * Source   RFC 9110 sections 8.8.3, 13.1.1, 13.1.2, 13.2.2.
 */
#ifndef API_API_VERSION_H
#define API_API_VERSION_H

#include "api/api_request.h"

enum { API_VERSION_BYTES = 35 }; /* 32 characters, quotes, NUL */

/** Writes the ETag of what is shown; @p changing: names of fields, "video.now" is one in an
 *  object; the last is NULL. "" if memory is out. */
void api_version_of(const json_t *shown, const char *const *changing,
                    char out[API_VERSION_BYTES]);

/** @return false: the request is answered, with 412, or as its GET is if there is nothing. */
bool api_version_check(struct api *api, struct api_request *request);

/** Adds the ETag to an answer that shows the resource; makes it a 304 if the client has it. */
void api_version_add(struct api_request *request);

#endif
