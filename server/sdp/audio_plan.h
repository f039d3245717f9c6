/*
 * audio_plan.h - from what an m=audio line says to the plan of a leg: for offer.c only.
 *
 *   audio_plan_begin(&section, direction, &plan);
 *   for each format       if (audio_plan_wants(&section, offered, &format->meaning))
 *                             audio_plan_add(&plan, format, &type);
 *   audio_plan_end(&plan, &section, &local, &extmap);      there is at least one codec
 *
 * Thread   control; pure.
 * Source   RFC 3264 section 6.1; RFC 4733 section 2.1 (events run at the clock of a codec);
 *          RFC 3389 section 4 (so does noise).
 */
#ifndef SERVER_SDP_AUDIO_PLAN_H
#define SERVER_SDP_AUDIO_PLAN_H

#include "server/sdp/audio_section.h"
#include "server/sdp/offer.h"
#include "server/sdp/offer_types.h"

/** A plan is compared byte for byte with the one before: what is between its fields is 0. */
void audio_plan_begin(const struct audio_section *audio, enum media_direction direction,
                      struct leg_plan *plan);

/** Whether a format is to be used. @p offered: what we had offered; NULL: they offer. */
bool audio_plan_wants(const struct audio_section *audio, const struct offer_types *offered,
                      const struct audio_meaning *meaning);

void audio_plan_add(struct leg_plan *plan, const struct audio_format *format,
                    const struct offer_type *type);

/** What follows from all that was added. */
void audio_plan_end(struct leg_plan *plan, const struct audio_section *audio,
                    const struct offer_local *local, const struct extmap *extmap);

#endif
