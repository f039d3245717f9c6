/* test_record_ring.c - records of any length, in order, whole; one producer and one consumer.
 */
#include "mixer/base/record_ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { RING = 256, LONGEST = 90 };

/* What record @p n has in it. */
static size_t make(unsigned n, uint8_t *out)
{
    const size_t bytes = n * 7 % LONGEST;
    memset(out, (int)(n & 0xff), bytes);
    return bytes;
}

static void check(struct record_ring *ring, unsigned n)
{
    uint8_t expected[LONGEST];
    size_t bytes;
    const uint8_t *record = record_ring_front(ring, &bytes);
    assert_non_null(record);
    assert_int_equal((uintptr_t)record % 8, 0);
    assert_int_equal(bytes, sizeof(n) + make(n, expected));
    assert_memory_equal(record, &n, sizeof(n));
    assert_memory_equal(record + sizeof(n), expected, bytes - sizeof(n));
    record_ring_pop(ring);
}

static bool push(struct record_ring *ring, unsigned n)
{
    uint8_t body[LONGEST];
    const size_t bytes = make(n, body);
    return record_ring_push(ring, &n, sizeof(n), body, bytes);
}

static void records_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct record_ring *ring = record_ring_create(RING);
    unsigned in = 0, out = 0;
    size_t bytes;
    assert_null(record_ring_front(ring, &bytes));
    for (unsigned round = 0; round < 1000; round++) { /* over the end many times */
        while (push(ring, in))
            in++;
        assert_true(in > out);
        for (unsigned i = 0; i <= round % 3 && out < in; i++)
            check(ring, out++);
    }
    while (out < in)
        check(ring, out++);
    assert_null(record_ring_front(ring, &bytes));
    record_ring_destroy(ring);
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    uint8_t body[2 * RING] = {0};
    struct record_ring *ring = record_ring_create(RING);
    assert_false(record_ring_push(ring, "", 0, body, sizeof(body)));
    assert_false(record_ring_push(ring, body, sizeof(body), "", 0));
    assert_false(record_ring_push(ring, "", 0, body, RING / 2));
    assert_true(record_ring_push(ring, "", 0, body, RING / 2 - 8));
    record_ring_destroy(ring);
    assert_null(record_ring_create(0));
    assert_null(record_ring_create(SIZE_MAX));
}

enum { MANY = 200000 };

static void *produce(void *argument)
{
    for (unsigned n = 0; n < MANY; n++) {
        while (!push(argument, n))
            sched_yield();
    }
    return NULL;
}

static void two_threads(void **state)
{
    (void)state;
    struct record_ring *ring = record_ring_create(RING);
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
    for (unsigned n = 0; n < MANY;) {
        size_t bytes;
        if (record_ring_front(ring, &bytes))
            check(ring, n++);
        else
            sched_yield();
    }
    pthread_join(producer, NULL);
    record_ring_destroy(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_as_they_went_in),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
