/*
 * forward.h - where a call to an account may go on to: the one place that judges it.
 *
 *   struct forward forward;
 *   if (forward_read(ua, account, contact->m_url, &forward) == 0) ...go there...
 *   forward_read_text(ua, account, account->settings.forward.to, &forward)
 *
 * What a phone asks for by a 3xx is judged as what the account could dial: what is here, by
 * destination.h, and a number of the outside, if the account may send calls there; which trunk
 * takes it, if any, its rules say. Never another host, nor headers within a URI.
 *
 * Thread   control. Nothing is made or changed.
 * Errors   -EINVAL: no URI that can be used; -EHOSTUNREACH: of another host; -ENOENT: nothing
 *          is called so; -EACCES: the account may not send calls there.
 * Source   RFC 3261 sections 8.1.3.4 and 19.1.5 (what of a Contact is not to be trusted).
 */
#ifndef SERVER_SIP_FORWARD_H
#define SERVER_SIP_FORWARD_H

#include "server/sip/sip_internal.h"

struct account;

enum forward_kind {
    FORWARD_ACCOUNT,
    FORWARD_ROOM,
    FORWARD_MENU,
    FORWARD_NUMBER, /* by a trunk */
};

struct forward {
    enum forward_kind kind;
    char to[ROOM_NAME_BYTES]; /* the account, the room, the number; "" of MENU */
};

int forward_read(const struct ua *ua, const struct account *account, const url_t *url,
                 struct forward *forward);
/** The same of a URI or, without a scheme, of what is dialled here. */
int forward_read_text(const struct ua *ua, const struct account *account, const char *text,
                      struct forward *forward);

#endif
