/* mime.c - by hand: nothing here is more than a walk over lines. */
#include "server/body/mime.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- lines ---- */

/* Takes a line off @p rest, without its end. @return false: there is no whole one. */
static bool next_line(struct slice *rest, struct slice *line)
{
    const char *end = rest->length ? memchr(rest->at, '\n', rest->length) : NULL;
    if (!end)
        return false;
    size_t taken = (size_t)(end - rest->at) + 1;
    line->at = rest->at;
    line->length = taken - 1;
    if (line->length && line->at[line->length - 1] == '\r')
        line->length--;
    rest->at += taken;
    rest->length -= taken;
    return true;
}

static struct slice trim(struct slice text)
{
    while (text.length && (*text.at == ' ' || *text.at == '\t')) {
        text.at++;
        text.length--;
    }
    while (text.length && (text.at[text.length - 1] == ' ' || text.at[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* If @p line is "NAME: value" gives the value. */
static bool is_header(struct slice line, const char *name, struct slice *value)
{
    size_t length = strlen(name);
    if (line.length <= length || strncasecmp(line.at, name, length) != 0 ||
        line.at[length] != ':')
        return false;
    *value = trim((struct slice){line.at + length + 1, line.length - length - 1});
    return true;
}

int mime_read(struct slice entity, struct mime_part *part)
{
    struct slice line;
    *part = (struct mime_part){
        .type = {"", 0}, .encoding = {"", 0}, .disposition = {"", 0}, .id = {"", 0}};
    while (next_line(&entity, &line)) {
        if (!line.length) {
            part->body = entity;
            return 0;
        }
        if (!memchr(line.at, ':', line.length) || *line.at == ' ' || *line.at == '\t')
            return -EBADMSG;
        if (!is_header(line, "Content-Type", &part->type) &&
            !is_header(line, "Content-Transfer-Encoding", &part->encoding) &&
            !is_header(line, "Content-Disposition", &part->disposition))
            is_header(line, "Content-ID", &part->id);
    }
    return -EBADMSG;
}

/* ---- types ---- */

bool mime_is(struct slice type, const char *word)
{
    size_t length = strlen(word);
    if (type.length < length || strncasecmp(type.at, word, length) != 0)
        return false;
    return type.length == length || strchr("; \t", type.at[length]);
}

/* Takes the value at the begin of @p rest, quoted or not, to @p out. */
static bool take_value(struct slice *rest, char *out, size_t room)
{
    bool is_quoted = rest->length && *rest->at == '"', is_whole = !is_quoted;
    size_t at = is_quoted, used = 0;
    for (; at < rest->length; at++) {
        char c = rest->at[at];
        if (is_quoted && c == '"') {
            is_whole = true;
            at++;
            break;
        }
        if (!is_quoted && strchr("; \t", c))
            break;
        if (is_quoted && c == '\\' && at + 1 < rest->length)
            c = rest->at[++at];
        if (used + 1 >= room || !c)
            return false;
        out[used++] = c;
    }
    out[used] = '\0';
    rest->at += at;
    rest->length -= at;
    return is_whole;
}

bool mime_parameter(struct slice type, const char *name, char *out, size_t room)
{
    char value[1024];
    size_t length = strlen(name);
    const char *begin = memchr(type.at, ';', type.length);
    struct slice rest = begin ? (struct slice){begin, type.length - (size_t)(begin - type.at)}
                              : (struct slice){"", 0};
    while (rest.length && *rest.at == ';') {
        rest = trim((struct slice){rest.at + 1, rest.length - 1});
        const char *equals = memchr(rest.at, '=', rest.length);
        if (!equals)
            return false;
        struct slice key = trim((struct slice){rest.at, (size_t)(equals - rest.at)});
        rest.length -= (size_t)(equals - rest.at) + 1;
        rest.at = equals + 1;
        bool is_it = key.length == length && strncasecmp(key.at, name, length) == 0;
        if (is_it)
            return take_value(&rest, out, room);
        if (!take_value(&rest, value, sizeof(value)))
            return false;
        rest = trim(rest);
    }
    return false;
}

/* ---- multiparts ---- */

/* 0: no delimiter; 1: one; 2: the last one. */
static int delimiter(struct slice line, const char *boundary)
{
    size_t length = strlen(boundary);
    line = trim(line);
    if (line.length < length + 2 || memcmp(line.at, "--", 2) != 0 ||
        memcmp(line.at + 2, boundary, length) != 0)
        return 0;
    struct slice rest = {line.at + 2 + length, line.length - 2 - length};
    return !rest.length ? 1 : slice_equals(rest, "--") ? 2 : 0;
}

/* From @p begin to the end of the line before @p line: that end belongs to the delimiter. */
static struct slice part_between(const char *begin, const char *line)
{
    size_t length = line > begin ? (size_t)(line - begin) - 1 : 0;
    if (length && begin[length - 1] == '\r')
        length--;
    return (struct slice){begin, length};
}

int mime_split(struct slice body, const char *boundary, struct slice parts[], unsigned most)
{
    unsigned count = 0;
    const char *begin = NULL; /* of the part at hand */
    if (!*boundary)
        return -EBADMSG;
    for (bool is_last = false; !is_last;) {
        struct slice line, rest = body;
        bool is_whole = next_line(&rest, &line);
        if (!is_whole) { /* the last line may have no end */
            is_last = true;
            line = body;
        }
        int kind = delimiter(line, boundary);
        if (kind && begin) {
            if (count == most)
                return -EBADMSG;
            parts[count++] = part_between(begin, line.at);
        }
        if (kind == 2)
            return begin ? (int)count : -EBADMSG;
        if (kind == 1)
            begin = rest.at;
        body = rest;
    }
    return -EBADMSG;
}

/* ---- encodings ---- */

static int decode_base64(struct slice text, char *out, size_t *length)
{
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    int got = 0, rest = 0;
    if (!context)
        return -ENOMEM;
    EVP_DecodeInit(context);
    bool is_good = EVP_DecodeUpdate(context, (unsigned char *)out, &got,
                                    (const unsigned char *)text.at, (int)text.length) >= 0 &&
                   EVP_DecodeFinal(context, (unsigned char *)out + got, &rest) == 1;
    EVP_ENCODE_CTX_free(context);
    *length = (size_t)(got + rest);
    return is_good ? 0 : -EBADMSG;
}

int mime_decode(const struct mime_part *part, char **bytes, size_t *length)
{
    bool is_base64 = mime_is(part->encoding, "base64");
    if (!is_base64 && part->encoding.length && !mime_is(part->encoding, "binary") &&
        !mime_is(part->encoding, "8bit") && !mime_is(part->encoding, "7bit"))
        return -ENOTSUP;
    if (part->body.length > DESCRIPTION_MAX_BYTES)
        return -EMSGSIZE;
    char *out = malloc(part->body.length + 4);
    if (!out)
        return -ENOMEM;
    int err = 0;
    *length = part->body.length;
    if (is_base64)
        err = decode_base64(part->body, out, length);
    else
        memcpy(out, part->body.at, part->body.length);
    if (err < 0) {
        free(out);
        return err;
    }
    out[*length] = '\0';
    *bytes = out;
    return 0;
}
