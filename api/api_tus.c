/* api_tus.c - Upload-Metadata: keys, and values in base64. */
#include "api/api_tus.h"

#include <errno.h>
#include <string.h>

enum { MOST_DIGITS = 18 };

int api_tus_number(const char *text, uint64_t *number)
{
    const size_t digits = strspn(text, "0123456789");
    if (!digits || digits > MOST_DIGITS || text[digits])
        return -EINVAL;
    *number = 0;
    for (size_t i = 0; i < digits; i++)
        *number = *number * 10 + (uint64_t)(text[i] - '0');
    return 0;
}

static int sextet_of(char digit)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* With its padding or without. */
static int decode(const char *text, size_t length, char *out, size_t room)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t used = 0;
    while (length && text[length - 1] == '=')
        length--;
    for (size_t i = 0; i < length; i++) {
        const int sextet = sextet_of(text[i]);
        if (sextet < 0)
            return -EBADMSG;
        bits = bits << 6 | (uint32_t)sextet;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        const char byte = (char)(bits >> count & 0xff);
        if (!byte || used + 1 >= room)
            return -EBADMSG;
        out[used++] = byte;
    }
    out[used] = '\0';
    return length % 4 == 1 ? -EBADMSG : (int)used;
}

int api_tus_metadata(const char *header, const char *key, char *out, size_t room)
{
    const size_t key_length = strlen(key);
    for (const char *at = header; *at;) {
        at += strspn(at, " ,");
        const size_t pair = strcspn(at, ",");
        const size_t name = strcspn(at, " ,");
        if (name == key_length && strncmp(at, key, name) == 0) {
            const size_t gap = strspn(at + name, " ");
            const char *value = at + name + gap;
            return decode(value, strcspn(value, " ,"), out, room);
        }
        at += pair;
    }
    return -ENOENT;
}
