/* naptr.c - records in the order of their numbers. */
#include "server/sip/naptr.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool find_transport(const char *services, enum naptr_transport *transport)
{
    static const char *const words[] = {
        [NAPTR_UDP] = "SIP+D2U", [NAPTR_TCP] = "SIP+D2T", [NAPTR_TLS] = "SIPS+D2T"};
    for (unsigned i = 0; services && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(words[i], services) == 0) {
            *transport = (enum naptr_transport)i;
            return true;
        }
    }
    return false;
}

static bool is_before(const struct naptr_way *one, const struct naptr_way *other)
{
    return one->order != other->order ? one->order < other->order
                                      : one->preference < other->preference;
}

void naptr_add(struct naptr_list *list, uint16_t order, uint16_t preference, const char *flags,
               const char *services, const char *replacement)
{
    struct naptr_way way = {.order = order, .preference = preference};
    size_t length = replacement ? strlen(replacement) : 0;
    while (length && replacement[length - 1] == '.')
        length--;
    if (!flags || strcasecmp(flags, "s") != 0 || !find_transport(services, &way.transport) ||
        !length || length >= sizeof(way.service))
        return;
    memcpy(way.service, replacement, length);
    unsigned place = list->count;
    while (place && is_before(&way, &list->way[place - 1]))
        place--;
    if (place == NAPTR_MOST)
        return;
    const unsigned kept = list->count < NAPTR_MOST ? list->count : NAPTR_MOST - 1;
    memmove(&list->way[place + 1], &list->way[place], (kept - place) * sizeof(way));
    list->way[place] = way;
    list->count = kept + 1;
}
