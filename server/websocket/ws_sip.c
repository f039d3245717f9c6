/* ws_sip.c - the first Via and Content-Length of a message, found and changed. */
#include "server/websocket/ws_sip.h"

#include "server/sdp/description.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LENGTH_DIGITS = 9 };

/* ---- lines ---- */

/* The header at the beginning of @p rest, with the lines that go on with it and their ends.
 * @return false: there is none. */
static bool next_header(struct slice *rest, struct slice *header)
{
    const char *at = rest->at, *end = rest->at + rest->length;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        at = line_end ? line_end + 1 : end;
        if (at < end && at[0] != ' ' && at[0] != '\t')
            break;
    }
    *header = (struct slice){rest->at, (size_t)(at - rest->at)};
    *rest = (struct slice){at, (size_t)(end - at)};
    return header->length != 0;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && strchr(" \t\r\n", *at))
        at++;
    return at;
}

/* @return what stands behind the colon; NULL: it is another header. */
static const char *value_of(struct slice header, const char *name, const char *compact)
{
    const char *end = header.at + header.length;
    const size_t full = strlen(name);
    const bool is_full = header.length > full && strncasecmp(header.at, name, full) == 0;
    const char *at = header.at + (is_full ? full : strlen(compact));
    if (!is_full && (header.length < 2 || strncasecmp(header.at, compact, 1) != 0))
        return NULL;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at < end && *at == ':' ? at + 1 : NULL;
}

/* Of a Via: behind "SIP / 2.0 /". @return false: it is none that we know. */
static bool find_transport(struct slice header, struct slice *transport)
{
    static const char *const parts[] = {"SIP", "/", "2.0", "/"};
    const char *end = header.at + header.length, *at = value_of(header, "Via", "v");
    for (size_t i = 0; at && i < sizeof(parts) / sizeof(parts[0]); i++) {
        const size_t length = strlen(parts[i]);
        at = skip_blanks(at, end);
        if ((size_t)(end - at) < length || strncasecmp(at, parts[i], length) != 0)
            return false;
        at += length;
    }
    if (!at)
        return false;
    const char *begin = at = skip_blanks(at, end);
    while (at < end && ((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z')))
        at++;
    *transport = (struct slice){begin, (size_t)(at - begin)};
    return transport->length != 0;
}

/* ---- a head ---- */

/* Bytes up to the empty line, with it; 0: there is none. */
static size_t head_length(const char *bytes, size_t count)
{
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    return end ? (size_t)(end - bytes) + 4 : 0;
}

/* The stack takes a CR or an LF of its own for the end of a line, too. */
static bool are_lines_whole(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((bytes[i] == '\r' && (i + 1 == count || bytes[i + 1] != '\n')) ||
            (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')))
            return false;
    }
    return true;
}

/* @return false: it is no number, or says something else than one before. */
static bool read_length(const char *value, const char *end, bool *is_known, size_t *length)
{
    size_t number = 0;
    const char *at = value = skip_blanks(value, end);
    for (; at < end && *at >= '0' && *at <= '9' && at - value < LENGTH_DIGITS; at++)
        number = number * 10 + (size_t)(*at - '0');
    if (at == value || skip_blanks(at, end) != end || (*is_known && *length != number))
        return false;
    *is_known = true;
    *length = number;
    return true;
}

/* The headers of @p head, but for those that say the length of the body, and with @p to for the
 * transport of the first Via. @return where they end in @p out; NULL: a length is none. */
static char *copy_headers(struct slice head, const char *to, char *out, struct slice *said,
                          bool *is_known, size_t *length)
{
    bool has_via = false;
    struct slice header, transport;
    while (next_header(&head, &header)) {
        const char *value = value_of(header, "Content-Length", "l");
        if (value) {
            if (!read_length(value, header.at + header.length, is_known, length))
                return NULL;
            continue;
        }
        if (!has_via && find_transport(header, &transport)) {
            const size_t before = (size_t)(transport.at - header.at);
            *said = transport;
            memcpy(out, header.at, before);
            memcpy(out + before, to, strlen(to));
            out += before + strlen(to);
            header = (struct slice){transport.at + transport.length,
                                    header.length - before - transport.length};
            has_via = true;
        } else {
            has_via |= value_of(header, "Via", "v") != NULL;
        }
        memcpy(out, header.at, header.length);
        out += header.length;
    }
    return out;
}

ssize_t ws_sip_take_in(const char *message, size_t length, char *out,
                       enum ws_transport *transport)
{
    const size_t head = head_length(message, length);
    size_t body = head ? length - head : 0, said_length = 0;
    struct slice said = {"", 0};
    bool is_known = false;
    if (head <= 4 || memchr(message, '\0', head) || strchr(" \t\r\n", message[0]) ||
        !are_lines_whole(message, head))
        return -EBADMSG;
    char *end = copy_headers((struct slice){message, head - 2}, "TCP", out, &said, &is_known,
                             &said_length);
    if (!end || (is_known && said_length > body))
        return -EBADMSG;
    body = is_known ? said_length : body;
    if (said.length == 2 && strncasecmp(said.at, "WS", 2) == 0)
        *transport = WS_TRANSPORT_WS;
    else if (said.length == 3 && strncasecmp(said.at, "WSS", 3) == 0)
        *transport = WS_TRANSPORT_WSS;
    end += sprintf(end, "Content-Length: %zu\r\n\r\n", body);
    memcpy(end, message + head, body);
    return end + body - out;
}

ssize_t ws_sip_cut(const char *bytes, size_t count)
{
    const size_t head = head_length(bytes, count);
    struct slice rest = {bytes, head ? head - 2 : 0}, header;
    bool is_known = false;
    size_t length = 0;
    if (!head)
        return 0;
    while (next_header(&rest, &header)) {
        const char *value = value_of(header, "Content-Length", "l");
        if (value && !read_length(value, header.at + header.length, &is_known, &length))
            return -EBADMSG;
    }
    if (!is_known)
        return -EBADMSG;
    return count - head >= length ? (ssize_t)(head + length) : 0;
}

size_t ws_sip_take_out(const char *message, size_t length, enum ws_transport transport,
                       char *out)
{
    static const char *const words[] = {[WS_TRANSPORT_WS] = "WS", [WS_TRANSPORT_WSS] = "WSS"};
    struct slice rest = {message, head_length(message, length)}, header, said;
    bool is_found = false;
    while (!is_found && next_header(&rest, &header)) {
        if (value_of(header, "Via", "v")) {
            is_found = find_transport(header, &said);
            break;
        }
    }
    if (!is_found) {
        memcpy(out, message, length);
        return length;
    }
    const size_t before = (size_t)(said.at - message), word = strlen(words[transport]);
    const size_t after = length - before - said.length;
    memcpy(out, message, before);
    memcpy(out + before, words[transport], word);
    memcpy(out + before + word, said.at + said.length, after);
    return before + word + after;
}
