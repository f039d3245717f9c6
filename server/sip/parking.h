/*
 * parking.h - a message whose body is S/MIME waits here until that is opened (seal_desk.h), and
 * then goes on as if it had come now.
 *
 *   if (parking_takes(line, event, handle, call, sip)) return;     ua_on_event() gets it again
 *   ...seal_open(): parking_opened(ua->parking)                    of the event at hand
 *
 * Order    Events of one dialog stay in order: what comes behind a message that waits, waits as
 *          well. Requests outside of dialogs are behind nobody; who sends the next one waits
 *          for the answer to the one before (RFC 3428 section 8).
 * CANCEL   takes its INVITE out, which was then never seen.
 * Ends     A dialog that ended meanwhile takes what still waits of it with it.
 * Limits   PARKING_MOST messages are opened or wait for it; what is more is not opened
 *          (-EBUSY), so it is refused with 503. PARKING_MOST_BEHIND requests wait behind
 *          others; what is more is refused at once. A source (gate.h) has one of
 *          PARKING_SHARES of each. What is no request that can be refused waits in any case:
 *          it has to come in order.
 *
 * Thread   control.
 * Source   RFC 3261 sections 9.2, 12.2.2, 23.
 */
#ifndef SERVER_SIP_PARKING_H
#define SERVER_SIP_PARKING_H

#include "server/sip/sip_internal.h"

struct account;
struct parking;

enum { PARKING_MOST = 256, PARKING_MOST_BEHIND = 1024, PARKING_SHARES = 4 };

/** @return NULL: no memory, or no threads. */
struct parking *parking_create(struct ua *ua);
/** What still waits goes: an INVITE that began a call is refused. NULL is allowed. */
void parking_destroy(struct parking *parking);

/** Whether the event is not to be handled now. @p call NULL: one of no dialog, which waits only
 *  behind an INVITE that does. */
bool parking_takes(struct ua_line *line, nua_event_t event, nua_handle_t *handle,
                   const struct call *call, const sip_t *sip);

/** The same of a request that begins a call, or is in none, and has passed the gate. @p account
 *  NULL: no password was asked for. */
bool parking_takes_new(struct ua_line *line, nua_handle_t *handle, const sip_t *sip,
                       const struct account *account);

/** Whether the event at hand is one that parking_takes_new() has taken. NULL is allowed. */
bool parking_is_back(const struct parking *parking);
/** Whose it then is. NULL: it was of none, or the account is gone. */
const struct account *parking_account(const struct parking *parking);

/** What was opened of the event at hand, or why not in *error. NULL of NULL. Borrowed for the
 *  event. */
const struct smime_opened *parking_opened(const struct parking *parking, int *error);

/** The message of the event at hand, if it had to wait. NULL: it had not. */
msg_t *parking_message(const struct parking *parking);

#endif
