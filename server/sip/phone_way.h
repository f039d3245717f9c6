/*
 * phone_way.h - how the stack gets to a phone: straight to where its requests come from, or, if
 * it is a page, to the loopback, where its WebSocket is.
 *
 *   phone_way_write(line, sip, source, flow)     for the registrar, and for people
 *   if (phone_way_find(ua, flow, &way)) ...      way.line calls it, by way.hop
 *   if (phone_way_back(line, sip, source, hop))  where the rest of a dialog goes
 *
 * Thread   control.
 * Source   RFC 5626 section 5.3, RFC 7118 section 5.
 */
#ifndef SERVER_SIP_PHONE_WAY_H
#define SERVER_SIP_PHONE_WAY_H

#include "server/sip/route.h"
#include "server/sip/sip_internal.h"

struct phone_way {
    struct ua_line *line;
    char hop[ROUTE_BYTES];        /* "sip:192.0.2.7:34567;transport=tcp", for the stack */
    struct sockaddr_storage far;  /* the phone */
    enum ua_contact_kind contact; /* ours, towards it */
};

/** Where @p sip came from, as phone_way_find() takes it: of a page with transport=ws or wss.
 *  @return false: it is not known. */
bool phone_way_write(const struct ua_line *line, const sip_t *sip,
                     const struct sockaddr *source, char flow[ROUTE_BYTES]);

/** The connection by which it came (flow.h). @return FLOW_NONE: it is not found. */
uint64_t phone_way_note(const struct ua_line *line, const struct sockaddr *source);

/** @return 0; -EINVAL: it is no flow; -EHOSTDOWN: its WebSocket is closed; -EAFNOSUPPORT: no
 *  line goes there. */
int phone_way_find(struct ua *ua, const char *flow, struct phone_way *way);

/** Where requests go to whoever has sent @p sip by @p line. @return false: it is not known. */
bool phone_way_back(const struct ua_line *line, const sip_t *sip, const struct sockaddr *source,
                    char hop[ROUTE_BYTES]);

#endif
