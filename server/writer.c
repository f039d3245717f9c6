/* writer.c - one thread that writes the log. */
#include "server/writer.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

static struct {
    pthread_t thread;
    int log_fd;
    atomic_bool stopping;
} writer;

enum {
    IDLE_MS = 10000, /* what came too often is told, also if nothing else is */
    GATHER_MS = 5,   /* lines come in clusters: one write, and one wake, for each */
};

static void *run(void *argument)
{
    (void)argument;
    check_thread_is(CHECK_THREAD_WRITER);
    while (!atomic_load(&writer.stopping)) {
        struct pollfd ready = {.fd = writer.log_fd, .events = POLLIN};
        if (poll(&ready, 1, IDLE_MS) > 0)
            poll(NULL, 0, GATHER_MS);
        log_drain(STDERR_FILENO);
    }
    return NULL;
}

int writer_start(void)
{
    writer.log_fd = log_queue_start();
    if (writer.log_fd < 0)
        return writer.log_fd;
    int error = pthread_create(&writer.thread, NULL, run, NULL);
    if (error) {
        log_queue_stop(STDERR_FILENO);
        return -error;
    }
    pthread_setname_np(writer.thread, "writer");
    return 0;
}

void writer_stop(void)
{
    atomic_store(&writer.stopping, true);
    log_info("main", "the log ends here, %llu lines were dropped",
             (unsigned long long)log_dropped());
    pthread_join(writer.thread, NULL);
    log_queue_stop(STDERR_FILENO);
}
