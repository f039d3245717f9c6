/* record_ring.c - two counters of bytes that only ever grow; a record never wraps. */
#include "mixer/base/record_ring.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 8, LEAST_BYTES = 64, MOST_BYTES = 1 << 30 };

/* Stands before each record. */
struct mark {
    uint32_t bytes;     /* of the record                               */
    uint32_t is_filler; /* the rest up to the end of the ring is empty */
};

struct record_ring {
    size_t size;                      /* a power of two                          */
    alignas(64) atomic_size_t pushed; /* bytes, written by the producer only     */
    alignas(64) atomic_size_t popped; /* bytes, written by the consumer only     */
    alignas(64) uint8_t bytes[];      /* [size]                                  */
};

struct record_ring *record_ring_create(size_t bytes)
{
    if (bytes < LEAST_BYTES || bytes > MOST_BYTES)
        return NULL;
    size_t size = LEAST_BYTES;
    while (size < bytes)
        size *= 2;
    struct record_ring *ring = aligned_alloc(64, sizeof(*ring) + size);
    if (!ring)
        return NULL;
    memset(ring, 0, sizeof(*ring));
    ring->size = size;
    return ring;
}

void record_ring_destroy(struct record_ring *ring)
{
    free(ring);
}

static size_t room_of(size_t record_bytes)
{
    return sizeof(struct mark) + (record_bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static void write_mark(struct record_ring *ring, size_t at, size_t bytes, bool is_filler)
{
    const struct mark mark = {(uint32_t)bytes, is_filler};
    memcpy(ring->bytes + at, &mark, sizeof(mark));
}

bool record_ring_push(struct record_ring *ring, const void *head, size_t head_bytes,
                      const void *body, size_t body_bytes)
{
    if (head_bytes > ring->size || body_bytes > ring->size)
        return false;
    const size_t room = room_of(head_bytes + body_bytes);
    size_t pushed = atomic_load_explicit(&ring->pushed, memory_order_relaxed);
    const size_t popped = atomic_load_explicit(&ring->popped, memory_order_acquire);
    size_t at = pushed & (ring->size - 1);
    const size_t filler = ring->size - at < room ? ring->size - at : 0;
    if (room > ring->size / 2 || pushed - popped + filler + room > ring->size)
        return false;
    if (filler) { /* there is room for its mark: all is in eights */
        write_mark(ring, at, filler - sizeof(struct mark), true);
        pushed += filler;
        at = 0;
    }
    write_mark(ring, at, head_bytes + body_bytes, false);
    memcpy(ring->bytes + at + sizeof(struct mark), head, head_bytes);
    if (body_bytes)
        memcpy(ring->bytes + at + sizeof(struct mark) + head_bytes, body, body_bytes);
    atomic_store_explicit(&ring->pushed, pushed + room, memory_order_release);
    return true;
}

static struct mark read_mark(const struct record_ring *ring, size_t popped)
{
    struct mark mark;
    memcpy(&mark, ring->bytes + (popped & (ring->size - 1)), sizeof(mark));
    return mark;
}

const void *record_ring_front(struct record_ring *ring, size_t *bytes)
{
    size_t popped = atomic_load_explicit(&ring->popped, memory_order_relaxed);
    const size_t pushed = atomic_load_explicit(&ring->pushed, memory_order_acquire);
    if (popped == pushed)
        return NULL;
    struct mark mark = read_mark(ring, popped);
    if (mark.is_filler) { /* it was pushed with the record behind it */
        popped += sizeof(mark) + mark.bytes;
        atomic_store_explicit(&ring->popped, popped, memory_order_release);
        mark = read_mark(ring, popped);
    }
    *bytes = mark.bytes;
    return ring->bytes + (popped & (ring->size - 1)) + sizeof(mark);
}

void record_ring_pop(struct record_ring *ring)
{
    const size_t popped = atomic_load_explicit(&ring->popped, memory_order_relaxed);
    const struct mark mark = read_mark(ring, popped);
    assert(!mark.is_filler);
    atomic_store_explicit(&ring->popped, popped + room_of(mark.bytes), memory_order_release);
}
