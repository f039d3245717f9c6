/*
 * web_call.h - the calls of browsers: an offer of SDP comes in by HTTP, an answer goes out, and
 * what was called is a resource that is ended or given a new offer.
 *
 *   web_calls_create(&config, &calls);
 *   web_call_open(calls, room, &request, &call, &answer, &why);
 *   call = web_calls_find(calls, room_name, id);
 *   web_call_renew(call, offer, length, &answer, &why);      renegotiation, ICE restart
 *   web_call_trickle(call, fragment, length);                candidates, later
 *   web_call_hang_up(call);
 *
 * Who knows a call's id may do all that with it: it is made of chance, is told to the browser
 * that calls, and is in no log and no event. A call goes through the same door as any other;
 * what its browser has not got is a telephone's keys, so it types the PIN before
 * (room_admission).
 *
 * All media of a call has one transport (BUNDLE, rtcp-mux), DTLS-SRTP and ICE, on the shared
 * port. We are ICE-lite: our candidates are all in the answer, theirs are not needed.
 *
 * Ends     as any participant (one whose browser is gone is not heard any more), when the far
 *          end closes DTLS, and when its first check does not come within `begin_s`: it left
 *          before the answer was there, or is behind a firewall. A call that has ended is found
 *          for WEB_CALL_KEPT_S, so that the browser can be told why.
 * Thread   control.
 * Errors   negative errno with *why, its warning in words.
 * Source   RFC 9725 (WHIP, whose manner it has), RFC 8829 (what browsers offer), RFC 8445,
 *          9143.
 */
#ifndef SERVER_CALL_WEB_CALL_H
#define SERVER_CALL_WEB_CALL_H

#include "server/call/handshakes.h"
#include "server/room/room_list.h"

#include <stdbool.h>
#include <stddef.h>

enum { WEB_CALL_ID_BYTES = 25, WEB_CALL_KEPT_S = 30 };

struct web_calls;
struct web_call;

/** Borrowed for their life. */
struct web_calls_config {
    struct loop *loop;
    struct handshake_desk *desk;
    struct shared_port *port;
    const char *cname; /* as leg_config's */
    unsigned max_calls;
    unsigned begin_s; /* for ICE to begin; 0: as long as it takes */
    unsigned ptime_ms;
    bool pauses;
    uint64_t video_bandwidth_bps;
};

struct web_calls_stats {
    uint64_t calls; /* now, without those that have ended */
    uint64_t opened, refused;
};

/** Told of each call that is over, whoever ended it; its id is still known. */
typedef void web_calls_on_ended(void *context, const struct web_call *call);

/** @return 0 and *calls, owned by the caller; -ENOMEM. */
int web_calls_create(const struct web_calls_config *config, struct web_calls **calls);
/** Ends all that are left. NULL is allowed. */
void web_calls_destroy(struct web_calls *calls);
/** One listener; NULL: none. */
void web_calls_listen(struct web_calls *calls, web_calls_on_ended *on_ended, void *context);
void web_calls_stats_read(const struct web_calls *calls, struct web_calls_stats *stats);

/** Strings are copied. */
struct web_call_request {
    const char *offer;
    size_t offer_length;
    const char *display_name;     /* "" or NULL: "Guest"                             */
    const char *pin;              /* NULL: none was given                            */
    const struct pin_job *judged; /* of it, by room_judge(); or NULL             */
    bool is_known;                /* a token was shown                               */
    const char *source; /* where it comes from, for whoever runs the room: "192.0.2.7" */
};

/** Why not. */
struct web_call_failure {
    enum room_refusal refusal;  /* -EACCES: what the door says */
    struct offer_failure offer; /* -ENOTSUP, -EBADMSG: what is wrong with the offer */
};

/** As room_has_to_judge(). */
bool web_call_has_to_judge(struct room *room, const struct web_call_request *request);

/** Lets a browser in. @return 0, *call, and *answer (owned by the caller, free()); -EACCES,
 *  -ENOTSUP, -EBADMSG with *why; -EUSERS: as many calls as may be; -ENOMEM, -ENOSPC and what
 * else hinders a leg. */
int web_call_open(struct web_calls *calls, struct room *room,
                  const struct web_call_request *request, struct web_call **call, char **answer,
                  struct web_call_failure *why);

/** NULL: there is none, or it is over for long. */
struct web_call *web_calls_find(const struct web_calls *calls, const char *id);
/** The call of a participant; NULL: it has come another way. */
struct web_call *web_calls_of(const struct web_calls *calls,
                              const struct participant *participant);

/** @return as web_call_open(); -ENOTCONN: it is over. On error all is as it was. */
int web_call_renew(struct web_call *call, const char *offer, size_t length, char **answer,
                   struct web_call_failure *why);

/** Candidates that come later (RFC 8838): read, and of no further use to us, who are lite.
 * @return 0; -EBADMSG: no fragment of SDP; -ENOTSUP: of other credentials than the offer's, for
 * which a new offer is needed; -ENOTCONN. */
int web_call_trickle(struct web_call *call, const char *fragment, size_t length);

/** The browser leaves. Of no effect if it has left. */
void web_call_hang_up(struct web_call *call);

const char *web_call_id(const struct web_call *call);
/** NULL: the call is over. */
struct participant *web_call_participant(const struct web_call *call);
/** Why it is over. */
enum participant_reason web_call_reason(const struct web_call *call);

#endif
