/* extension.c - the stack keeps what it does not know in a list. */
#include "server/sip/extension.h"

#include <sofia-sip/sip_header.h>

#include <strings.h>

const char *extension_value(const sip_t *sip, const char *name)
{
    for (const sip_unknown_t *each = sip->sip_unknown; each; each = each->un_next) {
        if (each->un_name && strcasecmp(each->un_name, name) == 0)
            return each->un_value ? each->un_value : "";
    }
    return NULL;
}
