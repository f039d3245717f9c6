/*
 * ear_report.h - the figures of one run, as one JSON object on one line.
 *
 * Thread   one.
 * Errors   0 or a negative errno.
 */
#ifndef TESTS_BENCH_EAR_REPORT_H
#define TESTS_BENCH_EAR_REPORT_H

#include "tests/bench/ear_options.h"
#include "tests/bench/ear_run.h"

struct ear_report {
    const struct ear_options *options;
    const struct ear_run_result *run;
    const struct ear_heard *heard;
    const struct ear_talk *talk;    /* [EAR_PARTIES] */
    const struct ear_signal *voice; /* [EAR_PARTIES] */
    double split_hz;                /* A speaks below, C above; 0: A speaks alone */
};

/** Compares what was heard with what was said, and prints. */
int ear_report_print(const struct ear_report *report);

#endif
