/*
 * eye_report.h - what a run of bench-video found, as one JSON object and as a table.
 *
 * Shape    sums first, each key on a line of its own kind, so that a shell can read them; then
 *          "legs": [] and "tiles": []. cpu and rss are those of the watched process.
 */
#ifndef TESTS_BENCH_EYE_REPORT_H
#define TESTS_BENCH_EYE_REPORT_H

#include "tests/bench/eye_run.h"

void eye_report_json(const struct eye_report *report);  /* to stdout */
void eye_report_table(const struct eye_report *report); /* to stderr */

#endif
