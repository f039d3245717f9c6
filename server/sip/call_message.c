/* call_message.c - one queue for each call, and one for all of them. */
#include "server/sip/call_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_chat.h"
#include "server/sip/notice.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURN_MS = 10,
    TURN_MESSAGES = 16, /* of all calls, in a turn */
    SLOW_DOWN_S = 2,
    MOST_RECEIPT_ID_BYTES = 256,
};

struct call_message {
    struct message_text *text; /* held; or NULL: */
    char *receipt;             /* owned; an envelope for itself */
    unsigned next_part;
    bool is_plain; /* a notice was not taken: its text, instead */
    struct call_message *next;
};

/* ---- whose turn it is ---- */

static bool has_something(const struct call *call)
{
    const struct call_messages *messages = &call->messages;
    return call->state == CALL_UP && !messages->in_flight &&
           (messages->first || messages->typing != messages->typing_told);
}

static void on_turn(void *context);

static void begin_turn(struct ua *ua, int64_t delay_ms)
{
    if (!ua->messages.timer.place)
        loop_timer_start(ua->config.loop, &ua->messages.timer, delay_ms, on_turn, ua);
}

static void wait_for_turn(struct call *call)
{
    struct ua *ua = call->ua;
    if (call->messages.is_waiting || !has_something(call))
        return;
    call->messages.is_waiting = true;
    call->messages.next = NULL;
    if (ua->messages.last)
        ua->messages.last->messages.next = call;
    else
        ua->messages.first = call;
    ua->messages.last = call;
    begin_turn(ua, 0);
}

static void leave_queue(struct call *call)
{
    struct ua *ua = call->ua;
    struct call **at = &ua->messages.first, *before = NULL;
    if (!call->messages.is_waiting)
        return;
    while (*at != call) {
        before = *at;
        at = &before->messages.next;
    }
    *at = call->messages.next;
    if (ua->messages.last == call)
        ua->messages.last = before;
    call->messages.is_waiting = false;
}

static const char *body_of(const struct call_message *message, const char **type)
{
    const struct message_text *text = message->text;
    *type = message_text_type(!text               ? MESSAGE_ENVELOPE
                              : message->is_plain ? MESSAGE_PLAIN
                                                  : text->style);
    if (!text)
        return message->receipt;
    return message->is_plain ? text->instead : text->part[message->next_part];
}

static void send_next(struct call *call)
{
    struct call_messages *messages = &call->messages;
    const struct call_message *first = messages->first;
    messages->in_flight = true;
    messages->typing_is_sent = !first;
    if (!first)
        messages->typing_told = messages->typing;
    const char *type = COMPOSING_TYPE;
    const char *body = first              ? body_of(first, &type)
                       : messages->typing ? COMPOSING_ACTIVE
                                          : COMPOSING_IDLE;
    struct sealed sealed;
    call_seal(call, SEAL_MESSAGE, "MESSAGE", type, body, &sealed);
    nua_message(call->handle, SEALED_TAGS(&sealed), TAG_END());
    sealed_finish(&sealed);
}

static void on_turn(void *context)
{
    struct ua *ua = context;
    for (unsigned i = 0; ua->messages.first && i < TURN_MESSAGES; i++) {
        struct call *call = ua->messages.first;
        leave_queue(call);
        if (has_something(call))
            send_next(call);
    }
    if (ua->messages.first)
        begin_turn(ua, TURN_MS);
}

void call_messages_finish(struct ua *ua)
{
    loop_timer_stop(ua->config.loop, &ua->messages.timer);
    for (unsigned i = 0; i < UA_RECENT_TEXTS; i++)
        message_text_drop(ua->messages.recent[i]);
    memset(ua->messages.recent, 0, sizeof(ua->messages.recent));
}

/* ---- what becomes of it ---- */

static void report(struct call *call, const char *room, uint64_t id, enum chat_result result)
{
    room_chat_report(call->ua->config.rooms, room, id, result);
}

static void drop_first(struct call_messages *messages)
{
    struct call_message *first = messages->first;
    messages->first = first->next;
    if (!messages->first)
        messages->last = NULL;
    messages->count--;
    message_text_drop(first->text);
    free(first->receipt);
    free(first);
}

/* Taken, but not delivered yet. Where there are too many of those, nobody waits any more. */
static void await_receipt(struct call *call, const struct message_text *text)
{
    struct call_messages *messages = &call->messages;
    if (!messages->awaited)
        messages->awaited = calloc(CALL_MESSAGE_AWAITED, sizeof(*messages->awaited));
    for (unsigned i = 0; messages->awaited && i < CALL_MESSAGE_AWAITED; i++) {
        if (messages->awaited[i].id)
            continue;
        messages->awaited[i].id = text->id;
        memcpy(messages->awaited[i].room, text->room, ROOM_NAME_BYTES);
        return;
    }
    report(call, text->room, text->id, CHAT_DELIVERED);
}

/* The first has its last response. */
static void settle_first(struct call *call, int status)
{
    struct call_messages *messages = &call->messages;
    struct message_text *text =
        messages->first->text ? message_text_hold(messages->first->text) : NULL;
    drop_first(messages);
    if (!text)
        return; /* nobody asks what becomes of a receipt */
    if (status == 202 && text->style == MESSAGE_ENVELOPE)
        await_receipt(call, text);
    else
        report(call, text->room, text->id,
               status < 300                     ? CHAT_DELIVERED
               : status == 408 || status == 503 ? CHAT_TIMED_OUT
                                                : CHAT_REFUSED);
    message_text_drop(text);
}

/* There is more to be sent of the first: another part, or the text of a notice that the far end
 * does not know. */
static bool goes_on(struct call_messages *messages, int status)
{
    struct call_message *first = messages->first;
    if (!first->text)
        return false;
    if (status < 300)
        return ++first->next_part < first->text->count;
    if (first->text->style != MESSAGE_NOTICE || first->is_plain ||
        (status != 415 && status != 488))
        return false;
    messages->far_refuses_files = true;
    first->is_plain = true;
    return true;
}

void call_on_message_response(struct call *call, int status)
{
    struct call_messages *messages = &call->messages;
    if (status < 200 || !messages->in_flight)
        return;
    messages->in_flight = false;
    if (status == 405 || status == 501)
        messages->far_refuses = true; /* it will not say anything else next time */
    if (messages->typing_is_sent)
        messages->far_composes &= status < 300;
    else if (messages->first && !goes_on(messages, status))
        settle_first(call, status);
    if (!messages->far_composes)
        messages->typing = messages->typing_told;
    wait_for_turn(call);
}

void call_messages_begin(struct call *call)
{
    wait_for_turn(call);
}

void call_messages_end(struct call *call)
{
    struct call_messages *messages = &call->messages;
    call_msrp_end(call);
    call_files_end(call);
    leave_queue(call);
    while (messages->first)
        settle_first(call, 408);
    struct call_receipt *awaited = messages->awaited;
    messages->awaited = NULL;
    for (unsigned i = 0; awaited && i < CALL_MESSAGE_AWAITED; i++) {
        if (awaited[i].id)
            report(call, awaited[i].room, awaited[i].id, CHAT_TIMED_OUT);
    }
    free(awaited);
}

/* ---- out ---- */

static bool takes(const sip_t *sip, const char *type)
{
    for (const sip_accept_t *each = sip->sip_accept; each; each = each->ac_next) {
        if (each->ac_type && strcasecmp(each->ac_type, type) == 0)
            return true;
    }
    return false;
}

/* Which says what it takes when it registers, but not when it calls. */
static bool is_linphone(const sip_t *sip)
{
    const sip_user_agent_t *agent = sip->sip_user_agent;
    return agent && agent->g_string && strcasestr(agent->g_string, "linphone");
}

void call_note_messages(struct call *call, const sip_t *sip)
{
    struct call_messages *messages = &call->messages;
    messages->is_stream = call->line->endpoint.tls || uri_is_tcp(sip);
    if (sip->sip_allow)
        messages->far_has = sip_is_allowed(sip->sip_allow, SIP_METHOD_MESSAGE);
    messages->far_has_envelopes |= takes(sip, CPIM_TYPE);
    messages->far_composes |= takes(sip, COMPOSING_TYPE);
    messages->far_has_files |= takes(sip, FILE_NOTICE_TYPE) || is_linphone(sip);
}

/* One text for all who get the same. */
struct message_text *call_message_text(struct call *call, const struct chat_message *message,
                                       enum message_style style)
{
    const bool has_host = style == MESSAGE_ENVELOPE || style == MESSAGE_SWITCHED;
    struct ua_messages *all = &call->ua->messages;
    const char *room = room_name(participant_room(call->participant));
    char host[SIP_HOST_BYTES];
    ua_host(call->line, (const struct sockaddr *)&call->peer, host);
    for (unsigned i = 0; i < UA_RECENT_TEXTS; i++) {
        struct message_text *recent = all->recent[i];
        if (recent && recent->id == message->id && recent->style == style &&
            strcmp(recent->room, room) == 0 && (!has_host || strcmp(recent->host, host) == 0))
            return message_text_hold(recent);
    }
    struct message_text *made = message_text_create(message, room, host, style);
    if (made) {
        struct message_text **place = &all->recent[all->next_recent++ % UA_RECENT_TEXTS];
        message_text_drop(*place);
        *place = message_text_hold(made);
    }
    return made;
}

/* @p text and @p receipt are moved. */
static int queue(struct call *call, struct message_text *text, char *receipt)
{
    struct call_messages *messages = &call->messages;
    struct call_message *made = text || receipt ? calloc(1, sizeof(*made)) : NULL;
    if (!made) {
        message_text_drop(text);
        free(receipt);
        return -ENOMEM;
    }
    made->text = text;
    made->receipt = receipt;
    if (messages->last)
        messages->last->next = made;
    else
        messages->first = made;
    messages->last = made;
    messages->count++;
    wait_for_turn(call);
    return 0;
}

bool call_takes_messages(const void *context)
{
    const struct call *call = context;
    if (call_has_msrp(call))
        return call_msrp_takes_private(call);
    return call->messages.far_has && !call->messages.far_refuses && call->participant;
}

/* NULL: it takes none, the message tells of no file, or it does not fit in a datagram. */
static struct message_text *notice_of(struct call *call, const struct chat_message *message)
{
    const struct call_messages *messages = &call->messages;
    if (!message->file || !messages->far_has_files || messages->far_refuses_files)
        return NULL;
    struct message_text *text = call_message_text(call, message, MESSAGE_NOTICE);
    if (!text || messages->is_stream || strlen(text->part[0]) <= MESSAGE_TEXT_UDP_BYTES)
        return text;
    message_text_drop(text);
    return NULL;
}

int call_send_message(void *context, const struct chat_message *message)
{
    struct call *call = context;
    const struct call_messages *messages = &call->messages;
    if (call_has_msrp(call))
        return call_msrp_send(call, message);
    if (!call_takes_messages(call))
        return -ENOTSUP;
    if (messages->count >= CALL_MESSAGE_MOST)
        return -ENOBUFS;
    bool is_long = !messages->is_stream && strlen(message->text) > MESSAGE_TEXT_UDP_BYTES;
    enum message_style style = is_long                       ? MESSAGE_PARTS
                               : messages->far_has_envelopes ? MESSAGE_ENVELOPE
                                                             : MESSAGE_PLAIN;
    struct message_text *notice = notice_of(call, message);
    return queue(call, notice ? notice : call_message_text(call, message, style), NULL);
}

void call_send_typing(void *context, bool is_typing)
{
    struct call *call = context;
    if (call_has_msrp(call)) {
        call_msrp_send_typing(call, is_typing);
        return;
    }
    if (!call->messages.far_composes || call->messages.far_refuses)
        return;
    call->messages.typing = is_typing;
    wait_for_turn(call);
}

/* ---- in ---- */

struct reply call_message_reply(int error)
{
    struct reply reply;
    switch (-error) {
    case 0:
        return reply_make(200, "OK");
    case ENOSYS:
        return reply_make(403, "No Chat Here");
    case EPERM:
        return reply_make(403, "You May Not Write Here");
    case ENOTCONN:
        return reply_make(403, "Not In The Conference");
    case EHOSTUNREACH:
        return reply_make(480, "It Cannot Receive Messages");
    case EINVAL:
        return reply_make(400, "Bad Request: no text in it");
    case EMSGSIZE:
        return reply_make(413, "Message Too Long");
    case EAGAIN:
        reply = reply_make(503, "Too Many Messages");
        reply.retry_after_s = SLOW_DOWN_S;
        return reply;
    default:
        return reply_make(500, "Server Internal Error: out of memory");
    }
}

/* RFC 5438 section 7.2.1.1: the room has it. */
static void send_receipt(struct call *call, const struct cpim *asked)
{
    char host[SIP_HOST_BYTES], own[SIP_HOST_BYTES + ROOM_NAME_BYTES];
    struct slice id = asked->message_id;
    if (!asked->wants_delivered || !id.length || id.length > MOST_RECEIPT_ID_BYTES ||
        call->messages.count >= CALL_MESSAGE_MOST)
        return;
    ua_host(call->line, (const struct sockaddr *)&call->peer, host);
    snprintf(own, sizeof(own), "sip:%s@%s", room_name(participant_room(call->participant)),
             host);
    char *body = message_body_write_receipt(own, participant_info(call->participant)->uri, id);
    if (call_has_msrp(call)) {
        call_msrp_send_body(call, body);
        free(body);
    } else {
        queue(call, NULL, body);
    }
}

static void take_receipt(struct call *call, const struct imdn *imdn)
{
    char text[CHAT_ID_TEXT_BYTES];
    uint64_t id;
    if (imdn->status == IMDN_UNKNOWN || !slice_copy(imdn->message_id, text, sizeof(text)) ||
        chat_id_parse(text, &id) < 0)
        return;
    struct call_receipt *awaited = call->messages.awaited;
    for (unsigned i = 0; awaited && i < CALL_MESSAGE_AWAITED; i++) {
        if (awaited[i].id != id || !id)
            continue;
        awaited[i].id = 0;
        report(call, awaited[i].room, id,
               imdn->status == IMDN_FAILED ? CHAT_REFUSED : CHAT_DELIVERED);
    }
}

static void take_composing(struct call *call, const struct composing *composing)
{
    unsigned for_s = composing->refresh_s ? composing->refresh_s : ROOM_CHAT_MOST_TYPING_S;
    if (for_s < ROOM_CHAT_LEAST_TYPING_S)
        for_s = ROOM_CHAT_LEAST_TYPING_S;
    if (for_s > ROOM_CHAT_MOST_TYPING_S)
        for_s = ROOM_CHAT_MOST_TYPING_S;
    call->messages.far_composes = true; /* who says it understands it */
    room_chat_typing(call->participant, composing->is_active ? for_s : 0);
}

static int take_text(struct call *call, const struct message_body *body, struct participant *to)
{
    const struct room_chat_post post = {.from = call->participant,
                                        .to = to,
                                        .text = body->text.at,
                                        .length = body->text.length};
    int err = room_chat_post(participant_room(call->participant), &post, NULL);
    if (err == 0 && body->has_envelope)
        send_receipt(call, &body->envelope);
    return err;
}

/* The room shows its files to all: one that is for somebody only is none of them. */
static bool take_file(struct call *call, const struct file_notice *notice,
                      const struct participant *to, struct reply *reply)
{
    call->messages.far_has_files = true; /* who sends them shows them */
    if (to) {
        *reply = reply_make(403, "Files Are For All Here");
        return false;
    }
    *reply = notice_take(call->ua->config.rooms, notice, participant_room(call->participant),
                         &(struct notice_sender){.participant = call->participant});
    return reply->status == 200;
}

int call_take_body(struct call *call, const struct message_body *body, struct participant *to)
{
    if (body->kind == MESSAGE_BODY_COMPOSING)
        take_composing(call, &body->composing);
    else if (body->kind == MESSAGE_BODY_RECEIPT)
        take_receipt(call, &body->imdn);
    else
        return take_text(call, body, to);
    return 0;
}

/* Whom an envelope names, if it names one of our participants. @return 0; -EHOSTUNREACH: it is
 * gone. */
static int find_receiver(const struct call *call, const struct message_body *body,
                         struct participant **to)
{
    char id[PARTICIPANT_ID_BYTES];
    const struct slice uri = body->envelope.to_uri;
    *to = NULL;
    bool is_for_people = body->kind == MESSAGE_BODY_TEXT || body->kind == MESSAGE_BODY_FILE;
    if (!is_for_people || !body->has_envelope || !message_text_receiver(uri.at, uri.length, id))
        return 0;
    *to = room_find(participant_room(call->participant), id);
    return *to ? 0 : -EHOSTUNREACH;
}

bool call_take_message(struct call *call, const sip_t *sip, struct reply *reply)
{
    struct message_body read;
    struct seal_body body;
    *reply = reply_make(481, "Call Is Over");
    if (!call->participant || !seal_open(&call->seal, SEAL_MESSAGE, sip, &body, reply))
        return false;
    int err = message_body_read(body.type, body.content, &read);
    if (err < 0) {
        *reply = err == -ENOTSUP
                     ? seal_unsupported(&call->seal, SEAL_MESSAGE, "Unsupported Media Type")
                     : reply_make(400, "Bad Request: it is not what its type says");
        return false;
    }
    struct participant *to;
    err = find_receiver(call, &read, &to);
    if (err == 0 && read.kind == MESSAGE_BODY_FILE)
        return take_file(call, &read.file, to, reply);
    if (err == 0)
        err = call_take_body(call, &read, to);
    *reply = call_message_reply(err);
    return err == 0;
}

void call_on_message(struct call *call, const sip_t *sip)
{
    struct reply reply;
    if (!call_take_message(call, sip, &reply)) {
        reply_refuse_in_dialog(call->line, call->handle, &reply);
        return;
    }
    call->ua->stats.responses[2]++;
    nua_respond(call->handle, 200, "OK", NUTAG_WITH(ua_request(call->line)), TAG_END());
}

unsigned call_messages_waiting(const struct ua *ua)
{
    unsigned count = 0;
    for (const struct call *call = ua->calls; call; call = call->next)
        count += call->messages.count;
    return count;
}
