/* api_guests.c - rooms that have changed are gathered, and told of by a timer. */
#include "api/api_guests.h"

#include "api/api_show.h"
#include "mixer/base/check.h"
#include "server/room/room_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHANGED = 64 };

struct api_guests {
    struct api_guests_config config;
    struct api_events *events;
    struct loop_timer timer;
    unsigned count;
    char changed[MOST_CHANGED][ROOM_NAME_BYTES];
};

/* ---- what they see ---- */

static json_t *show_participant(const struct participant *participant)
{
    const struct participant_info *info = participant_info(participant);
    char name[PARTICIPANT_NAME_BYTES];
    participant_shown_name(participant, name);
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b}", "id", info->id,
                     "display_name", name, "role", participant_role_word(info->role), "talking",
                     info->talking, "muted", info->muted, "hand_raised", info->hand_raised,
                     "typing", info->typing, "presents", info->presents, "video",
                     info->showing[VIDEO_CAMERA]);
}

static bool is_in(const struct participant *participant)
{
    return participant_info(participant)->state == PARTICIPANT_CONNECTED;
}

json_t *api_guests_show(const struct room *room, bool outside)
{
    const struct room_settings *settings = room_settings(room);
    json_t *list = json_array();
    int count = 0;
    for (const struct participant *at = outside ? NULL : room_first(room); at;
         at = room_next(at)) {
        if (is_in(at) && count++ < API_GUESTS_LISTED)
            json_array_append_new(list, show_participant(at));
    }
    const bool has_files = !outside && room_files_max_bytes(room);
    return json_pack("{s:{s:s, s:s, s:b, s:s, s:s, s:i, s:i, s:o, s:o, s:o}, s:o}", "room",
                     "name", room_name(room), "display_name", settings->display_name, "locked",
                     settings->locked, "recording_now", api_recording_word(room),
                     "who_may_chat", room_right_word(settings->may_chat), "count", count,
                     "waiting", outside ? 0 : (int)room_waiting_count(room), "ends_at",
                     api_show_time(room_ends_ns(room)), "files_revision",
                     has_files ? json_integer(room_files_revision(room)) : json_null(),
                     "presentation", outside ? json_null() : api_show_presentation(room),
                     "participants", list);
}

/* ---- told ---- */

static void publish(struct api_guests *guests, const char *name)
{
    const struct room *room = room_list_find(guests->config.rooms, name);
    json_t *shown = room ? api_guests_show(room, false) : NULL;
    char *json = shown ? json_dumps(shown, JSON_COMPACT) : NULL;
    json_decref(shown);
    if (room)
        api_events_publish(guests->events, "room", name, NULL, json);
    free(json);
}

static void tell_all(struct api_guests *guests)
{
    const bool is_heard = api_events_streams(guests->events) > 0;
    for (unsigned i = 0; is_heard && i < guests->count; i++)
        publish(guests, guests->changed[i]);
    guests->count = 0;
}

static void on_timer(void *context)
{
    tell_all(context);
}

void api_guests_note(struct api_guests *guests, const struct room *room)
{
    if (!guests)
        return;
    ASSERT_CONTROL();
    for (unsigned i = 0; i < guests->count; i++) {
        if (strcmp(guests->changed[i], room_name(room)) == 0)
            return;
    }
    if (guests->count == MOST_CHANGED)
        tell_all(guests);
    if (!guests->count)
        loop_timer_start(guests->config.loop, &guests->timer, API_GUESTS_MS, on_timer, guests);
    snprintf(guests->changed[guests->count++], ROOM_NAME_BYTES, "%s", room_name(room));
}

void api_guests_tell(struct api_guests *guests, const char *word, const struct room *room,
                     const char *key, const struct chat_message *message)
{
    if (!guests || !api_events_streams(guests->events))
        return;
    json_t *shown = json_pack("{s:o}", "message", api_show_message(message, API_SHOW_TO_GUEST));
    char *json = shown ? json_dumps(shown, JSON_COMPACT) : NULL;
    json_decref(shown);
    api_events_publish(guests->events, word, room_name(room), key, json);
    free(json);
}

void api_guests_heartbeat(struct api_guests *guests)
{
    if (guests)
        api_events_heartbeat(guests->events);
}

void api_guests_cut(struct api_guests *guests, const char *key)
{
    if (guests)
        api_events_cut(guests->events, key);
}

/* ---- who hears it ---- */

int api_guests_subscribe(struct api_guests *guests, const char *room, const char *key,
                         void *connection, struct api_stream **stream)
{
    const struct api_stream_plan plan = {.room = room,
                                         .key = key,
                                         .sleep = guests->config.sleep,
                                         .wake = guests->config.wake,
                                         .context = connection};
    return api_events_subscribe(guests->events, &plan, stream);
}

/* ---- life ---- */

int api_guests_create(const struct api_guests_config *config, struct api_guests **guests)
{
    struct api_guests *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->config = *config;
    made->events = api_events_create(API_GUESTS_SLOTS, config->max_streams, config->first_id);
    if (!made->events) {
        free(made);
        return -ENOMEM;
    }
    *guests = made;
    return 0;
}

void api_guests_close(struct api_guests *guests)
{
    if (!guests)
        return;
    loop_timer_stop(guests->config.loop, &guests->timer);
    api_events_close(guests->events);
}

void api_guests_destroy(struct api_guests *guests)
{
    if (!guests)
        return;
    api_events_destroy(guests->events);
    free(guests);
}
