/*
 * api_audit.h - who has changed what, when, from where, and what came of it.
 *
 *   api_audit_note(api, request);      once a request is answered, also one that was held
 *   api_audit_prune(api);              once in a while
 *
 * Each request with a token that is meant to change something leaves an entry, also one that
 * was refused by whoever served it; what was turned away at the door (no token, a wrong one,
 * one for less) is in the counters of /metrics only, lest strangers fill the trail. Bodies,
 * queries and secrets are not in it. The last API_AUDIT_MOST are kept.
 *
 * Thread   control.
 */
#ifndef API_API_AUDIT_H
#define API_API_AUDIT_H

#include "api/api_request.h"

enum { API_AUDIT_MOST = 20000, API_AUDIT_PATH_BYTES = 257 };

void api_audit_note(struct api *api, const struct api_request *request);
void api_audit_prune(struct api *api);

#endif
