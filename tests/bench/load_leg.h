/*
 * load_leg.h - the RTP side of the load: legs that send every 20 ms and count what comes.
 *
 *   load_legs_create(&plan, &legs);
 *   load_leg_start(legs, index, &target, payload_type);   or load_leg_stop()
 *   load_legs_tick(legs, phase);                          phases a 20 ms, one after the other
 *
 * Up to eight legs share a socket, so that one system call moves the packets of all of them:
 * the load must cost less than what it loads. A packet is given to its leg by the port it came
 * from.
 *
 * Thread   one.
 * Errors   0 or a negative errno.
 * Source   RFC 3550 section 5.1; RFC 5761 section 4 (what is RTCP).
 */
#ifndef TESTS_BENCH_LOAD_LEG_H
#define TESTS_BENCH_LOAD_LEG_H

#include "server/rtp/rtp_keys.h"
#include "tests/bench/load_speech.h"
#include "tests/bench/load_stats.h"

#include <netinet/in.h>
#include <stdint.h>

struct load_legs;

struct load_legs_plan {
    unsigned legs, phases;
    unsigned talkers; /* legs 0 .. talkers - 1 speak, the others send a quiet line */
    const struct load_codec *codec;
    enum rtp_suite suite; /* what is sent is encrypted with it; RTP_SUITE_NONE: plain */
    const struct load_speech *speech; /* borrowed for the legs' life */
};

/** Counters of all legs together, since load_legs_reset(). */
struct load_legs_counters {
    uint64_t sent, send_errors;
    uint64_t strays;      /* from a port that no leg talks with               */
    uint64_t malformed;   /* no RTP version 2, or too short                   */
    uint64_t wrong_types; /* a payload type other than the negotiated one     */
    uint64_t rtcp;
};

int load_legs_create(const struct load_legs_plan *plan, struct load_legs **legs);
void load_legs_destroy(struct load_legs *legs); /* NULL is allowed */

/** For the offer: where leg @p index receives RTP, and where all receive RTCP (RFC 3605). */
uint16_t load_leg_port(const struct load_legs *legs, unsigned index);
uint16_t load_legs_rtcp_port(const struct load_legs *legs);
/** An a=crypto line with its end; "": plain. All legs have the same key, of zeros: nobody is
 * kept out of a bench. What comes is not opened, its header says enough. */
const char *load_legs_crypto(const struct load_legs *legs);

/** From now on leg @p index sends to @p target and hears what comes from there. */
void load_leg_start(struct load_legs *legs, unsigned index, const struct sockaddr_in *target,
                    uint8_t payload_type);
void load_leg_stop(struct load_legs *legs, unsigned index);

/** Receives and sends for the sockets of this phase; 0 <= phase < phases. */
void load_legs_tick(struct load_legs *legs, unsigned phase);

/** Begins a window: all counters at 0. */
void load_legs_reset(struct load_legs *legs);
void load_legs_read(const struct load_legs *legs, struct load_legs_counters *counters,
                    struct load_stats_sum *heard);

#endif
