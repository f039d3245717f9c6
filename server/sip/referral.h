/*
 * referral.h - REFER: a caller asks us to call somebody into the room, or to send him away.
 *
 *   referral_take(line, handle, call, sip, tags);    in @p call's dialog; NULL: past the gate
 *
 *   Refer-To: <sip:bob@example.com>               is called into the room; a blind transfer, if
 *                                                 who asks hangs up then
 *   Refer-To: <sip:bob@example.com;method=BYE>    leaves the room
 *   Refer-To: <sip:bob@example.com?Replaces=...>  attended transfer: with a dialog of ours
 *                                                 both rooms join, another's is handed on
 *   Refer-To: <cid:1@example.com>                 the list in the body: each entry as if it
 *                                                 had come alone, unless all are refused
 *
 * May      a moderator; of a pair (pair.h) whoever has an account; oneself may be sent away by
 *          oneself. All others, and who is in no room: 403. What may be dialled is the dial
 *          rules' matter, as for the API. Any other header in Refer-To is refused: it would be
 *          us who say it.
 * Tells    NOTIFY with the status line (message/sipfrag): 100, 180, and the final one; who is
 *          not there is a final 404, as a refusal with 404 would end the call that asks. With
 *          Refer-Sub: false nothing, if it is under way. Of a list nothing: the events of
 *          the room do (room_dialled; for phones subscription.h).
 * Thread   control.
 * Source   RFC 3515, RFC 4488, RFC 4579 sections 5.5 to 5.9, RFC 3891, RFC 5589, RFC 3420,
 *          RFC 5368.
 */
#ifndef SERVER_SIP_REFERRAL_H
#define SERVER_SIP_REFERRAL_H

#include "server/room/room_event.h"
#include "server/sip/sip_internal.h"

enum { REFERRAL_MOST = 500 };

struct call;
struct referral;

void referral_take(struct ua_line *line, nua_handle_t *handle, struct call *call,
                   const sip_t *sip, tagi_t tags[]);

/** The response to a NOTIFY. @return false: @p handle is no referral's. */
bool referral_on_notified(struct ua *ua, nua_handle_t *handle, int status);

/** Whether a NOTIFY in the dialog of @p handle has no answer yet. */
bool referral_is_unanswered(const struct ua *ua, const nua_handle_t *handle);

void referral_on_room_event(struct ua *ua, const struct room_event *event);

/** The dialog of @p handle ends: nobody is told any more. */
void referral_drop(struct ua *ua, nua_handle_t *handle);
void referral_cut_all(struct ua *ua);

#endif
