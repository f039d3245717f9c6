/*
 * call_beside.h - a number of the outside that rings while the phones of an account do: a call
 * of its own, by a trunk, with its own offer, its own participant and so its own call record.
 *
 *   call_beside_begin(call, onward, account)    rings beside the phones of `call`
 *   call_beside_rings(call)                     the phones are not the last that ring
 *   call_beside_end(call, reason)               none of them is to ring any more
 *   call_beside_over(call, reason)              it has not answered: the other learns so
 *                                               (call_internal.h has these two)
 *
 * Both are of one group of their room: who comes in first ends the others (room.h), by CANCEL
 * or, if a 200 was on its way, by ACK and BYE. Who is called in vain counts as a phone of the
 * account: it is over when nobody rings any more, or when one declines.
 *
 * Owner    calls, as any; the one beside knows the other until either ends.
 * Thread   control.
 * Source   RFC 3261 sections 13.2.2.4 (several answer) and 16.7 (steps 5 and 6: what counts).
 */
#ifndef SERVER_SIP_CALL_BESIDE_H
#define SERVER_SIP_CALL_BESIDE_H

#include "server/sip/call_fork.h"

/** In whose behalf a call is dialled: room_dial's. All borrowed. */
struct call_behalf {
    struct call *call;                /* whose phones ring         */
    const struct call_sender *sender; /* who has sent it on        */
    const struct account *account;    /* the same, at whose expense */
};

/** Calls the number of @p onward. @return 0; -EALREADY: it rings there; room_dial()'s errors. */
int call_beside_begin(struct call *call, const struct call_onward *onward,
                      const struct account *account);

/** Before @p call, which is new, is sent: notes beside whom it rings, and who has sent it on.
 * @return 0 or -ENOMEM. */
int call_beside_note(struct call *call, const struct call_behalf *behalf);

bool call_beside_rings(const struct call *call);
/** Who calls hears the first of them that has early media, if nobody else is heard. */
void call_beside_hear(struct call *call);

#endif
