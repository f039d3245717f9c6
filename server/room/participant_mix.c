/* participant_mix.c - a participant's leg: into the mix, from mix to mix, home again. */
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool choose(enum participant_choice choice, bool as_room)
{
    return choice == PARTICIPANT_AS_ROOM ? as_room : choice == PARTICIPANT_ON;
}

static struct leg_mix mix_of(const struct participant *participant)
{
    const struct participant_info *info = &participant->info;
    const struct room_settings *settings = &participant->room->settings;
    return (struct leg_mix){
        .muted = info->muted || participant->listens_early,
        .deafened = info->deafened || (participant->is_early && !participant->listens_early),
        .levelled = choose(info->level_voice, settings->level_voices),
        .denoised = choose(info->suppress_noise, settings->suppress_noise),
        .place = (int8_t)info->place,
        .gain_in = audio_gain_from_db(info->volume_in_db),
        .gain_out = audio_gain_from_db(info->volume_out_db),
        .says = info->says,
        .hears = info->hears,
    };
}

static int join(struct participant *participant, const struct leg_plan *plan)
{
    struct room *room = participant->room;
    assert(participant->leg && !participant->mixed_in);
    if (!room->media_room) {
        struct media_room_settings settings = room_settings_to_media(&room->settings);
        int err = media_room_create(room->list->media, &settings, &room->media_room);
        if (err < 0)
            return err;
    }
    struct leg_mix mix = mix_of(participant);
    int err = media_join(room->media_room, participant->leg, plan, &mix);
    if (err < 0) {
        room_sweep_suspect(room); /* the media room may have been made for nothing */
        return err;
    }
    participant->mixed_in = room;
    room->legs++;
    return 0;
}

int participant_mix_take(struct participant *participant, const struct leg_plan *plan)
{
    if (!participant->mixed_in)
        return join(participant, plan);
    struct leg_mix mix = mix_of(participant);
    int err = media_replan(participant->leg, plan);
    return err < 0 ? err : media_set_mix(participant->leg, &mix);
}

static bool is_muted_on_entry(const struct participant *participant)
{
    return participant->room->settings.mute_on_entry &&
           participant->info.role != PARTICIPANT_MODERATOR;
}

int participant_mix_enter(struct participant *participant, const struct leg_plan *plan)
{
    struct room *room = participant->room;
    struct participant_info *info = &participant->info;
    bool was_muted = info->muted;
    info->muted = was_muted || is_muted_on_entry(participant);
    int err = participant_mix_take(participant, plan);
    if (err < 0) {
        info->muted = was_muted;
        return err;
    }
    info->state = PARTICIPANT_CONNECTED;
    info->reason = PARTICIPANT_HUNG_UP;
    info->on_hold = plan->held_by_far_end;
    info->joined_ns = clock_wall_ns();
    participant->since_ns = clock_monotonic_ns();
    free(participant->next_plan);
    participant->next_plan = NULL;
    if (room->settings.tone == ROOM_TONE_JOIN || room->settings.tone == ROOM_TONE_BOTH)
        media_play_tone(room->media_room, AUDIO_TONE_JOINED);
    log_call_info("room", info->id, "room %s: joined: \"%s\" <%s>", room->name,
                  info->display_name, info->uri);
    if (room->present++ == 0)
        room_clock_began(room);
    participant->joined = ++room->list->joins;
    participant_video_update(participant);
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_JOINED);
    if (info->state != PARTICIPANT_CONNECTED || participant->room != room)
        return 0; /* a listener has ended or moved it */
    room_group_answered(participant);
    room_came_in(participant);
    room_dial_list_came_in(participant);
    return 0;
}

void participant_mix_leave(struct participant *participant)
{
    const struct room *room = participant->mixed_in;
    room_went_out(participant);
    media_leave(participant->leg);
    if (room->settings.tone == ROOM_TONE_LEAVE || room->settings.tone == ROOM_TONE_BOTH)
        media_play_tone(room->media_room, AUDIO_TONE_LEFT);
}

void participant_mix_update(struct participant *participant)
{
    if (participant->info.state != PARTICIPANT_CONNECTED &&
        !participant_early_is_in(participant))
        return; /* the next join takes it along */
    struct leg_mix mix = mix_of(participant);
    int err = media_set_mix(participant->leg, &mix);
    if (err < 0)
        log_call_warn("room", participant->info.id, "room %s: mute or volume not set: %s",
                      participant->room->name, strerror(-err));
}

/* ---- what the workers tell ---- */

static void enter_next(struct participant *participant)
{
    struct leg_plan plan =
        participant->next_plan ? *participant->next_plan : *leg_plan(participant->leg);
    int err = participant_door_arrive(participant, &plan);
    if (err == 0)
        return;
    char detail[sizeof(participant->info.detail)];
    snprintf(detail, sizeof(detail), "could not join %s: %s", participant->room->name,
             strerror(-err));
    participant_end(participant, PARTICIPANT_FAILED, detail, true);
}

static void come_home(struct room_list *list, struct participant *participant)
{
    struct room *from = participant->mixed_in;
    if (participant->at_door) {
        room_sweep_bury_place(list, participant->at_door);
        participant->at_door = NULL;
        return;
    }
    assert(from && from->legs);
    participant->mixed_in = NULL;
    participant->is_leaving = false;
    from->legs--;
    room_sweep_suspect(from);
}

static void on_left(void *context, struct leg *leg)
{
    struct participant *participant = leg_owner(leg);
    come_home(context, participant);
    switch (participant->info.state) {
    case PARTICIPANT_MOVING:
        enter_next(participant);
        break;
    case PARTICIPANT_CALLING:
    case PARTICIPANT_RINGING:
    case PARTICIPANT_CONNECTING:
        participant_early_home(participant);
        break;
    default:
        assert(participant->info.state == PARTICIPANT_ENDED);
        participant_bury(context, participant);
    }
}

/* Its voice counts: it is in the mix, and nobody has ended or moved it meanwhile. */
static bool is_in(const struct participant *participant)
{
    return participant->info.state == PARTICIPANT_CONNECTED;
}

static void on_digit(void *context, struct leg *leg, char digit, bool in_band)
{
    (void)context;
    participant_hear_digit(leg_owner(leg), digit, in_band ? DIGIT_INBAND : DIGIT_RTP);
}

static void on_talking(void *context, struct leg *leg, bool talking)
{
    (void)context;
    struct participant *participant = leg_owner(leg);
    struct participant_info *info = &participant->info;
    /* What was on its way when the mute was set is no news any more. */
    if (!is_in(participant) || info->talking == talking || (talking && info->muted))
        return;
    info->talking = talking;
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_TALKING);
}

static void on_speaker(void *context, struct leg *leg)
{
    (void)context;
    struct participant *participant = leg_owner(leg);
    if (is_in(participant) && !participant->info.muted)
        room_set_speaker(participant->room, participant);
}

static void on_no_media(void *context, struct leg *leg)
{
    (void)context;
    struct participant *participant = leg_owner(leg);
    if (participant->is_early) /* a network may let nothing through to us before the answer */
        return;
    if (is_in(participant) || participant_is_at_door(participant))
        participant_kick(participant, PARTICIPANT_NO_MEDIA);
}

static void on_played(void *context, struct media_play *play)
{
    (void)context;
    struct play_owner *owner = media_play_owner(play);
    owner->on_played(owner, play);
}

const struct media_events participant_mix_events = {
    .on_left = on_left,
    .on_digit = on_digit,
    .on_talking = on_talking,
    .on_no_media = on_no_media,
    .on_speaker = on_speaker,
    .on_played = on_played,
};
