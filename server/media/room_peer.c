/* room_peer.c - two rings and two wishes between two parts of a room. */
#include "server/media/room_peer.h"

#include "mixer/base/ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { TICKS_KEPT = 3 };

struct message {
    uint64_t number; /* the tick it was said in */
    struct room_voice voice;
};

struct room_peer {
    struct ring *in, *out;
    atomic_uint *wanted; /* by the other part: a bit per bus */
    atomic_uint wants;   /* this part's wish                 */
    bool is_early;       /* `next` belongs to a tick to come */
    struct message next;
};

static struct room_peer *peer_create(void)
{
    struct room_peer *peer = calloc(1, sizeof(*peer));
    if (!peer)
        return NULL;
    peer->in = ring_create(ROOM_PEER_VOICES * TICKS_KEPT, sizeof(struct message));
    if (!peer->in) {
        free(peer);
        return NULL;
    }
    atomic_init(&peer->wants, 0);
    return peer;
}

static void peer_destroy(struct room_peer *peer)
{
    if (!peer)
        return;
    ring_destroy(peer->in);
    free(peer);
}

int room_link_create(struct room_link *link)
{
    struct room_peer *one = peer_create(), *other = peer_create();
    if (!one || !other) {
        peer_destroy(one);
        peer_destroy(other);
        return -ENOMEM;
    }
    one->out = other->in;
    other->out = one->in;
    one->wanted = &other->wants;
    other->wanted = &one->wants;
    *link = (struct room_link){{one, other}};
    return 0;
}

void room_link_destroy(struct room_link *link)
{
    peer_destroy(link->end[0]);
    peer_destroy(link->end[1]);
    *link = (struct room_link){{NULL, NULL}};
}

void room_peer_want(struct room_peer *peer, unsigned buses)
{
    atomic_store_explicit(&peer->wants, buses, memory_order_relaxed);
}

unsigned room_peer_wanted(const struct room_peer *peer)
{
    return atomic_load_explicit(peer->wanted, memory_order_relaxed);
}

void room_peer_tell(struct room_peer *peer, const struct room_voice *voice, uint64_t number)
{
    struct message message = {.number = number, .voice = *voice};
    ring_push(peer->out, &message);
}

static void add(struct room_mix *mix, const struct message *message)
{
    struct room_voice *voice = room_mix_add(mix);
    if (voice)
        *voice = message->voice;
}

void room_peer_hear(struct room_peer *peer, uint64_t number, struct room_mix *mix)
{
    if (peer->is_early) {
        if (peer->next.number >= number)
            return;
        peer->is_early = false;
        if (peer->next.number + 1 == number)
            add(mix, &peer->next);
    }
    while (ring_pop(peer->in, &peer->next)) {
        if (peer->next.number >= number) { /* said in this very tick: for the next */
            peer->is_early = true;
            return;
        }
        if (peer->next.number + 1 == number)
            add(mix, &peer->next);
    }
}
