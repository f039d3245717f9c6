/* route.c - the judgement on Contact, Record-Route and source. */
#include "server/sip/route.h"

#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* ---- can it be followed ---- */

bool route_is_usable(const url_t *url, bool tls)
{
    return (url->url_type == url_sip || (tls && url->url_type == url_sips)) && url->url_host &&
           uri_is_host(url->url_host) && uri_is_port(url->url_port);
}

static bool are_routes_usable(const sip_t *sip, bool tls)
{
    for (const sip_record_route_t *each = sip->sip_record_route; each; each = each->r_next) {
        if (!route_is_usable(each->r_url, tls))
            return false;
    }
    return true;
}

static bool is_contact_usable(const sip_t *sip, bool tls)
{
    const sip_contact_t *contact = sip->sip_contact;
    return !contact || (!contact->m_next && route_is_usable(contact->m_url, tls));
}

void route_mend(sip_t *sip, bool tls)
{
    bool is_refused = sip->sip_status && sip->sip_status->st_status >= 300;
    bool is_register = sip->sip_request && sip->sip_request->rq_method == sip_method_register;
    if (is_refused || is_register ||
        (are_routes_usable(sip, tls) && is_contact_usable(sip, tls)))
        return;
    sip->sip_contact = NULL;
    sip->sip_record_route = NULL;
}

/* ---- by its source ---- */

/* @return the family of a literal address, its bytes in *out; AF_UNSPEC: a name. */
static int read_address(const char *host, struct in6_addr *out)
{
    char bare[INET6_ADDRSTRLEN];
    size_t length = strlen(host);
    if (inet_pton(AF_INET, host, out) == 1)
        return AF_INET;
    if (host[0] != '[' || length < 3 || length - 2 >= sizeof(bare))
        return AF_UNSPEC;
    memcpy(bare, host + 1, length - 2);
    bare[length - 2] = '\0';
    return inet_pton(AF_INET6, bare, out) == 1 ? AF_INET6 : AF_UNSPEC;
}

static const void *address_of(const struct sockaddr *source)
{
    return source->sa_family == AF_INET6
               ? (const void *)&((const struct sockaddr_in6 *)source)->sin6_addr
               : (const void *)&((const struct sockaddr_in *)source)->sin_addr;
}

static bool is_source(const char *host, const struct sockaddr *source)
{
    struct in6_addr address;
    int family = read_address(host, &address);
    size_t length = family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
    return family == source->sa_family && memcmp(&address, address_of(source), length) == 0;
}

/* RFC 1918, RFC 6598. */
static bool is_private(const char *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, host, &address) != 1)
        return false;
    uint32_t bits = ntohl(address.s_addr);
    return bits >> 24 == 10 || bits >> 20 == 0xac1 || bits >> 16 == 0xc0a8 ||
           bits >> 22 == 0x191;
}

/* It believes in an address from which nothing came, and no proxy stands between. */
static bool is_behind_nat(const sip_t *sip, const struct sockaddr *source)
{
    const char *host = sip->sip_contact->m_url->url_host;
    return !sip->sip_record_route && sip->sip_via && sip->sip_via->v_host && is_private(host) &&
           !is_source(host, source) && !is_source(sip->sip_via->v_host, source);
}

static const char *first_host(const sip_t *sip)
{
    return sip->sip_record_route ? sip->sip_record_route->r_url->url_host
                                 : sip->sip_contact->m_url->url_host;
}

bool route_needs_source(const sip_t *sip, const struct sockaddr *source)
{
    struct in6_addr ignored;
    return sip->sip_contact &&
           (read_address(first_host(sip), &ignored) == AF_UNSPEC || is_behind_nat(sip, source));
}

bool route_leads_to(const sip_t *sip, const struct sockaddr *source)
{
    return sip->sip_contact && is_source(first_host(sip), source);
}

bool route_of_source(const sip_t *sip, const struct sockaddr *source, bool tls,
                     char out[ROUTE_BYTES])
{
    char text[INET6_ADDRSTRLEN];
    bool v6 = source->sa_family == AF_INET6;
    if ((!v6 && source->sa_family != AF_INET) ||
        !inet_ntop(source->sa_family, address_of(source), text, sizeof(text)))
        return false;
    unsigned port = ntohs(v6 ? ((const struct sockaddr_in6 *)source)->sin6_port
                             : ((const struct sockaddr_in *)source)->sin_port);
    snprintf(out, ROUTE_BYTES, "sip:%s%s%s:%u;transport=%s", v6 ? "[" : "", text, v6 ? "]" : "",
             port,
             tls               ? "tls"
             : uri_is_tcp(sip) ? "tcp"
                               : "udp");
    return true;
}
