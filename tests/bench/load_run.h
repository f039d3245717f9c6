/*
 * load_run.h - one run from the first call to the last BYE.
 *
 * Calls that stay: all are set up, two seconds pass, the window is measured, all hang up.
 * Calls that come and go: the window is the whole of it. Floor: no calls, else as the first.
 *
 * Thread   one. load_run_stop() may be called by a signal handler: the run hangs up and ends.
 */
#ifndef TESTS_BENCH_LOAD_RUN_H
#define TESTS_BENCH_LOAD_RUN_H

#include "tests/bench/load_report.h"

/** @return 0 and *report; a negative errno after a line on stderr if it could not begin. */
int load_run(const struct load_options *options, struct load_report *report);

void load_run_stop(void);

#endif
