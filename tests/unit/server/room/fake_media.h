/*
 * fake_media.h - an engine of no threads for the tests of rooms: it keeps account of what rooms
 * ask of media and legs, stops the test when the contract is broken, and lets the test bring
 * legs home.
 *
 *   fake.join_error = -EINVAL;  fake_bring_home(leg);
 *   fake_events->on_digit(fake_context, leg, '5', false);
 *
 *   fake_end_play(play);  fake_clips(play)     what is played, and that it is over
 *
 * Included once per test program: it defines media.h's and leg.h's functions, so that the
 * linker takes none of the real ones.
 */
#ifndef TESTS_UNIT_SERVER_ROOM_FAKE_MEDIA_H
#define TESTS_UNIT_SERVER_ROOM_FAKE_MEDIA_H

#include "tests/unit/server/room/fake_video.h"

#include "mixer/file/recorder.h"
#include "server/media/media.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct leg {
    void *owner;
    struct media_room *room; /* NULL: at home */
    bool leaving, has_plan;
    struct leg_plan plan;
    struct leg_mix mix;
};

struct media_play {
    struct media_room *room;
    struct leg *leg; /* NULL: to all */
    struct media_sound sound;
    void *owner;
    bool paused, is_stopped;
    unsigned position_ms;
    struct media_play *next;
};

struct media_room {
    unsigned legs;
    bool noise_when_alone;
    unsigned loudest;
    struct recorder *recorder; /* lent; NULL: none */
};

struct media {
    int nothing;
};

static struct {
    unsigned legs, rooms; /* that exist now                    */
    unsigned joins, leaves, replans, mixes, digits;
    char sounded; /* the last digit that was sent as sound */
    unsigned tones_joined, tones_left;
    unsigned room_changes;
    unsigned plays; /* begun, ever */
    int play_error;
    struct media_play *first_play;                       /* that exist now, the newest first */
    int leg_error, room_error, join_error, replan_error; /* 0: works */
} fake;

static struct media fake_engine;
static const struct media_events *fake_events;
static void *fake_context;

/* A play is over: to its end, or as asked. */
static inline void fake_end_play(struct media_play *play)
{
    struct media_play **at = &fake.first_play;
    while (*at != play)
        at = &(*at)->next;
    *at = play->next;
    fake_events->on_played(fake_context, play);
    for (unsigned i = 0; i < play->sound.clip_count; i++)
        clip_unref(play->sound.clips[i]);
    stream_close(play->sound.stream);
    free(play);
}

/* Ends what the engine would end by now: what was stopped, and what nobody can hear. */
static inline void fake_settle(void)
{
    for (struct media_play *play = fake.first_play, *next; play; play = next) {
        next = play->next;
        bool is_heard = play->leg ? play->leg->room == play->room : play->room->legs > 0;
        if (play->is_stopped || !is_heard) {
            fake_end_play(play);
            next = fake.first_play; /* it may have begun or stopped others */
        }
    }
}

/* What this leg (NULL: all) hears last; NULL: nothing. */
static inline struct media_play *fake_heard(const struct leg *leg)
{
    struct media_play *play = fake.first_play;
    while (play && (play->leg != leg || play->is_stopped))
        play = play->next;
    return play;
}

static inline void fake_bring_home(struct leg *leg)
{
    assert_true(leg->leaving);
    leg->room->legs--;
    leg->room = NULL;
    fake_settle();
    leg->leaving = false;
    fake_events->on_left(fake_context, leg);
}

int media_create(const struct media_config *config, struct loop *loop,
                 const struct media_events *events, void *context, struct media **media)
{
    (void)config;
    (void)loop;
    fake_events = events;
    fake_context = context;
    *media = &fake_engine;
    return 0;
}

void media_destroy(struct media *media)
{
    (void)media;
    assert_int_equal(fake.rooms, 0);
    assert_int_equal(fake.legs, 0);
    assert_null(fake.first_play);
}

int media_room_create(struct media *media, const struct media_room_settings *settings,
                      struct media_room **room)
{
    assert_ptr_equal(media, &fake_engine);
    if (fake.room_error)
        return fake.room_error;
    *room = calloc(1, sizeof(**room));
    assert_non_null(*room);
    assert_in_range(settings->loudest, 1, MEDIA_MAX_LOUDEST);
    (*room)->noise_when_alone = settings->noise_when_alone;
    (*room)->loudest = settings->loudest;
    fake.rooms++;
    return 0;
}

void media_room_destroy(struct media_room *room)
{
    if (!room)
        return;
    assert_int_equal(room->legs, 0);
    for (const struct media_play *play = fake.first_play; play; play = play->next)
        assert_ptr_not_equal(play->room, room);
    fake.rooms--;
    free(room);
}

void media_room_change(struct media_room *room, const struct media_room_settings *settings)
{
    room->noise_when_alone = settings->noise_when_alone;
    room->loudest = settings->loudest;
    fake.room_changes++;
}

int media_join(struct media_room *room, struct leg *leg, const struct leg_plan *plan,
               const struct leg_mix *mix)
{
    assert_null(leg->room);
    if (fake.join_error)
        return fake.join_error;
    leg->room = room;
    leg->plan = *plan;
    leg->has_plan = true;
    leg->mix = *mix;
    room->legs++;
    fake.joins++;
    return 0;
}

void media_leave(struct leg *leg)
{
    assert_non_null(leg->room);
    assert_false(leg->leaving);
    leg->leaving = true;
    fake.leaves++;
}

int media_replan(struct leg *leg, const struct leg_plan *plan)
{
    assert_non_null(leg->room);
    assert_false(leg->leaving);
    if (fake.replan_error)
        return fake.replan_error;
    leg->plan = *plan;
    fake.replans++;
    return 0;
}

int media_set_mix(struct leg *leg, const struct leg_mix *mix)
{
    assert_non_null(leg->room);
    assert_false(leg->leaving);
    leg->mix = *mix;
    fake.mixes++;
    return 0;
}

int media_send_digit(struct leg *leg, char digit, unsigned duration_ms)
{
    assert_non_null(leg->room);
    assert_in_range(duration_ms, 40, 1000);
    fake.digits++;
    return digit == '5' ? 0 : -ENOTSUP;
}

int media_sound_digit(struct leg *leg, char digit, unsigned duration_ms)
{
    (void)duration_ms;
    assert_non_null(leg->room);
    fake.sounded = digit;
    return 0;
}

int media_record(struct media_room *room, struct recorder *recorder)
{
    assert_null(room->recorder);
    recorder_lend(recorder, RECORDER_SOUND);
    room->recorder = recorder;
    return 0;
}

void media_record_end(struct media_room *room)
{
    if (room->recorder)
        recorder_return(room->recorder, RECORDER_SOUND);
    room->recorder = NULL;
}

void media_play_tone(struct media_room *room, enum audio_tone_kind kind)
{
    assert_non_null(room);
    fake.tones_joined += kind == AUDIO_TONE_JOINED;
    fake.tones_left += kind == AUDIO_TONE_LEFT;
}

int media_play(struct media_room *room, struct leg *leg, const struct media_sound *sound,
               void *owner, struct media_play **play)
{
    assert_non_null(room);
    assert_non_null(owner);
    assert_true(sound->gain >= 0);
    if (fake.play_error)
        return fake.play_error;
    if (!room->legs || (leg && (leg->room != room || leg->leaving)))
        return -ENOTCONN;
    if (!sound->clip_count && !sound->stream)
        return -EINVAL;
    struct media_play *made = calloc(1, sizeof(*made));
    assert_non_null(made);
    *made = (struct media_play){.room = room, .leg = leg, .sound = *sound, .owner = owner};
    for (unsigned i = 0; i < sound->clip_count; i++)
        clip_ref(sound->clips[i]);
    for (struct media_play *at = fake.first_play; at && leg; at = at->next)
        at->is_stopped = at->is_stopped || at->leg == leg; /* the new one is heard instead */
    made->next = fake.first_play;
    fake.first_play = made;
    fake.plays++;
    *play = made;
    return 0;
}

void *media_play_owner(const struct media_play *play)
{
    return play->owner;
}

void media_play_pause(struct media_play *play, bool paused)
{
    play->paused = paused;
}

void media_play_seek(struct media_play *play, unsigned ms)
{
    play->position_ms = ms;
}

unsigned media_play_position_ms(const struct media_play *play)
{
    return play->position_ms;
}

void media_play_stop(struct media_play *play)
{
    play->is_stopped = true;
}

void media_stats_read(const struct media *media, struct media_stats *stats)
{
    (void)media;
    *stats = (struct media_stats){.legs = fake.legs, .rooms = fake.rooms};
}

int leg_create(struct rtp_ports *ports, int family, const struct leg_config *config,
               struct leg **leg)
{
    (void)ports;
    (void)family;
    assert_int_equal(config->jitter_ms, 40); /* as the fixture configured it */
    if (fake.leg_error)
        return fake.leg_error;
    *leg = calloc(1, sizeof(**leg));
    assert_non_null(*leg);
    fake.legs++;
    return 0;
}

int leg_create_shared(struct shared_transport *transport, const struct leg_config *config,
                      struct leg **leg)
{
    (void)transport;
    return leg_create(NULL, AF_INET, config, leg);
}

void leg_destroy(struct leg *leg)
{
    if (!leg)
        return;
    assert_null(leg->room);
    fake.legs--;
    free(leg);
}

void leg_set_owner(struct leg *leg, void *owner)
{
    leg->owner = owner;
}

void *leg_owner(const struct leg *leg)
{
    return leg->owner;
}

const struct leg_plan *leg_plan(const struct leg *leg)
{
    return leg->has_plan ? &leg->plan : NULL;
}

unsigned rtp_ports_used(const struct rtp_ports *ports)
{
    (void)ports;
    return 3;
}

unsigned rtp_ports_total(const struct rtp_ports *ports)
{
    (void)ports;
    return 2000;
}

#endif
