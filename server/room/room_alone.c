/* room_alone.c - who comes in is greeted; who is alone has music. */
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <stdlib.h>
#include <string.h>

static void start_music(struct room *room, const char *name)
{
    struct room_play_request request = {.kind = ROOM_SOUND_FILE, .name = name, .loop = true};
    struct room_play *music;
    char *why;
    int err = room_play_start(room, &request, &music, &why);
    if (err == 0) {
        room_play_is_music(music);
    } else {
        room->music_is_over = true;
        log_warn("room", "room %s: no music: %s", room->name, why ? why : strerror(-err));
        free(why);
    }
}

/* Who is called may be heard before he answers: over music nobody would know what is said. */
static bool is_rung(const struct room *room)
{
    const struct participant *at = room->first;
    while (at && !participant_early_is_heard(at))
        at = at->next;
    return at != NULL;
}

void room_music_update(struct room *room)
{
    const struct room_settings *settings = &room->settings;
    bool wanted = room->present == 1 && !room->deleted && settings->alone == ROOM_ALONE_MUSIC &&
                  settings->music[0] && !is_rung(room);
    const char *playing = room->music ? room_play_info(room->music)->name : NULL;
    if (playing && (!wanted || strcmp(playing, settings->music) != 0)) {
        room_play_stop(room->music);
        room->music_is_over = false;
    }
    if (wanted && !room->music && !room->music_is_over)
        start_music(room, settings->music);
}

static void greet(struct participant *participant)
{
    const struct room *room = participant->room;
    const bool is_told = room->settings.announcements;
    enum prompt said[5];
    unsigned count = 0;
    bool alone = room->present == 1;
    if (is_told && alone)
        said[count++] = PROMPT_WELCOME;
    if (room_is_recorded(room)) /* whoever comes in has to know */
        said[count++] = PROMPT_RECORDING_STARTED;
    if (is_told && participant->is_announced_moderator)
        said[count++] = PROMPT_MODERATOR;
    if (is_told && alone)
        said[count++] = PROMPT_ALONE;
    if (is_told && participant->info.muted)
        said[count++] = PROMPT_MUTED;
    if (!count)
        return;
    participant_say(participant, said, count, NULL);
}

void room_came_in(struct participant *participant)
{
    struct room *room = participant->room;
    room->music_is_over = false;
    room_music_update(room);
    room_recording_update(room, ROOM_RECORDING_TOLD_BY_GREETING);
    greet(participant);
    participant->is_announced_moderator = false;
}

void room_went_out(struct participant *participant)
{
    struct room *room = participant->room;
    participant_hush(participant);
    room_plays_leave(participant);
    room->present--;
    room_presentation_leave(participant);
    room->music_is_over = false;
    if (!room->present) {
        room->began_ns = 0;
        room->has_begun = false;
        room_recording_update(room, ROOM_RECORDING_TOLD_TO_ALL);
        room_plays_end(room);
    } else {
        room_music_update(room);
    }
}
