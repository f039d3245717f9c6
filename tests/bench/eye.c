/*
 * eye.c - bench-video: callers with cameras and screens, and what they see.
 *
 * Exit code: 0 if every call was answered with video, 1 if not, 2 for wrong options.
 */
#include "tests/bench/eye_report.h"

#include <signal.h>
#include <stdlib.h>

static void on_signal(int number)
{
    (void)number;
    eye_run_stop();
}

static bool all_went_well(const struct eye_report *report)
{
    for (unsigned i = 0; i < report->legs; i++)
        if (!report->leg[i].call.has_video)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    struct eye_options options;
    struct eye_run *run = NULL;
    if (eye_options_read(argc, argv, &options))
        return 2;
    struct eye_report *report = calloc(1, sizeof(*report));
    if (!report)
        return 1;
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    bool failed = eye_run(&options, &run, report) != 0;
    if (!failed && !options.make_only) {
        eye_report_json(report);
        if (options.table)
            eye_report_table(report);
        failed = !all_went_well(report);
    }
    eye_run_destroy(run);
    free(report);
    return failed;
}
