/* participant_change.c - what may be changed of a participant, as a whole. */
#include "server/room/participant.h"

#include "mixer/base/check.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool change_flag(bool *flag, const bool *to)
{
    bool differs = to && *to != *flag;
    if (differs)
        *flag = *to;
    return differs;
}

/* Who is hard-muted is muted, whatever else is said. */
static bool change_hard_mute(struct participant_info *info, const bool *to)
{
    bool differs = change_flag(&info->hard_muted, to);
    if (info->hard_muted && !info->muted)
        differs = info->muted = true;
    return differs;
}

static bool change_volume(double *volume_db, const double *to)
{
    assert(!to || (*to >= AUDIO_GAIN_MIN_DB && *to <= AUDIO_GAIN_MAX_DB));
    bool differs = to && (*to < *volume_db || *to > *volume_db);
    if (differs)
        *volume_db = *to;
    return differs;
}

static bool change_choice(enum participant_choice *choice, const enum participant_choice *to)
{
    bool differs = to && *to != *choice;
    if (differs)
        *choice = *to;
    return differs;
}

static bool change_place(int *place, const int *to)
{
    assert(!to || (*to >= -100 && *to <= 100));
    bool differs = to && *to != *place;
    if (differs)
        *place = *to;
    return differs;
}

static bool change_role(enum participant_role *role, const enum participant_role *to)
{
    bool differs = to && *to != *role;
    if (differs)
        *role = *to;
    return differs;
}

static bool change_pinned(unsigned *pinned, const unsigned *to)
{
    bool differs = to && *to != *pinned;
    if (differs)
        *pinned = *to;
    return differs;
}

/* How it is shown. */
static bool change_picture(struct participant_info *info,
                           const struct participant_change *change)
{
    bool differs = change_flag(&info->video_muted, change->video_muted);
    differs = change_flag(&info->presents, change->presents) || differs;
    differs = change_flag(&info->hidden, change->hidden) || differs;
    return change_pinned(&info->pinned, change->pinned) || differs;
}

static bool change_name(struct participant_info *info, const char *to)
{
    if (!to)
        return false;
    char clean[PARTICIPANT_NAME_BYTES];
    room_text_clean(clean, sizeof(clean), to);
    if (strcmp(clean, info->display_name) == 0)
        return false;
    memcpy(info->display_name, clean, sizeof(clean));
    return true;
}

/* ---- circles ---- */

static bool use(struct room_circles *circles, const struct room_circle_names *names,
                uint32_t *set)
{
    return !names || room_circles_use(circles, names, set) == 0;
}

/* On a copy, so that it is all or nothing; what is no longer used may be used by the new. */
static int change_circles(struct participant *participant,
                          const struct participant_change *change, bool *differs)
{
    struct room *room = participant->room;
    struct participant_info *info = &participant->info;
    if (!change->says && !change->hears)
        return 0;
    if (!room->circles)
        room->circles = calloc(1, sizeof(*room->circles));
    if (!room->circles)
        return -ENOMEM;
    struct room_circles next = *room->circles;
    uint32_t says = info->says, hears = info->hears;
    if (change->says)
        room_circles_release(&next, says);
    if (change->hears)
        room_circles_release(&next, hears);
    if (!use(&next, change->says, &says) || !use(&next, change->hears, &hears))
        return -EUSERS;
    *differs = says != info->says || hears != info->hears;
    *room->circles = next;
    info->says = says;
    info->hears = hears;
    return 0;
}

void participant_leave_circles(struct participant *participant)
{
    struct room_circles *circles = participant->room->circles;
    if (!circles)
        return;
    room_circles_release(circles, participant->info.says);
    room_circles_release(circles, participant->info.hears);
}

struct room_circle_names participant_says(const struct participant *participant)
{
    return room_circles_name(participant->room->circles, participant->info.says);
}

struct room_circle_names participant_hears(const struct participant *participant)
{
    return room_circles_name(participant->room->circles, participant->info.hears);
}

/* ---- all of it ---- */

int participant_change(struct participant *participant, const struct participant_change *change)
{
    ASSERT_CONTROL();
    struct participant_info *info = &participant->info;
    bool mix = false;
    if (info->state == PARTICIPANT_ENDED)
        return 0;
    int err = change_circles(participant, change, &mix);
    if (err < 0)
        return err;
    mix = change_flag(&info->muted, change->muted) || mix;
    mix = change_hard_mute(info, change->hard_muted) || mix;
    mix = change_flag(&info->deafened, change->deafened) || mix;
    mix = change_volume(&info->volume_in_db, change->volume_in_db) || mix;
    mix = change_volume(&info->volume_out_db, change->volume_out_db) || mix;
    mix = change_choice(&info->level_voice, change->level_voice) || mix;
    mix = change_choice(&info->suppress_noise, change->suppress_noise) || mix;
    mix = change_place(&info->place, change->place) || mix;
    if (mix)
        participant_mix_update(participant);
    bool told = change_name(info, change->display_name);
    told = change_flag(&info->hand_raised, change->hand_raised) || told;
    if (change_role(&info->role, change->role)) {
        participant_video_right(participant);
        told = true;
    }
    told = change_picture(info, change) || told;
    if (change->presents)
        participant_video_told(participant, *change->presents);
    if (!told && !mix)
        return 0;
    participant_video_look(participant);
    bool fell_silent = info->muted && info->talking;
    info->talking = info->talking && !info->muted;
    room_events_hold(&participant->room->list->events);
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_CHANGED);
    if (fell_silent)
        participant_raise(participant, ROOM_EVENT_PARTICIPANT_TALKING);
    if (info->muted)
        room_speaker_gone(participant);
    if (info->role == PARTICIPANT_MODERATOR)
        participant_lobby_update(participant->room);
    if (info->state == PARTICIPANT_CONNECTED)
        room_dial_list_came_in(participant);
    room_events_release(&participant->room->list->events);
    return 0;
}
