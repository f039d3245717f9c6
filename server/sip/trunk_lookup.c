/* trunk_lookup.c - what lookup.h has found out, NAPTR, then SRV. */
#include "server/sip/trunk_lookup.h"

#include "server/sip/call_internal.h"
#include "server/sip/name_cache.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool take_server(const sres_record_t *record, struct trunk_lookup_server *server)
{
    const sres_srv_record_t *srv = record->sr_srv;
    size_t length = srv->srv_target ? strlen(srv->srv_target) : 0;
    while (length && srv->srv_target[length - 1] == '.')
        length--;
    if (!length || length >= sizeof(server->host) || !srv->srv_port)
        return false; /* "." says that there is no such service */
    *server = (struct trunk_lookup_server){
        .port = srv->srv_port, .priority = srv->srv_priority, .weight = srv->srv_weight};
    memcpy(server->host, srv->srv_target, length);
    return uri_is_host(server->host);
}

static void settle(struct trunk_lookup *lookup, enum naptr_transport transport,
                   const struct trunk_lookup_server found[], unsigned count)
{
    lookup->transport = transport;
    lookup->servers = count;
    if (count)
        memcpy(lookup->server, found, count * sizeof(found[0]));
    lookup->events->on_found(lookup->events->context);
}

/* The servers with the best priorities; @return how many. */
static unsigned take_servers(sres_record_t **found,
                             struct trunk_lookup_server servers[TRUNK_LOOKUP_SERVERS])
{
    struct trunk_lookup_server server;
    unsigned count = 0;
    for (unsigned i = 0; found[i]; i++) {
        if (!name_cache_is(found[i], DNS_SRV) || !take_server(found[i], &server))
            continue;
        unsigned place = count;
        while (place && servers[place - 1].priority > server.priority)
            place--;
        if (place == TRUNK_LOOKUP_SERVERS)
            continue;
        count += count < TRUNK_LOOKUP_SERVERS;
        memmove(&servers[place + 1], &servers[place], (count - place - 1) * sizeof(servers[0]));
        servers[place] = server;
    }
    return count;
}

/* By the first of the ways that has servers; without any, it is as it is written. Nothing at all
 * is no answer: what was known stays. */
static void take_ways(struct trunk_lookup *lookup, const struct naptr_list *ways)
{
    struct trunk_lookup_server servers[TRUNK_LOOKUP_SERVERS];
    for (unsigned i = 0; i < ways->count; i++) {
        if (ways->way[i].transport == NAPTR_TLS) {
            settle(lookup, NAPTR_TLS, NULL, 0);
            return;
        }
        sres_record_t **found =
            name_cache_find(lookup->ua->names, DNS_SRV, "", ways->way[i].service);
        if (!found)
            return;
        const unsigned count = take_servers(found, servers);
        sres_cache_free_answers(lookup->ua->names, found);
        if (count) {
            settle(lookup, ways->way[i].transport, servers, count);
            return;
        }
    }
    settle(lookup, NAPTR_UDP, NULL, 0);
}

static void take_usual(struct trunk_lookup *lookup, enum naptr_transport transport)
{
    struct naptr_list ways = {.count = 1, .way = {{.transport = transport}}};
    snprintf(ways.way[0].service, sizeof(ways.way[0].service), "_sip._%s.%.200s",
             transport == NAPTR_TCP ? "tcp" : "udp", lookup->target.host);
    take_ways(lookup, &ways);
}

static void read_ways(const struct trunk_lookup *lookup, sres_record_t **found,
                      struct naptr_list *ways)
{
    for (unsigned i = 0; found[i]; i++) {
        const sres_naptr_record_t *naptr = found[i]->sr_naptr;
        struct naptr_list one = {.count = 0};
        if (!name_cache_is(found[i], DNS_NAPTR))
            continue;
        naptr_add(&one, naptr->na_order, naptr->na_prefer, naptr->na_flags, naptr->na_services,
                  naptr->na_replace);
        if (one.count && lookup_speaks(lookup->ua, one.way[0].transport))
            naptr_add(ways, naptr->na_order, naptr->na_prefer, naptr->na_flags,
                      naptr->na_services, naptr->na_replace);
    }
}

/* A domain that was known to have NAPTR records is not called in another way because they could
 * not be had: that might be by whoever wants it unencrypted. */
static void on_known(void *context, int error)
{
    struct trunk_lookup *lookup = context;
    struct naptr_list ways = {.count = 0};
    (void)error; /* what could not be had is not in the cache */
    if (lookup->says_transport) {
        take_usual(lookup, lookup->target.wants_tcp ? NAPTR_TCP : NAPTR_UDP);
        return;
    }
    sres_record_t **found =
        name_cache_find(lookup->ua->names, DNS_NAPTR, "", lookup->target.host);
    if (!found && lookup->is_by_naptr)
        return;
    if (found) {
        read_ways(lookup, found, &ways);
        sres_cache_free_answers(lookup->ua->names, found);
    }
    lookup->is_by_naptr = ways.count > 0;
    if (ways.count)
        take_ways(lookup, &ways);
    else
        take_usual(lookup, lookup_speaks(lookup->ua, NAPTR_UDP) ? NAPTR_UDP : NAPTR_TCP);
}

void trunk_lookup_begin(struct trunk_lookup *lookup, struct ua *ua, const char *uri,
                        const struct trunk_lookup_events *events)
{
    struct sockaddr_storage peer;
    if (lookup->lookup.hunt || uri_target(uri, &lookup->target) < 0 || lookup->target.port ||
        lookup->target.wants_tls)
        return;
    call_guess_peer(lookup->target.host, AF_UNSPEC, &peer);
    if (peer.ss_family != AF_UNSPEC)
        return;
    lookup->ua = ua;
    lookup->events = events;
    lookup->says_transport = strcasestr(uri, ";transport=");
    int error = lookup_begin(&lookup->lookup, ua, &lookup->target, on_known, lookup);
    if (error != LOOKUP_ASKS)
        on_known(lookup, error);
}

void trunk_lookup_end(struct trunk_lookup *lookup)
{
    lookup_end(&lookup->lookup);
}

unsigned trunk_lookup_endpoints(const struct trunk_lookup *lookup,
                                const struct trunk_gateway *gateway, unsigned index,
                                struct trunk_endpoint endpoints[], unsigned room)
{
    unsigned count = 0;
    if (!lookup->servers && room) {
        struct trunk_endpoint *only = &endpoints[count++];
        *only = (struct trunk_endpoint){
            .gateway = index, .priority = gateway->priority << 16, .weight = gateway->weight};
        snprintf(only->uri, sizeof(only->uri), "%.*s%s", TRUNK_URI_BYTES - 16, gateway->uri,
                 lookup->transport == NAPTR_TLS ? ";transport=tls" : "");
    }
    for (unsigned i = 0; i < lookup->servers && count < room; i++) {
        const struct trunk_lookup_server *server = &lookup->server[i];
        struct trunk_endpoint *endpoint = &endpoints[count++];
        *endpoint =
            (struct trunk_endpoint){.gateway = index,
                                    .priority = gateway->priority << 16 | server->priority,
                                    .weight = server->weight};
        snprintf(endpoint->uri, sizeof(endpoint->uri), "sip:%.200s:%u%s", server->host,
                 server->port, lookup->transport == NAPTR_TCP ? ";transport=tcp" : "");
    }
    return count;
}
