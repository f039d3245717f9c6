/* number_pattern.c - one sign after the other. */
#include "server/trunk/number_pattern.h"

#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_itself(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c && strchr("+*#_-", c));
}

static bool is_open(char c)
{
    return c == '.' || c == '!';
}

/* "[1-35]": digits and ranges that rise. */
static size_t set_length(const char *pattern)
{
    const char *at = pattern + 1;
    while (is_digit(*at)) {
        if (at[1] == '-') {
            if (!is_digit(at[2]) || at[2] < at[0])
                return 0;
            at += 2;
        }
        at++;
    }
    return *at == ']' && at > pattern + 1 ? (size_t)(at - pattern) + 1 : 0;
}

size_t number_pattern_sign(const char *pattern)
{
    if (*pattern == '[')
        return set_length(pattern);
    return is_itself(*pattern) || (*pattern && strchr("XZN.!", *pattern)) ? 1 : 0;
}

static bool set_has(const char *pattern, char c)
{
    for (const char *at = pattern + 1; *at != ']'; at++) {
        bool is_range = at[1] == '-';
        if (is_range ? c >= at[0] && c <= at[2] : c == at[0])
            return true;
        at += is_range ? 2 : 0;
    }
    return false;
}

/* Whether the first sign stands for @p c. Not of . and !. */
static bool sign_is(const char *pattern, char c)
{
    switch (*pattern) {
    case 'X':
        return is_digit(c);
    case 'Z':
        return is_digit(c) && c != '0';
    case 'N':
        return is_digit(c) && c > '1';
    case '[':
        return set_has(pattern, c);
    default:
        return c == *pattern;
    }
}

bool number_pattern_is_valid(const char *pattern)
{
    size_t length = strlen(pattern);
    if (!length || length >= NUMBER_PATTERN_BYTES)
        return false;
    for (size_t sign; *pattern; pattern += sign) {
        sign = number_pattern_sign(pattern);
        if (!sign || (is_open(*pattern) && pattern[1]))
            return false;
    }
    return true;
}

bool number_pattern_matches(const char *pattern, const char *number)
{
    for (; *pattern && !is_open(*pattern); number++) {
        if (!*number || !sign_is(pattern, *number))
            return false;
        pattern += number_pattern_sign(pattern);
    }
    return *pattern == '!' || (*pattern == '.' && *number) || (!*pattern && !*number);
}

struct weight {
    unsigned literal, fixed;
};

static struct weight weigh(const char *pattern)
{
    struct weight weight = {0, 0};
    for (; *pattern && !is_open(*pattern); pattern += number_pattern_sign(pattern)) {
        weight.fixed++;
        weight.literal += is_itself(*pattern);
    }
    return weight;
}

bool number_pattern_is_exact(const char *pattern)
{
    return weigh(pattern).literal == strlen(pattern);
}

int number_pattern_compare(const char *a, const char *b)
{
    struct weight first = weigh(a), second = weigh(b);
    if (first.literal != second.literal)
        return first.literal > second.literal ? -1 : 1;
    if (first.fixed != second.fixed)
        return first.fixed > second.fixed ? -1 : 1;
    return strcmp(a, b);
}

bool number_read(const char *text, char number[NUMBER_BYTES])
{
    size_t length = 0;
    if (strncasecmp(text, "tel:", 4) == 0)
        text += 4;
    for (; *text && *text != ';'; text++) {
        if (strchr("-.() ", *text) && length)
            continue;
        bool is_good =
            is_digit(*text) || *text == '*' || *text == '#' || (*text == '+' && !length);
        if (!is_good || length + 1 == NUMBER_BYTES)
            return false;
        number[length++] = *text;
    }
    number[length] = '\0';
    return length && strcmp(number, "+") != 0;
}
