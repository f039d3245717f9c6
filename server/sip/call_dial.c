/* call_dial.c - calls that we make: INVITE, progress, redirects, and why it came to nothing. */
#include "server/sip/call_internal.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/sdp/text.h"
#include "server/sip/call_beside.h"
#include "server/sip/call_forward.h"
#include "server/sip/destination.h"
#include "server/sip/dial_rule.h"
#include "server/sip/early_header.h"
#include "server/sip/reason.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_LONGER_SESSIONS = 4 }; /* each proxy on the way may want its own */

void call_guess_peer(const char *host, int family, struct sockaddr_storage *peer)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)peer;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)peer;
    char bare[INET6_ADDRSTRLEN] = "";
    size_t length = strlen(host);
    *peer = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    if (host[0] == '[' && length - 2 < sizeof(bare))
        memcpy(bare, host + 1, length - 2);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        peer->ss_family = AF_INET;
        v4->sin_port = htons(5060);
    } else if (bare[0] && inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1) {
        peer->ss_family = AF_INET6;
        v6->sin6_port = htons(5060);
    } else if (family == AF_INET) {
        inet_pton(AF_INET, "192.0.2.1", &v4->sin_addr);
        peer->ss_family = AF_INET;
        v4->sin_port = htons(5060);
    } else if (family == AF_INET6) {
        inet_pton(AF_INET6, "2001:db8::1", &v6->sin6_addr);
        peer->ss_family = AF_INET6;
        v6->sin6_port = htons(5060);
    }
}

static unsigned count_dial_outs(const struct ua *ua)
{
    unsigned count = 0;
    for (const struct call *call = ua->calls; call; call = call->next)
        count += call->is_out && call->participant && (!call->fork || call->trunk);
    return count;
}

void call_write_room(const struct call *call, const char *host, char *out, size_t room)
{
    const struct room *conference = participant_room(call->participant);
    const char *name = room_settings(conference)->display_name;
    struct text text;
    text_init(&text, out, room);
    for (const char *at = name; *at; at++) {
        if (at == name)
            text_add(&text, "\"");
        text_add(&text, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
    }
    text_add(&text, "%s<sip:%s@%s>", name[0] ? "\" " : "", room_name(conference), host);
}

void call_write_headers(const struct call *call, char out[HEADER_MAP_BYTES])
{
    const struct ua_config *config = &call->ua->config;
    header_map_write(config->header_map, config->header_map_count,
                     participant_attributes(call->participant), out);
}

/* ---- INVITE ---- */

/* By a trunk: with its identity, and with the answer to its challenge, the same request again.
 */
static void send_by_trunk(struct call *call, const struct uri_target *target, const char *host,
                          const char *sdp)
{
    struct trunk_out_identity identity;
    struct sealed sealed;
    char to[CALL_TARGET_BYTES + 2], sequence[24];
    const struct trunk_out *out = call->out;
    const char *proof = out->authorization;
    char headers[HEADER_MAP_BYTES], diversions[CALL_DIVERSION_BYTES];
    trunk_out_identify(call, host, &identity);
    call_write_headers(call, headers);
    call_write_diversions(call->diversions, target->text, diversions);
    snprintf(to, sizeof(to), "<%s>", target->text);
    snprintf(sequence, sizeof(sequence), "%u INVITE", out->sequence + (proof != NULL));
    call_seal_sdp(call, "INVITE", sdp, &sealed);
    if (!out->is_reliable)
        nua_set_hparams(call->handle, SIPTAG_SUPPORTED_STR(SIP_EXTENSIONS_UNRELIABLE),
                        TAG_END());
    nua_invite(
        call->handle, NUTAG_URL(target->text),
        TAG_IF(target->wants_tls, NUTAG_PROXY(target->hop)), SIPTAG_CALL_ID_STR(call->call_id),
        SIPTAG_TO_STR(to), SIPTAG_FROM_STR(identity.from), SIPTAG_CSEQ_STR(sequence),
        SIPTAG_CONTACT_STR(call->contact),
        TAG_IF(identity.asserted[0], SIPTAG_HEADER_STR(identity.asserted)),
        TAG_IF(headers[0], SIPTAG_HEADER_STR(headers)),
        TAG_IF(diversions[0], SIPTAG_HEADER_STR(diversions)),
        TAG_IF(call->trunk_says_early && call->trunk_early & TRUNK_EARLY_OUT,
               SIPTAG_HEADER_STR(EARLY_HEADER_SUPPORTED)),
        TAG_IF(identity.privacy, SIPTAG_PRIVACY_STR(identity.privacy)),
        TAG_IF(proof && !out->is_for_proxy, SIPTAG_AUTHORIZATION_STR(proof)),
        TAG_IF(proof && out->is_for_proxy, SIPTAG_PROXY_AUTHORIZATION_STR(proof)),
        SEALED_TAGS(&sealed), NUTAG_AUTOACK(0), NUTAG_SESSION_TIMER(call->session_expires_s),
        NUTAG_MIN_SE(call->min_expires_s), TAG_END());
    sealed_finish(&sealed);
}

static void send_invite(struct call *call, const struct uri_target *target, const char *sdp)
{
    char headers[HEADER_MAP_BYTES], diversions[CALL_DIVERSION_BYTES];
    struct sealed sealed;
    char from[SIP_CONTACT_BYTES + ROOM_DISPLAY_NAME_BYTES], to[CALL_TARGET_BYTES + 2];
    char host[SIP_HOST_BYTES];
    call->is_inviting = true;
    ua_host(call->line, (const struct sockaddr *)&call->peer, host);
    if (target->wants_tls)
        call_note_proxy(call, target->hop);
    if (call->trunk) {
        send_by_trunk(call, target, host, sdp);
        return;
    }
    call_write_room(call, host, from, sizeof(from));
    snprintf(to, sizeof(to), "<%s>", target->text);
    call_write_headers(call, headers);
    call_write_diversions(call->diversions, target->text, diversions);
    call_seal_sdp(call, "INVITE", sdp, &sealed);
    nua_invite(call->handle, NUTAG_URL(target->text),
               TAG_IF(target->wants_tls, NUTAG_PROXY(target->hop)),
               SIPTAG_CALL_ID_STR(call->call_id), SIPTAG_TO_STR(to), SIPTAG_FROM_STR(from),
               TAG_IF(call->replaces, SIPTAG_REPLACES_STR(call->replaces)),
               TAG_IF(headers[0], SIPTAG_HEADER_STR(headers)),
               TAG_IF(diversions[0], SIPTAG_HEADER_STR(diversions)),
               SIPTAG_CONTACT_STR(call->contact), SEALED_TAGS(&sealed), NUTAG_AUTOACK(0),
               NUTAG_SESSION_TIMER(call->session_expires_s), NUTAG_MIN_SE(call->min_expires_s),
               TAG_END());
    sealed_finish(&sealed);
}

static void forget_awaited(struct call *call)
{
    free(call->awaits_tls);
    call->awaits_tls = NULL;
    call->awaits_port = 0;
    call->awaits_handshake = false;
}

static void await_tls(struct call *call, const struct uri_target *target)
{
    size_t length = strlen(target->host);
    if (length > 1 && target->host[length - 1] == '.')
        length--; /* the root of DNS, which is no part of a server's name */
    forget_awaited(call);
    if (!target->wants_tls)
        return;
    call->awaits_tls = strndup(target->host, length);
    call->awaits_port = target->port;
}

/* Ports of the family of its peer; those of a way of the other one, that was tried before, are
 * given back. */
static int bind_ports(struct call *call)
{
    struct participant *participant = call->participant;
    const int family = call->peer.ss_family;
    int error = 0;
    if (participant_leg(participant) && leg_family(participant_leg(participant)) != family)
        error = participant_close_leg(participant);
    if (!error && !participant_leg(participant))
        error = participant_open_leg(participant, family);
    return error;
}

/* An offer, owned by the caller. */
static int make_offer(struct call *call, char **sdp)
{
    struct offer_local local;
    struct offer_failure why;
    int error = bind_ports(call);
    if (!error)
        error =
            call_local(call, (const struct sockaddr *)&call->peer, 1u << VIDEO_CAMERA, &local);
    if (!error && local.family != call->peer.ss_family)
        error = -EAFNOSUPPORT; /* media is bound to an address of the other one */
    if (!error)
        error =
            call_settle_media(call, room_settings(participant_room(call->participant)), &why);
    if (error)
        return error;
    call_msrp_offer(call, &local);
    return offer_make(&call->offers, &local, sdp);
}

/* Calls the goal by @p way, on a handle of its own. Nothing has begun if it fails. */
static int try_way(struct call *call, const struct lookup_way *way)
{
    const struct uri_target *goal = &call->goal;
    struct ua_line *line = way->line;
    char *sdp;
    call->peer = way->peer;
    int error = make_offer(call, &sdp);
    if (error)
        return error;
    call->line = line;
    call->is_sips = goal->is_sips;
    await_tls(call, goal);
    bool is_tcp = goal->wants_tcp || !line->endpoint.udp;
    ua_contact(line, (const struct sockaddr *)&call->peer,
               goal->is_sips ? UA_CONTACT_SIPS
               : is_tcp      ? UA_CONTACT_TCP
                             : UA_CONTACT_PLAIN,
               room_name(participant_room(call->participant)), call->contact);
    if (!call->out || !call->out->authorization)
        random_name(call->call_id, sizeof(call->call_id));
    call->handle = nua_handle(line->nua, call, TAG_END());
    if (call->handle) {
        log_call_info("sip", call->id, "INVITE goes to %s, Call-ID %s", goal->text,
                      call->call_id);
        send_invite(call, goal, sdp);
    }
    free(sdp);
    return call->handle ? 0 : -ENOMEM;
}

static void drop_handle(struct call *call)
{
    call_way_finish(call); /* what comes next has another */
    handshakes_drop(&call->handshakes);
    if (call->handle) {
        nua_handle_bind(call->handle, NULL);
        nua_handle_destroy(call->handle);
        call->handle = NULL;
    }
    call->is_inviting = false;
}

/* What was said by whom it was sent to so far is forgotten. */
static void drop_attempt(struct call *call)
{
    drop_handle(call);
    call_withdraw(call);
    free(call->early_answer);
    call->early_answer = NULL;
    call->early_is_silent = false;
    if (call->agreed) { /* whoever is called next knows nothing of it */
        offer_session_finish(&call->offers);
        call_begin_offers(call->ua, &call->offers);
    }
    free(call->agreed);
    call->agreed = NULL;
}

/* By the next way that can be gone. @return the last one's error; @p error if there is none. */
static int try_ways(struct call *call, int error)
{
    for (const struct lookup_way *way; (way = lookup_next(&call->lookup));) {
        error = try_way(call, way);
        if (!error)
            return 0;
        drop_attempt(call);
    }
    return error;
}

static void on_refused(struct call *call, int status, const char *phrase, const sip_t *sip);

static void on_goal_known(void *context, int error)
{
    struct call *call = context;
    if (!error)
        error = try_ways(call, -EHOSTUNREACH);
    if (error)
        on_refused(call, 503,
                   error == -EHOSTUNREACH                    ? "No Such Name In DNS"
                   : error == -ETIMEDOUT || error == -EAGAIN ? "No Answer From DNS"
                                                             : strerror(-error),
                   NULL);
}

/* Calls @p text, once it is known where that is. */
static int try_target(struct call *call, const char *text)
{
    int error = uri_target(text, &call->goal);
    if (!error)
        error = lookup_begin(&call->lookup, call->ua, &call->goal, on_goal_known, call);
    if (error == LOOKUP_ASKS)
        return 0;
    return error ? error : try_ways(call, -EHOSTUNREACH);
}

/* Once more the same, but for what it has asked for. */
static int try_same(struct call *call)
{
    drop_attempt(call);
    lookup_again(&call->lookup);
    return try_ways(call, -EHOSTUNREACH);
}

static void on_ring_timeout(void *context)
{
    struct call *call = context;
    if (call->participant && call->state == CALL_DIALLING && !call_forward_on_time(call))
        participant_kick(call->participant, PARTICIPANT_NO_ANSWER);
}

void call_await_answer(struct call *call)
{
    loop_timer_start(call->ua->config.loop, &call->ring, call->ring_timeout_s * 1000LL,
                     on_ring_timeout, call);
}

/* ---- by a trunk ---- */

static void on_gateway_timeout(void *context);

static void await_gateway(struct call *call, unsigned timeout_ms)
{
    loop_timer_start(call->ua->config.loop, &call->gateway, timeout_ms, on_gateway_timeout,
                     call);
}

/* @return 0: the next gateway is being called; else why not, of the last. */
static int try_gateway(struct call *call)
{
    int error, last = -ENOENT;
    while ((error = trunk_out_next(call)) == 0) {
        error = try_target(call, call->out->uri);
        if (!error) {
            log_call_info("sip", call->id, "goes by trunk %s to %s", call->trunk->name,
                          call->out->uri);
            await_gateway(call, call->trunk->settings.gateway_timeout_ms);
            return 0;
        }
        last = error;
        drop_attempt(call);
    }
    return last == -ENOENT ? error : last;
}

/* @return true: the next gateway is being called. */
static bool fail_over(struct call *call)
{
    if (!call->trunk)
        return false;
    drop_attempt(call);
    call_forget_redirects(call);
    if (try_gateway(call) < 0)
        return false;
    participant_progress(call->participant, PARTICIPANT_CALLING);
    return true;
}

static int dial_number(struct call *call, const char *number, const struct call_behalf *behalf)
{
    int error = behalf ? call_beside_note(call, behalf) : 0;
    if (!error)
        error = trunk_out_begin(call, number, behalf ? behalf->account : NULL);
    return error ? error : try_gateway(call);
}

static bool try_again(struct call *call)
{
    if (try_same(call) < 0)
        return false;
    await_gateway(call, call->trunk->settings.gateway_timeout_ms);
    participant_progress(call->participant, PARTICIPANT_CALLING);
    return true;
}

static bool try_with_password(struct call *call, int status, const sip_t *sip)
{
    return (status == 401 || status == 407) && trunk_out_authorize(call, status, sip) &&
           try_again(call);
}

static bool try_reliably(struct call *call, int status, const sip_t *sip)
{
    return trunk_out_insists_on_100rel(call, status, sip) && try_again(call);
}

/* A gateway that has begun to answer gets the time to ring. */
void call_on_trying(struct ua *ua, const char *call_id)
{
    for (struct call *call = ua->calls; call; call = call->next) {
        bool is_waiting = call->trunk && call->participant && call->state == CALL_DIALLING &&
                          participant_info(call->participant)->state == PARTICIPANT_CALLING;
        if (is_waiting && strcmp(call->call_id, call_id) == 0)
            await_gateway(call, call->trunk->settings.progress_timeout_ms);
    }
}

/* ---- begin ---- */

static int check_load(const struct ua *ua)
{
    if (ua->draining)
        return -ESHUTDOWN;
    return ua->stats.calls >= ua->config.max_calls ? -EUSERS : 0;
}

/* To others than our own accounts. */
static int check_dial_out(const struct ua *ua)
{
    if (!ua->config.dial_out)
        return -ENOSYS;
    int error = check_load(ua);
    return !error && count_dial_outs(ua) >= ua->config.max_dial_outs ? -EUSERS : error;
}

static int check_target(struct ua *ua, const struct room_dial *request,
                        struct uri_target *target)
{
    int error = uri_target(request->uri, target);
    if (error)
        return error;
    if (!dial_rule_allows(ua->config.dial_allow, ua->config.dial_allow_count, target->host))
        return -EACCES;
    return lookup_line(ua, target) ? 0 : -EINVAL;
}

int call_dial(void *context, struct participant *participant, const struct room_dial *request)
{
    struct ua *ua = context;
    struct uri_target target;
    char number[NUMBER_BYTES];
    bool is_number = number_read(request->uri, number);
    const struct account *account =
        is_number ? NULL : destination_own_account(ua, request->uri);
    int error = account ? check_load(ua) : check_dial_out(ua);
    if (!error && request->chat && !ua->msrp)
        error = -ENOPROTOOPT;
    if (!error && !account && !is_number)
        error = check_target(ua, request, &target);
    if (error)
        return error;
    struct call *call = call_create(account || is_number ? ua->line : lookup_line(ua, &target),
                                    NULL, participant_info(participant)->id);
    if (!call)
        return -ENOMEM;
    call->is_out = true;
    call->is_known = account != NULL;
    snprintf(call->account, sizeof(call->account), "%s", account ? account->name : "");
    call->offers_chat = request->chat;
    call->replaces = request->replaces ? strdup(request->replaces) : NULL;
    call->state = CALL_DIALLING;
    call->participant = participant;
    call->session_expires_s = ua->config.session_expires_s;
    call->min_expires_s = ua->config.min_session_expires_s;
    call->ring_timeout_s =
        request->ring_timeout_s ? request->ring_timeout_s : ua->config.ring_timeout_s;
    if (is_number)
        error = dial_number(call, number, request->behalf);
    else if (account)
        error = call_fork_begin(call, request, account);
    else
        error = try_target(call, target.text);
    if (error) {
        call_give_line(call);
        call->participant = NULL;
        call->beside = NULL;
        call_reap_soon(call);
        return error;
    }
    participant_set_call(participant, &call_link, call);
    call_await_answer(call);
    ua->stats.dialled_out++;
    log_call_info("sip", call->id, "%s is dialled from %s", request->uri,
                  room_name(participant_room(participant)));
    return 0;
}

int call_dial_on(struct call *call, const char *number, const struct account *account,
                 struct diversion_list *list)
{
    int error = check_dial_out(call->ua);
    drop_attempt(call);
    call_give_line(call);
    free(call->diversions);
    call->diversions = list;
    call->forwards = list->count;
    call_forget_redirects(call);
    seal_finish(&call->seal);
    seal_begin(&call->seal, call->ua, NULL, "");
    call->is_known = false;
    call->account[0] = '\0';
    if (!error)
        error = trunk_out_begin(call, number, account);
    if (!error)
        error = try_gateway(call);
    if (error) {
        call_give_line(call);
        return error;
    }
    participant_progress(call->participant, PARTICIPANT_CALLING);
    call_await_answer(call);
    return 0;
}

/* ---- responses ---- */

static void give_up(struct call *call, enum participant_reason reason, int status,
                    const char *phrase, const sip_t *sip)
{
    char said[REASON_BYTES], detail[128 + REASON_BYTES];
    reason_read(sip, said);
    snprintf(detail, sizeof(detail), "%d %s%s%s", status, phrase, said[0] ? ": " : "", said);
    call->refused_with = status;
    call_leave(call, reason, detail);
    call_reap_soon(call);
}

/* @return true if another target is being called. */
static bool try_next(struct call *call)
{
    for (char *target; (target = call_next_redirect(call));) {
        drop_attempt(call);
        trunk_out_redirect(call, target);
        bool is_tried = try_target(call, target) == 0;
        if (is_tried && call->trunk)
            await_gateway(call, call->trunk->settings.gateway_timeout_ms);
        if (is_tried)
            log_call_info("sip", call->id, "goes on to %s", target);
        free(target);
        if (is_tried) {
            participant_progress(call->participant, PARTICIPANT_CALLING);
            return true;
        }
    }
    return false;
}

/* RFC 4028 section 7.4: once more, with the interval that is wanted. */
static bool try_longer_session(struct call *call, int status, const sip_t *sip)
{
    unsigned long least = status == 422 && sip->sip_min_se ? sip->sip_min_se->min_delta : 0;
    if (least <= call->min_expires_s || least > 86400 ||
        call->longer_sessions == MOST_LONGER_SESSIONS)
        return false;
    call->longer_sessions++;
    call->min_expires_s = (unsigned)least;
    if (call->session_expires_s < least)
        call->session_expires_s = (unsigned)least;
    if (try_same(call) < 0)
        return false;
    participant_progress(call->participant, PARTICIPANT_CALLING);
    return true;
}

/* RFC 3263 section 4.3: nobody is there, or he has no time; then it goes to an address of the
 * other family, if there is one. The stack has tried all of this one. */
static bool try_other_family(struct call *call, int status)
{
    if ((status != 503 && status != 408) ||
        participant_info(call->participant)->state != PARTICIPANT_CALLING ||
        call->lookup.next == call->lookup.count)
        return false;
    drop_attempt(call);
    if (try_ways(call, -EHOSTUNREACH) < 0)
        return false;
    if (call->trunk)
        await_gateway(call, call->trunk->settings.gateway_timeout_ms);
    return true;
}

static void on_refused(struct call *call, int status, const char *phrase, const sip_t *sip)
{
    if (sip && (try_longer_session(call, status, sip) || try_with_password(call, status, sip) ||
                try_reliably(call, status, sip)))
        return;
    if (try_other_family(call, status))
        return;
    bool is_redirect = status >= 300 && status < 400;
    if (sip && is_redirect)
        call_note_redirects(call, status, sip);
    if (try_next(call) || (trunk_out_fails_over(status) && fail_over(call)) ||
        (call->fork && status < 600 && call_forward_next(call)))
        return;
    if (is_redirect)
        phrase =
            call->redirects >= call->ua->config.max_redirects ? "Too Many Redirects" : phrase;
    give_up(call, reason_of_status(status), status, phrase, sip);
}

static void on_gateway_timeout(void *context)
{
    struct call *call = context;
    if (call->participant && call->state == CALL_DIALLING)
        on_refused(call, 408, "No Answer From The Gateway", NULL);
}

static void on_progress(struct call *call, int status, const sip_t *sip)
{
    struct slice body;
    struct reply ignored;
    if (status < 180) /* nobody rings, so nobody is heard, either */
        return;
    if (participant_info(call->participant)->state == PARTICIPANT_CALLING)
        participant_progress(call->participant, PARTICIPANT_RINGING);
    if (sip)
        call_early_note_header(call, sip);
    if (sip && seal_open_sdp(&call->seal, sip, &body, &ignored))
        call_early_progress(call, body,
                            sip->sip_rseq && sip_has_feature(sip->sip_require, "100rel"));
}

static void on_answered(struct call *call, const sip_t *sip)
{
    struct slice body = {"", 0};
    struct reply ignored;
    struct offer_failure why;
    nua_ack(call->handle, TAG_END());
    if (!seal_open_sdp(&call->seal, sip, &body, &ignored))
        body = (struct slice){"", 0};
    if (!body.length && call->early_answer)
        body = (struct slice){call->early_answer, strlen(call->early_answer)};
    loop_timer_stop(call->ua->config.loop, &call->ring);
    if (call->participant)
        participant_end_early(call->participant);
    if (!(call->agreed ? call_take_agreed(call, &why) : call_take_answer(call, body, &why))) {
        call_leave(call, PARTICIPANT_INCOMPATIBLE,
                   why.warning.code ? why.warning.text : why.text);
        call_bye(call, PARTICIPANT_INCOMPATIBLE);
        return;
    }
    if (!call->participant) { /* somebody has ended it at once: too late for a CANCEL */
        call_bye(call, call->hung_up_for);
        return;
    }
    call_note_far_end(call, sip);
    call_note_session_timer(call, sip);
    call_is_up(call);
}

/* True if @p call waits for a TLS connection to this address or, with NULL, to a name. */
static bool awaits(const struct call *call, const struct sockaddr *peer)
{
    struct sockaddr_storage literal;
    if (!call->awaits_tls || call->state != CALL_DIALLING || !call->participant)
        return false;
    call_guess_peer(call->awaits_tls, AF_UNSPEC, &literal);
    if (literal.ss_family == AF_UNSPEC || !peer)
        return literal.ss_family == AF_UNSPEC && !peer;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&literal;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&literal;
    if (literal.ss_family != peer->sa_family)
        return false;
    return peer->sa_family == AF_INET
               ? v4->sin_addr.s_addr == ((const struct sockaddr_in *)peer)->sin_addr.s_addr
               : memcmp(&v6->sin6_addr, &((const struct sockaddr_in6 *)peer)->sin6_addr, 16) ==
                     0;
}

/* Where the host of @p call is, if it waits for a connection that may be the one to @p peer. */
static enum server_place place_of(const struct call *call, const struct sockaddr *peer)
{
    if (awaits(call, NULL))
        return resolved_place(call->ua->names, call->awaits_tls, call->awaits_port, peer);
    bool is_port = !call->awaits_port || call->awaits_port == resolved_port(peer);
    return is_port && awaits(call, peer) ? SERVER_PLACE_THERE : SERVER_PLACE_ELSEWHERE;
}

static const char *name_of(const struct call *call)
{
    return server_name_is_name(call->awaits_tls) ? call->awaits_tls : "";
}

bool call_tls_name(void *context, const struct sockaddr *peer, char name[SERVER_NAME_BYTES])
{
    struct ua *ua = context;
    struct server_name_choice choice = {.unknown = {NULL}};
    for (const struct call *call = ua->calls; call; call = call->next) {
        enum server_place place = place_of(call, peer);
        if (place != SERVER_PLACE_ELSEWHERE)
            server_name_consider(&choice, name_of(call), place, call->awaits_handshake);
    }
    const char *chosen = server_name_chosen(&choice);
    if (!chosen)
        return false;
    for (struct call *call = ua->calls; call; call = call->next) {
        if (place_of(call, peer) != SERVER_PLACE_ELSEWHERE &&
            strcasecmp(name_of(call), chosen) == 0)
            call->awaits_handshake = true; /* they share it */
    }
    snprintf(name, SERVER_NAME_BYTES, "%s", chosen);
    for (char *at = name; *at; at++)
        *at = (char)tolower((unsigned char)*at); /* some servers know no other way */
    return name[0] != '\0';
}

/* One whose connection has begun is written to that one. If this one goes, those whom it was
 * for wait for another again. */
bool call_tls_is_for_other(void *context, const struct sockaddr *peer, X509 *certificate)
{
    struct ua *ua = context;
    bool is_for_other = false;
    for (const struct call *call = ua->calls; call && !is_for_other; call = call->next)
        is_for_other = !call->awaits_handshake && place_of(call, peer) == SERVER_PLACE_THERE &&
                       !secure_is_good_for(certificate, call->awaits_tls);
    for (struct call *call = ua->calls; call && is_for_other; call = call->next) {
        if (call->awaits_handshake && place_of(call, peer) == SERVER_PLACE_THERE &&
            secure_is_good_for(certificate, call->awaits_tls))
            call->awaits_handshake = false;
    }
    return is_for_other;
}

/* The name that a connection to @p peer was for, if nobody is known to be there: the only one
 * that may have been meant. */
static const char *only_name(const struct ua *ua, const struct sockaddr *peer)
{
    const char *only = NULL;
    bool is_several = false;
    for (const struct call *call = ua->calls; call; call = call->next) {
        enum server_place place = place_of(call, peer);
        if (place == SERVER_PLACE_THERE)
            return NULL;
        if (place == SERVER_PLACE_ELSEWHERE)
            continue;
        is_several |= only && strcasecmp(only, name_of(call)) != 0;
        only = name_of(call);
    }
    return is_several ? NULL : only;
}

/* All who are there had this connection, but who has another: the stack makes one for an
 * address, and for a name if secure.h makes it. To others the
 * transaction's own time limit is left (RFC 3261, timer B). */
void call_on_tls_ended(void *context, const struct sockaddr *peer, const char *said)
{
    struct ua *ua = context;
    char name[SERVER_NAME_BYTES] = "";
    const char *meant = said ? said : only_name(ua, peer);
    snprintf(name, sizeof(name), "%s", meant ? meant : "");
    for (struct call *call = ua->calls, *next; call; call = next) {
        next = call->next; /* calls are freed later, at another turn of the loop */
        enum server_place place = place_of(call, peer);
        bool is_meant =
            (place == SERVER_PLACE_THERE &&
             (!said || !call->awaits_handshake || strcasecmp(name_of(call), said) == 0)) ||
            (place == SERVER_PLACE_UNKNOWN && name[0] && strcasecmp(name_of(call), name) == 0);
        if (!is_meant)
            continue;
        forget_awaited(call);
        on_refused(call, 503, "No TLS Connection To There", NULL);
    }
}

void call_on_dial_response(struct call *call, int status, const char *phrase, const sip_t *sip)
{
    forget_awaited(call);
    loop_timer_stop(call->ua->config.loop, &call->gateway);
    if (status >= 300) {
        if (call->participant)
            on_refused(call, status, phrase, sip);
        else
            call_reap_soon(call);
    } else if (status >= 200 && !call->participant) {
        /* answered while our CANCEL was on its way */
        nua_ack(call->handle, TAG_END());
        if (!call->bye)
            call_bye(call, call->hung_up_for);
    } else if (status >= 200 && sip) {
        on_answered(call, sip);
    } else if (status > 100 && call->participant) {
        on_progress(call, status, sip);
    }
}
