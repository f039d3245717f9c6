/* diversion.c - a list of addresses with parameters, in two dialects. */
#include "server/sip/diversion.h"

#include "server/sdp/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HISTORY_MOST = 20, INDEX_BYTES = 64 };

static const struct {
    unsigned cause;
    const char *reason;
} causes[] = {
    {404, "unknown"},    {302, "unconditional"}, {486, "user-busy"},   {408, "no-answer"},
    {480, "deflection"}, {487, "deflection"},    {503, "unavailable"},
};

static const char *reason_of(unsigned cause)
{
    for (unsigned i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (causes[i].cause == cause)
            return causes[i].reason;
    }
    return "unknown";
}

static unsigned cause_of(const char *reason)
{
    for (unsigned i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (strcasecmp(causes[i].reason, reason) == 0)
            return causes[i].cause;
    }
    return 404;
}

/* ---- one address of a list ---- */

struct part {
    const char *at;
    size_t length;
};

struct entry {
    struct part uri, params; /* of the address; behind it, from its first ';' */
};

/* How much of @p text there is before one of @p ends, which do not count in quotes. */
static size_t length_until(const char *text, size_t length, const char *ends)
{
    bool is_quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && text[i] == '\\')
            i++;
        else if (!is_quoted && strchr(ends, text[i]))
            return i;
    }
    return length;
}

static void trim(struct part *part)
{
    while (part->length && strchr(" \t\r\n", part->at[0])) {
        part->at++;
        part->length--;
    }
    while (part->length && strchr(" \t\r\n", part->at[part->length - 1]))
        part->length--;
}

/* The next of the list at *rest. @return false: there is none. */
static bool next_entry(const char **rest, struct entry *entry)
{
    size_t left = strlen(*rest);
    if (!left)
        return false;
    size_t open = length_until(*rest, left, "<,"), end;
    *entry = (struct entry){.uri = {"", 0}};
    if (open < left && (*rest)[open] == '<') {
        const char *uri = *rest + open + 1, *close = strchr(uri, '>');
        size_t length = close ? (size_t)(close - uri) : strlen(uri);
        entry->uri = (struct part){uri, length};
        entry->params = (struct part){uri + length + (close != NULL), 0};
    } else {
        size_t length = length_until(*rest, open, ";");
        entry->uri = (struct part){*rest, length};
        entry->params = (struct part){*rest + length, 0};
    }
    end = length_until(entry->params.at, strlen(entry->params.at), ",");
    entry->params.length = end;
    *rest = entry->params.at + end + (entry->params.at[end] == ',');
    trim(&entry->uri);
    return true;
}

/* The value of ";name=value" in @p params; without quotes, cut to fit. */
static bool find_param(struct part params, const char *name, char *out, size_t room)
{
    while (params.length) {
        params.at++; /* the ';' */
        params.length--;
        const size_t length = length_until(params.at, params.length, ";");
        struct part each = {params.at, length};
        const size_t key = length_until(params.at, length, "=");
        struct part word = {params.at, key};
        trim(&word);
        params.at += length;
        params.length -= length;
        if (word.length != strlen(name) || strncasecmp(word.at, name, word.length) != 0)
            continue;
        each.at += key + (key < each.length);
        each.length -= key + (key < each.length);
        trim(&each);
        if (each.length > 1 && each.at[0] == '"' && each.at[each.length - 1] == '"') {
            each.at++;
            each.length -= 2;
        }
        snprintf(out, room, "%.*s", (int)(each.length < room ? each.length : room - 1),
                 each.at);
        return true;
    }
    return false;
}

static bool is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~' || strchr("<>\"\\", text[i]))
            return false;
    }
    return length > 0;
}

static bool is_token(const char *text)
{
    return text[0] && !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-._")];
}

/* Its address without parameters. @return false: it is none that can be shown. */
static bool read_uri(struct part uri, char out[DIVERSION_URI_BYTES])
{
    size_t length = 0;
    while (length < uri.length && !strchr(";?", uri.at[length]))
        length++;
    const size_t scheme = length >= 4 && strncasecmp(uri.at, "sip:", 4) == 0    ? 4
                          : length >= 5 && strncasecmp(uri.at, "sips:", 5) == 0 ? 5
                          : length >= 4 && strncasecmp(uri.at, "tel:", 4) == 0  ? 4
                                                                                : 0;
    if (!scheme || length == scheme || length >= DIVERSION_URI_BYTES ||
        !is_plain(uri.at, length))
        return false;
    memcpy(out, uri.at, length);
    out[length] = '\0';
    return true;
}

static void append(struct diversion_list *list, const char *uri, const char *reason)
{
    if (list->count == DIVERSION_MOST)
        return;
    struct diversion *diversion = &list->diversion[list->count++];
    snprintf(diversion->uri, sizeof(diversion->uri), "%s", uri);
    snprintf(diversion->reason, sizeof(diversion->reason), "%s",
             is_token(reason) ? reason : "unknown");
}

/* ---- Diversion ---- */

void diversion_read(const char *value, struct diversion_list *list)
{
    struct entry entry;
    while (list->count < DIVERSION_MOST && next_entry(&value, &entry)) {
        char uri[DIVERSION_URI_BYTES], reason[DIVERSION_REASON_BYTES] = "", privacy[16] = "";
        if (!read_uri(entry.uri, uri))
            continue;
        find_param(entry.params, "reason", reason, sizeof(reason));
        find_param(entry.params, "privacy", privacy, sizeof(privacy));
        const bool hides = strcasecmp(privacy, "full") == 0 || strcasecmp(privacy, "uri") == 0;
        append(list, hides ? DIVERSION_ANONYMOUS : uri, reason);
    }
}

/* ---- History-Info ---- */

struct history {
    char uri[DIVERSION_URI_BYTES];              /* as it may be shown */
    char index[INDEX_BYTES], from[INDEX_BYTES]; /* from "": of the entry before */
    unsigned cause;                             /* for which it was chosen; 0: it is not said */
    unsigned left;                              /* for which it was left; the same            */
};

/* "cause=486" somewhere in @p text, also escaped. 0: it is not there. */
static unsigned find_cause(struct part text)
{
    static const char *const words[] = {"cause=", "cause%3D"};
    for (size_t i = 0; i < text.length; i++) {
        for (unsigned k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
            const size_t length = strlen(words[k]);
            if (text.length - i <= length || strncasecmp(text.at + i, words[k], length) != 0)
                continue;
            unsigned cause = 0;
            for (i += length;
                 i < text.length && text.at[i] >= '0' && text.at[i] <= '9' && cause < 1000; i++)
                cause = cause * 10 + (unsigned)(text.at[i] - '0');
            return cause < 1000 ? cause : 0;
        }
    }
    return 0;
}

static bool has_word(struct part text, const char *word)
{
    const size_t length = strlen(word);
    for (size_t i = 0; i + length <= text.length; i++) {
        if (strncasecmp(text.at + i, word, length) == 0)
            return true;
    }
    return false;
}

static bool read_history(const struct entry *entry, struct history *history)
{
    static const char *const from[] = {"rc", "mp", "np"};
    struct part uri = entry->uri, headers = {"", 0};
    *history = (struct history){.cause = 0};
    for (size_t i = 0; i < uri.length && !headers.length; i++) {
        if (uri.at[i] == '?')
            headers = (struct part){uri.at + i, uri.length - i};
    }
    if (!read_uri(uri, history->uri))
        return false;
    if (has_word(headers, "privacy=history") || has_word(headers, "privacy=session") ||
        has_word(headers, "privacy=header"))
        snprintf(history->uri, sizeof(history->uri), "%s", DIVERSION_ANONYMOUS);
    uri.length -= headers.length;
    history->cause = find_cause(uri);
    history->left = has_word(headers, "reason=sip") ? find_cause(headers) : 0;
    find_param(entry->params, "index", history->index, INDEX_BYTES);
    for (unsigned i = 0; i < sizeof(from) / sizeof(from[0]) && !history->from[0]; i++)
        find_param(entry->params, from[i], history->from, INDEX_BYTES);
    return true;
}

/* Which entry @p at came from. */
static unsigned before(const struct history all[], unsigned at)
{
    for (unsigned i = 0; i < at && all[at].from[0]; i++) {
        if (strcmp(all[i].index, all[at].from) == 0)
            return i;
    }
    return at - 1;
}

void diversion_read_history(const char *value, struct diversion_list *list)
{
    struct history all[HISTORY_MOST];
    struct entry entry;
    unsigned count = 0;
    while (count < HISTORY_MOST && next_entry(&value, &entry))
        count += read_history(&entry, &all[count]);
    for (unsigned at = count; at-- > 1;) {
        const struct history *from = &all[before(all, at)];
        const unsigned cause = all[at].cause ? all[at].cause : from->left;
        if (cause)
            append(list, from->uri, reason_of(cause));
    }
}

/* ---- ours ---- */

void diversion_add(struct diversion_list *list, const char *uri, const char *reason)
{
    const unsigned kept = list->count < DIVERSION_MOST ? list->count : DIVERSION_MOST - 1;
    memmove(&list->diversion[1], &list->diversion[0], kept * sizeof(list->diversion[0]));
    list->count = 0;
    append(list, uri, reason);
    list->count = kept + 1;
}

void diversion_keep_oldest(struct diversion_list *list, unsigned count)
{
    if (count >= list->count)
        return;
    memmove(&list->diversion[0], &list->diversion[list->count - count],
            count * sizeof(list->diversion[0]));
    list->count = count;
}

void diversion_write(const struct diversion_list *list, char out[DIVERSION_TEXT_BYTES])
{
    struct text text;
    text_init(&text, out, DIVERSION_TEXT_BYTES);
    for (unsigned i = 0; i < list->count; i++) {
        const struct diversion *each = &list->diversion[i];
        const bool hides = strcmp(each->uri, DIVERSION_ANONYMOUS) == 0;
        text_add(&text, "%s<%s>;reason=%s;counter=1%s", i ? ", " : "", each->uri, each->reason,
                 hides ? ";privacy=full" : "");
    }
}

/* From the oldest, whose index is 1, to @p target: 1.1.1 and so on, each from the one before.
 */
void diversion_write_history(const struct diversion_list *list, const char *target,
                             char out[DIVERSION_TEXT_BYTES])
{
    char index[2 * DIVERSION_MOST + 2] = "1";
    struct text text;
    unsigned cause = 0;
    text_init(&text, out, DIVERSION_TEXT_BYTES);
    for (unsigned i = list->count; list->count && i-- > 0;) {
        const struct diversion *each = &list->diversion[i];
        const unsigned next = cause_of(each->reason);
        text_add(&text, "<%s", each->uri);
        if (cause)
            text_add(&text, ";cause=%u", cause);
        text_add(&text, "?Reason=SIP%%3Bcause%%3D%u>;index=%s", next, index);
        if (cause)
            text_add(&text, ";mp=%.*s", (int)strlen(index) - 2, index);
        text_add(&text, ", ");
        strcat(index, ".1");
        cause = next;
    }
    if (list->count)
        text_add(&text, "<%s;cause=%u>;index=%s;mp=%.*s", target, cause, index,
                 (int)strlen(index) - 2, index);
}
