/*
 * call_message.h - the chat of a room for who is in it by a call: MESSAGEs that come, and those
 * that go out, in the dialog.
 *
 *   link.send_message(call, message)       queued
 *   call_on_message_response(call, 200)    the next
 *
 * One is in flight in each call, and of all calls' some are sent at a time, so that a line to a
 * room of hundreds is no burst.
 *
 * What a phone gets is plain text with the writer's name in front, or an envelope
 * (message/cpim) if it says that it takes them. A line that tells of a file goes as a notice
 * (file_notice.h) to who says so, has sent one, or is a Linphone; who answers 415 to it gets
 * the text, from then on at once. Over UDP a long text goes in parts. What comes back is
 * counted: 2xx is delivered; 202 to an envelope is not yet, it waits for the receipt (IMDN).
 *
 * The stack sends one request but INVITE in a dialog at a time; a BYE goes past a MESSAGE that
 * is not answered (call_farewell()).
 *
 * Thread   control.
 * Source   RFC 3428 sections 4, 7, 8; RFC 3862; RFC 3994; RFC 5438.
 */
#ifndef SERVER_SIP_CALL_MESSAGE_H
#define SERVER_SIP_CALL_MESSAGE_H

#include "server/body/message_body.h"
#include "server/loop/loop.h"
#include "server/room/chat.h"
#include "server/room/room.h"
#include "server/sip/message_text.h"
#include "server/sip/reply.h"
#include "server/sip/sip_internal.h"

#include <stdbool.h>
#include <stdint.h>

enum { CALL_MESSAGE_MOST = 64, CALL_MESSAGE_AWAITED = 8 };

struct call_message;

/** Of what was taken by 202: it has still to come. */
struct call_receipt {
    uint64_t id; /* of the message; 0: none */
    char room[ROOM_NAME_BYTES];
};

/** The messages of one call. Zeroed: none. */
struct call_messages {
    struct call_message *first, *last; /* to be sent, owned                     */
    unsigned count;
    bool in_flight; /* the first, or that we type; its answer is awaited, even when all is over
                     */
    bool typing_is_sent; /* it is that which is in flight                           */
    bool is_waiting;     /* for its turn among all calls                            */
    struct call *next;   /* that waits                                              */
    bool far_has, far_refuses, far_has_envelopes, far_composes; /* what it knows, so far */
    bool far_has_files, far_refuses_files;                      /* file_notice.h, too    */
    bool is_stream;                                             /* TCP or TLS          */
    bool typing, typing_told;                                   /* as it is, as it knows */
    struct call_receipt *awaited; /* [CALL_MESSAGE_AWAITED], owned; NULL: none was yet   */
};

/** How the far end says that it takes messages: its Allow and Accept. */
void call_note_messages(struct call *call, const sip_t *sip);

/** A MESSAGE in its dialog: answers it. */
void call_on_message(struct call *call, const sip_t *sip);
/** The same of one that came outside of it. @return false: *reply says why not; else 200. */
bool call_take_message(struct call *call, const sip_t *sip, struct reply *reply);
/** Why a room does not take a line: 0 is 200. */
struct reply call_message_reply(int error);

/** Takes in what a message of its far end has brought, by whatever way: a line for all or, if
 *  @p to is not NULL, for one. @return 0; room_chat_post()'s errors. */
int call_take_body(struct call *call, const struct message_body *body, struct participant *to);

/** The line in that style, as it was made for others before, if it was. Held. NULL: no memory.
 */
struct message_text *call_message_text(struct call *call, const struct chat_message *message,
                                       enum message_style style);

/** participant_link's functions. */
int call_send_message(void *call, const struct chat_message *message);
bool call_takes_messages(const void *call);
void call_send_typing(void *call, bool is_typing);

/** The response to one of ours. */
void call_on_message_response(struct call *call, int status);
/** It is connected: what waited for that may go. */
void call_messages_begin(struct call *call);
/** It is over: what did not get through is told so. */
void call_messages_end(struct call *call);

/** Of all calls. */
unsigned call_messages_waiting(const struct ua *ua);

/** The queue of all calls ends. */
void call_messages_finish(struct ua *ua);

#endif
