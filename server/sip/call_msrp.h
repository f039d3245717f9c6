/*
 * call_msrp.h - the chat of a room for a call that has a session of MSRP (m=message): a switch
 * of RFC 7701.
 *
 *   they offer:  call_msrp_answer(call, offer, dialled, &local);   offer_answer(...);
 *   we offer:    call_msrp_offer(call, &local);   offer_make(...);  ...
 *                call_msrp_accept(call, answer);  offer_accept(...);
 *   both:        call_msrp_commit(call), beside offer_commit(); or call_msrp_withdraw(call)
 *
 * Of the sections of an offer the first that is for a chat is taken: messages have to be in
 * envelopes (message/cpim). The others are refused, but for files (call_file.h). In a room
 * that wants media encrypted it has to be TCP/TLS/MSRP. Our own first offers have one only if
 * who dials asks for it: there are phones that refuse all of an offer for a section that they
 * do not know.
 *
 * Who has such a session gets no MESSAGE: lines of the room come by it, each in an envelope
 * from the writer's URI at us, which is also whom to write to privately. What he writes:
 * call_chat.h.
 *
 * Thread   control.
 * Source   RFC 7701; RFC 4975 section 8.
 */
#ifndef SERVER_SIP_CALL_MSRP_H
#define SERVER_SIP_CALL_MSRP_H

#include "server/msrp/msrp_service.h"
#include "server/room/chat.h"
#include "server/sdp/offer.h"

#include <stdbool.h>

struct call;
struct call_msrp;

/** Adds what we answer to the first chat in @p offer to @p local. @p dialled is the user part
 *  by which the far end knows the room, beside its name; "": none. */
void call_msrp_answer(struct call *call, const struct offer *offer, const char *dialled,
                      struct offer_local *local);
/** Adds what there is or, to a first offer of a call that offers_chat, a new one. */
void call_msrp_offer(struct call *call, struct offer_local *local);
/** The answer to that: what it refuses ends with call_msrp_commit(). @return whether there is a
 *  chat. */
bool call_msrp_accept(struct call *call, const struct offer *answer);

void call_msrp_commit(struct call *call);
void call_msrp_withdraw(struct call *call);
/** Its participant is going. */
void call_msrp_end(struct call *call);

bool call_has_msrp(const struct call *call);
/** What we offer is over TLS: as the chat that there is, or where it has to be. */
bool call_msrp_offers_tls(const struct call *call);
bool call_msrp_takes_private(const struct call *call);
/** @return 0; -ENOBUFS, -ENOMEM. */
int call_msrp_send(struct call *call, const struct chat_message *message);
/** An envelope whose fate is of no interest. */
void call_msrp_send_body(struct call *call, const char *envelope);
void call_msrp_send_typing(struct call *call, bool is_typing);

#endif
