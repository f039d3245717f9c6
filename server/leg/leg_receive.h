/*
 * leg_receive.h - the receiving side of leg_media, for leg_media.c only: see leg_media.h.
 *
 * Thread   the leg's media worker.
 */
#ifndef SERVER_LEG_LEG_RECEIVE_H
#define SERVER_LEG_LEG_RECEIVE_H

#include "server/leg/leg_media.h"

/** One datagram of the RTP port that is not RTCP. */
void leg_receive_packet(struct leg_media *media, const uint8_t *data, size_t length,
                        const struct sockaddr *from, int64_t arrival_ns, struct leg_tick *tick);

/** A new plan is in force; @p fresh: with a new machine. */
void leg_receive_replan(struct leg_media *media, const struct leg_plan *old, bool fresh,
                        int64_t now_ns);

#endif
