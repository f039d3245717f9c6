/* test_api_queue.c - requests to control and back, api/api_queue.c. */
#include "api/api_queue.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { REQUESTS = 2000 };

static struct loop *loop;
static struct api_queue *queue;
static atomic_uint held, resumed;
static unsigned served;

static void hold(struct api_request *request)
{
    (void)request;
    atomic_fetch_add(&held, 1);
}

static void resume(struct api_request *request)
{
    (void)request;
    atomic_fetch_add(&resumed, 1);
}

static void serve(void *context, struct api_request *request)
{
    assert_ptr_equal(context, &served);
    request->answer.status = 200 + served++ % 100;
    request->is_held = request->has_last_id; /* this test's mark of those that wait */
}

static int make(void **state)
{
    (void)state;
    loop = loop_create();
    queue = api_queue_create(loop, &(struct api_queue_calls){hold, resume, serve, &served});
    held = resumed = served = 0;
    return loop && queue ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    loop_destroy(loop);
    return 0;
}

static void serves_in_order(void **state)
{
    (void)state;
    struct api_request requests[3] = {0};
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(api_queue_push(queue, &requests[i]), 0);
    assert_int_equal(held, 3);
    assert_int_equal(served, 0);
    loop_run_once(loop, 1000);
    assert_int_equal(resumed, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(requests[i].answer.status, 200 + i);
    api_queue_close(queue);
    api_queue_destroy(queue);
}

static void what_is_held_is_not_resumed(void **state)
{
    (void)state;
    struct api_request requests[3] = {0};
    requests[1].has_last_id = true;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(api_queue_push(queue, &requests[i]), 0);
    loop_run_once(loop, 1000);
    assert_int_equal(served, 3);
    assert_int_equal(resumed, 2);
    api_queue_close(queue);
    assert_int_equal(resumed, 2);
    api_queue_destroy(queue);
}

static void answers_503_what_waits_at_the_end(void **state)
{
    (void)state;
    struct api_request waits = {0}, late = {0};
    assert_int_equal(api_queue_push(queue, &waits), 0);
    api_queue_close(queue);
    assert_int_equal(resumed, 1);
    assert_int_equal(waits.answer.status, 503);
    assert_int_equal(api_queue_push(queue, &late), -ESHUTDOWN);
    assert_int_equal(held, 1);
    api_answer_finish(&waits.answer);
    api_queue_destroy(queue);
    loop_run_once(loop, 1000); /* the job that was posted finds the queue empty, and frees it */
    assert_int_equal(served, 0);
}

static void *push_many(void *context)
{
    struct api_request *requests = context;
    for (unsigned i = 0; i < REQUESTS; i++) {
        int err = api_queue_push(queue, &requests[i]);
        assert_true(err == 0);
    }
    return NULL;
}

static void loses_none_between_threads(void **state)
{
    (void)state;
    pthread_t thread;
    struct api_request *requests = calloc(REQUESTS, sizeof(*requests));
    assert_non_null(requests);
    assert_int_equal(pthread_create(&thread, NULL, push_many, requests), 0);
    while (atomic_load(&resumed) < REQUESTS)
        loop_run_once(loop, 1000);
    pthread_join(thread, NULL);
    assert_int_equal(served, REQUESTS);
    for (unsigned i = 0; i < REQUESTS; i++)
        assert_int_equal(requests[i].answer.status, 200 + i % 100);
    api_queue_close(queue);
    api_queue_destroy(queue);
    free(requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(serves_in_order, make, end),
        cmocka_unit_test_setup_teardown(what_is_held_is_not_resumed, make, end),
        cmocka_unit_test_setup_teardown(answers_503_what_waits_at_the_end, make, end),
        cmocka_unit_test_setup_teardown(loses_none_between_threads, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
