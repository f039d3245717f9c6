/*
 * credentials.h - headers of digest authentication as the stack has them: read, and our answer
 * to the challenges of a 401 or 407.
 *
 * Of several the best is taken that we can: SHA-256 before MD5 (RFC 8760 section 2.4).
 *
 * Thread   control.
 * Source   RFC 3261 section 22, RFC 7616, RFC 8760.
 */
#ifndef SERVER_SIP_CREDENTIALS_H
#define SERVER_SIP_CREDENTIALS_H

#include "server/call/digest.h"
#include "server/trunk/trunk_list.h"

#include <sofia-sip/sip.h>

/** Puts a header together again that the stack has cut into fields, for a reader that counts.
 *  @return false: too long. */
bool credentials_join(const msg_auth_t *header, char out[DIGEST_MOST_BYTES]);

/** With the name and the password of @p trunk. @return 0 and @p out; -ENOENT: nothing there
 * that we can answer, or there is no password; digest_answer()'s. */
int credentials_write(const struct trunk *trunk, const msg_auth_t *challenges,
                      const char *method, const char *uri, char out[DIGEST_ANSWER_BYTES]);

#endif
