/*
 * offer_secrets.h - all that a stream of a dialog has of encryption, as long as it has any.
 *
 *   secrets = offer_secrets_copy(before);     before a body is read or made; it may be changed
 *   secrets = offer_secrets_trim(secrets);    once it is in force: most calls are plain
 *
 * Owner    the stream. NULL says the same as one without keys and without DTLS.
 * Thread   any; pure.
 */
#ifndef SERVER_SDP_OFFER_SECRETS_H
#define SERVER_SDP_OFFER_SECRETS_H

#include "server/sdp/offer_dtls.h"
#include "server/sdp/offer_keys.h"

struct offer_secrets {
    struct offer_keys keys; /* plain, or what it is encrypted with */
    struct offer_dtls dtls; /* ... or how keys are to be had       */
};

/** NULL: no memory. */
struct offer_secrets *offer_secrets_copy(const struct offer_secrets *from);

/** Frees it and returns NULL if there is nothing in it. */
struct offer_secrets *offer_secrets_trim(struct offer_secrets *secrets);

/** Neither keys nor DTLS from now on. */
void offer_secrets_drop(struct offer_secrets *secrets);

/** Leaves no trace of them in memory. NULL is allowed. */
void offer_secrets_destroy(struct offer_secrets *secrets);

#endif
