/* attributes.c - a short list. */
#include "server/room/attributes.h"

#include "server/room/room_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return length && !name[length] && length < ATTRIBUTE_NAME_BYTES;
}

static const struct attribute *find(const struct attributes *attributes, const char *name)
{
    for (unsigned i = 0; i < attributes->count; i++) {
        if (strcmp(attributes->attribute[i].name, name) == 0)
            return &attributes->attribute[i];
    }
    return NULL;
}

int attributes_set(struct attributes *attributes, const char *name, const char *value)
{
    struct attribute *at = (struct attribute *)find(attributes, name);
    if (!is_name(name))
        return -EINVAL;
    if (!at && attributes->count == ATTRIBUTES_MOST)
        return -E2BIG;
    if (!at)
        at = &attributes->attribute[attributes->count++];
    snprintf(at->name, sizeof(at->name), "%s", name);
    room_text_clean(at->value, sizeof(at->value), value);
    return 0;
}

const char *attributes_get(const struct attributes *attributes, const char *name)
{
    const struct attribute *found = find(attributes, name);
    return found ? found->value : NULL;
}
