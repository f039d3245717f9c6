/* jitter_pool.c - blocks, each with the number of the one that follows. */
#include "server/rtp/jitter_pool.h"

#include <assert.h>
#include <string.h>

enum { BLOCK = JITTER_POOL_BLOCK_BYTES };

unsigned jitter_pool_blocks(size_t bytes)
{
    return (unsigned)((bytes + BLOCK - 1) / BLOCK);
}

size_t jitter_pool_bytes(unsigned blocks)
{
    return (size_t)blocks * (sizeof(uint16_t) + BLOCK);
}

void jitter_pool_init(struct jitter_pool *pool, unsigned blocks, void *memory)
{
    assert(blocks > 0 && blocks <= JITTER_POOL_MAX_BLOCKS);
    pool->next = memory;
    pool->data = (uint8_t *)(pool->next + blocks);
    pool->free_first = 0;
    pool->free_count = (uint16_t)blocks;
    for (unsigned i = 0; i < blocks; i++)
        pool->next[i] = (uint16_t)(i + 1 < blocks ? i + 1 : JITTER_POOL_NONE);
}

bool jitter_pool_has_room(const struct jitter_pool *pool, size_t length)
{
    return jitter_pool_blocks(length) <= pool->free_count;
}

uint16_t jitter_pool_store(struct jitter_pool *pool, const uint8_t *payload, size_t length)
{
    if (length == 0)
        return JITTER_POOL_NONE;
    assert(jitter_pool_has_room(pool, length));
    uint16_t first = pool->free_first, last = first;
    for (size_t at = 0; at < length; at += BLOCK) {
        last = pool->free_first;
        memcpy(pool->data + (size_t)last * BLOCK, payload + at,
               length - at < BLOCK ? length - at : BLOCK);
        pool->free_first = pool->next[last];
        pool->free_count--;
    }
    pool->next[last] = JITTER_POOL_NONE;
    return first;
}

void jitter_pool_load(const struct jitter_pool *pool, uint16_t first, size_t length,
                      uint8_t *out)
{
    for (size_t at = 0; at < length; at += BLOCK) {
        assert(first != JITTER_POOL_NONE);
        memcpy(out + at, pool->data + (size_t)first * BLOCK,
               length - at < BLOCK ? length - at : BLOCK);
        first = pool->next[first];
    }
}

void jitter_pool_release(struct jitter_pool *pool, uint16_t first, size_t length)
{
    if (length == 0)
        return;
    uint16_t last = first, count = 1;
    for (; pool->next[last] != JITTER_POOL_NONE; last = pool->next[last])
        count++;
    assert(count == jitter_pool_blocks(length));
    pool->next[last] = pool->free_first;
    pool->free_first = first;
    pool->free_count = (uint16_t)(pool->free_count + count);
}
