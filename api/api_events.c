/* api_events.c - one ring, one lock, a list of streams. */
#include "api/api_events.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_BYTES = 72, KEY_BYTES = 32, NOTICE_BYTES = 160 };

/* What is sent for one event. Shared by the ring and by streams that are half through it. */
struct block {
    unsigned holders; /* under the lock */
    uint64_t id;
    const char *room;    /* behind the text; "": of no room */
    char key[KEY_BYTES]; /* whose streams may see it; "": all */
    size_t length;
    char text[]; /* [length] */
};

struct api_stream {
    struct api_events *events;
    struct api_stream_plan plan; /* plan.room: room, or NULL             */
    char room[ROOM_BYTES], key[KEY_BYTES];
    bool is_cut;
    uint64_t next_id;
    char notice[NOTICE_BYTES]; /* sent before the next event           */
    size_t notice_length;
    struct block *block; /* half sent, or NULL                   */
    size_t sent;         /* of the notice, or of the block       */
    bool is_asleep;
    struct api_stream *previous, *next;
};

struct api_events {
    pthread_mutex_t lock; /* for all below                          */
    bool closed;
    unsigned slots, max_streams, stream_count;
    uint64_t first_id, next_id;
    struct api_stream *first;
    struct block *ring[]; /* [slots]; of id: ring[id % slots], NULL: lost */
};

struct api_events *api_events_create(unsigned slots, unsigned max_streams, uint64_t first_id)
{
    struct api_events *events = calloc(1, sizeof(*events) + slots * sizeof(events->ring[0]));
    if (!events)
        return NULL;
    pthread_mutex_init(&events->lock, NULL);
    events->slots = slots;
    events->max_streams = max_streams;
    events->first_id = events->next_id = first_id;
    return events;
}

static void drop_block(struct block *block)
{
    if (block && --block->holders == 0)
        free(block);
}

void api_events_destroy(struct api_events *events)
{
    if (!events)
        return;
    for (unsigned i = 0; i < events->slots; i++)
        drop_block(events->ring[i]);
    pthread_mutex_destroy(&events->lock);
    free(events);
}

static uint64_t oldest_id(const struct api_events *events)
{
    bool is_full = events->next_id - events->first_id > events->slots;
    return is_full ? events->next_id - events->slots : events->first_id;
}

static void wake(struct api_stream *stream)
{
    if (!stream->is_asleep)
        return;
    stream->is_asleep = false;
    stream->plan.wake(stream->plan.context);
}

void api_events_close(struct api_events *events)
{
    pthread_mutex_lock(&events->lock);
    events->closed = true;
    for (struct api_stream *stream = events->first; stream; stream = stream->next)
        wake(stream);
    pthread_mutex_unlock(&events->lock);
}

void api_events_cut(struct api_events *events, const char *key)
{
    pthread_mutex_lock(&events->lock);
    for (struct api_stream *stream = events->first; stream; stream = stream->next) {
        if (strcmp(stream->key, key) != 0)
            continue;
        stream->is_cut = true;
        wake(stream);
    }
    pthread_mutex_unlock(&events->lock);
}

/* ---- control: what happens ---- */

static struct block *make_block(uint64_t id, const char *word, const char *room,
                                const char *key, const char *json)
{
    static const char format[] = "id: %" PRIu64 "\nevent: %s\ndata: %s\n\n";
    int length = json ? snprintf(NULL, 0, format, id, word, json) : 0;
    const size_t text_bytes = (size_t)length + 1, room_bytes = room ? strlen(room) + 1 : 1;
    struct block *block = json ? malloc(sizeof(*block) + text_bytes + room_bytes) : NULL;
    if (!block)
        return NULL;
    *block = (struct block){.holders = 1, .id = id, .length = (size_t)length};
    snprintf(block->text, text_bytes, format, id, word, json);
    snprintf(block->key, sizeof(block->key), "%s", key ? key : "");
    block->room = memcpy(block->text + text_bytes, room ? room : "", room_bytes);
    return block;
}

static bool wants(const struct api_stream *stream, const struct block *block)
{
    return (!stream->plan.room || strcmp(stream->room, block->room) == 0) &&
           (!block->key[0] || strcmp(stream->key, block->key) == 0);
}

uint64_t api_events_publish(struct api_events *events, const char *word, const char *room,
                            const char *key, const char *json)
{
    struct block *block = make_block(events->next_id, word, room, key, json);
    pthread_mutex_lock(&events->lock);
    struct block **slot = &events->ring[events->next_id % events->slots];
    drop_block(*slot);
    *slot = block;
    const uint64_t id = events->next_id++;
    for (struct api_stream *stream = events->first; stream; stream = stream->next) {
        if (!block || wants(stream, block))
            wake(stream);
    }
    pthread_mutex_unlock(&events->lock);
    return id;
}

void api_events_heartbeat(struct api_events *events)
{
    pthread_mutex_lock(&events->lock);
    for (struct api_stream *stream = events->first; stream; stream = stream->next) {
        if (!stream->is_asleep)
            continue;
        stream->notice_length = (size_t)snprintf(stream->notice, NOTICE_BYTES, ": alive\n\n");
        stream->sent = 0;
        wake(stream);
    }
    pthread_mutex_unlock(&events->lock);
}

unsigned api_events_streams(struct api_events *events)
{
    pthread_mutex_lock(&events->lock);
    unsigned count = events->stream_count;
    pthread_mutex_unlock(&events->lock);
    return count;
}

/* ---- HTTP: who reads it ---- */

int api_event_id_parse(const char *text, uint64_t *id)
{
    uint64_t value = 0;
    if (!*text || strlen(text) > 18)
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *id = value;
    return 0;
}

/* No "id:" line: a client that loses the connection here asks for the same again. */
static void note_gap(struct api_stream *stream, uint64_t after, uint64_t oldest)
{
    stream->notice_length = (size_t)snprintf(stream->notice, NOTICE_BYTES,
                                             "event: gap\ndata: {\"after\":\"%" PRIu64
                                             "\",\"oldest\":\"%" PRIu64 "\"}\n\n",
                                             after, oldest);
    stream->sent = 0;
    stream->next_id = oldest;
}

static void set_start(struct api_stream *stream)
{
    const struct api_events *events = stream->events;
    uint64_t oldest = oldest_id(events), last_id = stream->plan.last_id;
    stream->next_id = stream->plan.has_last_id ? last_id + 1 : events->next_id;
    if (stream->next_id < oldest || stream->next_id > events->next_id)
        note_gap(stream, last_id, oldest);
    else /* so that the client sees at once that it is connected */
        stream->notice_length =
            (size_t)snprintf(stream->notice, NOTICE_BYTES, "retry: 2000\n: events\n\n");
}

int api_events_subscribe(struct api_events *events, const struct api_stream_plan *plan,
                         struct api_stream **stream)
{
    struct api_stream *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->events = events;
    made->plan = *plan;
    snprintf(made->room, sizeof(made->room), "%s", plan->room ? plan->room : "");
    snprintf(made->key, sizeof(made->key), "%s", plan->key ? plan->key : "");
    pthread_mutex_lock(&events->lock);
    int err = events->closed                                ? -ESHUTDOWN
              : events->stream_count >= events->max_streams ? -EUSERS
                                                            : 0;
    if (err == 0) {
        events->stream_count++;
        set_start(made);
        made->next = events->first;
        if (made->next)
            made->next->previous = made;
        events->first = made;
    }
    pthread_mutex_unlock(&events->lock);
    if (err < 0)
        free(made);
    else
        *stream = made;
    return err;
}

void api_stream_close(struct api_stream *stream)
{
    if (!stream)
        return;
    struct api_events *events = stream->events;
    pthread_mutex_lock(&events->lock);
    if (stream->previous)
        stream->previous->next = stream->next;
    else
        events->first = stream->next;
    if (stream->next)
        stream->next->previous = stream->previous;
    events->stream_count--;
    drop_block(stream->block);
    pthread_mutex_unlock(&events->lock);
    free(stream);
}

/* Takes the next event that it wants, or a notice that one is lost. */
static void take_next(struct api_stream *stream)
{
    const struct api_events *events = stream->events;
    while (!stream->block && !stream->notice_length && stream->next_id < events->next_id) {
        struct block *block = events->ring[stream->next_id % events->slots];
        stream->next_id++;
        if (!block) {
            note_gap(stream, stream->next_id - 2, stream->next_id);
        } else if (wants(stream, block)) {
            block->holders++;
            stream->block = block;
            stream->sent = 0;
        }
    }
}

static size_t copy_part(struct api_stream *stream, char *out, size_t room, const char *text,
                        size_t length)
{
    size_t part = length - stream->sent < room ? length - stream->sent : room;
    memcpy(out, text + stream->sent, part);
    stream->sent += part;
    return part;
}

/* A piece of the notice or of an event; 0: there is none. */
static size_t copy_piece(struct api_stream *stream, char *out, size_t room)
{
    size_t part = 0;
    take_next(stream);
    if (stream->notice_length && !stream->block) {
        part = copy_part(stream, out, room, stream->notice, stream->notice_length);
        if (stream->sent == stream->notice_length)
            stream->notice_length = stream->sent = 0;
    } else if (stream->block) {
        part = copy_part(stream, out, room, stream->block->text, stream->block->length);
        if (stream->sent == stream->block->length) {
            drop_block(stream->block);
            stream->block = NULL;
            stream->sent = 0;
        }
    }
    return part;
}

ssize_t api_stream_read(struct api_stream *stream, char *out, size_t room)
{
    struct api_events *events = stream->events;
    size_t length = 0;
    int err = 0;
    pthread_mutex_lock(&events->lock);
    if ((events->closed || stream->is_cut) && !stream->block) {
        err = -ESHUTDOWN;
    } else if (stream->next_id < oldest_id(events)) {
        err = -ESTALE;
    } else {
        size_t part;
        do {
            part = copy_piece(stream, out + length, room - length);
            length += part;
        } while (part && length < room);
        if (!length) {
            stream->is_asleep = true;
            stream->plan.sleep(stream->plan.context);
        }
    }
    pthread_mutex_unlock(&events->lock);
    return err < 0 ? err : (ssize_t)length;
}
