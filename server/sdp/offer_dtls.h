/*
 * offer_dtls.h - the DTLS and the ICE of one stream of a dialog, from one offer to the next.
 *
 *   the far end offers:   offer_dtls_answer(&dtls, section);   offer_dtls_write(&dtls, ...);
 *   we offer first:       offer_dtls_begin(&dtls, has_ice);   and as again
 *   we offer again:       offer_dtls_offer(&dtls);             offer_dtls_write(&dtls, ...);
 *   the far end answers:  offer_dtls_accept(&dtls, section);
 *   ...a handshake is made, or changed, as dtls.remote, .local, .remote_ice say...
 *
 * Policy   a role that is agreed on stays as long as the far end leaves the choice to us. Our
 *          credentials stay as long as those of the far end do: new ones are an ICE restart,
 *          answered with new ones. ICE is used where the far end has it and is no lite agent.
 * Thread   any; pure, but for random credentials.
 * Source   RFC 5763 section 5, RFC 8842 section 5 (roles), RFC 8839 sections 4.2 and 4.4
 *          (answers of a lite agent, restarts).
 */
#ifndef SERVER_SDP_OFFER_DTLS_H
#define SERVER_SDP_OFFER_DTLS_H

#include "server/sdp/media_section.h"
#include "server/sdp/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { OFFER_DTLS_BYTES = 1024 }; /* at most, of the lines that we write for a stream */

/** All zero: none. */
struct offer_dtls {
    bool is_used;
    enum setup setup;               /* ours, as the last body has it               */
    struct handshake_remote remote; /* our role, their fingerprints                */
    bool has_ice;
    struct ice_credentials local, remote_ice; /* with ICE                          */
};

/** None from now on. */
void offer_dtls_drop(struct offer_dtls *dtls);

/** @p theirs has DTLS, and a setup that can be answered. */
void offer_dtls_answer(struct offer_dtls *dtls, const struct media_section *theirs);

/** We offer it first: who it is with is not known yet. */
void offer_dtls_begin(struct offer_dtls *dtls, bool has_ice);

/** Says the same again, and leaves the roles to the far end. */
void offer_dtls_offer(struct offer_dtls *dtls);

/** @return 0; -ENOTSUP: the far end's setup is no answer. */
int offer_dtls_accept(struct offer_dtls *dtls, const struct media_section *theirs);

/** Its lines, and those of @p candidates if there is ICE. */
void offer_dtls_write_all(const struct offer_dtls *dtls, const struct dtls_fingerprint *ours,
                          const struct ice_candidate *candidates, unsigned count,
                          struct text *text);

/** The same with one candidate: @p address, a literal, and @p port. */
void offer_dtls_write(const struct offer_dtls *dtls, const struct dtls_fingerprint *ours,
                      const char *address, uint16_t port, struct text *text);

#endif
