/* call.c - birth, end and burial of calls; what both kinds share. */
#include "server/sip/call_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/rtp/address_kind.h"
#include "server/sip/call_courier.h"
#include "server/sip/phone_way.h"
#include "server/sip/reason.h"
#include "server/sip/referral.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WARN_OF_HIDDEN_S = 60 };

static void hang_up(void *context, enum participant_reason reason);

/* Of early media nothing depends: whoever answers may do better. */
static void on_media_failed(void *context, enum participant_reason reason, const char *detail)
{
    struct call *call = context;
    if (call->state != CALL_DIALLING) {
        call_fail(call, reason, detail);
        return;
    }
    handshakes_drop(&call->handshakes);
    log_call_info("sip", call->id, "early media has failed: %s", detail);
}

static const struct handshakes_events handshakes_events = {.on_failed = on_media_failed};

const struct participant_link call_link = {.hang_up = hang_up,
                                           .request_key = call_request_key,
                                           .send_digit = call_send_digit,
                                           .send_message = call_send_message,
                                           .takes_messages = call_takes_messages,
                                           .send_typing = call_send_typing,
                                           .answer = call_early_answer,
                                           .takes_files = call_push_takes,
                                           .send_files = call_push_look};

/* ---- birth and burial ---- */

void call_begin_offers(const struct ua *ua, struct offer_session *offers)
{
    offer_session_init(offers);
    offers->takes_messages = ua->msrp != NULL;
    offers->offers_srtp = ua->config.srtp_offer;
    offers->offers_dtls = ua->config.dtls_offer;
    if (ua->config.desk)
        offers->fingerprint =
            dtls_certificate_fingerprint(handshake_desk_certificate(ua->config.desk));
}

struct call *call_create(struct ua_line *line, nua_handle_t *handle, const char *id)
{
    struct ua *ua = line->ua;
    struct call *call = calloc(1, sizeof(*call));
    if (!call)
        return NULL;
    call->ua = ua;
    call->line = line;
    call->handle = handle;
    if (id)
        snprintf(call->id, sizeof(call->id), "%s", id);
    else
        participant_new_id(call->id);
    seal_begin(&call->seal, ua, NULL, "");
    call_begin_offers(ua, &call->offers);
    handshakes_begin(&call->handshakes, ua->config.desk, &handshakes_events, call, call->id);
    call->next = ua->calls;
    call->place = &ua->calls;
    if (ua->calls)
        ua->calls->place = &call->next;
    ua->calls = call;
    ua->stats.calls++;
    if (handle)
        nua_handle_bind(handle, call);
    return call;
}

static void stop_timers(struct call *call)
{
    struct loop *loop = call->ua->config.loop;
    loop_timer_stop(loop, &call->limit);
    loop_timer_stop(loop, &call->refresh);
    loop_timer_stop(loop, &call->ring);
    loop_timer_stop(loop, &call->gateway);
    loop_timer_stop(loop, &call->patience);
    loop_timer_stop(loop, &call->joining);
    loop_timer_stop(loop, &call->farewell);
    lookup_end(&call->lookup);
    call_early_stop(call);
    call_push_stop(call);
}

int call_note_trunk(struct call *call, const struct trunk *trunk)
{
    free(call->trunk_codecs);
    call->trunk_codecs = NULL;
    call->trunk_srtp = trunk->settings.srtp;
    call->trunk_dtmf = trunk->settings.dtmf;
    call->trunk_early = trunk->settings.early_media;
    call->early_limit_s = trunk->settings.early_limit_s;
    call->trunk_says_early = trunk->settings.p_early_media;
    if (!trunk->settings.codecs)
        return 0;
    call->trunk_codecs = malloc(sizeof(*call->trunk_codecs));
    if (!call->trunk_codecs)
        return -ENOMEM;
    *call->trunk_codecs = trunk_settings_codecs(&trunk->settings);
    return 0;
}

void call_give_line(struct call *call)
{
    if (call->trunk)
        trunk_give_line(call->trunk, call->is_out, call->payer);
    call->trunk = NULL;
}

static void destroy(void *context)
{
    struct call *call = context;
    struct ua *ua = call->ua;
    stop_timers(call);
    call_give_line(call);
    call_messages_end(call);
    call_courier_destroy(call);
    loop_timer_stop(ua->config.loop, &call->reap);
    *call->place = call->next;
    if (call->next)
        call->next->place = call->place;
    ua->stats.calls--;
    msg_destroy(call->bye);
    if (call->handle) {
        referral_drop(ua, call->handle);
        nua_handle_bind(call->handle, NULL);
        nua_handle_destroy(call->handle);
    }
    handshakes_drop(&call->handshakes);
    offer_session_finish(&call->offers);
    seal_finish(&call->seal);
    call_way_finish(call);
    call_forget_redirects(call);
    free(call->diversions);
    call_fork_destroy(call->fork);
    trunk_out_destroy(call->out);
    call_early_destroy(call);
    free(call->early_answer);
    free(call->agreed);
    free(call->replaces);
    free(call->trunk_codecs);
    free(call->awaits_tls);
    free(call);
}

void call_reap_soon(struct call *call)
{
    call->state = CALL_ENDING;
    loop_timer_start(call->ua->config.loop, &call->reap, 0, destroy, call);
}

/* ---- who is meant ---- */

static bool is_same(const struct sockaddr *one, const struct sockaddr *other)
{
    const struct sockaddr_in *v4[] = {(const void *)one, (const void *)other};
    const struct sockaddr_in6 *v6[] = {(const void *)one, (const void *)other};
    if (one->sa_family != other->sa_family)
        return false;
    if (one->sa_family == AF_INET)
        return v4[0]->sin_addr.s_addr == v4[1]->sin_addr.s_addr &&
               v4[0]->sin_port == v4[1]->sin_port;
    return one->sa_family == AF_INET6 && v6[0]->sin6_port == v6[1]->sin6_port &&
           memcmp(&v6[0]->sin6_addr, &v6[1]->sin6_addr, sizeof(v6[0]->sin6_addr)) == 0;
}

/* The name alone could be anybody's: it has to come from where its call comes from, and not
 * only from behind the same NAT. */
static bool is_sender(const struct call *call, const char *uri,
                      const struct sockaddr_storage *flow)
{
    struct sockaddr_storage own = call->flow;
    if (strcmp(participant_info(call->participant)->uri, uri) != 0 ||
        participant_is_outside(call->participant))
        return false;
    if (call->is_out)
        source_flow_of(&call->ua->proxies, NULL, (const struct sockaddr *)&call->peer, &own);
    return is_same((const struct sockaddr *)&own, (const struct sockaddr *)flow);
}

struct call *call_of_sender(const struct ua_line *line, const struct room *room,
                            const sip_t *sip)
{
    char uri[PARTICIPANT_URI_BYTES];
    struct sockaddr_storage flow;
    uri_plain(sip->sip_from->a_url, uri, sizeof(uri));
    source_flow_of(&line->ua->proxies, sip->sip_via, ua_source(line), &flow);
    for (struct call *call = line->ua->calls; call; call = call->next) {
        if (call->participant && participant_room(call->participant) == room &&
            is_sender(call, uri, &flow))
            return call;
    }
    return NULL;
}

struct call *call_of_dialog(const struct ua *ua, const sip_replaces_t *replaces)
{
    for (unsigned i = 0; i < ua->line_count; i++) {
        nua_handle_t *handle = nua_handle_by_replaces(ua->line[i].nua, replaces);
        struct call *call = handle ? nua_handle_magic(handle) : NULL;
        if (handle)
            nua_handle_unref(handle);
        if (call && call->participant && call->state == CALL_UP)
            return call;
    }
    return NULL;
}

struct call *call_of_replaces(const struct ua *ua, const char *text)
{
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    const sip_replaces_t *replaces = sip_replaces_make(home, text);
    struct call *call = replaces ? call_of_dialog(ua, replaces) : NULL;
    su_home_deinit(home);
    return call;
}

void call_cut_all(struct ua *ua)
{
    while (ua->calls) {
        struct call *call = ua->calls;
        call_leave(call, PARTICIPANT_SHUTDOWN, "the server ends");
        destroy(call);
    }
}

/* ---- the end ---- */

/* Whatever happens to the dialog now, nobody waits for ever: a lost answer to a BYE, say. */
static void end_within(struct call *call, int64_t ms)
{
    call->state = CALL_ENDING;
    stop_timers(call);
    loop_timer_start(call->ua->config.loop, &call->reap, ms, destroy, call);
}

static void guard_end(struct call *call)
{
    end_within(call, CALL_END_GUARD_MS);
}

/* Both ways. */
static void end_beside(struct call *call, enum participant_reason reason)
{
    call_beside_end(call, reason);
    call_beside_over(call, reason);
}

void call_leave(struct call *call, enum participant_reason reason, const char *detail)
{
    struct participant *participant = call->participant;
    stop_timers(call);
    call_give_line(call);
    if (!participant)
        return;
    handshakes_drop(&call->handshakes);
    call_messages_end(call);
    call->participant = NULL;
    log_call_info("sip", call->id, "over: %s%s%s", participant_reason_word(reason),
                  detail && detail[0] ? ": " : "", detail ? detail : "");
    if (!call->was_up)
        call->ua->stats.failed++;
    participant_left(participant, reason, detail);
    end_beside(call, reason);
}

/* Most answer soon what they were asked before, and the BYE has gone its usual way by now. */
static void on_no_farewell(void *context)
{
    struct call *call = context;
    bool is_stuck = call->messages.in_flight || call->infos ||
                    referral_is_unanswered(call->ua, call->handle);
    if (is_stuck && call_farewell(call, reason_header(call->bye_for)))
        call_reap_soon(call);
}

static void say_bye(struct call *call, enum participant_reason why, const char *reason)
{
    call->bye_for = why;
    nua_bye(call->handle, SIPTAG_REASON_STR(reason), TAG_END());
    loop_timer_start(call->ua->config.loop, &call->farewell, CALL_FAREWELL_MS, on_no_farewell,
                     call);
}

void call_bye(struct call *call, enum participant_reason reason)
{
    guard_end(call);
    say_bye(call, reason, reason_header(reason));
}

/* @return false: nobody rings. */
static bool cancel(struct call *call, const char *reason)
{
    bool rings = call_fork_cancel(call, reason);
    if (call->handle)
        nua_cancel(call->handle, SIPTAG_REASON_STR(reason), TAG_END());
    return rings || call->handle;
}

/* In whatever state it is. @p refusal: of an INVITE that waits for its answer. */
static void end_dialog(struct call *call, struct reply refusal, enum participant_reason why,
                       const char *reason)
{
    const enum call_state state = call->state;
    if (state == CALL_ENDING)
        return;
    guard_end(call);
    if (state == CALL_NEW || state == CALL_EARLY) {
        reply_refuse_later(call->line, call->handle, &refusal);
        call_reap_soon(call);
    } else if (state != CALL_DIALLING) {
        say_bye(call, why, reason);
    } else if (!cancel(call, reason)) {
        call_reap_soon(call);
    }
}

/* Of an INVITE that waits for its answer. */
static struct reply refusal_of(const struct call *call, enum participant_reason reason)
{
    const struct reply *told = call_early_refusal(call);
    if (reason == PARTICIPANT_SHUTDOWN)
        return reply_later("Going Down");
    return told ? *told : reply_make(reason_status(reason), "Removed From The Conference");
}

/* The room ends it. The participant is gone when this returns. */
static void hang_up(void *context, enum participant_reason reason)
{
    struct call *call = context;
    handshakes_drop(&call->handshakes);
    call_give_line(call);
    call_messages_end(call);
    call->participant = NULL;
    call->hung_up_for = reason;
    log_call_info("sip", call->id, "hung up: %s", participant_reason_word(reason));
    if (!call->was_up)
        call->ua->stats.failed++;
    end_dialog(call, refusal_of(call, reason), reason, reason_header(reason));
    end_beside(call, reason);
}

void call_fail(struct call *call, enum participant_reason reason, const char *detail)
{
    char header[REASON_BYTES];
    reason_write(488, detail, header);
    call_leave(call, reason, detail);
    end_dialog(call, reply_make(488, "Not Acceptable Here"), reason, header);
}

int call_connect(struct call *call, struct leg_plan *plan, struct video_plans *video)
{
    return handshakes_connect(&call->handshakes, call->participant, &call->offers, plan, video);
}

void call_commit(struct call *call)
{
    offer_commit(&call->offers);
    call_msrp_commit(call);
    call_files_commit(call);
}

void call_withdraw(struct call *call)
{
    offer_withdraw(&call->offers);
    call_msrp_withdraw(call);
    call_files_withdraw(call);
}

static void on_limit(void *context)
{
    struct call *call = context;
    if (call->participant)
        participant_kick(call->participant, PARTICIPANT_TIMED_OUT);
}

void call_is_up(struct call *call)
{
    unsigned limit_s = call->ua->config.max_call_s;
    call->state = CALL_UP;
    if (!call->was_up && limit_s)
        loop_timer_start(call->ua->config.loop, &call->limit, limit_s * 1000LL, on_limit, call);
    if (!call->was_up && !call->is_out)
        call->ua->stats.answered++;
    call->was_up = true;
    call_messages_begin(call);
    call_push_look(call);
}

/* ---- addresses ---- */

const char *call_contact(const struct call *call)
{
    return call->contact;
}

static void add_video(const struct call *call, enum video_stream stream,
                      struct offer_local *local)
{
    struct participant *participant = call->participant;
    if (!participant_wants_video(participant, stream))
        return;
    int error = participant_open_video(participant, stream, local->family);
    if (error) {
        log_call_info("sip", call->id, "no video: %s", strerror(-error));
        return;
    }
    local->video[stream] = (struct offer_video_local){
        .port = video_leg_port(participant_video(participant, stream)),
        .bandwidth_bps = call->ua->config.video_bandwidth_bps};
}

/* The most usual fault of a server in a cloud or a container, and nothing else tells of it. */
static void warn_of_hidden(struct ua *ua, const char *address, const struct sockaddr *peer)
{
    const int64_t now = clock_monotonic_ns();
    if (!address_kind_hides(address, peer) || now < ua->warn_of_hidden_ns)
        return;
    ua->warn_of_hidden_ns = now + WARN_OF_HIDDEN_S * CLOCK_NS_PER_S;
    log_warn(
        "sip",
        "a caller of the public Internet is told to send sound to %s, which it cannot reach: "
        "set media.advertised_address to the public address of this server",
        address);
}

int call_local(const struct call *call, const struct sockaddr *remote, unsigned videos,
               struct offer_local *local)
{
    const struct sockaddr *peer = (const struct sockaddr *)&call->peer;
    struct leg *leg = participant_leg(call->participant);
    if (!leg)
        return -ENOTCONN;
    *local = (struct offer_local){.port = leg_port(leg),
                                  .ptime_ms = call->ua->config.ptime_ms,
                                  .pauses = call->ua->config.dtx};
    if (remote->sa_family == AF_UNSPEC)
        remote = peer;
    int error = leg_local_address(leg, remote, local->address);
    local->family = strchr(local->address, ':') ? AF_INET6 : AF_INET;
    if (!error)
        warn_of_hidden(call->ua, local->address, peer);
    for (unsigned i = 0; !error && i < VIDEO_STREAMS; i++) {
        if (videos & 1u << i)
            add_video(call, i, local);
    }
    return error;
}

int call_settle_media(struct call *call, const struct room_settings *settings,
                      struct offer_failure *why)
{
    const enum media_srtp usual = call->ua->config.srtp, line = call->line->endpoint.srtp;
    const bool by_line = !call->is_out && line != MEDIA_SRTP_DEFAULT;
    const struct media_srtp_say says[] = {
        {by_line ? "the listener" : "the server", by_line ? line : usual},
        {"the account", call->account_srtp},
        {"the trunk", call->trunk_srtp},
        {"the room", settings ? settings->srtp : MEDIA_SRTP_DEFAULT},
    };
    const struct codec_choice any = {.count = 0};
    *why = (struct offer_failure){488, "Not Acceptable Here", {.code = 399}};
    if (codec_choice_meet(call->trunk_codecs ? call->trunk_codecs : &any,
                          settings ? &settings->codecs : &any, &call->offers.codecs) < 0) {
        snprintf(why->warning.text, sizeof(why->warning.text),
                 "the trunk and the room have no codec in common");
        return -EPROTONOSUPPORT;
    }
    return media_srtp_settle(says, sizeof(says) / sizeof(says[0]), &call->offers.srtp,
                             why->warning.text);
}

bool call_refuses_video(const struct call *call, const struct offer *offer,
                        const struct offer_local *local, struct offer_failure *why)
{
    if (!(offer_videos(offer) & 1u << VIDEO_CAMERA) || local->video[VIDEO_CAMERA].port ||
        !participant_video_is_refused(call->participant))
        return false;
    *why = (struct offer_failure){
        488, "Not Acceptable Here", {399, "no capacity is left for video, only for voice"}};
    return true;
}

bool call_has_media(struct call *call, const struct offer *offer, const char *dialled,
                    struct offer_local *local, struct offer_failure *why)
{
    call_msrp_answer(call, offer, dialled, local);
    call_files_answer(call, offer, local);
    *why =
        (struct offer_failure){488,
                               "Not Acceptable Here",
                               {304, "neither sound nor a chat or a file that could be had"}};
    return local->message_count || offer_has_sound(offer);
}

/* ---- the way back ---- */

void call_note_route(struct call *call, const sip_t *sip)
{
    char route[ROUTE_BYTES];
    const struct sockaddr *source = ua_source(call->line);
    bool tls = call->line->endpoint.tls;
    if (tls && call->is_out)
        return; /* what follows goes where the INVITE went, whose name was verified */
    call->by_source |= tls || call->line->web_port || route_needs_source(sip, source);
    if (!call->by_source || !phone_way_back(call->line, sip, source, route))
        return;
    nua_set_hparams(call->handle, NUTAG_PROXY(route), TAG_END());
    call_note_proxy(call, route);
}

/* ---- bodies ---- */

void call_seal(const struct call *call, enum seal_kind kind, const char *method,
               const char *type, const char *text, struct sealed *sealed)
{
    seal_make(&call->seal, kind,
              &(struct seal_text){.type = type,
                                  .text = text,
                                  .start = method,
                                  .handle = call->handle,
                                  .contact = call->contact},
              sealed);
}

void call_seal_sdp(const struct call *call, const char *start, const char *sdp,
                   struct sealed *sealed)
{
    call_seal(call, SEAL_SDP, start, "application/sdp", sdp, sealed);
}

/* ---- session timer (RFC 4028) ---- */

void call_note_far_end(struct call *call, const sip_t *sip)
{
    call_note_way(call, sip);
    call_note_messages(call, sip);
    if (!sip->sip_allow)
        return;
    bool has_update = sip_is_allowed(sip->sip_allow, SIP_METHOD_UPDATE);
    if (has_update != call->far_has_update)
        nua_set_hparams(call->handle, NUTAG_UPDATE_REFRESH(has_update), TAG_END());
    call->far_has_update = has_update;
    call->far_has_info = sip_is_allowed(sip->sip_allow, SIP_METHOD_INFO);
}

/* The stack would repeat the first offer as it was then; ours says what is now. */
void call_refresh(void *context)
{
    struct call *call = context;
    char *sdp;
    if (call->state != CALL_UP || call->offers.is_offering ||
        offer_repeat(&call->offers, &sdp) < 0)
        return; /* the stack's own refresh, a little later, comes instead */
    call_reinvite(call, sdp);
    free(sdp);
}

void call_note_session_timer(struct call *call, const sip_t *sip)
{
    const struct ua_config *config = &call->ua->config;
    const sip_session_expires_t *expires = sip->sip_session_expires;
    const char *refresher = expires ? expires->x_refresher : NULL;
    bool is_request = sip->sip_request != NULL;
    bool far_can = sip_has_feature(sip->sip_supported, "timer") ||
                   sip_has_feature(sip->sip_require, "timer");
    unsigned long interval_s = config->session_expires_s;
    if (expires && (!interval_s || expires->x_delta < interval_s))
        interval_s = expires->x_delta;
    if (interval_s && interval_s < config->min_session_expires_s)
        interval_s = config->min_session_expires_s;
    bool ours = !far_can || (refresher ? strcasecmp(refresher, is_request ? "uas" : "uac") == 0
                                       : !is_request);
    loop_timer_stop(config->loop, &call->refresh);
    if (ours && interval_s && !call->far_has_update)
        loop_timer_start(config->loop, &call->refresh, (int64_t)interval_s * 400, call_refresh,
                         call);
}

/* ---- what the stack reports ---- */

static void on_state(struct call *call, int status, const char *phrase, tagi_t tags[])
{
    int state = nua_callstate_init;
    tl_gets(tags, NUTAG_CALLSTATE_REF(state), TAG_END());
    if (state != nua_callstate_terminating && state != nua_callstate_terminated)
        return;
    if (call->state == CALL_DIALLING)
        return; /* its response says more */
    if (call->state == CALL_ANSWERED && status < 200) {
        call_leave(call, PARTICIPANT_TIMED_OUT, "no ACK");
    } else {
        char detail[96];
        bool is_lost = status == 408 || status == 481; /* of our refresh: RFC 4028 section 10 */
        snprintf(detail, sizeof(detail), "%d %s", status, phrase);
        call_leave(call, is_lost ? PARTICIPANT_TIMED_OUT : PARTICIPANT_FAILED, detail);
    }
    if (state == nua_callstate_terminated)
        call_reap_soon(call);
    else if (call->state != CALL_ENDING)
        guard_end(call);
}

/* An INVITE of ours that is open when its dialog ends is never freed by the stack
 * (nua_session_usage_remove() keeps a reference): it is cancelled, and ends before the BYE is
 * answered. Who says BYE owes it an answer by then (RFC 3261 section 15.1.2); for who does not
 * give one, the stack ends all at once: 480 to the BYE, and a BYE of ours. */
static void on_bye(struct call *call, int status, const sip_t *sip)
{
    char detail[REASON_BYTES];
    reason_read(sip, detail);
    call_leave(call, PARTICIPANT_HUNG_UP, detail);
    if (status >= 200)
        return;
    if (!call->is_inviting) {
        reply_accept_bye(call->line, call->handle, ua_request(call->line));
        return;
    }
    msg_destroy(call->bye);
    call->bye = msg_ref_create(ua_request(call->line));
    end_within(call, CALL_FAREWELL_MS);
    nua_cancel(call->handle, TAG_END());
}

static void on_invite_response(struct call *call, int status, const char *phrase,
                               const sip_t *sip)
{
    if (status >= 200)
        call->is_inviting = false;
    if (call->state == CALL_DIALLING || (call->state == CALL_ENDING && !call->was_up))
        call_on_dial_response(call, status, phrase, sip);
    else
        call_on_reinvite_response(call, status, sip);
    if (status < 200 || !call->bye)
        return;
    reply_accept_bye(call->line, call->handle, call->bye);
    msg_destroy(call->bye);
    call->bye = NULL;
}

/* A dialog of its own ends when the subscription does, and not when the call does. */
static void refuse_subscribe(struct call *call)
{
    const struct reply reply = reply_make(403, "Subscribe Outside Of The Call");
    reply_refuse_in_dialog(call->line, call->handle, &reply);
}

void call_on_event(struct call *call, nua_handle_t *handle, nua_event_t event, int status,
                   const char *phrase, const sip_t *sip, tagi_t tags[])
{
    if (call_fork_takes(call, handle, event, status, phrase, sip) ||
        call_courier_takes(call, handle, event, status, sip))
        return;
    if (event == nua_i_state)
        on_state(call, status, phrase, tags);
    else if (event == nua_i_bye)
        on_bye(call, status, sip);
    else if (event == nua_i_cancel)
        call_leave(call, PARTICIPANT_HUNG_UP, "cancelled");
    else if (event == nua_i_invite && sip)
        call_on_invite(call, sip);
    else if (event == nua_i_update && sip)
        call_on_update(call, sip);
    else if (event == nua_i_ack && sip)
        call_on_ack(call, sip);
    else if (event == nua_i_prack && sip)
        call_on_prack(call, sip);
    else if (event == nua_i_info && sip)
        call_on_info(call, sip);
    else if (event == nua_i_subscribe && status < 200)
        refuse_subscribe(call);
    else if (event == nua_i_message && sip)
        call_on_message(call, sip);
    else if (event == nua_r_message)
        call_on_message_response(call, status);
    else if (event == nua_r_invite)
        on_invite_response(call, status, phrase, sip);
    else if (event == nua_r_bye) /* if a participant is left, the BYE was the stack's own */
        call_leave(call, PARTICIPANT_TIMED_OUT, "the session has expired");
    else if (event == nua_r_info)
        call_on_info_response(call, status);
    else if (event == nua_r_update && status >= 200 && status < 300 && sip)
        call_note_session_timer(call, sip);
    else if (event == nua_i_error)
        log_call_debug("sip", call->id, "%d %s", status, phrase);
}
