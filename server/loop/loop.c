/* loop.c - epoll, a heap of timers under one timerfd, a locked list of posted jobs. */
#include "server/loop/loop.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct loop_watch {
    int fd;
    bool ended; /* unwatched during a dispatch; freed at its end */
    void (*on_ready)(void *context, uint32_t events);
    void *context;
    struct loop_watch *next_ended;
};

struct loop {
    int epoll_fd;
    int timer_fd; /* armed for heap[0]                                  */
    int post_fd;  /* eventfd: posted jobs wait                          */
    int64_t armed_ns;

    struct loop_timer **heap; /* [timer_count], the earliest first     */
    size_t timer_count, timer_room;

    unsigned dispatching; /* depth: ended watches wait            */
    struct loop_watch *ended;

    pthread_mutex_t post_lock; /* for the two below                    */
    struct loop_job *first, *last;
};

static bool add_own(struct loop *loop, int fd, void *mark)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = mark};
    return fd >= 0 && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

struct loop *loop_create(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    if (!loop)
        return NULL;
    pthread_mutex_init(&loop->post_lock, NULL);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    loop->post_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->epoll_fd < 0 || !add_own(loop, loop->timer_fd, &loop->timer_fd) ||
        !add_own(loop, loop->post_fd, &loop->post_fd)) {
        loop_destroy(loop);
        return NULL;
    }
    return loop;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void run_jobs(struct loop *loop)
{
    pthread_mutex_lock(&loop->post_lock);
    struct loop_job *job = loop->first;
    loop->first = loop->last = NULL;
    pthread_mutex_unlock(&loop->post_lock);
    while (job) {
        const struct loop_job now = *job;
        if (now.is_made)
            free(job);
        now.run(now.argument);
        job = now.next;
    }
}

void loop_destroy(struct loop *loop)
{
    if (!loop)
        return;
    run_jobs(loop);
    close_fd(loop->post_fd);
    close_fd(loop->timer_fd);
    close_fd(loop->epoll_fd);
    pthread_mutex_destroy(&loop->post_lock);
    free(loop->heap);
    free(loop);
}

int loop_fd(const struct loop *loop)
{
    return loop->epoll_fd;
}

/* ---- timers: a binary heap; a timer knows its place ---- */

/* What was armed for a timer that was stopped since stays so: it fires for nothing once, which
 * costs less than to arm anew for each timer that is stopped, and most of them are. */
static void arm(struct loop *loop)
{
    int64_t due = loop->timer_count ? loop->heap[0]->due_ns : 0;
    if (!due || (loop->armed_ns && loop->armed_ns <= due))
        return;
    loop->armed_ns = due;
    struct itimerspec when = {
        .it_value = {.tv_sec = due / CLOCK_NS_PER_S, .tv_nsec = due % CLOCK_NS_PER_S}};
    timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void put(struct loop *loop, size_t place, struct loop_timer *timer)
{
    loop->heap[place] = timer;
    timer->place = place + 1;
}

static void sift_up(struct loop *loop, size_t place, struct loop_timer *timer)
{
    while (place && loop->heap[(place - 1) / 2]->due_ns > timer->due_ns) {
        put(loop, place, loop->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(loop, place, timer);
}

static void sift_down(struct loop *loop, size_t place, struct loop_timer *timer)
{
    for (size_t child; (child = 2 * place + 1) < loop->timer_count; place = child) {
        if (child + 1 < loop->timer_count &&
            loop->heap[child + 1]->due_ns < loop->heap[child]->due_ns)
            child++;
        if (loop->heap[child]->due_ns >= timer->due_ns)
            break;
        put(loop, place, loop->heap[child]);
    }
    put(loop, place, timer);
}

static void take_out(struct loop *loop, struct loop_timer *timer)
{
    size_t place = timer->place - 1;
    timer->place = 0;
    struct loop_timer *last = loop->heap[--loop->timer_count];
    if (last == timer)
        return;
    if (place && loop->heap[(place - 1) / 2]->due_ns > last->due_ns)
        sift_up(loop, place, last);
    else
        sift_down(loop, place, last);
}

void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms,
                      void (*on_due)(void *context), void *context)
{
    ASSERT_CONTROL();
    if (timer->place)
        take_out(loop, timer);
    if (loop->timer_count == loop->timer_room) {
        size_t room = loop->timer_room ? 2 * loop->timer_room : 64;
        struct loop_timer **heap = realloc(loop->heap, room * sizeof(struct loop_timer *));
        if (!heap)
            abort(); /* a timer that is never due would hang a call for ever */
        loop->heap = heap;
        loop->timer_room = room;
    }
    timer->due_ns = clock_monotonic_ns() + delay_ms * CLOCK_NS_PER_MS;
    timer->on_due = on_due;
    timer->context = context;
    sift_up(loop, loop->timer_count++, timer);
    arm(loop);
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
    ASSERT_CONTROL();
    if (!timer->place)
        return;
    take_out(loop, timer);
    arm(loop);
}

bool loop_timer_is_running(const struct loop_timer *timer)
{
    return timer->place != 0;
}

static void run_timers(struct loop *loop)
{
    uint64_t ignored;
    if (read(loop->timer_fd, &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
        return;
    int64_t now = clock_monotonic_ns();
    loop->armed_ns = 0; /* it has fired */
    while (loop->timer_count && loop->heap[0]->due_ns <= now) {
        struct loop_timer *timer = loop->heap[0];
        take_out(loop, timer);
        timer->on_due(timer->context);
    }
    arm(loop);
}

/* ---- descriptors ---- */

struct loop_watch *loop_watch(struct loop *loop, int fd, uint32_t events,
                              void (*on_ready)(void *context, uint32_t events), void *context)
{
    ASSERT_CONTROL();
    struct loop_watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    *watch = (struct loop_watch){.fd = fd, .on_ready = on_ready, .context = context};
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        free(watch);
        return NULL;
    }
    return watch;
}

void loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
    ASSERT_CONTROL();
    if (!watch)
        return;
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    if (!loop->dispatching) {
        free(watch);
        return;
    }
    watch->ended = true; /* its event may already have been fetched by the dispatch above us */
    watch->next_ended = loop->ended;
    loop->ended = watch;
}

static void free_ended(struct loop *loop)
{
    while (loop->ended) {
        struct loop_watch *watch = loop->ended;
        loop->ended = watch->next_ended;
        free(watch);
    }
}

void loop_dispatch(struct loop *loop)
{
    loop_run_once(loop, 0);
}

void loop_run_once(struct loop *loop, int timeout_ms)
{
    struct epoll_event events[64];
    int count = epoll_wait(loop->epoll_fd, events, 64, timeout_ms);
    loop->dispatching++;
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &loop->timer_fd) {
            run_timers(loop);
        } else if (events[i].data.ptr == &loop->post_fd) {
            eventfd_t ignored;
            eventfd_read(loop->post_fd, &ignored);
            run_jobs(loop);
        } else {
            struct loop_watch *watch = events[i].data.ptr;
            if (!watch->ended)
                watch->on_ready(watch->context, events[i].events);
        }
    }
    if (--loop->dispatching == 0)
        free_ended(loop);
}

/* ---- jobs from other threads ---- */

static void append(struct loop *loop, struct loop_job *job)
{
    pthread_mutex_lock(&loop->post_lock);
    bool was_empty = !loop->first;
    if (was_empty)
        loop->first = job;
    else
        loop->last->next = job;
    loop->last = job;
    pthread_mutex_unlock(&loop->post_lock);
    if (was_empty)
        eventfd_write(loop->post_fd, 1);
}

int loop_post(struct loop *loop, void (*job)(void *argument), void *argument)
{
    struct loop_job *made = malloc(sizeof(*made));
    if (!made)
        return -ENOMEM;
    *made = (struct loop_job){.run = job, .argument = argument, .is_made = true};
    append(loop, made);
    return 0;
}

void loop_post_reserved(struct loop *loop, struct loop_job *job, void (*run)(void *argument),
                        void *argument)
{
    *job = (struct loop_job){.run = run, .argument = argument};
    append(loop, job);
}
