/*
 * tick_guard.c - stops a server that allocates, locks or writes within a tick.
 *
 *   LD_PRELOAD=build/tick_guard.so build/raduno ...
 *
 * It takes the place of the C library's functions and asks the server's own check_in_tick()
 * (mixer/base/check.h). Whatever library a tick calls into is watched, too. One that sins is
 * named on stderr, with a backtrace, and ended by abort().
 *
 * With TICK_GUARD_SIN=malloc, free or lock in the environment it sins itself when a packet is
 * read within a tick: so a test can show that it would have been seen.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* glibc's own names for the functions that stand aside here */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *memory);

static bool (*in_tick)(void); /* NULL before the server's main() */
static const char *sin_wanted;
static void *volatile sin_memory; /* seen by others, as far as a compiler knows */

__attribute__((constructor)) static void find_server(void)
{
    void *found = dlsym(RTLD_DEFAULT, "check_in_tick");
    memcpy(&in_tick, &found, sizeof(found));
    sin_wanted = getenv("TICK_GUARD_SIN");
    sin_memory = malloc(1);
    void *unused[1];
    backtrace(unused, 1); /* loads what it needs now, not within a tick */
}

static void say(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

static void watch(const char *what)
{
    bool (*asked)(void) = in_tick;
    if (!asked || !asked())
        return;
    void *frames[32];
    in_tick = NULL;
    say("tick_guard: within a tick: ");
    say(what);
    say("\n");
    backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
    abort();
}

void *malloc(size_t bytes)
{
    watch("malloc");
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    watch("calloc");
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    watch("realloc");
    return __libc_realloc(memory, bytes);
}

void *memalign(size_t alignment, size_t bytes)
{
    watch("memalign");
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    watch("aligned_alloc");
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    watch("posix_memalign");
    *memory = __libc_memalign(alignment, bytes);
    return *memory ? 0 : ENOMEM;
}

void free(void *memory)
{
    if (memory)
        watch("free");
    __libc_free(memory);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    static int (*next)(pthread_mutex_t *);
    watch("pthread_mutex_lock");
    if (!next) {
        void *found = dlsym(RTLD_NEXT, "pthread_mutex_lock");
        memcpy(&next, &found, sizeof(found));
    }
    return next(mutex);
}

static void commit_sin(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    if (strcmp(sin_wanted, "malloc") == 0)
        sin_memory = malloc(1);
    else if (strcmp(sin_wanted, "free") == 0)
        free(sin_memory);
    else
        pthread_mutex_lock(&mutex);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    static ssize_t (*next)(int, struct msghdr *, int);
    if (!next) {
        void *found = dlsym(RTLD_NEXT, "recvmsg");
        memcpy(&next, &found, sizeof(found));
    }
    ssize_t length = next(fd, message, flags);
    if (length >= 0 && sin_wanted && in_tick && in_tick())
        commit_sin();
    return length;
}
