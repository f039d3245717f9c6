/*
 * api_guests.h - what browsers that are in a room see of it: who is there, who talks; as events
 * of a ring of their own, for they may not see what the administrator sees.
 *
 *   control:  api_guests_note(guests, room);        something of it has changed
 *   HTTP:     api_guests_subscribe(guests, room_name, call_id, connection, &stream);
 *   control:  api_guests_cut(guests, call_id);      the call is over, or elsewhere
 *
 * A room that has changed is told of as a whole, at most once in API_GUESTS_MS, and once for
 * all who are in it: a list of hundreds who come and go costs no more than that.
 *
 * Thread   subscribe: HTTP. The rest: control.
 */
#ifndef API_API_GUESTS_H
#define API_API_GUESTS_H

#include "api/api_events.h"
#include "server/loop/loop.h"
#include "server/room/room_list.h"

#include <jansson.h>

enum { API_GUESTS_MS = 200, API_GUESTS_SLOTS = 512, API_GUESTS_LISTED = 200 };

struct api_guests;

struct api_guests_config {
    struct loop *loop;
    struct room_list *rooms;
    unsigned max_streams;
    uint64_t first_id; /* of api_events_create() */
    void (*sleep)(void *connection);
    void (*wake)(void *connection);
};

/** @return 0 and *guests, owned by the caller; -ENOMEM. */
int api_guests_create(const struct api_guests_config *config, struct api_guests **guests);
/** Ends all streams; before the HTTP thread is ended. NULL is allowed, below, too. */
void api_guests_close(struct api_guests *guests);
/** Every stream must be closed. */
void api_guests_destroy(struct api_guests *guests);

void api_guests_note(struct api_guests *guests, const struct room *room);
/** A line of the chat, or that it was deleted: @p key is the only call that may see it; NULL:
 * all of @p room. */
void api_guests_tell(struct api_guests *guests, const char *word, const struct room *room,
                     const char *key, const struct chat_message *message);
void api_guests_heartbeat(struct api_guests *guests);
void api_guests_cut(struct api_guests *guests, const char *key);

/** api_events_subscribe()'s errors. */
int api_guests_subscribe(struct api_guests *guests, const char *room, const char *key,
                         void *connection, struct api_stream **stream);

/** {"room": ..., "participants": [...]}: what all in @p room may see; who is @p outside sees
 *  nobody. NULL: memory is out. */
json_t *api_guests_show(const struct room *room, bool outside);

#endif
