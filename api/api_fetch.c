/* api_fetch.c - jobs to a thread that does them all at once, and back. */
#include "api/api_fetch.h"

#include "api/api_address_rule.h"
#include "api/api_fetch_transfer.h"
#include "mixer/base/check.h"
#include "mixer/base/explain.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 1000 };

struct api_fetch_job {
    struct api_fetch *fetch;
    struct api_fetch_job *next;
    char *url;
    struct api_fetch_sent sent;
    api_fetch_done *on_done; /* control */
    void *context;           /* control */
    bool is_cancelled;       /* under the lock */

    struct api_fetch_transfer *transfer; /* thread: while it is active */
    int err;                             /* thread, then control: what came of it */
    char *why, *path;
    unsigned status;
};

struct list {
    struct api_fetch_job *first, *last;
};

struct api_fetch {
    struct loop *loop;
    struct api_fetch_limits limits;
    unsigned at_once, most_unfinished;
    CURLM *multi;
    pthread_t thread;
    bool has_thread;
    struct api_fetch_job *active[API_FETCH_MAX_AT_ONCE]; /* thread */

    pthread_mutex_t lock; /* for all below                          */
    unsigned holders;     /* the owner, and a job that was posted   */
    bool is_closed, is_posted;
    unsigned unfinished; /* waiting or active */
    struct list waiting, done;
};

static void append(struct list *list, struct api_fetch_job *job)
{
    job->next = NULL;
    if (list->last)
        list->last->next = job;
    else
        list->first = job;
    list->last = job;
}

static struct api_fetch_job *take_first(struct list *list)
{
    struct api_fetch_job *job = list->first;
    if (job) {
        list->first = job->next;
        if (!job->next)
            list->last = NULL;
    }
    return job;
}

/* ---- control: what is done ---- */

/* With the lock, which is given up; the last one frees. */
static void let_go(struct api_fetch *fetch)
{
    bool is_last = --fetch->holders == 0;
    pthread_mutex_unlock(&fetch->lock);
    if (!is_last)
        return;
    pthread_mutex_destroy(&fetch->lock);
    for (unsigned i = 0; i < fetch->limits.allow_count; i++)
        free(fetch->limits.allow[i]);
    free(fetch->limits.allow);
    free(fetch->limits.directory);
    free(fetch);
}

static void free_job(struct api_fetch_job *job)
{
    free(job->url);
    free(job->sent.body);
    curl_slist_free_all(job->sent.headers);
    free(job->why);
    free(job->path);
    free(job);
}

static void tell(struct api_fetch_job *job, bool is_cancelled, bool is_closed)
{
    bool is_kept = !is_cancelled && !is_closed && job->path;
    if (job->path && !is_kept)
        unlink(job->path);
    if (!is_cancelled) {
        const char *why = job->why ? job->why : job->err ? "no memory" : "";
        struct api_fetch_result result = {job->err, why, is_kept ? job->path : NULL,
                                          job->status};
        if (is_closed)
            result = (struct api_fetch_result){-ECANCELED, "the server is going down", NULL, 0};
        job->on_done(job->context, &result);
    }
    free_job(job);
}

static void tell_all(struct api_fetch *fetch)
{
    for (;;) {
        pthread_mutex_lock(&fetch->lock);
        struct api_fetch_job *job = take_first(&fetch->done);
        bool is_cancelled = job && job->is_cancelled, is_closed = fetch->is_closed;
        pthread_mutex_unlock(&fetch->lock);
        if (!job)
            return;
        tell(job, is_cancelled, is_closed);
    }
}

static void on_posted(void *argument)
{
    ASSERT_CONTROL();
    struct api_fetch *fetch = argument;
    pthread_mutex_lock(&fetch->lock);
    fetch->is_posted = false;
    pthread_mutex_unlock(&fetch->lock);
    tell_all(fetch);
    pthread_mutex_lock(&fetch->lock);
    let_go(fetch);
}

/* ---- the thread ---- */

/* With the lock. If there is no memory for it, the next look tries again. */
static void post(struct api_fetch *fetch)
{
    if (fetch->is_posted || !fetch->done.first)
        return;
    if (loop_post(fetch->loop, on_posted, fetch) < 0)
        return;
    fetch->holders++;
    fetch->is_posted = true;
}

static void finish(struct api_fetch *fetch, struct api_fetch_job *job)
{
    if (job->transfer) {
        job->status = api_fetch_transfer_status(job->transfer);
        api_fetch_transfer_take(job->transfer, &job->err, &job->why, &job->path);
        api_fetch_transfer_destroy(job->transfer);
        job->transfer = NULL;
    }
    pthread_mutex_lock(&fetch->lock);
    fetch->unfinished--;
    append(&fetch->done, job);
    post(fetch);
    pthread_mutex_unlock(&fetch->lock);
}

static bool perform(struct api_fetch *fetch, struct api_fetch_job *job)
{
    CURL *curl = api_fetch_transfer_handle(job->transfer);
    return !api_fetch_transfer_has_failed(job->transfer) &&
           curl_multi_add_handle(fetch->multi, curl) == CURLM_OK;
}

/* Takes over what waits, while there is room. */
static void take_over(struct api_fetch *fetch)
{
    for (unsigned i = 0; i < fetch->at_once; i++) {
        while (!fetch->active[i]) {
            pthread_mutex_lock(&fetch->lock);
            struct api_fetch_job *job = take_first(&fetch->waiting);
            bool is_wanted = job && !job->is_cancelled;
            pthread_mutex_unlock(&fetch->lock);
            if (!job)
                return;
            job->err = is_wanted ? -ENOMEM : -ECANCELED;
            if (is_wanted)
                job->transfer = api_fetch_transfer_create(job->url, &job->sent, &fetch->limits);
            if (job->transfer && perform(fetch, job))
                fetch->active[i] = job;
            else
                finish(fetch, job);
        }
    }
}

static void drop(struct api_fetch *fetch, unsigned place)
{
    struct api_fetch_job *job = fetch->active[place];
    fetch->active[place] = NULL;
    curl_multi_remove_handle(fetch->multi, api_fetch_transfer_handle(job->transfer));
    api_fetch_transfer_destroy(job->transfer);
    job->transfer = NULL;
    job->err = -ECANCELED;
    finish(fetch, job);
}

static void drop_cancelled(struct api_fetch *fetch)
{
    for (unsigned i = 0; i < fetch->at_once; i++) {
        pthread_mutex_lock(&fetch->lock);
        bool is_cancelled = fetch->active[i] && fetch->active[i]->is_cancelled;
        pthread_mutex_unlock(&fetch->lock);
        if (is_cancelled)
            drop(fetch, i);
    }
}

static void on_curl_done(struct api_fetch *fetch, CURL *curl, CURLcode code)
{
    void *transfer = NULL;
    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &transfer);
    curl_multi_remove_handle(fetch->multi, curl);
    for (unsigned i = 0; i < fetch->at_once; i++) {
        struct api_fetch_job *job = fetch->active[i];
        if (!job || job->transfer != transfer)
            continue;
        if (api_fetch_transfer_goes_on(transfer, code) && perform(fetch, job))
            return;
        fetch->active[i] = NULL;
        finish(fetch, job);
        return;
    }
}

static bool is_working(const struct api_fetch *fetch)
{
    for (unsigned i = 0; i < fetch->at_once; i++) {
        if (fetch->active[i])
            return true;
    }
    return false;
}

/* Waits for the network, or for control. */
static void rest(struct api_fetch *fetch)
{
    pthread_mutex_lock(&fetch->lock);
    post(fetch);
    bool is_late = fetch->done.first && !fetch->is_posted;
    pthread_mutex_unlock(&fetch->lock);
    int most_ms = is_late || is_working(fetch) ? LOOK_AGAIN_MS : INT_MAX;
    curl_multi_poll(fetch->multi, NULL, 0, most_ms, NULL);
}

static bool is_closed(struct api_fetch *fetch)
{
    pthread_mutex_lock(&fetch->lock);
    bool closed = fetch->is_closed;
    pthread_mutex_unlock(&fetch->lock);
    return closed;
}

static void *run(void *argument)
{
    struct api_fetch *fetch = argument;
    while (!is_closed(fetch)) {
        drop_cancelled(fetch);
        take_over(fetch);
        int running, left;
        curl_multi_perform(fetch->multi, &running);
        bool is_changed = false;
        for (CURLMsg *message; (message = curl_multi_info_read(fetch->multi, &left));) {
            if (message->msg != CURLMSG_DONE)
                continue;
            on_curl_done(fetch, message->easy_handle, message->data.result);
            is_changed = true;
        }
        if (!is_changed)
            rest(fetch);
    }
    for (unsigned i = 0; i < fetch->at_once; i++) {
        if (fetch->active[i])
            drop(fetch, i);
    }
    return NULL;
}

/* ---- control: begin and end ---- */

static int copy_limits(struct api_fetch *fetch, const struct api_fetch_config *config,
                       char **why)
{
    struct api_fetch_limits *limits = &fetch->limits;
    limits->most_bytes = config->most_bytes;
    limits->most_s = config->most_s;
    limits->directory = strdup(config->directory);
    limits->allow = calloc(config->allow_count + 1, sizeof(*limits->allow));
    if (!limits->directory || !limits->allow)
        return -ENOMEM;
    for (unsigned i = 0; i < config->allow_count; i++) {
        if (!api_address_rule_is_valid(config->allow[i]))
            return explain(-EINVAL, why, "\"%s\" is no host, address or block of addresses",
                           config->allow[i]);
        if (!(limits->allow[i] = strdup(config->allow[i])))
            return -ENOMEM;
        limits->allow_count++;
    }
    return 0;
}

static int remove_left_over(const char *path, char **why)
{
    DIR *directory = opendir(path);
    if (!directory)
        return explain(-errno, why, "%s: %s", path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (fnmatch("fetch-*.tmp", entry->d_name, 0) == 0)
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
    return 0;
}

/* Signals are for the main thread: those that its own threads inherit are all blocked. */
static int start_thread(struct api_fetch *fetch)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&fetch->thread, NULL, run, fetch);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err)
        return -EAGAIN;
    pthread_setname_np(fetch->thread, "fetch");
    fetch->has_thread = true;
    return 0;
}

int api_fetch_create(const struct api_fetch_config *config, struct loop *loop,
                     struct api_fetch **fetch, char **why)
{
    ASSERT_CONTROL();
    *why = NULL;
    if (!config->at_once || config->at_once > API_FETCH_MAX_AT_ONCE || !config->most_s ||
        config->most_s > INT_MAX / 1000 || !config->most_bytes ||
        config->most_bytes > INT64_MAX)
        return -EINVAL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return -ENOMEM;
    struct api_fetch *one = calloc(1, sizeof(*one));
    if (!one) {
        curl_global_cleanup();
        return -ENOMEM;
    }
    pthread_mutex_init(&one->lock, NULL);
    one->loop = loop;
    one->holders = 1;
    one->at_once = config->at_once;
    one->most_unfinished = config->at_once + config->most_waiting;
    one->multi = curl_multi_init();
    int err = one->multi ? copy_limits(one, config, why) : -ENOMEM;
    if (err == 0)
        err = remove_left_over(one->limits.directory, why);
    if (err == 0)
        err = start_thread(one);
    if (err < 0) {
        api_fetch_destroy(one);
        return err;
    }
    *fetch = one;
    return 0;
}

void api_fetch_destroy(struct api_fetch *fetch)
{
    ASSERT_CONTROL();
    if (!fetch)
        return;
    pthread_mutex_lock(&fetch->lock);
    fetch->is_closed = true;
    pthread_mutex_unlock(&fetch->lock);
    if (fetch->has_thread) {
        curl_multi_wakeup(fetch->multi);
        pthread_join(fetch->thread, NULL);
    }
    pthread_mutex_lock(&fetch->lock);
    for (struct api_fetch_job *job; (job = take_first(&fetch->waiting));)
        append(&fetch->done, job);
    pthread_mutex_unlock(&fetch->lock);
    tell_all(fetch);
    curl_multi_cleanup(fetch->multi);
    curl_global_cleanup();
    pthread_mutex_lock(&fetch->lock);
    let_go(fetch);
}

const char *api_fetch_url_fault(const char *url)
{
    return api_fetch_transfer_url_fault(url);
}

static int enqueue(struct api_fetch *fetch, struct api_fetch_job *job)
{
    int err = 0;
    pthread_mutex_lock(&fetch->lock);
    if (fetch->is_closed)
        err = -ESHUTDOWN;
    else if (fetch->unfinished >= fetch->most_unfinished)
        err = -EBUSY;
    if (err == 0) {
        fetch->unfinished++;
        append(&fetch->waiting, job);
    }
    pthread_mutex_unlock(&fetch->lock);
    return err;
}

static int copy_sent(const struct api_fetch_post *post, struct api_fetch_sent *sent)
{
    sent->length = post->length;
    sent->body = malloc(post->length + 1);
    if (!sent->body)
        return -ENOMEM;
    memcpy(sent->body, post->body, post->length);
    for (unsigned i = 0; i < post->header_count; i++) {
        struct curl_slist *longer = curl_slist_append(sent->headers, post->headers[i]);
        if (!longer)
            return -ENOMEM;
        sent->headers = longer;
    }
    return 0;
}

int api_fetch_start(struct api_fetch *fetch, const char *url, api_fetch_done *on_done,
                    void *context, struct api_fetch_job **job)
{
    return api_fetch_post(fetch, url, NULL, on_done, context, job);
}

int api_fetch_post(struct api_fetch *fetch, const char *url, const struct api_fetch_post *post,
                   api_fetch_done *on_done, void *context, struct api_fetch_job **job)
{
    ASSERT_CONTROL();
    if (api_fetch_url_fault(url))
        return -EINVAL;
    struct api_fetch_job *one = calloc(1, sizeof(*one));
    if (!one)
        return -ENOMEM;
    one->fetch = fetch;
    one->on_done = on_done;
    one->context = context;
    one->url = strdup(url);
    int err = one->url && post ? copy_sent(post, &one->sent) : 0;
    if (err == 0)
        err = one->url ? enqueue(fetch, one) : -ENOMEM;
    if (err < 0) {
        free_job(one);
        return err;
    }
    if (job)
        *job = one;
    curl_multi_wakeup(fetch->multi);
    return 0;
}

void api_fetch_cancel(struct api_fetch_job *job)
{
    ASSERT_CONTROL();
    struct api_fetch *fetch = job->fetch;
    pthread_mutex_lock(&fetch->lock);
    job->is_cancelled = true;
    pthread_mutex_unlock(&fetch->lock);
    curl_multi_wakeup(fetch->multi);
}
