/* source.c - down the Via headers, as long as those who wrote them are ours. */
#include "server/sip/source.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void source_proxies_read(struct source_proxies *proxies, const char *const *texts,
                         unsigned count)
{
    proxies->count = 0;
    for (unsigned i = 0; i < count && proxies->count < SOURCE_MAX_PROXIES; i++)
        proxies->count += address_block_read(texts[i], &proxies->block[proxies->count]);
}

static bool is_proxy(const struct source_proxies *proxies, const struct sockaddr_storage *at)
{
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
    if (!address_block_bytes((const struct sockaddr *)at, bytes))
        return false;
    for (unsigned i = 0; i < proxies->count; i++) {
        if (address_block_has_bytes(&proxies->block[i], bytes))
            return true;
    }
    return false;
}

static void keep(const struct sockaddr *peer, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    *out = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    if (peer->sa_family == AF_INET)
        v4->sin_addr = ((const struct sockaddr_in *)peer)->sin_addr;
    else if (peer->sa_family == AF_INET6)
        v6->sin6_addr = ((const struct sockaddr_in6 *)peer)->sin6_addr;
    else
        return;
    out->ss_family = peer->sa_family;
}

/* A name: whoever wrote that Via has not kept to RFC 3261, and nothing is known. */
static void read_host(const char *host, struct sockaddr_storage *out)
{
    char bare[INET6_ADDRSTRLEN];
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    *out = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    size_t length = host ? strlen(host) : 0;
    const bool has_brackets = length > 2 && host[0] == '[' && host[length - 1] == ']';
    if (has_brackets)
        length -= 2;
    if (!length || length >= sizeof(bare))
        return;
    memcpy(bare, host + has_brackets, length);
    bare[length] = '\0';
    if (inet_pton(AF_INET, bare, &v4->sin_addr) == 1)
        out->ss_family = AF_INET;
    else if (inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1)
        out->ss_family = AF_INET6;
}

/* @return the Via that says so; NULL: it is @p peer itself, or not known. */
static const sip_via_t *find(const struct source_proxies *proxies, const sip_via_t *via,
                             const struct sockaddr *peer, struct sockaddr_storage *source)
{
    const sip_via_t *by = NULL;
    keep(peer, source);
    while (is_proxy(proxies, source)) {
        by = via = via ? via->v_next : NULL;
        if (via)
            read_host(via->v_received ? via->v_received : via->v_host, source);
        else
            source->ss_family = AF_UNSPEC;
    }
    return by;
}

void source_of(const struct source_proxies *proxies, const sip_via_t *via,
               const struct sockaddr *peer, struct sockaddr_storage *source)
{
    find(proxies, via, peer, source);
}

/* In network order; 0: it is not said. */
static in_port_t port_of(const sip_via_t *via)
{
    const unsigned long port = via->v_rport ? strtoul(via->v_rport, NULL, 10) : 0;
    return port <= UINT16_MAX ? htons((uint16_t)port) : 0;
}

void source_flow_of(const struct source_proxies *proxies, const sip_via_t *via,
                    const struct sockaddr *peer, struct sockaddr_storage *flow)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)flow;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)flow;
    const sip_via_t *by = find(proxies, via, peer, flow);
    if (flow->ss_family == AF_INET)
        v4->sin_port = by ? port_of(by) : ((const struct sockaddr_in *)peer)->sin_port;
    else if (flow->ss_family == AF_INET6)
        v6->sin6_port = by ? port_of(by) : ((const struct sockaddr_in6 *)peer)->sin6_port;
    if (by && !port_of(by))
        flow->ss_family = AF_UNSPEC;
}
