/*
 * tunnel.h - a SIP message as the signed body of itself (message/sip): its headers compared
 * with those that came outside.
 *
 *   error = tunnel_open(sip, opened.body, sip_now(), &tunnel);
 *   tunnel.type, tunnel.body                        what the message within carries
 *
 * Who stands between two phones may change Via, Route and the like, but not who talks to whom
 * about what: From, To, Call-ID and CSeq have to be the same within and outside, and Contact,
 * Refer-To, Replaces, Join and Subject that are outside have to be within. So a body that was
 * signed once cannot be sent again in another message, nor later than TUNNEL_AGE_S by its Date.
 *
 * Shape    `body` points into the text that was given.
 * Thread   control; pure, time is given.
 * Errors   -EBADMSG: it is no such message; -EACCES: it is another one; -ESTALE: it is too old,
 *          or of the future; -ENOTSUP: its body is encoded, or sealed once more; -ENOMEM.
 * Source   RFC 3261 sections 23.4, 23.4.2, 23.4.3.
 * Not      a From that is hidden outside (23.4.2: "anonymous"); messages of ours, whose headers
 *          only the stack knows.
 */
#ifndef SERVER_SIP_TUNNEL_H
#define SERVER_SIP_TUNNEL_H

#include "server/body/smime.h"
#include "server/sip/sip_internal.h"

#define TUNNEL_TYPE "message/sip"

enum { TUNNEL_AGE_S = 3600 };

struct tunnel {
    char type[SMIME_TYPE_BYTES]; /* with its parameters; "": none is said */
    struct slice body;
};

int tunnel_open(const sip_t *outside, struct slice text, sip_time_t now, struct tunnel *tunnel);

/** Writes a type with its parameters. @return false: it is too long. */
bool tunnel_write_type(const sip_content_type_t *type, char out[SMIME_TYPE_BYTES]);

#endif
