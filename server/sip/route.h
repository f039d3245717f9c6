/*
 * route.h - where the requests of a dialog would go: what a far end says of it, judged.
 *
 * Contact and Record-Route of others become the target and the route set of a dialog. One that
 * no transport of ours can follow (tel:, *, no host) makes the stack call itself without end,
 * so it must never see one. route_mend() takes such headers away, all of them:
 *
 *   request    INVITE and UPDATE need exactly one Contact, so without any: 400 Bad Contact
 *   REGISTER   makes no dialog: the registrar looks at its contacts itself
 *   response   1xx and 2xx: the target stays what it was, as if the far end had said nothing
 *
 * A first hop that is a name would have to be resolved, and one that is a private address
 * behind a NAT is never reached: then the requests go where the last one came from. Over TLS
 * they always do: the connection that is there is the one that was verified.
 *
 * Thread   control; pure.
 * Source   RFC 3261 sections 8.1.1.8, 12.1, 12.2 (dialogs), 20.10; RFC 3581 (symmetric
 *          response routing, here for requests too); RFC 5626 section 5.3 in spirit.
 */
#ifndef SERVER_SIP_ROUTE_H
#define SERVER_SIP_ROUTE_H

#include "server/sip/sip_internal.h"

#include <stdbool.h>

enum { ROUTE_BYTES = 96 };

/** True if @p url is a sip: URI, or, with @p tls, a sips: URI, with a host and a port that can
 *  be. */
bool route_is_usable(const url_t *url, bool tls);

/** Takes Contact and Record-Route off a message whose dialog could not be followed. @p tls: it
 *  came by TLS. */
void route_mend(sip_t *sip, bool tls);

/** True if the far end of this request is to be found at its source, not where it says. */
bool route_needs_source(const sip_t *sip, const struct sockaddr *source);

/** True if the first hop that @p sip names is the address of @p source, by whatever port. */
bool route_leads_to(const sip_t *sip, const struct sockaddr *source);

/** The source of a request as a URI; @p tls: it came by TLS. @return false: it is not known. */
bool route_of_source(const sip_t *sip, const struct sockaddr *source, bool tls,
                     char out[ROUTE_BYTES]);

#endif
