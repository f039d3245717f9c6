/*
 * nonce.h - numbers used once: made without state, proved by a MAC, and counted once used.
 *
 *   nonce_make(box, source, now_ns, text);                   into the challenge
 *   switch (nonce_judge(box, text, length, source, now_ns))
 *   nonce_use(box, text, count, now_ns)                      only after the password was right
 *
 * A nonce is the time, a random number, and a MAC over both and the source's address with a
 * secret of this process: nobody can make one, and one is good only where it was sent. (So a
 * forged sender cannot have others banned: he has never seen a nonce for them.) A restart
 * makes all foreign.
 *
 * Counts (nc) rise strictly. Used nonces are kept in a table of fixed size; what a full set of
 * it forgets moves a line in time, before which no nonce is believed that is not in the table:
 * nothing that was used can be used again.
 *
 * Shape    a source is an IPv4 address or an IPv6 /64.
 * Thread   control; pure but for the secret, time is given.
 * Source   RFC 7616 sections 3.3, 3.4 and 5.4; RFC 2104 (HMAC).
 */
#ifndef SERVER_CALL_NONCE_H
#define SERVER_CALL_NONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { NONCE_BYTES = 65, NONCE_LIFE_S = 300 };

struct nonce_box;

enum nonce_verdict {
    NONCE_FRESH,   /* ours, for this source                                     */
    NONCE_EXPIRED, /* was                                                       */
    NONCE_FOREIGN, /* not ours, or of another source or start: nothing is known */
};

/** A table for @p most nonces that are used within NONCE_LIFE_S, 24 bytes each. With more than
 *  that, callers whose nonce is old or slow on its way are asked again (stale). @return NULL:
 * no memory. */
struct nonce_box *nonce_box_create(unsigned most);
void nonce_box_destroy(struct nonce_box *box); /* NULL is allowed */

/** Writes a new one: 64 hexadecimal digits. */
void nonce_make(struct nonce_box *box, const struct sockaddr *source, int64_t now_ns,
                char out[NONCE_BYTES]);

enum nonce_verdict nonce_judge(const struct nonce_box *box, const char *text, size_t length,
                               const struct sockaddr *source, int64_t now_ns);

/** Uses a fresh nonce for the @p count-th time. @return false: that count was used, or may have
 *  been. */
bool nonce_use(struct nonce_box *box, const char *text, uint32_t count, int64_t now_ns);

#endif
