/*
 * offer_body.h - writes our SDP bodies, offers and answers alike.
 *
 * Thread   control; pure.
 * Errors   NULL: no memory.
 * Source   RFC 8866 section 5; a refused section: RFC 3264 section 6.
 */
#ifndef SERVER_SIP_OFFER_BODY_H
#define SERVER_SIP_OFFER_BODY_H

#include "server/sip/description.h"
#include "server/sip/offer.h"

struct offer_body {
    const struct offer_local *local;
    const struct offer_session *session; /* listed, extmap, direction, protocol, sections */
    const struct audio_section *far;     /* what this answers; NULL: our own offer  */
    struct slice timing;                 /* of t=                                 */
    unsigned ptime_ms;
    bool rtcp_mux;
};

/** All from behind the version of o=. @return owned by the caller. */
char *offer_body_write(const struct offer_body *body);

/** The whole body. @return owned by the caller. */
char *offer_body_whole(uint64_t id, uint64_t version, const char *sent);

/** The m= lines of @p offered but the one of @p audio_index, refused with port 0; *audio_at is
 *  where that one belongs. @return owned by the caller. */
char *offer_body_refusals(const struct description *offered, unsigned audio_index,
                          size_t *audio_at);

#endif
