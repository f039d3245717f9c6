/*
 * check.h - which thread runs this line, and a stop if it is the wrong one.
 *
 *   int main()   { check_thread_is(CHECK_THREAD_CONTROL); ... }
 *   void f()     { ASSERT_CONTROL(); ... }
 *
 * A thread that never said what it is (a unit test) passes every check. The checks are plain
 * asserts on a thread-local value: they stay on in release builds.
 */
#ifndef MIXER_BASE_CHECK_H
#define MIXER_BASE_CHECK_H

#include <assert.h>
#include <stdbool.h>

enum check_thread {
    CHECK_THREAD_ANY = 0, /* not said yet */
    CHECK_THREAD_CONTROL,
    CHECK_THREAD_API,
    CHECK_THREAD_MEDIA,
    CHECK_THREAD_VIDEO,
    CHECK_THREAD_WRITER,
};

/** Says, once, what the calling thread is. */
void check_thread_is(enum check_thread kind);

/** True if the calling thread is @p kind, or never said what it is. */
bool check_thread(enum check_thread kind);

/** A worker says when a tick begins and ends: within, nothing may allocate, lock or log. What
 *  watches over it is tests/support/tick_guard.c. */
void check_tick(bool inside);
bool check_in_tick(void);

#define ASSERT_CONTROL() assert(check_thread(CHECK_THREAD_CONTROL))
#define ASSERT_MEDIA() assert(check_thread(CHECK_THREAD_MEDIA))
#define ASSERT_VIDEO() assert(check_thread(CHECK_THREAD_VIDEO))
/* a worker of either kind */
#define ASSERT_WORKER()                                                                        \
    assert(check_thread(CHECK_THREAD_MEDIA) || check_thread(CHECK_THREAD_VIDEO))

#endif
