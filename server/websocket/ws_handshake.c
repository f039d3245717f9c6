/* ws_handshake.c - the few headers that matter, read strictly. */
#include "server/websocket/ws_handshake.h"

#include "server/sdp/text.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

enum { KEY_TEXT_BYTES = 24 /* 16 bytes in base 64 */, KEY_DATA = 22, ACCEPT_BYTES = 29 };

static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ---- texts ---- */

static bool is_word(struct slice slice, const char *word)
{
    return slice.length == strlen(word) && strncasecmp(slice.at, word, slice.length) == 0;
}

/* Cuts @p rest at the first @p mark. @return false: nothing is left. */
static bool next(struct slice *rest, char mark, struct slice *part)
{
    if (!rest->at)
        return false;
    const char *end = memchr(rest->at, mark, rest->length);
    const size_t length = end ? (size_t)(end - rest->at) : rest->length;
    *part = (struct slice){rest->at, length};
    *rest = end ? (struct slice){end + 1, rest->length - length - 1} : (struct slice){NULL, 0};
    return true;
}

static bool has_word(struct slice list, const char *word)
{
    struct slice part;
    while (slice_next_word(&list, ',', &part)) {
        if (is_word(slice_trim(part), word))
            return true;
    }
    return false;
}

/* ---- the request ---- */

struct headers {
    bool upgrades, connects, is_13, has_sip, has_host, is_bad;
};

size_t ws_handshake_length(struct slice data)
{
    const char *end = memmem(data.at, data.length, "\r\n\r\n", 4);
    return end ? (size_t)(end - data.at) + 4 : 0;
}

/* "GET /path HTTP/1.1". */
static int read_start(struct slice line)
{
    struct slice method, path, version, more;
    if (!next(&line, ' ', &method) || !next(&line, ' ', &path) || !next(&line, ' ', &version) ||
        next(&line, ' ', &more) || !path.length || version.length != 8 ||
        strncmp(version.at, "HTTP/", 5) != 0)
        return 400;
    if (!is_word(method, "GET"))
        return 405;
    return is_word(version, "HTTP/1.1") ? 101 : 505;
}

static bool is_key(struct slice key)
{
    if (key.length != KEY_TEXT_BYTES || memcmp(key.at + KEY_DATA, "==", 2) != 0)
        return false;
    for (size_t i = 0; i < KEY_DATA; i++) {
        if (!memchr(base64, key.at[i], sizeof(base64) - 1))
            return false;
    }
    return true;
}

static void read_header(struct slice line, struct headers *headers, struct ws_request *request)
{
    struct slice name, value = line;
    if (!next(&value, ':', &name) || !value.at || !name.length || strchr(" \t", name.at[0]) ||
        strchr(" \t", name.at[name.length - 1])) {
        headers->is_bad = true; /* folded, or none at all */
        return;
    }
    value = slice_trim(value);
    if (is_word(name, "Host")) {
        headers->is_bad |= headers->has_host;
        headers->has_host = true;
    } else if (is_word(name, "Upgrade")) {
        headers->upgrades |= has_word(value, "websocket");
    } else if (is_word(name, "Connection")) {
        headers->connects |= has_word(value, "upgrade");
    } else if (is_word(name, "Sec-WebSocket-Version")) {
        headers->is_13 = is_word(value, "13");
    } else if (is_word(name, "Sec-WebSocket-Protocol")) {
        headers->has_sip |= has_word(value, "sip");
    } else if (is_word(name, "Sec-WebSocket-Key")) {
        headers->is_bad |= request->key.length || !is_key(value);
        request->key = value;
    } else if (is_word(name, "Origin")) {
        headers->is_bad |= request->origin.length != 0;
        request->origin = value;
    } else if (is_word(name, "X-Forwarded-For")) {
        request->forwarded = value;
    } else if (is_word(name, "Content-Length") || is_word(name, "Transfer-Encoding")) {
        headers->is_bad |= !is_word(value, "0"); /* what follows would not be frames */
    }
}

int ws_handshake_read(struct slice head, struct ws_request *request)
{
    struct headers headers = {.is_bad = false};
    struct slice line;
    *request = (struct ws_request){.key = {"", 0}, .origin = {"", 0}, .forwarded = {"", 0}};
    if (memchr(head.at, '\0', head.length) || !next(&head, '\n', &line) || !line.length)
        return 400;
    line.length--; /* its CR: that the head ends with two CRLF does not say that each line has */
    const int status = line.at[line.length] == '\r' ? read_start(line) : 400;
    if (status != 101)
        return status;
    while (next(&head, '\n', &line) && line.length) {
        if (line.at[line.length - 1] != '\r')
            return 400;
        line.length--;
        if (!line.length)
            break;
        read_header(line, &headers, request);
    }
    if (headers.is_bad || !headers.has_host)
        return 400;
    if (!headers.upgrades || !headers.connects || !headers.is_13)
        return 426;
    if (!request->key.length)
        return 400;
    return headers.has_sip ? 101 : 501;
}

bool ws_origin_is_one_of(const struct ws_request *request, const char *const *origins,
                         unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (is_word(request->origin, origins[i]) || strcmp(origins[i], "*") == 0)
            return true;
    }
    return !count || !request->origin.length;
}

/* ---- the answer ---- */

static void accept_of(struct slice key, char out[ACCEPT_BYTES])
{
    unsigned char hash[SHA_DIGEST_LENGTH];
    char joined[KEY_TEXT_BYTES + sizeof(guid)];
    memcpy(joined, key.at, KEY_TEXT_BYTES);
    memcpy(joined + KEY_TEXT_BYTES, guid, sizeof(guid));
    SHA1((const unsigned char *)joined, sizeof(joined) - 1, hash);
    EVP_EncodeBlock((unsigned char *)out, hash, sizeof(hash));
}

static const char *phrase_of(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 405:
        return "Method Not Allowed";
    case 426:
        return "Upgrade Required";
    case 501:
        return "Not Implemented";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Service Unavailable";
    }
}

size_t ws_handshake_answer(int status, const struct ws_request *request,
                           char out[WS_HANDSHAKE_ANSWER_BYTES])
{
    char accept[ACCEPT_BYTES];
    struct text text;
    text_init(&text, out, WS_HANDSHAKE_ANSWER_BYTES);
    if (status == 101) {
        accept_of(request->key, accept);
        text_add(&text,
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
                 "Sec-WebSocket-Protocol: sip\r\n\r\n",
                 accept);
        return text.length;
    }
    text_add(&text, "HTTP/1.1 %d %s\r\n", status, phrase_of(status));
    if (status == 426)
        text_add(&text, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    if (status == 405)
        text_add(&text, "Allow: GET\r\n");
    text_add(&text, "Connection: %sclose\r\nContent-Length: 0\r\n\r\n",
             status == 426 ? "Upgrade, " : "");
    return text.length;
}
