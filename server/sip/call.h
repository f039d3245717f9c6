/*
 * call.h - one dialog: an INVITE that came in, or one that we sent, and all that follows.
 *
 *   answering   call_invite(): offer read, room_admit(), participant_open_leg(), answer, 200;
 *               ACK. Without offer: 200 with ours, the answer comes in the ACK.
 *   dialling    call_dial(), by room_dialer: INVITE with our offer, 180, 200, ACK.
 *   both        call_on_*(): re-INVITE, UPDATE, INFO (digits, key frames), BYE, session timer,
 *               the end.
 *
 * Early media, by a trunk that has it (RFC 3960): media before the answer, one way.
 *
 *   answering   who has to wait in the lobby gets 183 with our answer, by 100rel if he has it,
 *               or with our offer, if he has that and has made none, and hears the lobby; 200
 *               comes when the room lets him in, or when he has waited for the trunk's
 *               early_limit_s. Who is not let into a room hears why in the same way, where
 *               nobody is, and then gets the refusal. PINs and numbers are asked for after the
 *               200: few networks let keys through before.
 *   dialling    the SDP of a 1xx is heard by the room as the voice of the called one, who hears
 *               nothing of the room, and is not in. The newest that can be used counts,
 *               whichever phone it is of; nothing is settled by it, so that the 200 may be
 *               another's, but by a reliable one (RFC 3262): then the far end may offer anew by
 *               UPDATE, and the 200 only connects. Of the phones of an account, see call_fork.h
 *               and pair.h.
 *
 * Ends     its participant ends before it or with it, never after: participant_left() if the
 *          far end or the stack ended it; link->hang_up() if the room did. The call then lives
 *          on, alone, until its BYE or CANCEL is answered, and is freed from a timer, so that
 *          no caller of hang_up ever stands on freed ground.
 * Thread   control.
 * Source   RFC 3261 sections 9, 12-15; 3262 (100rel); 3264; 3311 (UPDATE); 3960 (early
 *          media); 4028 (session timer); 5168 and 6086 (INFO).
 */
#ifndef SERVER_SIP_CALL_H
#define SERVER_SIP_CALL_H

#include "server/sip/sip_internal.h"

struct account;
struct call;
struct trunk;

/** Who a caller is: borrowed for the call of call_invite(). Both NULL: nobody was asked. */
struct call_origin {
    const struct account *account; /* whose password he has shown */
    struct trunk *trunk;           /* by which he comes           */
};

/** A new INVITE, past the gate: answers or refuses it. */
void call_invite(struct ua_line *line, nua_handle_t *handle, const sip_t *sip,
                 const struct call_origin *origin);

/** Begins a call for @p participant: struct room_dialer's function, @p ua being its context. */
int call_dial(void *ua, struct participant *participant, const struct room_dial *request);

/** Gives up the calls that wait for an answer over a TLS connection to @p peer that has ended,
 *  for the name @p said (NULL: none): struct secure_config's function, @p ua being its context.
 *  Of hosts whose place is not known only that name, or the only one that can be meant. */
void call_on_tls_ended(void *ua, const struct sockaddr *peer, const char *said);

/** Tells for which name a TLS connection to @p peer is, by the calls that wait for one
 *  (server_name.h): struct secure_config's function, @p ua being its context. */
bool call_tls_name(void *ua, const struct sockaddr *peer, char name[SERVER_NAME_BYTES]);

/** Whether a call waits for a connection to @p peer whose name @p certificate has not: the
 *  same. */
bool call_tls_is_for_other(void *ua, const struct sockaddr *peer, X509 *certificate);

/** 100 Trying came for the INVITE of that Call-ID: its gateway is at work. */
void call_on_trying(struct ua *ua, const char *call_id);

/** What the stack reports of a dialog. @p sip may be NULL. */
void call_on_event(struct call *call, nua_handle_t *handle, nua_event_t event, int status,
                   const char *phrase, const sip_t *sip, tagi_t tags[]);

/** Our Contact in its dialog. Borrowed. */
const char *call_contact(const struct call *call);

/** Ends every call at once, for ua_destroy(). */
void call_cut_all(struct ua *ua);

#endif
