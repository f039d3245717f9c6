/* call_change.c - offers and answers within a dialog: re-INVITE, UPDATE, ACK, PRACK. */
#include "server/sip/call_internal.h"

#include "mixer/base/log.h"
#include "server/sip/pair.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the far end answers our offer ---- */

static bool fail(struct offer_failure *why, unsigned code, const char *text)
{
    why->status = 488;
    why->warning.code = code;
    snprintf(why->warning.text, sizeof(why->warning.text), "%s", text);
    return false;
}

/* What it comes to, which is not in force yet. */
static bool plan_answer(struct call *call, const struct offer *answer, struct leg_plan *plan,
                        struct video_plans *video, struct offer_failure *why)
{
    struct offer_local local;
    if (call_local(call, offer_remote(answer), 0, &local) < 0 ||
        local.family != offer_family(answer))
        return fail(why, 301, "the address type of the media cannot change");
    return offer_accept(&call->offers, answer, &local, plan, video, why) == 0;
}

static bool connect_plans(struct call *call, struct leg_plan *plan, struct video_plans *video,
                          struct offer_failure *why)
{
    int error = call_connect(call, plan, video);
    if (!error)
        return true;
    why->status = 500;
    snprintf(why->text, sizeof(why->text), "media: %s", strerror(-error));
    return false;
}

/* @p has_video: its picture, too. */
static bool connect_answer(struct call *call, const struct offer *answer, bool has_video,
                           struct offer_failure *why)
{
    struct leg_plan plan;
    struct video_plans video;
    if (!plan_answer(call, answer, &plan, &video, why))
        return false;
    for (unsigned i = 0; !has_video && i < VIDEO_STREAMS; i++)
        video.stream[i].codec_count = 0;
    return connect_plans(call, &plan, &video, why);
}

static bool accept_answer(struct call *call, const struct offer *answer,
                          struct offer_failure *why)
{
    const bool has_chat = call_msrp_accept(call, answer);
    const bool has_file = call_files_accept(call, answer);
    if (!has_chat && !has_file && !offer_has_sound(answer))
        return fail(why, 304, "the answer has neither sound nor a chat");
    if (!connect_answer(call, answer, true, why))
        return false;
    call_commit(call);
    return true;
}

/* @return NULL: *why says why it cannot be used. */
static struct offer *read_answer(struct call *call, struct slice body,
                                 struct offer_failure *why)
{
    struct offer *answer = NULL;
    *why = (struct offer_failure){.status = 488, .text = "no answer to our offer"};
    if (call->participant && body.length &&
        call_settle_media(call, room_settings(participant_room(call->participant)), why) == 0 &&
        offer_read(&call->offers, body.at, body.length, &answer, why) < 0)
        answer = NULL;
    return answer;
}

/* Its sound, before the answer. */
static int hear_agreed(struct call *call)
{
    struct leg_plan plan = call->agreed->plan;
    struct video_plans none = {.stream[0].codec_count = 0};
    return call_connect(call, &plan, &none);
}

static bool agree(struct call *call, const struct offer *answer, struct offer_failure *why)
{
    struct call_agreed *agreed = calloc(1, sizeof(*agreed));
    if (!agreed || !plan_answer(call, answer, &agreed->plan, &agreed->video, why)) {
        free(agreed);
        return false;
    }
    call->agreed = agreed;
    call_commit(call);
    return true;
}

/* A chat begins with the call: who was offered one has to wait. */
bool call_agree(struct call *call, struct slice body, struct offer_failure *why)
{
    struct offer *answer = read_answer(call, body, why);
    bool is_agreed =
        answer && !call->offers_chat && offer_has_sound(answer) && agree(call, answer, why);
    offer_destroy(answer);
    return is_agreed;
}

bool call_take_agreed(struct call *call, struct offer_failure *why)
{
    struct call_agreed agreed = *call->agreed;
    free(call->agreed);
    call->agreed = NULL;
    return connect_plans(call, &agreed.plan, &agreed.video, why);
}

bool call_hear_answer(struct call *call, struct slice body, struct offer_failure *why)
{
    if (call->agreed)
        return hear_agreed(call) == 0 || fail(why, 399, "its media cannot be had");
    struct offer *answer = read_answer(call, body, why);
    if (!answer)
        return false;
    bool is_heard = offer_has_sound(answer) ? connect_answer(call, answer, false, why)
                                            : fail(why, 304, "there is no sound");
    offer_destroy(answer);
    return is_heard;
}

bool call_take_answer(struct call *call, struct slice body, struct offer_failure *why)
{
    struct offer *answer = read_answer(call, body, why);
    bool taken = answer && accept_answer(call, answer, why);
    offer_destroy(answer);
    if (!taken) {
        call_withdraw(call);
        log_often("sip", call->id, NULL, "the answer to our offer cannot be used: %s",
                  why->warning.code ? why->warning.text : why->text);
    }
    return taken;
}

/* ---- the far end offers anew ---- */

/* Before the call is answered it waits, but for what is heard already. */
static int connect_anew(struct call *call, struct leg_plan *plan, struct video_plans *video)
{
    const struct call_agreed agreed = {*plan, *video};
    struct video_plans none = {.stream[0].codec_count = 0};
    int error = 0;
    if (!call->agreed)
        return call_connect(call, plan, video);
    if (participant_info(call->participant)->early_media)
        error = call_connect(call, plan, &none);
    if (!error)
        *call->agreed = agreed;
    return error;
}

static bool answer_again(struct call *call, const struct offer *offer, char **sdp,
                         struct offer_failure *why)
{
    struct offer_local local;
    struct leg_plan plan;
    struct video_plans video;
    *why = (struct offer_failure){.status = 500, .text = "Server Internal Error"};
    if (call_local(call, offer_remote(offer), offer_videos(offer), &local) < 0 ||
        local.family != offer_family(offer)) {
        *why = (struct offer_failure){
            488, "Not Acceptable Here", {301, "the address type of the media cannot change"}};
        return false;
    }
    if (call_refuses_video(call, offer, &local, why) ||
        !call_has_media(call, offer, "", &local, why))
        return false;
    if (offer_answer(&call->offers, offer, &local, &plan, &video, sdp) < 0)
        return false;
    if (connect_anew(call, &plan, &video) < 0) {
        free(*sdp);
        return false;
    }
    call_commit(call);
    return true;
}

/* What to say to a new offer. @return true: *sdp is the answer; false: *reply. */
static bool change(struct call *call, struct slice body, char **sdp, struct reply *reply)
{
    struct offer_failure why;
    struct offer *offer;
    if (call->offers.is_offering) {
        *reply = reply_make(
            491, "Request Pending"); /* RFC 3261 section 14.2, RFC 3311 section 5.2 */
        return false;
    }
    if (call_settle_media(call, room_settings(participant_room(call->participant)), &why) < 0 ||
        offer_read(&call->offers, body.at, body.length, &offer, &why) < 0) {
        *reply = reply_of_failure(&why);
        return false;
    }
    bool changed = answer_again(call, offer, sdp, &why);
    offer_destroy(offer);
    if (!changed) {
        call_msrp_withdraw(call);
        call_files_withdraw(call);
        *reply = reply_of_failure(&why);
    }
    return changed;
}

static bool offer_all(struct call *call, char **sdp, struct reply *reply)
{
    struct offer_local local;
    struct offer_failure why;
    *reply = reply_make(500, "Server Internal Error");
    if (call->offers.is_offering) {
        *reply = reply_make(491, "Request Pending");
        return false;
    }
    if (call_settle_media(call, room_settings(participant_room(call->participant)), &why) < 0) {
        *reply = reply_of_failure(&why);
        return false;
    }
    const unsigned videos = 1u << VIDEO_CAMERA | offer_session_videos(&call->offers);
    if (call_local(call, (const struct sockaddr *)&call->peer, videos, &local) < 0)
        return false;
    call_msrp_offer(call, &local);
    call_files_offer(call, &local);
    return offer_make(&call->offers, &local, sdp) == 0;
}

/* ---- we offer anew ---- */

void call_reinvite(struct call *call, const char *sdp)
{
    struct sealed sealed;
    call->is_inviting = true;
    call_seal_sdp(call, "INVITE", sdp, &sealed);
    nua_invite(call->handle, SIPTAG_CONTACT_STR(call->contact), SEALED_TAGS(&sealed),
               TAG_END());
    sealed_finish(&sealed);
}

bool call_reoffer(struct call *call)
{
    struct offer_local local;
    struct offer_failure why;
    char *sdp;
    if (call_settle_media(call, room_settings(participant_room(call->participant)), &why) < 0 ||
        call_local(call, (const struct sockaddr *)&call->peer,
                   offer_session_videos(&call->offers), &local) < 0)
        return false;
    call_msrp_offer(call, &local);
    call_files_offer(call, &local);
    offer_place(&call->offers, &local);
    call_files_note_places(call, &local);
    if (offer_make(&call->offers, &local, &sdp) < 0)
        return false;
    call_reinvite(call, sdp);
    free(sdp);
    return true;
}

static void refuse(struct call *call, const struct reply *reply)
{
    log_often("sip", call->id, NULL, "change refused: %d %s: %s%s", reply->status,
              reply->phrase, reply->warning.text, reply->detail);
    reply_refuse_in_dialog(call->line, call->handle, reply);
}

void call_on_invite(struct call *call, const sip_t *sip)
{
    struct slice body;
    struct reply reply;
    char *sdp = NULL;
    if (!call->participant) {
        reply = reply_make(481, "Call Is Over");
        reply_refuse_in_dialog(call->line, call->handle, &reply);
        return;
    }
    reply = reply_make(400, "Bad Contact");
    if (!sip->sip_contact || !seal_open_sdp(&call->seal, sip, &body, &reply) ||
        !(body.length ? change(call, body, &sdp, &reply) : offer_all(call, &sdp, &reply))) {
        refuse(call, &reply);
        return;
    }
    call_note_route(call, sip);
    call_note_far_end(call, sip);
    call_note_session_timer(call, sip);
    call_answer(call, sdp);
    free(sdp);
}

void call_on_update(struct call *call, const sip_t *sip)
{
    struct slice body;
    struct sealed sealed;
    struct reply reply = reply_make(481, "Call Is Over");
    char *sdp = NULL;
    if (call->participant)
        reply = reply_make(400, "Bad Contact");
    bool fits =
        call->participant && sip->sip_contact && seal_open_sdp(&call->seal, sip, &body, &reply);
    const bool is_unanswered = call->state == CALL_NEW || call->state == CALL_EARLY;
    if (fits && body.length && is_unanswered && !call_early_is_agreed(call)) {
        reply = reply_make(500, "Not Before The Answer");
        reply.retry_after_s = 1;
        fits = false;
    }
    if (!fits || (body.length && !change(call, body, &sdp, &reply))) {
        refuse(call, &reply);
        return;
    }
    call_note_route(call, sip);
    call_note_far_end(call, sip);
    call_early_note_header(call, sip);
    if (sip->sip_session_expires)
        call_note_session_timer(call, sip);
    call->ua->stats.responses[2]++;
    call_seal_sdp(call, "SIP/2.0 200 OK", sdp, &sealed);
    nua_respond(call->handle, 200, "OK", NUTAG_WITH(ua_request(call->line)),
                SIPTAG_CONTACT_STR(call->contact), SEALED_TAGS(&sealed), TAG_END());
    sealed_finish(&sealed);
    free(sdp);
}

/* ---- ACK and PRACK ---- */

static void end_unanswered(struct call *call, const struct offer_failure *why)
{
    call_leave(call, PARTICIPANT_INCOMPATIBLE,
               why->warning.code ? why->warning.text : why->text);
    call_bye(call, PARTICIPANT_INCOMPATIBLE);
}

void call_on_ack(struct call *call, const sip_t *sip)
{
    struct slice body = {"", 0};
    struct reply ignored;
    struct offer_failure why;
    if (!call->participant)
        return;
    bool is_first = call->state != CALL_UP;
    if (call->offers.is_offering) {
        bool has_body = seal_open_sdp(&call->seal, sip, &body, &ignored) && body.length;
        if (!call_take_answer(call, has_body ? body : (struct slice){"", 0}, &why) &&
            is_first) {
            end_unanswered(call, &why);
            return;
        }
    }
    if (is_first && call->participant) /* nobody has ended it at once */
        call_is_up(call);
}

void call_on_prack(struct call *call, const sip_t *sip)
{
    struct slice body = {"", 0};
    struct reply reply;
    struct offer_failure why;
    if (!call->participant || call->state != CALL_EARLY)
        return;
    if (call->offers.is_offering) {
        bool has_body = seal_open_sdp(&call->seal, sip, &body, &reply) && body.length;
        body = has_body ? body : (struct slice){"", 0};
        if (!(pair_waits(call) ? call_agree(call, body, &why)
                               : call_take_answer(call, body, &why))) {
            reply = reply_of_failure(&why);
            call_leave(call, PARTICIPANT_INCOMPATIBLE, why.text);
            reply_refuse_later(call->line, call->handle, &reply);
            call_reap_soon(call);
            return;
        }
    }
    if (!call->participant) /* somebody has ended it at once */
        return;
    if (call->early)
        call_early_on_prack(call);
    else if (!pair_on_prack(call))
        call_answer(call, NULL);
}

/* ---- our own re-INVITE: a refresh, or files ---- */

void call_on_reinvite_response(struct call *call, int status, const sip_t *sip)
{
    struct slice body = {"", 0};
    struct reply ignored;
    struct sealed sealed;
    struct offer_failure why;
    char *sdp = NULL;
    if (status < 200)
        return;
    if (status >= 300 || !sip) {
        const bool is_of_files = call_push_on_refused(call, status);
        call_withdraw(call);
        if (call->participant && !is_of_files) /* 491, say; 408 and 481 have ended the call */
            loop_timer_start(call->ua->config.loop, &call->refresh, CALL_REFRESH_AGAIN_MS,
                             call_refresh, call);
        return;
    }
    bool has_body = seal_open_sdp(&call->seal, sip, &body, &ignored) && body.length;
    call_push_on_answered(call);
    if (call->offers.is_offering)
        call_take_answer(call, has_body ? body : (struct slice){"", 0}, &why);
    else if (has_body &&
             call->participant) /* the stack asked without an offer: here is theirs */
        change(call, body, &sdp, &ignored);
    call_seal_sdp(call, "ACK", sdp, &sealed);
    nua_ack(call->handle, SEALED_TAGS(&sealed), TAG_END());
    sealed_finish(&sealed);
    free(sdp);
    call_note_far_end(call, sip);
    call_note_session_timer(call, sip);
}
