/*
 * trunk_watch.h - trunks kept watch on: what DNS says of their gateways, whether these answer
 * OPTIONS, and their registrations (trunk_register.h). And what their rooms have called today
 * is kept from time to time.
 *
 *   trunk_watch_create(ua);            follows all trunks, and their changes
 *   trunk_watch_on_response(watch, handle, status, phrase, sip)    is it one of ours?
 *
 * Each of the servers that DNS has for a gateway (trunk_lookup.h) is an endpoint of its own,
 * with a health of its own. So the calls themselves wait for no DNS, and go on to the next
 * server in a time that is set, not that of the stack.
 * Any answer to OPTIONS but 408 and 503 says that a gateway is up.
 *
 * Thread   control.
 * Source   RFC 3261 section 11, RFC 3263 section 4.3.
 */
#ifndef SERVER_SIP_TRUNK_WATCH_H
#define SERVER_SIP_TRUNK_WATCH_H

#include "server/sip/sip_internal.h"

enum { TRUNK_WATCH_DNS_S = 60, TRUNK_WATCH_KEEP_MS = 5000 };

struct trunk_watch;

/** NULL: no memory. */
struct trunk_watch *trunk_watch_create(struct ua *ua);
/** While the lines are there. NULL is allowed. */
void trunk_watch_destroy(struct trunk_watch *watch);

/** @return true: it was the answer to a request of the watch. */
bool trunk_watch_on_response(struct trunk_watch *watch, const nua_handle_t *handle, int status,
                             const char *phrase, const sip_t *sip);

#endif
