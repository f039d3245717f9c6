/* call_info.c - INFO within a dialog: digits of phones that know no telephone-event, and key
 * frames for those that know no RTCP feedback. */
#include "server/sip/call_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/sip/info_dtmf.h"
#include "server/sip/info_picture.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>

/* @return info_dtmf_read()'s. */
static int take_digit(struct call *call, const char *type, struct slice body)
{
    char digit;
    unsigned duration_ms;
    int error = info_dtmf_read(type, body.at, body.length, &digit, &duration_ms);
    if (error)
        return error;
    log_call_debug("sip", call->id, "INFO: digit %c, %u ms", digit, duration_ms);
    participant_hear_digit(call->participant, digit, DIGIT_INFO);
    return 0;
}

/* What it asks for beside key frames is answered with 200, too: errors, for instance, which it
 * tells of. @return info_picture_read()'s, but for that. */
static int take_picture(struct call *call, const char *type, struct slice body)
{
    int error = info_picture_read(type, body.at, body.length);
    if (error == 0) {
        log_call_debug("sip", call->id, "INFO: key frame");
        participant_hear_key_request(call->participant);
    }
    return error == -ENOMSG ? 0 : error;
}

/* @return false: *reply says why not. An INFO with nothing in it only asks whether we live. */
static bool take(struct call *call, const sip_t *sip, struct reply *reply)
{
    struct seal_body body;
    *reply = reply_make(481, "Call Is Over");
    if (!call->participant || !seal_open(&call->seal, SEAL_INFO, sip, &body, reply))
        return false;
    if (!body.type && !body.content.length)
        return true;
    int error = take_digit(call, body.type, body.content);
    if (error == -ENOTSUP)
        error = take_picture(call, body.type, body.content);
    if (error == -ENOTSUP)
        *reply = seal_unsupported(&call->seal, SEAL_INFO,
                                  "Unsupported Media Type: digits and key frames only");
    else if (error)
        *reply = reply_make(400, "Bad Request: no digit, no media control");
    return error == 0;
}

void call_on_info(struct call *call, const sip_t *sip)
{
    struct reply reply;
    if (!take(call, sip, &reply)) {
        reply_refuse_in_dialog(call->line, call->handle, &reply);
        return;
    }
    call->ua->stats.responses[2]++;
    nua_respond(call->handle, 200, "OK", NUTAG_WITH(ua_request(call->line)), TAG_END());
}

/* ---- our own ---- */

static void send_info(struct call *call, const char *type, const char *body)
{
    struct sealed sealed;
    call_seal(call, SEAL_INFO, "INFO", type, body, &sealed);
    if (sealed.payload) {
        call->infos++;
        nua_info(call->handle, SEALED_TAGS(&sealed), TAG_END());
    }
    sealed_finish(&sealed);
}

void call_request_key(void *context)
{
    struct call *call = context;
    int64_t now_ns = clock_monotonic_ns();
    bool is_soon = call->key_asked_ns &&
                   now_ns - call->key_asked_ns < CALL_KEY_INTERVAL_MS * CLOCK_NS_PER_MS;
    if (call->state != CALL_UP || !call->far_has_info || call->far_refuses_keys || is_soon)
        return;
    call->key_asked_ns = now_ns;
    send_info(call, INFO_PICTURE_TYPE, INFO_PICTURE_BODY);
}

static int ask_digit(struct call *call, char digit, unsigned duration_ms)
{
    char body[INFO_DTMF_BODY_BYTES];
    if (call->state != CALL_UP)
        return -ENOTCONN;
    info_dtmf_write(digit, duration_ms, body);
    send_info(call, INFO_DTMF_TYPE, body);
    return 0;
}

int call_send_digit(void *context, char digit, unsigned duration_ms)
{
    struct call *call = context;
    switch (call->trunk_dtmf) {
    case TRUNK_DTMF_INFO:
        return ask_digit(call, digit, duration_ms);
    case TRUNK_DTMF_INBAND:
        return participant_sound_digit(call->participant, digit, duration_ms);
    case TRUNK_DTMF_RFC4733:
        break;
    }
    return -ENOSYS;
}

void call_on_info_response(struct call *call, int status)
{
    if (status >= 200 && call->infos)
        call->infos--;
    if (status >= 300)
        log_often("sip", call->id, NULL, "an INFO of ours is refused: %d", status);
    if (call->trunk_dtmf == TRUNK_DTMF_INFO)
        return; /* it may be a digit that it refuses, and not the next request for a picture */
    /* it will not say anything else next time */
    if (status == 400 || status == 405 || status == 415 || status == 469 || status == 501)
        call->far_refuses_keys = true;
}
