/* extension.c - the stack keeps what it does not know in a list. */
#include "server/sip/extension.h"

#include <sofia-sip/sip_header.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_of(const sip_unknown_t *header, const char *name)
{
    return header->un_name && strcasecmp(header->un_name, name) == 0;
}

const char *extension_value(const sip_t *sip, const char *name)
{
    for (const sip_unknown_t *each = sip->sip_unknown; each; each = each->un_next) {
        if (is_of(each, name))
            return each->un_value ? each->un_value : "";
    }
    return NULL;
}

void extension_values(const sip_t *sip, const char *name, char *out, size_t room)
{
    size_t used = 0;
    out[0] = '\0';
    for (const sip_unknown_t *each = sip->sip_unknown; each; each = each->un_next) {
        const char *value = is_of(each, name) && each->un_value ? each->un_value : "";
        const size_t length = strlen(value);
        if (!length || used + length + 3 > room)
            continue;
        used += (size_t)snprintf(out + used, room - used, "%s%s", used ? ", " : "", value);
    }
}
