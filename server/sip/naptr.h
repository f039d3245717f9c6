/*
 * naptr.h - by which transport a domain wants to be called, and where its servers are listed.
 *
 *   struct naptr_list list = {.count = 0};
 *   naptr_add(&list, 10, 50, "s", "SIP+D2T", "_sip._tcp.example.com");     each record
 *   list.way[0].transport, .service            the best; NAPTR_TCP, "_sip._tcp.example.com"
 *
 * What is no service of SIP that we speak is passed over, and so are rules with expressions.
 *
 * Thread   any; pure.
 * Source   RFC 3263 section 4.1, RFC 3403 section 4.1 (lower order first, then preference).
 */
#ifndef SERVER_SIP_NAPTR_H
#define SERVER_SIP_NAPTR_H

#include <stdint.h>

enum { NAPTR_MOST = 4, NAPTR_SERVICE_BYTES = 256 };

enum naptr_transport { NAPTR_UDP, NAPTR_TCP, NAPTR_TLS };

struct naptr_way {
    uint16_t order, preference;
    enum naptr_transport transport;
    char service[NAPTR_SERVICE_BYTES]; /* where its SRV records are */
};

struct naptr_list {
    unsigned count;
    struct naptr_way way[NAPTR_MOST]; /* [count], the best first */
};

/** Texts may be NULL. Of more than NAPTR_MOST the best are kept. */
void naptr_add(struct naptr_list *list, uint16_t order, uint16_t preference, const char *flags,
               const char *services, const char *replacement);

#endif
