/* lookup.c - a hunt for addresses: what one answer says leads to the next questions. */
#include "server/sip/lookup.h"

#include "mixer/base/check.h"
#include "server/sip/call_internal.h"
#include "server/sip/name_cache.h"
#include "server/sip/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct hunt {
    struct lookup *lookup; /* NULL: nobody wants to know any more */
    struct ua *ua;
    lookup_on_known on_known;
    void *context;
    struct uri_target target;
    char host[SIP_HOST_BYTES];
    unsigned questions; /* in all            */
    unsigned open;      /* not answered yet  */
    unsigned servers;   /* whose addresses were asked for */
    int error;          /* of a question that came to nothing; 0 */
    bool is_begun, has_service, has_host;
    bool has_family[2];              /* IPv4, IPv6 */
    struct sockaddr_storage peer[2]; /* the first of each */
};

struct question {
    struct hunt *hunt;
    uint16_t type;
    char name[DNS_NAME_BYTES];
};

static unsigned hunts;

bool lookup_speaks(const struct ua *ua, enum naptr_transport transport)
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

/* ---- ways ---- */

/* The address that the machine would send from. */
static bool route(const struct sockaddr_storage *peer, struct sockaddr_storage *source)
{
    socklen_t length = sizeof(*source);
    int fd = socket(peer->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_found = fd >= 0 &&
                    connect(fd, (const struct sockaddr *)peer,
                            peer->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                        : sizeof(struct sockaddr_in)) == 0 &&
                    getsockname(fd, (struct sockaddr *)source, &length) == 0;
    if (fd >= 0)
        close(fd);
    return is_found;
}

static bool is_unique_local(const struct sockaddr_storage *address)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    return (v6->sin6_addr.s6_addr[0] & 0xfe) == 0xfc;
}

/* IPv6 has the higher precedence (rule 6), unless only one of both can be sent to (rule 1), or
 * it would be from a private network of IPv6 to the world (rule 5: labels). */
static bool prefers_v6(const struct hunt *hunt)
{
    struct sockaddr_storage source[2];
    const bool has_route[2] = {route(&hunt->peer[0], &source[0]),
                               route(&hunt->peer[1], &source[1])};
    if (!has_route[0] || !has_route[1])
        return has_route[1] && !has_route[0];
    return is_unique_local(&source[1]) == is_unique_local(&hunt->peer[1]);
}

static struct ua_line *choose_line(struct ua *ua, const struct uri_target *target, int family)
{
    for (unsigned i = 0; i < ua->line_count; i++) {
        const struct listener_endpoint *endpoint = &ua->line[i].endpoint;
        bool speaks = target->wants_tls   ? endpoint->tls
                      : target->wants_tcp ? endpoint->tcp
                                          : endpoint->udp || endpoint->tcp;
        if (speaks && (family == AF_UNSPEC || family == endpoint->family))
            return &ua->line[i];
    }
    return NULL;
}

struct ua_line *lookup_line(struct ua *ua, const struct uri_target *target)
{
    struct sockaddr_storage peer;
    call_guess_peer(target->host, AF_UNSPEC, &peer);
    return choose_line(ua, target, peer.ss_family);
}

static void add_way(struct lookup *lookup, struct ua *ua, const struct uri_target *target,
                    const struct sockaddr_storage *peer)
{
    struct ua_line *line = choose_line(ua, target, peer->ss_family);
    if (line)
        lookup->way[lookup->count++] = (struct lookup_way){.line = line, .peer = *peer};
}

/* @return as lookup_begin(), of a hunt that is over. */
static int find_ways(const struct hunt *hunt, struct lookup *lookup)
{
    lookup->count = lookup->next = 0;
    const bool is_both = hunt->has_family[0] && hunt->has_family[1];
    const unsigned first = is_both ? prefers_v6(hunt) : hunt->has_family[1];
    if (!hunt->has_family[first])
        return hunt->error ? hunt->error : -EHOSTUNREACH;
    add_way(lookup, hunt->ua, &hunt->target, &hunt->peer[first]);
    if (is_both)
        add_way(lookup, hunt->ua, &hunt->target, &hunt->peer[!first]);
    return lookup->count ? 0 : -EAFNOSUPPORT;
}

/* ---- questions ---- */

static void ask(struct hunt *hunt, uint16_t type, const char *prefix, const char *name);

static void note_address(struct hunt *hunt, int family, const void *bytes)
{
    const unsigned place = family == AF_INET6;
    struct sockaddr_storage *peer = &hunt->peer[place];
    if (hunt->has_family[place])
        return;
    hunt->has_family[place] = true;
    *peer = (struct sockaddr_storage){.ss_family = (sa_family_t)family};
    if (family == AF_INET6) {
        memcpy(&((struct sockaddr_in6 *)peer)->sin6_addr, bytes, 16);
        ((struct sockaddr_in6 *)peer)->sin6_port = htons(5060);
    } else {
        memcpy(&((struct sockaddr_in *)peer)->sin_addr, bytes, 4);
        ((struct sockaddr_in *)peer)->sin_port = htons(5060);
    }
}

/* @return false: nothing is known of them. */
static bool read_addresses(struct hunt *hunt, const char *name)
{
    sres_cache_t *cache = hunt->ua->names;
    sres_record_t **v4 = name_cache_find(cache, DNS_A, "", name);
    sres_record_t **v6 = name_cache_find(cache, DNS_AAAA, "", name);
    for (unsigned i = 0; v4 && v4[i]; i++) {
        if (name_cache_is(v4[i], DNS_A))
            note_address(hunt, AF_INET, &v4[i]->sr_a->a_addr);
    }
    for (unsigned i = 0; v6 && v6[i]; i++) {
        if (name_cache_is(v6[i], DNS_AAAA))
            note_address(hunt, AF_INET6, &v6[i]->sr_aaaa->aaaa_addr);
    }
    const bool is_known = v4 && v6;
    if (v4)
        sres_cache_free_answers(cache, v4);
    if (v6)
        sres_cache_free_answers(cache, v6);
    return is_known;
}

/* The best first; there may be more than are looked at. */
static void follow_services(struct hunt *hunt, sres_record_t **found)
{
    unsigned last = 0;
    for (bool is_more = true; is_more && hunt->servers < LOOKUP_SERVERS;) {
        unsigned least = UINT16_MAX + 2U; /* none is left */
        for (unsigned i = 0; found[i]; i++) {
            const unsigned priority =
                name_cache_is(found[i], DNS_SRV) ? found[i]->sr_srv->srv_priority + 1U : 0;
            if (priority > last && priority <= least)
                least = priority;
        }
        is_more = false;
        for (unsigned i = 0; found[i] && hunt->servers < LOOKUP_SERVERS; i++) {
            if (!name_cache_is(found[i], DNS_SRV) ||
                found[i]->sr_srv->srv_priority + 1U != least)
                continue;
            is_more = true;
            hunt->has_service = true;
            hunt->servers++;
            ask(hunt, DNS_A, "", found[i]->sr_srv->srv_target);
        }
        last = least;
    }
}

static const char *const prefixes[] = {
    [NAPTR_UDP] = "_sip._udp.", [NAPTR_TCP] = "_sip._tcp.", [NAPTR_TLS] = "_sips._tcp."};

/* Without NAPTR: by each transport that we have. */
static void ask_usual(struct hunt *hunt)
{
    for (enum naptr_transport each = NAPTR_UDP; each <= NAPTR_TLS; each++) {
        if (lookup_speaks(hunt->ua, each))
            ask(hunt, DNS_SRV, prefixes[each], hunt->host);
    }
}

static void follow_ways(struct hunt *hunt, sres_record_t **found)
{
    struct naptr_list ways = {.count = 0};
    for (unsigned i = 0; found[i]; i++) {
        const sres_naptr_record_t *naptr = found[i]->sr_naptr;
        if (name_cache_is(found[i], DNS_NAPTR))
            naptr_add(&ways, naptr->na_order, naptr->na_prefer, naptr->na_flags,
                      naptr->na_services, naptr->na_replace);
    }
    for (unsigned i = 0; i < ways.count; i++) {
        if (lookup_speaks(hunt->ua, ways.way[i].transport))
            ask(hunt, DNS_SRV, "", ways.way[i].service);
    }
    ask_usual(hunt);
}

/* Goes on with what the cache has. @return false: it has nothing of that. */
static bool follow(struct hunt *hunt, uint16_t type, const char *name)
{
    if (type == DNS_A)
        return read_addresses(hunt, name);
    sres_record_t **found = name_cache_find(hunt->ua->names, type, "", name);
    if (!found)
        return false;
    if (type == DNS_SRV)
        follow_services(hunt, found);
    else
        follow_ways(hunt, found);
    sres_cache_free_answers(hunt->ua->names, found);
    return true;
}

static void close_if_over(struct hunt *hunt);

/* -ENOENT is an answer, too. Nobody's answer is not: then there is nothing to be remembered. */
static void on_answered(struct question *question, int error)
{
    struct hunt *hunt = question->hunt;
    if (error && error != -ENOENT)
        hunt->error = error;
    if (error == -ECANCELED && hunt->lookup)
        lookup_end(hunt->lookup);
    if (hunt->lookup && !follow(hunt, question->type, question->name) &&
        question->type == DNS_NAPTR)
        ask_usual(hunt);
    free(question);
    hunt->open--;
    close_if_over(hunt);
}

static void on_records(void *context, int error, struct dns_answer *answer)
{
    struct question *question = context;
    sres_cache_t *cache = question->hunt->ua->names;
    struct dns_record record;
    unsigned count = 0;
    while (!error && count < LOOKUP_RECORDS &&
           dns_answer_next(answer, question->type, &record)) {
        count++;
        name_cache_add(cache, question->type, question->name, &record);
    }
    if (error == -ENOENT || (!error && !count))
        name_cache_add_none(cache, question->type, question->name);
    on_answered(question, error);
}

static void on_addresses(void *context, int error, const struct resolver_address *address,
                         unsigned count)
{
    struct question *question = context;
    sres_cache_t *cache = question->hunt->ua->names;
    bool has[2] = {false, false};
    for (unsigned i = 0; i < count; i++) {
        has[address[i].family == AF_INET6] = true;
        name_cache_add_address(cache, question->name, &address[i]);
    }
    if (!has[0] && (!error || error == -ENOENT))
        name_cache_add_none(cache, DNS_A, question->name);
    if (!has[1] && (!error || error == -ENOENT))
        name_cache_add_none(cache, DNS_AAAA, question->name);
    on_answered(question, error);
}

/* DNS_A stands for the addresses of both families. */
static void ask(struct hunt *hunt, uint16_t type, const char *prefix, const char *name)
{
    char full[DNS_NAME_BYTES];
    int used = snprintf(full, sizeof(full), "%s%s", prefix, name);
    if (used < 0 || (size_t)used >= sizeof(full) || hunt->questions == LOOKUP_QUESTIONS)
        return;
    if (full[used - (used > 0)] == '.')
        full[used - 1] = '\0';
    if (!full[0] || follow(hunt, type, full)) /* SRV has "." for no such service */
        return;
    struct question *question = malloc(sizeof(*question));
    if (!question) {
        hunt->error = -ENOMEM;
        return;
    }
    *question = (struct question){.hunt = hunt, .type = type};
    memcpy(question->name, full, sizeof(full));
    hunt->questions++;
    hunt->open++;
    if (type == DNS_A)
        resolver_ask_addresses(hunt->ua->resolver, full, on_addresses, question);
    else
        resolver_ask(hunt->ua->resolver, type, full, on_records, question);
}

/* ---- the hunt ---- */

static void start(struct hunt *hunt)
{
    const struct uri_target *target = &hunt->target;
    hunt->open++; /* an answer at once must not end it */
    if (target->port) {
        hunt->has_host = true;
        ask(hunt, DNS_A, "", hunt->host);
    } else if (target->wants_tls || target->wants_tcp ||
               strcasestr(target->text, ";transport=")) {
        ask(hunt, DNS_SRV,
            prefixes[target->wants_tls   ? NAPTR_TLS
                     : target->wants_tcp ? NAPTR_TCP
                                         : NAPTR_UDP],
            hunt->host);
    } else {
        ask(hunt, DNS_NAPTR, "", hunt->host);
    }
    hunt->open--;
}

/* Once nothing is asked any more: without services, it is the host itself. @return false: it
 * is not over. */
static bool is_over(struct hunt *hunt)
{
    if (!hunt->open && !hunt->has_service && !hunt->has_host && hunt->lookup) {
        hunt->has_host = true;
        hunt->open++;
        ask(hunt, DNS_A, "", hunt->host);
        hunt->open--;
    }
    return !hunt->open;
}

static void bury(struct hunt *hunt)
{
    hunts--;
    free(hunt);
}

static void close_if_over(struct hunt *hunt)
{
    if (!hunt->is_begun || !is_over(hunt))
        return;
    struct lookup *lookup = hunt->lookup;
    if (lookup) {
        int error = find_ways(hunt, lookup);
        lookup->hunt = NULL;
        hunt->on_known(hunt->context, error);
    }
    bury(hunt);
}

int lookup_begin(struct lookup *lookup, struct ua *ua, const struct uri_target *target,
                 lookup_on_known on_known, void *context)
{
    ASSERT_CONTROL();
    struct sockaddr_storage literal;
    lookup_end(lookup);
    call_guess_peer(target->host, AF_UNSPEC, &literal);
    if (literal.ss_family != AF_UNSPEC) {
        add_way(lookup, ua, target, &literal);
        return lookup->count ? 0 : -EAFNOSUPPORT;
    }
    if (hunts == LOOKUP_HUNTS)
        return -EAGAIN;
    struct hunt *hunt = calloc(1, sizeof(*hunt));
    if (!hunt)
        return -ENOMEM;
    hunts++;
    *hunt = (struct hunt){.lookup = lookup,
                          .ua = ua,
                          .on_known = on_known,
                          .context = context,
                          .target = *target};
    snprintf(hunt->host, sizeof(hunt->host), "%s", target->host);
    start(hunt);
    if (is_over(hunt)) {
        int error = find_ways(hunt, lookup);
        bury(hunt);
        return error;
    }
    hunt->is_begun = true;
    lookup->hunt = hunt;
    return LOOKUP_ASKS;
}

void lookup_end(struct lookup *lookup)
{
    if (lookup->hunt)
        lookup->hunt->lookup = NULL;
    *lookup = (struct lookup){.hunt = NULL};
}

const struct lookup_way *lookup_next(struct lookup *lookup)
{
    return lookup->next < lookup->count ? &lookup->way[lookup->next++] : NULL;
}

void lookup_again(struct lookup *lookup)
{
    lookup->next -= lookup->next > 0;
}
