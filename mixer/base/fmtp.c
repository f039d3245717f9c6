/* fmtp.c - parameters of an a=fmtp value. */
#include "mixer/base/fmtp.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { MAX_DIGITS = 9 }; /* more would not fit into 32 bits */

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* The text behind "name=", NULL if there is none such. */
static const char *find(const char *fmtp, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = fmtp; *at;) {
        at = skip_blanks(at);
        if (strncasecmp(at, name, length) == 0) {
            const char *equals = skip_blanks(at + length);
            if (*equals == '=')
                return skip_blanks(equals + 1);
        }
        at += strcspn(at, ";");
        at += *at == ';';
    }
    return NULL;
}

int fmtp_number(const char *fmtp, const char *name, unsigned *value)
{
    const char *text = find(fmtp, name);
    if (!text)
        return -ENOENT;
    size_t digits = strspn(text, "0123456789");
    const char *end = skip_blanks(text + digits);
    if (!digits || digits > MAX_DIGITS || (*end && *end != ';'))
        return -EINVAL;
    unsigned number = 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (unsigned)(text[i] - '0');
    *value = number;
    return 0;
}

int fmtp_text(const char *fmtp, const char *name, char *out, size_t room)
{
    const char *text = find(fmtp, name);
    if (!text)
        return -ENOENT;
    size_t length = strcspn(text, ";");
    while (length && strchr(" \t", text[length - 1]))
        length--;
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text++;
        length -= 2;
    }
    if (length >= room)
        return -EINVAL;
    memcpy(out, text, length);
    out[length] = '\0';
    return 0;
}
