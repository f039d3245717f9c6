/*
 * name_cache.h - what DNS has said, kept where the stack's resolvers look before they ask.
 *
 *   name_cache_add(cache, DNS_SRV, "_sip._udp.example.com", &record);
 *   name_cache_add_none(cache, DNS_NAPTR, "example.com");      there is none: that counts, too
 *   sres_record_t **found = name_cache_find(cache, DNS_SRV, "_sip._udp.", "example.com");
 *   if (found) { ...; sres_cache_free_answers(cache, found); }
 *
 * A dot at the end of a name makes no difference; letters are kept as they are written, for the
 * stack looks for them so. Each record is good for as long as it says (TTL), but for no less
 * than NAME_CACHE_LEAST_S: the call that it was asked for comes yet.
 *
 * Thread   control.
 * Source   RFC 1035 section 3.2.1 (TTL), RFC 2308 (what there is not).
 */
#ifndef SERVER_SIP_NAME_CACHE_H
#define SERVER_SIP_NAME_CACHE_H

#include "server/sip/resolver.h"

#include <netinet/in.h>
#include <sofia-resolv/sres_cache.h>
#include <sofia-resolv/sres_record.h>

enum { NAME_CACHE_LEAST_S = 1, NAME_CACHE_MOST_S = 86400, NAME_CACHE_NONE_S = 5 };

void name_cache_add(sres_cache_t *cache, uint16_t type, const char *name,
                    const struct dns_record *record);
void name_cache_add_address(sres_cache_t *cache, const char *name,
                            const struct resolver_address *address);
void name_cache_add_none(sres_cache_t *cache, uint16_t type, const char *name);

/** The records of @p type of @p prefix and @p name, also those that say that there is none, to
 *  be freed with sres_cache_free_answers(). NULL: nothing is known. */
sres_record_t **name_cache_find(sres_cache_t *cache, uint16_t type, const char *prefix,
                                const char *name);

/** Whether @p record is there, and of @p type. */
bool name_cache_is(const sres_record_t *record, uint16_t type);

#endif
