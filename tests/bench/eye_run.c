/* eye_run.c - epoll for what comes, a tick each millisecond for what is due. */
#include "tests/bench/eye_run.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    TICK_NS = 1000000,
    SET_UP_LIMIT_S = 120,
    END_LIMIT_S = 35,
    SLICE_BYTES = 1150, /* H.264 in packetization-mode 0 */
    EVENTS = 64,
    SIP = EYE_MAX_LEGS * EYE_SOCKETS, /* of epoll's data; below: leg and socket */
};

struct eye_run {
    const struct eye_options *options;
    int epoll;
    unsigned legs;
    struct eye_leg *leg[EYE_MAX_LEGS];
    struct eye_clip clip[EYE_MARK_SENDERS]; /* [options->senders] */
    struct load_speech *speech;
    struct eye_look *look;   /* NULL: nobody looks   */
    struct eye_lips *lips;   /* NULL: nobody listens */
    struct eye_calls *calls; /* NULL: mirror       */
    int64_t next_ns, worst_late_ns;
};

static volatile sig_atomic_t stopped;

void eye_run_stop(void)
{
    stopped = 1;
}

static int listen_to(struct eye_run *run, int fd, unsigned what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = what};
    return epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static struct eye_coder_plan clip_plan(const struct eye_options *options)
{
    return (struct eye_coder_plan){
        .codec = options->codec,
        .width = options->width,
        .height = options->height,
        .fps = options->fps,
        .kbps = options->kbps,
        .slice_bytes = options->single ? SLICE_BYTES : 0,
        .high = options->high,
        .bt709 = options->bt709,
        .full_range = options->full_range,
    };
}

static int open_clips(struct eye_run *run)
{
    const struct eye_options *options = run->options;
    const struct eye_coder_plan plan = clip_plan(options);
    char folder[256];
    int error = 0;
    eye_clip_folder(folder, sizeof(folder));
    for (unsigned i = 0; i < options->senders && !error; i++)
        error = eye_clip_open(options->cache ? options->cache : folder, &plan,
                              options->first_id + i, &run->clip[i]);
    return error;
}

static struct eye_loss loss_of(const struct eye_options *options, bool here, unsigned salt)
{
    return (struct eye_loss){
        .share = here ? options->loss_percent_100 / 10000.0 : 0,
        .burst = options->burst,
        .random.state = options->seed * 1000003ULL + salt,
    };
}

static struct eye_delay_plan way_of(const struct eye_options *options, unsigned delay_ms,
                                    unsigned jitter_ms)
{
    return (struct eye_delay_plan){
        .delay_ms = delay_ms, .jitter_ms = jitter_ms, .random.state = options->seed};
}

static struct eye_leg_plan leg_plan(struct eye_run *run, unsigned index, struct in_addr host)
{
    const struct eye_options *options = run->options;
    const bool sends = index < options->senders;
    const bool looks = index == (options->watchers ? options->senders : 0);
    const enum eye_fault fault = index == 0 ? options->fault : EYE_FAULT_NONE;
    const bool is_first = index == 0;
    struct eye_leg_plan plan = {
        .sends = sends,
        .receives = !sends || !options->senders_blind,
        .high = options->high,
        .avp = options->avp,
        .talks = sends && index == options->talker,
        .voice = index,
        .speech = run->speech,
        .host = host,
        .pips = options->lips && is_first,
        .audio_delay = way_of(options, is_first ? options->audio_delay_ms : 0,
                              is_first ? options->audio_jitter_ms : 0),
        .video_delay = way_of(options, is_first ? options->video_delay_ms : 0, 0),
        .send = {.clip = sends ? &run->clip[index] : NULL,
                 .sender = options->first_id + index,
                 .single = options->single,
                 .answers_nacks = options->nack,
                 .loss = loss_of(options, options->loss_up, 2 * index),
                 .fault = fault,
                 .look = run->look},
        .receive = {.codec = sends ? options->codec : options->watch_codec,
                    .nack = options->nack,
                    .loss = loss_of(options, options->loss_down, 2 * index + 1),
                    .fault = fault,
                    .keep = looks ? options->keep : NULL,
                    .look = looks ? run->look : NULL,
                    .lips = looks ? run->lips : NULL,
                    .width = options->width,
                    .height = options->height},
    };
    snprintf(plan.name, sizeof(plan.name), "%s-%c%u", options->name, sends ? 's' : 'w',
             sends ? options->first_id + index : index - options->senders);
    return plan;
}

static int open_legs(struct eye_run *run)
{
    const struct eye_options *options = run->options;
    struct in_addr host = {htonl(INADDR_LOOPBACK)};
    int error = options->mirror ? 0 : eye_calls_own_host(&options->server, &host);
    for (unsigned i = 0; i < options->senders + options->watchers && !error; i++) {
        const struct eye_leg_plan plan = leg_plan(run, i, host);
        error = eye_leg_create(&plan, &run->leg[i]);
        if (error)
            break;
        run->legs++;
        for (unsigned which = 0; which < EYE_SOCKETS && !error; which++)
            error = listen_to(run, eye_leg_fd(run->leg[i], (enum eye_socket)which),
                              i * EYE_SOCKETS + which);
    }
    return error;
}

static int open_calls(struct eye_run *run)
{
    const struct eye_calls_plan plan = {.server = run->options->server,
                                        .room = run->options->room,
                                        .stagger_ms = run->options->stagger_ms,
                                        .leg = run->leg,
                                        .legs = run->legs};
    int error = eye_calls_create(&plan, &run->calls);
    return error ? error : listen_to(run, eye_calls_fd(run->calls), SIP);
}

static void start_mirrors(struct eye_run *run)
{
    for (unsigned i = 0; i < run->legs; i++) {
        struct eye_sdp_answer answer;
        eye_leg_mirror(run->leg[i], &answer);
        eye_leg_start(run->leg[i], &answer, clock_monotonic_ns());
    }
}

static int prepare(struct eye_run *run)
{
    const struct eye_options *options = run->options;
    int error = open_clips(run);
    if (error || options->make_only)
        return error;
    error = load_speech_create(load_codec_by_option("pcmu"), &run->speech);
    if (!error && (options->look.columns || options->look.count)) {
        run->look = eye_look_create(&options->look);
        error = run->look ? 0 : -ENOMEM;
    }
    if (!error && options->lips) {
        run->lips = eye_lips_create(options->first_id);
        error = run->lips ? 0 : -ENOMEM;
    }
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!error)
        error = run->epoll < 0 ? -errno : open_legs(run);
    if (!error && !options->mirror)
        error = open_calls(run);
    return error;
}

void eye_run_destroy(struct eye_run *run)
{
    if (!run)
        return;
    eye_calls_destroy(run->calls);
    for (unsigned i = 0; i < run->legs; i++)
        eye_leg_destroy(run->leg[i]);
    for (unsigned i = 0; i < EYE_MARK_SENDERS; i++)
        eye_clip_close(&run->clip[i]);
    eye_look_destroy(run->look);
    eye_lips_destroy(run->lips);
    load_speech_destroy(run->speech);
    if (run->epoll >= 0)
        close(run->epoll);
    free(run);
}

static void tick(struct eye_run *run, int64_t now_ns)
{
    if (now_ns - run->next_ns > run->worst_late_ns)
        run->worst_late_ns = now_ns - run->next_ns;
    for (unsigned i = 0; i < run->legs; i++)
        eye_leg_tick(run->leg[i], now_ns);
    if (run->calls)
        eye_calls_tick(run->calls, now_ns);
    run->next_ns = now_ns + TICK_NS;
}

static void step(struct eye_run *run)
{
    struct epoll_event event[EVENTS];
    int64_t now_ns = clock_monotonic_ns();
    if (now_ns >= run->next_ns) {
        tick(run, now_ns);
        return;
    }
    const struct timespec wait = {.tv_nsec = run->next_ns - now_ns};
    int count = epoll_pwait2(run->epoll, event, EVENTS, &wait, NULL);
    for (int i = 0; i < count; i++) {
        unsigned what = event[i].data.u32;
        if (what == SIP)
            eye_calls_read(run->calls);
        else
            eye_leg_read(run->leg[what / EYE_SOCKETS], (enum eye_socket)(what % EYE_SOCKETS),
                         clock_monotonic_ns());
    }
}

static void run_for(struct eye_run *run, int64_t duration_ms)
{
    int64_t end_ns = clock_monotonic_ns() + duration_ms * CLOCK_NS_PER_MS;
    while (clock_monotonic_ns() < end_ns && !stopped)
        step(run);
}

static uint64_t own_cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000U +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void watch(const struct eye_run *run, struct load_proc *proc)
{
    if (run->options->watch)
        load_proc_read((int)run->options->watch, proc);
}

static void read_all(const struct eye_run *run, struct eye_report *report)
{
    report->legs = run->legs;
    for (unsigned i = 0; i < run->legs; i++) {
        report->leg[i].plan = eye_leg_plan(run->leg[i]);
        eye_leg_counters(run->leg[i], &report->leg[i].counters);
        report->leg[i].call = run->calls ? eye_calls_state(run->calls, i)
                                         : (struct eye_call_state){true, true, 200, 0, false};
    }
    if (run->lips)
        eye_lips_read(run->lips, &report->lips);
    if (!run->look)
        return;
    report->tiles = eye_look_tiles(run->look);
    report->format = eye_look_format(run->look);
    for (unsigned i = 0; i < report->tiles; i++)
        eye_look_read(run->look, clock_monotonic_ns(), i, &report->tile[i]);
}

static void measure(struct eye_run *run, struct eye_report *report)
{
    const int64_t for_ever_ms = 1000LL * 86400 * 365;
    int64_t begin_ns = clock_monotonic_ns();
    uint64_t cpu_us = own_cpu_us();
    run->worst_late_ns = 0;
    for (unsigned i = 0; i < run->legs; i++)
        eye_leg_reset(run->leg[i], begin_ns);
    if (run->look)
        eye_look_reset(run->look, begin_ns);
    if (run->lips)
        eye_lips_reset(run->lips);
    watch(run, &report->begin);
    run_for(run, run->options->seconds ? run->options->seconds * 1000LL : for_ever_ms);
    watch(run, &report->end);
    report->own_cpu_us = own_cpu_us() - cpu_us;
    report->late_ms = (double)run->worst_late_ns / CLOCK_NS_PER_MS;
    report->seconds = (double)(clock_monotonic_ns() - begin_ns) / (double)CLOCK_NS_PER_S;
    read_all(run, report);
}

static void run_until(struct eye_run *run, bool (*is_true)(const struct eye_calls *calls),
                      int limit_s, bool may_stop)
{
    int64_t end_ns = clock_monotonic_ns() + limit_s * CLOCK_NS_PER_S;
    while (!is_true(run->calls) && clock_monotonic_ns() < end_ns && !(may_stop && stopped))
        step(run);
}

int eye_run(const struct eye_options *options, struct eye_run **run, struct eye_report *report)
{
    struct eye_run *made = calloc(1, sizeof(*made));
    memset(report, 0, sizeof(*report));
    report->options = options;
    if (!made)
        return -ENOMEM;
    made->options = options;
    made->epoll = -1;
    *run = made;
    int error = prepare(made);
    if (error)
        fprintf(stderr, "bench-video: %s\n", strerror(-error));
    if (error || options->make_only)
        return error;
    watch(made, &report->before);
    made->next_ns = clock_monotonic_ns();
    if (made->calls)
        run_until(made, eye_calls_are_settled, SET_UP_LIMIT_S, true);
    else
        start_mirrors(made);
    fprintf(stderr, "bench-video: up\n"); /* who has started it may be waiting for this */
    run_for(made, options->warm_ms);
    measure(made, report);
    if (made->calls) {
        eye_calls_hang_up(made->calls);
        run_until(made, eye_calls_are_over, END_LIMIT_S, false);
    }
    watch(made, &report->after);
    return 0;
}
