/* call_info.c - INFO within a dialog: digits of phones that know no telephone-event. */
#include "server/sip/call_internal.h"

#include "mixer/base/log.h"
#include "server/sip/info_dtmf.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>

/* @return false: *reply says why not. An INFO with nothing in it only asks whether we live. */
static bool take(struct call *call, const sip_t *sip, struct reply *reply)
{
    const sip_content_type_t *type = sip->sip_content_type;
    struct slice body;
    char digit;
    unsigned duration_ms;
    *reply = reply_make(481, "Call Is Over");
    if (!call->participant || !reply_find_any_body(sip, INFO_DTMF_TYPES, &body, reply))
        return false;
    if (!type && !body.length)
        return true;
    switch (info_dtmf_read(type ? type->c_type : NULL, body.at, body.length, &digit,
                           &duration_ms)) {
    case 0:
        log_debug("sip", "call %s: INFO: digit %c, %u ms", call->id, digit, duration_ms);
        participant_hear_digit(call->participant, digit, DIGIT_INFO);
        return true;
    case -EBADMSG:
        *reply = reply_make(400, "Bad Request: no digit");
        return false;
    default:
        *reply = reply_unsupported_type("Unsupported Media Type: digits only", INFO_DTMF_TYPES);
        return false;
    }
}

void call_on_info(struct call *call, const sip_t *sip)
{
    struct reply reply;
    if (!take(call, sip, &reply)) {
        reply_refuse_in_dialog(call->line, call->handle, &reply);
        return;
    }
    call->ua->stats.responses[2]++;
    nua_respond(call->handle, 200, "OK", NUTAG_WITH_THIS(call->line->nua), TAG_END());
}
