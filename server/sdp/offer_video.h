/*
 * offer_video.h - the video half of offer.h, for offer.c only: what becomes of one m=video.
 *
 *   offer_video_find(session, &description, bundle, found);   whoever offers
 *   the far end offers:   offer_video_answer(next, which, &description, &found, &local, &plan);
 *   we offer:             offer_video_make(next, which, &local);    ...the far end answers...
 *                         offer_video_accept(next, which, &found, &local, &plan);
 *
 * None of it fails: a section that cannot be taken is a plan with no codec.
 *
 * Thread   control; pure.
 * Source   as offer.h.
 */
#ifndef SERVER_SDP_OFFER_VIDEO_H
#define SERVER_SDP_OFFER_VIDEO_H

#include "server/sdp/offer.h"
#include "server/sdp/video_section.h"

#include <stdbool.h>

struct offer_video {
    unsigned index;  /* the m= line where our video belongs; OFFER_NO_INDEX: nowhere */
    const char *mid; /* its name in a group, borrowed; "": none                     */
    bool is_usable;  /* it is in use, and could be read:                             */
    struct video_section section;
};

/** Chooses sections of a body of the far end, offer or answer, for all @p found,
 *  [VIDEO_STREAMS]. @p bundle: they have to be in that group; NULL: there is none. */
void offer_video_find(const struct offer_session *session,
                      const struct description *description, const struct bundle_lines *bundle,
                      struct offer_video found[VIDEO_STREAMS]);

/** Plans our answer to @p found, and notes it in @p next, which is to be sent. */
void offer_video_answer(struct offer_session *next, enum video_stream which,
                        const struct description *description, const struct offer_video *found,
                        const struct offer_local *local, struct video_plan *plan);

/** Notes in @p next, which is to be sent, what we offer. */
void offer_video_make(struct offer_session *next, enum video_stream which,
                      const struct offer_local *local);

/** Plans what @p found, the answer to the offer noted in @p next, leaves of it. */
void offer_video_accept(struct offer_session *next, enum video_stream which,
                        const struct offer_video *found, const struct offer_local *local,
                        struct video_plan *plan);

#endif
