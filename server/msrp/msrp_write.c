/* msrp_write.c - header by header. */
#include "server/msrp/msrp_write.h"

#include <string.h>

static void add(struct text *text, const char *name, const char *value)
{
    if (value)
        text_add(text, "%s: %s\r\n", name, value);
}

static void add_range(struct text *text, const struct msrp_range *range)
{
    const uint64_t ends[] = {range->last, range->total};
    if (!range->first)
        return;
    text_add(text, "Byte-Range: %llu", (unsigned long long)range->first);
    for (unsigned i = 0; i < 2; i++) {
        if (ends[i] == MSRP_NOT_SAID)
            text_add(text, "%c*", "-/"[i]);
        else
            text_add(text, "%c%llu", "-/"[i], (unsigned long long)ends[i]);
    }
    text_add(text, "\r\n");
}

void msrp_write_request(struct text *text, const struct msrp_request *request)
{
    text_add(text, "MSRP %s %s\r\n", request->transaction, request->method);
    add(text, "To-Path", request->to_path);
    add(text, "From-Path", request->from_path);
    add(text, "Message-ID", request->message_id);
    add_range(text, &request->range);
    add(text, "Success-Report", request->wants_success ? "yes" : NULL);
    if (request->status)
        text_add(text, "Status: 000 %03u %s\r\n", request->status,
                 msrp_write_comment(request->status));
    add(text, "Content-Type", request->content_type);
    if (request->content_type)
        text_add(text, "\r\n");
}

void msrp_write_end(struct text *text, const char *transaction, bool has_content, char flag)
{
    text_add(text, "%s-------%s%c\r\n", has_content ? "\r\n" : "", transaction, flag);
}

/* Section 7.2: those to SEND go one hop, others all the way. */
void msrp_write_response(struct text *text, const struct msrp_head *request, unsigned status,
                         const char *comment)
{
    const int transaction = (int)request->transaction.length;
    struct slice from = request->from_path, to = request->to_path, hop = {"", 0}, own = {"", 0};
    if (request->method != MSRP_SEND)
        hop = from;
    else
        (void)slice_next_word(&from, ' ', &hop);
    (void)slice_next_word(&to, ' ', &own);
    text_add(text, "MSRP %.*s %03u %s\r\nTo-Path: %.*s\r\nFrom-Path: %.*s\r\n-------%.*s$\r\n",
             transaction, request->transaction.at, status, comment, (int)hop.length, hop.at,
             (int)own.length, own.at, transaction, request->transaction.at);
}

const char *msrp_write_comment(unsigned status)
{
    static const struct {
        unsigned status;
        const char *comment;
    } known[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {403, "Not Allowed"},
        {404, "Not Found"},
        {408, "Timed Out"},
        {413, "Stop Sending"},
        {415, "Unsupported Media Type"},
        {423, "Out Of Bounds"},
        {424, "Malformed Nickname"},
        {425, "Nickname Reserved Or Already In Use"},
        {428, "Private Messages Not Supported"},
        {481, "No Such Session"},
        {501, "Unknown Method"},
        {506, "Session Is Bound To Another Connection"},
    };
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].status == status)
            return known[i].comment;
    }
    return status < 300 ? "OK" : "Failed";
}
