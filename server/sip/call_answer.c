/* call_answer.c - a new INVITE: from its offer to the 200. */
#include "server/sip/call_internal.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/rtp/address.h"
#include "server/sip/destination.h"
#include "server/sip/early_header.h"
#include "server/sip/extension.h"
#include "server/sip/header_map.h"
#include "server/sip/pair.h"
#include "server/sip/privacy.h"
#include "server/sip/recipients.h"
#include "server/sip/trunk_in.h"
#include "server/sip/uri.h"
#include "server/sip/wish.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What is in hand while an INVITE is being answered. */
struct incoming {
    struct ua_line *line;
    nua_handle_t *handle;
    const sip_t *sip;
    struct destination to;
    struct trunk *trunk;    /* NULL: by none */
    struct call *beside;    /* of Replaces or Join: whose room it wants; NULL: none */
    struct offer *offer;    /* NULL: we have to make it */
    struct recipients also; /* whom it wants to be called, too */
    struct reply reply;     /* of a refusal             */
    bool is_told;           /* and it is said before, by early media */
};

static bool refuse(struct incoming *in, struct reply reply)
{
    in->reply = reply;
    return false;
}

/* Who has sent nothing has shown nothing: what we say first is sealed only if it has to be. */
static bool seal_own_offer(struct incoming *in, struct call *call)
{
    return !seal_is_required(&call->seal) || seal_demand(&call->seal, SEAL_SDP) == 0 ||
           refuse(in, reply_make(403, "No Certificate To Encrypt The Offer For"));
}

/* RFC 5366: the SDP has a list of recipients beside it. */
static bool read_recipients(struct incoming *in, struct call *call, struct slice *sdp)
{
    struct seal_body opened;
    if (in->to.kind != DESTINATION_FACTORY)
        return refuse(in, reply_make(403, "Lists Are For The Conference Factory"));
    if (!seal_open(&call->seal, SEAL_SDP, in->sip, &opened, &in->reply) ||
        !recipients_read(in->sip, &opened, &in->also, &in->reply))
        return false;
    *sdp = in->also.sdp;
    return true;
}

static bool read_body(struct incoming *in, struct call *call, struct slice *sdp)
{
    return sip_has_feature(in->sip->sip_require, "recipient-list-invite")
               ? read_recipients(in, call, sdp)
               : seal_open_sdp(&call->seal, in->sip, sdp, &in->reply);
}

static bool read_offer(struct incoming *in, struct call *call)
{
    struct slice body;
    struct offer_failure why;
    if (!read_body(in, call, &body))
        return false;
    if (!body.length)
        return seal_own_offer(in, call);
    if (offer_read(&call->offers, body.at, body.length, &in->offer, &why) < 0)
        return refuse(in, reply_of_failure(&why));
    return true;
}

/* What we dialled from this room has come back to it: everybody would hear the echo of all. */
static bool is_loop(const struct incoming *in)
{
    const char *id = in->sip->sip_call_id->i_id;
    for (const struct call *call = in->line->ua->calls; call; call = call->next) {
        if (call->is_out && call->participant && strcmp(call->call_id, id) == 0 &&
            strcmp(room_name(participant_room(call->participant)), in->to.user) == 0)
            return true;
    }
    return false;
}

/* Its room may have to be made yet, and is not for who is refused. */
static const struct room_settings *settings_of(const struct incoming *in)
{
    if (in->to.room)
        return room_settings(in->to.room);
    return in->to.kind == DESTINATION_NEW_ROOM
               ? room_list_settings_for_calls(in->line->ua->config.rooms)
               : NULL;
}

static bool settle_media(struct incoming *in, struct call *call)
{
    struct offer_failure why;
    return call_settle_media(call, settings_of(in), &why) == 0 ||
           refuse(in, reply_of_failure(&why));
}

/* RFC 3891 section 3, RFC 3911 section 4: whose dialog is known, whose room is entered. */
static bool find_dialog(struct incoming *in)
{
    const sip_replaces_t *replaces = in->sip->sip_replaces;
    const char *join = extension_value(in->sip, "Join"); /* of the same form */
    if (!replaces && !join)
        return true;
    if (replaces && join)
        return refuse(in, reply_make(400, "Both Replaces And Join"));
    in->beside = replaces ? call_of_dialog(in->line->ua, replaces)
                          : call_of_replaces(in->line->ua, join);
    if (!in->beside)
        return refuse(in, reply_make(481, "No Such Dialog"));
    if (replaces && replaces->rp_early_only)
        return refuse(in, reply_make(486, "Was Answered Already"));
    struct room *room = participant_room(in->beside->participant);
    in->to = (struct destination){.kind = DESTINATION_ROOM, .room = room};
    snprintf(in->to.user, sizeof(in->to.user), "%s", room_name(room));
    return true;
}

/* RFC 4579 section 5.1: a conference of its own for whoever calls the factory. */
static int make_conference(struct ua *ua, struct room **room)
{
    char name[32] = "conference-";
    random_name(name + strlen(name), sizeof(name) - strlen(name));
    return room_list_open(ua->config.rooms, name, room_list_defaults(ua->config.rooms), room);
}

static int open_room(struct incoming *in, struct room **room)
{
    struct ua *ua = in->line->ua;
    if (in->to.account)
        return pair_open_room(ua, in->to.account, room);
    if (in->to.kind == DESTINATION_FACTORY)
        return make_conference(ua, room);
    if (in->to.kind == DESTINATION_MENU)
        return room_list_reception(ua->config.rooms, room);
    if (in->to.room) {
        *room = in->to.room; /* perhaps by its number */
        return 0;
    }
    return room_list_find_or_create(ua->config.rooms, in->to.user, room);
}

static bool find_room(struct incoming *in, struct room **room)
{
    if (ua_refuses_scheme(in->line, in->sip->sip_request->rq_url))
        return refuse(in, reply_make(416, "Unsupported URI Scheme: no TLS here"));
    if (in->to.kind == DESTINATION_BAD_NAME)
        return refuse(in, reply_make(404, "No Such Conference: not a valid name"));
    if (in->to.kind == DESTINATION_EMPTY)
        return refuse(in, reply_make(484, "Address Incomplete: dial sip:NAME@host"));
    if (in->to.kind == DESTINATION_NONE)
        return refuse(in, reply_make(404, "No Such Conference"));
    if (is_loop(in))
        return refuse(in, reply_make(482, "Loop Detected"));
    switch (open_room(in, room)) {
    case 0:
        return true;
    case -EHOSTDOWN:
        return refuse(in, reply_make(480, "Not Registered"));
    case -EUSERS:
        return refuse(in, reply_later("Too Many Conferences"));
    case -ESHUTDOWN:
        return refuse(in, reply_later("Going Down"));
    default:
        return refuse(in, reply_make(500, "Server Internal Error: out of memory"));
    }
}

/* A phone cannot follow a link: it is told that this is no place for it any more. */
static struct reply reply_moved(const char *uri)
{
    bool is_sip = strncasecmp(uri, "sip", 3) == 0;
    struct reply reply =
        reply_make(is_sip ? 302 : 410, is_sip ? "Moved Temporarily" : "Conference Has Moved");
    reply.contact = is_sip ? uri : NULL;
    return reply;
}

/* 480: it may be tried again then (RFC 3261 section 20.33). */
static struct reply reply_early(const struct room *room)
{
    struct reply reply = reply_make(480, "Conference Has Not Begun");
    reply.retry_after_s = room_opens_in_s(room);
    return reply;
}

static struct reply reply_of_refusal(const struct room *room, enum room_refusal refusal)
{
    switch (refusal) {
    case ROOM_REFUSED_BANNED:
        return reply_make(403, "Banned From This Conference");
    case ROOM_REFUSED_EARLY:
        return reply_early(room);
    case ROOM_REFUSED_OVER:
        return reply_make(410, "Conference Is Over");
    case ROOM_REFUSED_LOCKED:
        return reply_make(403, "Conference Is Locked");
    case ROOM_REFUSED_MOVED:
        return reply_moved(room_settings(room)->moved_to);
    case ROOM_REFUSED_FULL:
        return reply_make(486, "Conference Is Full");
    case ROOM_REFUSED_LOBBY_FULL:
        return reply_make(486, "Lobby Is Full");
    case ROOM_REFUSED_DRAINING:
        return reply_later("Going Down");
    default:
        return reply_make(500, "Server Internal Error: out of memory");
    }
}

/* Where its trunk has it: for sound that it has offered; or that it is offered, where its answer
 * is sure to come before ours (RFC 3262 section 5). */
static bool has_early_media(const struct incoming *in, const struct call *call)
{
    return in->trunk && call->trunk_early & TRUNK_EARLY_IN && !in->to.account &&
           (in->offer ? offer_has_sound(in->offer) : call_early_is_reliable(in->sip));
}

/* Where nobody is in, it hears why @p room does not let it in, before it is refused. */
static bool is_admitted_to_hear(struct incoming *in, struct call *call, const struct room *room,
                                enum room_refusal refusal, struct room_admission *admission)
{
    struct room *reception;
    if (!room_refusal_is_said(refusal) || !has_early_media(in, call) ||
        room_list_reception(in->line->ua->config.rooms, &reception) < 0)
        return false;
    admission->refusal = refusal;
    admission->refused_by = room;
    in->is_told = room_admit(reception, admission, &call->participant) == ROOM_ADMITTED;
    return in->is_told;
}

static bool admit(struct incoming *in, struct room *room, struct call *call)
{
    const struct ua_config *config = &in->line->ua->config;
    char name[PARTICIPANT_NAME_BYTES], uri[PARTICIPANT_URI_BYTES];
    char source[INET6_ADDRSTRLEN];
    address_host_of(ua_asker(in->line, in->sip), source);
    const sip_from_t *from = in->sip->sip_from;
    if (in->trunk) {
        trunk_in_caller(in->trunk, in->sip, name, uri);
    } else {
        uri_display(from->a_display, name, sizeof(name));
        uri_plain(from->a_url, uri, sizeof(uri));
    }
    struct attributes attributes = {.count = 0};
    header_map_read(config->header_map, config->header_map_count, in->sip, &attributes);
    if (in->trunk)
        trunk_in_diversions(in->trunk, in->sip, &attributes);
    struct room_admission admission = {.id = call->id,
                                       .display_name = name,
                                       .uri = uri,
                                       .link = &call_link,
                                       .call = call,
                                       .is_by_trunk = in->trunk,
                                       .is_known = call->is_known,
                                       .attributes = &attributes,
                                       .source = source,
                                       .language = in->to.language};
    enum room_refusal refusal = room_admit(room, &admission, &call->participant);
    if (refusal == ROOM_ADMITTED)
        return true;
    in->reply = reply_of_refusal(room, refusal);
    attributes_set(&attributes, "refused_by", room_name(room));
    return is_admitted_to_hear(in, call, room, refusal, &admission);
}

static struct reply reply_of_leg(int error)
{
    if (error == -EADDRINUSE || error == -EMFILE || error == -ENFILE)
        return reply_later("No Media Port Free");
    if (error == -EAFNOSUPPORT || error == -EHOSTUNREACH) {
        struct reply reply = reply_make(488, "Not Acceptable Here");
        reply.warning = (struct offer_warning){
            301, "no media address of this kind (IPv4, IPv6) is served here"};
        return reply;
    }
    return reply_make(500, "Server Internal Error");
}

/* By what the far end knows the room, if not by its name. */
static const char *dialled_user(const struct incoming *in)
{
    const url_t *to = in->sip->sip_to->a_url;
    return to->url_user ? to->url_user : "";
}

/* Ports, then our SDP: the answer, or an offer. */
static bool make_sdp(struct incoming *in, struct call *call, struct leg_plan *plan,
                     struct video_plans *video, char **sdp)
{
    struct offer_local local;
    struct offer_failure why;
    const struct sockaddr *remote =
        in->offer ? offer_remote(in->offer) : (const struct sockaddr *)&call->peer;
    int family = in->offer ? offer_family(in->offer) : in->line->endpoint.family;
    int error = participant_open_leg(call->participant, family);
    if (!error)
        error = call_local(call, remote,
                           in->offer ? offer_videos(in->offer) : 1u << VIDEO_CAMERA, &local);
    if (error)
        return refuse(in, reply_of_leg(error));
    if (in->offer && call_refuses_video(call, in->offer, &local, &why))
        return refuse(in, reply_of_failure(&why));
    if (in->offer && !call_has_media(call, in->offer, dialled_user(in), &local, &why))
        return refuse(in, reply_of_failure(&why));
    error = in->offer ? offer_answer(&call->offers, in->offer, &local, plan, video, sdp)
                      : offer_make(&call->offers, &local, sdp);
    return error ? refuse(in, reply_make(500, "Server Internal Error: out of memory")) : true;
}

static bool connect_answered(struct incoming *in, struct call *call, struct leg_plan *plan,
                             struct video_plans *video)
{
    if (!in->offer)
        return true; /* once the answer is here */
    int error = call_connect(call, plan, video);
    if (error)
        return refuse(in, reply_make(500, "Server Internal Error"));
    call_commit(call);
    return true;
}

void call_ring(struct call *call, int status, const char *sdp)
{
    struct sealed sealed;
    const char *phrase = status == 183 ? "Session Progress" : "Ringing";
    char start[40];
    snprintf(start, sizeof(start), "SIP/2.0 %d %s", status, phrase);
    call_seal_sdp(call, start, sdp, &sealed);
    nua_respond(call->handle, status, phrase, SIPTAG_CONTACT_STR(call->contact),
                TAG_IF(call->trunk_says_early && status == 183,
                       SIPTAG_HEADER_STR(EARLY_HEADER_SENDONLY)),
                SEALED_TAGS(&sealed), TAG_END());
    sealed_finish(&sealed);
}

void call_answer(struct call *call, const char *sdp)
{
    struct sealed sealed;
    if (call->state == CALL_ENDING)
        return;
    if (call->state != CALL_UP)
        call->state = CALL_ANSWERED;
    call->ua->stats.responses[2]++;
    call_seal_sdp(call, "SIP/2.0 200 OK", sdp, &sealed);
    nua_respond(call->handle, 200, "OK", SIPTAG_CONTACT_STR(call->contact),
                SIPTAG_ACCEPT_STR(seal_accepts(&call->seal, SEAL_SDP)), SEALED_TAGS(&sealed),
                TAG_END());
    sealed_finish(&sealed);
}

static bool take_line(struct incoming *in, struct call *call)
{
    bool is_later = in->trunk->settings.when_full == TRUNK_FULL_503;
    if (call_note_trunk(call, in->trunk) < 0)
        return refuse(in, reply_make(500, "Server Internal Error: out of memory"));
    call->trunk_says_early &= early_header_is_supported(in->sip);
    if (trunk_take_line_in(in->trunk) < 0)
        return refuse(in, is_later ? reply_later("All Lines Are Busy")
                                   : reply_make(480, "All Lines Are Busy"));
    call->trunk = in->trunk;
    return true;
}

/* At the door: it is answered when it is let in, if ever. */
static bool wait_early(struct incoming *in, struct call *call, const char *sdp)
{
    int error = call_early_begin(call, in->sip, sdp, in->is_told ? &in->reply : NULL);
    return !error || refuse(in, reply_make(500, "Server Internal Error: out of memory"));
}

/* Into the room, at once; or to its door. */
static bool enter(struct incoming *in, struct call *call, struct leg_plan *plan,
                  struct video_plans *video, const char *sdp)
{
    const bool has_early = has_early_media(in, call);
    const bool offers_early =
        has_early && !in->offer && participant_is_outside(call->participant);
    if (offers_early || (has_early && in->offer))
        participant_begin_early(call->participant);
    if (!connect_answered(in, call, plan, video))
        return false;
    if (!call->participant)
        return true;
    if (offers_early || participant_info(call->participant)->early_media)
        return wait_early(in, call, sdp);
    if (sip_has_feature(in->sip->sip_require, "100rel")) {
        call->state = CALL_EARLY;
        call_ring(call, 180, sdp);
    } else {
        call_ring(call, 180, NULL);
        call_answer(call, sdp);
    }
    return true;
}

/* Into a room with whoever of the account answers; until then it rings. */
static bool call_account(struct incoming *in, struct call *call, const struct leg_plan *plan,
                         const struct video_plans *video, const char *sdp)
{
    const bool is_reliable = sip_has_feature(in->sip->sip_require, "100rel");
    const struct pair_answer answer = {.called = in->to.number,
                                       .hides_history = privacy_hides_history(in->sip),
                                       .takes_100rel = call_early_is_reliable(in->sip),
                                       .plan = in->offer ? plan : NULL,
                                       .video = video,
                                       .sdp = is_reliable ? NULL : sdp};
    int error = pair_begin(call, in->to.account, &answer);
    if (error == -EUSERS || error == -ESHUTDOWN)
        return refuse(in, reply_later("Too Many Calls"));
    if (error)
        return refuse(in, reply_make(480, "No Phone Can Be Called"));
    if (is_reliable) {
        call->state = CALL_EARLY;
        call_ring(call, 180, sdp);
    }
    return true;
}

/* What it is in the room, as it has come there so: who has made it runs it, who takes over a
 * call is what that one was. */
static void take_place(const struct incoming *in, struct call *call)
{
    const enum participant_role role = PARTICIPANT_MODERATOR;
    struct participant *other = in->beside ? in->beside->participant : NULL;
    bool replaces = other && in->sip->sip_replaces;
    bool is_moderator = in->to.kind == DESTINATION_FACTORY ||
                        (replaces && participant_info(other)->role == role);
    if (is_moderator && call->participant)
        participant_change(call->participant, &(struct participant_change){.role = &role});
    if (replaces)
        participant_kick(other, PARTICIPANT_HUNG_UP);
}

/* As by a REFER of its maker's (referral.h), who runs the conference. */
static void call_recipients(struct incoming *in, struct call *call)
{
    struct wish wish;
    struct reply why;
    struct participant *participant;
    for (unsigned i = 0; i < in->also.list.count && call->participant; i++) {
        const char *uri = in->also.list.uri[i];
        bool is_call = wish_read_text(uri, &wish, &why) && !wish.is_bye && !wish.replaces[0];
        bool is_called =
            is_call && recipients_admit(call->ua, ua_asker(in->line, in->sip), &why) &&
            wish_dial_told(&wish, participant_room(call->participant), &participant, &why);
        log_often("sip", call->id, NULL, "wants %s called%s%s", uri, is_called ? "" : ": ",
                  is_called ? ""
                  : is_call ? why.phrase
                            : "that cannot be asked for here");
    }
}

static bool answer(struct incoming *in, struct call *call)
{
    struct room *room;
    struct leg_plan plan;
    struct video_plans video;
    char *sdp = NULL;
    if (!in->sip->sip_contact)
        return refuse(in, reply_make(400, "Bad Contact"));
    if (in->trunk && !take_line(in, call))
        return false;
    if (!find_dialog(in) || !settle_media(in, call) || !read_offer(in, call) ||
        !find_room(in, &room))
        return false;
    ua_contact(in->line, (const struct sockaddr *)&call->peer,
               ua_contact_kind(in->line, in->sip), room_name(room), call->contact);
    if (!admit(in, room, call))
        return false;
    if (!call->participant) /* somebody has ended it at once, here and below */
        return true;
    log_call_info(
        "sip", call->id, "%s dials %s, Call-ID %s", participant_info(call->participant)->uri,
        in->to.kind == DESTINATION_MENU ? "the menu" : in->to.user, in->sip->sip_call_id->i_id);
    if (in->is_told)
        log_call_info("sip", call->id, "is to hear of its refusal: %d %s", in->reply.status,
                      in->reply.phrase);
    if (!make_sdp(in, call, &plan, &video, &sdp))
        return false;
    call_note_far_end(call, in->sip);
    call_note_session_timer(call, in->sip);
    bool is_taken = in->to.account ? call_account(in, call, &plan, &video, sdp)
                                   : enter(in, call, &plan, &video, sdp);
    free(sdp);
    if (is_taken && !in->is_told)
        take_place(in, call);
    if (is_taken)
        call_recipients(in, call);
    return is_taken;
}

static void turn_away(struct incoming *in, struct call *call)
{
    char detail[PARTICIPANT_URI_BYTES], source[INET6_ADDRSTRLEN];
    const char *more = in->reply.warning.code ? in->reply.warning.text : in->reply.detail;
    snprintf(detail, sizeof(detail), "%d %s%s%s", in->reply.status, in->reply.phrase,
             more[0] ? ": " : "", more);
    address_host_of(ua_asker(in->line, in->sip), source);
    if (in->trunk) /* a provider whom we know: each is told */
        log_call_info("sip", call->id, "refused: %s, Call-ID %s", detail,
                      in->sip->sip_call_id->i_id);
    else
        log_often("sip", call->id, source, "refused: %s, Call-ID %s", detail,
                  in->sip->sip_call_id->i_id);
    call_leave(call, in->reply.status == 488 ? PARTICIPANT_INCOMPATIBLE : PARTICIPANT_FAILED,
               detail);
    reply_refuse(in->line, in->handle, &in->reply);
    call_reap_soon(call);
}

/* Who has shown no password is believed to be whom he says: what an account requires holds. */
static void note_account(struct call *call, const struct call_origin *origin, const sip_t *sip)
{
    char uri[PARTICIPANT_URI_BYTES];
    const struct account *account = origin->account;
    uri_plain(sip->sip_from->a_url, uri, sizeof(uri));
    if (!account && !origin->trunk)
        account = destination_claimed_account(call->ua, uri);
    if (account)
        snprintf(call->account, sizeof(call->account), "%s", account->name);
    seal_begin(&call->seal, call->ua, account, uri);
}

void call_invite(struct ua_line *line, nua_handle_t *handle, const sip_t *sip,
                 const struct call_origin *origin)
{
    struct incoming in = {.line = line, .handle = handle, .sip = sip, .trunk = origin->trunk};
    const struct sockaddr *source = ua_source(line);
    struct call *call = call_create(line, handle, NULL);
    if (!call) {
        in.reply = reply_make(500, "Server Internal Error: out of memory");
        reply_refuse(line, handle, &in.reply);
        nua_handle_destroy(handle);
        return;
    }
    if (source->sa_family == AF_INET6)
        memcpy(&call->peer, source, sizeof(struct sockaddr_in6));
    else if (source->sa_family == AF_INET)
        memcpy(&call->peer, source, sizeof(struct sockaddr_in));
    source_flow_of(&line->ua->proxies, sip->sip_via, source, &call->flow);
    note_account(call, origin, sip);
    call->is_known = origin->account;
    if (origin->account)
        call->account_srtp = origin->account->settings.srtp;
    if (origin->trunk)
        trunk_in_destination(line->ua, origin->trunk, sip, &in.to);
    else
        destination_find(line->ua, sip->sip_request->rq_url, &in.to);
    call_note_route(call, sip);
    if (!answer(&in, call))
        turn_away(&in, call);
    offer_destroy(in.offer);
    recipients_finish(&in.also);
}
