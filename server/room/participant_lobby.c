/* participant_lobby.c - somebody in the lobby hears that, and music, until he is let in. */
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool participant_lobby_is_due(const struct participant *participant)
{
    const struct participant_info *info = &participant->info;
    return !info->dialled_out && !participant->is_invited &&
           room_policy_waits(participant->room->settings.lobby, info->role,
                             participant->is_known);
}

/* ---- what it hears ---- */

static void hold_by_tone(struct participant *participant)
{
    struct clip *tone = participant->room->list->hold_tone;
    const struct media_sound sound = {
        .clips = {tone}, .clip_count = 1, .loop = true, .gain = AUDIO_GAIN_ONE};
    if (tone)
        participant_hear_sound(participant, &sound, NULL);
}

static bool hold_by_music(struct participant *participant)
{
    const struct room *room = participant->room;
    const struct room_sound what = {
        .kind = ROOM_SOUND_FILE, .name = room->settings.music, .loop = true};
    struct media_sound sound;
    char *why;
    if (!room->settings.music[0])
        return false;
    int err = room_sound_open(room, &what, &sound, &why);
    if (err < 0) {
        log_warn("room", "room %s: no music in the lobby: %s", room->name,
                 why ? why : strerror(-err));
        free(why);
        return false;
    }
    sound.gain = AUDIO_GAIN_ONE;
    bool plays = participant_hear_sound(participant, &sound, hold_by_tone);
    room_sound_close(&sound, plays);
    return plays;
}

static void hold(struct participant *participant)
{
    if (!hold_by_music(participant))
        hold_by_tone(participant);
}

/* ---- who can let it in ---- */

static void knock(struct room *room)
{
    static const enum prompt said = PROMPT_KNOCK;
    for (struct participant *at = room->first; at; at = at->next) {
        if (at->info.state == PARTICIPANT_CONNECTED && at->info.role == PARTICIPANT_MODERATOR)
            participant_say(at, &said, 1, NULL);
    }
}

/* ---- the wait ---- */

static void on_late(void *context)
{
    struct room_door_place *place = context;
    participant_door_dismiss(place->participant, PARTICIPANT_LOBBY_TIMEOUT, "",
                             PROMPT_LOBBY_TIMEOUT);
}

void participant_lobby_wait(struct participant *participant)
{
    static const enum prompt said = PROMPT_LOBBY;
    struct room_door_place *place = participant->at_door;
    const struct room *room = participant->room;
    struct loop *loop = room->list->config.loop;
    loop_timer_stop(loop, &place->timer); /* the PIN's */
    if (room->settings.lobby_timeout_s)
        loop_timer_start(loop, &place->timer, room->settings.lobby_timeout_s * 1000LL, on_late,
                         place);
    participant_say(participant, &said, 1, hold);
    knock(participant->room);
}

struct participant *participant_lobby_first(const struct room *room)
{
    struct participant *at = room->first;
    while (at && !(at->at_door && at->at_door->waits))
        at = at->next;
    return at;
}

void participant_lobby_update(struct room *room)
{
    struct participant *next;
    for (struct participant *at = room->first; at; at = next) {
        next = at->next;
        if (at->at_door && at->at_door->waits && !participant_lobby_is_due(at))
            participant_door_pass(at);
    }
}
