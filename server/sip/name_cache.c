/* name_cache.c - records of the stack's kind, made of ours. */
#include "server/sip/name_cache.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DOMAIN_BYTES = DNS_NAME_BYTES + 32 };

/* As the stack's resolver has it: with a dot at its end. @return false: too long. */
static bool write_domain(const char *prefix, const char *name, char domain[DOMAIN_BYTES])
{
    size_t length = strlen(name);
    bool has_dot = length && name[length - 1] == '.';
    int used = snprintf(domain, DOMAIN_BYTES, "%s%s%s", prefix, name, has_dot ? "" : ".");
    return used >= 0 && used < DOMAIN_BYTES;
}

/* What every record has. */
static sres_record_t common(uint16_t type, const char *domain, size_t bytes, uint32_t ttl_s)
{
    sres_record_t record;
    memset(&record, 0, sizeof(record));
    record.sr_record->r_name = (char *)(uintptr_t)domain; /* it is copied */
    record.sr_record->r_size = (uint16_t)bytes;
    record.sr_record->r_type = type;
    record.sr_record->r_class = ns_c_in;
    record.sr_record->r_ttl = ttl_s < NAME_CACHE_LEAST_S  ? NAME_CACHE_LEAST_S
                              : ttl_s > NAME_CACHE_MOST_S ? NAME_CACHE_MOST_S
                                                          : ttl_s;
    return record;
}

/* A copy of @p record with room for @p bytes of text behind it; *text: where that is. NULL: no
 * memory, then it is not remembered. */
static sres_record_t *copy(sres_cache_t *cache, const sres_record_t *record, size_t bytes,
                           char **text)
{
    sres_record_t *made = sres_cache_alloc_record(cache, record, bytes);
    *text = made ? (char *)made + record->sr_record->r_size : NULL;
    return made;
}

/* Puts @p value to *text, and *text behind it. @return where it is. */
static char *put(char **text, const char *value)
{
    char *at = *text;
    size_t bytes = strlen(value) + 1;
    memcpy(at, value, bytes);
    *text += bytes;
    return at;
}

static void store(sres_cache_t *cache, sres_record_t *made)
{
    time_t now = time(NULL);
    sres_cache_clean(cache, now);
    sres_cache_store(cache, made, now);
}

static void add_srv(sres_cache_t *cache, const char *domain, const struct dns_record *from)
{
    char target[DOMAIN_BYTES], *text;
    sres_record_t record = common(DNS_SRV, domain, sizeof(sres_srv_record_t), from->ttl_s);
    if (!write_domain("", from->name, target))
        return;
    record.sr_srv->srv_priority = from->priority;
    record.sr_srv->srv_weight = from->weight;
    record.sr_srv->srv_port = from->port;
    sres_record_t *made = copy(cache, &record, strlen(target) + 1, &text);
    if (!made)
        return;
    made->sr_srv->srv_target = put(&text, target);
    store(cache, made);
}

static void add_naptr(sres_cache_t *cache, const char *domain, const struct dns_record *from)
{
    char replacement[DOMAIN_BYTES], *text;
    sres_record_t record = common(DNS_NAPTR, domain, sizeof(sres_naptr_record_t), from->ttl_s);
    if (!write_domain("", from->name, replacement))
        return;
    record.sr_naptr->na_order = from->priority;
    record.sr_naptr->na_prefer = from->weight;
    sres_record_t *made =
        copy(cache, &record,
             strlen(from->flags) + strlen(from->service) + strlen(replacement) + 4, &text);
    if (!made)
        return;
    made->sr_naptr->na_flags = put(&text, from->flags);
    made->sr_naptr->na_services = put(&text, from->service);
    made->sr_naptr->na_regexp = put(&text, "");
    made->sr_naptr->na_replace = put(&text, replacement);
    store(cache, made);
}

void name_cache_add(sres_cache_t *cache, uint16_t type, const char *name,
                    const struct dns_record *record)
{
    char domain[DOMAIN_BYTES];
    if (!write_domain("", name, domain))
        return;
    if (type == DNS_SRV)
        add_srv(cache, domain, record);
    else if (type == DNS_NAPTR)
        add_naptr(cache, domain, record);
}

void name_cache_add_address(sres_cache_t *cache, const char *name,
                            const struct resolver_address *address)
{
    char domain[DOMAIN_BYTES], *text;
    const bool is_v6 = address->family == AF_INET6;
    if (!write_domain("", name, domain))
        return;
    sres_record_t record =
        common(is_v6 ? DNS_AAAA : DNS_A, domain,
               is_v6 ? sizeof(sres_aaaa_record_t) : sizeof(sres_a_record_t), address->ttl_s);
    if (is_v6)
        memcpy(&record.sr_aaaa->aaaa_addr, address->address, sizeof(address->address));
    else
        memcpy(&record.sr_a->a_addr, address->address, sizeof(record.sr_a->a_addr));
    sres_record_t *made = copy(cache, &record, 0, &text);
    if (made)
        store(cache, made);
}

void name_cache_add_none(sres_cache_t *cache, uint16_t type, const char *name)
{
    char domain[DOMAIN_BYTES], *text;
    if (!write_domain("", name, domain))
        return;
    sres_record_t record = common(type, domain, sizeof(record.sr_record[0]), NAME_CACHE_NONE_S);
    record.sr_record->r_status = SRES_RECORD_ERR;
    sres_record_t *made = copy(cache, &record, 0, &text);
    if (made)
        store(cache, made);
}

sres_record_t **name_cache_find(sres_cache_t *cache, uint16_t type, const char *prefix,
                                const char *name)
{
    char domain[DOMAIN_BYTES];
    sres_record_t **found = NULL;
    if (!write_domain(prefix, name, domain) || sres_cache_get(cache, type, domain, &found) <= 0)
        return NULL;
    return found;
}

bool name_cache_is(const sres_record_t *record, uint16_t type)
{
    return record->sr_record->r_status == 0 && record->sr_record->r_type == type;
}
