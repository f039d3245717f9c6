/*
 * subscription.h - who is told of what happens in a room: SUBSCRIBE and NOTIFY.
 *
 *   subscription_take(line, handle, false, sip);   a new one, past the gate, or one anew
 *   subscription_on_room_event(ua, event);         what has changed is told soon
 *
 * May      whom who_may_watch of the room lets, and for as long as it does; all others are
 *          refused with 403, or end with "rejected". As who is in, past its door, counts who
 *          comes from the address and port of his call, also behind a proxy that says them
 *          (source_flow_of()), with its From; and an account that
 *          shows its password, if somebody in the room has shown it, says to be that account,
 *          or was called as it, or at one of its phones. Who is neither is asked for one.
 * Tells    the whole room first and after each refresh, then only users that have changed, at
 *          most once a second, and not before the NOTIFY before was answered: a slow subscriber
 *          costs one document. More changes than are kept make it a whole one again; of a large
 *          room the first users are told first. Expires: 0 gets the whole room once; over UDP
 *          no more of a large one than a datagram takes, as a partial document.
 * Sealed   as the call of who is told; of an account alone, if it requires S/MIME or says in
 *          Accept that it reads it.
 * Limits   SUBSCRIPTION_MOST in all, and few answers of Expires: 0 to one source that are not
 *          acknowledged yet: 503. A large room is written once a second (conference_users.h).
 *          Other packages get 489 from the stack.
 * Thread   control.
 * Source   RFC 4575 (section 8: who is told); RFC 6665 sections 4.2, 4.4.1, 4.4.3, 7.2.2.
 */
#ifndef SERVER_SIP_SUBSCRIPTION_H
#define SERVER_SIP_SUBSCRIPTION_H

#include "server/room/room_event.h"
#include "server/sip/sip_internal.h"

#define SUBSCRIPTION_PACKAGES "conference"

enum { SUBSCRIPTION_MOST = 2000 };

struct subscription;

/** @p is_answered: with 200, by the stack, as some versions do with one that refreshes. */
void subscription_take(struct ua_line *line, nua_handle_t *handle, bool is_answered,
                       const sip_t *sip);

/** The response to a NOTIFY. @return false: @p handle is no subscription's. */
bool subscription_on_notified(struct ua *ua, nua_handle_t *handle, int status);

void subscription_on_room_event(struct ua *ua, const struct room_event *event);

/** Forgets all, for ua_destroy(). */
void subscription_cut_all(struct ua *ua);

#endif
