/* header_map.c - rows of two names. */
#include "server/sip/header_map.h"

#include "server/sdp/text.h"
#include "server/sip/extension.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES = 65 };

/* @return the attribute's name; the header's in @p header. NULL: no row. */
static const char *split(const char *row, char header[HEADER_BYTES])
{
    const char *colon = strchr(row, ':');
    if (!colon || colon - row >= HEADER_BYTES)
        return NULL;
    snprintf(header, HEADER_BYTES, "%.*s", (int)(colon - row), row);
    return colon + 1;
}

void header_map_read(const char *const *map, unsigned count, const sip_t *sip,
                     struct attributes *attributes)
{
    char header[HEADER_BYTES];
    for (unsigned i = 0; i < count; i++) {
        const char *name = split(map[i], header);
        const char *value = name ? extension_value(sip, header) : NULL;
        if (value)
            attributes_set(attributes, name, value);
    }
}

void header_map_write(const char *const *map, unsigned count,
                      const struct attributes *attributes, char out[HEADER_MAP_BYTES])
{
    char header[HEADER_BYTES];
    struct text text;
    text_init(&text, out, HEADER_MAP_BYTES);
    for (unsigned i = 0; attributes && i < count; i++) {
        const char *name = split(map[i], header);
        const char *value = name ? attributes_get(attributes, name) : NULL;
        if (value && value[0])
            text_add(&text, "%s%s: %s", text.length ? "\r\n" : "", header, value);
    }
}
