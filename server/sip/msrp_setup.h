/*
 * msrp_setup.h - what all sections for MSRP of a call have in common, chats and files: whether
 * there may be one, who connects, and where.
 *
 *   if (msrp_setup_is_possible(call, section) &&
 *       msrp_setup_far_end(call, section, ours, &far_end))
 *       ...msrp_session_connect(session, &far_end), msrp_setup_write()...
 *
 * Where we have to connect (a=setup:passive) we do so to the address of the path or, for
 * a=msrp-cema and for paths with names, that of c= and m=; but not to one that is not public
 * for who has called us from the public Internet.
 *
 * Thread   control.
 * Source   RFC 4975 section 8; RFC 6135; RFC 6714 section 5.
 */
#ifndef SERVER_SIP_MSRP_SETUP_H
#define SERVER_SIP_MSRP_SETUP_H

#include "server/msrp/msrp_service.h"
#include "server/sdp/message_section.h"
#include "server/sdp/offer.h"
#include "server/sdp/text.h"

#include <stdbool.h>

struct call;
struct ua;

/** We have such a port, and the room has nothing against it. */
bool msrp_setup_is_possible(const struct call *call, const struct message_section *section);
/** @return false: we would have to connect to where we must not, or cannot. */
bool msrp_setup_far_end(const struct call *call, const struct message_section *section,
                        enum setup ours, struct msrp_far_end *far_end);
/** To what we can, as OPTIONS asks for it (RFC 5547 section 8.5): a section that is for
 * nothing. */
void msrp_setup_add_capability(const struct ua *ua, struct offer_local *local);
/** Who connects, and our fingerprint. */
void msrp_setup_write(const struct call *call, const struct message_section *section,
                      enum setup ours, struct text *text);

#endif
