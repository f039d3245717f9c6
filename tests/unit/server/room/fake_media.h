/*
 * fake_media.h - an engine of no threads for the tests of rooms: it keeps account of what rooms
 * ask of media and legs, stops the test when the contract is broken, and lets the test bring
 * legs home.
 *
 *   fake.join_error = -EINVAL;  fake_bring_home(leg);  fake_events->on_digit(fake_context, leg,
 * '5');
 *
 * Included once per test program: it defines media.h's and leg.h's functions, so that the
 * linker takes none of the real ones.
 */
#ifndef TESTS_UNIT_SERVER_ROOM_FAKE_MEDIA_H
#define TESTS_UNIT_SERVER_ROOM_FAKE_MEDIA_H

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

struct media_room {
    unsigned legs;
    bool noise_when_alone;
    unsigned loudest;
};

struct media {
    int nothing;
};

static struct {
    unsigned legs, rooms; /* that exist now                    */
    unsigned joins, leaves, replans, mixes, digits;
    unsigned tones_joined, tones_left;
    unsigned room_changes;
    int leg_error, room_error, join_error, replan_error; /* 0: works */
} fake;

static struct media fake_engine;
static const struct media_events *fake_events;
static void *fake_context;

static inline void fake_bring_home(struct leg *leg)
{
    assert_true(leg->leaving);
    leg->room->legs--;
    leg->room = NULL;
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

void media_play_tone(struct media_room *room, enum audio_tone_kind kind)
{
    assert_non_null(room);
    fake.tones_joined += kind == AUDIO_TONE_JOINED;
    fake.tones_left += kind == AUDIO_TONE_LEFT;
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
