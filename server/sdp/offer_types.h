/*
 * offer_types.h - the payload types of one dialog: what each means, and those of our next
 * offer.
 *
 *   offer_types_remember(&known, &type);      for each that was agreed
 *   offer_types_offer(&known, &choice, &list);   all that we have, in the order of our offers
 *
 * Order    the codecs that are to be offered and those that were agreed before, best first;
 *          then RED, comfort noise, and telephone-event at each clock of the codecs: what is
 *          not a codec is never the preferred format.
 * Thread   any; pure.
 * Source   RFC 3264 sections 5.1, 8.3.2; RFC 3551 section 6; RFC 3389, 4733, 2198.
 */
#ifndef SERVER_SDP_OFFER_TYPES_H
#define SERVER_SDP_OFFER_TYPES_H

#include "server/sdp/audio_section.h"

#include <stdint.h>

enum { OFFER_TYPES_MAX = 32 }; /* all rows, RED, noise and events at each clock: about 22 */

/** What one payload type means, for good. */
struct offer_type {
    struct audio_meaning meaning;
    uint8_t receive_type, send_type;
};

struct offer_types {
    unsigned count;
    struct offer_type type[OFFER_TYPES_MAX];
};

/** NULL: not in it. Borrowed from @p types. */
const struct offer_type *offer_types_find(const struct offer_types *types,
                                          const struct audio_meaning *meaning);

/** Adds it, or gives its meaning new numbers. Above the maximum: is forgotten. */
void offer_types_remember(struct offer_types *types, const struct offer_type *type);

/** Lists what we offer: under the numbers of @p known, else those of the codec's row, else free
 *  ones. No number has two meanings. What is chosen is offered, in that order, and no other
 *  codec. */
void offer_types_offer(const struct offer_types *known, const struct codec_choice *choice,
                       struct offer_types *list);

#endif
