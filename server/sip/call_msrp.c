/* call_msrp.c - sections of SDP become sessions; lines of the chat go out by them. */
#include "server/sip/call_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_chat.h"
#include "server/sip/call_chat.h"
#include "server/sip/msrp_setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENVELOPE_BYTES = 4096 /* beside the text of a line */ };

#define ACCEPTED                                                                               \
    "a=accept-types:" CPIM_TYPE "\r\n"                                                         \
    "a=accept-wrapped-types:text/plain " COMPOSING_TYPE " " IMDN_TYPE "\r\n"

/* What one offer and its answer have agreed on. */
struct agreement {
    struct msrp_session *session; /* NULL: none */
    unsigned index;
    bool is_tls;
    bool hears, takes_private, composes; /* the far end */
    uint64_t max_size;                   /* bytes, that it takes */
    char far_path[MSRP_PATH_BYTES];
    char lines[OFFER_MESSAGE_BYTES];
};

/* A line that is on its way. */
struct awaited {
    uint64_t id; /* 0: none */
    char room[ROOM_NAME_BYTES];
};

struct call_msrp {
    struct agreement now, next;
    bool has_next;    /* offered or answered, not in force yet */
    bool is_proposed; /* by us, and who is to be connected is not known */
    struct call_chat chat;
    struct awaited awaited[MSRP_MOST_QUEUED];
};

/* ---- what a section says ---- */

static bool takes(struct slice types, const char *type)
{
    return message_section_lists(types, "*") || message_section_lists(types, type);
}

static bool takes_text(const struct message_section *section)
{
    const struct slice wrapped = section->accept_wrapped_types;
    return !wrapped.length || takes(wrapped, "text/plain") || takes(wrapped, "text/*");
}

static bool is_for_chat(const struct call *call, const struct message_section *section)
{
    struct slice selector = {"", 0}, id; /* one of nothing only says that files are known */
    (void)slice_find_attribute(section->lines, "file-selector", &selector);
    return !slice_trim(selector).length &&
           !slice_find_attribute(section->lines, "file-transfer-id", &id) &&
           takes(section->accept_types, CPIM_TYPE) && msrp_setup_is_possible(call, section);
}

/* ---- what we say ---- */

static void write_direction(const struct message_section *section, struct text *text)
{
    const enum media_direction ours = media_direction_turn(section->direction, MEDIA_SENDRECV);
    if (ours != MEDIA_SENDRECV)
        text_add(text, "a=%s\r\n", media_direction_word(ours));
}

static void write_lines(const struct call *call, const struct message_section *section,
                        enum setup ours, struct agreement *agreement)
{
    const struct room *room = participant_room(call->participant);
    struct text text;
    text_init(&text, agreement->lines, sizeof(agreement->lines));
    text_add(&text,
             ACCEPTED "a=max-size:%u\r\na=path:%s\r\na=chatroom:nickname "
                      "private-messages\r\n",
             room_chat_config(room)->text_bytes + ENVELOPE_BYTES,
             msrp_session_path(agreement->session));
    write_direction(section, &text);
    msrp_setup_write(call, section, ours, &text);
}

static void add_local(const struct call *call, const struct agreement *agreement,
                      struct offer_local *local)
{
    local->message[local->message_count++] = (struct offer_message_local){
        .index = agreement->index,
        .is_tls = agreement->is_tls,
        .port = msrp_service_port(call->ua->msrp, agreement->is_tls),
        .lines = agreement->lines,
    };
}

/* ---- sessions ---- */

static const struct msrp_listener listener;

static struct msrp_session *open_session(struct call *call, bool is_tls, const char *address)
{
    return msrp_session_create(
        call->ua->msrp,
        &(struct msrp_session_config){
            .call = call->id,
            .is_tls = is_tls,
            .host = address,
            .most_bytes = room_chat_config(participant_room(call->participant))->text_bytes +
                          ENVELOPE_BYTES,
            .listener = &listener,
            .context = call,
        });
}

static bool stays(const struct agreement *now, const struct message_section *section)
{
    return now->session && now->is_tls == section->is_tls &&
           slice_equals(section->path, now->far_path);
}

/* What the far end says of itself, and of what it takes. */
static bool note_far_end(const struct message_section *section, struct agreement *next)
{
    next->index = section->index;
    next->is_tls = section->is_tls;
    next->hears = media_direction_hears(section->direction) && takes_text(section);
    next->max_size = section->max_size;
    next->takes_private = message_section_lists(section->chatroom, "private-messages");
    next->composes = takes(section->accept_wrapped_types, COMPOSING_TYPE);
    return slice_copy(section->path, next->far_path, sizeof(next->far_path));
}

/* @p next has a session that is not connected to @p section yet. */
static bool connect_session(struct call *call, const struct message_section *section,
                            enum setup ours, struct agreement *next)
{
    struct msrp_far_end far_end;
    return msrp_setup_far_end(call, section, ours, &far_end) &&
           msrp_session_connect(next->session, &far_end) == 0;
}

static bool agree(struct call *call, const struct message_section *section, const char *address)
{
    struct agreement *next = &call->msrp->next;
    const enum setup ours = fingerprint_lines_answer(section->security.setup, SETUP_NONE);
    if (!note_far_end(section, next))
        return false;
    const bool is_there = stays(&call->msrp->now, section);
    next->session =
        is_there ? call->msrp->now.session : open_session(call, section->is_tls, address);
    if (!next->session)
        return false;
    if (!is_there && !connect_session(call, section, ours, next)) {
        msrp_session_destroy(next->session);
        next->session = NULL;
        return false;
    }
    write_lines(call, section, ours, next);
    return true;
}

static const struct message_section *find_section(const struct call *call,
                                                  const struct offer *offer)
{
    const struct message_section *sections;
    const unsigned count = offer_messages(offer, &sections);
    for (unsigned i = 0; i < count; i++) {
        if (is_for_chat(call, &sections[i]))
            return &sections[i];
    }
    return NULL;
}

void call_msrp_answer(struct call *call, const struct offer *offer, const char *dialled,
                      struct offer_local *local)
{
    const struct message_section *section =
        call->ua->msrp && room_chat_config(participant_room(call->participant))->most
            ? find_section(call, offer)
            : NULL;
    call_msrp_withdraw(call);
    if (!call->msrp && section)
        call->msrp = calloc(1, sizeof(*call->msrp));
    if (!call->msrp)
        return;
    struct call_chat *chat = &call->msrp->chat;
    if (!chat->dialled[0])
        snprintf(chat->dialled, sizeof(chat->dialled), "%s", dialled);
    memset(&call->msrp->next, 0, sizeof(call->msrp->next));
    call->msrp->has_next = true; /* none, perhaps */
    if (!section)
        return;
    if (agree(call, section, local->address))
        add_local(call, &call->msrp->next, local);
    else
        log_often("msrp", call->id, NULL, "a session that is offered cannot be had");
}

bool call_msrp_offers_tls(const struct call *call)
{
    return (call_has_msrp(call) && call->msrp->now.is_tls) ||
           call->offers.srtp == MEDIA_SRTP_REQUIRED ||
           !msrp_service_port(call->ua->msrp, false);
}

/* @return false: it cannot be had now, so the call goes on without. */
static bool propose(struct call *call, const char *address)
{
    struct message_section ours = {.direction = MEDIA_SENDRECV,
                                   .security.setup = SETUP_ACTPASS};
    ours.is_tls = call_msrp_offers_tls(call);
    call_msrp_withdraw(call);
    if (!call->msrp)
        call->msrp = calloc(1, sizeof(*call->msrp));
    if (!call->msrp)
        return false;
    struct agreement *next = &call->msrp->next;
    memset(next, 0, sizeof(*next));
    next->index = OFFER_NO_INDEX;
    next->is_tls = ours.is_tls;
    next->session = open_session(call, ours.is_tls, address);
    if (!next->session)
        return false;
    call->msrp->has_next = call->msrp->is_proposed = true;
    write_lines(call, &ours, SETUP_ACTPASS, next);
    return true;
}

void call_msrp_offer(struct call *call, struct offer_local *local)
{
    const bool is_first = call->offers_chat && call->state == CALL_DIALLING &&
                          room_chat_config(participant_room(call->participant))->most;
    if (call_has_msrp(call))
        add_local(call, &call->msrp->now, local);
    else if (is_first && propose(call, local->address))
        add_local(call, &call->msrp->next, local);
}

/* RFC 4975 section 5.4: who does not know of a=setup is connected to by who has offered. */
static bool accept_proposal(struct call *call, const struct offer *answer)
{
    struct agreement *next = &call->msrp->next;
    const struct message_section *section = find_section(call, answer);
    const enum setup theirs = section ? section->security.setup : SETUP_HOLDCONN;
    const enum setup ours = theirs == SETUP_ACTIVE ? SETUP_PASSIVE : SETUP_ACTIVE;
    call->msrp->is_proposed = false;
    if (section && theirs <= SETUP_PASSIVE && section->is_tls == next->is_tls &&
        note_far_end(section, next) && connect_session(call, section, ours, next)) {
        write_lines(call, section, ours, next);
        return true;
    }
    msrp_session_destroy(next->session);
    next->session = NULL;
    return false;
}

bool call_msrp_accept(struct call *call, const struct offer *answer)
{
    struct call_msrp *msrp = call->msrp;
    const struct message_section *sections;
    const unsigned count = offer_messages(answer, &sections);
    if (msrp && msrp->is_proposed)
        return accept_proposal(call, answer);
    if (!call_has_msrp(call))
        return false;
    msrp->has_next = true;
    memset(&msrp->next, 0, sizeof(msrp->next));
    for (unsigned i = 0; i < count; i++) {
        if (sections[i].index == msrp->now.index && stays(&msrp->now, &sections[i]))
            msrp->next = msrp->now;
    }
    return msrp->next.session != NULL;
}

void call_msrp_withdraw(struct call *call)
{
    struct call_msrp *msrp = call->msrp;
    if (!msrp || !msrp->has_next)
        return;
    if (msrp->next.session != msrp->now.session)
        msrp_session_destroy(msrp->next.session);
    msrp->has_next = msrp->is_proposed = false;
}

/* ---- what became of lines ---- */

static void report(const struct call *call, struct awaited *awaited, unsigned status)
{
    const uint64_t id = awaited->id;
    awaited->id = 0;
    if (id)
        room_chat_report(call->ua->config.rooms, awaited->room, id,
                         status == 200                    ? CHAT_DELIVERED
                         : status == 408 || status == 481 ? CHAT_TIMED_OUT
                                                          : CHAT_REFUSED);
}

static void on_sent(void *context, const struct msrp_sent *sent)
{
    const struct call *call = context;
    for (unsigned i = 0; sent->tag && call->msrp && i < MSRP_MOST_QUEUED; i++) {
        if (call->msrp->awaited[i].id == sent->tag) {
            report(call, &call->msrp->awaited[i], sent->status);
            return;
        }
    }
}

/* Its session has ended: nobody will say. */
static void give_up_awaited(const struct call *call, struct call_msrp *msrp)
{
    for (unsigned i = 0; i < MSRP_MOST_QUEUED; i++)
        report(call, &msrp->awaited[i], 481);
}

void call_msrp_end(struct call *call)
{
    struct call_msrp *msrp = call->msrp;
    if (!msrp)
        return;
    call_msrp_withdraw(call);
    call->msrp = NULL; /* who hears of what follows finds nothing */
    msrp_session_destroy(msrp->now.session);
    give_up_awaited(call, msrp);
    free(msrp);
}

/* ---- out ---- */

bool call_has_msrp(const struct call *call)
{
    return call->msrp && call->msrp->now.session;
}

bool call_msrp_takes_private(const struct call *call)
{
    return call->participant && call->msrp->now.hears && call->msrp->now.takes_private;
}

static int send_envelope(struct call *call, uint64_t tag, const char *envelope)
{
    if (strlen(envelope) > call->msrp->now.max_size)
        return -ENOTSUP;
    return msrp_session_send(
        call->msrp->now.session,
        &(struct msrp_out){
            .tag = tag, .type = CPIM_TYPE, .content = envelope, .length = strlen(envelope)});
}

int call_msrp_send(struct call *call, const struct chat_message *message)
{
    struct call_msrp *msrp = call->msrp;
    unsigned free_place = 0;
    if (!msrp->now.hears || (message->to_id[0] && !msrp->now.takes_private))
        return -ENOTSUP;
    while (free_place < MSRP_MOST_QUEUED && msrp->awaited[free_place].id)
        free_place++;
    if (free_place == MSRP_MOST_QUEUED)
        return -ENOBUFS;
    struct message_text *text = call_message_text(call, message, MESSAGE_SWITCHED);
    if (!text)
        return -ENOMEM;
    const int error = send_envelope(call, message->id, text->part[0]);
    if (!error) {
        msrp->awaited[free_place].id = message->id;
        memcpy(msrp->awaited[free_place].room, text->room, ROOM_NAME_BYTES);
    }
    message_text_drop(text);
    return error;
}

void call_msrp_send_body(struct call *call, const char *envelope)
{
    if (envelope)
        (void)send_envelope(call, 0, envelope);
}

/* From the room itself. */
static void send_from_room(struct call *call, const char *type, const char *content)
{
    char host[SIP_HOST_BYTES], room[SIP_HOST_BYTES + ROOM_NAME_BYTES], time[CLOCK_TEXT_BYTES];
    ua_host(call->line, (const struct sockaddr *)&call->peer, host);
    snprintf(room, sizeof(room), "sip:%s@%s", room_name(participant_room(call->participant)),
             host);
    clock_format(clock_wall_ns(), time);
    char *envelope = cpim_write(&(struct cpim_out){.from_name = "",
                                                   .from_uri = room,
                                                   .to_uri = room,
                                                   .time = time,
                                                   .type = type,
                                                   .content = content});
    call_msrp_send_body(call, envelope);
    free(envelope);
}

/* Somebody does, or nobody any more. */
void call_msrp_send_typing(struct call *call, bool is_typing)
{
    if (call->msrp->now.hears && call->msrp->now.composes)
        send_from_room(call, COMPOSING_TYPE, is_typing ? COMPOSING_ACTIVE : COMPOSING_IDLE);
}

/* Who only writes hears no prompt. */
static void tell_of_door(struct call *call)
{
    const enum participant_state state = participant_info(call->participant)->state;
    if (call->msrp->now.hears && state == PARTICIPANT_PIN)
        send_from_room(call, "text/plain", "This conference asks for a PIN: write it here.");
    else if (call->msrp->now.hears && state == PARTICIPANT_LOBBY)
        send_from_room(call, "text/plain", "You are in the lobby until somebody lets you in.");
}

void call_msrp_commit(struct call *call)
{
    struct call_msrp *msrp = call->msrp;
    if (!msrp || !msrp->has_next)
        return;
    struct msrp_session *const before = msrp->now.session;
    const bool is_new = msrp->next.session && !before;
    msrp->now = msrp->next;
    msrp->has_next = false;
    if (before && before != msrp->now.session) {
        msrp_session_destroy(before);
        give_up_awaited(call, msrp);
    }
    if (!is_new)
        return;
    log_often("msrp", call->id, NULL, "chats by MSRP%s", msrp->now.is_tls ? " over TLS" : "");
    tell_of_door(call);
}

/* ---- in ---- */

static bool is_in_force(const struct call *call, const struct msrp_session *session)
{
    return call->participant && call->msrp && call->msrp->now.session == session;
}

static void on_request(void *context, struct msrp_session *session,
                       struct msrp_incoming *request)
{
    struct call *call = context;
    if (!is_in_force(call, session)) { /* its offer is not answered yet */
        msrp_session_answer(session, request, 403);
        return;
    }
    const unsigned status = call_chat_take(call, &call->msrp->chat, request);
    if (is_in_force(call, session)) /* who heard of it may have ended the call, and all of it */
        msrp_session_answer(session, request, status);
}

static void on_state(void *context, enum msrp_state state)
{
    const struct call *call = context;
    if (state == MSRP_STATE_LOST)
        log_often("msrp", call->id, NULL, "the connection of its chat has ended");
}

static const struct msrp_listener listener = {on_request, on_sent, on_state};
