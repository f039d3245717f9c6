/* cpim.c - two blocks of headers, and what is behind them. */
#include "server/body/cpim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define IMDN_SPACE "urn:ietf:params:imdn"
enum { MOST_HEADERS = 64, ESCAPED_NAME_BYTES = 512 };

/* ---- read ---- */

/* Takes a line off @p rest, without its end. @return false: there is no whole one. */
static bool take_line(struct slice *rest, struct slice *line)
{
    const char *end = memchr(rest->at, '\n', rest->length);
    if (!end)
        return false;
    size_t length = (size_t)(end - rest->at);
    *line = slice_trim((struct slice){rest->at, length});
    rest->at += length + 1;
    rest->length -= length + 1;
    return true;
}

/* "Name: value". @return false: no header. */
static bool split(struct slice line, struct slice *name, struct slice *value)
{
    const char *colon = memchr(line.at, ':', line.length);
    if (!colon || colon == line.at)
        return false;
    size_t length = (size_t)(colon - line.at);
    *name = slice_trim((struct slice){line.at, length});
    *value = slice_trim((struct slice){colon + 1, line.length - length - 1});
    return true;
}

static bool is_name(struct slice name, const char *text)
{
    return name.length == strlen(text) && strncasecmp(name.at, text, name.length) == 0;
}

/* "Name <uri>": the URI. */
static struct slice uri_of(struct slice value)
{
    const char *open = memrchr(value.at, '<', value.length);
    if (!open)
        return value;
    size_t left = value.length - (size_t)(open + 1 - value.at);
    const char *close = memchr(open + 1, '>', left);
    return (struct slice){open + 1, close ? (size_t)(close - open - 1) : 0};
}

/* "imdn <urn:ietf:params:imdn>" names the prefix. */
static void take_space(struct slice value, struct slice *prefix)
{
    struct slice uri = uri_of(value);
    if (uri.at > value.at && slice_equals(uri, IMDN_SPACE))
        *prefix = slice_trim((struct slice){value.at, (size_t)(uri.at - 1 - value.at)});
}

/* "imdn.Message-ID": is it @p text of that prefix? */
static bool is_imdn(struct slice name, struct slice prefix, const char *text)
{
    if (name.length <= prefix.length + 1 || memcmp(name.at, prefix.at, prefix.length) != 0 ||
        name.at[prefix.length] != '.')
        return false;
    return is_name((struct slice){name.at + prefix.length + 1, name.length - prefix.length - 1},
                   text);
}

static bool has_word(struct slice list, const char *word)
{
    struct slice one;
    while (slice_next_word(&list, ',', &one)) {
        if (is_name(slice_trim(one), word))
            return true;
    }
    return false;
}

static int read_headers(struct slice *rest, struct cpim *cpim)
{
    struct slice line, name, value, prefix = {"imdn", 4};
    unsigned count = 0;
    while (take_line(rest, &line)) {
        if (!line.length)
            return count ? 0 : -EBADMSG;
        if (++count > MOST_HEADERS || !split(line, &name, &value))
            return -EBADMSG;
        if (is_name(name, "From"))
            cpim->from_uri = uri_of(value);
        else if (is_name(name, "To") && ++cpim->receivers)
            cpim->to_uri = uri_of(value);
        else if (is_name(name, "NS"))
            take_space(value, &prefix);
        else if (is_imdn(name, prefix, "Message-ID"))
            cpim->message_id = value;
        else if (is_imdn(name, prefix, "Disposition-Notification"))
            cpim->wants_delivered = has_word(value, "positive-delivery");
    }
    return -EBADMSG;
}

/* The headers of the content; there may be none, but the empty line has to be there. */
static int read_content(struct slice *rest, struct cpim *cpim)
{
    struct slice line, name, value;
    for (unsigned count = 0; take_line(rest, &line); count++) {
        if (!line.length) {
            cpim->content = *rest;
            return 0;
        }
        if (count == MOST_HEADERS || !split(line, &name, &value))
            return -EBADMSG;
        if (is_name(name, "Content-Type"))
            cpim->type = value;
        else if (is_name(name, "Content-Transfer-Encoding") && !is_name(value, "8bit") &&
                 !is_name(value, "7bit") && !is_name(value, "binary"))
            return -EBADMSG;
    }
    return -EBADMSG;
}

int cpim_read(struct slice body, struct cpim *cpim)
{
    const struct slice none = {"", 0};
    *cpim = (struct cpim){
        .from_uri = none, .to_uri = none, .message_id = none, .type = none, .content = none};
    int err = read_headers(&body, cpim);
    return err < 0 ? err : read_content(&body, cpim);
}

/* ---- written ---- */

/* In quotes: what would end them is escaped. */
static void escape(const char *name, char out[ESCAPED_NAME_BYTES])
{
    size_t length = 0;
    for (; *name && length + 3 < ESCAPED_NAME_BYTES; name++) {
        if (*name == '"' || *name == '\\')
            out[length++] = '\\';
        out[length++] = *name;
    }
    out[length] = '\0';
}

char *cpim_write(const struct cpim_out *out)
{
    char name[ESCAPED_NAME_BYTES], *text;
    escape(out->from_name, name);
    const char *id = out->message_id ? out->message_id : "";
    int length =
        asprintf(&text,
                 "From: \"%s\" <%s>\r\nTo: <%s>\r\nDateTime: %s\r\n%s%s%s%s%s\r\n"
                 "Content-Type: %s\r\n%s\r\n%s",
                 name, out->from_uri, out->to_uri, out->time,
                 id[0] ? "NS: imdn <" IMDN_SPACE ">\r\n" : "", id[0] ? "imdn.Message-ID: " : "",
                 id, id[0] ? "\r\n" : "",
                 id[0] && out->asks
                     ? "imdn.Disposition-Notification: positive-delivery, negative-delivery\r\n"
                     : "",
                 out->type, out->is_receipt ? "Content-Disposition: notification\r\n" : "",
                 out->content);
    return length < 0 ? NULL : text;
}
