/*
 * eye_run.h - a run of bench-video: calls, warms up, measures, hangs up.
 *
 * Thread   one; eye_run_stop() may be called from a signal handler.
 */
#ifndef TESTS_BENCH_EYE_RUN_H
#define TESTS_BENCH_EYE_RUN_H

#include "tests/bench/eye_call.h"
#include "tests/bench/eye_options.h"
#include "tests/bench/load_proc.h"

struct eye_run_leg {
    const struct eye_leg_plan *plan;
    struct eye_call_state call;
    struct eye_leg_counters counters; /* of the window */
};

/** What a run found. */
struct eye_report {
    const struct eye_options *options;
    double seconds; /* of the window, as it was */
    unsigned legs;
    struct eye_run_leg leg[EYE_MAX_LEGS];
    unsigned tiles;
    struct eye_look_tile tile[EYE_LOOK_TILES];
    struct eye_look_format format;
    struct eye_lips_result lips;
    double late_ms; /* the bench's own worst lateness: is it to blame? */
    uint64_t own_cpu_us;
    struct load_proc before, begin, end, after;
};

struct eye_run;

/** Runs; *report borrows from *run. @return 0 or a negative errno, said on stderr. */
int eye_run(const struct eye_options *options, struct eye_run **run, struct eye_report *report);
void eye_run_destroy(struct eye_run *run); /* NULL is allowed */
void eye_run_stop(void);

#endif
