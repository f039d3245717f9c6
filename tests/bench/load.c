/*
 * load.c - bench-load: many phones in one process. See --help and README.md.
 *
 * Exit: 0 if every call was answered and ended as it should; 1 if not; 2 for a wrong option.
 */
#include "tests/bench/load_options.h"
#include "tests/bench/load_report.h"
#include "tests/bench/load_run.h"

#include <signal.h>

static void on_signal(int number)
{
    (void)number;
    load_run_stop();
}

static bool all_went_well(const struct load_report *report)
{
    const struct load_calls_counters *calls = &report->calls;
    return !calls->refused && !calls->timed_out && !calls->bad_answers && !calls->end_failed &&
           !calls->ended_by_server;
}

int main(int argc, char **argv)
{
    struct load_options options;
    struct load_report report;
    if (load_options_read(argc, argv, &options))
        return 2;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (load_run(&options, &report))
        return 1;
    load_report_json(&report);
    if (options.table)
        load_report_table(&report);
    return all_went_well(&report) ? 0 : 1;
}
