/* msrp_head.c - one line after the other. */
#include "server/msrp/msrp_head.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { TRANSACTION_LEAST = 4, RANGE_DIGITS = 18 };

static bool is_ident(struct slice text)
{
    if (text.length < TRANSACTION_LEAST || text.length >= MSRP_TRANSACTION_BYTES)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        const char sign = text.at[i];
        const bool is_letter = (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') ||
                               (sign >= '0' && sign <= '9');
        if (!sign || (!is_letter && (!i || !strchr(".-+%=", sign))))
            return false;
    }
    return true;
}

static int read_method(struct slice word, struct msrp_head *head)
{
    unsigned long status;
    if (word.length == 3 && slice_number(word, 999, &status)) {
        head->method = MSRP_RESPONSE;
        head->status = (unsigned)status;
        return 0;
    }
    for (size_t i = 0; i < word.length; i++) {
        if (word.at[i] < 'A' || word.at[i] > 'Z')
            return -EBADMSG;
    }
    head->method = slice_equals(word, "SEND")       ? MSRP_SEND
                   : slice_equals(word, "REPORT")   ? MSRP_REPORT
                   : slice_equals(word, "NICKNAME") ? MSRP_NICKNAME
                                                    : MSRP_OTHER;
    return 0;
}

int msrp_head_read_start(struct slice line, struct msrp_head *head)
{
    static const char name[] = "MSRP ";
    struct slice method;
    if (line.length < sizeof(name) - 1 || memcmp(line.at, name, sizeof(name) - 1) != 0)
        return -EBADMSG;
    line.at += sizeof(name) - 1;
    line.length -= sizeof(name) - 1;
    if (!slice_next_word(&line, ' ', &head->transaction) || !is_ident(head->transaction) ||
        !slice_next_word(&line, ' ', &method))
        return -EBADMSG;
    return read_method(method, head);
}

/* ---- headers ---- */

static bool read_count(struct slice text, uint64_t *count)
{
    uint64_t value = 0;
    if (!text.length || text.length > RANGE_DIGITS)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    }
    *count = value;
    return true;
}

static bool read_end(struct slice text, uint64_t *count)
{
    if (!slice_equals(text, "*"))
        return read_count(text, count);
    *count = MSRP_NOT_SAID;
    return true;
}

/* "1-*" "/" "2048" */
static int read_range(struct slice text, struct msrp_range *range)
{
    const char *dash = text.length ? memchr(text.at, '-', text.length) : NULL;
    const char *slash = text.length ? memchr(text.at, '/', text.length) : NULL;
    const char *end = text.at + text.length;
    if (!dash || !slash || slash < dash ||
        !read_count((struct slice){text.at, (size_t)(dash - text.at)}, &range->first) ||
        !read_end((struct slice){dash + 1, (size_t)(slash - dash) - 1}, &range->last) ||
        !read_end((struct slice){slash + 1, (size_t)(end - slash) - 1}, &range->total))
        return -EBADMSG;
    const bool ends = range->last != MSRP_NOT_SAID, has_total = range->total != MSRP_NOT_SAID;
    if (!range->first || (ends && range->last + 1 < range->first) ||
        (has_total &&
         (range->first - 1 > range->total || (ends && range->last > range->total))))
        return -EBADMSG;
    return 0;
}

static int read_yes(struct slice text, bool *yes)
{
    *yes = slice_equals(text, "yes");
    return *yes || slice_equals(text, "no") ? 0 : -EBADMSG;
}

static int read_failure(struct slice text, enum msrp_failure *failure)
{
    *failure = slice_equals(text, "no")        ? MSRP_FAILURE_NO
               : slice_equals(text, "partial") ? MSRP_FAILURE_PARTIAL
                                               : MSRP_FAILURE_YES;
    return *failure != MSRP_FAILURE_YES || slice_equals(text, "yes") ? 0 : -EBADMSG;
}

/* "000 200 OK": in a namespace that we do not know it says nothing. */
static void read_report(struct slice text, struct msrp_head *head)
{
    struct slice space, code;
    unsigned long status;
    if (slice_next_word(&text, ' ', &space) && slice_equals(space, "000") &&
        slice_next_word(&text, ' ', &code) && slice_number(code, 999, &status))
        head->report = (unsigned)status;
}

enum header {
    TO_PATH,
    FROM_PATH,
    MESSAGE_ID,
    BYTE_RANGE,
    SUCCESS_REPORT,
    FAILURE_REPORT,
    STATUS,
    CONTENT_TYPE,
    USE_NICKNAME,
    HEADERS
};

static enum header find(struct slice name)
{
    static const char *const names[HEADERS] = {
        [TO_PATH] = "To-Path",
        [FROM_PATH] = "From-Path",
        [MESSAGE_ID] = "Message-ID",
        [BYTE_RANGE] = "Byte-Range",
        [SUCCESS_REPORT] = "Success-Report",
        [FAILURE_REPORT] = "Failure-Report",
        [STATUS] = "Status",
        [CONTENT_TYPE] = "Content-Type",
        [USE_NICKNAME] = "Use-Nickname",
    };
    for (enum header i = 0; i < HEADERS; i++) {
        if (strlen(names[i]) == name.length && strncasecmp(names[i], name.at, name.length) == 0)
            return i;
    }
    return HEADERS;
}

static int read_header(enum header header, struct slice value, struct msrp_head *head)
{
    switch (header) {
    case TO_PATH:
        head->to_path = value;
        return value.length ? 0 : -EBADMSG;
    case FROM_PATH:
        head->from_path = value;
        return value.length ? 0 : -EBADMSG;
    case MESSAGE_ID:
        head->message_id = value;
        return value.length && value.length < MSRP_MESSAGE_ID_BYTES ? 0 : -EBADMSG;
    case BYTE_RANGE:
        head->has_range = true;
        return read_range(value, &head->range);
    case SUCCESS_REPORT:
        return read_yes(value, &head->wants_success);
    case FAILURE_REPORT:
        return read_failure(value, &head->failure);
    case STATUS:
        read_report(value, head);
        return 0;
    case CONTENT_TYPE:
        head->content_type = value;
        return 0;
    case USE_NICKNAME:
        head->has_nickname = true;
        head->nickname = value;
        return 0;
    case HEADERS:
        break;
    }
    return 0;
}

/* The next line of @p text, which ends with CRLF or with the text. */
static bool next_line(struct slice *text, struct slice *line)
{
    if (!text->length)
        return false;
    const char *end = memmem(text->at, text->length, "\r\n", 2);
    line->at = text->at;
    line->length = end ? (size_t)(end - text->at) : text->length;
    const size_t used = line->length + (end ? 2 : 0);
    text->at += used;
    text->length -= used;
    return true;
}

int msrp_head_read(struct slice text, struct msrp_head *head)
{
    struct slice line;
    unsigned seen = 0, lines = 0;
    *head = (struct msrp_head){.text = text, .range = {1, MSRP_NOT_SAID, MSRP_NOT_SAID}};
    if (!next_line(&text, &line) || msrp_head_read_start(line, head) < 0)
        return -EBADMSG;
    while (next_line(&text, &line)) {
        const char *colon = line.length ? memchr(line.at, ':', line.length) : NULL;
        if (!colon || colon == line.at || ++lines > MSRP_HEAD_LINES)
            return -EBADMSG;
        const size_t name = (size_t)(colon - line.at);
        const enum header header = find((struct slice){line.at, name});
        if (header == HEADERS)
            continue;
        const struct slice value =
            slice_trim((struct slice){colon + 1, line.length - name - 1});
        if (seen & 1U << header || read_header(header, value, head) < 0)
            return -EBADMSG;
        seen |= 1U << header;
    }
    return head->to_path.length && head->from_path.length ? 0 : -EBADMSG;
}

int msrp_head_nickname(struct slice quoted, char out[MSRP_NICKNAME_BYTES])
{
    size_t length = 0;
    if (quoted.length < 2 || quoted.at[0] != '"' || quoted.at[quoted.length - 1] != '"')
        return -EBADMSG;
    for (size_t i = 1; i < quoted.length - 1; i++) {
        if (quoted.at[i] == '\\')
            i++;
        else if (quoted.at[i] == '"')
            return -EBADMSG;
        if (i == quoted.length - 1 || (unsigned char)quoted.at[i] < ' ' ||
            length == MSRP_NICKNAME_BYTES - 1)
            return -EBADMSG;
        out[length++] = quoted.at[i];
    }
    out[length] = '\0';
    return 0;
}

bool msrp_head_is_type(struct slice type, const char *wanted)
{
    const char *end = type.length ? memchr(type.at, ';', type.length) : NULL;
    if (end)
        type.length = (size_t)(end - type.at);
    type = slice_trim(type);
    return type.length == strlen(wanted) && strncasecmp(type.at, wanted, type.length) == 0;
}
