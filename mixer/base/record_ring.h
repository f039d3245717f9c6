/*
 * record_ring.h - a queue of records of any length between exactly one producer and one
 * consumer thread: ring.h for what is not all of one size.
 *
 *   struct record_ring *ring = record_ring_create(16384);
 *   producer:   if (!record_ring_push(ring, &head, sizeof(head), body, n)) ...full: count it...
 *   consumer:   while ((record = record_ring_front(ring, &bytes))) {
 *                   ...read it where it is...
 *                   record_ring_pop(ring);
 *               }
 *
 * Shape    bytes is rounded up to a power of two. A record is its head and its body, one behind
 *          the other, at an address that is a multiple of 8; it takes 8 bytes more than it has.
 *          One that is longer than half of the ring is never taken.
 * Thread   create, destroy: while nobody else uses it. push: one thread. front, pop: one
 *          thread. None of these three ever waits, allocates or calls the kernel.
 */
#ifndef MIXER_BASE_RECORD_RING_H
#define MIXER_BASE_RECORD_RING_H

#include <stdbool.h>
#include <stddef.h>

struct record_ring;

/** @return the ring, owned by the caller (record_ring_destroy()); NULL if memory is out or @p
 *  bytes is below 64 or above 1 GiB. */
struct record_ring *record_ring_create(size_t bytes);

/** Frees the ring; records still in it are forgotten. NULL is allowed. */
void record_ring_destroy(struct record_ring *ring);

/** Producer: copies one record in. @return false, and nothing changed, if it does not fit. */
bool record_ring_push(struct record_ring *ring, const void *head, size_t head_bytes,
                      const void *body, size_t body_bytes);

/** Consumer: the oldest record, and how long it is; borrowed until record_ring_pop(). NULL:
 * there is none. */
const void *record_ring_front(struct record_ring *ring, size_t *bytes);

/** Consumer: drops the oldest record; record_ring_front() must have shown it. */
void record_ring_pop(struct record_ring *ring);

#endif
