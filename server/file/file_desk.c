/* file_desk.c - two lists, to do and done; threads between them; an eventfd to control. */
#include "server/file/file_desk.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* One may wait for a scanner while another hashes. */
enum { THREADS = 2, LARGE_BYTES = 16 << 20 };

struct jobs {
    struct file_job *first, **last;
};

struct file_desk {
    struct loop *loop;
    struct loop_watch *watch;
    const struct file_rules *rules;
    int done_fd; /* readable: something is done        */
    int stop_fd; /* readable: the desk is being closed */
    unsigned thread_count;
    pthread_t thread[THREADS];
    struct file_magic *magic[THREADS];
    pthread_mutex_t lock; /* for all below */
    pthread_cond_t wanted;
    bool closed;
    struct jobs to_do, done;
    unsigned waiting;   /* to do, or being done */
    bool scans_large;   /* a thread does: */
    struct jobs parked; /* other large ones, hashed already */
};

static void jobs_init(struct jobs *jobs)
{
    jobs->first = NULL;
    jobs->last = &jobs->first;
}

static void jobs_add(struct jobs *jobs, struct file_job *job)
{
    job->next = NULL;
    *jobs->last = job;
    jobs->last = &job->next;
}

static struct file_job *jobs_take(struct jobs *jobs)
{
    struct file_job *job = jobs->first;
    if (!job)
        return NULL;
    jobs->first = job->next;
    if (!jobs->first)
        jobs->last = &jobs->first;
    return job;
}

/* ---- to control ---- */

void file_desk_pass(struct file_desk *desk, struct file_job *job)
{
    pthread_mutex_lock(&desk->lock);
    jobs_add(&desk->done, job);
    pthread_mutex_unlock(&desk->lock);
    eventfd_write(desk->done_fd, 1);
}

static struct file_job *take(struct file_desk *desk, struct jobs *jobs)
{
    pthread_mutex_lock(&desk->lock);
    struct file_job *job = jobs_take(jobs);
    pthread_mutex_unlock(&desk->lock);
    return job;
}

static void tell_all(struct file_desk *desk)
{
    for (struct file_job *job; (job = take(desk, &desk->done));) {
        free(job->path);
        free(job->picture);
        job->path = job->picture = NULL;
        job->on_done(job);
    }
}

static void on_done(void *context, uint32_t events)
{
    (void)events;
    struct file_desk *desk = context;
    eventfd_t count;
    eventfd_read(desk->done_fd, &count);
    tell_all(desk);
}

/* ---- the threads ---- */

enum outcome {
    IS_DONE,
    GOES_ON,  /* once it is its turn again */
    IS_PARKED /* until the turn of large ones is given on */
};

/* What there is to do with it but the hash. */
static void check(struct file_desk *desk, struct file_magic *magic, struct file_job *job)
{
    int fd = -1;
    const struct file_look look = {
        .rules = desk->rules, .path = job->path, .hash = job->hash, .stop_fd = desk->stop_fd};
    file_check(&look, magic, &job->facts, &fd);
    file_desk_pass(desk, job);
    if (fd < 0)
        return;
    fdatasync(fd); /* nobody waits for it: see README.md */
    close(fd);
}

static bool has_long_scan(const struct file_desk *desk, const struct file_job *job)
{
    const struct file_rules *rules = desk->rules;
    struct stat about;
    return (rules->scanner_count || rules->clamd) && stat(job->path, &about) == 0 &&
           about.st_size > LARGE_BYTES;
}

static bool take_turn(struct file_desk *desk, struct file_job *job)
{
    pthread_mutex_lock(&desk->lock);
    const bool is_mine = !desk->scans_large;
    desk->scans_large = true;
    if (!is_mine)
        jobs_add(&desk->parked, job);
    pthread_mutex_unlock(&desk->lock);
    return is_mine;
}

static void give_turn(struct file_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    struct file_job *next = jobs_take(&desk->parked);
    desk->scans_large = false;
    if (next)
        jobs_add(&desk->to_do, next);
    pthread_cond_signal(&desk->wanted);
    pthread_mutex_unlock(&desk->lock);
}

/* One large file is scanned at a time: the other thread is there for small ones. */
static enum outcome check_in_turn(struct file_desk *desk, struct file_magic *magic,
                                  struct file_job *job)
{
    const bool is_long = has_long_scan(desk, job);
    if (is_long && !take_turn(desk, job))
        return IS_PARKED;
    check(desk, magic, job);
    if (is_long)
        give_turn(desk);
    return IS_DONE;
}

static enum outcome do_job(struct file_desk *desk, struct file_magic *magic,
                           struct file_job *job)
{
    switch (job->what) {
    case FILE_JOB_REMOVE:
        if (unlink(job->path) < 0 && errno != ENOENT)
            log_warn("file", "cannot remove %s: %s", job->path, strerror(errno));
        free(job->path);
        free(job);
        break;
    case FILE_JOB_HASH:
        if (file_hash_run(job->hash, desk->stop_fd))
            return GOES_ON;
        file_hash_unref(job->hash);
        free(job);
        break;
    case FILE_JOB_RENDER:
        job->err = file_page_render(job->path, &job->page, job->picture, desk->stop_fd);
        file_desk_pass(desk, job);
        break;
    case FILE_JOB_CHECK:
        if (!job->hash)
            job->hash = file_hash_create(job->path);
        if (job->hash && file_hash_rest(job->hash, desk->stop_fd) == -EAGAIN)
            return GOES_ON;
        return check_in_turn(desk, magic, job);
    case FILE_JOB_PASS: /* never comes here */
        break;
    }
    return IS_DONE;
}

struct place {
    struct file_desk *desk;
    struct file_magic *magic;
};

static void *run(void *argument)
{
    struct place place = *(struct place *)argument;
    struct file_desk *desk = place.desk;
    free(argument);
    pthread_mutex_lock(&desk->lock);
    while (!desk->closed || desk->to_do.first) {
        struct file_job *job = jobs_take(&desk->to_do);
        if (!job) {
            pthread_cond_wait(&desk->wanted, &desk->lock);
            continue;
        }
        pthread_mutex_unlock(&desk->lock);
        const enum outcome outcome = do_job(desk, place.magic, job);
        pthread_mutex_lock(&desk->lock);
        if (outcome == GOES_ON)
            jobs_add(&desk->to_do, job);
        desk->waiting -= outcome == IS_DONE;
    }
    pthread_mutex_unlock(&desk->lock);
    return NULL;
}

static void push(struct file_desk *desk, struct file_job *job)
{
    pthread_mutex_lock(&desk->lock);
    jobs_add(&desk->to_do, job);
    desk->waiting++;
    pthread_cond_signal(&desk->wanted);
    pthread_mutex_unlock(&desk->lock);
}

void file_desk_hash(struct file_desk *desk, struct file_hash *hash)
{
    struct file_job *job = calloc(1, sizeof(*job));
    if (!job) {
        file_hash_skip(hash);
        return;
    }
    job->hash = file_hash_ref(hash);
    job->what = FILE_JOB_HASH;
    push(desk, job);
}

int file_desk_check(struct file_desk *desk, struct file_job *job, const char *path)
{
    ASSERT_CONTROL();
    job->path = strdup(path);
    if (!job->path)
        return -ENOMEM;
    job->what = FILE_JOB_CHECK;
    push(desk, job);
    return 0;
}

int file_desk_render(struct file_desk *desk, struct file_job *job, const char *path,
                     const char *picture)
{
    ASSERT_CONTROL();
    job->path = strdup(path);
    job->picture = strdup(picture);
    if (!job->path || !job->picture) {
        free(job->path);
        free(job->picture);
        job->path = job->picture = NULL;
        return -ENOMEM;
    }
    job->what = FILE_JOB_RENDER;
    push(desk, job);
    return 0;
}

void file_desk_remove(struct file_desk *desk, const char *path)
{
    struct file_job *job = calloc(1, sizeof(*job));
    char *copy = strdup(path);
    if (!job || !copy) {
        free(job);
        free(copy);
        unlink(path);
        return;
    }
    job->path = copy;
    job->what = FILE_JOB_REMOVE;
    push(desk, job);
}

unsigned file_desk_waiting(struct file_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    unsigned waiting = desk->waiting;
    pthread_mutex_unlock(&desk->lock);
    return waiting;
}

/* ---- life ---- */

static int start_threads(struct file_desk *desk, char **why)
{
    for (unsigned i = 0; i < THREADS; i++) {
        int err = file_magic_create(&desk->magic[i], why);
        if (err < 0)
            return err;
        struct place *place = malloc(sizeof(*place));
        if (!place)
            return -ENOMEM;
        *place = (struct place){desk, desk->magic[i]};
        err = pthread_create(&desk->thread[i], NULL, run, place);
        if (err) {
            free(place);
            return -err;
        }
        desk->thread_count++;
    }
    return 0;
}

int file_desk_create(struct loop *loop, const struct file_rules *rules, struct file_desk **desk,
                     char **why)
{
    ASSERT_CONTROL();
    struct file_desk *made = calloc(1, sizeof(*made));
    *why = NULL;
    if (!made)
        return -ENOMEM;
    made->loop = loop;
    made->rules = rules;
    jobs_init(&made->to_do);
    jobs_init(&made->done);
    jobs_init(&made->parked);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->wanted, NULL);
    made->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int err = made->done_fd < 0 || made->stop_fd < 0 ? -errno : 0;
    if (err == 0) {
        made->watch = loop_watch(loop, made->done_fd, EPOLLIN, on_done, made);
        err = made->watch ? start_threads(made, why) : -ENOMEM;
    }
    if (err < 0)
        file_desk_destroy(made);
    else
        *desk = made;
    return err;
}

void file_desk_destroy(struct file_desk *desk)
{
    ASSERT_CONTROL();
    if (!desk)
        return;
    pthread_mutex_lock(&desk->lock);
    desk->closed = true;
    pthread_cond_broadcast(&desk->wanted);
    pthread_mutex_unlock(&desk->lock);
    if (desk->stop_fd >= 0)
        eventfd_write(desk->stop_fd, 1);
    for (unsigned i = 0; i < desk->thread_count; i++)
        pthread_join(desk->thread[i], NULL);
    loop_unwatch(desk->loop, desk->watch);
    tell_all(desk);
    /* What that had removed: no thread is left to do it. */
    for (struct file_job *job; (job = take(desk, &desk->to_do));)
        do_job(desk, NULL, job);
    for (unsigned i = 0; i < THREADS; i++)
        file_magic_destroy(desk->magic[i]);
    if (desk->done_fd >= 0)
        close(desk->done_fd);
    if (desk->stop_fd >= 0)
        close(desk->stop_fd);
    pthread_cond_destroy(&desk->wanted);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}
