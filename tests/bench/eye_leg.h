/*
 * eye_leg.h - one participant with voice and video: its four sockets, its camera, its screen,
 * its reports.
 *
 *   eye_leg_create(&plan, &leg);         the ports are bound: SDP can be written
 *   eye_leg_start(leg, &answer, now_ns); what the far end has answered
 *   eye_leg_read(leg, which, now_ns);    a socket has something
 *   eye_leg_tick(leg, now_ns);           each ms or two
 *
 * Thread   one.
 * Errors   0 or a negative errno.
 */
#ifndef TESTS_BENCH_EYE_LEG_H
#define TESTS_BENCH_EYE_LEG_H

#include "tests/bench/eye_receive.h"
#include "tests/bench/eye_sdp.h"
#include "tests/bench/eye_send.h"

enum eye_socket { EYE_AUDIO, EYE_AUDIO_RTCP, EYE_VIDEO, EYE_VIDEO_RTCP, EYE_SOCKETS };

struct eye_leg_plan {
    char name[24];
    bool sends, receives; /* video */
    bool high;            /* H.264, in its offer */
    bool avp;             /* in its offer        */
    bool talks;
    unsigned voice;                   /* of load_speech */
    const struct load_speech *speech; /* borrowed */
    struct in_addr host;              /* of ours      */
    bool pips;                        /* what it says are pips (eye_lips.h), and nothing else */
    struct eye_delay_plan audio_delay, video_delay; /* of what it sends; all 0: none */
    struct eye_send_plan send;
    struct eye_receive_plan receive;
};

struct eye_leg_counters {
    struct eye_send_counters send;
    struct eye_receive_counters receive;
    uint64_t audio_sent, audio_received;
    uint64_t nacks_received, limits_received;
};

struct eye_leg;
int eye_leg_create(const struct eye_leg_plan *plan, struct eye_leg **leg);
void eye_leg_destroy(struct eye_leg *leg); /* NULL is allowed */

int eye_leg_fd(const struct eye_leg *leg, enum eye_socket which);
const struct eye_leg_plan *eye_leg_plan(const struct eye_leg *leg);

/** The offer of this leg. */
void eye_leg_offer(const struct eye_leg *leg, struct eye_sdp_offer *offer, char host[16]);

void eye_leg_start(struct eye_leg *leg, const struct eye_sdp_answer *answer, int64_t now_ns);
void eye_leg_stop(struct eye_leg *leg);
void eye_leg_read(struct eye_leg *leg, enum eye_socket which, int64_t now_ns);
void eye_leg_tick(struct eye_leg *leg, int64_t now_ns);

/** Its own answer, sent back to itself: to try it all without a server. */
void eye_leg_mirror(const struct eye_leg *leg, struct eye_sdp_answer *answer);

void eye_leg_counters(const struct eye_leg *leg, struct eye_leg_counters *counters);
void eye_leg_reset(struct eye_leg *leg, int64_t now_ns); /* counters only */

#endif
