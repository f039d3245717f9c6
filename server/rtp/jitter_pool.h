/*
 * jitter_pool.h - payloads of any length in a few bytes: small blocks, chained.
 *
 *   if (jitter_pool_has_room(pool, length))
 *       first = jitter_pool_store(pool, payload, length);
 *   jitter_pool_load(pool, first, length, out);  jitter_pool_release(pool, first, length);
 *
 * A slot for the longest packet there can be, times all packets there can be, is ten times what
 * ever waits. Here a payload takes what it has. Who stores remembers `first` and the length.
 *
 * Shape    a block is 10 ms of G.711 or G.722, or a usual 20 ms of Opus.
 * Thread   belongs to one jitter buffer; never allocates. store and load cost O(length).
 * Errors   to store more than there is room for is a bug and stops the process.
 */
#ifndef SERVER_RTP_JITTER_POOL_H
#define SERVER_RTP_JITTER_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JITTER_POOL_BLOCK_BYTES = 80,
    JITTER_POOL_MAX_BLOCKS = 65535,
    JITTER_POOL_NONE = 65535, /* the end of a chain; what an empty payload has for `first` */
};

struct jitter_pool {
    uint16_t *next;      /* [blocks]: of a chain, or of the free ones */
    uint8_t *data;       /* [blocks][JITTER_POOL_BLOCK_BYTES]         */
    uint16_t free_first; /* JITTER_POOL_NONE: none                    */
    uint16_t free_count;
};

/** How many blocks @p bytes of one payload take. */
unsigned jitter_pool_blocks(size_t bytes);

/** The memory that jitter_pool_init() wants, which must be aligned for uint16_t. */
size_t jitter_pool_bytes(unsigned blocks);

/** Makes an empty pool of 1 <= @p blocks <= JITTER_POOL_MAX_BLOCKS in @p memory (borrowed). */
void jitter_pool_init(struct jitter_pool *pool, unsigned blocks, void *memory);

bool jitter_pool_has_room(const struct jitter_pool *pool, size_t length);

/** Copies a payload in. @return its first block. */
uint16_t jitter_pool_store(struct jitter_pool *pool, const uint8_t *payload, size_t length);

/** Copies it out in one piece; @p out has room for @p length bytes. */
void jitter_pool_load(const struct jitter_pool *pool, uint16_t first, size_t length,
                      uint8_t *out);

/** Gives its blocks back. */
void jitter_pool_release(struct jitter_pool *pool, uint16_t first, size_t length);

#endif
