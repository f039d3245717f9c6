/*
 * allocation.h - counts allocations and makes one of them fail, of all libraries in the
 * process.
 *
 *   unsigned before = allocation_count;
 *   ...a tick...
 *   assert_int_equal(allocation_count, before);
 *   allocation_fail_at = allocation_count + n;      the n-th from now on is refused, once
 *
 * Include it in one .c file of a program. It takes the place of the C library's functions; a
 * sanitizer has taken it already, then ALLOCATION_IS_COUNTED is 0.
 */
#ifndef TESTS_UNIT_MIXER_ALLOCATION_H
#define TESTS_UNIT_MIXER_ALLOCATION_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ALLOCATION_IS_COUNTED 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOCATION_IS_COUNTED 0
#endif
#ifndef ALLOCATION_IS_COUNTED
#define ALLOCATION_IS_COUNTED 1
#endif

static volatile unsigned allocation_count, allocation_fail_at;

#if ALLOCATION_IS_COUNTED

/* glibc's own names for the functions that stand aside here */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

static bool allocation_refused(void)
{
    bool refused = ++allocation_count == allocation_fail_at;
    if (refused)
        errno = ENOMEM;
    return refused;
}

void *malloc(size_t bytes)
{
    return allocation_refused() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return allocation_refused() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    return allocation_refused() ? NULL : __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return allocation_refused() ? NULL : __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    *memory = aligned_alloc(alignment, bytes);
    return *memory ? 0 : ENOMEM;
}

#endif
#endif
