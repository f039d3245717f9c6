/*
 * room_peer.h - a room on two workers: what one part hears of the other, a tick later.
 *
 * A large room has a part on each of several workers. Each part chooses and decodes its own
 * loudest voices, adds them to its own mix, and pushes their frames to the other parts, which
 * add them in their next tick. No part ever waits for another: a ring per direction carries
 * frames by value.
 *
 *   control:  room_link_create(&link);        two peers, one for each part
 *   worker:   room_peer_want(peer, buses);    what this part listens at
 *             room_peer_tell(peer, voice, number);  room_peer_end(peer, number);
 *             room_peer_hear(peer, number, mix);    what the other said one tick before
 *
 * Thread   create, destroy: control, while neither part has legs. The rest: the worker of the
 *          part whose peer it is.
 */
#ifndef SERVER_MEDIA_ROOM_PEER_H
#define SERVER_MEDIA_ROOM_PEER_H

#include "server/media/room_mix.h"

#include <stdint.h>

enum { ROOM_PEER_VOICES = 40 }; /* told in one tick at most */

struct room_peer; /* one part's end of a link */

struct room_link {
    struct room_peer *end[2];
};

/** @return 0 or -ENOMEM. */
int room_link_create(struct room_link *link);
void room_link_destroy(struct room_link *link); /* zeroed is allowed */

/** Says at which buses this part listens. */
void room_peer_want(struct room_peer *peer, unsigned buses);
/** The buses at which the other part listens. */
unsigned room_peer_wanted(const struct room_peer *peer);

/** Tells one voice of tick @p number. A full ring drops it: the other part does not tick. */
void room_peer_tell(struct room_peer *peer, const struct room_voice *voice, uint64_t number);

/** Adds to @p mix what the other part told in the tick before @p number. */
void room_peer_hear(struct room_peer *peer, uint64_t number, struct room_mix *mix);

#endif
