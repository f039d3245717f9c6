/* reply.c - responses and what they say. */
#include "server/sip/reply.h"

#include "server/body/smime.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct reply reply_make(int status, const char *phrase)
{
    return (struct reply){.status = status, .phrase = phrase};
}

struct reply reply_later(const char *phrase)
{
    return (struct reply){.status = 503, .phrase = phrase, .retry_after_s = SIP_RETRY_AFTER_S};
}

struct reply reply_of_failure(const struct offer_failure *failure)
{
    struct reply reply = reply_make((int)failure->status, "Server Internal Error");
    if (failure->status == 400)
        reply.phrase = "Bad Request";
    else if (failure->status == 413)
        reply.phrase = "Request Entity Too Large";
    else if (failure->status == 488)
        reply.phrase = "Not Acceptable Here";
    if (failure->status == 488)
        reply.warning = failure->warning;
    else
        snprintf(reply.detail, sizeof(reply.detail), "%s", failure->text);
    return reply;
}

static void respond(struct ua_line *line, nua_handle_t *handle, const struct reply *reply,
                    bool in_event)
{
    char warning[384], retry[16], host[SIP_HOST_BYTES];
    const char *phrase = reply->phrase;
    ua_host(line, in_event ? ua_source(line) : NULL, host);
    snprintf(warning, sizeof(warning), "%u %s:%u \"%s\"", reply->warning.code, host,
             line->endpoint.port, reply->warning.text);
    snprintf(retry, sizeof(retry), "%u", reply->retry_after_s);
    if (reply->detail[0]) {
        phrase = su_sprintf(nua_handle_home(handle), "%s: %s", reply->phrase, reply->detail);
        phrase = phrase ? phrase : reply->phrase;
    }
    char contact[ROOM_MOVED_BYTES + 2];
    snprintf(contact, sizeof(contact), "<%s>", reply->contact ? reply->contact : "");
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    const struct slice body = reply->certificates;
    const sip_payload_t *payload =
        body.length ? sip_payload_create(home, body.at, (isize_t)body.length) : NULL;
    line->ua->stats.responses[reply->status / 100]++;
    nua_respond(handle, reply->status, phrase, TAG_IF(in_event, NUTAG_WITH(ua_request(line))),
                TAG_IF(reply->warning.code, SIPTAG_WARNING_STR(warning)),
                TAG_IF(reply->retry_after_s, SIPTAG_RETRY_AFTER_STR(retry)),
                TAG_IF(reply->contact, SIPTAG_CONTACT_STR(contact)),
                TAG_IF(reply->accept, SIPTAG_ACCEPT_STR(reply->accept)),
                TAG_IF(reply->accept, SIPTAG_ACCEPT_ENCODING_STR("identity")),
                TAG_IF(payload, SIPTAG_CONTENT_TYPE_STR(SMIME_CERTIFICATES_TYPE)),
                TAG_IF(payload, SIPTAG_PAYLOAD(payload)), TAG_END());
    su_home_deinit(home);
}

void reply_refuse(struct ua_line *line, nua_handle_t *handle, const struct reply *reply)
{
    respond(line, handle, reply, true);
}

void reply_refuse_later(struct ua_line *line, nua_handle_t *handle, const struct reply *reply)
{
    respond(line, handle, reply, false);
}

void reply_refuse_in_dialog(struct ua_line *line, nua_handle_t *handle,
                            const struct reply *reply)
{
    struct reply plain = *reply;
    if (plain.detail[0] && !plain.warning.code) {
        plain.warning.code = 399;
        snprintf(plain.warning.text, sizeof(plain.warning.text), "%s", plain.detail);
    }
    plain.detail[0] = '\0';
    respond(line, handle, &plain, true);
}

void reply_accept_bye(struct ua_line *line, nua_handle_t *handle, msg_t *bye)
{
    line->ua->stats.responses[2]++;
    nua_respond(handle, 200, "OK", NUTAG_WITH(bye), TAG_END());
}

struct reply reply_unsupported_type(const char *phrase, const char *accept)
{
    struct reply reply = reply_make(415, phrase);
    reply.accept = accept;
    return reply;
}

bool reply_find_any_body(const sip_t *sip, const char *accept, struct slice *body,
                         struct reply *reply)
{
    *body = (struct slice){"", 0};
    if (!sip->sip_payload || !sip->sip_payload->pl_len || !sip->sip_payload->pl_data)
        return true;
    if (sip->sip_payload->pl_next) {
        *reply = reply_make(413, "Request Entity Too Large");
        return false;
    }
    const sip_content_encoding_t *encoding = sip->sip_content_encoding;
    if (encoding && encoding->k_items && encoding->k_items[0] &&
        strcasecmp(encoding->k_items[0], "identity") != 0) {
        *reply = reply_unsupported_type("Unsupported Media Type: no content encoding", accept);
        return false;
    }
    *body = (struct slice){sip->sip_payload->pl_data, sip->sip_payload->pl_len};
    return true;
}
