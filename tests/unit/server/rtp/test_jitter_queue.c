/* test_jitter_queue.c - the order of what waits, against a plain sorted list. */
#include "server/rtp/jitter_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SLOTS = 8, BLOCKS = 12, BYTES = 300 };

static struct jitter_queue queue;
static void *memory;

static int make(void **state)
{
    (void)state;
    memory = malloc(jitter_queue_bytes(SLOTS, BLOCKS));
    jitter_queue_init(&queue, SLOTS, BLOCKS, memory);
    return memory ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static void insert(int64_t sequence, size_t length, bool is_audio)
{
    uint8_t payload[BYTES];
    memset(payload, (int)sequence, sizeof(payload));
    struct jitter_entry entry = {
        .sequence = sequence, .length = (uint16_t)length, .is_audio = is_audio};
    jitter_queue_insert(&queue, jitter_queue_place(&queue, sequence), &entry, payload);
}

static void any_order_comes_out_in_order(void **state)
{
    (void)state;
    const int64_t order[] = {5, 3, 9, 4, -2, 7};
    const int64_t sorted[] = {-2, 3, 4, 5, 7, 9};
    for (unsigned i = 0; i < 6; i++)
        insert(order[i], 10, true);
    assert_int_equal(jitter_queue_place(&queue, 6), 4);
    assert_int_equal(jitter_queue_place(&queue, 7), 4);
    assert_int_equal(jitter_queue_place(&queue, 10), 6);
    assert_int_equal(jitter_queue_place(&queue, -3), 0);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(jitter_queue_at(&queue, 0)->sequence, sorted[i]);
        jitter_queue_remove_first(&queue);
    }
    assert_int_equal(queue.count, 0);
}

static void the_first_audio_may_have_fillers_before_it(void **state)
{
    (void)state;
    assert_null(jitter_queue_first_audio(&queue));
    insert(1, 0, false);
    insert(2, 0, false);
    assert_null(jitter_queue_first_audio(&queue));
    insert(4, 10, true);
    insert(3, 0, false);
    assert_int_equal(jitter_queue_first_audio(&queue)->sequence, 4);
    for (unsigned i = 0; i < 3; i++)
        jitter_queue_remove_first(&queue);
    assert_int_equal(jitter_queue_first_audio(&queue)->sequence, 4);
    jitter_queue_remove_first(&queue);
    assert_null(jitter_queue_first_audio(&queue));
}

static void room_is_slots_and_blocks(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        insert(i, 4 * JITTER_POOL_BLOCK_BYTES - 20, true); /* four blocks each */
    assert_false(jitter_queue_has_room(&queue, 1));
    for (unsigned i = 3; i < SLOTS; i++) {
        assert_true(jitter_queue_has_room(&queue, 0));
        insert(i, 0, true);
    }
    assert_false(jitter_queue_has_room(&queue, 0));
    jitter_queue_clear(&queue);
    assert_int_equal(queue.audio, 0);
    assert_true(jitter_queue_has_room(&queue, (size_t)BLOCKS * JITTER_POOL_BLOCK_BYTES));
}

static void equals_a_sorted_list(void **state)
{
    (void)state;
    struct {
        int64_t sequence;
        size_t length;
        bool is_audio;
    } plain[SLOTS];
    unsigned count = 0;
    srandom(12);
    for (unsigned round = 0; round < 100000; round++) {
        if (count && random() % 2) {
            const struct jitter_entry *first = jitter_queue_at(&queue, 0);
            uint8_t out[BYTES], expected[BYTES];
            assert_int_equal(first->sequence, plain[0].sequence);
            assert_int_equal(first->length, plain[0].length);
            jitter_queue_load(&queue, first, out);
            memset(expected, (int)first->sequence, sizeof(expected));
            assert_memory_equal(out, expected, first->length);
            jitter_queue_remove_first(&queue);
            memmove(plain, plain + 1, --count * sizeof(plain[0]));
        } else {
            int64_t sequence = random() % 50;
            size_t length = (size_t)random() % BYTES;
            if (!jitter_queue_has_room(&queue, length))
                continue;
            unsigned place = count;
            while (place > 0 && plain[place - 1].sequence >= sequence)
                place--;
            if (place < count && plain[place].sequence == sequence)
                continue;
            memmove(plain + place + 1, plain + place, (count++ - place) * sizeof(plain[0]));
            plain[place].sequence = sequence;
            plain[place].length = length;
            plain[place].is_audio = random() % 3;
            insert(sequence, length, plain[place].is_audio);
        }
        unsigned audio = 0;
        for (unsigned i = 0; i < count; i++) {
            assert_int_equal(jitter_queue_at(&queue, i)->sequence, plain[i].sequence);
            audio += plain[i].is_audio;
        }
        assert_int_equal(queue.count, count);
        assert_int_equal(queue.audio, audio);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_order_comes_out_in_order, make, end),
        cmocka_unit_test_setup_teardown(the_first_audio_may_have_fillers_before_it, make, end),
        cmocka_unit_test_setup_teardown(room_is_slots_and_blocks, make, end),
        cmocka_unit_test_setup_teardown(equals_a_sorted_list, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
