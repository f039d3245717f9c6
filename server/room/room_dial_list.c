/* room_dial_list.c - lines of text, and when those are called. */
#include "server/room/room_dial_list.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- the text ---- */

static bool is_uri(const char *text, size_t length)
{
    bool is_good = length && length < PARTICIPANT_URI_BYTES;
    for (size_t i = 0; i < length && is_good; i++)
        is_good = text[i] > ' ' && text[i] <= '~' && !strchr("<>\"\\^`{|}", text[i]);
    return is_good;
}

bool room_dial_list_next(const char **at, char uri[PARTICIPANT_URI_BYTES])
{
    size_t length = strcspn(*at, "\n");
    if (!length)
        return false;
    snprintf(uri, PARTICIPANT_URI_BYTES, "%.*s", (int)length, *at);
    *at += length + ((*at)[length] == '\n');
    return true;
}

static unsigned count_lines(const char *list)
{
    unsigned count = list[0] != '\0';
    for (; *list; list++)
        count += *list == '\n';
    return count;
}

bool room_dial_list_is_valid(const char *list)
{
    bool is_good = strlen(list) < ROOM_DIAL_LIST_BYTES;
    for (const char *at = list; *at && is_good;) {
        size_t length = strcspn(at, "\n");
        is_good = is_uri(at, length) && (!at[length] || at[length + 1]);
        at += length + (at[length] == '\n');
    }
    return is_good && count_lines(list) <= ROOM_DIAL_LIST_MOST;
}

int room_dial_list_add(char list[ROOM_DIAL_LIST_BYTES], const char *uri)
{
    char other[PARTICIPANT_URI_BYTES];
    size_t used = strlen(list);
    if (!is_uri(uri, strlen(uri)))
        return -EINVAL;
    for (const char *at = list; room_dial_list_next(&at, other);) {
        if (strcasecmp(other, uri) == 0)
            return -EEXIST;
    }
    if (count_lines(list) == ROOM_DIAL_LIST_MOST ||
        used + 1 + strlen(uri) >= ROOM_DIAL_LIST_BYTES)
        return -E2BIG;
    snprintf(list + used, ROOM_DIAL_LIST_BYTES - used, "%s%s", used ? "\n" : "", uri);
    return 0;
}

/* ---- the conference begins ---- */

static bool is_in(const struct room *room, const char *uri)
{
    const struct participant *at = room->first;
    while (at && strcasecmp(at->info.uri, uri) != 0)
        at = at->next;
    return at;
}

int room_dial_told(struct room *room, const struct room_dial *request,
                   struct participant **participant)
{
    struct room_dialled dialled = {.uri = ""};
    *participant = NULL;
    dialled.error = room_dial(room, request, participant);
    snprintf(dialled.uri, sizeof(dialled.uri), "%s", request->uri);
    const struct room_event event = {.kind = ROOM_EVENT_ROOM_DIALLED,
                                     .room = room,
                                     .participant = *participant,
                                     .dialled = dialled};
    room_events_raise(&room->list->events, &event);
    return dialled.error;
}

static void dial(struct room *room, const char *uri)
{
    const struct room_dial request = {.uri = uri};
    struct participant *participant;
    int error = room_dial_told(room, &request, &participant);
    if (error < 0)
        log_warn("room", "room %s: cannot call %s: %s", room->name, uri, strerror(-error));
}

/* On a copy: a listener may change the list, or the room. */
static void begin(struct room *room)
{
    char list[ROOM_DIAL_LIST_BYTES], uri[PARTICIPANT_URI_BYTES];
    snprintf(list, sizeof(list), "%s", room->settings.dial_at_start);
    log_info("room", "room %s: begins, and calls %u", room->name, count_lines(list));
    room_events_hold(&room->list->events);
    for (const char *at = list; room_dial_list_next(&at, uri);) {
        if (!is_in(room, uri))
            dial(room, uri);
    }
    room_events_release(&room->list->events);
}

void room_dial_list_came_in(const struct participant *participant)
{
    struct room *room = participant->room;
    if (participant->info.role != PARTICIPANT_MODERATOR || room->has_begun ||
        room->settings.opens_ns || !room->settings.dial_at_start[0])
        return;
    room->has_begun = true;
    begin(room);
}

static void on_opening(void *context)
{
    struct room *room = context;
    if (room->settings.opens_ns > clock_wall_ns())
        room_dial_list_update(room);
    else
        begin(room);
}

void room_dial_list_update(struct room *room)
{
    enum { LOOK_AGAIN_MS = 3600000 }; /* the wall's clock may be set */
    struct loop *loop = room->list->config.loop;
    const int64_t opens_ns = room->settings.opens_ns;
    bool is_wanted = opens_ns && room->settings.dial_at_start[0] && !room->deleted;
    if (!is_wanted || opens_ns != room->opening_ns) /* one that is due now stays */
        loop_timer_stop(loop, &room->opening);
    int64_t left_ns = opens_ns - clock_wall_ns();
    if (!is_wanted || left_ns <= 0)
        return;
    int64_t left_ms = left_ns / CLOCK_NS_PER_MS + 1;
    room->opening_ns = opens_ns;
    loop_timer_start(loop, &room->opening, left_ms > LOOK_AGAIN_MS ? LOOK_AGAIN_MS : left_ms,
                     on_opening, room);
}
