/* referral.c - what was asked for, who asked, and what became of it. */
#include "server/sip/referral.h"

#include "mixer/base/log.h"
#include "server/rtp/address.h"
#include "server/sip/call_internal.h"
#include "server/sip/conference_info.h"
#include "server/sip/destination.h"
#include "server/sip/pair.h"
#include "server/sip/reason.h"
#include "server/sip/recipients.h"
#include "server/sip/wish.h"

#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/url.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EVENT_BYTES = 32, END_GUARD_MS = 40000 };

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

/* @return true: it is done, or, with *participant, under way. */
static bool fulfil(struct call *call, const struct wish *wish, bool is_of_many,
                   struct participant **participant, struct reply *reply)
{
    struct room *room = participant_room(call->participant);
    struct participant *leaver = wish->is_bye ? find_member(call, wish) : NULL;
    struct call *other = wish->replaces[0] ? call_of_replaces(call->ua, wish->replaces) : NULL;
    *participant = NULL;
    if (!may(call) && leaver != call->participant)
        return refuse(reply, 403, "Not Allowed To Guests");
    if (other)
        return join_rooms(call, other, reply);
    if (!wish->is_bye)
        return (is_of_many ? wish_dial_told : wish_dial)(wish, room, participant, reply);
    if (!leaver)
        return refuse(reply, 404, "Not In This Conference");
    participant_kick(leaver, PARTICIPANT_KICKED);
    return true;
}

static void log_wish(const struct call *call, const struct wish *wish)
{
    log_often("sip", call->id, NULL, "asks %s %s%s", wish->is_bye ? "to send away" : "to call",
              wish->uri, wish->replaces[0] ? ", replacing a call" : "");
}

static bool take_one(struct ua_line *line, struct call *call, const sip_t *sip,
                     struct participant **participant, struct reply *reply)
{
    struct wish wish;
    struct seal_body body;
    if (!wish_read(sip->sip_refer_to->r_url, &wish, reply))
        return false;
    if (!call || !call->participant)
        return refuse(reply, 403, "Not In A Conference");
    if (!seal_check_refer(&call->seal, sip, &body, reply))
        return false;
    if (line->ua->referral_count >= REFERRAL_MOST) {
        *reply = reply_later("Too Many Referrals");
        return false;
    }
    log_wish(call, &wish);
    return fulfil(call, &wish, false, participant, reply);
}

/* ---- a list ---- */

/* The content that "cid:..." means, without these four. @return false: it is no such URI. */
static bool read_cid(const url_t *url, char id[RECIPIENTS_ID_BYTES])
{
    char text[RECIPIENTS_ID_BYTES];
    if (url_e(text, sizeof(text), url) >= (issize_t)sizeof(text) ||
        strncasecmp(text, "cid:", 4) != 0)
        return false;
    url_unescape(id, text + 4);
    return true;
}

/* Each as if it had been asked for alone, while who asks is still there to ask. */
static unsigned fulfil_all(struct call *call, const sip_t *sip,
                           const struct recipient_list *list, struct reply *reply)
{
    unsigned done = 0;
    struct wish wish;
    struct participant *participant;
    for (unsigned i = 0; i < list->count && call->participant; i++) {
        struct reply why;
        bool is_read = recipients_admit(call->ua, ua_asker(call->line, sip), &why) &&
                       wish_read_text(list->uri[i], &wish, &why);
        if (is_read)
            log_wish(call, &wish);
        if (is_read && fulfil(call, &wish, true, &participant, &why)) {
            done++;
            continue;
        }
        log_often("sip", call->id, NULL, "of a list, %s: %d %s", list->uri[i], why.status,
                  why.phrase);
        snprintf(reply->detail, sizeof(reply->detail), "%s", why.phrase);
    }
    return done;
}

/* Nobody is told by NOTIFY what becomes of each: the conference's events do (RFC 5368 section
 * 5). */
static bool take_all(struct call *call, const sip_t *sip, const char *id, struct reply *reply)
{
    struct seal_body body;
    struct recipients also;
    if (!call || !call->participant)
        return refuse(reply, 403, "Not In A Conference");
    if (!seal_check_refer(&call->seal, sip, &body, reply) ||
        !recipients_read(sip, &body, &also, reply))
        return false;
    bool is_taken = !also.id[0] || strcmp(also.id, id) == 0;
    *reply = is_taken ? reply_make(403, "Nobody Of The List")
                      : reply_make(400, "Refer-To Means Another Body");
    if (is_taken)
        is_taken = fulfil_all(call, sip, &also.list, reply);
    recipients_finish(&also);
    return is_taken;
}

/* *is_of_many: of a list, of which nobody is told by NOTIFY. */
static bool take(struct ua_line *line, struct call *call, const sip_t *sip, bool *is_of_many,
                 struct participant **participant, struct reply *reply)
{
    char id[RECIPIENTS_ID_BYTES];
    if (!sip->sip_refer_to)
        return refuse(reply, 400, "Bad Refer-To");
    *is_of_many = read_cid(sip->sip_refer_to->r_url, id);
    if (*is_of_many)
        return take_all(call, sip, id, reply);
    if (sip_has_feature(sip->sip_require, "multiple-refer"))
        return refuse(reply, 400, "Refer-To Means No List");
    return take_one(line, call, sip, participant, reply);
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
    bool is_of_many = false;
    bool is_taken = referral && take(line, sender, sip, &is_of_many, &participant, &reply);
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
    bool is_quiet = is_taken && (is_of_many || wants_no_notify(sip));
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
