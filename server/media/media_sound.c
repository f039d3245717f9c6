/* media_sound.c - control's side of what is played: begun, steered, over, forgotten. */
#include "mixer/base/check.h"
#include "server/media/media_internal.h"

#include <errno.h>
#include <stdlib.h>

static void link_play(struct media *media, struct media_play *play)
{
    play->control.next = media->plays;
    media->plays = play;
}

static void unlink_play(struct media *media, const struct media_play *play)
{
    for (struct media_play **at = &media->plays; *at; at = &(*at)->control.next) {
        if (*at == play) {
            *at = play->control.next;
            return;
        }
    }
}

struct media_part *media_home_of(struct media_room *room)
{
    struct media_part *home = NULL;
    for (unsigned i = 0; i < room->part_count; i++) {
        if (room->part[i].legs && (!home || room->part[i].legs > home->legs))
            home = &room->part[i];
    }
    return home;
}

static struct media_part *part_of(struct media_room *room, struct leg *leg)
{
    if (!leg)
        return media_home_of(room);
    struct media_seat *seat = leg_seat(leg);
    return seat && !seat->leaving && seat->part->room == room ? seat->part : NULL;
}

static unsigned rate_of(const struct leg_plan *plan)
{
    return 1u << pcm_rate_index(plan->codec[0].codec->sample_rate_hz);
}

int media_sounds_reach(struct media *media, const struct leg *leg, const struct leg_plan *plan)
{
    int error = 0;
    for (struct media_play *play = media->plays; play && !error; play = play->control.next) {
        if (play->control.leg == leg && !play->control.is_over)
            error = media_play_reach(play, rate_of(plan));
    }
    return error;
}

int media_play(struct media_room *room, struct leg *leg, const struct media_sound *sound,
               void *owner, struct media_play **play)
{
    ASSERT_CONTROL();
    if ((!sound->clip_count && !sound->stream) || sound->clip_count > MEDIA_MAX_CLIPS)
        return -EINVAL;
    struct media_part *part = part_of(room, leg);
    if (!part)
        return -ENOTCONN;
    struct media_play *made =
        media_play_create(sound, leg ? rate_of(leg_plan(leg)) : MEDIA_PLAY_ALL_RATES, owner);
    if (!made || !worker_reserve(part->at->worker, 2)) { /* PLAYED, FORGOTTEN */
        if (made)
            made->sound.stream = NULL; /* still the caller's */
        media_play_destroy(made);
        return -ENOMEM;
    }
    made->control.part = part;
    made->control.at = part->at;
    made->control.leg = leg;
    link_play(room->media, made);
    media_send_command(part->at,
                       &(struct command){.kind = COMMAND_PLAY,
                                         .room = part->half,
                                         .leg = leg ? leg_seat(leg)->half : NULL,
                                         .play = {.play = made, .what = COMMAND_PLAY_BEGIN}});
    *play = made;
    return 0;
}

void *media_play_owner(const struct media_play *play)
{
    return play->control.owner;
}

static void steer(struct media_play *play, enum command_play what, bool paused, unsigned ms)
{
    ASSERT_CONTROL();
    assert(!play->control.is_over);
    media_send_command(
        play->control.at,
        &(struct command){.kind = COMMAND_PLAY,
                          .room = play->control.part->half,
                          .play = {.play = play, .what = what, .paused = paused, .ms = ms}});
}

void media_play_pause(struct media_play *play, bool paused)
{
    steer(play, COMMAND_PLAY_PAUSE, paused, 0);
}

void media_play_seek(struct media_play *play, unsigned ms)
{
    if (play->sound.stream)
        stream_seek(play->sound.stream, ms);
    else
        steer(play, COMMAND_PLAY_SEEK, false, ms);
}

unsigned media_play_position_ms(const struct media_play *play)
{
    if (play->sound.stream)
        return stream_position_ms(play->sound.stream);
    return (unsigned)leg_counter_read(&play->position_ms);
}

void media_play_stop(struct media_play *play)
{
    assert(!play->control.is_stopping);
    play->control.is_stopping = true;
    steer(play, COMMAND_PLAY_STOP, false, 0);
}

void media_sound_over(struct media_worker *at, struct media_play *play)
{
    play->control.is_over = true;
    at->media->events->on_played(at->media->context, play);
    media_send_command(at,
                       &(struct command){.kind = COMMAND_PLAY,
                                         .play = {.play = play, .what = COMMAND_PLAY_FORGET}});
}

void media_sound_forgotten(struct media_worker *at, struct media_play *play)
{
    unlink_play(at->media, play);
    media_play_destroy(play);
}

void media_sounds_drop(struct media *media)
{
    while (media->plays) {
        struct media_play *play = media->plays;
        media->plays = play->control.next;
        media_play_destroy(play);
    }
}
