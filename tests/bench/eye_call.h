/*
 * eye_call.h - the SIP of the bench's video callers: each leg calls the room once, all over one
 * UDP socket.
 *
 *   eye_calls_create(&plan, &calls);
 *   poll eye_calls_fd(), then eye_calls_read(calls);
 *   eye_calls_tick(calls, now_ns);       calls that are due, retransmissions
 *   eye_calls_hang_up(calls);            BYE to all
 *
 * Thread   one.
 * Errors   0 or a negative errno. A call that fails is counted, never fatal.
 * Source   RFC 3261 sections 13.2, 15.1, 17.1 (timers A, B, E, F over UDP).
 */
#ifndef TESTS_BENCH_EYE_CALL_H
#define TESTS_BENCH_EYE_CALL_H

#include "tests/bench/eye_leg.h"

struct eye_calls_plan {
    struct sockaddr_in server;
    const char *room;
    unsigned stagger_ms;  /* between two calls     */
    struct eye_leg **leg; /* [legs], borrowed      */
    unsigned legs;
};

/** How a call stands. */
struct eye_call_state {
    bool talking, has_video;
    unsigned status; /* of the answer to INVITE; 0: none yet, or it is mute */
    double setup_ms; /* INVITE to 200                           */
    bool ended_by_server;
};

struct eye_calls;
int eye_calls_create(const struct eye_calls_plan *plan, struct eye_calls **calls);
void eye_calls_destroy(struct eye_calls *calls); /* NULL is allowed */

int eye_calls_fd(const struct eye_calls *calls);
void eye_calls_read(struct eye_calls *calls);
void eye_calls_tick(struct eye_calls *calls, int64_t now_ns);
void eye_calls_hang_up(struct eye_calls *calls);

bool eye_calls_are_settled(
    const struct eye_calls *calls); /* each is answered, or never will be */
bool eye_calls_are_over(const struct eye_calls *calls);
struct eye_call_state eye_calls_state(const struct eye_calls *calls, unsigned leg);

/** The address of ours that the server sees. */
int eye_calls_own_host(const struct sockaddr_in *server, struct in_addr *host);

#endif
