/* tunnel.c - the message within, beside the one outside. */
#include "server/sip/tunnel.h"

#include "server/body/mime.h"
#include "server/sdp/text.h"
#include "server/sip/extension.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/sip_header.h>

#include <errno.h>
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
           other->sip_call_id &&
           is_same_text(one->sip_call_id->i_id, other->sip_call_id->i_id) && one->sip_cseq &&
           other->sip_cseq && one->sip_cseq->cs_seq == other->sip_cseq->cs_seq &&
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

static int judge(const sip_t *outside, const sip_t *within, sip_time_t now)
{
    const sip_date_t *date = within->sip_date;
    if (within->sip_error || (!within->sip_request && !within->sip_status))
        return -EBADMSG;
    if (!is_same_kind(outside, within) || !is_same_dialog(outside, within) ||
        !covers_rest(outside, within))
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
static int read_entity(struct slice text, struct tunnel *tunnel)
{
    struct mime_part part;
    const char *end = memchr(text.at, '\n', text.length);
    size_t first = end ? (size_t)(end - text.at) + 1 : 0;
    if (!first || mime_read((struct slice){text.at + first, text.length - first}, &part) < 0)
        return -EBADMSG;
    const struct slice type = {tunnel->type, strlen(tunnel->type)};
    if (part.encoding.length || smime_is(type) || mime_is(type, TUNNEL_TYPE))
        return -ENOTSUP;
    tunnel->body = part.body;
    return part.body.length && !type.length ? -EBADMSG : 0;
}

int tunnel_open(const sip_t *outside, struct slice text, sip_time_t now, struct tunnel *tunnel)
{
    *tunnel = (struct tunnel){.body = {"", 0}};
    if (!text.length || memchr(text.at, '\0', text.length))
        return -EBADMSG;
    msg_t *msg = msg_make(sip_default_mclass(), 0, text.at, (ssize_t)text.length);
    const sip_t *within = msg ? sip_object(msg) : NULL;
    int error = !msg ? -ENOMEM : within ? judge(outside, within, now) : -EBADMSG;
    if (!error && !tunnel_write_type(within->sip_content_type, tunnel->type))
        error = -EBADMSG;
    msg_destroy(msg);
    return error ? error : read_entity(text, tunnel);
}
