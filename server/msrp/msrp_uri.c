/* msrp_uri.c - cut at fixed signs; case counts in the session-id only. */
#include "server/msrp/msrp_uri.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool starts_with(struct slice text, const char *word)
{
    const size_t length = strlen(word);
    return text.length >= length && strncasecmp(text.at, word, length) == 0;
}

/* What is before the first @p sign goes to *part, what is behind it stays. */
static bool cut(struct slice *rest, char sign, struct slice *part)
{
    const char *found = rest->length ? memchr(rest->at, sign, rest->length) : NULL;
    if (!found)
        return false;
    *part = (struct slice){rest->at, (size_t)(found - rest->at)};
    *rest = (struct slice){found + 1, rest->length - part->length - 1};
    return true;
}

static bool is_word(struct slice text, const char *others)
{
    for (size_t i = 0; i < text.length; i++) {
        const char sign = text.at[i];
        const bool is_letter = (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') ||
                               (sign >= '0' && sign <= '9');
        if (!sign || (!is_letter && !strchr(others, sign)))
            return false;
    }
    return text.length > 0;
}

/* "[2001:db8::1]:2855", "host" */
static int read_place(struct slice place, struct msrp_uri *uri)
{
    const char *end = place.at + place.length, *host_end = place.at;
    if (place.length && place.at[0] == '[') {
        host_end = memchr(place.at, ']', place.length);
        if (!host_end)
            return -EBADMSG;
        host_end++;
        uri->host = (struct slice){place.at, (size_t)(host_end - place.at)};
        if (!is_word((struct slice){place.at + 1, uri->host.length - 2}, ":."))
            return -EBADMSG;
    } else {
        while (host_end < end && *host_end != ':')
            host_end++;
        uri->host = (struct slice){place.at, (size_t)(host_end - place.at)};
        if (!is_word(uri->host, "-."))
            return -EBADMSG;
    }
    uri->port = 0;
    if (host_end == end)
        return 0;
    unsigned long port = 0;
    const struct slice digits = {host_end + 1, (size_t)(end - host_end) - 1};
    if (*host_end != ':' || !slice_number(digits, 65535, &port) || !port)
        return -EBADMSG;
    uri->port = (unsigned)port;
    return 0;
}

int msrp_uri_read(struct slice text, struct msrp_uri *uri)
{
    static const char plain[] = "msrp://", secure[] = "msrps://";
    struct slice ignored, parameters;
    memset(uri, 0, sizeof(*uri));
    uri->is_secure = starts_with(text, secure);
    if (!uri->is_secure && !starts_with(text, plain))
        return -EBADMSG;
    const size_t scheme = uri->is_secure ? sizeof(secure) - 1 : sizeof(plain) - 1;
    struct slice rest = {text.at + scheme, text.length - scheme}, place;
    if (!cut(&rest, ';', &place))
        return -EBADMSG;
    parameters = rest;
    rest = place;
    uri->session = (struct slice){"", 0};
    if (cut(&rest, '/', &place)) {
        uri->session = rest;
        if (!is_word(rest, "-._~=+/") || rest.length >= MSRP_SESSION_BYTES)
            return -EBADMSG;
        rest = place;
    }
    (void)cut(&rest, '@', &ignored); /* who is logged in there */
    if (!cut(&parameters, ';', &uri->transport))
        uri->transport = parameters;
    return is_word(uri->transport, "-.") ? read_place(rest, uri) : -EBADMSG;
}

int msrp_path_next(struct slice *path, struct msrp_uri *uri)
{
    struct slice word;
    if (!slice_next_word(path, ' ', &word))
        return 0;
    const int error = msrp_uri_read(word, uri);
    return error ? error : 1;
}

int msrp_path_last(struct slice path, struct msrp_uri *uri)
{
    int count = 0, next;
    while ((next = msrp_path_next(&path, uri)) > 0)
        count++;
    return next < 0 || !count ? -EBADMSG : 0;
}
