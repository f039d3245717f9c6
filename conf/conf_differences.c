/* conf_differences.c - two configurations, key by key. */
#include "conf/conf_differences.h"

#include "conf/conf_key.h"

#include <string.h>

static const void *field(const struct conf *conf, size_t offset)
{
    return (const char *)conf + offset;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_list(const struct conf_key *key, const struct conf *a, const struct conf *b)
{
    unsigned count = *(const unsigned *)field(a, key->second_offset);
    if (count != *(const unsigned *)field(b, key->second_offset))
        return false;
    const char *const *of_a = field(a, key->offset);
    const char *const *of_b = field(b, key->offset);
    for (unsigned i = 0; i < count; i++) {
        if (!same_text(of_a[i], of_b[i]))
            return false;
    }
    return true;
}

static bool same(const struct conf_key *key, const struct conf *a, const struct conf *b)
{
    const void *of_a = field(a, key->offset), *of_b = field(b, key->offset);
    switch (key->type) {
    case CONF_BOOL:
        return *(const bool *)of_a == *(const bool *)of_b;
    case CONF_NUMBER:
        return *(const unsigned *)of_a == *(const unsigned *)of_b;
    case CONF_TEXT:
        return same_text(*(const char *const *)of_a, *(const char *const *)of_b);
    case CONF_LIST:
        return same_list(key, a, b);
    case CONF_PORTS:
        return *(const uint16_t *)of_a == *(const uint16_t *)of_b &&
               *(const uint16_t *)field(a, key->second_offset) ==
                   *(const uint16_t *)field(b, key->second_offset);
    case CONF_LEVEL:
        return *(const enum log_level *)of_a == *(const enum log_level *)of_b;
    }
    return true;
}

unsigned conf_differences(const struct conf *a, const struct conf *b,
                          void (*on_key)(void *context, const char *path), void *context)
{
    unsigned count, differing = 0;
    const struct conf_key *keys = conf_keys(&count);
    for (unsigned i = 0; i < count; i++) {
        if (same(&keys[i], a, b))
            continue;
        differing++;
        on_key(context, keys[i].path);
    }
    return differing;
}
