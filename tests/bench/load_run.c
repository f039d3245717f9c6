/* load_run.c - the loop: a tick of legs every 20 ms / phases, and SIP in between. */
#include "tests/bench/load_run.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    FRAME_MS = 20,
    WARM_UP_MS = 2000,    /* after the last call is up: jitter buffers settle  */
    SET_UP_LIMIT_S = 120, /* of all calls                                      */
    END_LIMIT_S = 45,     /* after the last BYE was due: more than 64 * T1     */
};

struct run {
    const struct load_options *options;
    struct load_speech *speech;
    struct load_legs *legs;
    struct load_calls *calls; /* NULL: floor             */
    unsigned phase;
    int64_t next_ns; /* when the phase is due   */
    int64_t worst_late_ns;
};

static volatile sig_atomic_t stopped;

void load_run_stop(void)
{
    stopped = 1;
}

static int64_t phase_ns(const struct run *run)
{
    return FRAME_MS * CLOCK_NS_PER_MS / run->options->phases;
}

static void tick(struct run *run, int64_t now_ns)
{
    if (now_ns - run->next_ns > run->worst_late_ns)
        run->worst_late_ns = now_ns - run->next_ns;
    load_legs_tick(run->legs, run->phase);
    if (run->calls)
        load_calls_tick(run->calls, now_ns);
    run->phase = (run->phase + 1) % run->options->phases;
    run->next_ns += phase_ns(run);
}

/* Waits for SIP until the next tick is due, or does the tick. A late tick is made up for. */
static void step(struct run *run)
{
    int64_t now_ns = clock_monotonic_ns();
    if (now_ns >= run->next_ns) {
        tick(run, now_ns);
        return;
    }
    int64_t wait_ns = run->next_ns - now_ns;
    struct timespec wait = {.tv_sec = wait_ns / CLOCK_NS_PER_S,
                            .tv_nsec = wait_ns % CLOCK_NS_PER_S};
    struct pollfd sip = {.fd = run->calls ? load_calls_fd(run->calls) : -1, .events = POLLIN};
    if (ppoll(&sip, 1, &wait, NULL) > 0)
        load_calls_read(run->calls);
}

static void run_for(struct run *run, int64_t duration_ms)
{
    int64_t end_ns = clock_monotonic_ns() + duration_ms * CLOCK_NS_PER_MS;
    while (clock_monotonic_ns() < end_ns && !stopped)
        step(run);
}

static bool is_set_up(const struct run *run)
{
    return stopped || load_calls_are_settled(run->calls);
}

static bool is_over(const struct run *run)
{
    return load_calls_are_over(run->calls);
}

static void run_until(struct run *run, bool (*is_true)(const struct run *), int limit_s)
{
    int64_t end_ns = clock_monotonic_ns() + limit_s * CLOCK_NS_PER_S;
    while (!is_true(run) && clock_monotonic_ns() < end_ns)
        step(run);
}

static uint64_t own_cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000U +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void watch(const struct run *run, struct load_proc *proc)
{
    if (run->options->watch)
        load_proc_read((int)run->options->watch, proc);
}

static void measure(struct run *run, struct load_report *report)
{
    int64_t begin_ns = clock_monotonic_ns();
    uint64_t cpu_us = own_cpu_us();
    run->worst_late_ns = 0;
    load_legs_reset(run->legs);
    watch(run, &report->begin);
    run_for(run, run->options->seconds * 1000LL);
    watch(run, &report->end);
    report->own_cpu_us = own_cpu_us() - cpu_us;
    report->late_ms = (double)run->worst_late_ns / CLOCK_NS_PER_MS;
    report->seconds = (double)(clock_monotonic_ns() - begin_ns) / (double)CLOCK_NS_PER_S;
    report->talking = run->calls ? load_calls_talking(run->calls) : run->options->legs;
    load_legs_read(run->legs, &report->media, &report->heard);
}

static void report_calls(const struct run *run, struct load_report *report)
{
    size_t count;
    double *setup_ms = load_calls_setup_ms(run->calls, &count);
    report->calls = *load_calls_counters(run->calls);
    report->setup_p50_ms = load_stats_percentile(setup_ms, count, 0.5);
    report->setup_p99_ms = load_stats_percentile(setup_ms, count, 0.99);
    report->setup_max_ms = load_stats_percentile(setup_ms, count, 1);
}

static void run_calls(struct run *run, struct load_report *report)
{
    if (!run->options->turnover) {
        run_until(run, is_set_up, SET_UP_LIMIT_S);
        run_for(run, WARM_UP_MS);
    }
    measure(run, report);
    load_calls_hang_up(run->calls);
    run_until(run, is_over, END_LIMIT_S);
    report_calls(run, report);
}

/* bench-floor's first line: "ports P P P ...". */
static int start_floor_legs(struct run *run)
{
    FILE *file = fopen(run->options->floor, "r");
    unsigned index = 0, port;
    struct sockaddr_in target = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (file && fscanf(file, "ports") == 0)
        while (index < run->options->legs && fscanf(file, "%u", &port) == 1) {
            target.sin_port = htons((uint16_t)port);
            load_leg_start(run->legs, index++, &target, run->options->codec->payload_type);
        }
    if (file)
        fclose(file);
    return index == run->options->legs ? 0 : -ENOENT;
}

/* With turnover: slots for those that are up, and twice T1 for a lost packet each way. */
static unsigned slots_for(const struct load_options *options)
{
    if (!options->turnover)
        return options->legs;
    unsigned slots = options->turnover * (options->hold_ms + 2000) / 1000 + 1;
    return slots < LOAD_MAX_LEGS ? slots : LOAD_MAX_LEGS;
}

static int prepare(struct run *run)
{
    const struct load_options *options = run->options;
    const unsigned slots = slots_for(options);
    int error = load_speech_create(options->codec, &run->speech);
    if (error)
        return error;
    const struct load_legs_plan legs = {.legs = slots,
                                        .phases = options->phases,
                                        .talkers = options->talkers,
                                        .codec = options->codec,
                                        .suite = options->suite,
                                        .speech = run->speech};
    error = load_legs_create(&legs, &run->legs);
    if (error || options->floor)
        return error ? error : start_floor_legs(run);
    const struct load_calls_plan calls = {.server = options->server,
                                          .slots = slots,
                                          .rooms = options->rooms,
                                          .rate = options->turnover ? options->turnover
                                                                    : options->rate,
                                          .hold_ms = options->turnover ? options->hold_ms : 0,
                                          .options = options->options,
                                          .codec = options->codec,
                                          .legs = run->legs};
    return load_calls_create(&calls, &run->calls);
}

int load_run(const struct load_options *options, struct load_report *report)
{
    struct run run = {.options = options};
    *report = (struct load_report){.options = options};
    int error = prepare(&run);
    if (error) {
        fprintf(stderr, "bench-load: %s\n", strerror(-error));
    } else {
        watch(&run, &report->before);
        run.next_ns = clock_monotonic_ns();
        if (run.calls) {
            run_calls(&run, report);
        } else {
            run_for(&run, WARM_UP_MS);
            measure(&run, report);
        }
        watch(&run, &report->after);
    }
    load_calls_destroy(run.calls);
    load_legs_destroy(run.legs);
    load_speech_destroy(run.speech);
    return error;
}
