/* pin_desk.c - two lists, to do and done; a thread between them; an eventfd to control. */
#include "server/room/pin_desk.h"

#include "mixer/base/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 5 }; /* behind all that has to be in time */

struct jobs {
    struct pin_job *first, **last;
};

struct pin_desk {
    struct loop *loop;
    struct loop_watch *watch;
    unsigned waiting; /* control's own                 */
    int done_fd;      /* readable: something is done   */
    bool has_thread;
    pthread_t thread;
    pthread_mutex_t lock; /* for all below */
    pthread_cond_t wanted;
    bool closed;
    struct jobs to_do, done;
};

static void jobs_add(struct jobs *jobs, struct pin_job *job)
{
    job->next = NULL;
    *jobs->last = job;
    jobs->last = &job->next;
}

static struct pin_job *jobs_take(struct jobs *jobs)
{
    struct pin_job *job = jobs->first;
    if (job)
        jobs->first = job->next;
    if (!jobs->first)
        jobs->last = &jobs->first;
    return job;
}

/* ---- a job ---- */

struct pin_job *pin_job_create(enum pin_job_kind what, void (*on_done)(struct pin_job *job),
                               void *context)
{
    struct pin_job *job = calloc(1, sizeof(*job));
    if (job)
        *job = (struct pin_job){.what = what, .on_done = on_done, .context = context};
    return job;
}

void pin_job_destroy(struct pin_job *job)
{
    if (job)
        explicit_bzero(job, sizeof(*job));
    free(job);
}

static void copy(char out[PIN_HASH_BYTES], const char *hash)
{
    memcpy(out, hash, strnlen(hash, PIN_HASH_BYTES - 1) + 1);
    out[PIN_HASH_BYTES - 1] = '\0';
}

void pin_job_keep(struct pin_job *job, const char *pin, const char *moderator_pin)
{
    copy(job->kept[PIN_OF_GUESTS], pin);
    copy(job->kept[PIN_OF_MODERATORS], moderator_pin);
}

bool pin_job_is_of(const struct pin_job *job, const char *pin, const char *moderator_pin)
{
    return strcmp(job->kept[PIN_OF_GUESTS], pin) == 0 &&
           strcmp(job->kept[PIN_OF_MODERATORS], moderator_pin) == 0;
}

/* ---- the thread ---- */

/* Both get one salt. One that stays gives it; if both are new, so is the salt. */
static int make(struct pin_job *job)
{
    int err = 0;
    for (unsigned i = 0; i < PIN_KINDS; i++) {
        if (job->typed[i][0])
            job->kept[i][0] = '\0';
    }
    for (unsigned i = 0; i < PIN_KINDS && err == 0; i++) {
        if (job->typed[i][0])
            err = pin_hash_make(job->typed[i], job->kept[!i], job->kept[i]);
    }
    return err;
}

static void do_job(struct pin_job *job)
{
    if (job->what == PIN_JOB_MAKE)
        job->result = make(job);
    else
        job->result = pin_hash_judge(job->typed[0], job->kept[PIN_OF_GUESTS],
                                     job->kept[PIN_OF_MODERATORS]);
}

static void *run(void *argument)
{
    struct pin_desk *desk = argument;
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    pthread_mutex_lock(&desk->lock);
    while (!desk->closed || desk->to_do.first) {
        struct pin_job *job = jobs_take(&desk->to_do);
        if (!job) {
            pthread_cond_wait(&desk->wanted, &desk->lock);
            continue;
        }
        pthread_mutex_unlock(&desk->lock);
        do_job(job);
        pthread_mutex_lock(&desk->lock);
        jobs_add(&desk->done, job);
        eventfd_write(desk->done_fd, 1);
    }
    pthread_mutex_unlock(&desk->lock);
    return NULL;
}

/* ---- control ---- */

static struct pin_job *take_done(struct pin_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    struct pin_job *job = jobs_take(&desk->done);
    pthread_mutex_unlock(&desk->lock);
    return job;
}

static void tell_all(struct pin_desk *desk)
{
    for (struct pin_job *job; (job = take_done(desk));) {
        desk->waiting--;
        job->on_done(job);
    }
}

static void on_done(void *context, uint32_t events)
{
    (void)events;
    struct pin_desk *desk = context;
    eventfd_t count;
    eventfd_read(desk->done_fd, &count);
    tell_all(desk);
}

int pin_desk_push(struct pin_desk *desk, struct pin_job *job)
{
    ASSERT_CONTROL();
    if (desk->waiting >= PIN_DESK_MOST)
        return -EBUSY;
    desk->waiting++;
    pthread_mutex_lock(&desk->lock);
    jobs_add(&desk->to_do, job);
    pthread_cond_signal(&desk->wanted);
    pthread_mutex_unlock(&desk->lock);
    return 0;
}

unsigned pin_desk_waiting(const struct pin_desk *desk)
{
    return desk->waiting;
}

/* ---- life ---- */

struct pin_desk *pin_desk_create(struct loop *loop)
{
    ASSERT_CONTROL();
    struct pin_desk *desk = calloc(1, sizeof(*desk));
    if (!desk)
        return NULL;
    desk->loop = loop;
    desk->to_do.last = &desk->to_do.first;
    desk->done.last = &desk->done.first;
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->wanted, NULL);
    desk->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (desk->done_fd >= 0)
        desk->watch = loop_watch(loop, desk->done_fd, EPOLLIN, on_done, desk);
    if (desk->watch)
        desk->has_thread = pthread_create(&desk->thread, NULL, run, desk) == 0;
    if (desk->has_thread)
        return desk;
    pin_desk_destroy(desk);
    return NULL;
}

void pin_desk_destroy(struct pin_desk *desk)
{
    if (!desk)
        return;
    pthread_mutex_lock(&desk->lock);
    desk->closed = true;
    pthread_cond_signal(&desk->wanted);
    pthread_mutex_unlock(&desk->lock);
    if (desk->has_thread)
        pthread_join(desk->thread, NULL);
    tell_all(desk);
    loop_unwatch(desk->loop, desk->watch);
    if (desk->done_fd >= 0)
        close(desk->done_fd);
    pthread_cond_destroy(&desk->wanted);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}
