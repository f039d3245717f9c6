/* participant_early.c - media before its call is answered: heard, or hearing, and not in. */
#include "server/room/participant.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <stdlib.h>
#include <string.h>

void participant_begin_early(struct participant *participant)
{
    ASSERT_CONTROL();
    participant->is_early = true;
}

void participant_listen_early(struct participant *participant)
{
    ASSERT_CONTROL();
    participant->is_early = participant->listens_early = true;
}

static bool is_called(const struct participant *participant)
{
    const enum participant_state state = participant->info.state;
    return state == PARTICIPANT_CALLING || state == PARTICIPANT_RINGING;
}

/* Nor is it connected with what was kept for its leg. */
static void forget(struct participant *participant)
{
    participant->is_early = participant->listens_early = participant->info.early_media = false;
    if (!is_called(participant))
        return;
    free(participant->next_plan);
    participant->next_plan = NULL;
}

void participant_end_early(struct participant *participant)
{
    ASSERT_CONTROL();
    const bool was_shown = participant->info.early_media;
    forget(participant);
    if (!was_shown || !participant_is_at_door(participant))
        return;
    /* That nothing comes from it is told once for each plan, and was no news until now. */
    if (media_replan(participant->leg, leg_plan(participant->leg)) < 0)
        log_call_warn("room", participant->info.id, "it may be gone without our knowing it");
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_CHANGED);
}

void participant_drop_early(struct participant *participant)
{
    ASSERT_CONTROL();
    const bool was_shown = participant->info.early_media;
    participant_early_forget(participant);
    if (was_shown)
        participant_raise(participant, ROOM_EVENT_PARTICIPANT_CHANGED);
}

void participant_early_answer(struct participant *participant)
{
    if (!participant->is_early)
        return;
    participant->is_early = participant->info.early_media = false;
    participant->link->answer(participant->call);
}

/* ---- in the mix of its room: who is called, and hears nothing; who listens to him ---- */

static void show(struct participant *participant, bool is_heard)
{
    if (participant->info.early_media == is_heard)
        return;
    participant->info.early_media = is_heard;
    log_call_info("room", participant->info.id, "room %s: %s before the answer: %s",
                  participant->room->name, is_called(participant) ? "is heard" : "listens",
                  is_heard ? "yes" : "no more");
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_CHANGED);
}

int participant_early_connect(struct participant *participant, const struct leg_plan *plan)
{
    if (participant->is_leaving)
        return participant_keep_plan(participant, plan);
    int err = participant_mix_take(participant, plan);
    if (err < 0)
        return err;
    room_music_update(participant->room);
    show(participant, true);
    return 0;
}

int participant_early_follow(struct participant *participant, const struct leg_plan *plan)
{
    int err = participant_keep_plan(participant, plan);
    if (err < 0)
        return err;
    participant->info.state = PARTICIPANT_MOVING;
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_STATE);
    return 0;
}

bool participant_early_is_heard(const struct participant *participant)
{
    return is_called(participant) && participant_early_is_in(participant);
}

bool participant_early_is_in(const struct participant *participant)
{
    const bool is_before =
        is_called(participant) || participant->info.state == PARTICIPANT_CONNECTING;
    return is_before && participant->mixed_in && !participant->is_leaving;
}

void participant_early_leave(struct participant *participant)
{
    participant->is_leaving = true;
    media_leave(participant->leg);
    room_music_update(participant->room);
}

void participant_early_move(struct participant *participant)
{
    int err = participant_keep_plan(participant, leg_plan(participant->leg));
    if (err < 0)
        log_call_warn("room", participant->info.id, "is not heard before the answer any more");
    participant_early_leave(participant);
}

void participant_early_forget(struct participant *participant)
{
    forget(participant);
    if (participant_early_is_in(participant))
        participant_early_leave(participant);
}

void participant_early_home(struct participant *participant)
{
    struct leg_plan *plan = participant->next_plan;
    participant->next_plan = NULL;
    if (!plan || participant_early_connect(participant, plan) < 0)
        show(participant, false);
    free(plan);
}
