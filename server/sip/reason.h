/*
 * reason.h - why a call ended, in SIP's words and in the room's: tables, no state.
 *
 * Thread   any; pure.
 * Source   RFC 3326 (Reason), RFC 3261 section 21 (what a status means).
 */
#ifndef SERVER_SIP_REASON_H
#define SERVER_SIP_REASON_H

#include "server/room/participant.h"

#include <sofia-sip/sip.h>

enum { REASON_BYTES = 192 };

/** The Reason header of a BYE or CANCEL that we send for @p reason. A constant. */
const char *reason_header(enum participant_reason reason);

/** Writes one with a text of its own, of any bytes: those that a quoted string may not have as
 *  they are become spaces, what is too long is cut off. */
void reason_write(unsigned cause, const char *text, char out[REASON_BYTES]);

/** The text of the Reason, else of the Warning, that came in @p sip (NULL: none), without
 * quotes;
 *  "": it has none. */
void reason_read(const sip_t *sip, char out[REASON_BYTES]);

/** What a caller is answered whose call came to nothing for this @p reason. */
int reason_status(enum participant_reason reason);

/** What a final response 300..699 to our INVITE says of the called one. */
enum participant_reason reason_of_status(int status);

#endif
