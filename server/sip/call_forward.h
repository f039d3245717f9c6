/*
 * call_forward.h - a call to an account that goes on elsewhere: because a phone has said 3xx,
 * or because the account is set so.
 *
 *   call_forward_begin(call, hop, account)          its phones are about to ring
 *   call_forward_note(call, hop, status, sip)       a 3xx of one of them
 *   call_forward_next(call)                         nobody rings any more: on, or it is over
 *
 * Other accounts ring beside the phones that ring already. A room and a number of the outside
 * wait until none does: the room takes the caller instead (pair.h), the number is called by a
 * trunk in place of the phones, with an offer as that trunk wants it; or beside them, if the
 * account is set so (call_beside.h).
 *
 * Each account is called once, so circles end; sip.max_redirects is how often a call goes on,
 * counted with what those say who have sent it to us. Who does not say is told by how many
 * calls of an account ring at one number of the outside.
 *
 * Thread   control.
 * Source   RFC 3261 sections 16.5 and 16.7 (steps 4 to 6); RFC 5806; RFC 7044.
 */
#ifndef SERVER_SIP_CALL_FORWARD_H
#define SERVER_SIP_CALL_FORWARD_H

#include "server/sip/call_fork.h"

/** Notes where a phone of @p hop wants the call to go on to, as far as its account may, and
 *  calls the accounts among it at once. */
void call_forward_note(struct call *call, unsigned hop, int status, const sip_t *sip);

/** The account of @p hop is called now: what is set for it begins. @return true: its phones are
 * not to ring. */
bool call_forward_begin(struct call *call, unsigned hop, const struct account *account);

/** Goes on at the loop's next turn. */
void call_forward_soon(struct call *call);

/** All who have sent the call on, @p sender the last. */
void call_forward_list(const struct call *call, const struct call_sender *sender,
                       struct diversion_list *list);

/** Notes, for the API and the call record of @p participant, who has sent the call to @p to. */
void call_forward_note_sender(const struct call *call, struct participant *participant,
                              const struct call_sender *sender, const char *to);

/** A phone of @p hop has answered: who has sent the call there is noted with its participant.
 */
void call_forward_answered(struct call *call, unsigned hop);

/** Goes on to the next place that takes the call. @return true: it rings there, or the caller
 *  is in a room now. */
bool call_forward_next(struct call *call);

/** Nobody has answered in time. @return true: it has gone on. */
bool call_forward_on_time(struct call *call);

#endif
