/*
 * load_call.h - a SIP user agent for load: many calls over one UDP socket.
 *
 *   load_calls_create(&plan, &calls);
 *   poll load_calls_fd(), then load_calls_read(calls);
 *   load_calls_tick(calls, now_ns)    every few ms: new calls at the rate, sent again, ended
 *   load_calls_hang_up(calls)         no new calls; BYE to all, at the rate
 *
 * A slot is one leg; in turnover mode (hold_ms > 0) it is called again and again.
 *
 * Thread   one.
 * Errors   0 or a negative errno. Calls that fail are counted, never fatal.
 * Source   RFC 3261 sections 13.2, 15.1, 17.1 (timers A, B, E, F over UDP).
 */
#ifndef TESTS_BENCH_LOAD_CALL_H
#define TESTS_BENCH_LOAD_CALL_H

#include "tests/bench/load_leg.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct load_calls;

struct load_calls_plan {
    struct sockaddr_in server;
    unsigned slots;   /* calls at once                                                  */
    unsigned rooms;   /* bench-1 .. bench-<rooms>; call i dials room i % rooms          */
    unsigned rate;    /* calls begun per second; also BYEs when hanging up              */
    unsigned hold_ms; /* 0: calls stay, each slot calls once; else BYE after this       */
    bool options;     /* OPTIONS instead of INVITE: one transaction each, no media      */
    const struct load_codec *codec;
    struct load_legs *legs; /* borrowed; at least slots                                  */
};

struct load_calls_counters {
    uint64_t started, answered, refused, timed_out, bad_answers;
    uint64_t ended, end_failed; /* BYE answered with 2xx; with something else or not      */
    uint64_t ended_by_server, retransmitted, no_slot, stale, malformed;
    unsigned last_refusal; /* status                                                 */
};

int load_calls_create(const struct load_calls_plan *plan, struct load_calls **calls);
void load_calls_destroy(struct load_calls *calls); /* NULL is allowed */

int load_calls_fd(const struct load_calls *calls);
void load_calls_read(struct load_calls *calls);
void load_calls_tick(struct load_calls *calls, int64_t now_ns);
void load_calls_hang_up(struct load_calls *calls);

/** Every slot has called once, and each was answered or has failed. */
bool load_calls_are_settled(const struct load_calls *calls);
/** No call is left. */
bool load_calls_are_over(const struct load_calls *calls);
/** Calls that are up now. */
unsigned load_calls_talking(const struct load_calls *calls);

const struct load_calls_counters *load_calls_counters(const struct load_calls *calls);
/** Time from request to final answer [ms], borrowed; of the first million. May be sorted. */
double *load_calls_setup_ms(const struct load_calls *calls, size_t *count);

#endif
