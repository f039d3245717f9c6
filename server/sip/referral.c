/* referral.c - what was asked for, who asked, and what became of it. */
#include "server/sip/referral.h"

#include "mixer/base/log.h"
#include "server/rtp/address.h"
#include "server/sip/call_internal.h"
#include "server/sip/conference_info.h"
#include "server/sip/destination.h"
#include "server/sip/pair.h"
#include "server/sip/reason.h"

#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_alloc.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EVENT_BYTES = 32, REPLACES_BYTES = 512, END_GUARD_MS = 40000 };

struct referral {
    struct referral *next;
    struct ua *ua;
    nua_handle_t *handle;
    bool owns_handle;        /* it came outside of a dialog       */
    char event[EVENT_BYTES]; /* "refer", or with an id            */
    struct seal seal;        /* of who is told; zeroed: nobody is */
    char contact[SIP_CONTACT_BYTES];
    struct participant *participant; /* who is being called; NULL: is over */
    unsigned unanswered;             /* NOTIFYs                           */
    struct loop_timer guard;         /* of the last NOTIFY's answer       */
};

/* What a Refer-To says. */
struct wish {
    struct uri_target target;
    char uri[PARTICIPANT_URI_BYTES]; /* as participants show it */
    bool is_bye;
    char replaces[REPLACES_BYTES]; /* "": none */
};

/* ---- life ---- */

static struct referral *create(struct ua *ua, nua_handle_t *handle, const struct call *call,
                               tagi_t tags[])
{
    const sip_event_t *event = NULL;
    struct referral *made = calloc(1, sizeof(*made));
    if (!made)
        return NULL;
    tl_gets(tags, NUTAG_REFER_EVENT_REF(event), TAG_END());
    *made = (struct referral){
        .next = ua->referrals, .ua = ua, .handle = handle, .owns_handle = !call};
    snprintf(made->event, sizeof(made->event), "refer%s%s", event && event->o_id ? ";id=" : "",
             event && event->o_id ? event->o_id : "");
    ua->referrals = made;
    ua->referral_count++;
    return made;
}

static void destroy(void *context)
{
    struct referral *referral = context;
    struct referral **at = &referral->ua->referrals;
    while (*at != referral)
        at = &(*at)->next;
    *at = referral->next;
    referral->ua->referral_count--;
    loop_timer_stop(referral->ua->config.loop, &referral->guard);
    seal_finish(&referral->seal);
    if (referral->owns_handle)
        nua_handle_destroy(referral->handle);
    free(referral);
}

void referral_drop(struct ua *ua, nua_handle_t *handle)
{
    for (struct referral *each = ua->referrals, *next; each; each = next) {
        next = each->next;
        if (each->handle == handle)
            destroy(each);
    }
}

void referral_cut_all(struct ua *ua)
{
    while (ua->referrals)
        destroy(ua->referrals);
}

/* ---- NOTIFY ---- */

static void notify(struct referral *referral, int status, const char *phrase)
{
    char fragment[96];
    struct sealed sealed;
    bool is_last = status >= 200;
    snprintf(fragment, sizeof(fragment), "SIP/2.0 %d %s\r\n", status, phrase);
    seal_make(&referral->seal, SEAL_NOTIFY,
              &(struct seal_text){.type = "message/sipfrag;version=2.0",
                                  .text = fragment,
                                  .start = "NOTIFY",
                                  .handle = referral->handle,
                                  .contact = referral->contact},
              &sealed);
    referral->unanswered++;
    nua_notify(referral->handle, NUTAG_NEWSUB(1), SIPTAG_EVENT_STR(referral->event),
               SIPTAG_SUBSCRIPTION_STATE_STR(is_last ? "terminated;reason=noresource"
                                                     : "active;expires=300"),
               TAG_IF(referral->contact[0], SIPTAG_CONTACT_STR(referral->contact)),
               SEALED_TAGS(&sealed), TAG_END());
    sealed_finish(&sealed);
    if (!is_last)
        return;
    referral->participant = NULL;
    loop_timer_start(referral->ua->config.loop, &referral->guard, END_GUARD_MS, destroy,
                     referral);
}

bool referral_on_notified(struct ua *ua, nua_handle_t *handle, int status)
{
    struct referral *referral = ua->referrals;
    while (referral && referral->handle != handle)
        referral = referral->next;
    if (!referral)
        return false;
    if (status >= 200 && referral->unanswered)
        referral->unanswered--;
    if (status >= 300 || (status >= 200 && !referral->participant))
        destroy(referral);
    return true;
}

bool referral_is_unanswered(const struct ua *ua, const nua_handle_t *handle)
{
    for (const struct referral *each = ua->referrals; each; each = each->next) {
        if (each->handle == handle && each->unanswered)
            return true;
    }
    return false;
}

void referral_on_room_event(struct ua *ua, const struct room_event *event)
{
    struct referral *referral = event->participant ? ua->referrals : NULL;
    while (referral && referral->participant != event->participant)
        referral = referral->next;
    if (!referral)
        return;
    const struct participant_info *info = participant_info(event->participant);
    if (event->kind == ROOM_EVENT_PARTICIPANT_JOINED)
        notify(referral, 200, "OK");
    else if (event->kind == ROOM_EVENT_PARTICIPANT_LEFT)
        notify(referral, reason_status(info->reason), "Not Taken");
    else if (event->kind == ROOM_EVENT_PARTICIPANT_STATE && info->state == PARTICIPANT_RINGING)
        notify(referral, 180, "Ringing");
}

/* ---- what is asked for ---- */

static bool refuse(struct reply *reply, int status, const char *phrase)
{
    *reply = reply_make(status, phrase);
    return false;
}

/* "Replaces=..." and nothing else. */
static bool read_headers(const char *headers, struct wish *wish)
{
    static const char name[] = "Replaces=";
    const char *value = headers + sizeof(name) - 1;
    if (strncasecmp(headers, name, sizeof(name) - 1) != 0 || strchr(value, '&') ||
        strlen(value) >= sizeof(wish->replaces))
        return false;
    url_unescape(wish->replaces, value);
    return !wish->replaces[strcspn(wish->replaces, "\r\n")];
}

static bool read_wish(const sip_t *sip, struct wish *wish, struct reply *reply)
{
    char method[16] = "INVITE";
    if (!sip->sip_refer_to)
        return refuse(reply, 400, "Bad Refer-To");
    url_t url = *sip->sip_refer_to->r_url;
    *wish = (struct wish){.replaces = ""};
    if (url.url_params)
        url_param(url.url_params, "method", method, sizeof(method));
    wish->is_bye = strcasecmp(method, "BYE") == 0;
    if (!wish->is_bye && strcasecmp(method, "INVITE") != 0)
        return refuse(reply, 403, "Neither INVITE Nor BYE");
    if (url.url_headers && (wish->is_bye || !read_headers(url.url_headers, wish)))
        return refuse(reply, 403, "Headers Are Not Taken From Others");
    url.url_headers = NULL;
    if (uri_target_of(&url, &wish->target) < 0)
        return refuse(reply, 400, "Bad Refer-To");
    uri_plain(&url, wish->uri, sizeof(wish->uri));
    return true;
}

static bool may(const struct call *call)
{
    return call && call->participant &&
           (participant_info(call->participant)->role == PARTICIPANT_MODERATOR ||
            (call->is_known && pair_has(call->ua, participant_room(call->participant))));
}

/* ---- doing it ---- */

/* As it was dialled, or as subscribers are told of it. */
static bool is_meant(const struct participant *participant, const struct wish *wish)
{
    char user[PARTICIPANT_URI_BYTES];
    conference_info_user(participant, user);
    return strcmp(participant_info(participant)->uri, wish->target.text) == 0 ||
           strcmp(user, wish->uri) == 0;
}

/* Who is called so in the room of @p call: itself, if it is. */
static struct participant *find_member(const struct call *call, const struct wish *wish)
{
    if (is_meant(call->participant, wish))
        return call->participant;
    struct participant *each = room_first(participant_room(call->participant));
    while (each && !is_meant(each, wish))
        each = room_next(each);
    return each;
}

/* Both rooms become one: the others of this one go there, where the same far end is already;
 * who stands at the door brings nobody past it. */
static bool join_rooms(const struct call *call, struct call *other, struct reply *reply)
{
    struct room *from = participant_room(call->participant);
    struct room *to = participant_room(other->participant);
    if (participant_is_outside(other->participant))
        return refuse(reply, 403, "Not In The Other Conference Yet");
    for (struct participant *each = room_first(from), *next; each; each = next) {
        next = room_next(each);
        if (each == call->participant || from == to)
            continue;
        if (room_move(each, to) != ROOM_ADMITTED)
            return refuse(reply, 403, "The Other Conference Takes Nobody In");
    }
    participant_kick(other->participant, PARTICIPANT_HUNG_UP);
    return true;
}

static bool dial(const struct call *call, const struct wish *wish,
                 struct participant **participant, struct reply *reply)
{
    const struct room_dial request = {.uri = wish->target.text,
                                      .replaces = wish->replaces[0] ? wish->replaces : NULL};
    switch (room_dial(participant_room(call->participant), &request, participant)) {
    case 0:
        return true;
    case -EACCES:
    case -ENOSYS:
        return refuse(reply, 403, "May Not Be Called");
    case -EHOSTDOWN:
        return refuse(reply, 480, "Not Registered");
    case -EUSERS:
    case -ESHUTDOWN:
        *reply = reply_later("Too Many Calls");
        return false;
    default:
        return refuse(reply, 400, "Cannot Be Called");
    }
}

/* @return true: it is done, or, with *participant, under way. */
static bool fulfil(struct call *call, const struct wish *wish, struct participant **participant,
                   struct reply *reply)
{
    struct participant *leaver = wish->is_bye ? find_member(call, wish) : NULL;
    struct call *other = wish->replaces[0] ? call_of_replaces(call->ua, wish->replaces) : NULL;
    *participant = NULL;
    if (!may(call) && leaver != call->participant)
        return refuse(reply, 403, "Not Allowed To Guests");
    if (other)
        return join_rooms(call, other, reply);
    if (!wish->is_bye)
        return dial(call, wish, participant, reply);
    if (!leaver)
        return refuse(reply, 404, "Not In This Conference");
    participant_kick(leaver, PARTICIPANT_KICKED);
    return true;
}

static bool take(struct ua_line *line, struct call *call, const sip_t *sip,
                 struct participant **participant, struct reply *reply)
{
    struct wish wish;
    if (!read_wish(sip, &wish, reply))
        return false;
    if (!call || !call->participant)
        return refuse(reply, 403, "Not In A Conference");
    if (!seal_check_refer(&call->seal, sip, reply))
        return false;
    if (line->ua->referral_count >= REFERRAL_MOST) {
        *reply = reply_later("Too Many Referrals");
        return false;
    }
    log_often("sip", call->id, NULL, "asks %s %s%s", wish.is_bye ? "to send away" : "to call",
              wish.uri, wish.replaces[0] ? ", replacing a call" : "");
    return fulfil(call, &wish, participant, reply);
}

/* Whose it is, though it came outside of its dialog. */
static struct call *find_sender(struct ua_line *line, const sip_t *sip)
{
    struct destination to;
    destination_find(line->ua, sip->sip_request->rq_url, &to);
    return to.room ? call_of_sender(line, to.room, sip) : NULL;
}

/* These would end the dialog of the call (RFC 5057 section 5.1), so they are told by NOTIFY. */
static bool is_for_notify(int status)
{
    return status == 404 || status == 480;
}

/* RFC 4488: it need not be told what becomes of it. */
static bool wants_no_notify(const sip_t *sip)
{
    const sip_refer_sub_t *wish = sip_refer_sub(sip);
    return wish && wish->rs_value && strcasecmp(wish->rs_value, "false") == 0;
}

static void log_refused(const struct ua_line *line, const sip_t *sip, const struct call *sender,
                        const struct reply *reply)
{
    char source[INET6_ADDRSTRLEN];
    address_host_of(ua_asker(line, sip), source);
    log_often("sip", sender ? sender->id : NULL, sender ? NULL : source, "REFER refused: %d %s",
              reply->status, reply->phrase);
}

/* As it is now, perhaps by the REFER itself: how what becomes of it is told. */
static void note_asker(struct referral *referral, const struct call *call)
{
    seal_begin_beside(&referral->seal, &call->seal);
    snprintf(referral->contact, sizeof(referral->contact), "%s", call->contact);
}

void referral_take(struct ua_line *line, nua_handle_t *handle, struct call *call,
                   const sip_t *sip, tagi_t tags[])
{
    struct reply reply = reply_make(200, "OK");
    struct participant *participant = NULL;
    struct call *sender = call ? call : find_sender(line, sip);
    struct referral *referral = create(line->ua, handle, call, tags);
    bool is_taken = referral && take(line, sender, sip, &participant, &reply);
    if (referral && sender)
        note_asker(referral, sender);
    if (!referral)
        reply = reply_make(500, "Server Internal Error: out of memory");
    if (!is_taken)
        log_refused(line, sip, sender, &reply);
    if (!referral || (!is_taken && !is_for_notify(reply.status))) {
        reply_refuse_in_dialog(line, handle, &reply);
        if (referral)
            destroy(referral);
        else if (!call)
            nua_handle_destroy(handle);
        return;
    }
    bool is_quiet = is_taken && wants_no_notify(sip);
    line->ua->stats.responses[2]++;
    nua_respond(handle, 202, "Accepted", NUTAG_WITH(ua_request(line)),
                TAG_IF(is_quiet, SIPTAG_REFER_SUB_STR("false")), TAG_END());
    if (is_quiet) {
        destroy(referral);
        return;
    }
    referral->participant = participant;
    if (participant)
        notify(referral, 100, "Trying");
    else
        notify(referral, reply.status, reply.phrase);
}
