/*
 * ear_call.h - one SIP call over a UDP socket of its own, with its RTP and RTCP sockets.
 *
 *   ear_call_open(&server, "room", codec, &call);    waits for the answer
 *   send to call.target from call.rtp_fd;            ear_call_serve(&call) now and then
 *   ear_call_close(&call);                           BYE
 *
 * Thread   one.
 * Errors   0 or a negative errno: -ETIMEDOUT, -ECONNREFUSED (an answer other than 2xx).
 * Source   RFC 3261 sections 13.2, 15.1, 17.1.
 */
#ifndef TESTS_BENCH_EAR_CALL_H
#define TESTS_BENCH_EAR_CALL_H

#include "tests/bench/load_sip.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct ear_call {
    int sip_fd, rtp_fd, rtcp_fd; /* not blocking */
    const struct load_codec *codec;
    struct load_sip_dialog dialog;
    struct sockaddr_in target; /* where RTP is to go */
    uint8_t payload_type;
    bool ended; /* by the server */
};

int ear_call_open(const struct sockaddr_in *server, const char *room,
                  const struct load_codec *codec, struct ear_call *call);

/** Answers what the server asks: BYE ends the call. */
void ear_call_serve(struct ear_call *call);

/** Ends the call if it is up, and closes the sockets. */
void ear_call_close(struct ear_call *call);

#endif
