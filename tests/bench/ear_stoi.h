/*
 * ear_stoi.h - short-time objective intelligibility: how much of the words is left, 0 to 1.
 *
 * Follows the envelope of 15 third-octave bands over pieces of 384 ms, and asks how much the
 * two go up and down together. It does not mind loudness or phase; both signals must run side
 * by side within some ms.
 *
 * Thread   any; pure.
 * Errors   0 or -ENOMEM, -ENODATA (less than 384 ms of speech).
 * Source   Taal, Hendriks, Heusdens, Jensen: An algorithm for intelligibility prediction of
 *          time-frequency weighted noisy speech, IEEE TASLP 19 (2011) 7.
 */
#ifndef TESTS_BENCH_EAR_STOI_H
#define TESTS_BENCH_EAR_STOI_H

#include "tests/bench/ear_signal.h"

/** Both at EAR_HZ; compared over the shorter of the two. */
int ear_stoi(const struct ear_signal *clean, const struct ear_signal *heard, double *score);

#endif
