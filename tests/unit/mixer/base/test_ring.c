/* test_ring.c - first in, first out, bounded; one producer and one consumer at once. */
#include "mixer/base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void first_in_first_out_and_full_is_full(void **state)
{
    (void)state;
    struct ring *ring = ring_create(5, sizeof(int)); /* 8 */
    int value = 0;
    assert_false(ring_pop(ring, &value));
    int in = 0, out = 0;
    for (int round = 0; round < 100; round++) { /* over the end many times */
        while (ring_push(ring, &in))
            in++;
        assert_int_equal(in - out, 8);
        assert_int_equal(ring_count(ring), 8);
        for (int i = 0; i <= round % 8; i++) {
            assert_true(ring_pop(ring, &value));
            assert_int_equal(value, out++);
        }
        assert_int_equal(ring_count(ring), in - out);
    }
    ring_destroy(ring);
}

static void values_of_any_size_are_copied(void **state)
{
    (void)state;
    for (size_t bytes = 1; bytes <= 100; bytes++) {
        struct ring *ring = ring_create(3, bytes);
        uint8_t in[100], out[101];
        for (unsigned n = 0; n < 4; n++) {
            memset(in, (int)(n + bytes), sizeof(in));
            assert_true(ring_push(ring, in));
        }
        assert_false(ring_push(ring, in));
        for (unsigned n = 0; n < 4; n++) {
            memset(in, (int)(n + bytes), sizeof(in));
            out[bytes] = 0x5a;
            assert_true(ring_pop(ring, out));
            assert_memory_equal(in, out, bytes);
            assert_int_equal(out[bytes], 0x5a);
        }
        ring_destroy(ring);
    }
}

static void senseless_sizes_are_refused(void **state)
{
    (void)state;
    assert_null(ring_create(0, 8));
    assert_null(ring_create(8, 0));
    assert_null(ring_create(SIZE_MAX, 8));
    assert_null(ring_create(SIZE_MAX / 8, 8));
    ring_destroy(NULL);
}

enum { VALUES = 200000 };
struct message {
    uint64_t number, inverse;
};

static void *produce(void *argument)
{
    struct ring *ring = argument;
    for (uint64_t i = 0; i < VALUES; i++) {
        struct message message = {.number = i, .inverse = ~i};
        while (!ring_push(ring, &message))
            sched_yield();
    }
    return NULL;
}

static void two_threads_lose_and_tear_nothing(void **state)
{
    (void)state;
    struct ring *ring = ring_create(64, sizeof(struct message));
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < VALUES; i++) {
        struct message message;
        while (!ring_pop(ring, &message))
            sched_yield();
        wrong += message.number != i || message.inverse != ~i;
    }
    pthread_join(producer, NULL);
    assert_int_equal(wrong, 0);
    assert_int_equal(ring_count(ring), 0);
    ring_destroy(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_first_out_and_full_is_full),
        cmocka_unit_test(values_of_any_size_are_copied),
        cmocka_unit_test(senseless_sizes_are_refused),
        cmocka_unit_test(two_threads_lose_and_tear_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
