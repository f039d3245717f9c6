/*
 * ring.h - a queue of small values between exactly one producer and one consumer thread.
 *
 *   struct ring *ring = ring_create(1024, sizeof(struct command));
 *   producer:   if (!ring_push(ring, &command)) ...full: count it, or it was reserved...
 *   consumer:   while (ring_pop(ring, &command)) ...
 *
 * Shape    slots is rounded up to a power of two; a value is copied in and copied out.
 * Thread   create, destroy: while nobody else uses it. push: one thread. pop: one thread.
 *          Neither ever waits, allocates or calls the kernel.
 */
#ifndef MIXER_BASE_RING_H
#define MIXER_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;

/** @return the ring, owned by the caller (ring_destroy()); NULL if memory is out or a number is
 * 0. */
struct ring *ring_create(size_t slots, size_t value_bytes);

/** Frees the ring; values still in it are forgotten. NULL is allowed. */
void ring_destroy(struct ring *ring);

/** Producer: copies one value in. @return false, and nothing changed, if the ring is full. */
bool ring_push(struct ring *ring, const void *value);

/** Consumer: copies the oldest value out. @return false if the ring is empty. */
bool ring_pop(struct ring *ring, void *value);

/** Either side: how many values are in it, at least (producer) or at most (consumer). */
size_t ring_count(const struct ring *ring);

#endif
