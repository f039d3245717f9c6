/* test_loop.c - descriptors, timers and jobs of server/loop/loop.c. */
#include "server/loop/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIMERS = 200, JOBS = 1000, POSTERS = 4 };

static struct loop *loop;

static int make(void **state)
{
    (void)state;
    loop = loop_create();
    return loop ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    loop_destroy(loop);
    return 0;
}

struct alarm {
    struct loop_timer timer;
    unsigned number;
    int64_t delay_ms;
};

static unsigned fired[TIMERS], fired_count;

static void on_alarm(void *context)
{
    fired[fired_count++] = ((struct alarm *)context)->number;
}

static void timers_fire_in_order_of_their_time(void **state)
{
    (void)state;
    static struct alarm alarms[TIMERS];
    fired_count = 0;
    for (unsigned i = 0; i < TIMERS; i++) {
        alarms[i] = (struct alarm){.number = i, .delay_ms = (i * 37) % 101};
        loop_timer_start(loop, &alarms[i].timer, alarms[i].delay_ms, on_alarm, &alarms[i]);
    }
    for (unsigned i = 0; i < TIMERS; i += 3) /* every third is stopped again */
        loop_timer_stop(loop, &alarms[i].timer);
    unsigned expected = TIMERS - (TIMERS + 2) / 3;
    while (fired_count < expected)
        loop_run_once(loop, 1000);
    loop_run_once(loop, 0);
    assert_int_equal(fired_count, expected);
    for (unsigned i = 1; i < fired_count; i++)
        assert_true(alarms[fired[i - 1]].timer.due_ns <= alarms[fired[i]].timer.due_ns);
    for (unsigned i = 0; i < fired_count; i++)
        assert_int_not_equal(fired[i] % 3, 0);
}

static void a_stopped_timer_holds_no_other_up(void **state)
{
    (void)state;
    struct alarm stopped = {.number = 1}, later = {.number = 2}, last = {.number = 3};
    fired_count = 0;
    loop_timer_start(loop, &stopped.timer, 5, on_alarm, &stopped);
    loop_timer_start(loop, &later.timer, 30, on_alarm, &later);
    loop_timer_stop(loop, &stopped.timer);
    assert_false(loop_timer_is_running(&stopped.timer));
    assert_true(loop_timer_is_running(&later.timer));
    while (fired_count < 1)
        loop_run_once(loop, 1000);
    assert_int_equal(fired[0], 2);
    assert_false(loop_timer_is_running(&later.timer));
    loop_timer_start(loop, &stopped.timer, 1000, on_alarm, &stopped);
    loop_timer_start(loop, &last.timer, 5, on_alarm, &last); /* sooner than what is armed */
    loop_timer_stop(loop, &stopped.timer);
    while (fired_count < 2)
        loop_run_once(loop, 200);
    assert_int_equal(fired[1], 3);
}

static void a_restarted_timer_fires_once(void **state)
{
    (void)state;
    struct alarm one = {.number = 1}, later = {.number = 2};
    fired_count = 0;
    loop_timer_start(loop, &one.timer, 0, on_alarm, &one);
    loop_timer_start(loop, &one.timer, 5, on_alarm, &one);
    loop_timer_start(loop, &later.timer, 30, on_alarm, &later);
    while (fired_count < 2)
        loop_run_once(loop, 1000);
    assert_int_equal(fired[0], 1);
    assert_int_equal(fired[1], 2);
}

struct pipe_end {
    int fd[2];
    struct loop_watch *watch;
    unsigned calls;
};

static void on_readable(void *context, uint32_t events)
{
    struct pipe_end *end_of_pipe = context;
    char byte;
    assert_true(events & EPOLLIN);
    assert_int_equal(read(end_of_pipe->fd[0], &byte, 1), 1);
    if (++end_of_pipe->calls == 2) {
        loop_unwatch(loop, end_of_pipe->watch);
        end_of_pipe->watch = NULL;
    }
}

static void a_watch_is_called_until_it_ends_itself(void **state)
{
    (void)state;
    struct pipe_end end_of_pipe = {0};
    assert_int_equal(pipe(end_of_pipe.fd), 0);
    end_of_pipe.watch = loop_watch(loop, end_of_pipe.fd[0], EPOLLIN, on_readable, &end_of_pipe);
    assert_non_null(end_of_pipe.watch);
    assert_int_equal(write(end_of_pipe.fd[1], "abc", 3), 3);
    for (int i = 0; i < 5; i++)
        loop_run_once(loop, 0);
    assert_int_equal(end_of_pipe.calls, 2);
    close(end_of_pipe.fd[0]);
    close(end_of_pipe.fd[1]);
}

static unsigned jobs_done;
static unsigned last_of[POSTERS];

static void job(void *argument)
{
    unsigned poster = (unsigned)(uintptr_t)argument / JOBS;
    unsigned number = (unsigned)(uintptr_t)argument % JOBS + 1;
    assert_int_equal(number, last_of[poster] + 1); /* the order of posting */
    last_of[poster] = number;
    jobs_done++;
}

static void *post_jobs(void *argument)
{
    for (uintptr_t i = 0; i < JOBS; i++) {
        if (loop_post(loop, job, (void *)((uintptr_t)argument * JOBS + i)) < 0)
            abort();
    }
    return NULL;
}

static void jobs_of_many_threads_all_run_in_order(void **state)
{
    (void)state;
    pthread_t threads[POSTERS];
    for (uintptr_t i = 0; i < POSTERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_jobs, (void *)i), 0);
    while (jobs_done < POSTERS * JOBS)
        loop_run_once(loop, 1000);
    for (unsigned i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(jobs_done, POSTERS * JOBS);
}

static void note(void *argument)
{
    (*(unsigned *)argument)++;
}

static void a_job_still_posted_runs_at_the_end(void **state)
{
    (void)state;
    struct loop *short_lived = loop_create();
    unsigned ran = 0;
    assert_int_equal(loop_post(short_lived, note, &ran), 0);
    loop_destroy(short_lived);
    assert_int_equal(ran, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_order_of_their_time),
        cmocka_unit_test(a_stopped_timer_holds_no_other_up),
        cmocka_unit_test(a_restarted_timer_fires_once),
        cmocka_unit_test(a_watch_is_called_until_it_ends_itself),
        cmocka_unit_test(jobs_of_many_threads_all_run_in_order),
        cmocka_unit_test(a_job_still_posted_runs_at_the_end),
    };
    return cmocka_run_group_tests(tests, make, end);
}
