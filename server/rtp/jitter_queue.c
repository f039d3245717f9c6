/* jitter_queue.c - a ring of entries; their payloads are in a pool. */
#include "server/rtp/jitter_queue.h"

#include <assert.h>

size_t jitter_queue_bytes(unsigned slots, unsigned blocks)
{
    return slots * sizeof(struct jitter_entry) + jitter_pool_bytes(blocks);
}

void jitter_queue_init(struct jitter_queue *queue, unsigned slots, unsigned blocks,
                       void *memory)
{
    assert(slots > 0);
    *queue = (struct jitter_queue){.slots = slots, .entry = memory};
    jitter_pool_init(&queue->pool, blocks, queue->entry + slots);
}

static struct jitter_entry *entry_at(const struct jitter_queue *queue, unsigned place)
{
    unsigned index = queue->head + place;
    return &queue->entry[index < queue->slots ? index : index - queue->slots];
}

const struct jitter_entry *jitter_queue_at(const struct jitter_queue *queue, unsigned place)
{
    assert(place < queue->count);
    return entry_at(queue, place);
}

const struct jitter_entry *jitter_queue_first_audio(const struct jitter_queue *queue)
{
    if (!queue->audio)
        return NULL;
    unsigned place = 0;
    while (!entry_at(queue, place)->is_audio)
        place++;
    return entry_at(queue, place);
}

unsigned jitter_queue_place(const struct jitter_queue *queue, int64_t sequence)
{
    unsigned place = queue->count;
    while (place > 0 && entry_at(queue, place - 1)->sequence >= sequence)
        place--;
    return place;
}

bool jitter_queue_has_room(const struct jitter_queue *queue, size_t length)
{
    return queue->count < queue->slots && jitter_pool_has_room(&queue->pool, length);
}

void jitter_queue_insert(struct jitter_queue *queue, unsigned place,
                         const struct jitter_entry *entry, const uint8_t *payload)
{
    assert(place <= queue->count && jitter_queue_has_room(queue, entry->length));
    for (unsigned i = queue->count; i > place; i--)
        *entry_at(queue, i) = *entry_at(queue, i - 1);
    struct jitter_entry *slot = entry_at(queue, place);
    *slot = *entry;
    slot->block = jitter_pool_store(&queue->pool, payload, entry->length);
    queue->count++;
    queue->audio += entry->is_audio;
}

void jitter_queue_load(const struct jitter_queue *queue, const struct jitter_entry *entry,
                       uint8_t *out)
{
    jitter_pool_load(&queue->pool, entry->block, entry->length, out);
}

struct jitter_entry jitter_queue_take_first(struct jitter_queue *queue)
{
    const struct jitter_entry first = *jitter_queue_at(queue, 0);
    queue->audio -= first.is_audio;
    queue->head = queue->head + 1 < queue->slots ? queue->head + 1 : 0;
    queue->count--;
    return first;
}

void jitter_queue_release(struct jitter_queue *queue, const struct jitter_entry *taken)
{
    jitter_pool_release(&queue->pool, taken->block, taken->length);
}

void jitter_queue_remove_first(struct jitter_queue *queue)
{
    const struct jitter_entry first = jitter_queue_take_first(queue);
    jitter_queue_release(queue, &first);
}

void jitter_queue_clear(struct jitter_queue *queue)
{
    while (queue->count)
        jitter_queue_remove_first(queue);
}
