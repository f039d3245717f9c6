/*
 * api_events.h - the event streams: a bounded ring of the last events, and who reads it.
 *
 *   control:  api_events_publish(events, "participant_joined", "blue", json_text);
 *   HTTP:     api_events_subscribe(events, &plan, &stream);
 *             n = api_stream_read(stream, buffer, room);   0: asleep until plan.wake()
 *
 * Ids grow by one per event, over all rooms. The first is made of the wall clock at start, so
 * that an id of the process before is older, and not mistaken for one of this process. A stream
 * that asks for more than the ring still has is told so by an event "gap".
 *
 * Memory   the ring only: a stream that is slow has a place in it, no copy. One that is
 *          overtaken by the ring is cut off, and may come back with its last id.
 * Thread   create, publish, heartbeat, close, destroy: control. subscribe, read and
 *          api_stream_close: HTTP. One short lock is between them; sleep (on HTTP) and wake (on
 *          control) are called under it, so that no wake is lost.
 * Source   WHATWG HTML section 9.2, server-sent events.
 */
#ifndef API_API_EVENTS_H
#define API_API_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct api_events;
struct api_stream;

enum { API_EVENTS_SLOTS = 4096, API_EVENTS_HEARTBEAT_S = 15 };

/** @return the events, owned by the caller; NULL: no memory. The first id is @p first_id. */
struct api_events *api_events_create(unsigned slots, unsigned max_streams, uint64_t first_id);

/** Ends all streams: each is woken and reads -ESHUTDOWN; no new one is made. */
void api_events_close(struct api_events *events);

/** Every stream must be closed. NULL is allowed. */
void api_events_destroy(struct api_events *events);

/** Adds an event of @p room (NULL: of none); with a @p key (else NULL) only for streams that
 * have it. @p json is one line; all are copied. A @p json of NULL (no memory) loses the event,
 * and streams are told so by "gap". @return its id. */
uint64_t api_events_publish(struct api_events *events, const char *word, const char *room,
                            const char *key, const char *json);

/** Ends the streams whose plan has @p key: each reads -ESHUTDOWN once it has sent what it
 * began. */
void api_events_cut(struct api_events *events, const char *key);

/** Has every stream that sleeps send a comment, so that a dead connection is noticed. */
void api_events_heartbeat(struct api_events *events);

/** Streams now. Thread: any. */
unsigned api_events_streams(struct api_events *events);

struct api_stream_plan {
    const char *room; /* only its events, copied; NULL: all               */
    const char *key;  /* whose it is, for api_events_cut(), copied; NULL: nobody's */
    bool has_last_id; /* the last event that the client has seen:         */
    uint64_t last_id; /* begin behind it; else with what comes            */
    void (*sleep)(void *context);
    void (*wake)(void *context);
    void *context;
};

/** @return 0 and *stream, owned by the caller; -EUSERS: too many; -ESHUTDOWN; -ENOMEM. */
int api_events_subscribe(struct api_events *events, const struct api_stream_plan *plan,
                         struct api_stream **stream);

/**
 * Copies what is next into @p out.
 *
 * @return bytes; 0: nothing now, sleep() was called; -ESHUTDOWN: the end; -ESTALE: too slow,
 *         the ring has overtaken it.
 */
ssize_t api_stream_read(struct api_stream *stream, char *out, size_t room);

/** Ends a stream. NULL is allowed. */
void api_stream_close(struct api_stream *stream);

/** Reads an id. @return 0 and *id; -EINVAL. */
int api_event_id_parse(const char *text, uint64_t *id);

#endif
