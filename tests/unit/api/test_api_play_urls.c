/* test_api_play_urls.c - who waits for which file, and what ends what. */
#include "api/api_play_urls.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Stand-ins for the fetcher and for plays: the linker takes none of the real ones. */
struct api_fetch {
    int err;
};

struct api_fetch_job {
    api_fetch_done *on_done;
    void *context;
    bool is_cancelled;
};

static struct api_fetch_job jobs[4];
static unsigned job_count;
static struct api_fetch fetcher;
static char told[128];
static struct api_play_urls urls;

int api_fetch_start(struct api_fetch *fetch, const char *url, api_fetch_done *on_done,
                    void *context, struct api_fetch_job **job)
{
    assert_ptr_equal(fetch, &fetcher);
    assert_string_equal(url, "http://example.com/");
    if (fetch->err)
        return fetch->err;
    *job = &jobs[job_count++];
    **job = (struct api_fetch_job){.on_done = on_done, .context = context};
    return 0;
}

void api_fetch_cancel(struct api_fetch_job *job)
{
    assert_false(job->is_cancelled);
    job->is_cancelled = true;
}

/* As rooms do: the play ends, and the listener is told in the midst of it. */
void room_play_failed(struct room_play *play, const char *why)
{
    strcat(told, why);
    api_play_urls_forget(&urls, play);
}

void room_play_fetched(struct room_play *play, const char *path)
{
    assert_non_null(play);
    strcat(told, path);
}

static struct room_play *const plays[] = {(struct room_play *)&jobs[0],
                                          (struct room_play *)&jobs[1]};

static int setup(void **state)
{
    (void)state;
    job_count = 0;
    told[0] = '\0';
    fetcher.err = 0;
    api_play_urls_init(&urls, &fetcher);
    return 0;
}

static struct api_play_wait *begin(struct room_play *play)
{
    struct api_play_wait *wait;
    assert_int_equal(api_play_urls_start(&urls, "http://example.com/", &wait), 0);
    if (play)
        api_play_urls_bind(wait, play);
    return wait;
}

static void done(unsigned job, int err, const char *why, const char *path)
{
    struct api_fetch_result result = {.err = err, .why = why, .path = path};
    jobs[job].on_done(jobs[job].context, &result);
}

static void each_play_gets_its_file(void **state)
{
    (void)state;
    begin(plays[0]);
    begin(plays[1]);
    done(1, 0, "", "/b ");
    assert_non_null(urls.first);
    done(0, -ENOENT, "answered 404", NULL);
    assert_string_equal(told, "/b answered 404");
    assert_null(urls.first);
    assert_false(jobs[0].is_cancelled || jobs[1].is_cancelled);
}

static void a_play_that_ends_ends_its_fetch(void **state)
{
    (void)state;
    begin(plays[0]);
    begin(plays[1]);
    api_play_urls_forget(&urls, plays[0]);
    api_play_urls_forget(&urls, plays[0]);
    assert_true(jobs[0].is_cancelled);
    assert_false(jobs[1].is_cancelled);
    api_play_urls_finish(&urls);
    assert_true(jobs[1].is_cancelled);
    assert_null(urls.first);
}

static void what_cannot_begin_leaves_nothing(void **state)
{
    (void)state;
    struct api_play_wait *wait = NULL;
    api_play_urls_drop(begin(NULL)); /* the play could not begin */
    assert_true(jobs[0].is_cancelled);
    fetcher.err = -EBUSY;
    assert_int_equal(api_play_urls_start(&urls, "http://example.com/", &wait), -EBUSY);
    api_play_urls_init(&urls, NULL);
    assert_int_equal(api_play_urls_start(&urls, "http://example.com/", &wait), -ENOSYS);
    assert_null(wait);
    assert_null(urls.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_play_gets_its_file, setup),
        cmocka_unit_test_setup(a_play_that_ends_ends_its_fetch, setup),
        cmocka_unit_test_setup(what_cannot_begin_leaves_nothing, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
