/*
 * server_name.h - which name a TLS connection that we make is for. The stack does not say;
 * known is which calls wait for one, and perhaps where their hosts are.
 *
 *   struct server_name_choice choice = {.unknown = {NULL}};
 *   for each call that waits, the youngest first
 *       server_name_consider(&choice, name, place, is_served);
 *   const char *name = server_name_chosen(&choice);
 *
 * Choice   of hosts that are known to be there the one that has waited longest: the stack opens
 *          one connection for all that go to one address, and it is the first who has it
 *          opened. If none is known to be there, the one whose place is not known; if there
 *          are several of those, none: what is shown to nobody in particular is right for most
 *          servers, but a name of somebody else's may be refused, and tells a stranger whom
 *          else we call. Calls whose connection has begun already come after those whose has
 *          not.
 * Thread   any; pure.
 * Source   RFC 6066 section 3: names of DNS only, no addresses, no dot at the end.
 */
#ifndef SERVER_SIP_SERVER_NAME_H
#define SERVER_SIP_SERVER_NAME_H

#include <stdbool.h>

enum { SERVER_NAME_BYTES = 256 };

/** Where a host is, seen from the connection's far end. */
enum server_place { SERVER_PLACE_ELSEWHERE, SERVER_PLACE_UNKNOWN, SERVER_PLACE_THERE };

struct server_name_choice {            /* zeroed: nobody waits                         */
    const char *there[2], *unknown[2]; /* [is_served]; borrowed from who is considered */
    bool is_several[2];                /* unknown: there are others                    */
};

/** True if @p host, without a dot at its end, may be a name in DNS: no address, none of those
 *  that some libraries take for one ("127.1"), and not too long. */
bool server_name_is_name(const char *host);

/** One call more. @p name "" for an address: then the connection may be for no name. */
void server_name_consider(struct server_name_choice *choice, const char *name,
                          enum server_place place, bool is_served);

/** NULL: it cannot be told for whom; "": for an address. */
const char *server_name_chosen(const struct server_name_choice *choice);

#endif
