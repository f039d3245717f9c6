/*
 * leg_send.h - the sending side of leg_media, for leg_media.c and leg_report.c only.
 *
 * Thread   the leg's media worker; but init: control.
 */
#ifndef SERVER_LEG_LEG_SEND_H
#define SERVER_LEG_LEG_SEND_H

#include "server/leg/leg_media.h"

/** Random SSRC, sequence and time stamp (RFC 3550 section 5.1). */
void leg_send_init(struct leg_send *send);

/** A new plan is in force; @p fresh: with a new machine. */
void leg_send_replan(struct leg_media *media, bool fresh);

/** Whether anything may be sent: it is plain, or its key is known. */
bool leg_send_can(const struct leg_media *media);

/** Where audio goes: the latched address, or the signalled one; NULL: nowhere. */
const struct sockaddr *leg_send_target(const struct leg_media *media);

#endif
