/* api_disposition.c - parameters, one after the other; percent codes. */
#include "api/api_disposition.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct value {
    const char *at;
    size_t length; /* as it stands there, without its quotes */
    bool is_quoted;
};

/* Reads one "name=value"; *at is moved behind it. @return false: there is none, or a broken
 * one. */
static bool read_parameter(const char **at, struct value *name, struct value *value)
{
    const char *p = *at + strspn(*at, "; \t");
    *name = (struct value){.at = p, .length = strcspn(p, "=; \t")};
    p += name->length;
    p += strspn(p, " \t");
    if (!name->length || *p != '=')
        return false;
    p++;
    p += strspn(p, " \t");
    value->is_quoted = *p == '"';
    if (!value->is_quoted) {
        *value = (struct value){.at = p, .length = strcspn(p, "; \t")};
        *at = p + value->length;
        return true;
    }
    value->at = ++p;
    while (*p && *p != '"')
        p += *p == '\\' && p[1] ? 2 : 1;
    value->length = (size_t)(p - value->at);
    *at = *p ? p + 1 : p;
    return *p == '"';
}

static bool is_named(const struct value *name, const char *wanted)
{
    return strlen(wanted) == name->length && strncasecmp(name->at, wanted, name->length) == 0;
}

static int put(char *out, size_t room, size_t *used, char byte)
{
    if (!byte || *used + 1 >= room)
        return -EBADMSG;
    out[(*used)++] = byte;
    return 0;
}

static int read_plain(const struct value *value, char *name, size_t room)
{
    size_t used = 0;
    int err = 0;
    for (size_t i = 0; i < value->length && err == 0; i++) {
        if (value->is_quoted && value->at[i] == '\\' && i + 1 < value->length)
            i++;
        err = put(name, room, &used, value->at[i]);
    }
    name[used] = '\0';
    return err;
}

static int hex_of(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = digit ? strchr(digits, tolower((unsigned char)digit)) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* RFC 8187: UTF-8''percent%20codes; the language between the quotes is of no use. */
static int read_extended(const struct value *value, char *name, size_t room)
{
    static const char charset[] = "UTF-8'";
    const char *end = value->at + value->length;
    const char *at = value->length >= sizeof(charset) && strncasecmp(value->at, charset, 6) == 0
                         ? memchr(value->at + 6, '\'', value->length - 6)
                         : NULL;
    size_t used = 0;
    int err = at ? 0 : -EBADMSG;
    for (at = at ? at + 1 : end; at < end && err == 0; at++) {
        if (*at != '%') {
            err = put(name, room, &used, *at);
            continue;
        }
        const int high = end - at > 2 ? hex_of(at[1]) : -1;
        const int low = high >= 0 ? hex_of(at[2]) : -1;
        err = low >= 0 ? put(name, room, &used, (char)(high << 4 | low)) : -EBADMSG;
        at += 2;
    }
    name[used] = '\0';
    return err;
}

int api_disposition_read(const char *header, char *name, size_t room)
{
    struct value parameter, value, plain = {.at = NULL};
    const char *at = header + strcspn(header, ";"); /* behind "attachment", whatever it says */
    while (read_parameter(&at, &parameter, &value)) {
        if (is_named(&parameter, "filename*"))
            return read_extended(&value, name, room);
        if (is_named(&parameter, "filename"))
            plain = value;
    }
    return plain.at ? read_plain(&plain, name, room) : -ENOENT;
}

void api_disposition_write(const char *name, char out[API_DISPOSITION_BYTES])
{
    static const char as_it_is[] = "!#$&+-.^_`|~";
    size_t used = (size_t)snprintf(out, API_DISPOSITION_BYTES, "attachment; filename=\"");
    for (const char *at = name; *at && used < API_DISPOSITION_BYTES / 3; at++) {
        const bool is_good =
            *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\' && *at != '%';
        out[used++] = is_good ? *at : '_';
    }
    used += (size_t)snprintf(out + used, API_DISPOSITION_BYTES - used, "\"; filename*=UTF-8''");
    for (const char *at = name; *at && used + 4 < API_DISPOSITION_BYTES; at++) {
        const unsigned char byte = (unsigned char)*at;
        if (byte < 0x80 && (isalnum(byte) || strchr(as_it_is, byte)))
            out[used++] = *at;
        else
            used += (size_t)snprintf(out + used, 4, "%%%02X", byte);
    }
    out[used] = '\0';
}
