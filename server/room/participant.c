/* participant.c - who it is, how it stands, and its one end. */
#include "server/room/participant.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGIT_MS = 100 }; /* ITU-T Q.24: 40 at least */

const char *participant_state_word(enum participant_state state)
{
    static const char *const words[] = {
        [PARTICIPANT_CALLING] = "calling",
        [PARTICIPANT_RINGING] = "ringing",
        [PARTICIPANT_CONNECTING] = "connecting",
        [PARTICIPANT_CONNECTED] = "connected",
        [PARTICIPANT_MENU] = "menu",
        [PARTICIPANT_PIN] = "pin",
        [PARTICIPANT_LOBBY] = "lobby",
        [PARTICIPANT_MOVING] = "moving",
        [PARTICIPANT_ENDED] = "ended",
    };
    assert(state < sizeof(words) / sizeof(words[0]));
    return words[state];
}

const char *participant_reason_word(enum participant_reason reason)
{
    static const char *const words[] = {
        [PARTICIPANT_HUNG_UP] = "hung_up",
        [PARTICIPANT_KICKED] = "kicked",
        [PARTICIPANT_ROOM_DELETED] = "room_deleted",
        [PARTICIPANT_MOVED] = "moved",
        [PARTICIPANT_BUSY] = "busy",
        [PARTICIPANT_NO_ANSWER] = "no_answer",
        [PARTICIPANT_DECLINED] = "declined",
        [PARTICIPANT_NOT_FOUND] = "not_found",
        [PARTICIPANT_INCOMPATIBLE] = "incompatible",
        [PARTICIPANT_FAILED] = "failed",
        [PARTICIPANT_NO_MEDIA] = "no_media",
        [PARTICIPANT_TIMED_OUT] = "timed_out",
        [PARTICIPANT_SHUTDOWN] = "shutdown",
        [PARTICIPANT_WRONG_PIN] = "wrong_pin",
        [PARTICIPANT_PIN_TIMEOUT] = "pin_timeout",
        [PARTICIPANT_REFUSED] = "refused",
        [PARTICIPANT_ELSEWHERE] = "answered_elsewhere",
        [PARTICIPANT_BANNED] = "banned",
        [PARTICIPANT_TIME_OVER] = "time_over",
        [PARTICIPANT_NOT_ADMITTED] = "not_admitted",
        [PARTICIPANT_LOBBY_TIMEOUT] = "lobby_timeout",
        [PARTICIPANT_WRONG_NUMBER] = "wrong_number",
        [PARTICIPANT_MENU_TIMEOUT] = "menu_timeout",
    };
    assert(reason < sizeof(words) / sizeof(words[0]));
    return words[reason];
}

const char *participant_role_word(enum participant_role role)
{
    return role == PARTICIPANT_MODERATOR ? "moderator" : "participant";
}

int participant_role_parse(const char *word, enum participant_role *role)
{
    for (enum participant_role one = PARTICIPANT_GUEST; one <= PARTICIPANT_MODERATOR; one++) {
        if (strcmp(word, participant_role_word(one)) != 0)
            continue;
        *role = one;
        return 0;
    }
    return -EINVAL;
}

const struct participant_info *participant_info(const struct participant *participant)
{
    return &participant->info;
}

struct room *participant_room(const struct participant *participant)
{
    return participant->room;
}

void participant_shown_name(const struct participant *participant,
                            char out[PARTICIPANT_NAME_BYTES])
{
    const struct participant_info *info = &participant->info;
    room_text_name(out, PARTICIPANT_NAME_BYTES, info->display_name, info->uri);
}

enum participant_files participant_takes_files(const struct participant *participant)
{
    const struct participant_link *link = participant->link;
    return participant->info.state != PARTICIPANT_ENDED && link && link->takes_files
               ? link->takes_files(participant->call)
               : PARTICIPANT_FILES_NEVER;
}

struct leg *participant_leg(const struct participant *participant)
{
    return participant->leg;
}

void participant_raise(struct participant *participant, enum room_event_kind kind)
{
    room_raise(participant->room, kind, participant);
}

const struct attributes *participant_attributes(const struct participant *participant)
{
    return participant->attributes;
}

/* What cannot be kept for want of memory is not worth a call. */
void participant_set_attributes(struct participant *participant,
                                const struct attributes *attributes)
{
    if (!attributes || !attributes->count)
        return;
    participant->attributes = malloc(sizeof(*attributes));
    if (participant->attributes)
        *participant->attributes = *attributes;
}

void participant_add_attributes(struct participant *participant,
                                const struct attributes *attributes)
{
    ASSERT_CONTROL();
    if (participant->info.state == PARTICIPANT_ENDED)
        return;
    if (!participant->attributes)
        participant_set_attributes(participant, attributes);
    for (unsigned i = 0; participant->attributes && i < attributes->count; i++)
        attributes_set(participant->attributes, attributes->attribute[i].name,
                       attributes->attribute[i].value);
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_CHANGED);
}

void participant_new_id(char id[PARTICIPANT_ID_BYTES])
{
    id[0] = 'p';
    random_name(id + 1, PARTICIPANT_ID_BYTES - 1);
}

struct participant *participant_create(struct room *room, enum participant_state state,
                                       const char *id, const char *uri,
                                       const char *display_name)
{
    struct participant *participant = calloc(1, sizeof(*participant));
    if (!participant)
        return NULL;
    struct participant_info *info = &participant->info;
    if (id)
        snprintf(info->id, sizeof(info->id), "%s", id);
    else
        participant_new_id(info->id);
    room_text_clean(info->uri, sizeof(info->uri), uri);
    room_text_clean(info->display_name, sizeof(info->display_name), display_name);
    info->state = state;
    info->says = info->hears = LEG_CIRCLE_MAIN;
    info->created_ns = clock_wall_ns();
    participant->since_ns = clock_monotonic_ns();
    participant->room = room;
    room->list->living++;
    return participant;
}

void participant_discard(struct participant *participant)
{
    participant->info.state = PARTICIPANT_ENDED;
    room_unlink(participant);
    room_sweep_bury(participant->room->list, participant);
}

void participant_set_call(struct participant *participant, const struct participant_link *link,
                          void *call)
{
    participant->link = link;
    participant->call = call;
}

/* ---- its call ---- */

static int open_leg(struct participant *participant, int family,
                    struct shared_transport *transport)
{
    ASSERT_CONTROL();
    assert(!participant->leg);
    if (participant->info.state == PARTICIPANT_ENDED)
        return -ENOTCONN;
    const struct room_list_config *config = &participant->room->list->config;
    struct leg *leg;
    int err = transport ? leg_create_shared(transport, &config->leg, &leg)
                        : leg_create(config->ports, family, &config->leg, &leg);
    if (err < 0)
        return err;
    leg_set_owner(leg, participant);
    participant->leg = leg;
    return 0;
}

int participant_open_leg(struct participant *participant, int family)
{
    return open_leg(participant, family, NULL);
}

int participant_close_leg(struct participant *participant)
{
    ASSERT_CONTROL();
    if (participant->mixed_in || participant_is_filmed_anywhere(participant) ||
        participant->is_leaving)
        return -EBUSY;
    participant_video_close(participant);
    leg_destroy(participant->leg);
    participant->leg = NULL;
    return 0;
}

int participant_open_shared_leg(struct participant *participant,
                                struct shared_transport *transport)
{
    return open_leg(participant, AF_UNSPEC, transport);
}

void participant_progress(struct participant *participant, enum participant_state state)
{
    ASSERT_CONTROL();
    assert(state == PARTICIPANT_CALLING || state == PARTICIPANT_RINGING);
    struct participant_info *info = &participant->info;
    bool underway = info->state == PARTICIPANT_CALLING || info->state == PARTICIPANT_RINGING;
    if (!underway || info->state == state)
        return;
    if (state == PARTICIPANT_CALLING)
        participant_early_forget(participant);
    info->state = state;
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_STATE);
}

/* The far end holds us, or no longer does. */
static void note_hold(struct participant *participant, bool on_hold)
{
    if (participant->info.on_hold == on_hold)
        return;
    participant->info.on_hold = on_hold;
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_CHANGED);
}

int participant_keep_plan(struct participant *participant, const struct leg_plan *plan)
{
    if (!participant->next_plan &&
        !(participant->next_plan = malloc(sizeof(*participant->next_plan))))
        return -ENOMEM;
    *participant->next_plan = *plan;
    return 0;
}

/* In by voice, or on the way there, for the first time. */
static int enter(struct participant *participant, const struct leg_plan *plan,
                 const struct video_plans *video)
{
    participant_video_take(participant, video);
    if (participant->is_leaving)
        return participant_early_follow(participant, plan);
    int err = participant_door_arrive(participant, plan);
    if (err < 0)
        participant_video_take(participant, NULL);
    return err;
}

int participant_connect(struct participant *participant, const struct leg_plan *plan,
                        const struct video_plans *video)
{
    ASSERT_CONTROL();
    if (participant->info.state == PARTICIPANT_ENDED)
        return -ENOTCONN;
    int err = participant_video_prepare(participant, video);
    if (err < 0)
        return err;
    switch (participant->info.state) {
    case PARTICIPANT_ENDED:
        break;
    case PARTICIPANT_MENU:
    case PARTICIPANT_PIN:
    case PARTICIPANT_LOBBY:
    case PARTICIPANT_CONNECTED:
        err = media_replan(participant->leg, plan);
        break;
    case PARTICIPANT_MOVING: /* its leg is between two mixes: the plan is for the next */
        err = participant_keep_plan(participant, plan);
        break;
    case PARTICIPANT_CALLING:
    case PARTICIPANT_RINGING:
        if (participant->is_early)
            return participant_early_connect(participant, plan);
        return enter(participant, plan, video);
    case PARTICIPANT_CONNECTING:
        if (participant->listens_early)
            return participant_early_connect(participant, plan);
        return enter(participant, plan, video);
    }
    if (err < 0)
        return err;
    note_hold(participant, plan->held_by_far_end);
    participant_video_take(participant, video);
    return 0;
}

/* ---- the end ---- */

void participant_bury(struct room_list *list, struct participant *participant)
{
    if (participant->info.state == PARTICIPANT_ENDED && !participant->mixed_in &&
        !participant->at_door && !participant_is_filmed_anywhere(participant))
        room_sweep_bury(list, participant);
}

static void log_end(const struct participant *participant)
{
    const struct participant_info *info = &participant->info;
    double seconds = (double)(clock_monotonic_ns() - participant->since_ns) / CLOCK_NS_PER_S;
    log_call_info("room", info->id, "room %s: left after %.1f s: %s%s%s",
                  participant->room->name, seconds, participant_reason_word(info->reason),
                  info->detail[0] ? ", " : "", info->detail);
}

void participant_end(struct participant *participant, enum participant_reason reason,
                     const char *detail, bool hang_up)
{
    struct participant_info *info = &participant->info;
    if (info->state == PARTICIPANT_ENDED)
        return;
    struct room_list *list = participant->room->list;
    room_events_hold(&list->events);
    room_chat_typing(participant, 0);
    bool was_in = info->state == PARTICIPANT_CONNECTED;
    bool was_at_door = participant_is_at_door(participant);
    bool was_early = participant_early_is_in(participant);
    info->state = PARTICIPANT_ENDED;
    info->early_media = false;
    info->reason = reason;
    info->talking = false;
    room_text_clean(info->detail, sizeof(info->detail), detail);
    room_unlink(participant);
    log_end(participant);
    room_speaker_gone(participant);

    if (hang_up)
        participant->link->hang_up(participant->call, reason);
    if (was_in)
        participant_mix_leave(participant);
    else if (was_at_door)
        participant_door_leave(participant);
    else if (was_early)
        participant_early_leave(participant);
    participant_video_update(participant);
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_LEFT);
    participant_bury(list, participant);
    room_events_release(&list->events);
}

void participant_left(struct participant *participant, enum participant_reason reason,
                      const char *detail)
{
    ASSERT_CONTROL();
    participant_end(participant, reason, detail, false);
}

void participant_kick(struct participant *participant, enum participant_reason reason)
{
    ASSERT_CONTROL();
    participant_end(participant, reason, NULL, true);
}

/* ---- whoever runs the room: changes are in participant_change.c ---- */

int participant_send_digit(struct participant *participant, char digit)
{
    ASSERT_CONTROL();
    const struct participant_link *link = participant->link;
    if (participant->info.state != PARTICIPANT_CONNECTED)
        return -ENOTCONN;
    const int error =
        link->send_digit ? link->send_digit(participant->call, digit, DIGIT_MS) : -ENOSYS;
    return error == -ENOSYS ? media_send_digit(participant->leg, digit, DIGIT_MS) : error;
}

int participant_sound_digit(struct participant *participant, char digit, unsigned duration_ms)
{
    ASSERT_CONTROL();
    return media_sound_digit(participant->leg, digit, duration_ms);
}
