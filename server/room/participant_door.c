/* participant_door.c - before it comes in: a mix of its own, where it is asked or waits. */
#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

bool participant_is_at_door(const struct participant *participant)
{
    enum participant_state state = participant->info.state;
    return state == PARTICIPANT_MENU || state == PARTICIPANT_PIN || state == PARTICIPANT_LOBBY;
}

bool participant_is_waiting(const struct participant *participant)
{
    return participant_is_at_door(participant) && !participant->at_door->says_farewell;
}

/* ---- goodbye ---- */

static void hang_up(struct participant *participant)
{
    const struct room_door_place *place = participant->at_door;
    char detail[sizeof(place->detail)];
    snprintf(detail, sizeof(detail), "%s", place->detail);
    participant_end(participant, place->farewell, detail, true);
}

static void on_farewell_late(void *context)
{
    struct room_door_place *place = context;
    hang_up(place->participant);
}

/* It does not count as one who waits any more. */
static void wait_no_more(struct participant *participant)
{
    struct room_door_place *place = participant->at_door;
    participant->room->waiting -= place->waits;
    place->waits = false;
}

void participant_door_dismiss(struct participant *participant, enum participant_reason reason,
                              const char *detail, enum prompt said)
{
    struct room_door_place *place = participant->at_door;
    wait_no_more(participant);
    place->says_farewell = true;
    place->farewell = reason;
    snprintf(place->detail, sizeof(place->detail), "%s", detail);
    loop_timer_start(participant->room->list->config.loop, &place->timer, ROOM_PROMPT_MS,
                     on_farewell_late, place);
    const enum prompt all[] = {said, PROMPT_GOODBYE};
    bool is_goodbye = said == PROMPT_GOODBYE;
    participant_say(participant, all + is_goodbye, 2 - is_goodbye, hang_up);
}

void participant_refuse(struct participant *participant)
{
    ASSERT_CONTROL();
    if (participant_is_waiting(participant))
        participant_door_dismiss(participant, PARTICIPANT_NOT_ADMITTED, "",
                                 PROMPT_NOT_ADMITTED);
}

/* What is said of a refusal, and with what reason the call ends. */
static const struct {
    enum participant_reason reason;
    const char *detail; /* NULL: there is nothing to be said */
    enum prompt said;
} farewells[] = {
    [ROOM_REFUSED_BANNED] = {PARTICIPANT_BANNED, "", PROMPT_GOODBYE},
    [ROOM_REFUSED_EARLY] = {PARTICIPANT_REFUSED, "not_begun", PROMPT_NOT_BEGUN},
    [ROOM_REFUSED_OVER] = {PARTICIPANT_TIME_OVER, "", PROMPT_IS_OVER},
    [ROOM_REFUSED_LOCKED] = {PARTICIPANT_REFUSED, "room_locked", PROMPT_LOCKED},
    [ROOM_REFUSED_MOVED] = {PARTICIPANT_REFUSED, "room_moved", PROMPT_GOODBYE},
    [ROOM_REFUSED_FULL] = {PARTICIPANT_REFUSED, "room_full", PROMPT_FULL},
    [ROOM_REFUSED_LOBBY_FULL] = {PARTICIPANT_REFUSED, "lobby_full", PROMPT_FULL},
    [ROOM_REFUSED_PLAIN] = {PARTICIPANT_REFUSED, "srtp_required", PROMPT_GOODBYE},
    [ROOM_REFUSED_SECURE] = {PARTICIPANT_REFUSED, "srtp_off", PROMPT_GOODBYE},
};

static bool has_farewell(enum room_refusal refusal)
{
    return refusal < sizeof(farewells) / sizeof(farewells[0]) && farewells[refusal].detail;
}

bool room_refusal_is_said(enum room_refusal refusal)
{
    return has_farewell(refusal) && farewells[refusal].said != PROMPT_GOODBYE;
}

void participant_door_refuse(struct participant *participant, enum room_refusal refusal)
{
    if (refusal == ROOM_ADMITTED)
        return;
    if (has_farewell(refusal))
        participant_door_dismiss(participant, farewells[refusal].reason,
                                 farewells[refusal].detail, farewells[refusal].said);
    else
        participant_kick(participant, PARTICIPANT_SHUTDOWN);
}

/* ---- to the door ---- */

/* Where it has to stop; CONNECTED: nowhere any more. */
static enum participant_state stop_of(const struct participant *participant)
{
    if (participant->room->is_reception)
        return PARTICIPANT_MENU;
    if (participant_pin_is_asked(participant))
        return PARTICIPANT_PIN;
    return participant_lobby_is_due(participant) ? PARTICIPANT_LOBBY : PARTICIPANT_CONNECTED;
}

bool participant_is_outside(const struct participant *participant)
{
    const enum participant_state state = participant->info.state;
    const bool is_coming = state == PARTICIPANT_CALLING || state == PARTICIPANT_RINGING ||
                           state == PARTICIPANT_CONNECTING || state == PARTICIPANT_MOVING;
    return participant_is_at_door(participant) ||
           (is_coming && stop_of(participant) != PARTICIPANT_CONNECTED);
}

static int make_place(struct participant *participant, const struct leg_plan *plan)
{
    struct room *room = participant->room;
    struct room_door_place *place = calloc(1, sizeof(*place));
    struct media_room_settings settings = {.loudest = 1};
    if (!place)
        return -ENOMEM;
    int err = media_room_create(room->list->media, &settings, &place->media_room);
    if (err == 0)
        err = media_join(place->media_room, participant->leg, plan, &LEG_MIX_OPEN);
    if (err < 0) {
        if (place->media_room)
            room_sweep_bury_place(room->list, place);
        else
            free(place);
        return err;
    }
    place->participant = participant;
    participant->at_door = place;
    return 0;
}

/* Tells of it first: a listener may end it, or move it. */
static void stand(struct participant *participant, enum participant_state stop)
{
    struct participant_info *info = &participant->info;
    struct room *room = participant->room;
    info->state = stop;
    info->early_media = participant->is_early;
    if (stop == PARTICIPANT_LOBBY) {
        participant->at_door->waits = true;
        room->waiting++;
    }
    static const char *const does[] = {[PARTICIPANT_MENU] = "is asked for a number",
                                       [PARTICIPANT_PIN] = "is asked for the PIN",
                                       [PARTICIPANT_LOBBY] = "waits in the lobby"};
    log_call_info("room", info->id, "room %s: %s: \"%s\" <%s>", room->name, does[stop],
                  info->display_name, info->uri);
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_STATE);
    if (info->state != stop || participant->room != room)
        return;
    if (stop == PARTICIPANT_MENU)
        participant_reception_ask(participant);
    else if (stop == PARTICIPANT_PIN)
        participant_pin_ask(participant);
    else
        participant_lobby_wait(participant);
}

/* Into the lobby, unless it is full. */
static void stop_in_lobby(struct participant *participant)
{
    enum room_refusal refusal = room_ask(participant->room, ROOM_DOOR_PIN, true);
    if (refusal != ROOM_ADMITTED) {
        participant->info.state = PARTICIPANT_LOBBY; /* never seen: it is told why, and ends */
        participant->info.early_media = participant->is_early;
        participant_door_refuse(participant, refusal);
        return;
    }
    stand(participant, PARTICIPANT_LOBBY);
}

/* It has come to be told that it may not come in: it is at no room's door, and never seen
 * there.
 */
static void hear_refusal(struct participant *participant)
{
    participant->info.state = PARTICIPANT_MENU;
    participant->info.early_media = participant->is_early;
    participant_door_refuse(participant, participant->refusal);
}

int participant_door_arrive(struct participant *participant, const struct leg_plan *plan)
{
    enum participant_state stop = stop_of(participant);
    if (stop != PARTICIPANT_LOBBY && participant->refusal == ROOM_ADMITTED)
        participant_early_answer(participant);
    if (stop == PARTICIPANT_CONNECTED)
        return participant_mix_enter(participant, plan);
    int err = make_place(participant, plan);
    if (err < 0)
        return err;
    participant->info.on_hold = plan->held_by_far_end;
    free(participant->next_plan);
    participant->next_plan = NULL;
    if (participant->refusal != ROOM_ADMITTED)
        hear_refusal(participant);
    else if (stop == PARTICIPANT_LOBBY)
        stop_in_lobby(participant);
    else
        stand(participant, stop);
    return 0;
}

/* ---- and on ---- */

static void come_in(struct participant *participant)
{
    participant_door_leave(participant);
    participant->info.state = PARTICIPANT_MOVING;
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_STATE);
}

/* The door may have been closed while it stood there. */
void participant_door_pass(struct participant *participant)
{
    enum room_refusal refusal = room_ask(participant->room, ROOM_DOOR_PIN, false);
    if (refusal != ROOM_ADMITTED)
        participant_door_refuse(participant, refusal);
    else if (stop_of(participant) == PARTICIPANT_LOBBY)
        stop_in_lobby(participant);
    else
        come_in(participant);
}

int participant_admit(struct participant *participant)
{
    ASSERT_CONTROL();
    if (!participant_is_waiting(participant) || participant->room->is_reception)
        return -ENOTCONN;
    enum room_refusal refusal = room_ask(participant->room, ROOM_DOOR_LOBBY, false);
    if (refusal != ROOM_ADMITTED)
        return refusal == ROOM_REFUSED_FULL   ? -EUSERS
               : refusal == ROOM_REFUSED_OVER ? -ETIME
                                              : -ESHUTDOWN;
    log_call_info("room", participant->info.id, "room %s: is let in", participant->room->name);
    participant->is_invited = true;
    come_in(participant);
    return 0;
}

void participant_door_leave(struct participant *participant)
{
    struct room_door_place *place = participant->at_door;
    wait_no_more(participant);
    participant_pin_leave(place);
    participant_hush(participant);
    loop_timer_stop(participant->room->list->config.loop, &place->timer);
    media_leave(participant->leg);
}
