/*
 * trunk_lookup.h - what DNS says of one gateway: by which transport, and which servers.
 *
 *   struct trunk_lookup lookup = {.servers = 0};
 *   trunk_lookup_begin(&lookup, ua, "sip:gw.example.com", &events)   now and then
 *   ...events.on_found(events.context)...
 *   count = trunk_lookup_endpoints(&lookup, &gateway, index, endpoints, room)
 *   trunk_lookup_end(&lookup)
 *
 * A gateway without a port is a domain: NAPTR tells the transports that it wants, of which the
 * best that we speak is taken; without such records it is UDP, and with ";transport=" what that
 * says. Then SRV tells the servers. What has no such records, has a port or is an address is
 * left as it is written. TLS is left to the stack, for the certificate has to be that of the
 * domain, not of the server: the gateway is then as it is written, with ";transport=tls".
 *
 * What was known stays while DNS does not answer.
 *
 * Thread   control.
 * Source   RFC 3263 sections 4.1, 4.2, RFC 2782.
 */
#ifndef SERVER_SIP_TRUNK_LOOKUP_H
#define SERVER_SIP_TRUNK_LOOKUP_H

#include "server/sip/lookup.h"
#include "server/sip/sip_internal.h"
#include "server/trunk/trunk_list.h"

enum { TRUNK_LOOKUP_SERVERS = 8 };

struct trunk_lookup_events {
    void (*on_found)(void *context); /* there is something new */
    void *context;
};

/* The fields are trunk_lookup.c's. Zeroed: nothing is known. */
struct trunk_lookup {
    struct lookup lookup; /* under way, perhaps */
    struct ua *ua;
    const struct trunk_lookup_events *events;
    struct uri_target target;
    bool says_transport;            /* the URI does */
    bool is_by_naptr;               /* what is known came so         */
    enum naptr_transport transport; /* of what is known */
    unsigned servers;               /* 0: as it is written, but for TLS */
    struct trunk_lookup_server {
        char host[SIP_HOST_BYTES];
        uint16_t port, priority, weight;
    } server[TRUNK_LOOKUP_SERVERS];
};

/** Asks, unless that is under way. Without effect if there is nothing to ask. All but
 *  @p lookup is borrowed until trunk_lookup_end(). */
void trunk_lookup_begin(struct trunk_lookup *lookup, struct ua *ua, const char *uri,
                        const struct trunk_lookup_events *events);
void trunk_lookup_end(struct trunk_lookup *lookup);

/** @return how many of the @p room endpoints were written. */
unsigned trunk_lookup_endpoints(const struct trunk_lookup *lookup,
                                const struct trunk_gateway *gateway, unsigned index,
                                struct trunk_endpoint endpoints[], unsigned room);

#endif
