/* room_clock.c - when a conference has to end: all are warned, then told, and hung up. */
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

enum {
    LOOK_AGAIN_MS = 3600000, /* the wall's clock may be set */
    FAREWELL_MS = 8000,      /* who has not left by then is hung up without a word */
};

int64_t room_ends_ns(const struct room *room)
{
    const struct room_settings *settings = &room->settings;
    int64_t longest_ns = room->began_ns && settings->max_duration_s
                             ? room->began_ns + settings->max_duration_s * CLOCK_NS_PER_S
                             : 0;
    if (!longest_ns || (settings->closes_ns && settings->closes_ns < longest_ns))
        return settings->closes_ns;
    return longest_ns;
}

static void tell(struct room *room, enum prompt said)
{
    for (struct participant *at = room->first; at; at = at->next) {
        if (at->info.state == PARTICIPANT_CONNECTED)
            participant_say(at, &said, 1, NULL);
    }
}

/* ---- the end ---- */

static void hang_up(struct participant *participant)
{
    participant_kick(participant, PARTICIPANT_TIME_OVER);
}

/* Said, then hung up; who is not in and is not at the door hears nothing. */
static void end_one(struct participant *participant)
{
    static const enum prompt said[] = {PROMPT_IS_OVER, PROMPT_GOODBYE};
    if (participant_is_waiting(participant))
        participant_door_dismiss(participant, PARTICIPANT_TIME_OVER, "", PROMPT_IS_OVER);
    else if (participant->info.state == PARTICIPANT_CONNECTED)
        participant_say(participant, said, 2, hang_up);
    else if (!participant->at_door)
        hang_up(participant);
}

static void on_farewell_over(void *context)
{
    struct room *room = context;
    room_events_hold(&room->list->events);
    while (room->first)
        hang_up(room->first);
    room_events_release(&room->list->events);
}

static void end(struct room *room)
{
    struct participant *next;
    room->is_ending = true;
    log_info("room", "room %s: its time is over: %u participants are hung up", room->name,
             room->participants);
    loop_timer_start(room->list->config.loop, &room->clock, FAREWELL_MS, on_farewell_over,
                     room);
    room_events_hold(&room->list->events); /* no listener changes the list under our feet */
    for (struct participant *at = room->first; at; at = next) {
        next = at->next;
        end_one(at);
    }
    room_events_release(&room->list->events);
}

/* ---- the clock ---- */

static void warn(struct room *room)
{
    room->is_warned = true;
    log_info("room", "room %s: ends soon", room->name);
    tell(room, PROMPT_ENDS_SOON);
    room_raise(room, ROOM_EVENT_ROOM_ENDING, NULL);
}

static void on_clock(void *context)
{
    struct room *room = context;
    const int64_t left_ns = room_ends_ns(room) - clock_wall_ns();
    if (left_ns <= 0) {
        end(room);
        return;
    }
    if (left_ns <= ROOM_WARNED_S * CLOCK_NS_PER_S && !room->is_warned)
        warn(room);
    room_clock_update(room);
}

void room_clock_update(struct room *room)
{
    const int64_t ends_ns = room_ends_ns(room);
    const bool is_over = ends_ns && ends_ns <= clock_wall_ns();
    if (room->is_ending && is_over && room->participants)
        return; /* the last farewells */
    room->is_ending = false;
    if (!ends_ns || !room->participants || room->settings.at_end != ROOM_AT_END_HANG_UP ||
        room->deleted) {
        loop_timer_stop(room->list->config.loop, &room->clock);
        return;
    }
    int64_t left_ms = (ends_ns - clock_wall_ns()) / CLOCK_NS_PER_MS + 1;
    if (left_ms > ROOM_WARNED_S * 1000)
        room->is_warned = false;
    if (!room->is_warned)
        left_ms -= ROOM_WARNED_S * 1000;
    left_ms = left_ms < 0 ? 0 : left_ms > LOOK_AGAIN_MS ? LOOK_AGAIN_MS : left_ms;
    loop_timer_start(room->list->config.loop, &room->clock, left_ms, on_clock, room);
}

void room_clock_began(struct room *room)
{
    room->began_ns = clock_wall_ns();
    room->is_warned = false;
    room_clock_update(room);
}
