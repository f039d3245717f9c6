/* room_event.c - listeners, and a queue that keeps events in order when a listener acts on one.
 */
#include "server/room/room_event.h"

#include "server/room/room_internal.h"

#include <assert.h>
#include <stdlib.h>

const char *room_event_word(enum room_event_kind kind)
{
    static const char *const words[] = {
        [ROOM_EVENT_ROOM_CREATED] = "room_created",
        [ROOM_EVENT_ROOM_CHANGED] = "room_changed",
        [ROOM_EVENT_ROOM_DELETED] = "room_deleted",
        [ROOM_EVENT_ROOM_DIALLED] = "room_dialled",
        [ROOM_EVENT_ROOM_ENDING] = "room_ending",
        [ROOM_EVENT_ROOM_BANS] = "room_bans",
        [ROOM_EVENT_ROOM_PRESENTATION] = "room_presentation",
        [ROOM_EVENT_ROOM_SPEAKER] = "room_speaker",
        [ROOM_EVENT_PARTICIPANT_ADDED] = "participant_added",
        [ROOM_EVENT_PARTICIPANT_STATE] = "participant_state",
        [ROOM_EVENT_PARTICIPANT_JOINED] = "participant_joined",
        [ROOM_EVENT_PARTICIPANT_CHANGED] = "participant_changed",
        [ROOM_EVENT_PARTICIPANT_TALKING] = "participant_talking",
        [ROOM_EVENT_PARTICIPANT_DIGIT] = "participant_digit",
        [ROOM_EVENT_PARTICIPANT_LEFT] = "participant_left",
        [ROOM_EVENT_PARTICIPANT_TYPING] = "participant_typing",
        [ROOM_EVENT_PLAY_ENDED] = "play_ended",
        [ROOM_EVENT_MESSAGE] = "message",
        [ROOM_EVENT_MESSAGE_DELETED] = "message_deleted",
        [ROOM_EVENT_MESSAGE_SETTLED] = "message_settled",
        [ROOM_EVENT_FILE_SHARED] = "file_shared",
        [ROOM_EVENT_FILE_REMOVED] = "file_removed",
        [ROOM_EVENT_FILE_OFFER] = "file_offer",
        [ROOM_EVENT_RECORDING_STARTED] = "recording_started",
        [ROOM_EVENT_RECORDING_CHANGED] = "recording_changed",
        [ROOM_EVENT_RECORDING_ENDED] = "recording_ended",
        [ROOM_EVENT_RECORDING_READY] = "recording_ready",
        [ROOM_EVENT_RECORDING_REMOVED] = "recording_removed",
    };
    assert(kind < sizeof(words) / sizeof(words[0]));
    return words[kind];
}

void room_events_finish(struct room_events *events)
{
    assert(!events->held && !events->count);
    free(events->waiting);
    *events = (struct room_events){0};
}

void room_events_listen(struct room_events *events, struct room_listener *listener)
{
    struct room_listener **last = &events->first;
    while (*last)
        last = &(*last)->next;
    listener->next = NULL;
    *last = listener;
}

void room_events_unlisten(struct room_events *events, struct room_listener *listener)
{
    struct room_listener **at = &events->first;
    while (*at && *at != listener)
        at = &(*at)->next;
    if (*at)
        *at = listener->next;
}

static void tell(struct room_events *events, const struct room_event *event)
{
    for (struct room_listener *listener = events->first; listener; listener = listener->next)
        listener->on_event(listener->context, event);
}

static bool keep(struct room_events *events, const struct room_event *event)
{
    if (events->next + events->count == events->size) {
        size_t size = events->size ? 2 * events->size : 16;
        struct room_event *waiting = realloc(events->waiting, size * sizeof(*waiting));
        if (!waiting)
            return false;
        events->waiting = waiting;
        events->size = size;
    }
    events->waiting[events->next + events->count++] = *event;
    return true;
}

void room_events_raise(struct room_events *events, const struct room_event *event)
{
    if (events->held && keep(events, event))
        return;
    /* Out of memory: better out of order than not at all. */
    events->held++;
    tell(events, event);
    room_events_release(events);
}

void room_events_hold(struct room_events *events)
{
    events->held++;
}

void room_events_release(struct room_events *events)
{
    assert(events->held);
    while (events->held == 1 && events->count) {
        struct room_event event = events->waiting[events->next++];
        if (--events->count == 0)
            events->next = 0;
        tell(events, &event);
    }
    events->held--;
}
