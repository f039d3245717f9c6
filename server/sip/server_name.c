/* server_name.c - names from addresses told apart; who has waited longest. */
#include "server/sip/server_name.h"

#include <string.h>
#include <strings.h>

enum { LONGEST_NAME = 253 }; /* RFC 1035 section 2.3.4, as text */

bool server_name_is_name(const char *host)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    size_t length = strlen(host);
    if (!length || length > LONGEST_NAME || host[strspn(host, allowed)] || host[0] == '.' ||
        host[length - 1] == '.')
        return false;
    const char *dot = strrchr(host, '.');
    const char *last = dot ? dot + 1 : host;
    return last[strspn(last, "0123456789")] != '\0';
}

void server_name_consider(struct server_name_choice *choice, const char *name,
                          enum server_place place, bool is_served)
{
    if (place == SERVER_PLACE_THERE) {
        choice->there[is_served] = name; /* older than the one before */
    } else if (place == SERVER_PLACE_UNKNOWN) {
        const char *before = choice->unknown[is_served];
        choice->is_several[is_served] |= before && strcasecmp(before, name) != 0;
        choice->unknown[is_served] = name;
    }
}

const char *server_name_chosen(const struct server_name_choice *choice)
{
    for (unsigned is_served = 0; is_served < 2; is_served++) {
        if (choice->there[is_served])
            return choice->there[is_served];
    }
    for (unsigned is_served = 0; is_served < 2; is_served++) {
        if (choice->unknown[is_served])
            return choice->is_several[is_served] ? NULL : choice->unknown[is_served];
    }
    return NULL;
}
