/* latch.c - whose packets are taken. */
#include "server/rtp/latch.h"

#include "mixer/base/clock.h"

#include <string.h>

/* An endpoint without its way of writing: IPv4 as IPv4-mapped IPv6. */
struct endpoint {
    struct in6_addr address;
    in_port_t port;
};

static bool endpoint_of(const struct sockaddr *from, struct endpoint *endpoint)
{
    if (from->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof(v4));
        endpoint->address = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
        memcpy(&endpoint->address.s6_addr[12], &v4.sin_addr, sizeof(v4.sin_addr));
        endpoint->port = v4.sin_port;
        return true;
    }
    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof(v6));
        endpoint->address = v6.sin6_addr;
        endpoint->port = v6.sin6_port;
        return true;
    }
    return false;
}

bool latch_same(const struct sockaddr *a, const struct sockaddr *b)
{
    struct endpoint first, second;
    return endpoint_of(a, &first) && endpoint_of(b, &second) && first.port == second.port &&
           IN6_ARE_ADDR_EQUAL(&first.address, &second.address);
}

static bool same(const union latch_address *known, const struct sockaddr *from)
{
    return latch_same(&known->any, from);
}

static void store(union latch_address *to, const struct sockaddr *from)
{
    memset(to, 0, sizeof(*to));
    if (from && from->sa_family == AF_INET)
        memcpy(to, from, sizeof(struct sockaddr_in));
    else if (from && from->sa_family == AF_INET6)
        memcpy(to, from, sizeof(struct sockaddr_in6));
}

void latch_open(struct latch *latch, const struct sockaddr *signalled, int64_t now_ns)
{
    uint32_t refused = latch->refused;
    memset(latch, 0, sizeof(*latch));
    store(&latch->signalled, signalled);
    latch->current = latch->signalled;
    latch->opened_ns = now_ns;
    latch->refused = refused;
}

static bool take(struct latch *latch, const struct sockaddr *from)
{
    store(&latch->current, from);
    latch->latched = true;
    return true;
}

static bool refuse(struct latch *latch)
{
    latch->refused++;
    return false;
}

static bool is_window_open(struct latch *latch, int64_t now_ns)
{
    if (!latch->opened_ns)
        latch->opened_ns = now_ns;
    return now_ns - latch->opened_ns <= LATCH_WINDOW_MS * CLOCK_NS_PER_MS;
}

/* Counts a newcomer's packets in a row; any other newcomer between them begins anew. */
static bool is_proven(struct latch *latch, const struct sockaddr *from, uint32_t ssrc)
{
    if (!same(&latch->candidate, from) || ssrc != latch->candidate_ssrc) {
        store(&latch->candidate, from);
        latch->candidate_ssrc = ssrc;
        latch->candidate_packets = 0;
    }
    return ++latch->candidate_packets >= LATCH_PROBE_PACKETS;
}

bool latch_accept(struct latch *latch, const struct sockaddr *from, uint32_t ssrc,
                  int64_t now_ns)
{
    if (latch->signalled.any.sa_family == AF_UNSPEC)
        return refuse(latch);
    if (latch->latched && same(&latch->current, from))
        return true;
    bool open = is_window_open(latch, now_ns);
    if (same(&latch->signalled, from) && (open || !latch->latched))
        return take(latch, from);
    if (open && !latch->latched && is_proven(latch, from, ssrc))
        return take(latch, from);
    return refuse(latch);
}

bool latch_accept_authentic(struct latch *latch, const struct sockaddr *from)
{
    if (latch->signalled.any.sa_family == AF_UNSPEC)
        return refuse(latch);
    if (latch->latched && same(&latch->current, from))
        return true;
    return take(latch, from);
}

bool latch_is_final(const struct latch *latch, int64_t now_ns)
{
    return latch->latched && (same(&latch->signalled, &latch->current.any) ||
                              now_ns - latch->opened_ns > LATCH_WINDOW_MS * CLOCK_NS_PER_MS);
}
