/*
 * loop.h - what the control thread waits for: descriptors, timers, and jobs from other threads.
 *
 *   struct loop *loop = loop_create();
 *   loop_watch(loop, fd, EPOLLIN, on_readable, self);
 *   loop_timer_start(loop, &self->timer, 500, on_timer, self);
 *   other thread:   loop_post(loop, do_something, message);
 *
 * The loop is one epoll descriptor. Who runs the thread decides how to wait for it: the SIP
 * stack registers loop_fd() with its own root and calls loop_dispatch() when it is readable; a
 * tool or a unit test calls loop_run_once(). So nothing below server/sip knows the SIP stack's
 * loop.
 *
 * Thread   control, but for loop_post...(): any thread but media (it allocates; a media worker
 *          writes to a ring and rings an eventfd that the loop watches).
 */
#ifndef SERVER_LOOP_LOOP_H
#define SERVER_LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct loop_watch;

/** A timer, embedded in its owner, zeroed before first use. The fields are the loop's. */
struct loop_timer {
    int64_t due_ns; /* monotonic                                    */
    size_t place;   /* 1 + place in the loop's heap; 0: not running */
    void (*on_due)(void *context);
    void *context;
};

/** A job, embedded in what it is about. The fields are the loop's. */
struct loop_job {
    void (*run)(void *argument);
    void *argument;
    struct loop_job *next;
    bool is_made; /* by loop_post() */
};

/** @return the loop, owned by the caller (loop_destroy()); NULL if memory or descriptors are
 * out. */
struct loop *loop_create(void);

/** Runs the jobs still posted, then frees the loop. Watches must be gone. NULL is allowed. */
void loop_destroy(struct loop *loop);

/** A descriptor that is readable when loop_dispatch() has something to do. Borrowed. */
int loop_fd(const struct loop *loop);

/** Calls whatever is ready: descriptors, due timers, posted jobs. Never waits. */
void loop_dispatch(struct loop *loop);

/** Waits up to @p timeout_ms (-1: without end) until something is ready, then dispatches. */
void loop_run_once(struct loop *loop, int timeout_ms);

/**
 * Calls @p on_ready(context, epoll events) whenever @p fd is ready for @p events (EPOLLIN,
 * ...).
 *
 * @return the watch, ended with loop_unwatch() before @p fd is closed; NULL if memory is out
 *         or the kernel refuses.
 */
struct loop_watch *loop_watch(struct loop *loop, int fd, uint32_t events,
                              void (*on_ready)(void *context, uint32_t events), void *context);

/** Ends a watch; may be called from its own callback. NULL is allowed. */
void loop_unwatch(struct loop *loop, struct loop_watch *watch);

/** Starts or restarts @p timer: @p on_due(context) is called once, @p delay_ms from now. */
void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms,
                      void (*on_due)(void *context), void *context);

/** Stops a timer; a stopped or zeroed one is allowed. Must be done before its memory ends. */
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);

/** Whether it was started and is not due yet. */
bool loop_timer_is_running(const struct loop_timer *timer);

/**
 * Has @p job(argument) called on the loop's thread, soon, in the order of posting.
 *
 * @return 0: the job will be called exactly once (so ownership of @p argument may go with it);
 *         -ENOMEM: it will not, and nothing moved.
 */
int loop_post(struct loop *loop, void (*job)(void *argument), void *argument);

/** The same with memory of the caller's, so that it cannot fail. @p job is the loop's until it
 * is called; it may be freed from within. */
void loop_post_reserved(struct loop *loop, struct loop_job *job, void (*run)(void *argument),
                        void *argument);

#endif
