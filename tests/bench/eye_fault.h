/*
 * eye_fault.h - what bad senders and receivers do: payloads that are garbage behind a valid
 * head, cut short, of an impossible size, without parameter sets; and storms.
 *
 * Thread   one.
 * Source   ITU-T H.264 section 7.3.2.1.1 (SPS), RFC 6386 section 9.1 (VP8 size).
 */
#ifndef TESTS_BENCH_EYE_FAULT_H
#define TESTS_BENCH_EYE_FAULT_H

#include "tests/bench/ear_random.h"
#include "tests/bench/eye_payload.h"

enum eye_fault {
    EYE_FAULT_NONE,
    EYE_FAULT_GARBAGE,    /* random bytes behind a valid payload head                  */
    EYE_FAULT_RANDOM,     /* random bytes behind the RTP header                        */
    EYE_FAULT_TRUNCATED,  /* every payload cut somewhere                               */
    EYE_FAULT_HUGE,       /* parameter sets, or the key frame, say 16384 x 16384       */
    EYE_FAULT_NO_SETS,    /* H.264 without parameter sets                              */
    EYE_FAULT_SWAPPED,    /* each two packets out of order                             */
    EYE_FAULT_FAST,       /* four times the frame rate                                 */
    EYE_FAULT_FLOOD,      /* 20 Mbit/s                                                 */
    EYE_FAULT_PLI_STORM,  /* a key frame request each 2 ms                             */
    EYE_FAULT_FIR_STORM,  /* the same by FIR                                           */
    EYE_FAULT_NACK_STORM, /* 200 packets asked for again each 2 ms                     */
    EYE_FAULTS,
};

/** Spoils a payload. @return false: it is left out. */
bool eye_fault_apply(enum eye_fault fault, enum eye_codec codec, struct ear_random *random,
                     struct eye_piece *piece);

int eye_fault_by_name(const char *name); /* "pli-storm"; -1: there is none such */

#endif
