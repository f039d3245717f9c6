/*
 * ua_message.h - a MESSAGE outside of calls: to an account (letters.h), or to a room, of who is
 * in it by a call, or of a visitor, if rooms take what those write (chat.visitors).
 *
 * Who is in is known by his address (From) together with where the request comes from.
 *
 *   403 not in the conference           404 no such conference
 *   413, 415, 503 as in a call
 *
 * Thread   control.
 * Source   RFC 3428 sections 5 (pager mode) and 7.
 */
#ifndef SERVER_SIP_UA_MESSAGE_H
#define SERVER_SIP_UA_MESSAGE_H

#include "server/sip/sip_internal.h"

/** Past the gate and the login: answers it; @p handle is the caller's. */
void ua_take_message(struct ua_line *line, nua_handle_t *handle, const sip_t *sip);

#endif
