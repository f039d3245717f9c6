/* ua_event.c - what the stack reports: to the call it belongs to, or through the gate. */
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/sdp/offer.h"
#include "server/sip/call.h"
#include "server/sip/destination.h"
#include "server/sip/letters.h"
#include "server/sip/login.h"
#include "server/sip/msrp_setup.h"
#include "server/sip/parking.h"
#include "server/sip/referral.h"
#include "server/sip/registrar.h"
#include "server/sip/reply.h"
#include "server/sip/sip_internal.h"
#include "server/sip/subscription.h"
#include "server/sip/trunk_in.h"
#include "server/sip/trunk_watch.h"
#include "server/sip/ua_message.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One gate for all that is outside of dialogs. */
static bool pass_gate(struct ua_line *line, nua_handle_t *handle, const sip_t *sip)
{
    line->ua->stats.requests++;
    if (!ua_admits(line->ua, ua_asker(line, sip))) {
        reply_refuse(line, handle,
                     &(struct reply){.status = 503,
                                     .phrase = "Too Many Requests From Your Address",
                                     .retry_after_s = 1 + GATE_BURST_S});
        return false;
    }
    return true;
}

/* It has shown its own password, and says to be another account of ours. */
static bool is_forged(const struct ua *ua, const struct account *account, const sip_t *sip)
{
    struct uri_target from;
    if (!account || uri_target_of(sip->sip_from->a_url, &from) < 0)
        return false;
    const struct account *claimed = destination_claimed_account(ua, from.text);
    return claimed && claimed != account;
}

/* Past the gate, and what there was to open of it is open. */
static void take_invite(struct ua_line *line, nua_handle_t *handle, const sip_t *sip,
                        const struct call_origin *origin)
{
    struct ua *ua = line->ua;
    struct reply reply;
    if (ua->draining) {
        reply = reply_later("Going Down");
    } else if (ua->stats.calls >= ua->config.max_calls) {
        reply = reply_later("Too Many Calls");
    } else if (is_forged(ua, origin->account, sip)) {
        reply = reply_make(403, "From Is Of Another Account");
    } else {
        call_invite(line, handle, sip, origin);
        return;
    }
    reply_refuse(line, handle, &reply);
    nua_handle_destroy(handle);
}

static void on_new_invite(struct ua_line *line, nua_handle_t *handle, const sip_t *sip)
{
    struct ua *ua = line->ua;
    ua->stats.invites++;
    if (!pass_gate(line, handle, sip)) {
        nua_handle_destroy(handle);
        return;
    }
    struct call_origin origin = {.trunk = trunk_in_find(line, sip)};
    if (!origin.trunk && ua->config.asks_invites &&
        !login_pass(ua->login, line, handle, sip, &origin.account))
        return;
    if (!parking_takes_new(line, handle, sip, origin.account))
        take_invite(line, handle, sip, &origin);
}

static void on_register(struct ua_line *line, nua_handle_t *handle, const sip_t *sip)
{
    if (pass_gate(line, handle, sip))
        registrar_take(line, handle, sip);
    else
        nua_handle_destroy(handle);
}

/* One that refreshes is within a dialog, and was past the gate. */
static void on_subscribe(struct ua_line *line, nua_handle_t *handle, bool is_answered,
                         const sip_t *sip)
{
    bool is_new = !sip->sip_to->a_tag;
    if (!is_new || pass_gate(line, handle, sip))
        subscription_take(line, handle, is_answered, sip);
    else
        nua_handle_destroy(handle);
}

static void on_refer(struct ua_line *line, nua_handle_t *handle, struct call *call,
                     const sip_t *sip, tagi_t tags[])
{
    if (call || pass_gate(line, handle, sip))
        referral_take(line, handle, call, sip, tags);
    else
        nua_handle_destroy(handle);
}

/* The stack asks for no dialog before it hands out an INFO. */
static void on_stray_info(struct ua_line *line, nua_handle_t *handle, const sip_t *sip)
{
    struct reply reply = reply_make(481, "Call Does Not Exist");
    if (pass_gate(line, handle, sip))
        reply_refuse(line, handle, &reply);
    nua_handle_destroy(handle);
}

static void on_message(struct ua_line *line, nua_handle_t *handle, const sip_t *sip)
{
    struct ua *ua = line->ua;
    const struct account *account = NULL;
    bool may_pass = pass_gate(line, handle, sip);
    if (may_pass && ua->config.asks_invites &&
        !login_pass(ua->login, line, handle, sip, &account))
        return;
    if (may_pass && parking_takes_new(line, handle, sip, account))
        return;
    if (may_pass)
        ua_take_message(line, handle, sip);
    nua_handle_destroy(handle);
}

/* What parking_takes_new() has taken. */
static void on_back(struct ua_line *line, nua_event_t event, nua_handle_t *handle,
                    const sip_t *sip)
{
    const struct ua *ua = line->ua;
    const struct reply gone = reply_make(403, "Account Or Trunk Was Deleted");
    struct call_origin origin = {.account = parking_account(ua->parking)};
    if (!origin.account && event == nua_i_invite)
        origin.trunk = trunk_in_find(line, sip);
    const bool is_there = origin.account || origin.trunk || !ua->config.asks_invites;
    if (is_there && event == nua_i_invite) {
        take_invite(line, handle, sip, &origin);
        return;
    }
    if (is_there)
        ua_take_message(line, handle, sip);
    else
        reply_refuse(line, handle, &gone);
    nua_handle_destroy(handle);
}

/* ---- OPTIONS: what we can (RFC 3261 section 11.2, RFC 4579 section 5.3) ---- */

static bool accepts_sdp(const sip_t *sip)
{
    for (const sip_accept_t *each = sip->sip_accept; each; each = each->ac_next) {
        if (each->ac_type && strcmp(each->ac_type, "application/sdp") == 0)
            return true;
    }
    return false;
}

/* Our codecs as an offer of port 0: capabilities, not a session. */
static char *capabilities(const struct ua_line *line)
{
    struct offer_session session;
    struct offer_local local = {.family = line->endpoint.family,
                                .ptime_ms = line->ua->config.ptime_ms};
    char host[SIP_HOST_BYTES], *sdp = NULL;
    ua_host(line, ua_source(line), host);
    size_t length = strlen(host);
    bool v6 = host[0] == '[';
    if (length >= sizeof(local.address))
        return NULL;
    memcpy(local.address, host + v6, length - 2 * v6);
    msrp_setup_add_capability(line->ua, &local);
    offer_session_init(&session);
    if (offer_make(&session, &local, &sdp) < 0)
        sdp = NULL;
    offer_session_finish(&session);
    return sdp;
}

static void on_options(struct ua_line *line, nua_handle_t *handle, struct call *call,
                       const sip_t *sip)
{
    struct ua *ua = line->ua;
    struct destination to;
    char contact[SIP_CONTACT_BYTES];
    int status = 200;
    destination_find(ua, sip->sip_request->rq_url, &to);
    if (ua_refuses_scheme(line, sip->sip_request->rq_url))
        status = 416;
    else if (!call && (to.kind == DESTINATION_NONE || to.kind == DESTINATION_BAD_NAME))
        status = 404;
    if (!call && status == 200 && ua->draining)
        status = 503;
    if (call)
        snprintf(contact, sizeof(contact), "%s", call_contact(call));
    else
        ua_contact(line, ua_source(line), ua_contact_kind(line, sip),
                   status == 200 ? to.user : "", contact);
    char *sdp = status == 200 && accepts_sdp(sip) ? capabilities(line) : NULL;
    ua->stats.responses[status / 100]++;
    nua_respond(handle, status,
                status == 200   ? "OK"
                : status == 404 ? "No Such Conference"
                : status == 416 ? "Unsupported URI Scheme"
                                : "Going Down",
                NUTAG_WITH(ua_request(line)), SIPTAG_CONTACT_STR(contact),
                /* to a 200, the stack adds it */
                TAG_IF(status != 200, SIPTAG_ACCEPT_STR("application/sdp")),
                SIPTAG_ACCEPT_ENCODING_STR("identity"), SIPTAG_ACCEPT_LANGUAGE_STR("en"),
                TAG_IF(status == 503, SIPTAG_RETRY_AFTER_STR("10")),
                TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
                TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
    free(sdp);
}

void ua_on_event(nua_event_t event, int status, const char *phrase, nua_t *nua,
                 struct ua_line *line, nua_handle_t *handle, struct call *call,
                 const sip_t *sip, tagi_t tags[])
{
    (void)nua;
    if (parking_takes(line, event, handle, call, sip))
        return;
    if (event == nua_r_shutdown) {
        line->is_shut |= status >= 200;
    } else if (parking_is_back(line->ua->parking)) {
        on_back(line, event, handle, sip);
    } else if (event == nua_i_options && sip) {
        if (call || pass_gate(line, handle, sip))
            on_options(line, handle, call, sip);
        if (!call)
            nua_handle_destroy(handle);
    } else if (event == nua_i_refer && sip && status < 200) {
        on_refer(line, handle, call, sip, tags);
    } else if (event == nua_r_notify) {
        if (!subscription_on_notified(line->ua, handle, status))
            referral_on_notified(line->ua, handle, status);
    } else if (call) {
        call_on_event(call, handle, event, status, phrase, sip, tags);
    } else if (event == nua_i_invite && sip) {
        on_new_invite(line, handle, sip);
    } else if (event == nua_i_subscribe && sip && status < 300) {
        on_subscribe(line, handle, status >= 200, sip);
    } else if (event == nua_i_register && sip) {
        on_register(line, handle, sip);
    } else if (event == nua_i_message && sip) {
        on_message(line, handle, sip);
    } else if (event == nua_r_message && letters_on_response(line->ua, handle, status)) {
        return;
    } else if (event == nua_i_info && sip) {
        on_stray_info(line, handle, sip);
    } else if (event == nua_r_options || event == nua_r_method) {
        if (!trunk_watch_on_response(line->ua->watch, handle, status, phrase, sip))
            nua_handle_destroy(handle);
    } else if (handle) {
        nua_handle_destroy(handle); /* of something that we have no part in */
    }
}
