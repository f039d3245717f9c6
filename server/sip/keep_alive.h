/*
 * keep_alive.h - what phones behind NAT send so that their way to us stays open, answered.
 *
 *   keep_alive_begin(gate);                       before the first nua: STUN on UDP sockets
 *   if (keep_alive_is_ping(ssl, header))          of a TLS record
 *       keep_alive_pong(ssl);                     later, outside of the stack
 *
 * UDP      STUN Binding requests get the address that they came from; indications are silent
 *          keep-alives by themselves. Without this the stack answers "600 Not Implemented",
 *          and a phone takes its flow for dead. Old phones ask without a magic cookie
 *          (classic_stun.h). What the flood gate refuses is dropped; it counts them alone.
 * TCP      the stack answers the double CRLF itself (TPTAG_PONG2PING).
 * TLS      the stack does not. It reads the record before anybody else could, so that its
 *          length has to do: a record of four bytes is a ping (nobody sends SIP in fours; if
 *          he does, the CRLF is between messages, where it means nothing).
 *
 * Thread   control.
 * Not      TLS 1.2 with CBC, whose records do not tell how long they are.
 * Source   RFC 5626 sections 3.5 and 4.4; RFC 8489 section 6.
 */
#ifndef SERVER_SIP_KEEP_ALIVE_H
#define SERVER_SIP_KEEP_ALIVE_H

#include "server/call/gate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

enum { KEEP_ALIVE_RECORD_HEADER = 5 };

/** Plugs our answers into the stack, for the life of the process; the last @p gate counts, and
 *  is borrowed. */
void keep_alive_begin(struct gate *gate);

/** The answer to a datagram that looks like STUN. @return its bytes in @p out; 0: none. */
size_t keep_alive_answer(const uint8_t *data, size_t length, const struct sockaddr *source,
                         uint8_t *out, size_t room);

/** @p header: of a record that came on a connection whose handshake is done. */
bool keep_alive_is_ping(const SSL *ssl, const uint8_t header[KEEP_ALIVE_RECORD_HEADER]);

/** Answers a ping, unless the connection is busy: then it is known to live anyway. */
void keep_alive_pong(SSL *ssl);

#endif
