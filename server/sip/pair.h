/*
 * pair.h - a call to an account: who calls and whom it reaches, in a room of their own.
 *
 *   pair_begin(call, account, &room)   a room for the two
 *   pair_call(call, ...)               all phones of the account ring; the caller hears ringing
 *
 * The caller's INVITE is answered when the first phone is; until then it is 180, or 183 with
 * our SDP once there is early media of who is called (call_fork.h: of which phone): the caller
 * hears it in the room, by our mixer, and says nothing. What the phones say if none takes it is
 * what the caller is answered: 486, 603, 480 and so on. The room has a name that nobody guesses
 * and no PIN, and ends when one of the two leaves; if others were called into it, it goes on
 * until one is left.
 *
 * Owner    the ua; a pair ends with its room.
 * Thread   control.
 * Source   RFC 3261 section 16.7 (which answer of several counts).
 */
#ifndef SERVER_SIP_PAIR_H
#define SERVER_SIP_PAIR_H

#include "server/room/room_list.h"
#include "server/sip/sip_internal.h"

struct account;
struct call;
struct leg_plan;
struct video_plans;

/** True if @p room is a pair's. */
bool pair_has(const struct ua *ua, const struct room *room);

/** What happens in any room. */
void pair_on_room_event(struct ua *ua, const struct room_event *event);

/** Forgets all, for ua_destroy(). */
void pair_cut_all(struct ua *ua);

/** Makes the room. @return 0; -EHOSTDOWN: no phone of the account is registered; what
 *  room_list_open() says. */
int pair_open_room(struct ua *ua, const struct account *account, struct room **room);

/** What the caller is answered with once a phone has answered. */
struct pair_answer {
    const char *called;          /* the number by which the account was called; "": by none */
    bool hides_history;          /* the caller wants it */
    bool takes_100rel;           /* it, too             */
    const struct leg_plan *plan; /* copied; NULL: its answer comes in ACK or PRACK */
    const struct video_plans *video;
    const char *sdp; /* copied; NULL: it was sent already, in a reliable 180  */
};

/** Calls the phones of @p account for @p call, which is in the room and not answered yet.
 *  @return 0 and the rest follows; room_dial()'s errors; -ENOMEM. */
int pair_begin(struct call *call, const struct account *account,
               const struct pair_answer *answer);

/** Who calls in the room of a pair, and waits to be answered. NULL: nobody does, or it is
 * none's.
 */
struct participant *pair_caller(const struct ua *ua, const struct room *room);

/** The caller of the pair in @p room goes to @p to instead, through its door, and is answered
 * there. Whom it has called is the caller of this function's matter.
 * @return 0; -EAGAIN: not before its PRACK is here; -ENOENT: nobody waits; -EACCES: the door,
 * or what @p to says of media, does not let it in. */
int pair_forward(struct ua *ua, struct room *room, struct room *to);

/** @p call is to be answered when a phone is: what its PRACK brings has to wait. */
bool pair_waits(const struct call *call);

/** The caller has acknowledged our reliable 180 or 183. @return true: its answer is this pair's
 * matter, which comes when a phone answers. */
bool pair_on_prack(struct call *call);

#endif
