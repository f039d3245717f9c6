/*
 * offer_body.h - writes our SDP bodies, offers and answers alike.
 *
 * Thread   control; pure.
 * Errors   NULL: no memory.
 * Source   RFC 8866 section 5; a refused section: RFC 3264 section 6.
 */
#ifndef SERVER_SDP_OFFER_BODY_H
#define SERVER_SDP_OFFER_BODY_H

#include "server/sdp/description.h"
#include "server/sdp/offer.h"
#include "server/sdp/offer_video.h"

struct offer_body {
    const struct offer_local *local;
    const struct offer_session *session; /* what it says of both streams, and sections  */
    const struct audio_section *far;     /* what this answers; NULL: our own offer  */
    const struct offer_video *far_video; /* as above; [VIDEO_STREAMS]; those that are in */
    struct slice timing;                 /* of t=                                 */
    unsigned ptime_ms;
    bool rtcp_mux; /* of the audio */
};

/** All from behind the version of o=. @return owned by the caller. */
char *offer_body_write(const struct offer_body *body);

/** The whole body. @return owned by the caller. */
char *offer_body_whole(uint64_t id, uint64_t version, const char *sent);

/** The m= lines of @p offered, each refused with port 0, its protocol and formats as they are.
 *  @return owned by the caller. */
char *offer_body_sections(const struct description *offered);

/** The m= lines that the last body has, for session->sections: those of before, and what our
 *  offer has added to them. @return owned by the caller. */
char *offer_body_grown_sections(const struct offer_session *session);

/** How many m= lines there are without a video that has no place yet. */
unsigned offer_body_count(const struct offer_session *session);

/** With those videos. */
unsigned offer_body_count_with_video(const struct offer_session *session);

/** Whether our last body has a session of MSRP there that is closed. */
bool offer_body_is_closed_message(const struct offer_session *session, unsigned index);

#endif
