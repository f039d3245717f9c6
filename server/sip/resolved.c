/* resolved.c - the records of the resolver's cache, read. */
#include "server/sip/resolved.h"

#include "server/sip/name_cache.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

uint16_t resolved_port(const struct sockaddr *peer)
{
    return ntohs(peer->sa_family == AF_INET
                     ? ((const struct sockaddr_in *)(const void *)peer)->sin_port
                     : ((const struct sockaddr_in6 *)(const void *)peer)->sin6_port);
}

static bool is_address(const sres_record_t *record, const struct sockaddr *peer)
{
    if (peer->sa_family == AF_INET)
        return name_cache_is(record, DNS_A) &&
               record->sr_a->a_addr.s_addr ==
                   ((const struct sockaddr_in *)(const void *)peer)->sin_addr.s_addr;
    return name_cache_is(record, DNS_AAAA) &&
           memcmp(&record->sr_aaaa->aaaa_addr,
                  &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, 16) == 0;
}

static enum server_place place_of_host(sres_cache_t *cache, const char *name,
                                       const struct sockaddr *peer)
{
    sres_record_t **found =
        name_cache_find(cache, peer->sa_family == AF_INET ? DNS_A : DNS_AAAA, "", name);
    enum server_place place = found ? SERVER_PLACE_ELSEWHERE : SERVER_PLACE_UNKNOWN;
    for (unsigned i = 0; found && found[i]; i++) {
        if (is_address(found[i], peer))
            place = SERVER_PLACE_THERE;
    }
    if (found)
        sres_cache_free_answers(cache, found);
    return place;
}

/* @p direct: what is true if the name has no such service. */
static enum server_place place_of_service(sres_cache_t *cache, const char *name,
                                          const struct sockaddr *peer, enum server_place direct)
{
    sres_record_t **found = name_cache_find(cache, DNS_SRV, "_sips._tcp.", name);
    enum server_place best = SERVER_PLACE_ELSEWHERE;
    bool has_any = false;
    for (unsigned i = 0; found && found[i]; i++) {
        if (!name_cache_is(found[i], DNS_SRV))
            continue;
        has_any = true;
        if (found[i]->sr_srv->srv_port != resolved_port(peer))
            continue;
        enum server_place place = place_of_host(cache, found[i]->sr_srv->srv_target, peer);
        if (place > best)
            best = place;
    }
    if (found)
        sres_cache_free_answers(cache, found);
    return !found ? SERVER_PLACE_UNKNOWN : has_any ? best : direct;
}

enum server_place resolved_place(sres_cache_t *cache, const char *name, uint16_t port,
                                 const struct sockaddr *peer)
{
    if (peer->sa_family != AF_INET && peer->sa_family != AF_INET6)
        return SERVER_PLACE_UNKNOWN;
    if (port && port != resolved_port(peer))
        return SERVER_PLACE_ELSEWHERE;
    enum server_place place = place_of_host(cache, name, peer);
    if (port || place == SERVER_PLACE_THERE)
        return place;
    return place_of_service(cache, name, peer, place);
}
