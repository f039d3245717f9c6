/*
 * offer_keys.h - which keys one stream of a dialog has (SDES): answered, offered, accepted,
 * repeated.
 *
 *   the far end offers:   offer_keys_answer(&keys, &its_lines);
 *   we offer:             offer_keys_offer(&keys);     ...the far end answers...
 *                         offer_keys_accept(&keys, &its_lines);
 *   both                  offer_keys_write(&keys, &text);  keys.agreed goes into the plan
 *
 * Policy   The first line of an offer that we can use is taken. Ours is a new random key, and
 *          stays as long as the far end's is the same: a refresh, a hold, a changed codec touch
 *          neither, so counters and replay windows go on. If the far end has a new one, so have
 *          we: both begin anew. A key that was given up is never used again, since its counter
 *          is gone; so an offer that is repeated can only be answered as it was before. An MKI
 *          is sent where the far end's offer has one, of the same length.
 * Thread   any; pure, but for random keys.
 * Source   RFC 4568 sections 5 and 7.
 */
#ifndef SERVER_SDP_OFFER_KEYS_H
#define SERVER_SDP_OFFER_KEYS_H

#include "server/sdp/crypto_lines.h"

struct offer_keys {
    struct rtp_security agreed; /* all zero: plain            */
    struct crypto_lines said;   /* what our last body has     */
};

/** Plain from now on. */
void offer_keys_drop(struct offer_keys *keys);

/** @p theirs has no line: plain. */
void offer_keys_answer(struct offer_keys *keys, const struct crypto_lines *theirs);

/** What is agreed already comes first, with its key. */
void offer_keys_offer(struct offer_keys *keys);

/** @p answer has no line: plain. @return 0; -ENOTSUP: it takes what was not offered. */
int offer_keys_accept(struct offer_keys *keys, const struct crypto_lines *answer);

void offer_keys_write(const struct offer_keys *keys, struct text *text);

#endif
