/*
 * video_types.h - the payload types of a dialog's video: what each means, and those of our next
 * offer. The twin of offer_types.h.
 *
 *   video_types_remember(&known, &type);                for each that was agreed
 *   video_types_offer(&known, &choice, false, &list);   all that we have, in order
 *
 * Order    the table's rows and their variants, each row followed by what else was agreed of
 *          it. What was agreed comes before what is new if there is no place for all.
 * Thread   any; pure.
 * Source   RFC 3264 sections 5.1, 8.3.2; RFC 3551 section 6; RFC 4588 section 8 (rtx).
 */
#ifndef SERVER_SDP_VIDEO_TYPES_H
#define SERVER_SDP_VIDEO_TYPES_H

#include "server/sdp/video_section.h"

#include <stdbool.h>
#include <stdint.h>

enum { VIDEO_TYPES_MAX = 16 }; /* that are remembered; VIDEO_PLAN_MAX_CODECS are listed */

/** What one payload type means, for good. */
struct video_type {
    struct video_meaning meaning;
    uint8_t receive_type, send_type;
    uint8_t rtx_receive_type, rtx_send_type; /* VIDEO_PLAN_NO_TYPE: none */
};

struct video_types {
    unsigned count;
    struct video_type type[VIDEO_TYPES_MAX];
};

/** NULL: not in it. Borrowed from @p types. */
const struct video_type *video_types_find(const struct video_types *types,
                                          const struct video_meaning *meaning);

/** The one of that codec under our number @p receive_type; NULL as above. */
const struct video_type *video_types_find_number(const struct video_types *types,
                                                 const struct video_codec *codec,
                                                 uint8_t receive_type);

/** Adds it, or gives its meaning new numbers. Above the maximum: is forgotten. */
void video_types_remember(struct video_types *types, const struct video_type *type);

/** Lists what we offer: under the numbers of @p known, else those of the codec's row, else free
 *  ones. No number has two meanings. Of a @p choice of pictures that alone, in its order. @p
 * rtx: each with retransmission, not only those that had it before. */
void video_types_offer(const struct video_types *known, const struct codec_choice *choice,
                       bool rtx, struct video_types *list);

/** What we say of ourselves when we offer it. */
void video_types_params(const struct video_meaning *meaning, struct video_params *params);

#endif
