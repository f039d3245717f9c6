/* call_fork.c - a call to an account: all its phones ring, one answers, the others stop. */
#include "server/sip/call_internal.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/account/location.h"
#include "server/sip/reason.h"
#include "server/sip/route.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char answered_elsewhere[] = "SIP;cause=200;text=\"Call completed elsewhere\"";

struct branch { /* one phone, until its INVITE and what may follow are over */
    nua_handle_t *handle;
    struct ua_line *line;
    char call_id[CALL_CALL_ID_BYTES];
    char contact[SIP_CONTACT_BYTES];
    char flow[LOCATION_TEXT_BYTES];
};

struct call_fork {
    char *from;
    unsigned count;
    struct branch branch[CALL_MAX_TARGETS];
    int worst;          /* the most telling refusal so far; 0: none */
    char *sdp;          /* the offer, the same for all              */
    sa_family_t family; /* of our ports, so of all phones          */
};

/* ---- begin ---- */

static void write_caller(const struct room_dial *request, struct text *text)
{
    if (request->from_name && request->from_name[0]) {
        text_add(text, "\"");
        for (const char *at = request->from_name; *at; at++)
            text_add(text, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
        text_add(text, "\" ");
    }
    text_add(text, "<%s>", request->from_uri);
}

static char *make_from(const struct call *call, const struct room_dial *request)
{
    char out[SIP_CONTACT_BYTES + PARTICIPANT_NAME_BYTES], host[SIP_HOST_BYTES];
    struct text text;
    text_init(&text, out, sizeof(out));
    ua_host(call->line, (const struct sockaddr *)&call->peer, host);
    if (request->from_uri && uri_is_clean(request->from_uri))
        write_caller(request, &text);
    else
        call_write_room(call, host, out, sizeof(out));
    return text.full ? NULL : strdup(out);
}

/* Ports and offer are made for the first phone, and are good for those of its address family.
 */
static int make_offer(struct call *call, struct call_fork *fork)
{
    struct offer_local local;
    struct offer_failure why;
    int error = participant_open_leg(call->participant, call->peer.ss_family);
    if (!error)
        error = call_local(call, (const struct sockaddr *)&call->peer, true, &local);
    if (!error)
        error =
            call_settle_media(call, room_settings(participant_room(call->participant)), &why);
    fork->family = call->peer.ss_family;
    if (error)
        return error;
    call_msrp_offer(call, &local);
    return offer_make(&call->offers, &local, &fork->sdp);
}

static void send_invite(struct call *call, struct call_fork *fork, struct branch *branch,
                        const struct binding *phone)
{
    char to[LOCATION_TEXT_BYTES + 2], headers[HEADER_MAP_BYTES];
    struct sealed sealed;
    call_write_headers(call, headers);
    call_seal_sdp(call, fork->sdp, &sealed);
    snprintf(to, sizeof(to), "<%s>", phone->uri);
    nua_invite(branch->handle, NUTAG_URL(phone->uri), NUTAG_PROXY(phone->flow),
               TAG_IF(phone->path[0], NUTAG_INITIAL_ROUTE_STR(phone->path)),
               SIPTAG_CALL_ID_STR(branch->call_id), SIPTAG_TO_STR(to),
               TAG_IF(headers[0], SIPTAG_HEADER_STR(headers)), SIPTAG_FROM_STR(fork->from),
               SIPTAG_CONTACT_STR(branch->contact), SEALED_TAGS(&sealed), NUTAG_AUTOACK(0),
               NUTAG_SESSION_TIMER(call->session_expires_s), NUTAG_MIN_SE(call->min_expires_s),
               TAG_END());
    sealed_finish(&sealed);
}

/* Calls one phone where its registration came from. */
static int try_phone(struct call *call, const struct room_dial *request,
                     const struct binding *phone)
{
    struct uri_target flow;
    struct call_fork *fork = call->fork;
    if (uri_target(phone->flow, &flow) < 0)
        return -EINVAL;
    struct ua_line *line = call_choose_line(call->ua, &flow);
    if (!line)
        return -EAFNOSUPPORT;
    call_guess_peer(flow.host, line->endpoint.family, &call->peer);
    if (fork->sdp && call->peer.ss_family != fork->family)
        return -EAFNOSUPPORT;
    call->line = line;
    int error = fork->sdp ? 0 : make_offer(call, fork);
    if (error)
        return error;
    if (!fork->from)
        fork->from = make_from(call, request);
    struct branch *branch = &fork->branch[fork->count];
    *branch = (struct branch){.line = line};
    ua_contact(line, (const struct sockaddr *)&call->peer,
               flow.wants_tcp ? UA_CONTACT_TCP : UA_CONTACT_PLAIN,
               room_name(participant_room(call->participant)), branch->contact);
    snprintf(branch->flow, sizeof(branch->flow), "%s", phone->flow);
    random_name(branch->call_id, sizeof(branch->call_id));
    branch->handle = fork->from ? nua_handle(line->nua, call, TAG_END()) : NULL;
    if (!branch->handle)
        return -ENOMEM;
    fork->count++;
    log_call_info("sip", call->id, "INVITE goes to %s, Call-ID %s", phone->uri,
                  branch->call_id);
    send_invite(call, fork, branch, phone);
    return 0;
}

int call_fork_begin(struct call *call, const struct room_dial *request,
                    const struct account *account)
{
    int first_error = 0;
    seal_begin_to(&call->seal, call->ua, account);
    int error = seal_demand(&call->seal, SEAL_SDP);
    if (error)
        return error;
    error = -EHOSTDOWN;
    call->fork = calloc(1, sizeof(*call->fork));
    if (!call->fork)
        return -ENOMEM;
    const struct binding *phone = location_first(call->ua->config.location, account->name);
    for (; phone && call->fork->count < CALL_MAX_TARGETS; phone = phone->next) {
        error = try_phone(call, request, phone);
        if (error && !first_error)
            first_error = error;
        if (error)
            log_call_info("sip", call->id, "%s cannot be called: %s", phone->uri,
                          strerror(-error));
    }
    return call->fork->count ? 0 : first_error ? first_error : error;
}

/* ---- end ---- */

static void end_branch(struct call_fork *fork, struct branch *branch)
{
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
    free(fork->from);
    free(fork->sdp);
    free(fork);
}

void call_fork_cancel(struct call *call, const char *reason)
{
    for (unsigned i = 0; i < call->fork->count; i++)
        nua_cancel(call->fork->branch[i].handle, SIPTAG_REASON_STR(reason), TAG_END());
}

/* ---- what the stack reports ---- */

/* This phone's dialog is the call's from now on. */
static void choose(struct call *call, struct branch *branch)
{
    struct call_fork *fork = call->fork;
    call->handle = branch->handle;
    call->line = branch->line;
    memcpy(call->contact, branch->contact, sizeof(call->contact));
    memcpy(call->call_id, branch->call_id, sizeof(call->call_id));
    call_note_proxy(call, branch->flow);
    *branch = fork->branch[--fork->count];
    call_fork_cancel(call, answered_elsewhere);
}

/* RFC 3261 section 16.7, step 6: a 6xx first, then of the lowest class; and what says more than
 * that nobody was there. */
static bool says_more(int status, int than)
{
    if (!than || status / 100 == 6 || than / 100 == 6)
        return !than || (status / 100 == 6 && than / 100 != 6);
    return status / 100 < than / 100 || (status / 100 == than / 100 && than == 480) ||
           (than == 408 && status != 408 && status < 500);
}

static void on_refused(struct call *call, struct branch *branch, int status)
{
    struct call_fork *fork = call->fork;
    char detail[64];
    end_branch(fork, branch);
    if (says_more(status, fork->worst))
        fork->worst = status;
    if (fork->count || call->handle)
        return; /* others ring, or one has answered */
    if (call->participant) {
        snprintf(detail, sizeof(detail), "%d from the last phone", fork->worst);
        call_leave(call, reason_of_status(fork->worst), detail);
    }
    call_reap_soon(call);
}

static void on_response(struct call *call, struct branch *branch, int status,
                        const char *phrase, const sip_t *sip)
{
    if (status >= 300) {
        on_refused(call, branch, status);
    } else if (status >= 200 && call->participant && !call->handle && sip) {
        choose(call, branch);
        call_on_dial_response(call, status, phrase, sip);
    } else if (status >= 200) { /* answered while our CANCEL was on its way */
        nua_ack(branch->handle, TAG_END());
        nua_bye(branch->handle, SIPTAG_REASON_STR(answered_elsewhere), TAG_END());
    } else if (status >= 180 && call->participant && !call->handle &&
               participant_info(call->participant)->state == PARTICIPANT_CALLING) {
        participant_progress(call->participant, PARTICIPANT_RINGING);
    }
}

bool call_fork_takes(struct call *call, nua_handle_t *handle, nua_event_t event, int status,
                     const char *phrase, const sip_t *sip)
{
    struct call_fork *fork = call->fork;
    struct branch *branch = NULL;
    for (unsigned i = 0; fork && i < fork->count; i++) {
        if (fork->branch[i].handle == handle)
            branch = &fork->branch[i];
    }
    if (!branch)
        return false;
    if (event == nua_r_invite)
        on_response(call, branch, status, phrase, sip);
    else if (event == nua_r_bye || event == nua_i_bye)
        on_refused(call, branch, 487);
    return true;
}
