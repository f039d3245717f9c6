/* recipients.c - which part is what. */
#include "server/sip/recipients.h"

#include "server/body/mime.h"
#include "server/sip/extension.h"
#include "server/sip/tunnel.h"

#include <sofia-sip/sip_header.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MOST_PARTS = 8 };

static const char accepted[] = "application/sdp, multipart/mixed, " RECIPIENT_LIST_TYPE;

static struct slice slice_of(const char *text)
{
    return (struct slice){text ? text : "", text ? strlen(text) : 0};
}

static bool refuse(struct reply *reply, struct reply with)
{
    *reply = with;
    return false;
}

static bool refuse_list(struct reply *reply, int error)
{
    switch (-error) {
    case E2BIG:
        return refuse(reply, reply_make(413, "Too Many Recipients"));
    case ENOTSUP:
        return refuse(reply, reply_make(400, "Lists That Are Elsewhere Are Not Fetched"));
    case ENOMEM:
        return refuse(reply, reply_make(500, "Server Internal Error: out of memory"));
    default:
        return refuse(reply, reply_make(400, "Bad List Of Recipients"));
    }
}

static void note_id(struct recipients *also, struct slice id)
{
    if (id.length >= 2 && id.at[0] == '<' && id.at[id.length - 1] == '>')
        id = (struct slice){id.at + 1, id.length - 2};
    if (!slice_copy(id, also->id, sizeof(also->id)))
        also->id[0] = '\0'; /* nobody can mean it */
}

static bool take_list(const struct mime_part *part, struct recipients *also,
                      struct reply *reply)
{
    if (also->list.count)
        return refuse(reply, reply_make(400, "More Than One List Of Recipients"));
    if (part->encoding.length && !mime_is(part->encoding, "binary") &&
        !mime_is(part->encoding, "8bit") && !mime_is(part->encoding, "7bit"))
        return refuse(reply,
                      reply_unsupported_type("Unsupported Media Type: encoded", accepted));
    note_id(also, part->id);
    int error = recipient_list_read(part->body, &also->list);
    return error == 0 || refuse_list(reply, error);
}

/* RFC 3204: what is not said to be optional is not. */
static bool is_optional(const struct mime_part *part)
{
    char handling[16];
    return mime_parameter(part->disposition, "handling", handling, sizeof(handling)) &&
           strcasecmp(handling, "optional") == 0;
}

static bool take_part(const struct mime_part *part, struct recipients *also,
                      struct reply *reply)
{
    const bool is_list =
        !part->disposition.length || mime_is(part->disposition, "recipient-list");
    if (mime_is(part->type, RECIPIENT_LIST_TYPE) && is_list)
        return take_list(part, also, reply);
    if (mime_is(part->type, "application/sdp") && !also->sdp.length) {
        also->sdp = part->body;
        return true;
    }
    return is_optional(part) ||
           refuse(reply, reply_unsupported_type("Unsupported Media Type", accepted));
}

static bool take_parts(struct slice type, struct slice body, struct recipients *also,
                       struct reply *reply)
{
    char boundary[MIME_BOUNDARY_BYTES];
    struct slice parts[MOST_PARTS];
    struct mime_part part;
    int count = -EBADMSG;
    if (mime_parameter(type, "boundary", boundary, sizeof(boundary)))
        count = mime_split(body, boundary, parts, MOST_PARTS);
    if (count < 0)
        return refuse(reply, reply_make(400, "Bad Multipart"));
    for (int i = 0; i < count; i++) {
        if (mime_read(parts[i], &part) < 0)
            return refuse(reply, reply_make(400, "Bad Multipart"));
        if (!take_part(&part, also, reply))
            return false;
    }
    return true;
}

/* The one part of a body that has no others: of what was opened the headers are within, and
 * nothing but the type is known of them. */
static struct mime_part only_part(const sip_t *sip, struct slice type, struct slice content,
                                  bool is_plain)
{
    const sip_content_disposition_t *disposition =
        is_plain ? sip->sip_content_disposition : NULL;
    return (struct mime_part){
        .type = type,
        .encoding = {"", 0},
        .disposition = slice_of(disposition ? disposition->cd_type : NULL),
        .id = slice_of(is_plain ? extension_value(sip, "Content-ID") : NULL),
        .body = content};
}

bool recipients_read(const sip_t *sip, const struct seal_body *body, struct recipients *also,
                     struct reply *reply)
{
    char full[SMIME_TYPE_BYTES];
    const sip_content_type_t *outside = sip->sip_content_type;
    const bool is_plain = outside && body->type == outside->c_type;
    const char *text = body->type;
    *also = (struct recipients){.sdp = {"", 0}};
    if (is_plain)
        text = tunnel_write_type(outside, full) ? full : "";
    const struct slice type = slice_of(text);
    const struct mime_part only = only_part(sip, type, body->content, is_plain);
    bool is_read = mime_is(type, "multipart/mixed")
                       ? take_parts(type, body->content, also, reply)
                       : !body->content.length || take_part(&only, also, reply);
    if (is_read && !also->list.count)
        is_read = refuse(reply, reply_make(400, "No List Of Recipients"));
    if (!is_read)
        recipients_finish(also);
    return is_read;
}

void recipients_finish(struct recipients *also)
{
    recipient_list_finish(&also->list);
}

bool recipients_admit(struct ua *ua, const struct sockaddr *asker, struct reply *reply)
{
    return ua_admits(ua, asker) || refuse(reply, reply_later("Too Many Requests"));
}
