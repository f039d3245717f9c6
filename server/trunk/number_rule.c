/* number_rule.c - the first rule that fits. */
#include "server/trunk/number_rule.h"

#include <errno.h>
#include <string.h>

static const char arrow[] = " -> ";

struct rule {
    char pattern[NUMBER_PATTERN_BYTES]; /* without the | */
    unsigned cut;                       /* signs before it */
    const char *result;
};

/* @return false: it is none. */
static bool read_rule(const char *text, struct rule *rule)
{
    const char *end = strstr(text, arrow);
    size_t used = 0;
    bool has_bar = false;
    *rule = (struct rule){.cut = 0};
    if (!end || strlen(text) >= NUMBER_RULE_BYTES)
        return false;
    for (const char *at = text; at < end;) {
        size_t sign = *at == '|' ? 1 : number_pattern_sign(at);
        if (!sign || used + sign >= sizeof(rule->pattern) || (*at == '|' && has_bar))
            return false;
        if (*at == '|') {
            has_bar = true;
        } else {
            memcpy(rule->pattern + used, at, sign);
            used += sign;
            rule->cut += !has_bar;
        }
        at += sign;
    }
    if (!has_bar)
        rule->cut = 0;
    rule->result = end + sizeof(arrow) - 1;
    return number_pattern_is_valid(rule->pattern);
}

bool number_rule_is_valid(const char *text)
{
    struct rule rule;
    if (!read_rule(text, &rule))
        return false;
    size_t length = strspn(rule.result, "0123456789+*#abcdefghijklmnopqrstuvwxyz_-$");
    return length && !rule.result[length];
}

static int write_result(const struct rule *rule, const char *number, char out[NUMBER_BYTES])
{
    const char *rest = number + rule->cut; /* it has matched: so many there are */
    size_t used = 0;
    for (const char *at = rule->result; *at; at++) {
        const char *from = *at == '$' ? rest : at;
        size_t length = *at == '$' ? strlen(rest) : 1;
        if (used + length >= NUMBER_BYTES)
            return -ENAMETOOLONG;
        memcpy(out + used, from, length);
        used += length;
    }
    out[used] = '\0';
    return 0;
}

int number_rule_apply(const char (*rules)[NUMBER_RULE_BYTES], unsigned count,
                      const char *number, char out[NUMBER_BYTES])
{
    size_t length = strlen(number);
    for (unsigned i = 0; i < count; i++) {
        struct rule rule;
        if (read_rule(rules[i], &rule) && number_pattern_matches(rule.pattern, number))
            return write_result(&rule, number, out);
    }
    if (length >= NUMBER_BYTES)
        return -ENAMETOOLONG;
    memcpy(out, number, length + 1);
    return 0;
}
