/*
 * classic_stun.h - binding requests as old phones send them: STUN of RFC 3489, without a magic
 * cookie.
 *
 *   bytes = classic_stun_answer(data, length, source, out, sizeof(out));      0: it is none
 *
 * The answer has the address that the request came from as it is (MAPPED-ADDRESS), and nothing
 * of other addresses: who asks to be answered from one (CHANGE-REQUEST), or at another
 * (RESPONSE-ADDRESS), is told that this is not known (420). Credentials are not looked at.
 *
 * Thread   any; pure.
 * Source   RFC 3489 sections 8.1, 11; RFC 5389 section 12.2.
 */
#ifndef SERVER_SIP_CLASSIC_STUN_H
#define SERVER_SIP_CLASSIC_STUN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { CLASSIC_STUN_ANSWER_BYTES = 64 };

/** @return the bytes of the answer in @p out, at most CLASSIC_STUN_ANSWER_BYTES; 0: @p data is
 *  no such request, or @p room is too small. */
size_t classic_stun_answer(const uint8_t *data, size_t length, const struct sockaddr *source,
                           uint8_t *out, size_t room);

#endif
