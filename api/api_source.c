/* api_source.c - the last address that somebody whom we believe has written. */
#include "api/api_source.h"

#include "api/api_address_rule.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MOST_PROXIES = 8 };

static void keep(const struct sockaddr *from, struct sockaddr_storage *source)
{
    memset(source, 0, sizeof(*source));
    if (from->sa_family == AF_INET)
        memcpy(source, from, sizeof(struct sockaddr_in));
    else if (from->sa_family == AF_INET6)
        memcpy(source, from, sizeof(struct sockaddr_in6));
}

static bool is_proxy(const struct sockaddr_storage *source, const char *const *proxies,
                     unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (api_address_rule_fits(proxies[i], (const struct sockaddr *)source))
            return true;
    }
    return false;
}

static bool read_address(const char *text, struct sockaddr_storage *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    memset(address, 0, sizeof(*address));
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        address->ss_family = AF_INET;
        return true;
    }
    memset(address, 0, sizeof(*address));
    address->ss_family = AF_INET6;
    return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1;
}

/* Takes the last item off @p list[*length]. @return false: there is none, or it is no address.
 */
static bool take_last(const char *list, size_t *length, struct sockaddr_storage *address)
{
    char text[API_SOURCE_BYTES];
    size_t end = *length;
    while (end && (list[end - 1] == ' ' || list[end - 1] == '\t' || list[end - 1] == ','))
        end--;
    size_t begin = end;
    while (begin && !strchr(", \t", list[begin - 1]))
        begin--;
    *length = begin;
    if (begin == end || end - begin >= sizeof(text))
        return false;
    snprintf(text, sizeof(text), "%.*s", (int)(end - begin), list + begin);
    return read_address(text, address);
}

void api_source_of(const struct sockaddr *peer, const char *header, const char *const *proxies,
                   unsigned count, struct sockaddr_storage *source)
{
    struct sockaddr_storage before;
    size_t length = header ? strlen(header) : 0;
    keep(peer, source);
    for (unsigned i = 0; i < MOST_PROXIES; i++) {
        if (!is_proxy(source, proxies, count) || !take_last(header, &length, &before))
            return;
        *source = before;
    }
}

void api_source_text(const struct sockaddr_storage *source, char out[API_SOURCE_BYTES])
{
    const void *address = source->ss_family == AF_INET6
                              ? (const void *)&((const struct sockaddr_in6 *)source)->sin6_addr
                              : (const void *)&((const struct sockaddr_in *)source)->sin_addr;
    if ((source->ss_family != AF_INET && source->ss_family != AF_INET6) ||
        !inet_ntop(source->ss_family, address, out, API_SOURCE_BYTES))
        snprintf(out, API_SOURCE_BYTES, "unknown");
}
