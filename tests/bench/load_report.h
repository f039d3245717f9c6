/*
 * load_report.h - what a run found, as one JSON object and as a table for a person.
 *
 * Shape    the object is flat: each figure is one key, so that a shell can read it. What was
 *          not measured in this mode is 0. cpu, rss and fds are those of the watched process.
 */
#ifndef TESTS_BENCH_LOAD_REPORT_H
#define TESTS_BENCH_LOAD_REPORT_H

#include "tests/bench/load_call.h"
#include "tests/bench/load_leg.h"
#include "tests/bench/load_options.h"
#include "tests/bench/load_proc.h"

struct load_report {
    const struct load_options *options;
    double seconds;   /* of the window, as it was                     */
    unsigned talking; /* legs up at the window's end                  */
    struct load_calls_counters calls;
    double setup_p50_ms, setup_p99_ms, setup_max_ms;
    struct load_legs_counters media; /* in the window                                */
    struct load_stats_sum heard;     /* in the window                                */
    double late_ms;                  /* the load's own worst lateness: is it to blame? */
    uint64_t own_cpu_us;             /* the load's own CPU in the window             */
    struct load_proc before, begin, end,
        after; /* before the first call ... after the last BYE */
};

void load_report_json(const struct load_report *report);  /* to stdout */
void load_report_table(const struct load_report *report); /* to stderr */

#endif
