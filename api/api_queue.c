/* api_queue.c - a locked list; one posted job empties it. */
#include "api/api_queue.h"

#include "mixer/base/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct api_queue {
    struct loop *loop;
    struct api_queue_calls calls;
    pthread_mutex_t lock; /* for all below                                 */
    unsigned holders;     /* the API, and each job on its way              */
    bool closed, job_posted;
    struct api_request *first, *last;
};

struct api_queue *api_queue_create(struct loop *loop, const struct api_queue_calls *calls)
{
    struct api_queue *queue = calloc(1, sizeof(*queue));
    if (!queue)
        return NULL;
    queue->loop = loop;
    queue->calls = *calls;
    queue->holders = 1;
    pthread_mutex_init(&queue->lock, NULL);
    return queue;
}

/* Gives up one hold, with the lock held; the last one frees. */
static void let_go(struct api_queue *queue)
{
    bool is_last = --queue->holders == 0;
    pthread_mutex_unlock(&queue->lock);
    if (!is_last)
        return;
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

static struct api_request *take_all(struct api_queue *queue)
{
    struct api_request *first = queue->first;
    queue->first = queue->last = NULL;
    return first;
}

static void run(void *argument)
{
    ASSERT_CONTROL();
    struct api_queue *queue = argument;
    pthread_mutex_lock(&queue->lock);
    queue->job_posted = false;
    struct api_request *request = take_all(queue);
    pthread_mutex_unlock(&queue->lock);
    while (request) {
        struct api_request *next = request->next;
        queue->calls.serve(queue->calls.context, request);
        if (!request->is_held)
            queue->calls.resume(request);
        request = next;
    }
    pthread_mutex_lock(&queue->lock);
    let_go(queue);
}

/* With the lock held. */
static int ask_for_run(struct api_queue *queue)
{
    if (queue->closed)
        return -ESHUTDOWN;
    if (queue->job_posted)
        return 0;
    int err = loop_post(queue->loop, run, queue);
    if (err < 0)
        return err;
    queue->holders++;
    queue->job_posted = true;
    return 0;
}

int api_queue_push(struct api_queue *queue, struct api_request *request)
{
    pthread_mutex_lock(&queue->lock);
    int err = ask_for_run(queue);
    if (err == 0) {
        request->next = NULL;
        queue->calls.hold(request);
        if (queue->last)
            queue->last->next = request;
        else
            queue->first = request;
        queue->last = request;
    }
    pthread_mutex_unlock(&queue->lock);
    return err;
}

void api_queue_close(struct api_queue *queue)
{
    ASSERT_CONTROL();
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    struct api_request *request = take_all(queue);
    pthread_mutex_unlock(&queue->lock);
    while (request) {
        struct api_request *next = request->next;
        api_problem(&request->answer, 503, "shutting_down", "The server is going down.");
        queue->calls.resume(request);
        request = next;
    }
}

void api_queue_destroy(struct api_queue *queue)
{
    ASSERT_CONTROL();
    if (!queue)
        return;
    pthread_mutex_lock(&queue->lock);
    let_go(queue);
}
