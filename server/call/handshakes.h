/*
 * handshakes.h - between a call and handshake_service.h: a stream with DTLS has a handshake as
 * long as the call has the stream; what comes of it (keys, the way) goes into its plan.
 *
 *   handshake_desk_create(&config, &desk);                               one for all calls
 *   handshakes_begin(&handshakes, desk, &events, call, call->id);
 *   handshakes_connect(&handshakes, participant, said, &plan, &video);   an offer was answered:
 *                                                                as participant_connect()
 *   handshakes_drop(&handshakes);                                its participant is going
 *
 * The handshake has a copy of the leg's descriptor, so that the leg may end at any time. It
 * lives on, alone, until its service has let go of it. The same fingerprint, role and
 * credentials in a new offer change nothing; another fingerprint or role is a new association,
 * and nothing passes until there are keys; other credentials are an ICE restart, and media goes
 * the old way until a new one is nominated.
 *
 * A call that has all its media on one shared transport has one handshake, that of its sound:
 * keys and way are those of its picture, too.
 *
 * Thread   control.
 * Source   RFC 5763 section 5, RFC 8842, RFC 8839 section 4.4, RFC 7675 (consent), RFC 9143
 *          section 9 (one association for all that is bundled).
 */
#ifndef SERVER_CALL_HANDSHAKES_H
#define SERVER_CALL_HANDSHAKES_H

#include "server/leg/leg_plan.h"
#include "server/leg/video_plan.h"
#include "server/loop/loop.h"
#include "server/room/participant.h"
#include "server/rtp/shared_port.h"
#include "server/sdp/offer.h"

enum { HANDSHAKES_STREAMS = 1 + VIDEO_STREAMS }; /* the sound, then the pictures */

struct handshake_desk;

/** All borrowed for the life of the desk. */
struct handshake_desk_config {
    struct loop *loop;
    struct handshake_service *service; /* its events are the desk's */
    const struct dtls_certificate *certificate;
};

/** @return 0 and *desk, owned by the caller; -ENOMEM. */
int handshake_desk_create(const struct handshake_desk_config *config,
                          struct handshake_desk **desk);
/** Waits for the service to let go of all; calls must be over. NULL is allowed. */
void handshake_desk_destroy(struct handshake_desk *desk);
/** What a fingerprint of ours is made of. Borrowed. */
const struct dtls_certificate *handshake_desk_certificate(const struct handshake_desk *desk);

/** What is told. Either may end the call, and drop the handshakes. */
struct handshakes_events {
    /** There will be no media: @p reason, and in words. */
    void (*on_failed)(void *context, enum participant_reason reason, const char *detail);
    /** The far end has ended the association, by close_notify. NULL: of no interest. */
    void (*on_closed)(void *context);
};

struct handshake_stream;

/** Part of a call; zeroed: none, and none can be had. */
struct handshakes {
    struct handshake_desk *desk;
    const struct handshakes_events *events; /* constant */
    void *context;
    const char *name; /* of the call, for log lines; borrowed */
    struct participant *participant;
    bool is_reached;                    /* the far end's checks come here: one was authentic */
    struct shared_transport *transport; /* NULL: each stream has its own; borrowed       */
    struct handshake_stream *stream[HANDSHAKES_STREAMS]; /* NULL: no DTLS                */
    struct handshake_plans *plans; /* the last ones, without keys; NULL: no stream has DTLS */
};

/** @p desk NULL: no DTLS here. */
void handshakes_begin(struct handshakes *handshakes, struct handshake_desk *desk,
                      const struct handshakes_events *events, void *context, const char *name);

/** Puts keys and ways into the plans, and connects the participant. What @p offers says of
 * DTLS by the last answer that was made or taken is put into force.
 *  @return participant_connect()'s errors; -ENOSPC, -EMFILE, -ENOMEM: no handshake. */
int handshakes_connect(struct handshakes *handshakes, struct participant *participant,
                       const struct offer_session *offers, struct leg_plan *plan,
                       struct video_plans *video);

/** Ends those of the call. It has to be done before its participant goes. */
void handshakes_drop(struct handshakes *handshakes);

#endif
