/*
 * fake_video.h - a picture engine of no threads for the tests of rooms, as fake_media.h is one
 * of sound: it keeps account, stops the test when the contract is broken, and lets the test
 * bring legs home.
 *
 *   fake_video.join_error = -ENOMEM;  fake_bring_video_home(leg);
 *   fake_video_events->on_showing(fake_video_context, leg, true);
 *   fake_snapshot(0, "jpeg", 4);      the one that waits is answered
 *
 * Included once per test program, by fake_media.h.
 */
#ifndef TESTS_UNIT_SERVER_ROOM_FAKE_VIDEO_H
#define TESTS_UNIT_SERVER_ROOM_FAKE_VIDEO_H

#include "mixer/file/recorder.h"
#include "server/video/video.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct video_leg {
    void *owner;
    struct video_room *room; /* NULL: at home */
    bool leaving;
    struct video_plan plan;
    struct video_look look;
    struct leg *voice;
    const struct video_leg *camera;
};

struct video_member {
    struct video_room *room;
    struct video_look look;
    struct video_source source;
};

struct video_room {
    unsigned legs, members;
    struct video_room_settings settings;
    const void *talker;        /* a leg or a member */
    struct recorder *recorder; /* lent; NULL: none */
};

struct video {
    int nothing;
};

static struct {
    unsigned engines, legs, rooms, members; /* that exist now */
    unsigned joins, leaves, replans, looks, room_changes, keys;
    bool is_full;
    double asked_cost; /* of the last video_has_room() */
    int create_error, leg_error, room_error, join_error, replan_error; /* 0: works      */
    int snapshot_error;
    const struct video_leg *snapshot_leg;
    unsigned snapshot_width;
    video_on_snapshot *on_snapshot; /* NULL: none waits */
    void *snapshot_context;
} fake_video;

static struct video fake_video_engine;
static const struct video_events *fake_video_events;
static void *fake_video_context;

static inline void fake_bring_video_home(struct video_leg *leg)
{
    assert_true(leg->leaving);
    leg->room->legs--;
    leg->room = NULL;
    leg->leaving = false;
    fake_video_events->on_left(fake_video_context, leg);
}

static inline void fake_snapshot(int error, const char *bytes, size_t length)
{
    video_on_snapshot *on_done = fake_video.on_snapshot;
    assert_non_null(on_done);
    fake_video.on_snapshot = NULL;
    on_done(fake_video.snapshot_context, error, (const uint8_t *)bytes, length);
}

static inline void fake_check_look(const struct video_look *look)
{
    assert_true(memchr(look->name, '\0', sizeof(look->name)) != NULL);
    assert_true(look->joined > 0);
}

int video_create(const struct video_config *config, struct loop *loop,
                 const struct video_events *events, void *context, struct video **video)
{
    assert_non_null(config);
    assert_non_null(loop);
    if (fake_video.create_error)
        return fake_video.create_error;
    fake_video_events = events;
    fake_video_context = context;
    fake_video.engines++;
    *video = &fake_video_engine;
    return 0;
}

void video_destroy(struct video *video)
{
    if (!video)
        return;
    assert_int_equal(fake_video.rooms, 0);
    assert_int_equal(fake_video.legs, 0);
    assert_int_equal(fake_video.members, 0);
    fake_video.engines--;
}

double video_cost(const struct video *video, const struct video_room_settings *settings,
                  bool own_encoder)
{
    assert_ptr_equal(video, &fake_video_engine);
    assert_true(settings->width > 0);
    return own_encoder ? 0.5 : 0.125;
}

bool video_has_room(struct video *video, const struct video_room *room, double cost)
{
    assert_true(!room || fake_video.rooms > 0);
    assert_ptr_equal(video, &fake_video_engine);
    fake_video.asked_cost = cost;
    return !fake_video.is_full;
}

int video_room_create(struct video *video, const struct video_room_settings *settings,
                      struct video_room **room)
{
    assert_ptr_equal(video, &fake_video_engine);
    if (fake_video.room_error)
        return fake_video.room_error;
    *room = calloc(1, sizeof(**room));
    assert_non_null(*room);
    (*room)->settings = *settings;
    fake_video.rooms++;
    return 0;
}

void video_room_change(struct video_room *room, const struct video_room_settings *settings)
{
    room->settings = *settings;
    fake_video.room_changes++;
}

int video_record(struct video_room *room, struct recorder *recorder)
{
    assert_null(room->recorder);
    recorder_lend(recorder, RECORDER_PICTURES);
    room->recorder = recorder;
    return 0;
}

void video_record_end(struct video_room *room)
{
    if (room->recorder)
        recorder_return(room->recorder, RECORDER_PICTURES);
    room->recorder = NULL;
}

void video_room_destroy(struct video_room *room)
{
    if (!room)
        return;
    assert_null(room->recorder);
    assert_int_equal(room->legs, 0);
    assert_int_equal(room->members, 0);
    fake_video.rooms--;
    free(room);
}

int video_join(struct video_room *room, struct video_leg *leg, const struct video_plan *plan,
               const struct video_look *look)
{
    assert_null(leg->room);
    assert_true(plan->codec_count > 0);
    fake_check_look(look);
    if (fake_video.join_error)
        return fake_video.join_error;
    leg->room = room;
    leg->plan = *plan;
    leg->look = *look;
    room->legs++;
    fake_video.joins++;
    return 0;
}

void video_leave(struct video_leg *leg)
{
    assert_non_null(leg->room);
    assert_false(leg->leaving);
    leg->leaving = true;
    fake_video.leaves++;
}

int video_replan(struct video_leg *leg, const struct video_plan *plan)
{
    assert_non_null(leg->room);
    assert_false(leg->leaving);
    assert_true(plan->codec_count > 0);
    if (fake_video.replan_error)
        return fake_video.replan_error;
    leg->plan = *plan;
    fake_video.replans++;
    return 0;
}

void video_set_look(struct video_leg *leg, const struct video_look *look)
{
    assert_non_null(leg->room);
    assert_false(leg->leaving);
    fake_check_look(look);
    leg->look = *look;
    fake_video.looks++;
}

void video_request_key(struct video_leg *leg)
{
    assert_non_null(leg->room);
    assert_false(leg->leaving);
    fake_video.keys++;
}

void video_set_talker(struct video_leg *leg)
{
    assert_non_null(leg->room);
    assert_false(leg->leaving);
    leg->room->talker = leg;
}

struct video_member *video_add_voice(struct video_room *room, const struct video_look *look)
{
    assert_non_null(room);
    fake_check_look(look);
    struct video_member *member = calloc(1, sizeof(*member));
    assert_non_null(member);
    *member = (struct video_member){.room = room, .look = *look};
    room->members++;
    fake_video.members++;
    return member;
}

struct video_member *video_add_source(struct video_room *room, const struct video_look *look,
                                      const struct video_source *source)
{
    struct video_member *member = video_add_voice(room, look);
    member->source = *source;
    return member;
}

void video_voice_set_look(struct video_member *member, const struct video_look *look)
{
    fake_check_look(look);
    member->look = *look;
    fake_video.looks++;
}

void video_voice_set_talker(struct video_member *member)
{
    member->room->talker = member;
}

void video_remove_voice(struct video_member *member)
{
    if (!member)
        return;
    member->room->members--;
    fake_video.members--;
    if (member->source.release)
        member->source.release(member->source.context);
    free(member);
}

int video_snapshot(struct video_room *room, struct video_leg *leg, unsigned max_width,
                   video_on_snapshot *on_done, void *context)
{
    assert_non_null(room);
    assert_true(!leg || leg->room == room);
    assert_null(fake_video.on_snapshot);
    if (fake_video.snapshot_error)
        return fake_video.snapshot_error;
    fake_video.snapshot_leg = leg;
    fake_video.snapshot_width = max_width;
    fake_video.on_snapshot = on_done;
    fake_video.snapshot_context = context;
    return 0;
}

void video_stats_read(struct video *video, struct video_stats *stats)
{
    assert_ptr_equal(video, &fake_video_engine);
    *stats = (struct video_stats){.rooms = fake_video.rooms, .legs = fake_video.joins};
}

void video_room_stats_read(const struct video_room *room, struct video_room_stats *stats)
{
    *stats =
        (struct video_room_stats){.shown = room->legs + room->members, .decoders = room->legs};
}

/* ---- its legs ---- */

int video_leg_create(struct rtp_ports *ports, int family, const struct video_leg_config *config,
                     struct video_leg **leg)
{
    (void)ports;
    (void)family;
    assert_non_null(config->voice);
    assert_string_equal(config->cname, "raduno@test"); /* as the fixture configured it */
    if (fake_video.leg_error)
        return fake_video.leg_error;
    *leg = calloc(1, sizeof(**leg));
    assert_non_null(*leg);
    (*leg)->voice = config->voice;
    (*leg)->camera = config->camera;
    fake_video.legs++;
    return 0;
}

int video_leg_create_shared(struct shared_transport *transport,
                            const struct video_leg_config *config, struct video_leg **leg)
{
    (void)transport;
    return video_leg_create(NULL, AF_INET, config, leg);
}

void video_leg_destroy(struct video_leg *leg)
{
    if (!leg)
        return;
    assert_null(leg->room);
    fake_video.legs--;
    free(leg);
}

void video_leg_set_owner(struct video_leg *leg, void *owner)
{
    leg->owner = owner;
}

void *video_leg_owner(const struct video_leg *leg)
{
    return leg->owner;
}

#endif
