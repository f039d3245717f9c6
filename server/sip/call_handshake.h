/*
 * call_handshake.h - between a call and handshake_service.h: a stream with DTLS has a handshake
 * as long as the call has the stream; what comes of it (keys, the way) goes into its plan.
 *
 *   call_connect(call, &plan, &video);   as participant_connect(), once an offer was answered
 *   call_drop_handshakes(call);          its participant is going
 *   call_handshakes_open(ua);  ...  call_handshakes_close(ua);
 *
 * The handshake has a copy of the leg's descriptor, so that the leg may end at any time. It
 * lives on, alone, until its service has let go of it. The same fingerprint, role and
 * credentials in a new offer change nothing; another fingerprint or role is a new association,
 * and nothing passes until there are keys; other credentials are an ICE restart, and media goes
 * the old way until a new one is nominated. A handshake that fails ends the call.
 *
 * Thread   control.
 * Source   RFC 5763 section 5, RFC 8842, RFC 8839 section 4.4, RFC 7675 (consent).
 */
#ifndef SERVER_SIP_CALL_HANDSHAKE_H
#define SERVER_SIP_CALL_HANDSHAKE_H

#include "server/leg/leg_plan.h"
#include "server/leg/video_plan.h"
#include "server/sip/sip_internal.h"

enum { CALL_STREAMS = 2 }; /* sound, picture */

struct call_handshake;

/** Part of a call; zeroed at first. */
struct call_handshakes {
    struct call_handshake *stream[CALL_STREAMS]; /* NULL: no DTLS                       */
    struct call_plans *plans; /* the last ones, without keys; NULL: no stream has DTLS */
};

/** Puts keys and ways into both plans, and connects the participant. What is said of DTLS by
 *  the last answer that was made or taken is put into force.
 *  @return participant_connect()'s errors; -ENOSPC, -EMFILE, -ENOMEM: no handshake. */
int call_connect(struct call *call, struct leg_plan *plan, struct video_plan *video);

/** Ends those of the call. It has to be done before its participant goes. */
void call_drop_handshakes(struct call *call);

/** Watches the service of the configuration, if there is one. @return 0, -ENOMEM. */
int call_handshakes_open(struct ua *ua);
/** Waits for the service to let go of all; calls must be over. */
void call_handshakes_close(struct ua *ua);

#endif
