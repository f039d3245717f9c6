/*
 * api_queue.h - requests on their way from the HTTP thread to control, and the way back.
 *
 *   HTTP:     if (api_queue_push(queue, request) < 0) ...answer 503 here...
 *   control:  (from the loop) serve(context, request); then resume(request), unless serve() has
 *             set request->is_held: then it is held until its answer has come
 *
 * The queue outlives the API until the last job that it posted has run, so that a job which the
 * loop still holds when the API ends finds an empty queue, not freed memory.
 *
 * Thread   create, close, destroy: control. push: HTTP. serve and resume are called on control;
 *          hold is called on HTTP, under the queue's lock, before control can see the request.
 */
#ifndef API_API_QUEUE_H
#define API_API_QUEUE_H

#include "api/api_request.h"
#include "server/loop/loop.h"

struct api_queue;

struct api_queue_calls {
    void (*hold)(struct api_request *request);   /* suspends the connection      */
    void (*resume)(struct api_request *request); /* it is HTTP's again           */
    void (*serve)(void *context, struct api_request *request);
    void *context;
};

/** @return the queue, owned by the caller; NULL: no memory. */
struct api_queue *api_queue_create(struct loop *loop, const struct api_queue_calls *calls);

/**
 * Hands @p request to control.
 *
 * @return 0: it is control's until resume(); -ESHUTDOWN or -ENOMEM: it is still the caller's.
 */
int api_queue_push(struct api_queue *queue, struct api_request *request);

/** From now on nothing can be pushed; what waits is answered 503. */
void api_queue_close(struct api_queue *queue);

/** Nobody may push any more: the HTTP thread has ended, or never was. NULL is allowed. */
void api_queue_destroy(struct api_queue *queue);

#endif
