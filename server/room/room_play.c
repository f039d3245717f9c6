/* room_play.c - a room's list of plays, and the one end of each. */
#include "server/room/room_play.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *room_play_state_word(enum room_play_state state)
{
    static const char *const words[] = {
        [ROOM_PLAY_FETCHING] = "fetching",
        [ROOM_PLAY_PLAYING] = "playing",
        [ROOM_PLAY_PAUSED] = "paused",
        [ROOM_PLAY_ENDED] = "ended",
    };
    assert(state < sizeof(words) / sizeof(words[0]));
    return words[state];
}

const char *room_play_ending_word(enum room_play_ending ending)
{
    static const char *const words[] = {
        [ROOM_PLAY_FINISHED] = "finished", [ROOM_PLAY_STOPPED] = "stopped",
        [ROOM_PLAY_REPLACED] = "replaced", [ROOM_PLAY_LEFT] = "participant_left",
        [ROOM_PLAY_EMPTY] = "room_empty",  [ROOM_PLAY_FAILED] = "failed",
    };
    assert(ending < sizeof(words) / sizeof(words[0]));
    return words[ending];
}

const struct room_play_info *room_play_info(const struct room_play *play)
{
    return &play->info;
}

struct room *room_play_room(const struct room_play *play)
{
    return play->room;
}

struct room_play *room_play_first(const struct room *room)
{
    return room->plays;
}

struct room_play *room_play_next(const struct room_play *play)
{
    return play->next;
}

struct room_play *room_play_find(const struct room *room, const char *id)
{
    struct room_play *play = room->plays;
    while (play && strcmp(play->info.id, id) != 0)
        play = play->next;
    return play;
}

/* ---- the end ---- */

static void unlink_play(struct room_play *play)
{
    struct room_play **at = &play->room->plays;
    while (*at != play)
        at = &(*at)->next;
    *at = play->next;
    play->next = NULL;
    if (play->room->music == play) {
        play->room->music = NULL;
        play->room->music_is_over = true;
    }
    if (play->info.participant && play->info.participant->play == play)
        play->info.participant->play = NULL;
}

static void end(struct room_play *play, enum room_play_ending ending, const char *detail)
{
    struct room_play_info *info = &play->info;
    if (info->state == ROOM_PLAY_ENDED)
        return;
    info->state = ROOM_PLAY_ENDED;
    info->ending = ending;
    room_text_clean(info->detail, sizeof(info->detail), detail);
    unlink_play(play);
    struct room_event event = {.kind = ROOM_EVENT_PLAY_ENDED, .room = play->room, .play = play};
    struct room_list *list = play->room->list;
    if (ending == ROOM_PLAY_FAILED)
        log_warn("room", "room %s: %s could not be played: %s", play->room->name, info->id,
                 info->detail);
    play->stream = NULL;
    room_movie_end(play);
    if (play->media)
        media_play_stop(play->media); /* on_played() will bury it */
    else
        room_sweep_bury_play(list, play);
    room_events_raise(&list->events, &event);
}

/* The stream is there until this returns. */
static void on_played(struct play_owner *owner, struct media_play *media)
{
    (void)media;
    struct room_play *play = (struct room_play *)owner; /* its first field */
    play->media = NULL;
    if (play->info.state == ROOM_PLAY_ENDED)
        room_sweep_bury_play(play->list, play);
    else if (play->stream && stream_state(play->stream) == STREAM_FAILED)
        end(play, ROOM_PLAY_FAILED, stream_why(play->stream));
    else
        end(play, ROOM_PLAY_FINISHED, NULL);
}

void room_play_stop(struct room_play *play)
{
    ASSERT_CONTROL();
    end(play, ROOM_PLAY_STOPPED, NULL);
}

void room_play_failed(struct room_play *play, const char *why)
{
    ASSERT_CONTROL();
    end(play, ROOM_PLAY_FAILED, why);
}

void room_play_is_music(struct room_play *play)
{
    play->info.is_music = true;
    play->room->music = play;
}

void room_play_replace(struct participant *participant)
{
    if (participant->play)
        end(participant->play, ROOM_PLAY_REPLACED, NULL);
}

void room_plays_leave(struct participant *participant)
{
    for (struct room_play *play = participant->room->plays, *next; play; play = next) {
        next = play->next;
        if (play->info.participant == participant)
            end(play, ROOM_PLAY_LEFT, NULL);
    }
}

void room_plays_end(struct room *room)
{
    while (room->plays)
        end(room->plays, ROOM_PLAY_EMPTY, NULL);
}

void room_play_free(struct room_play *play)
{
    free((char *)(uintptr_t)play->info.name);
    free(play);
}

/* ---- the begin ---- */

static struct room_play *make(struct room *room, const struct room_play_request *request)
{
    struct room_play *play = calloc(1, sizeof(*play));
    char *name = strdup(request->name);
    if (!play || !name) {
        free(play);
        free(name);
        return NULL;
    }
    play->owner.on_played = on_played;
    play->list = room->list;
    play->room = room;
    play->info = (struct room_play_info){
        .kind = request->kind,
        .name = name,
        .participant = request->participant,
        .loop = request->loop,
        .over_mix = request->over_mix,
        .volume_db = request->volume_db,
        .state = ROOM_PLAY_FETCHING,
        .created_ns = clock_wall_ns(),
    };
    play->info.id[0] = 's';
    random_name(play->info.id + 1, sizeof(play->info.id) - 1);
    return play;
}

/* Opens the sound and hands it to the mix. */
static int begin(struct room_play *play, const char *path, char **why)
{
    struct room_play_info *info = &play->info;
    struct media_sound sound;
    struct leg *leg = info->participant ? info->participant->leg : NULL;
    struct room_sound what = {.kind = info->kind,
                              .name = info->name,
                              .path = path,
                              .loop = info->loop,
                              .is_film = play->is_film};
    int err = room_sound_open(play->room, &what, &sound, why);
    if (err < 0)
        return err;
    sound.gain = audio_gain_from_db(info->volume_db);
    sound.over_mix = info->over_mix;
    if (!sound.stream)
        for (unsigned i = 0; i < sound.clip_count; i++)
            play->length_ms += clip_ms(sound.clips[i]);
    play->stream = sound.stream;
    err = media_play(play->room->media_room, leg, &sound, &play->owner, &play->media);
    room_sound_close(&sound, err == 0);
    if (err < 0) {
        play->media = NULL;
        play->stream = NULL;
        return err;
    }
    if (info->participant) {
        participant_hush(info->participant);
        room_play_replace(info->participant);
        info->participant->play = play;
    }
    info->state = ROOM_PLAY_PLAYING;
    if (play->start_ms)
        media_play_seek(play->media, play->start_ms);
    if (play->starts_paused)
        room_play_pause(play, true);
    return 0;
}

/* Without its pictures it is heard still. */
static void begin_movie(struct room_play *play, const struct room_file *file, const char *path)
{
    int err = room_movie_begin(play, room_file_info(file), path);
    if (err < 0)
        log_warn("room", "room %s: %s is heard, but not seen: %s", play->room->name,
                 play->info.id, strerror(-err));
}

/* Begins one whose sound is there; that of a file of the room is where its bytes lie. */
static int begin_now(struct room_play *play, char **why)
{
    const struct room_play_info *info = &play->info;
    if (info->kind != ROOM_SOUND_SHARED)
        return begin(play, NULL, why);
    const struct room_file *file = room_file_find(play->room, info->name);
    if (!file) {
        *why = strdup("The room has no such file.");
        return -ENOENT;
    }
    char *path = room_file_path(file);
    play->is_film = !info->participant && room_movie_is_one(play->room, room_file_info(file));
    int err = path ? begin(play, path, why) : -ENOMEM;
    if (err == 0 && play->is_film)
        begin_movie(play, file, path);
    free(path);
    return err;
}

static void link_play(struct room *room, struct room_play *play)
{
    struct room_play **at = &room->plays;
    while (*at)
        at = &(*at)->next;
    *at = play;
}

static bool is_room_for_one(const struct room *room)
{
    unsigned count = 0;
    for (const struct room_play *play = room->plays; play; play = play->next)
        count++;
    return count < ROOM_MAX_PLAYS;
}

int room_play_start(struct room *room, const struct room_play_request *request,
                    struct room_play **play, char **why)
{
    ASSERT_CONTROL();
    const struct participant *to = request->participant;
    *why = NULL;
    assert(!to || to->room == room);
    if (!room->present || (to && to->info.state != PARTICIPANT_CONNECTED))
        return -ENOTCONN;
    if (!is_room_for_one(room))
        return -EUSERS;
    struct room_play *made = make(room, request);
    if (!made)
        return -ENOMEM;
    room_events_hold(&room->list->events); /* what is replaced is told when all is done */
    int err = request->kind == ROOM_SOUND_URL ? 0 : begin_now(made, why);
    if (err == 0) {
        link_play(room, made);
        *play = made;
    } else {
        room_play_free(made);
    }
    room_events_release(&room->list->events);
    return err;
}

void room_play_fetched(struct room_play *play, const char *path)
{
    ASSERT_CONTROL();
    if (play->info.state != ROOM_PLAY_FETCHING) {
        unlink(path);
        return;
    }
    char *why = NULL;
    struct room_events *events = &play->list->events;
    room_events_hold(events);
    int err = begin(play, path, &why);
    if (err < 0) {
        unlink(path);
        end(play, ROOM_PLAY_FAILED, why ? why : strerror(-err));
    }
    free(why);
    room_events_release(events);
}

/* ---- while it plays ---- */

unsigned room_play_position_ms(const struct room_play *play)
{
    return play->media && play->info.state != ROOM_PLAY_ENDED
               ? media_play_position_ms(play->media)
               : play->start_ms;
}

unsigned room_play_length_ms(const struct room_play *play)
{
    return play->stream ? stream_length_ms(play->stream) : play->length_ms;
}

void room_play_pause(struct room_play *play, bool paused)
{
    ASSERT_CONTROL();
    play->starts_paused = paused;
    if (play->info.state == ROOM_PLAY_ENDED || !play->media)
        return;
    play->info.state = paused ? ROOM_PLAY_PAUSED : ROOM_PLAY_PLAYING;
    media_play_pause(play->media, paused);
    room_movie_follow(play);
}

void room_play_seek(struct room_play *play, unsigned ms)
{
    ASSERT_CONTROL();
    play->start_ms = ms;
    if (play->info.state != ROOM_PLAY_ENDED && play->media)
        media_play_seek(play->media, ms);
    room_movie_go_to(play, ms);
}
