/*
 * room_class.h - who hears the same, and so gets the same packets: encoded once.
 *
 * All listeners of one mix who agreed on the same codec, rate, packet time and parameters are a
 * class. One of them, its leader, encodes; all send. K people who talk hear K mixes of their
 * own and encode them: K + 1 encodes for any number of listeners.
 *
 * A far end's decoder follows the encoder it heard. So who leaves the class (because it begins
 * to talk) takes along a copy of the leader's encoder, limiter and half-filled packet, and goes
 * on from there; and when a leader leaves, another member takes its copy.
 *
 *   room_class_begin(classes);
 *   for each listener   room_class_keep(its leader), then for each   room_class_keep(itself),
 *                       then for each   room_class_find() or _leave()
 *   ...all have found their place, nothing was encoded yet...
 *   for each listener   class = room_class_of(classes, leg);   NULL: on its own
 *                       the packets of the class are made by whoever comes first
 *
 * Thread   all of it: the room's media worker; never locks, allocates or logs.
 */
#ifndef SERVER_MEDIA_ROOM_CLASS_H
#define SERVER_MEDIA_ROOM_CLASS_H

#include "server/leg/leg_media.h"

#include <stdbool.h>
#include <stdint.h>

enum { ROOM_CLASSES = 32 }; /* beyond, listeners encode on their own */

struct room_class {
    struct leg_media *leader;
    uint32_t hears;
    bool is_made; /* packets are this tick's */
    struct leg_packets packets;
};

struct room_classes {
    unsigned count;
    struct room_class class[ROOM_CLASSES];
};

void room_class_begin(struct room_classes *classes);

/** First, for legs that led others before, then for those that were on their own: the class
 *  stays theirs, so that those others' decoders hear no seam. */
void room_class_keep(struct room_classes *classes, struct leg_media *leg, uint32_t hears);

/** The class of @p leg, who joins it or founds it; NULL: there are too many, or its codec
 *  cannot be shared. */
struct room_class *room_class_find(struct room_classes *classes, struct leg_media *leg,
                                   uint32_t hears);

/** Where it is in this tick, since keep, find or leave; NULL: on its own. */
struct room_class *room_class_of(struct room_classes *classes, const struct leg_media *leg);

/** @p leg encodes on its own from now on: it goes on where its leader was. */
void room_class_leave(struct leg_media *leg);

/** @p leg goes away, or gets another encoder: those that it led (in the list @p legs) get
 *  another leader. */
void room_class_abdicate(struct leg_media *leg, struct leg_media *legs);

#endif
