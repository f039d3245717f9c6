/*
 * tunnel.h - a SIP message as the signed body of itself (message/sip), or those headers of it
 * that matter (message/sipfrag): compared with those that came outside, and written.
 *
 *   error = tunnel_open(sip, TUNNEL_TYPE, opened.body, sip_now(), &tunnel);
 *   tunnel.type, tunnel.body                        what the message within carries
 *
 *   text = tunnel_write(&lines, "application/sdp", sdp, &length);
 *
 * Who stands between two phones may change Via, Route and the like, but not who talks to whom
 * about what: From, To, Call-ID and CSeq have to be the same within and outside, and Contact,
 * Refer-To, Replaces, Join and Subject that are outside have to be within. So a body that was
 * signed once cannot be sent again in another message, nor later than TUNNEL_AGE_S by its Date.
 * A fragment may leave out its first line and CSeq, but not its Date.
 *
 * Ours are fragments: the stack alone knows Via, and, of a request within a dialog, CSeq.
 *
 * Shape    `body` points into the text that was given.
 * Thread   control; pure, time is given.
 * Errors   -EBADMSG: it is no such message; -EACCES: it is another one; -ESTALE: it is too old,
 *          or of the future; -ENOTSUP: its body is encoded, or sealed once more; -ENOMEM.
 * Source   RFC 3261 sections 23.4, 23.4.2, 23.4.3; RFC 3420; RFC 3893 section 2 (which
 *          headers).
 * Not      a From that is hidden outside (23.4.2: "anonymous"); what RFC 3893 has beside
 *          another body (multipart/mixed).
 */
#ifndef SERVER_SIP_TUNNEL_H
#define SERVER_SIP_TUNNEL_H

#include "server/body/smime.h"
#include "server/sip/sip_internal.h"

#define TUNNEL_TYPE "message/sip"
#define TUNNEL_FRAGMENT_TYPE "message/sipfrag"

enum { TUNNEL_AGE_S = 3600 };

struct tunnel {
    char type[SMIME_TYPE_BYTES]; /* with its parameters; "": none is said */
    struct slice body;
};

/** Whether @p type is one of the two. */
bool tunnel_is(struct slice type);

/** @p type: one of the two. */
int tunnel_open(const sip_t *outside, struct slice type, struct slice text, sip_time_t now,
                struct tunnel *tunnel);

/** What a message of ours says of itself; all borrowed. NULL: not known, or there is none. */
struct tunnel_lines {
    const char *start; /* "INVITE sip:a@b SIP/2.0" */
    const char *from, *to, *call_id, *cseq, *contact;
    sip_time_t date;
};

/** @return a text of @p length bytes, owned by the caller (free()). NULL: no memory. */
char *tunnel_write(const struct tunnel_lines *lines, const char *type, struct slice body,
                   size_t *length);

/** Writes a type with its parameters. @return false: it is too long. */
bool tunnel_write_type(const sip_content_type_t *type, char out[SMIME_TYPE_BYTES]);

#endif
