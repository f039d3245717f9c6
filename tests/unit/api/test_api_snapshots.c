/* test_api_snapshots.c - requests that wait for a picture; the engine is this file. */
#include "api/api_snapshots.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 4 };

static struct {
    int error;    /* of room_snapshot()              */
    bool at_once; /* on_done comes before it returns */
    unsigned width, count;
    const struct participant *participant;
    video_on_snapshot *on_done[MOST];
    void *context[MOST];
} engine;

static struct api_request *resumed[MOST];
static unsigned resumes;
static struct api_snapshots snapshots;

int room_snapshot(struct room *room, struct participant *participant, unsigned max_width,
                  video_on_snapshot *on_done, void *context)
{
    assert_non_null(room);
    if (engine.error)
        return engine.error;
    engine.width = max_width;
    engine.participant = participant;
    if (engine.at_once) {
        on_done(context, 0, (const uint8_t *)"now", 3);
        return 0;
    }
    engine.on_done[engine.count] = on_done;
    engine.context[engine.count++] = context;
    return 0;
}

static void resume(struct api_request *request)
{
    resumed[resumes++] = request;
}

static int begin(void **state)
{
    (void)state;
    memset(&engine, 0, sizeof(engine));
    resumes = 0;
    api_snapshots_init(&snapshots, resume);
    return 0;
}

static struct room *const room = (struct room *)&engine; /* only handed on */
static struct participant *const ann = (struct participant *)&resumes;

static void assert_problem(const struct api_request *request, unsigned status, const char *code)
{
    assert_int_equal(request->answer.status, status);
    assert_string_equal(json_string_value(json_object_get(request->answer.json, "code")), code);
}

static void pictures_come_in_any_order(void **state)
{
    (void)state;
    struct api_request request[3] = {0};
    for (unsigned i = 0; i < 3; i++) {
        api_snapshots_take(&snapshots, &request[i], room, i ? ann : NULL, 100 * i);
        assert_true(request[i].is_held);
        assert_int_equal(request[i].answer.status, 0);
        assert_int_equal(engine.width, 100 * i);
        assert_ptr_equal(engine.participant, i ? ann : NULL);
    }
    engine.on_done[1](engine.context[1], 0, (const uint8_t *)"jpeg", 4);
    assert_int_equal(resumes, 1);
    assert_ptr_equal(resumed[0], &request[1]);
    assert_int_equal(request[1].answer.status, 200);
    assert_string_equal(request[1].answer.content_type, "image/jpeg");
    assert_int_equal(request[1].answer.text_length, 4);
    assert_memory_equal(request[1].answer.text, "jpeg", 4);
    engine.on_done[2](engine.context[2], -ENODATA, NULL, 0);
    assert_problem(&request[2], 404, "no_picture");
    engine.on_done[0](engine.context[0], -EIO, NULL, 0);
    assert_problem(&request[0], 500, "internal_error");
    assert_ptr_equal(resumed[2], &request[0]);
    assert_null(snapshots.first);
    for (unsigned i = 0; i < 3; i++)
        api_answer_finish(&request[i].answer);
}

static void what_cannot_be_is_answered_at_once(void **state)
{
    (void)state;
    static const struct {
        int error;
        unsigned status;
        const char *code;
    } all[] = {
        {-ENODATA, 404, "no_picture"},
        {-EBUSY, 503, "too_many_snapshots"},
        {-ENOMEM, 500, "out_of_memory"},
    };
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct api_request request = {0};
        engine.error = all[i].error;
        api_snapshots_take(&snapshots, &request, room, NULL, 1);
        assert_false(request.is_held);
        assert_problem(&request, all[i].status, all[i].code);
        assert_null(snapshots.first);
        api_answer_finish(&request.answer);
    }
    assert_int_equal(resumes, 0);
}

/* Whoever has asked resumes it then. */
static void an_engine_may_answer_before_it_returns(void **state)
{
    (void)state;
    struct api_request request = {0};
    engine.at_once = true;
    api_snapshots_take(&snapshots, &request, room, NULL, 1);
    assert_false(request.is_held);
    assert_int_equal(resumes, 0);
    assert_int_equal(request.answer.status, 200);
    assert_memory_equal(request.answer.text, "now", 3);
    assert_null(snapshots.first);
    api_answer_finish(&request.answer);
}

static void at_the_end_nobody_waits(void **state)
{
    (void)state;
    struct api_request request[2] = {0};
    for (unsigned i = 0; i < 2; i++)
        api_snapshots_take(&snapshots, &request[i], room, NULL, 1);
    api_snapshots_finish(&snapshots);
    assert_int_equal(resumes, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_problem(&request[i], 503, "shutting_down");
        api_answer_finish(&request[i].answer);
        memset(&request[i], 0xee, sizeof(request[i])); /* it is gone */
    }
    engine.on_done[0](engine.context[0], 0, (const uint8_t *)"late", 4);
    engine.on_done[1](engine.context[1], -ENODATA, NULL, 0);
    assert_int_equal(resumes, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pictures_come_in_any_order, begin),
        cmocka_unit_test_setup(what_cannot_be_is_answered_at_once, begin),
        cmocka_unit_test_setup(an_engine_may_answer_before_it_returns, begin),
        cmocka_unit_test_setup(at_the_end_nobody_waits, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
