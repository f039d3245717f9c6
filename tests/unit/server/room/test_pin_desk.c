/* test_pin_desk.c - PINs are hashed and judged elsewhere, and told in order. */
#include "server/room/pin_desk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct loop *loop;
static struct pin_desk *desk;
static char told[PIN_DESK_MOST + 1];

static int setup(void **state)
{
    (void)state;
    told[0] = '\0';
    loop = loop_create();
    desk = pin_desk_create(loop);
    return loop && desk ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    pin_desk_destroy(desk);
    loop_destroy(loop);
    return 0;
}

static void wait_for_all(void)
{
    while (pin_desk_waiting(desk))
        loop_run_once(loop, -1);
}

static void keep(struct pin_job *job)
{
    (void)job;
}

/* What was typed first. */
static void note(struct pin_job *job)
{
    size_t length = strlen(told);
    snprintf(told + length, sizeof(told) - length, "%.1s", job->typed[0]);
    pin_job_destroy(job);
}

static void make(struct pin_job *job, const char *pin, const char *moderator_pin)
{
    job->what = PIN_JOB_MAKE;
    snprintf(job->typed[PIN_OF_GUESTS], PIN_BYTES, "%s", pin);
    snprintf(job->typed[PIN_OF_MODERATORS], PIN_BYTES, "%s", moderator_pin);
    assert_int_equal(pin_desk_push(desk, job), 0);
    wait_for_all();
}

static void pins_are_made_and_judged(void **state)
{
    (void)state;
    struct pin_job *job = pin_job_create(PIN_JOB_MAKE, keep, NULL);
    make(job, "471147", "0815");
    assert_int_equal(job->result, 0);
    assert_int_equal(pin_hash_length(job->kept[PIN_OF_GUESTS]), 6);
    assert_int_equal(pin_hash_length(job->kept[PIN_OF_MODERATORS]), 4);
    char guests[PIN_HASH_BYTES];
    memcpy(guests, job->kept[PIN_OF_GUESTS], sizeof(guests));
    assert_true(pin_job_is_of(job, guests, job->kept[PIN_OF_MODERATORS]));
    assert_false(pin_job_is_of(job, guests, ""));
    job->what = PIN_JOB_JUDGE;
    memset(job->typed, 0, sizeof(job->typed));
    snprintf(job->typed[0], PIN_BYTES, "0815");
    assert_int_equal(pin_desk_push(desk, job), 0);
    wait_for_all();
    assert_int_equal(job->result, 1 << PIN_OF_MODERATORS);
    make(job, "", "471147"); /* one stays, and gives its salt: equal PINs are seen */
    assert_string_equal(job->kept[PIN_OF_MODERATORS], guests);
    make(job, "4711x", "");
    assert_int_equal(job->result, -EINVAL);
    pin_job_destroy(job);
}

static void push(char first)
{
    struct pin_job *job = pin_job_create(PIN_JOB_JUDGE, note, NULL);
    assert_non_null(job);
    job->typed[0][0] = first;
    assert_int_equal(pin_desk_push(desk, job), 0);
}

static void they_are_told_in_order(void **state)
{
    (void)state;
    for (char first = 'a'; first <= 'z'; first++)
        push(first);
    wait_for_all();
    assert_string_equal(told, "abcdefghijklmnopqrstuvwxyz");
}

static void there_is_a_limit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PIN_DESK_MOST; i++)
        push('x');
    struct pin_job *job = pin_job_create(PIN_JOB_JUDGE, note, NULL);
    assert_int_equal(pin_desk_push(desk, job), -EBUSY); /* whatever is done: not told yet */
    wait_for_all();
    assert_int_equal(pin_desk_push(desk, job), 0);
    wait_for_all();
    assert_int_equal(pin_desk_waiting(desk), 0);
}

static void what_was_pushed_is_told_at_the_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 9; i++)
        push('x');
    pin_desk_destroy(desk);
    desk = NULL;
    assert_string_equal(told, "xxxxxxxxx");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pins_are_made_and_judged),
        TEST(they_are_told_in_order),
        TEST(there_is_a_limit),
        TEST(what_was_pushed_is_told_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
