/*
 * leg_report.h - the RTCP side of leg_media, for leg_media.c only: see leg_media.h.
 *
 * Thread   the leg's media worker.
 */
#ifndef SERVER_LEG_LEG_REPORT_H
#define SERVER_LEG_LEG_REPORT_H

#include "server/leg/leg_media.h"

/** One datagram that is RTCP, from either port. */
void leg_report_packet(struct leg_media *media, const uint8_t *data, size_t length,
                       const struct sockaddr *from, int64_t arrival_ns, struct leg_tick *tick);

/** A new plan is in force. */
void leg_report_replan(struct leg_media *media, const struct leg_plan *old, int64_t now_ns);

#endif
