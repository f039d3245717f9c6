/*
 * privacy.h - what the sender of a request or response does not want to be told.
 *
 * Thread   control; pure.
 * Source   RFC 3323 section 4.2, RFC 3325 section 9.3 (id), RFC 7044 section 10.1.2 (history).
 */
#ifndef SERVER_SIP_PRIVACY_H
#define SERVER_SIP_PRIVACY_H

#include "server/sip/sip_internal.h"

/** Who calls. */
bool privacy_hides_caller(const sip_t *sip);

/** Who has sent it on. */
bool privacy_hides_history(const sip_t *sip);

#endif
