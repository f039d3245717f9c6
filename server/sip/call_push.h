/*
 * call_push.h - files of the room that a call sends to its far end unasked: a re-INVITE offers
 * them (m=message, sendonly), and another one closes what is over.
 *
 *   link.takes_files = call_push_takes;
 *   link.send_files = call_push_look;         the room has one, or wants one no more
 *   call_push_on_answered(call);  call_push_on_refused(call, status)     the re-INVITE's end
 *
 * One re-INVITE at a time, for all that waits: CALL_FILES_MOST of them go at once, the others
 * behind them. Where two offers have met (491), or the far end is busy with something else, it
 * is tried again a little later, PUSH_TRIES times. Who refuses all of the offer, or was never
 * seen to know files and refuses one, is called once more, for that alone (call_courier.h), and
 * for those that follow; else he has declined. The call goes on as it was.
 *
 * One that breaks off, its call being up, is offered again as a transfer of its own, behind
 * what the far end has said to have (a=file-range), a little later each time, up to
 * ROOM_OFFER_TRIES. Who does not repeat the range, or declines it, is offered it whole.
 *
 * Thread   control.
 * Source   RFC 5547 sections 7, 8; RFC 3261 section 14.1.
 */
#ifndef SERVER_SIP_CALL_PUSH_H
#define SERVER_SIP_CALL_PUSH_H

#include "server/loop/loop.h"
#include "server/room/participant.h"

#include <stdbool.h>

struct call;
struct call_courier;

/** Of one call. Zeroed: nothing was sent yet. */
struct call_push {
    struct loop_timer look, progress;
    bool is_asking;               /* our re-INVITE is not answered yet */
    bool has_closed;              /* something, and the far end was not told yet */
    bool knows_files;             /* the far end has offered or taken one */
    bool goes_alone;              /* it takes them in calls of their own */
    struct call_courier *courier; /* owned; NULL: there is no such call */
    unsigned tries;
};

enum participant_files call_push_takes(const void *call);
/** At the next turn of the loop, or as soon as may be. */
void call_push_look(void *call);
void call_push_on_answered(struct call *call);
/** @return false: it was not for a file. */
bool call_push_on_refused(struct call *call, int status);
void call_push_stop(struct call *call);

#endif
