/* call_fork.c - a call to an account: all its phones ring, one answers, the others stop. */
#include "server/sip/call_fork.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/sip/call_beside.h"
#include "server/sip/call_forward.h"
#include "server/sip/flow.h"
#include "server/sip/pair.h"
#include "server/sip/phone_way.h"
#include "server/sip/reason.h"
#include "server/sip/registrar.h"
#include "server/sip/route.h"
#include "server/sip/tunnel.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_BYTES = 17 };

static const char answered_elsewhere[] = "SIP;cause=200;text=\"Call completed elsewhere\"";

/* ---- begin ---- */

static void write_caller(const struct call_fork *fork, struct text *text)
{
    if (fork->from_name && fork->from_name[0]) {
        text_add(text, "\"");
        for (const char *at = fork->from_name; *at; at++)
            text_add(text, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
        text_add(text, "\" ");
    }
    text_add(text, "<%s>", fork->from_uri);
}

/* With a tag: before the stack sends it, it is signed. */
static char *make_from(const struct call *call)
{
    char room[SIP_CONTACT_BYTES + ROOM_DISPLAY_NAME_BYTES], host[SIP_HOST_BYTES];
    char out[sizeof(room) + PARTICIPANT_NAME_BYTES + TAG_BYTES], tag[TAG_BYTES];
    struct text text;
    text_init(&text, out, sizeof(out));
    ua_host(call->line, (const struct sockaddr *)&call->peer, host);
    if (call->fork->from_uri && uri_is_clean(call->fork->from_uri)) {
        write_caller(call->fork, &text);
    } else {
        call_write_room(call, host, room, sizeof(room));
        text_add(&text, "%s", room);
    }
    random_name(tag, sizeof(tag));
    text_add(&text, ";tag=%s", tag);
    return text.full ? NULL : strdup(out);
}

/* Ports are opened for the first phone, and are good for those of its address family. */
static int open_ports(struct call *call, struct call_fork *fork)
{
    if (fork->family)
        return fork->family == call->peer.ss_family ? 0 : -EAFNOSUPPORT;
    const int error = participant_open_leg(call->participant, call->peer.ss_family);
    fork->family = error ? AF_UNSPEC : call->peer.ss_family;
    return error;
}

/* Unless there is one for phones of that kind. */
static int make_offer(struct call *call, enum call_offer_kind kind)
{
    struct offer_local local;
    struct offer_failure why;
    struct call_offer *offer = &call->fork->offer[kind];
    if (offer->sdp)
        return 0;
    int error =
        call_local(call, (const struct sockaddr *)&call->peer, 1u << VIDEO_CAMERA, &local);
    if (!error)
        error =
            call_settle_media(call, room_settings(participant_room(call->participant)), &why);
    if (error)
        return error;
    offer_session_finish(&offer->session); /* of one that failed */
    call_begin_offers(call->ua, &offer->session);
    offer->session.srtp = call->offers.srtp;
    offer->session.codecs = call->offers.codecs;
    offer->session.offers_ice = kind == CALL_OFFER_WEB;
    if (kind == CALL_OFFER_PHONE)
        call_msrp_offer(call, &local);
    return offer_make(&offer->session, &local, &offer->sdp);
}

static void send_invite(struct call *call, const struct call_branch *branch,
                        const struct binding *phone)
{
    char to[LOCATION_TEXT_BYTES + 2], headers[HEADER_MAP_BYTES];
    char diversions[CALL_DIVERSION_BYTES], start[LOCATION_TEXT_BYTES + 24];
    const struct call_fork *fork = call->fork;
    const struct call_hop *hop = &fork->hop[branch->hop];
    struct diversion_list list = {.count = 0};
    struct sealed sealed;
    if (branch->hop)
        call_forward_list(call, &hop->sender, &list);
    call_write_diversions(&list, phone->uri, diversions);
    call_write_headers(call, headers);
    snprintf(to, sizeof(to), "<%s>", phone->uri);
    snprintf(start, sizeof(start), "INVITE %s SIP/2.0", phone->uri);
    const struct tunnel_lines lines = {.start = start,
                                       .from = fork->from,
                                       .to = to,
                                       .call_id = branch->call_id,
                                       .contact = branch->contact,
                                       .date = sip_now()};
    seal_make(&hop->seal, SEAL_SDP,
              &(struct seal_text){.type = "application/sdp",
                                  .text = fork->offer[branch->kind].sdp,
                                  .lines = &lines},
              &sealed);
    nua_invite(branch->handle, NUTAG_URL(phone->uri), NUTAG_PROXY(branch->flow),
               TAG_IF(phone->path[0], NUTAG_INITIAL_ROUTE_STR(phone->path)),
               SIPTAG_CALL_ID_STR(branch->call_id), SIPTAG_TO_STR(to),
               TAG_IF(headers[0], SIPTAG_HEADER_STR(headers)),
               TAG_IF(diversions[0], SIPTAG_HEADER_STR(diversions)),
               SIPTAG_FROM_STR(fork->from), SIPTAG_CONTACT_STR(branch->contact),
               SEALED_TAGS(&sealed), NUTAG_AUTOACK(0),
               NUTAG_SESSION_TIMER(call->session_expires_s), NUTAG_MIN_SE(call->min_expires_s),
               TAG_END());
    sealed_finish(&sealed);
}

/* Calls one phone where its registration came from. */
static int try_phone(struct call *call, unsigned hop, const struct binding *phone)
{
    struct phone_way way;
    struct call_fork *fork = call->fork;
    int error = phone_way_find(call->ua, phone->flow, &way);
    if (error)
        return error;
    call->peer = way.far;
    call->line = way.line;
    error = open_ports(call, fork);
    const enum call_offer_kind kind = way.line->web_port ? CALL_OFFER_WEB : CALL_OFFER_PHONE;
    if (!error)
        error = make_offer(call, kind);
    if (error)
        return error;
    if (!fork->from)
        fork->from = make_from(call);
    struct call_branch *branch = &fork->branch[fork->count];
    *branch = (struct call_branch){.line = way.line,
                                   .hop = hop,
                                   .kind = kind,
                                   .expires_ns = phone->expires_ns,
                                   .flow_id = phone->flow_id};
    memcpy(branch->binding, phone->id, sizeof(branch->binding));
    snprintf(branch->instance, sizeof(branch->instance), "%s",
             phone->reg_id ? phone->instance : "");
    ua_contact(way.line, (const struct sockaddr *)&call->peer, way.contact,
               room_name(participant_room(call->participant)), branch->contact);
    snprintf(branch->flow, sizeof(branch->flow), "%s", way.hop);
    random_name(branch->call_id, sizeof(branch->call_id));
    branch->handle = fork->from ? nua_handle(way.line->nua, call, TAG_END()) : NULL;
    if (!branch->handle)
        return -ENOMEM;
    fork->count++;
    log_call_info("sip", call->id, "INVITE goes to %s, Call-ID %s", phone->uri,
                  branch->call_id);
    send_invite(call, branch, phone);
    return 0;
}

/* @return 0: at least one rings; -EHOSTDOWN: there is none; else the first one's error. */
static int ring_phones(struct call *call, unsigned hop)
{
    int first_error = 0;
    const unsigned before = call->fork->count;
    const struct binding *first = registrar_first(call->ua, call->fork->hop[hop].account);
    const struct binding *phone = first;
    for (; phone && call->fork->count < CALL_MAX_TARGETS; phone = phone->next) {
        if (location_is_other_flow(first, phone))
            continue;
        int error = try_phone(call, hop, phone);
        if (error && !first_error)
            first_error = error;
        if (error)
            log_call_info("sip", call->id, "%s cannot be called: %s", phone->uri,
                          strerror(-error));
    }
    return call->fork->count > before ? 0 : first_error ? first_error : -EHOSTDOWN;
}

/* @return 0: its phones ring, or the call goes on at the loop's next turn. */
static int add_hop(struct call *call, const struct account *account,
                   const struct call_sender *sender)
{
    struct call_fork *fork = call->fork;
    const unsigned index = fork->hops;
    struct call_hop *hop = &fork->hop[index];
    if (index == CALL_MAX_HOPS)
        return -EUSERS;
    *hop = (struct call_hop){.sender = *sender};
    snprintf(hop->account, sizeof(hop->account), "%s", account->name);
    seal_begin_to(&hop->seal, call->ua, account);
    fork->hops++;
    int error = seal_demand(&hop->seal, SEAL_SDP);
    if (error || call_forward_begin(call, index, account))
        return error;
    return ring_phones(call, index);
}

unsigned call_fork_add(struct call *call, const struct account *account,
                       const struct call_sender *sender)
{
    const unsigned before = call->fork->count;
    int error = add_hop(call, account, sender);
    if (error)
        log_call_info("sip", call->id, "%s cannot be called: %s", account->name,
                      strerror(-error));
    return call->fork->count - before;
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

int call_fork_begin(struct call *call, const struct room_dial *request,
                    const struct account *account)
{
    const struct call_sender nobody = {.hop = 0};
    call->fork = calloc(1, sizeof(*call->fork));
    if (!call->fork)
        return -ENOMEM;
    call->fork->from_name = copy(request->from_name);
    call->fork->from_uri = copy(request->from_uri);
    snprintf(call->fork->called, sizeof(call->fork->called), "%s",
             request->called ? request->called : "");
    call->fork->hides_history = request->hides_history;
    int error = add_hop(call, account, &nobody);
    if (error == -EHOSTDOWN && account_forward_meets(&account->settings.forward, 480))
        error = 0;
    if (!error && !call->fork->count)
        call_forward_soon(call);
    return error;
}

/* ---- end ---- */

static void end_branch(struct call_fork *fork, struct call_branch *branch)
{
    free(branch->early_answer);
    nua_handle_bind(branch->handle, NULL);
    nua_handle_destroy(branch->handle);
    *branch = fork->branch[--fork->count];
}

void call_fork_destroy(struct call_fork *fork)
{
    if (!fork)
        return;
    while (fork->count)
        end_branch(fork, fork->branch);
    for (unsigned i = 0; i < fork->hops; i++)
        seal_finish(&fork->hop[i].seal);
    free(fork->from);
    free(fork->from_name);
    free(fork->from_uri);
    for (unsigned i = 0; i < CALL_OFFER_KINDS; i++) {
        free(fork->offer[i].sdp);
        offer_session_finish(&fork->offer[i].session);
    }
    free(fork);
}

bool call_fork_cancel(struct call *call, const char *reason)
{
    struct call_fork *fork = call->fork; /* NULL: it calls no account */
    for (unsigned i = 0; fork && i < fork->count; i++) {
        struct call_branch *branch = &fork->branch[i];
        if (!branch->is_cancelled)
            nua_cancel(branch->handle, SIPTAG_REASON_STR(reason), TAG_END());
        branch->is_cancelled = true;
    }
    return fork && fork->count;
}

/* ---- whose answer is read ---- */

static void take_back_offers(struct call *call)
{
    struct call_fork *fork = call->fork;
    if (!fork->lent)
        return;
    fork->lent->session = call->offers;
    fork->lent = NULL;
    call_begin_offers(call->ua, &call->offers);
}

/* The call reads answers by its session: that of the phones of @p kind, from now on. */
static void lend_offers(struct call *call, enum call_offer_kind kind)
{
    struct call_fork *fork = call->fork;
    struct call_offer *offer = &fork->offer[kind];
    if (fork->lent == offer)
        return;
    take_back_offers(call);
    offer_session_finish(&call->offers);
    call->offers = offer->session;
    offer->session = (struct offer_session){.srtp = MEDIA_SRTP_OFF}; /* it owns nothing */
    fork->lent = offer;
}

/* ---- before the answer: who calls hears the first phone that is to be heard ---- */

static void hear(struct call *call, const struct call_branch *branch)
{
    const struct slice body = {branch->early_answer, strlen(branch->early_answer)};
    if (!pair_caller(call->ua, participant_room(call->participant)) ||
        call_beside_is_heard(call))
        return;
    lend_offers(call, branch->kind);
    if (call_early_hear(call, body))
        call->fork->heard = branch->handle;
    else
        take_back_offers(call);
}

static void note_early(struct call *call, struct call_branch *branch, const sip_t *sip)
{
    struct call_fork *fork = call->fork;
    struct slice body;
    struct reply ignored;
    if (!seal_open_sdp(&fork->hop[branch->hop].seal, sip, &body, &ignored) || !body.length)
        return;
    char *answer = strndup(body.at, body.length);
    if (!answer || (branch->early_answer && strcmp(branch->early_answer, answer) == 0)) {
        free(answer);
        return;
    }
    free(branch->early_answer);
    branch->early_answer = answer;
    if (!fork->heard || fork->heard == branch->handle)
        hear(call, branch);
}

static void hear_next(struct call *call)
{
    struct call_fork *fork = call->fork;
    for (unsigned i = 0; i < fork->count && !fork->heard; i++) {
        if (fork->branch[i].early_answer && !fork->branch[i].is_cancelled)
            hear(call, &fork->branch[i]);
    }
    if (!fork->heard)
        call_beside_hear(call);
}

void call_fork_hush(struct call *call)
{
    if (!call->fork->heard)
        return;
    call->fork->heard = NULL;
    handshakes_drop(&call->handshakes);
    participant_drop_early(call->participant);
    take_back_offers(call);
}

/* ---- what the stack reports ---- */

/* This phone's dialog is the call's from now on. */
static void choose(struct call *call, struct call_branch *branch)
{
    struct call_fork *fork = call->fork;
    const unsigned hop = branch->hop;
    call->handle = branch->handle;
    call->line = branch->line;
    lend_offers(call, branch->kind);
    memcpy(call->contact, branch->contact, sizeof(call->contact));
    memcpy(call->call_id, branch->call_id, sizeof(call->call_id));
    call_note_proxy(call, branch->flow);
    free(call->early_answer);
    call->early_answer = branch->early_answer;
    fork->heard = NULL;
    seal_finish(&call->seal);
    call->seal = fork->hop[hop].seal;
    fork->hop[hop].seal = (struct seal){.certificate = NULL};
    *branch = fork->branch[--fork->count];
    call_fork_cancel(call, answered_elsewhere);
    call_forward_answered(call, hop);
}

/* A 6xx first, then of the lowest class; and what says more than that nobody was there. @p than
 * 0: nothing was said. */
static bool says_more(int status, int than)
{
    if (!than || status / 100 == 6 || than / 100 == 6)
        return !than || (status / 100 == 6 && than / 100 != 6);
    return status / 100 < than / 100 || (status / 100 == than / 100 && than == 480) ||
           (than == 408 && status != 408 && status < 500);
}

bool call_fork_is_left(const struct call *call)
{
    return call->handle || call->lookup.hunt;
}

bool call_fork_rings(const struct call_fork *fork)
{
    for (unsigned i = 0; i < fork->count; i++) {
        if (!fork->branch[i].is_cancelled)
            return true;
    }
    return false;
}

int call_fork_worst(const struct call_fork *fork)
{
    int worst = 0;
    for (unsigned i = 0; i < fork->hops; i++) {
        if (fork->hop[i].worst && says_more(fork->hop[i].worst, worst))
            worst = fork->hop[i].worst;
    }
    return worst ? worst : 480;
}

void call_fork_settle(struct call *call)
{
    char detail[64];
    if (call_fork_is_left(call) || call_fork_rings(call->fork) || call_beside_rings(call))
        return;
    if (call->participant && call_forward_next(call))
        return;
    if (call->participant) {
        const int worst = call_fork_worst(call->fork);
        snprintf(detail, sizeof(detail), "%d from the last phone", worst);
        call_leave(call, reason_of_status(worst), detail);
        call->state = CALL_ENDING;
    }
    if (!call->fork->count)
        call_reap_soon(call);
}

static bool is_failed(void *context, const struct binding *binding)
{
    const struct call_branch *branch = context;
    return strcmp(binding->id, branch->binding) == 0 &&
           binding->expires_ns == branch->expires_ns;
}

static bool was_tried(const struct call_fork *fork, const struct binding *binding)
{
    unsigned i = 0;
    while (i < fork->tried_count && strcmp(fork->tried[i], binding->id) != 0)
        i++;
    return i < fork->tried_count;
}

static const struct binding *find_other_flow(struct call *call, const struct call_branch *from)
{
    const struct binding *each = registrar_first(call->ua, call->fork->hop[from->hop].account);
    while (each && (!each->reg_id || strcmp(each->instance, from->instance) != 0 ||
                    was_tried(call->fork, each)))
        each = each->next;
    return each;
}

/* RFC 5626 section 7: a phone that this way did not reach may be reached by its other one. */
static bool try_other_flow(struct call *call, const struct call_branch *failed, int status)
{
    struct call_fork *fork = call->fork;
    const bool is_unreached = status == 430 || status == 408 || status == 503;
    if (!is_unreached || !failed->instance[0] || !call->participant ||
        call_fork_is_left(call) || fork->tried_count == CALL_MAX_TRIED)
        return false;
    memcpy(fork->tried[fork->tried_count++], failed->binding, sizeof(fork->tried[0]));
    const struct binding *other = find_other_flow(call, failed);
    return other && try_phone(call, failed->hop, other) == 0;
}

static void note_said(struct call *call, unsigned hop, int status)
{
    struct call_fork *fork = call->fork;
    if (says_more(status, fork->hop[hop].worst))
        fork->hop[hop].worst = status;
    if (status / 100 != 6)
        return;
    fork->onwards = 0;
    call_fork_cancel(call, "SIP;cause=603;text=\"Declined elsewhere\"");
    call_beside_end(call, PARTICIPANT_DECLINED);
}

/* A 3xx is heeded by call_forward_note(), or counts as if nobody were there; after a 6xx nobody
 * else is asked (RFC 3261 section 16.7, step 5). */
static void on_refused(struct call *call, struct call_branch *branch, int status,
                       const sip_t *sip)
{
    struct call_fork *fork = call->fork;
    const unsigned hop = branch->hop;
    const bool is_redirect = status / 100 == 3, counts = !branch->is_cancelled;
    const int said = is_redirect ? 480 : status;
    struct call_branch failed = *branch;
    branch->is_cancelled = true; /* it does not ring any more */
    if (counts && is_redirect && sip && call->participant && !call_fork_is_left(call))
        call_forward_note(call, hop, status, sip);
    const bool was_heard = fork->heard == branch->handle;
    end_branch(fork, branch);
    if (was_heard && call->participant && !call_fork_is_left(call)) {
        call_fork_hush(call);
        hear_next(call);
    }
    if (status == 430) /* its proxy has no way to it any more */
        location_lose(call->ua->config.location, fork->hop[hop].account, is_failed, &failed);
    if (counts && try_other_flow(call, &failed, status))
        return;
    if (counts)
        note_said(call, hop, said);
    call_fork_settle(call);
}

void call_fork_note_beside(struct call *call, unsigned hop, int status)
{
    if (!call->participant || call_fork_is_left(call) || call->state != CALL_DIALLING)
        return;
    note_said(call, hop, status / 100 == 3 ? 480 : status);
    if (!call->fork->heard)
        hear_next(call);
    if (!call_fork_rings(call->fork))
        call_forward_soon(call);
}

static struct call_branch *find_lost(struct call *call)
{
    struct call_fork *fork = call->fork;
    for (unsigned i = 0; fork && i < fork->count; i++) {
        if (!flow_is_there(call->ua->flows, fork->branch[i].flow_id))
            return &fork->branch[i];
    }
    return NULL;
}

/* The stack waits for an answer until its time is out; a phone that has rung, even longer. */
void call_fork_sweep(struct ua *ua)
{
    struct call_branch *lost;
    for (struct call *call = ua->calls; call; call = call->next) {
        while ((lost = find_lost(call)))
            on_refused(call, lost, 503, NULL);
    }
}

static void on_response(struct call *call, struct call_branch *branch, int status,
                        const char *phrase, const sip_t *sip)
{
    if (status >= 300) {
        on_refused(call, branch, status, sip);
    } else if (status >= 200 && call->participant && !call_fork_is_left(call) && sip) {
        choose(call, branch);
        call_on_dial_response(call, status, phrase, sip);
    } else if (status >= 200) { /* answered while our CANCEL was on its way */
        branch->is_answered = true;
        nua_ack(branch->handle, TAG_END());
        nua_bye(branch->handle, SIPTAG_REASON_STR(answered_elsewhere), TAG_END());
    } else if (status >= 180 && call->participant && !call_fork_is_left(call) &&
               !branch->is_cancelled) {
        if (sip) /* first, so that who hears it is not told to hear its own ringing */
            note_early(call, branch, sip);
        if (call->participant)
            participant_progress(call->participant, PARTICIPANT_RINGING);
    }
}

/* NULL: it is no phone that has not answered yet. */
static struct call_branch *find_branch(const struct call *call, const nua_handle_t *handle)
{
    struct call_fork *fork = call->fork;
    for (unsigned i = 0; fork && i < fork->count; i++) {
        if (fork->branch[i].handle == handle)
            return &fork->branch[i];
    }
    return NULL;
}

const struct seal *call_fork_seal(const struct call *call, const nua_handle_t *handle)
{
    const struct call_branch *branch = find_branch(call, handle);
    return branch ? &call->fork->hop[branch->hop].seal : &call->seal;
}

/* Our offer is that of all phones, and is not settled before one of them answers: a new one of
 * theirs has to wait (RFC 3311 section 5.2). */
static void on_update(const struct call_branch *branch, const sip_t *sip)
{
    const struct reply pending = reply_make(491, "Request Pending");
    if (sip->sip_payload)
        reply_refuse_in_dialog(branch->line, branch->handle, &pending);
    else
        nua_respond(branch->handle, 200, "OK", NUTAG_WITH(ua_request(branch->line)),
                    SIPTAG_CONTACT_STR(branch->contact), TAG_END());
}

/* Who says BYE before the answer is refused by the stack, which cancels the INVITE. */
bool call_fork_takes(struct call *call, nua_handle_t *handle, nua_event_t event, int status,
                     const char *phrase, const sip_t *sip)
{
    struct call_branch *branch = find_branch(call, handle);
    if (!branch)
        return false;
    if (event == nua_i_bye && branch->is_answered)
        reply_accept_bye(branch->line, handle, ua_request(branch->line));
    if (event == nua_r_invite)
        on_response(call, branch, status, phrase, sip);
    else if (event == nua_r_bye || event == nua_i_bye)
        on_refused(call, branch, 487, NULL);
    else if (event == nua_i_update && sip)
        on_update(branch, sip);
    return true;
}
