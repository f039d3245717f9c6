/* test_jitter_pool.c - chains of blocks: what goes in comes out, and nothing leaks. */
#include "server/rtp/jitter_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCKS = 16, BLOCK = JITTER_POOL_BLOCK_BYTES, LONGEST = BLOCKS * BLOCK };

static struct jitter_pool pool;
static uint16_t memory[(BLOCKS * (BLOCK + 2)) / 2];

static int make(void **state)
{
    (void)state;
    assert_int_equal(jitter_pool_bytes(BLOCKS), sizeof(memory));
    memset(memory, 0xa5, sizeof(memory));
    jitter_pool_init(&pool, BLOCKS, memory);
    return 0;
}

static void lengths_at_the_edge_of_a_block(void **state)
{
    (void)state;
    const size_t lengths[] = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, LONGEST - 1, LONGEST};
    const unsigned blocks[] = {0, 1, 1, 1, 2, BLOCKS, BLOCKS};
    uint8_t in[LONGEST], out[LONGEST + 1];
    for (size_t i = 0; i < LONGEST; i++)
        in[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        assert_int_equal(jitter_pool_blocks(lengths[i]), blocks[i]);
        assert_true(jitter_pool_has_room(&pool, lengths[i]));
        uint16_t first = jitter_pool_store(&pool, in, lengths[i]);
        assert_int_equal(pool.free_count, BLOCKS - blocks[i]);
        memset(out, 0x5a, sizeof(out));
        jitter_pool_load(&pool, first, lengths[i], out);
        assert_memory_equal(out, in, lengths[i]);
        assert_int_equal(out[lengths[i]], 0x5a);
        jitter_pool_release(&pool, first, lengths[i]);
        assert_int_equal(pool.free_count, BLOCKS);
    }
    assert_false(jitter_pool_has_room(&pool, LONGEST + 1));
}

static void a_full_pool_has_no_room_but_for_nothing(void **state)
{
    (void)state;
    uint8_t in[LONGEST] = {0};
    uint16_t first = jitter_pool_store(&pool, in, LONGEST);
    assert_false(jitter_pool_has_room(&pool, 1));
    assert_true(jitter_pool_has_room(&pool, 0));
    assert_int_equal(jitter_pool_store(&pool, in, 0), JITTER_POOL_NONE);
    jitter_pool_release(&pool, first, LONGEST);
    assert_true(jitter_pool_has_room(&pool, LONGEST));
}

static void equals_plain_copies(void **state)
{
    (void)state;
    struct {
        uint16_t first;
        size_t length;
        bool used;
        uint8_t plain[LONGEST];
    } held[BLOCKS] = {0};
    srandom(11);
    unsigned free_blocks = BLOCKS;
    for (unsigned round = 0; round < 100000; round++) {
        unsigned i = (unsigned)random() % BLOCKS;
        if (held[i].used) {
            uint8_t out[LONGEST];
            jitter_pool_load(&pool, held[i].first, held[i].length, out);
            assert_memory_equal(out, held[i].plain, held[i].length);
            jitter_pool_release(&pool, held[i].first, held[i].length);
            free_blocks += jitter_pool_blocks(held[i].length);
            held[i].used = false;
            continue;
        }
        size_t length = (size_t)random() % (round % 9 ? 3 * BLOCK : LONGEST + 1);
        bool fits = jitter_pool_blocks(length) <= free_blocks;
        assert_int_equal(jitter_pool_has_room(&pool, length), fits);
        if (!fits)
            continue;
        memset(held[i].plain, (int)round, length);
        if (length)
            held[i].plain[random() % (long)length] ^= 0xff;
        held[i].first = jitter_pool_store(&pool, held[i].plain, length);
        held[i].length = length;
        held[i].used = true;
        free_blocks -= jitter_pool_blocks(length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lengths_at_the_edge_of_a_block, make),
        cmocka_unit_test_setup(a_full_pool_has_no_room_but_for_nothing, make),
        cmocka_unit_test_setup(equals_plain_copies, make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
