/*
 * jitter_queue.h - the packets that wait, in the order of their sequence numbers.
 *
 *   place = jitter_queue_place(queue, sequence);        where it belongs, mostly at the end
 *   jitter_queue_insert(queue, place, &entry, payload);
 *   entry = jitter_queue_at(queue, 0);  jitter_queue_load(queue, entry, out);
 *   jitter_queue_remove_first(queue);
 *
 * It knows no time: what is late, lost or too much is for jitter.c.
 *
 * Shape    entries are numbered from the lowest sequence: 0 <= place < queue->count.
 * Thread   belongs to one jitter buffer; never allocates. O(1) for what comes in order.
 */
#ifndef SERVER_RTP_JITTER_QUEUE_H
#define SERVER_RTP_JITTER_QUEUE_H

#include "server/rtp/jitter_pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jitter_entry {
    int64_t sequence;    /* with its wraps                                */
    uint32_t timestamp;  /* [RTP clock units]                             */
    uint32_t arrival_ms; /* monotonic, modulo 2^32                        */
    uint16_t length;     /* of the payload                                */
    uint16_t block;      /* its first in the pool; set by insert          */
    uint8_t payload_type;
    bool is_audio; /* false: it only keeps its place in the sequence */
};

struct jitter_queue {
    unsigned slots, head, count;
    unsigned audio;             /* how many of the count are audio              */
    struct jitter_entry *entry; /* [slots]: a ring that begins at head          */
    struct jitter_pool pool;
};

/** The memory that jitter_queue_init() wants, which must be aligned for int64_t. */
size_t jitter_queue_bytes(unsigned slots, unsigned blocks);

/** Makes an empty queue in @p memory (borrowed). @p slots > 0, @p blocks of the pool. */
void jitter_queue_init(struct jitter_queue *queue, unsigned slots, unsigned blocks,
                       void *memory);

/** Forgets all that wait. */
void jitter_queue_clear(struct jitter_queue *queue);

const struct jitter_entry *jitter_queue_at(const struct jitter_queue *queue, unsigned place);

/** The first that is audio; NULL: none waits. */
const struct jitter_entry *jitter_queue_first_audio(const struct jitter_queue *queue);

/** The place of the first whose sequence is not below @p sequence; `count`: all are. */
unsigned jitter_queue_place(const struct jitter_queue *queue, int64_t sequence);

/** Is there a slot, and are there blocks for so long a payload? */
bool jitter_queue_has_room(const struct jitter_queue *queue, size_t length);

/** Puts @p entry (copied) at @p place; all from there on move up. There must be room. */
void jitter_queue_insert(struct jitter_queue *queue, unsigned place,
                         const struct jitter_entry *entry, const uint8_t *payload);

/** Copies the payload of one that waits, or was taken, to @p out, which has room for its
 * length. */
void jitter_queue_load(const struct jitter_queue *queue, const struct jitter_entry *entry,
                       uint8_t *out);

void jitter_queue_remove_first(struct jitter_queue *queue);

/** Takes it out, but not its payload, which is there until jitter_queue_release(). */
struct jitter_entry jitter_queue_take_first(struct jitter_queue *queue);
void jitter_queue_release(struct jitter_queue *queue, const struct jitter_entry *taken);

#endif
