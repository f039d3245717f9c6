/* phone_way.c - flows as texts, and back. */
#include "server/sip/phone_way.h"

#include "server/rtp/address.h"
#include "server/sip/call_internal.h"
#include "server/sip/flow.h"
#include "server/sip/lookup.h"
#include "server/sip/ua_web.h"
#include "server/sip/uri.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ws[] = ";transport=ws", wss[] = ";transport=wss";

static void write_web(const union latch_address *far, const char *transport,
                      char flow[ROUTE_BYTES])
{
    char text[ADDRESS_TEXT_BYTES];
    address_text(far, text);
    snprintf(flow, ROUTE_BYTES, "sip:%s%s", text, transport);
}

bool phone_way_write(const struct ua_line *line, const sip_t *sip,
                     const struct sockaddr *source, char flow[ROUTE_BYTES])
{
    const union latch_address far = address_of(source);
    if (!line->web_port)
        return route_of_source(sip, source, line->endpoint.tls, flow);
    write_web(&far, line->endpoint.wss ? wss : ws, flow);
    return far.any.sa_family != AF_UNSPEC;
}

static void write_hop(uint16_t port, char hop[ROUTE_BYTES])
{
    snprintf(hop, ROUTE_BYTES, "sip:" WS_OWN_HOST ":%u;transport=tcp", port);
}

bool phone_way_back(const struct ua_line *line, const sip_t *sip, const struct sockaddr *source,
                    char hop[ROUTE_BYTES])
{
    struct ws_way way;
    if (!line->web_port)
        return route_of_source(sip, source, line->endpoint.tls, hop);
    if (!ua_web_way(line->ua, source, &way))
        return false;
    write_hop(way.port, hop);
    return true;
}

uint64_t phone_way_note(const struct ua_line *line, const struct sockaddr *source)
{
    struct ws_way way;
    const bool is_web = line->web_port && ua_web_way(line->ua, source, &way);
    return flow_note(line->ua->flows, is_web ? &way.peer.any : source, line->endpoint.port);
}

/* Of a page: "sip:192.0.2.7:34567;transport=wss", as it was written above. */
static bool read_web(const char *flow, union latch_address *far)
{
    char host[INET6_ADDRSTRLEN + 2];
    const char *end = strstr(flow, ws), *at = flow + 4;
    const char *colon = end ? memrchr(flow, ':', (size_t)(end - flow)) : NULL;
    if (!colon || colon <= at || (size_t)(colon - at) >= sizeof(host))
        return false;
    const bool is_v6 = at[0] == '[' && colon[-1] == ']';
    snprintf(host, sizeof(host), "%.*s", (int)(colon - at) - (is_v6 ? 2 : 0), at + is_v6);
    return address_read(host, (uint16_t)strtoul(colon + 1, NULL, 10), far);
}

static int find_web(struct ua *ua, const union latch_address *far, struct phone_way *way)
{
    struct ws_way found;
    way->line = ua_web_way(ua, &far->any, &found);
    if (!way->line)
        return -EHOSTDOWN;
    write_hop(found.port, way->hop);
    way->contact = UA_CONTACT_PLAIN;
    way->far = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    memcpy(&way->far, far, address_bytes(far));
    return 0;
}

int phone_way_find(struct ua *ua, const char *flow, struct phone_way *way)
{
    union latch_address far;
    struct uri_target target;
    if (read_web(flow, &far))
        return find_web(ua, &far, way);
    if (uri_target(flow, &target) < 0)
        return -EINVAL;
    way->line = lookup_line(ua, &target);
    if (!way->line)
        return -EAFNOSUPPORT;
    snprintf(way->hop, sizeof(way->hop), "%s", flow);
    way->contact = target.wants_tcp ? UA_CONTACT_TCP : UA_CONTACT_PLAIN;
    call_guess_peer(target.host, way->line->endpoint.family, &way->far);
    return 0;
}
