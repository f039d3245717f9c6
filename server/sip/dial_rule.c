/* dial_rule.c - host patterns. */
#include "server/sip/dial_rule.h"

#include <string.h>
#include <strings.h>

static bool matches(const char *rule, const char *host)
{
    if (strcmp(rule, "*") == 0)
        return true;
    if (strncmp(rule, "*.", 2) != 0)
        return strcasecmp(rule, host) == 0;
    size_t tail = strlen(rule + 1), length = strlen(host);
    return length > tail && strcasecmp(host + length - tail, rule + 1) == 0;
}

bool dial_rule_allows(const char *const *rules, unsigned count, const char *host)
{
    for (unsigned i = 0; i < count; i++) {
        if (matches(rules[i], host))
            return true;
    }
    return false;
}
