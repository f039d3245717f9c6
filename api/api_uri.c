/* api_uri.c - splits, then decodes in place. */
#include "api/api_uri.h"

#include "server/room/room_text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool is_shown(const char *text)
{
    char clean[API_URI_BYTES];
    room_text_clean(clean, sizeof(clean), text);
    return strcmp(clean, text) == 0;
}

static int decode(char *text, bool plus_is_space, const char **why)
{
    char *out = text;
    for (const char *at = text; *at; at++) {
        char byte = plus_is_space && *at == '+' ? ' ' : *at;
        if (*at == '%') {
            int high = hex_value(at[1]);
            int low = high < 0 ? -1 : hex_value(at[2]);
            byte = (char)(high * 16 + low);
            if (low < 0 || byte == '\0') {
                *why =
                    "The URI has a % that is not followed by two hexadecimal digits, or %00.";
                return -EINVAL;
            }
            at += 2;
        }
        *out++ = byte;
    }
    *out = '\0';
    if (is_shown(text))
        return 0;
    *why = "The URI is not UTF-8, or has control characters.";
    return -EINVAL;
}

static int read_path(struct api_uri *uri, char *path, const char **why)
{
    for (char *next = path; next;) {
        char *segment = next + 1;
        next = strchr(segment, '/');
        if (next)
            *next = '\0';
        if (uri->segment_count == API_URI_MAX_SEGMENTS) {
            *why = "The path has too many parts.";
            return -E2BIG;
        }
        int err = decode(segment, false, why);
        if (err < 0)
            return err;
        uri->segment[uri->segment_count++] = segment;
    }
    return 0;
}

static int read_query(struct api_uri *uri, char *query, const char **why)
{
    for (char *part = strsep(&query, "&"); part; part = strsep(&query, "&")) {
        if (!*part)
            continue;
        if (uri->parameter_count == API_URI_MAX_PARAMETERS) {
            *why = "The query has too many parameters.";
            return -E2BIG;
        }
        char *value = strchr(part, '=');
        if (value)
            *value++ = '\0';
        int err = decode(part, true, why);
        if (err == 0 && value)
            err = decode(value, true, why);
        if (err < 0)
            return err;
        uri->parameter[uri->parameter_count++] =
            (struct api_parameter){part, value ? value : ""};
    }
    return 0;
}

int api_uri_parse(const char *raw, struct api_uri *uri, const char **why)
{
    size_t length = strnlen(raw, API_URI_BYTES);
    uri->segment_count = uri->parameter_count = 0;
    if (length == API_URI_BYTES) {
        *why = "The URI is too long.";
        return -E2BIG;
    }
    if (raw[0] != '/') {
        *why = "The request target has to be a path.";
        return -EINVAL;
    }
    memcpy(uri->bytes, raw, length + 1);
    char *query = strchr(uri->bytes, '?');
    if (query)
        *query++ = '\0';
    int err = read_path(uri, uri->bytes, why);
    return err < 0 ? err : read_query(uri, query, why);
}

const char *api_uri_parameter(const struct api_uri *uri, const char *name)
{
    for (unsigned i = 0; i < uri->parameter_count; i++) {
        if (strcmp(uri->parameter[i].name, name) == 0)
            return uri->parameter[i].value;
    }
    return NULL;
}
