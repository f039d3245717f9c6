/*
 * ear_talk.h - all the RTP packets of one caller, made before the call begins.
 *
 * A packet is due when its last sample has been spoken. The caller's clock may run fast or
 * slow, and its stream may have one fault, between fault_at_s and fault_at_s + fault_for_s.
 *
 * Shape    "sample" counts the voice at EAR_HZ.
 * Thread   one.
 * Errors   0 or a negative errno; what the codec says.
 * Source   RFC 3550 section 5.1, RFC 3551 section 4.5.2 (G.722's clock).
 */
#ifndef TESTS_BENCH_EAR_TALK_H
#define TESTS_BENCH_EAR_TALK_H

#include "tests/bench/ear_signal.h"
#include "tests/bench/load_speech.h"

#include <stdbool.h>
#include <stdint.h>

enum ear_fault {
    EAR_FAULT_NONE,
    EAR_FAULT_SIZES,    /* every other payload has a length that fits no codec */
    EAR_FAULT_EMPTY,    /* every other packet has no payload                                  */
    EAR_FAULT_LONG,     /* packets of 120 ms                                                  */
    EAR_FAULT_PTIME,    /* 60, 40, 10, 20 ms in turn, one second each                         */
    EAR_FAULT_SEQUENCE, /* the sequence number jumps                                          */
    EAR_FAULT_TIMESTAMP, /* the time stamp jumps forwards */
    EAR_FAULT_BACK,    /* the time stamp jumps back                                          */
    EAR_FAULT_RESTART, /* sequence number and time stamp go back by 40 packets             */
    EAR_FAULT_SSRC,    /* another source: SSRC, sequence number and time stamp               */
    EAR_FAULT_DOUBLE,  /* twice as fast as real time                                         */
    EAR_FAULT_PAUSE,   /* says and sends nothing; the time stamp counts the pause            */
    EAR_FAULT_HOLD,    /* the same, but the time stamp goes on where it was                  */
};

struct ear_talk_plan {
    const struct load_codec *codec;
    const struct ear_signal *voice; /* borrowed for the creation only */
    uint64_t seed;
    double clock_ppm; /* + : the caller's clock is fast */
    bool fec;         /* Opus: each packet also carries the one before */
    enum ear_fault fault;
    double fault_at_s, fault_for_s;
};

struct ear_packet {
    int64_t due_ns;   /* since the first sample was spoken */
    size_t sample;    /* first of this packet */
    unsigned samples; /* in it */
    uint8_t *bytes;   /* header and payload; byte 1's payload type is set by ear_talk_type() */
    size_t length;
};

struct ear_talk {
    struct ear_packet *packet; /* [count] */
    size_t count;
    int64_t fault_end_ns; /* when the first packet behind the fault is due */
    size_t fault_end;     /* its first sample */
    uint8_t *store;
};

int ear_talk_create(const struct ear_talk_plan *plan, struct ear_talk *talk);
void ear_talk_destroy(struct ear_talk *talk); /* a zeroed one is allowed */

/** The payload type that was negotiated. */
void ear_talk_type(struct ear_talk *talk, uint8_t payload_type);

/** When this sample was spoken [ms], on the same clock as due_ns. */
double ear_talk_spoken_ms(const struct ear_talk *talk, size_t sample);

/** The fault of a name as "time-stamp"; -1: there is none such. */
int ear_fault_by_name(const char *name);
const char *ear_fault_name(enum ear_fault fault);

#endif
