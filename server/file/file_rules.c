/* file_rules.c - patterns of media types. */
#include "server/file/file_rules.h"

#include <string.h>

bool file_type_is_valid(const char *type)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+";
    const size_t main_length = strspn(type, allowed);
    if (!main_length || type[main_length] != '/')
        return false;
    const char *subtype = type + main_length + 1;
    const size_t length = strspn(subtype, allowed);
    return length && !subtype[length];
}

/* A star is a whole part: there is no other pattern. */
static bool fits(const char *pattern, const char *type)
{
    const size_t main_length = strcspn(pattern, "/");
    if (strcmp(pattern, "*/*") == 0)
        return true;
    if (strcmp(pattern + main_length, "/*") == 0)
        return strncmp(pattern, type, main_length + 1) == 0;
    return strcmp(pattern, type) == 0;
}

static bool fits_any(const char *const *patterns, unsigned count, const char *type)
{
    for (unsigned i = 0; i < count; i++) {
        if (fits(patterns[i], type))
            return true;
    }
    return false;
}

bool file_rules_take(const struct file_rules *rules, const char *type)
{
    return fits_any(rules->types, rules->type_count, type) &&
           !fits_any(rules->refused, rules->refused_count, type);
}
