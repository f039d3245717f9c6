/*
 * resolver.h - questions to DNS, and their answers, without waiting: c-ares on our loop.
 *
 *   struct resolver *resolver = resolver_create(loop);
 *   resolver_ask(resolver, DNS_SRV, "_sip._udp.example.com", on_answer, context);
 *   resolver_ask_addresses(resolver, "gw.example.com", on_addresses, context);
 *
 * Answers of up to RESOLVER_UDP_BYTES come by UDP (EDNS0). What the name server has cut is
 * asked again over TCP. Addresses are those of /etc/hosts, too. Which name servers there are is
 * read once, at start, from /etc/resolv.conf; one that cannot be routed to is passed over.
 *
 * Thread   control. Callbacks come once for each question, perhaps before the call returns, and
 *          with -ECANCELED from resolver_destroy().
 * Errors   of answers: -ENOENT there is no such name or record; -ETIMEDOUT, -EAGAIN nobody has
 *          answered, or not well; -ENOMEM.
 * Source   RFC 1035, RFC 6891 (EDNS0), RFC 7766 (TCP).
 */
#ifndef SERVER_SIP_RESOLVER_H
#define SERVER_SIP_RESOLVER_H

#include "server/loop/loop.h"
#include "server/sip/dns_answer.h"

struct resolver;

enum {
    RESOLVER_UDP_BYTES = 1232, /* no fragments on any way (DNS flag day 2020)      */
    RESOLVER_WAIT_MS = 1500,   /* for the first answer of a server, then for twice that */
    RESOLVER_TRIES = 2,        /* of each server                                     */
};

/** One address of a name. */
struct resolver_address {
    int family; /* AF_INET: 4 bytes of .address; AF_INET6 */
    uint8_t address[DNS_ADDRESS_BYTES];
    uint32_t ttl_s;
};

/** @p answer is borrowed for the call; only if @p error is 0. */
typedef void (*resolver_on_answer)(void *context, int error, struct dns_answer *answer);
/** The same with @p count addresses of both families, at least one if @p error is 0. */
typedef void (*resolver_on_addresses)(void *context, int error,
                                      const struct resolver_address *address, unsigned count);

/** @return owned by the caller; NULL: no memory, or c-ares refuses. */
struct resolver *resolver_create(struct loop *loop);
/** Answers all that is asked with -ECANCELED. NULL is allowed. */
void resolver_destroy(struct resolver *resolver);

void resolver_ask(struct resolver *resolver, uint16_t type, const char *name,
                  resolver_on_answer on_answer, void *context);
void resolver_ask_addresses(struct resolver *resolver, const char *name,
                            resolver_on_addresses on_addresses, void *context);

#endif
