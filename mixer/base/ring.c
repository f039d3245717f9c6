/* ring.c - single producer, single consumer: two counters that only ever grow. */
#include "mixer/base/ring.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ring {
    size_t mask; /* slots - 1                                   */
    size_t value_bytes;
    alignas(64) atomic_size_t pushed; /* written by the producer only   */
    alignas(64) atomic_size_t popped; /* written by the consumer only   */
    alignas(64) uint8_t values[];     /* [slots][value_bytes]           */
};

struct ring *ring_create(size_t slots, size_t value_bytes)
{
    if (!slots || !value_bytes || slots > SIZE_MAX / 4 / value_bytes)
        return NULL;
    size_t rounded = 1;
    while (rounded < slots)
        rounded *= 2;
    size_t bytes = sizeof(struct ring) + rounded * value_bytes;
    bytes = (bytes + 63) / 64 * 64;
    struct ring *ring = aligned_alloc(64, bytes);
    if (!ring)
        return NULL;
    memset(ring, 0, bytes);
    ring->mask = rounded - 1;
    ring->value_bytes = value_bytes;
    return ring;
}

void ring_destroy(struct ring *ring)
{
    free(ring);
}

bool ring_push(struct ring *ring, const void *value)
{
    size_t pushed = atomic_load_explicit(&ring->pushed, memory_order_relaxed);
    size_t popped = atomic_load_explicit(&ring->popped, memory_order_acquire);
    if (pushed - popped > ring->mask)
        return false;
    memcpy(ring->values + (pushed & ring->mask) * ring->value_bytes, value, ring->value_bytes);
    atomic_store_explicit(&ring->pushed, pushed + 1, memory_order_release);
    return true;
}

bool ring_pop(struct ring *ring, void *value)
{
    size_t popped = atomic_load_explicit(&ring->popped, memory_order_relaxed);
    size_t pushed = atomic_load_explicit(&ring->pushed, memory_order_acquire);
    if (popped == pushed)
        return false;
    memcpy(value, ring->values + (popped & ring->mask) * ring->value_bytes, ring->value_bytes);
    atomic_store_explicit(&ring->popped, popped + 1, memory_order_release);
    return true;
}

size_t ring_count(const struct ring *ring)
{
    size_t popped = atomic_load_explicit(&ring->popped, memory_order_acquire);
    return atomic_load_explicit(&ring->pushed, memory_order_acquire) - popped;
}
