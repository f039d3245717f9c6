/* pair.c - two in a room, and what one does told to the other. */
#include "server/sip/pair.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/account/account_list.h"
#include "server/account/location.h"
#include "server/sip/call_internal.h"
#include "server/sip/reason.h"
#include "server/sip/registrar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    struct pair *next;
    struct ua *ua;
    struct room *room;
    struct call *call; /* the caller's; NULL once it was answered or is over */
    struct participant *caller, *callee;
    struct leg_plan plan;
    struct video_plans video;
    bool has_plan;
    char *sdp;
    bool is_rung; /* the caller was told                          */
    bool takes_100rel;
    bool listens;     /* the caller hears what comes before the answer */
    bool is_answered; /* by a phone: only the caller's PRACK may miss */
    bool is_over;     /* its caller has gone on to a room */
};

static void destroy(struct pair *pair)
{
    struct pair **at = &pair->ua->pairs;
    while (*at != pair)
        at = &(*at)->next;
    *at = pair->next;
    free(pair->sdp);
    free(pair);
}

static struct pair *find(const struct ua *ua, const struct room *room)
{
    struct pair *pair = ua->pairs;
    while (pair && pair->room != room)
        pair = pair->next;
    return pair;
}

bool pair_has(const struct ua *ua, const struct room *room)
{
    return find(ua, room) != NULL;
}

/* ---- the caller ---- */

static void ring(struct pair *pair)
{
    if (pair->is_rung || !pair->call || pair->call->state == CALL_EARLY)
        return; /* 100rel: it was rung with the answer in hand */
    pair->is_rung = true;
    call_ring(pair->call, 180, NULL);
}

/* With what the caller is to be connected; NULL: it has not said yet. */
static const struct leg_plan *plan_of(const struct pair *pair)
{
    const struct call *call = pair->call;
    return call->agreed ? &call->agreed->plan : pair->has_plan ? &pair->plan : NULL;
}

static const struct video_plans *video_of(const struct pair *pair)
{
    const struct call *call = pair->call;
    return call->agreed ? &call->agreed->video : pair->has_plan ? &pair->video : NULL;
}

/* A trunk has a say in it; who is not asked for an answer before ours hears nothing. */
static bool may_listen(const struct pair *pair)
{
    const struct call *call = pair->call;
    const bool is_willing = !call->trunk || call->trunk_early & TRUNK_EARLY_IN;
    return is_willing && !pair->listens && call->participant &&
           (plan_of(pair) || pair->takes_100rel) &&
           call->state != CALL_EARLY; /* its PRACK comes first */
}

static bool listen_now(struct pair *pair)
{
    struct call *call = pair->call;
    struct leg_plan plan = *plan_of(pair);
    struct video_plans none = {.stream[0].codec_count = 0};
    participant_listen_early(call->participant);
    const int error = call_connect(call, &plan, &none);
    if (error) {
        log_call_info("sip", call->id, "hears nothing before the answer: %s", strerror(-error));
        participant_end_early(call->participant);
        return false;
    }
    pair->listens = true;
    return call->participant != NULL;
}

/* Before the answer: 183 with our SDP, unless it was in a reliable 180. If that is an offer, it
 * listens once the PRACK has brought the answer. */
static void let_listen(struct pair *pair)
{
    struct call *call = pair->call;
    if (!may_listen(pair) || (plan_of(pair) && !listen_now(pair)))
        return;
    pair->is_rung = true;
    if (!pair->sdp)
        return;
    call_ring(call, 183, pair->sdp);
    if (!pair->takes_100rel)
        return;
    call->state = CALL_EARLY;
    free(pair->sdp);
    pair->sdp = NULL;
}

/* @return 0, or why it cannot be connected. */
static int connect_caller(struct pair *pair, struct call *call)
{
    struct offer_failure why;
    if (call->agreed)
        return call_take_agreed(call, &why) ? 0 : -EIO;
    const int error = pair->has_plan ? call_connect(call, &pair->plan, &pair->video) : 0;
    if (!error && pair->has_plan && call->participant)
        call_commit(call);
    return error;
}

static void answer(struct pair *pair)
{
    struct call *call = pair->call;
    pair->is_answered = true;
    if (!call || call->state == CALL_EARLY)
        return; /* its PRACK comes first */
    pair->call = NULL;
    if (!call->participant) /* somebody has ended it, here and below */
        return;
    participant_end_early(call->participant);
    const int error = connect_caller(pair, call);
    if (error)
        call_fail(call, PARTICIPANT_FAILED, strerror(-error));
    else if (call->participant)
        call_answer(call, pair->sdp);
}

static void refuse(struct pair *pair, enum participant_reason reason)
{
    struct call *call = pair->call;
    struct reply reply = reply_make(reason_status(reason), "Not Taken");
    pair->call = NULL;
    if (!call)
        return;
    call_leave(call, reason, reply.phrase);
    reply_refuse_later(call->line, call->handle, &reply);
    call_reap_soon(call);
}

bool pair_waits(const struct call *call)
{
    const struct pair *pair = find(call->ua, participant_room(call->participant));
    return pair && pair->call == call;
}

/* Who is called, or rings beside it (call_beside.h). */
static bool is_called(const struct pair *pair, const struct participant *participant)
{
    const unsigned group = participant_group(pair->callee);
    return participant == pair->callee || (group && participant_group(participant) == group);
}

static bool is_heard(const struct pair *pair)
{
    const struct participant *at = room_first(pair->room);
    while (at && !(is_called(pair, at) && participant_info(at)->early_media))
        at = room_next(at);
    return at != NULL;
}

/* Our answer has come to the caller: a new offer may be made of it (RFC 3311). Without memory
 * none is taken before the call is answered. */
static void settle(const struct pair *pair)
{
    struct call *call = pair->call;
    if (call->agreed || !pair->has_plan || !(call->agreed = malloc(sizeof(*call->agreed))))
        return;
    *call->agreed = (struct call_agreed){pair->plan, pair->video};
    call_commit(call);
}

bool pair_on_prack(struct call *call)
{
    struct pair *pair = find(call->ua, participant_room(call->participant));
    if (!pair || pair->call != call)
        return false;
    call->state = CALL_NEW;
    settle(pair);
    if (pair->is_answered)
        answer(pair);
    else if (is_heard(pair))
        let_listen(pair);
    return true;
}

/* ---- what happens in the room ---- */

/* The others are called no more. */
static void on_joined(struct pair *pair, struct participant *callee)
{
    pair->callee = callee;
    answer(pair);
}

static void on_left(struct pair *pair, const struct room_event *event)
{
    struct participant *left = event->participant;
    if (pair->is_over)
        return;
    if (pair->call && left == pair->callee) {
        refuse(pair, participant_info(left)->reason);
    } else if (pair->call && left == pair->caller) {
        pair->call = NULL;
        participant_kick(pair->callee, PARTICIPANT_KICKED);
    } else if (room_participant_count(pair->room) == 1) {
        participant_kick(room_first(pair->room), PARTICIPANT_HUNG_UP);
    }
}

void pair_on_room_event(struct ua *ua, const struct room_event *event)
{
    struct pair *pair = find(ua, event->room);
    if (!pair)
        return;
    if (event->kind == ROOM_EVENT_ROOM_DELETED)
        destroy(pair);
    else if (event->kind == ROOM_EVENT_PARTICIPANT_LEFT)
        on_left(pair, event);
    else if (!pair->call || !is_called(pair, event->participant))
        return;
    else if (event->kind == ROOM_EVENT_PARTICIPANT_JOINED)
        on_joined(pair, event->participant);
    else if (event->kind == ROOM_EVENT_PARTICIPANT_STATE &&
             participant_info(event->participant)->state == PARTICIPANT_RINGING)
        ring(pair);
    else if (event->kind == ROOM_EVENT_PARTICIPANT_CHANGED &&
             participant_info(event->participant)->early_media)
        let_listen(pair);
}

void pair_cut_all(struct ua *ua)
{
    while (ua->pairs)
        destroy(ua->pairs);
}

/* ---- on, to a room ---- */

struct participant *pair_caller(const struct ua *ua, const struct room *room)
{
    const struct pair *pair = find(ua, room);
    return pair && pair->call && !pair->is_answered ? pair->caller : NULL;
}

int pair_forward(struct ua *ua, struct room *room, struct room *to)
{
    struct pair *pair = find(ua, room);
    if (!pair_caller(ua, room))
        return -ENOENT;
    if (pair->call->state == CALL_EARLY)
        return -EAGAIN;
    if (!plan_of(pair) && room_settings(to)->srtp != MEDIA_SRTP_DEFAULT)
        return -EACCES; /* what it is going to be connected with is not known yet */
    pair->is_over = true;
    if (room_forward(pair->caller, to, plan_of(pair), video_of(pair)) != ROOM_ADMITTED) {
        pair->is_over = false;
        return -EACCES;
    }
    answer(pair);
    return 0;
}

/* ---- begin ---- */

int pair_open_room(struct ua *ua, const struct account *account, struct room **room)
{
    char name[32] = "call-";
    struct room_settings settings = *room_list_defaults(ua->config.rooms);
    if (!registrar_first(ua, account->name) &&
        !account_forward_meets(&account->settings.forward, 480))
        return -EHOSTDOWN;
    random_name(name + strlen(name), sizeof(name) - strlen(name));
    settings.pin[0] = settings.moderator_pin[0] = '\0';
    settings.tone = ROOM_TONE_NONE;
    settings.alone = ROOM_ALONE_SILENCE;
    settings.announcements = false;
    settings.lobby = ROOM_LOBBY_OFF;
    settings.mute_on_entry = false;
    return room_list_open(ua->config.rooms, name, &settings, room);
}

int pair_begin(struct call *call, const struct account *account,
               const struct pair_answer *answer)
{
    char uri[ACCOUNT_NAME_BYTES + ACCOUNT_REALM_BYTES + 8];
    const struct participant_info *caller = participant_info(call->participant);
    struct pair *pair = calloc(1, sizeof(*pair));
    if (!pair)
        return -ENOMEM;
    *pair = (struct pair){.next = call->ua->pairs,
                          .ua = call->ua,
                          .room = participant_room(call->participant),
                          .call = call,
                          .caller = call->participant,
                          .has_plan = answer->plan != NULL,
                          .takes_100rel = answer->takes_100rel,
                          .sdp = answer->sdp ? strdup(answer->sdp) : NULL};
    if (answer->sdp && !pair->sdp) {
        free(pair);
        return -ENOMEM;
    }
    if (answer->plan) {
        pair->plan = *answer->plan;
        pair->video = *answer->video;
    }
    call->ua->pairs = pair;
    snprintf(uri, sizeof(uri), "sip:%s@%s", account->name, account->realm);
    const struct room_dial dial = {.uri = uri,
                                   .display_name = account->settings.display_name,
                                   .attributes = participant_attributes(call->participant),
                                   .called = answer->called,
                                   .hides_history = answer->hides_history,
                                   .from_name = caller->display_name,
                                   .from_uri = caller->uri};
    int error = room_dial(pair->room, &dial, &pair->callee);
    if (error) {
        destroy(pair);
        return error;
    }
    return 0;
}
