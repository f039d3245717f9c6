/* trunk_lookup.c - NAPTR, then SRV, each by its own answer. */
#define SRES_CONTEXT_T struct trunk_lookup

#include "server/sip/trunk_lookup.h"

#include "server/sip/call_internal.h"
#include "server/sip/uri.h"

#include <sofia-sip/sresolv.h>

#include <sofia-resolv/sres.h>
#include <sofia-resolv/sres_record.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool speaks(const struct ua *ua, enum naptr_transport transport)
{
    for (unsigned i = 0; i < ua->line_count; i++) {
        const struct listener_endpoint *endpoint = &ua->line[i].endpoint;
        if (transport == NAPTR_TLS   ? endpoint->tls
            : transport == NAPTR_TCP ? endpoint->tcp && !endpoint->tls
                                     : endpoint->udp)
            return true;
    }
    return false;
}

/* ---- SRV ---- */

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
    lookup->is_by_naptr = lookup->has_naptr;
    lookup->servers = count;
    if (count)
        memcpy(lookup->server, found, count * sizeof(found[0]));
    lookup->events->on_found(lookup->events->context);
}

static void ask_servers(struct trunk_lookup *lookup);

/* Nothing at all is no answer: what was known stays. */
static void on_servers(struct trunk_lookup *lookup, sres_query_t *query,
                       sres_record_t **answers)
{
    struct trunk_lookup_server found[TRUNK_LOOKUP_SERVERS];
    unsigned count = 0;
    (void)query;
    lookup->query = NULL;
    for (unsigned i = 0; answers && answers[i] && count < TRUNK_LOOKUP_SERVERS; i++) {
        const sres_common_t *common = answers[i]->sr_record;
        if (common->r_status == 0 && common->r_type == sres_type_srv)
            count += take_server(answers[i], &found[count]);
    }
    const bool is_answer = answers && answers[0];
    sres_free_answers(lookup->resolver, answers);
    if (!is_answer)
        return;
    if (count) {
        settle(lookup, lookup->ways.way[lookup->way].transport, found, count);
        return;
    }
    lookup->way++;
    ask_servers(lookup);
}

/* Of the way that is tried now; once none is left, it is as it is written. */
static void ask_servers(struct trunk_lookup *lookup)
{
    const struct naptr_way *way = &lookup->ways.way[lookup->way];
    if (lookup->way == lookup->ways.count)
        settle(lookup, NAPTR_UDP, NULL, 0);
    else if (way->transport == NAPTR_TLS)
        settle(lookup, NAPTR_TLS, NULL, 0);
    else
        lookup->query =
            sres_query(lookup->resolver, on_servers, lookup, sres_type_srv, way->service);
}

/* ---- NAPTR ---- */

static void take_usual(struct trunk_lookup *lookup, enum naptr_transport transport)
{
    struct naptr_way *way = &lookup->ways.way[0];
    lookup->has_naptr = false;
    lookup->ways.count = 1;
    *way = (struct naptr_way){.transport = transport};
    snprintf(way->service, sizeof(way->service), "_sip._%s.%.200s",
             transport == NAPTR_TCP ? "tcp" : "udp", lookup->host);
}

/* A domain that was known to have such records is not called in another way because they could
 * not be had: that might be by whoever wants it unencrypted. */
static void on_ways(struct trunk_lookup *lookup, sres_query_t *query, sres_record_t **answers)
{
    (void)query;
    lookup->query = NULL;
    lookup->ways.count = 0;
    for (unsigned i = 0; answers && answers[i]; i++) {
        const sres_naptr_record_t *naptr = answers[i]->sr_naptr;
        if (naptr->na_record->r_status != 0 || naptr->na_record->r_type != sres_type_naptr)
            continue;
        struct naptr_list one = {.count = 0};
        naptr_add(&one, naptr->na_order, naptr->na_prefer, naptr->na_flags, naptr->na_services,
                  naptr->na_replace);
        if (one.count && speaks(lookup->ua, one.way[0].transport))
            naptr_add(&lookup->ways, naptr->na_order, naptr->na_prefer, naptr->na_flags,
                      naptr->na_services, naptr->na_replace);
    }
    const bool is_answer = answers && answers[0];
    sres_free_answers(lookup->resolver, answers);
    if (!is_answer && lookup->is_by_naptr)
        return;
    lookup->has_naptr = lookup->ways.count > 0;
    if (!lookup->has_naptr)
        take_usual(lookup, speaks(lookup->ua, NAPTR_UDP) ? NAPTR_UDP : NAPTR_TCP);
    ask_servers(lookup);
}

/* ---- */

void trunk_lookup_begin(struct trunk_lookup *lookup, const struct ua *ua,
                        struct sres_resolver_s *resolver, const char *uri,
                        const struct trunk_lookup_events *events)
{
    struct uri_target target;
    struct sockaddr_storage peer;
    if (lookup->query || !resolver || uri_target(uri, &target) < 0 || target.port ||
        target.wants_tls)
        return;
    call_guess_peer(target.host, AF_UNSPEC, &peer);
    if (peer.ss_family != AF_UNSPEC)
        return;
    lookup->ua = ua;
    lookup->resolver = resolver;
    lookup->events = events;
    lookup->way = 0;
    snprintf(lookup->host, sizeof(lookup->host), "%s", target.host);
    if (strcasestr(uri, ";transport=")) {
        take_usual(lookup, target.wants_tcp ? NAPTR_TCP : NAPTR_UDP);
        ask_servers(lookup);
    } else {
        lookup->query = sres_query(resolver, on_ways, lookup, sres_type_naptr, lookup->host);
    }
}

void trunk_lookup_end(struct trunk_lookup *lookup)
{
    if (lookup->query)
        sres_query_bind(lookup->query, NULL, NULL);
    lookup->query = NULL;
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
