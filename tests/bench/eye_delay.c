/* eye_delay.c - a heap by the time at which each is due. */
#include "tests/bench/eye_delay.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct waiting {
    int64_t due_ns;
    uint64_t serial; /* those due at once leave in their order */
    int fd;
    struct sockaddr_in target;
    uint16_t length;
    uint8_t bytes[EYE_DELAY_BYTES];
};

struct eye_delay {
    struct eye_delay_plan plan;
    uint64_t serial;
    unsigned count, free_count;
    struct waiting *heap[EYE_DELAY_PLACES], *free[EYE_DELAY_PLACES];
    struct waiting store[EYE_DELAY_PLACES];
};

int eye_delay_create(const struct eye_delay_plan *plan, struct eye_delay **delay)
{
    struct eye_delay *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->plan = *plan;
    while (made->free_count < EYE_DELAY_PLACES) {
        made->free[made->free_count] = &made->store[made->free_count];
        made->free_count++;
    }
    *delay = made;
    return 0;
}

void eye_delay_destroy(struct eye_delay *delay)
{
    free(delay);
}

static bool is_before(const struct waiting *a, const struct waiting *b)
{
    return a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->serial < b->serial);
}

static void insert(struct eye_delay *delay, struct waiting *entry)
{
    unsigned at = delay->count++;
    for (; at && is_before(entry, delay->heap[(at - 1) / 2]); at = (at - 1) / 2)
        delay->heap[at] = delay->heap[(at - 1) / 2];
    delay->heap[at] = entry;
}

static struct waiting *take_first(struct eye_delay *delay)
{
    struct waiting *first = delay->heap[0], *last = delay->heap[--delay->count];
    unsigned at = 0;
    for (unsigned child; (child = 2 * at + 1) < delay->count; at = child) {
        child +=
            child + 1 < delay->count && is_before(delay->heap[child + 1], delay->heap[child]);
        if (!is_before(delay->heap[child], last))
            break;
        delay->heap[at] = delay->heap[child];
    }
    delay->heap[at] = last;
    return first;
}

void eye_delay_put(struct eye_delay *delay, int fd, const struct sockaddr_in *target,
                   const uint8_t *bytes, size_t length, int64_t now_ns)
{
    if (!delay->free_count || length > EYE_DELAY_BYTES)
        return;
    struct waiting *entry = delay->free[--delay->free_count];
    const double jitter_ms = ear_random_between(&delay->plan.random, 0, delay->plan.jitter_ms);
    entry->due_ns = now_ns + delay->plan.delay_ms * CLOCK_NS_PER_MS +
                    (int64_t)(jitter_ms * CLOCK_NS_PER_MS);
    entry->serial = delay->serial++;
    entry->fd = fd;
    entry->target = *target;
    entry->length = (uint16_t)length;
    memcpy(entry->bytes, bytes, length);
    insert(delay, entry);
}

void eye_delay_run(struct eye_delay *delay, int64_t now_ns)
{
    while (delay->count && delay->heap[0]->due_ns <= now_ns) {
        struct waiting *entry = take_first(delay);
        (void)!sendto(entry->fd, entry->bytes, entry->length, MSG_DONTWAIT,
                      (const struct sockaddr *)&entry->target, sizeof(entry->target));
        delay->free[delay->free_count++] = entry;
    }
}
