/* tunnel.c - the message within, beside the one outside. */
#include "server/sip/tunnel.h"

#include "server/body/mime.h"
#include "server/sdp/text.h"
#include "server/sip/extension.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_date.h>
#include <sofia-sip/sip_header.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- comparing ---- */

static bool is_same_text(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

/* The name that is shown is part of it: it is what people see. */
static bool is_same_address(const sip_addr_t *one, const sip_addr_t *other)
{
    return one && other && url_cmp_all(one->a_url, other->a_url) == 0 &&
           is_same_text(one->a_tag, other->a_tag) &&
           is_same_text(one->a_display, other->a_display);
}

static bool is_same_dialog(const sip_t *one, const sip_t *other)
{
    return is_same_address(one->sip_from, other->sip_from) &&
           is_same_address(one->sip_to, other->sip_to) && one->sip_call_id &&
           other->sip_call_id && is_same_text(one->sip_call_id->i_id, other->sip_call_id->i_id);
}

static bool is_same_sequence(const sip_t *one, const sip_t *other)
{
    return one->sip_cseq && other->sip_cseq &&
           one->sip_cseq->cs_seq == other->sip_cseq->cs_seq &&
           is_same_text(one->sip_cseq->cs_method_name, other->sip_cseq->cs_method_name);
}

static bool is_same_kind(const sip_t *one, const sip_t *other)
{
    if (one->sip_status && other->sip_status)
        return one->sip_status->st_status == other->sip_status->st_status;
    return one->sip_request && other->sip_request &&
           is_same_text(one->sip_request->rq_method_name, other->sip_request->rq_method_name);
}

static bool is_same_replaces(const sip_replaces_t *one, const sip_replaces_t *other)
{
    return is_same_text(one->rp_call_id, other->rp_call_id) &&
           is_same_text(one->rp_to_tag, other->rp_to_tag) &&
           is_same_text(one->rp_from_tag, other->rp_from_tag) &&
           one->rp_early_only == other->rp_early_only;
}

/* What is within only was hidden on the way; what is outside only was added there. */
static bool covers_rest(const sip_t *outside, const sip_t *within)
{
    const char *join = extension_value(outside, "Join");
    return (!outside->sip_contact ||
            (within->sip_contact &&
             url_cmp_all(outside->sip_contact->m_url, within->sip_contact->m_url) == 0)) &&
           (!outside->sip_refer_to ||
            (within->sip_refer_to &&
             url_cmp_all(outside->sip_refer_to->r_url, within->sip_refer_to->r_url) == 0)) &&
           (!outside->sip_replaces ||
            (within->sip_replaces &&
             is_same_replaces(outside->sip_replaces, within->sip_replaces))) &&
           (!outside->sip_subject ||
            (within->sip_subject &&
             is_same_text(outside->sip_subject->g_string, within->sip_subject->g_string))) &&
           (!join || is_same_text(join, extension_value(within, "Join")));
}

static int judge(const sip_t *outside, const sip_t *within, bool is_fragment, sip_time_t now)
{
    const sip_date_t *date = within->sip_date;
    const bool has_sequence = !is_fragment || within->sip_cseq;
    if (within->sip_error || (!within->sip_request && !within->sip_status) ||
        (is_fragment && !date))
        return -EBADMSG;
    if (!is_same_kind(outside, within) || !is_same_dialog(outside, within) ||
        !covers_rest(outside, within) || (has_sequence && !is_same_sequence(outside, within)))
        return -EACCES;
    if (date && (date->d_time + TUNNEL_AGE_S < now || date->d_time > now + TUNNEL_AGE_S))
        return -ESTALE;
    return 0;
}

/* ---- reading ---- */

bool tunnel_write_type(const sip_content_type_t *type, char out[SMIME_TYPE_BYTES])
{
    struct text text;
    text_init(&text, out, SMIME_TYPE_BYTES);
    text_add(&text, "%s", type && type->c_type ? type->c_type : "");
    for (const msg_param_t *each = type ? type->c_params : NULL; each && *each; each++)
        text_add(&text, ";%s", *each);
    return !text.full;
}

/* The header lines without the first one, as an entity. */
static int read_entity(struct slice text, bool is_headless, struct tunnel *tunnel)
{
    struct mime_part part;
    const char *end = is_headless ? NULL : memchr(text.at, '\n', text.length);
    size_t first = end ? (size_t)(end - text.at) + 1 : 0;
    if ((!first && !is_headless) ||
        mime_read((struct slice){text.at + first, text.length - first}, &part) < 0)
        return -EBADMSG;
    const struct slice type = {tunnel->type, strlen(tunnel->type)};
    if (part.encoding.length || smime_is(type) || tunnel_is(type))
        return -ENOTSUP;
    tunnel->body = part.body;
    return part.body.length && !type.length ? -EBADMSG : 0;
}

/* Whether its first line is a header's: a name, then a colon. */
static bool has_no_start(struct slice text)
{
    size_t name = 0;
    while (name < text.length && !strchr(" \t:\r\n", text.at[name]))
        name++;
    while (name < text.length && strchr(" \t", text.at[name]))
        name++;
    return name && name < text.length && text.at[name] == ':';
}

/* The parser wants a first line; what is said of none is that of outside. */
static msg_t *parse(const sip_t *outside, struct slice text, bool is_headless)
{
    char *whole;
    const sip_request_t *request = outside->sip_request;
    if (!is_headless)
        return msg_make(sip_default_mclass(), 0, text.at, (ssize_t)text.length);
    int length = request ? asprintf(&whole, "%s sip:x SIP/2.0\r\n%.*s", request->rq_method_name,
                                    (int)text.length, text.at)
                         : asprintf(&whole, "SIP/2.0 %d X\r\n%.*s",
                                    outside->sip_status ? outside->sip_status->st_status : 0,
                                    (int)text.length, text.at);
    msg_t *msg = length > 0 ? msg_make(sip_default_mclass(), 0, whole, length) : NULL;
    if (length > 0)
        free(whole);
    return msg;
}

bool tunnel_is(struct slice type)
{
    return mime_is(type, TUNNEL_TYPE) || mime_is(type, TUNNEL_FRAGMENT_TYPE);
}

int tunnel_open(const sip_t *outside, struct slice type, struct slice text, sip_time_t now,
                struct tunnel *tunnel)
{
    const bool is_fragment = mime_is(type, TUNNEL_FRAGMENT_TYPE);
    *tunnel = (struct tunnel){.body = {"", 0}};
    if (!text.length || memchr(text.at, '\0', text.length))
        return -EBADMSG;
    const bool is_headless = is_fragment && has_no_start(text);
    msg_t *msg = parse(outside, text, is_headless);
    const sip_t *within = msg ? sip_object(msg) : NULL;
    int error = !msg ? -ENOMEM : within ? judge(outside, within, is_fragment, now) : -EBADMSG;
    if (!error && !tunnel_write_type(within->sip_content_type, tunnel->type))
        error = -EBADMSG;
    msg_destroy(msg);
    return error ? error : read_entity(text, is_headless, tunnel);
}

/* ---- writing ---- */

static void put(FILE *out, const char *name, const char *value)
{
    if (value)
        fprintf(out, "%s: %s\r\n", name, value);
}

char *tunnel_write(const struct tunnel_lines *lines, const char *type, struct slice body,
                   size_t *length)
{
    char *text = NULL, date[40];
    FILE *out = open_memstream(&text, length);
    if (!out)
        return NULL;
    msg_date_e(date, sizeof(date), lines->date);
    fprintf(out, "%s\r\n", lines->start);
    put(out, "From", lines->from);
    put(out, "To", lines->to);
    put(out, "Call-ID", lines->call_id);
    put(out, "CSeq", lines->cseq);
    put(out, "Contact", lines->contact);
    put(out, "Date", date);
    put(out, "Content-Type", type);
    fputs("\r\n", out);
    fwrite(body.at, 1, body.length, out);
    bool is_whole = !ferror(out);
    if (fclose(out) == 0 && is_whole)
        return text;
    free(text);
    return NULL;
}
