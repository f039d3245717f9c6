/*
 * trunk_in.h - calls that come by a trunk: by which, where their number leads, and who calls.
 *
 *   struct trunk *trunk = trunk_in_find(line, sip);       NULL: by none, so it has to log in
 *   trunk_in_destination(ua, trunk, sip, &to);
 *   trunk_in_caller(trunk, sip, name, uri);
 *
 * A call comes by a trunk if its source is in the trunk's networks and it is of no phone of
 * ours (trunk_overlap.h), or if it is for the user part that we have registered at the
 * provider, which nobody else knows. Its number is rewritten to E.164 and looked up
 * (number_list.h); a number that leads nowhere may still be the name of a room that there
 * is. No room is made for a call by a trunk but one that a number names.
 *
 * Thread   control. Nothing is made or changed.
 * Source   RFC 3261 section 10, RFC 3325 section 9.1 (P-Asserted-Identity of whom we trust),
 *          RFC 3323 section 4.2 (who calls is not told), RFC 5806, RFC 7044 (who has sent it
 *          on).
 */
#ifndef SERVER_SIP_TRUNK_IN_H
#define SERVER_SIP_TRUNK_IN_H

#include "server/sip/destination.h"
#include "server/sip/sip_internal.h"
#include "server/trunk/trunk_list.h"

struct trunk *trunk_in_find(const struct ua_line *line, const sip_t *sip);

void trunk_in_destination(const struct ua *ua, const struct trunk *trunk, const sip_t *sip,
                          struct destination *to);

/** Name and URI of who calls, as they may be shown: "tel:+493012345", or anonymous. */
void trunk_in_caller(const struct trunk *trunk, const sip_t *sip,
                     char name[PARTICIPANT_NAME_BYTES], char uri[PARTICIPANT_URI_BYTES]);

/** Who has sent the call on to us, as far as it is told, as attributes: "diverted_by", the last
 *  of them, with its "diversion_reason"; "first_called", the first of them; "diversions", how
 *  many there were. */
void trunk_in_diversions(const struct trunk *trunk, const sip_t *sip,
                         struct attributes *attributes);

#endif
