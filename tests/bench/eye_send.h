/*
 * eye_send.h - a camera: plays a clip as RTP at its frame rate, goes to the next key frame when
 * it is asked for one, sends again what is asked for.
 *
 *   eye_send_start(send, fd, &target, payload_type, now_ns);
 *   eye_send_tick(send, now_ns);                  whatever is due
 *
 * Thread   one per object; nothing is allocated after eye_send_create().
 * Source   RFC 3550 section 5.1; RFC 4585 section 6.2.1.
 */
#ifndef TESTS_BENCH_EYE_SEND_H
#define TESTS_BENCH_EYE_SEND_H

#include "tests/bench/eye_clip.h"
#include "tests/bench/eye_delay.h"
#include "tests/bench/eye_fault.h"
#include "tests/bench/eye_look.h"
#include "tests/bench/eye_loss.h"
#include "tests/bench/eye_pip.h"

#include <netinet/in.h>

struct eye_send_plan {
    const struct eye_clip *clip;
    unsigned sender; /* in its marks                                  */
    bool single;     /* H.264: packetization-mode 0                   */
    bool answers_nacks;
    struct eye_loss loss; /* on its way out                                */
    enum eye_fault fault;
    struct eye_look *look;   /* borrowed: is told what was sent; may be NULL  */
    struct eye_delay *delay; /* borrowed: its way out; NULL: at once         */
    struct eye_pips *pips;   /* borrowed: is told of every EYE_LIPS_EVERYth picture; or NULL */
};

struct eye_send_counters {
    uint64_t packets, octets, frames, resent, dropped, errors;
    uint64_t key_requests, key_jumps;
    int64_t worst_late_ns;
};

struct eye_send;
int eye_send_create(const struct eye_send_plan *plan, struct eye_send **send); /* 0, -ENOMEM */
void eye_send_destroy(struct eye_send *send); /* NULL is allowed */

void eye_send_start(struct eye_send *send, int fd, const struct sockaddr_in *target,
                    uint8_t payload_type, int64_t now_ns);
void eye_send_stop(struct eye_send *send);
void eye_send_tick(struct eye_send *send, int64_t now_ns);
void eye_send_key(struct eye_send *send, int64_t now_ns);
void eye_send_again(struct eye_send *send, const uint16_t *list, unsigned count,
                    int64_t now_ns);

/** For sender reports: the RTP time stamp of now. */
uint32_t eye_send_timestamp(const struct eye_send *send, int64_t now_ns);
uint32_t eye_send_ssrc(const struct eye_send *send);

const struct eye_send_counters *eye_send_counters(const struct eye_send *send);
void eye_send_reset(struct eye_send *send); /* counters only */

#endif
