/* participant_menu.c - the keys of somebody in the conference, and what he hears of them. */
#include "mixer/base/clock.h"
#include "server/room/room_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_DB = 3, LEAST_DB = -30 };

static void say(struct participant *participant, enum prompt said)
{
    participant_say(participant, &said, 1, NULL);
}

static void change(struct participant *participant, const struct participant_change *to,
                   enum prompt said)
{
    if (participant_change(participant, to) == 0 &&
        participant->info.state == PARTICIPANT_CONNECTED)
        say(participant, said);
}

static void toggle_mute(struct participant *participant)
{
    bool muted = !participant->info.muted;
    if (!muted && !room_policy_may_unmute(&participant->room->settings, &participant->info)) {
        say(participant, PROMPT_CANNOT_UNMUTE);
        return;
    }
    change(participant, &(struct participant_change){.muted = &muted},
           muted ? PROMPT_MUTED : PROMPT_UNMUTED);
}

static void toggle_hand(struct participant *participant)
{
    bool raised = !participant->info.hand_raised;
    change(participant, &(struct participant_change){.hand_raised = &raised},
           raised ? PROMPT_HAND_RAISED : PROMPT_HAND_LOWERED);
}

/* By keys nobody becomes silent: then nothing could be heard of how to become loud again. */
static double step(double volume_db, int by_db)
{
    double next = volume_db + by_db;
    if (next > AUDIO_GAIN_MAX_DB)
        return AUDIO_GAIN_MAX_DB;
    if (by_db < 0 && next < LEAST_DB)
        return volume_db < LEAST_DB ? volume_db : LEAST_DB;
    return next;
}

static void change_volume(struct participant *participant, bool is_voice, int by_db)
{
    const struct participant_info *info = &participant->info;
    double next = step(is_voice ? info->volume_in_db : info->volume_out_db, by_db);
    change(participant,
           &(struct participant_change){.volume_in_db = is_voice ? &next : NULL,
                                        .volume_out_db = is_voice ? NULL : &next},
           by_db > 0 ? PROMPT_VOLUME_UP : PROMPT_VOLUME_DOWN);
}

static void say_headcount(struct participant *participant)
{
    const struct prompts *prompts = participant_prompts(participant);
    struct clip *clips[MEDIA_MAX_CLIPS];
    unsigned count = 1;
    if (participant->room->present == 1) {
        say(participant, PROMPT_HEADCOUNT_ONE);
        return;
    }
    if (!prompts)
        return;
    clips[0] = prompts_get(prompts, PROMPT_HEADCOUNT_BEFORE);
    count +=
        prompts_number(prompts, participant->room->present, clips + 1, MEDIA_MAX_CLIPS - 2);
    clips[count++] = prompts_get(prompts, PROMPT_HEADCOUNT_AFTER);
    participant_say_clips(participant, clips, count, NULL);
}

/* ---- help: entry by entry, as many as fit into one sound ---- */

static const enum prompt help_of[MENU_ACTIONS] = {
    [MENU_MUTE] = PROMPT_TO_MUTE,
    [MENU_RAISE_HAND] = PROMPT_TO_RAISE_HAND,
    [MENU_VOLUME_UP] = PROMPT_TO_VOLUME_UP,
    [MENU_VOLUME_DOWN] = PROMPT_TO_VOLUME_DOWN,
    [MENU_VOICE_UP] = PROMPT_TO_VOICE_UP,
    [MENU_VOICE_DOWN] = PROMPT_TO_VOICE_DOWN,
    [MENU_HEADCOUNT] = PROMPT_TO_HEADCOUNT,
    [MENU_HELP] = PROMPT_TO_HELP,
    [MENU_LOCK] = PROMPT_TO_LOCK,
    [MENU_MUTE_ALL] = PROMPT_TO_MUTE_ALL,
    [MENU_END] = PROMPT_TO_END,
    [MENU_HANG_UP] = PROMPT_TO_HANG_UP,
    [MENU_ADMIT] = PROMPT_TO_ADMIT,
};

static bool is_moderator(const struct participant *participant)
{
    return participant->info.role == PARTICIPANT_MODERATOR;
}

/* What may not be done is not explained, nor keys for which there is no word. */
static bool is_told(const struct participant *participant, const struct menu_entry *entry)
{
    enum menu_action action = (enum menu_action)entry->action;
    bool may = is_moderator(participant) || !menu_action_is_for_moderators(action);
    return may && !strpbrk(entry->keys, "ABCD");
}

static enum prompt key_prompt(char key)
{
    if (key == '*')
        return PROMPT_STAR;
    return key == '#' ? PROMPT_HASH : (enum prompt)(PROMPT_0 + (key - '0'));
}

static unsigned explain(const struct menu_entry *entry, enum prompt *said)
{
    unsigned count = 0;
    said[count++] = PROMPT_PRESS;
    for (const char *key = entry->keys; *key; key++)
        said[count++] = key_prompt(*key);
    said[count++] = help_of[entry->action];
    return count;
}

static void say_more_help(struct participant *participant)
{
    const struct menu *menu = &participant->room->settings.menu;
    enum { LONGEST = MENU_KEYS_BYTES - 1 + 2 };
    enum prompt said[MEDIA_MAX_CLIPS];
    unsigned count = 0;
    while (participant->help_at < menu->count && count + LONGEST <= MEDIA_MAX_CLIPS) {
        const struct menu_entry *entry = &menu->entry[participant->help_at++];
        if (is_told(participant, entry))
            count += explain(entry, said + count);
    }
    if (count && participant->info.state == PARTICIPANT_CONNECTED)
        participant_say(participant, said, count, say_more_help);
}

static void say_help(struct participant *participant)
{
    participant->help_at = 0;
    if (participant_prompts(participant))
        say_more_help(participant);
}

/* ---- moderators ---- */

static void toggle_lock(struct participant *participant)
{
    struct room *room = participant->room;
    struct room_settings settings = room->settings;
    settings.locked = !settings.locked;
    int err = room_change(room, &settings);
    if (participant->info.state == PARTICIPANT_CONNECTED)
        say(participant, err < 0           ? PROMPT_INVALID
                         : settings.locked ? PROMPT_LOCKED
                                           : PROMPT_UNLOCKED);
}

static void mute_all(struct participant *moderator)
{
    struct room *room = moderator->room;
    bool yes = true;
    room_events_hold(&room->list->events); /* no listener changes the list under our feet */
    for (struct participant *at = room->first; at; at = at->next) {
        if (!is_moderator(at) && !at->info.muted && at->info.state == PARTICIPANT_CONNECTED)
            change(at, &(struct participant_change){.muted = &yes}, PROMPT_MUTED);
    }
    room_events_release(&room->list->events);
}

static void admit_first(struct participant *moderator)
{
    struct participant *first = participant_lobby_first(moderator->room);
    bool is_in = first && participant_admit(first) == 0;
    if (moderator->info.state == PARTICIPANT_CONNECTED)
        say(moderator, is_in ? PROMPT_ADMITTED : first ? PROMPT_INVALID : PROMPT_NOBODY_WAITS);
}

static void end_all(struct participant *moderator)
{
    struct room *room = moderator->room;
    struct room_events *events = &room->list->events;
    room_events_hold(events);
    while (room->first)
        participant_kick(room->first, PARTICIPANT_KICKED);
    room_events_release(events);
}

static void hang_up(struct participant *participant)
{
    participant_kick(participant, PARTICIPANT_HUNG_UP);
}

/* ---- all of it ---- */

static void act(struct participant *participant, enum menu_action action)
{
    static const enum prompt goodbye = PROMPT_GOODBYE;
    switch (action) {
    case MENU_MUTE:
        toggle_mute(participant);
        break;
    case MENU_RAISE_HAND:
        toggle_hand(participant);
        break;
    case MENU_VOLUME_UP:
    case MENU_VOLUME_DOWN:
        change_volume(participant, false, action == MENU_VOLUME_UP ? STEP_DB : -STEP_DB);
        break;
    case MENU_VOICE_UP:
    case MENU_VOICE_DOWN:
        change_volume(participant, true, action == MENU_VOICE_UP ? STEP_DB : -STEP_DB);
        break;
    case MENU_HEADCOUNT:
        say_headcount(participant);
        break;
    case MENU_HELP:
        say_help(participant);
        break;
    case MENU_LOCK:
        toggle_lock(participant);
        break;
    case MENU_MUTE_ALL:
        mute_all(participant);
        break;
    case MENU_END:
        end_all(participant);
        break;
    case MENU_HANG_UP:
        participant_say(participant, &goodbye, 1, hang_up);
        break;
    case MENU_ADMIT:
        admit_first(participant);
        break;
    case MENU_ACTIONS:
        break;
    }
}

void participant_menu_digit(struct participant *participant, char digit)
{
    const struct menu *menu = &participant->room->settings.menu;
    enum menu_action action = MENU_ACTIONS;
    switch (menu_hear(menu, &participant->menu, digit, clock_monotonic_ns(),
                      is_moderator(participant), &action)) {
    case MENU_IGNORED:
        break;
    case MENU_BEGUN:
        participant_hush(participant);
        break;
    case MENU_UNKNOWN:
    case MENU_FORBIDDEN:
        say(participant, PROMPT_INVALID);
        break;
    case MENU_CHOSEN:
        act(participant, action);
    }
}
