/*
 * offer_formats.h - what all payload types of a dialog mean: open while a body is read or made,
 * packed in between, for a call has a few of them where there is room for a hundred.
 *
 *   offer_formats_open(kept, &formats);
 *   ...offer_types_remember(&formats.types, &type)...
 *   kept = offer_formats_keep(&formats);
 *
 * Thread   any; pure.
 */
#ifndef SERVER_SDP_OFFER_FORMATS_H
#define SERVER_SDP_OFFER_FORMATS_H

#include "server/leg/video_plan.h"
#include "server/sdp/offer_types.h"
#include "server/sdp/video_types.h"

/** Of one picture. */
struct offer_video_formats {
    struct video_types types, listed; /* as those of the sound */
};

struct offer_formats {
    struct offer_types types;  /* all that a type ever meant here      */
    struct offer_types listed; /* what the last body lists, in its order */
    struct offer_video_formats video[VIDEO_STREAMS];
};

/** Packed. */
struct offer_formats_kept;

/** @return owned by the caller, who ends it with free(); NULL: no memory. */
struct offer_formats_kept *offer_formats_keep(const struct offer_formats *formats);

/** @p kept NULL: there were none. */
void offer_formats_open(const struct offer_formats_kept *kept, struct offer_formats *formats);

#endif
