/* test_participant_video.c - a participant's picture: in, from room to room, home; and who has
 * none. */
#include "tests/unit/server/room/room_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct leg_plan plan = {.codec_count = 1, .ptime_ms = 20};
static const struct video_plans video_plans = {
    .stream[VIDEO_CAMERA] = {.codec_count = 1, .send = true, .receive = true}};
static const struct video_config engine = {.max_width = 1920, .max_height = 1088};

static unsigned keys_asked;

static void request_key(void *call)
{
    assert_non_null(((struct fake_call *)call)->participant);
    keys_asked++;
}

static const struct participant_link link_with_keys = {.hang_up = hang_up,
                                                       .request_key = request_key};

static struct room_settings filmed_settings(void)
{
    struct room_settings settings = plain_settings;
    settings.video = ROOM_VIDEO_DEFAULT;
    return settings;
}

static int setup(void **state)
{
    memset(&fake, 0, sizeof(fake));
    memset(&fake_video, 0, sizeof(fake_video));
    keys_asked = 0;
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->loop = loop_create();
    struct room_list_config config = fixture_config(fixture);
    config.video = &engine;
    config.images_directory = "/images";
    fixture_open(fixture, &config);
    *state = fixture;
    return 0;
}

static struct room *add_filmed(struct fixture *fixture, const char *name)
{
    struct room *room = NULL;
    struct room_settings settings = filmed_settings();
    assert_int_equal(room_list_add(fixture->list, name, &settings, &room), 0);
    return room;
}

static struct participant *admit_with(struct room *room, struct fake_call *call)
{
    *call = (struct fake_call){0};
    struct room_admission admission = {.display_name = "",
                                       .uri = "sip:ann@example.com",
                                       .link = &link_with_keys,
                                       .call = call};
    assert_int_equal(room_admit(room, &admission, &call->participant), ROOM_ADMITTED);
    assert_int_equal(participant_open_leg(call->participant, AF_INET), 0);
    return call->participant;
}

/* By voice and video. */
static struct participant *film(struct room *room, struct fake_call *call)
{
    struct participant *participant = admit_with(room, call);
    assert_true(participant_wants_video(participant, VIDEO_CAMERA));
    assert_int_equal(participant_open_video(participant, VIDEO_CAMERA, AF_INET), 0);
    assert_int_equal(participant_connect(participant, &plan, &video_plans), 0);
    return participant;
}

/* Both halves come home, voice first, then video; or the other way round. */
static void bring_home(struct leg *voice, struct video_leg *video, bool voice_first)
{
    if (voice_first)
        fake_bring_home(voice);
    fake_bring_video_home(video);
    if (!voice_first)
        fake_bring_home(voice);
}

static void hang_up_filmed(struct fake_call *call, bool voice_first)
{
    struct participant *participant = call->participant;
    struct leg *voice = participant_leg(participant);
    struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
    call->participant = NULL;
    participant_left(participant, PARTICIPANT_HUNG_UP, NULL);
    bring_home(voice, video, voice_first);
}

static void comes_in_with_both_and_goes_with_both(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned voice_first = 0; voice_first < 2; voice_first++) {
        struct room *room = add_filmed(fixture, voice_first ? "b" : "a");
        struct fake_call call;
        assert_int_equal(fake_video.rooms, 0);
        struct participant *participant = film(room, &call);
        struct leg *voice = participant_leg(participant);
        struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
        assert_int_equal(fake_video.rooms, 1);
        assert_ptr_equal(video->voice, voice);
        assert_int_equal(video->room->settings.width, 1280);
        assert_string_equal(video->look.name, "ann"); /* no display name: of the URI */
        assert_int_equal(participant_video_plan(participant, VIDEO_CAMERA)->codec_count, 1);
        call.participant = NULL;
        participant_left(participant, PARTICIPANT_HUNG_UP, NULL);
        assert_int_equal(fake_video.leaves, voice_first + 1);
        turn(fixture);
        if (voice_first)
            fake_bring_home(voice);
        else
            fake_bring_video_home(video);
        assert_false(room_list_is_idle(fixture->list)); /* the other half is away */
        turn(fixture);
        assert_int_equal(fake.legs, 1);
        assert_int_equal(fake_video.legs, 1);
        if (voice_first)
            fake_bring_video_home(video);
        else
            fake_bring_home(voice);
        assert_true(room_list_is_idle(fixture->list));
        turn(fixture);
        assert_int_equal(fake_video.rooms + fake_video.legs, 0);
    }
    assert_story(fixture, "room created a; added a; joined a; left a hung_up; "
                          "room created b; added b; joined b; left b hung_up; ");
}

static void a_room_of_voices_costs_no_video(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob;
    double shared = 7, own_view = 7;
    struct video_room_stats stats;
    connect_call(room, &ann);
    connect_call(room, &bob);
    room_set_speaker(room, bob.participant);
    assert_int_equal(fake_video.rooms + fake_video.members + fake_video.looks, 0);
    assert_true(room_video_cost(room, &shared, &own_view));
    assert_true(shared < 0.001 && own_view < 0.001);
    assert_false(room_video_stats(room, &stats));
    assert_int_equal(room_snapshot(room, NULL, 100, NULL, NULL), -ENODATA);
    end_call(&ann);
    end_call(&bob);
}

static void who_has_no_video_is_seen_if_somebody_watches(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob, eve, late;
    struct participant *voice = connect_call(room, &ann);
    struct participant *filmed = film(room, &bob);
    assert_int_equal(fake_video.members, 1);
    assert_string_equal(voice->seat->look.name, "Ann");
    assert_null(filmed->seat);
    connect_call(room, &late);
    assert_int_equal(fake_video.members, 2);
    film(room, &eve);
    assert_int_equal(fake_video.members, 2);
    assert_int_equal(fake_video.rooms, 1);
    assert_true(voice->seat->look.joined <
                participant_video(filmed, VIDEO_CAMERA)->look.joined);
    assert_true(participant_video(filmed, VIDEO_CAMERA)->look.joined <
                late.participant->seat->look.joined);
    end_call(&late);
    assert_int_equal(fake_video.members, 1);
    hang_up_filmed(&bob, true);
    turn(fixture);
    assert_int_equal(fake_video.members, 1); /* eve still watches */
    hang_up_filmed(&eve, false);
    turn(fixture);
    assert_int_equal(fake_video.members + fake_video.rooms, 0);
    assert_null(voice->seat);
    end_call(&ann);
}

static void video_is_dropped_and_taken_up_again(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob;
    film(room, &bob);
    struct participant *participant = film(room, &ann);
    struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
    fixture->story[0] = '\0';
    struct video_plans other = video_plans;
    assert_int_equal(participant_connect(participant, &plan, &other), 0);
    assert_int_equal(fake_video.replans, 1);
    assert_story(fixture, "");
    other.stream[VIDEO_CAMERA].receive = false;
    assert_int_equal(participant_connect(participant, &plan, &other), 0);
    assert_int_equal(fake_video.replans, 2);
    assert_false(video->plan.receive);
    assert_story(fixture, "changed a; ");

    other.stream[VIDEO_CAMERA].codec_count = 0;
    assert_int_equal(participant_connect(participant, &plan, &other), 0);
    assert_true(video->leaving);
    assert_null(participant_video_plan(participant, VIDEO_CAMERA));
    assert_string_equal(participant->seat->look.name, "ann"); /* at once, as a voice */
    assert_story(fixture, "changed a; ");
    assert_int_equal(participant_connect(participant, &plan, NULL), 0); /* still none */
    assert_story(fixture, "");
    fake_bring_video_home(video);
    assert_non_null(participant->seat);
    assert_int_equal(fake_video.legs, 2); /* its ports stay for the next time */

    assert_int_equal(participant_open_video(participant, VIDEO_CAMERA, AF_INET), 0);
    assert_int_equal(participant_connect(participant, &plan, &video_plans), 0);
    assert_ptr_equal(video->room, room->video_room);
    assert_null(participant->seat);
    assert_story(fixture, "changed a; ");

    /* off and on again before it was home */
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    assert_int_equal(participant_connect(participant, &plan, &video_plans), 0);
    assert_true(video->leaving);
    assert_non_null(participant->seat);
    fake_bring_video_home(video);
    assert_non_null(video->room);
    assert_null(participant->seat);
    hang_up_filmed(&ann, true);
    hang_up_filmed(&bob, true);
}

static void the_last_video_leg_takes_the_video_room_along(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call call;
    struct participant *participant = film(room, &call);
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    assert_non_null(participant->seat);
    fake_bring_video_home(participant_video(participant, VIDEO_CAMERA));
    turn(fixture);
    assert_null(participant->seat);
    assert_int_equal(fake_video.rooms, 0);
    assert_int_equal(fake.rooms, 1); /* by voice it goes on */
    end_call(&call);
}

static void moves_with_both(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned voice_first = 0; voice_first < 2; voice_first++) {
        struct room *from = add_filmed(fixture, voice_first ? "c" : "a");
        struct room *to = add_filmed(fixture, voice_first ? "d" : "b");
        struct fake_call ann, bob;
        struct participant *participant = film(from, &ann);
        struct participant *other = film(to, &bob);
        struct leg *voice = participant_leg(participant);
        struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
        assert_int_equal(room_move(participant, to), ROOM_ADMITTED);
        assert_true(voice->leaving && video->leaving);
        assert_null(participant->seat);
        if (voice_first) {
            fake_bring_home(voice);
            assert_int_equal(participant_info(participant)->state, PARTICIPANT_CONNECTED);
            assert_non_null(participant->seat); /* until its picture is there, too */
            fake_bring_video_home(video);
        } else {
            fake_bring_video_home(video);
            assert_null(video->room);
            fake_bring_home(voice);
        }
        assert_ptr_equal(video->room, to->video_room);
        assert_null(participant->seat);
        assert_true(video->look.joined > participant_video(other, VIDEO_CAMERA)->look.joined);
        turn(fixture);
        assert_null(from->video_room);
        hang_up_filmed(&ann, voice_first);
        hang_up_filmed(&bob, voice_first);
    }
}

static void moves_into_a_room_without_video(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_filmed(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    struct participant *participant = film(from, &call);
    struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
    assert_int_equal(room_move(participant, to), ROOM_ADMITTED);
    bring_home(participant_leg(participant), video, true);
    assert_null(video->room);
    assert_null(participant->seat);
    assert_int_equal(room_move(participant, from), ROOM_ADMITTED);
    fake_bring_home(participant_leg(participant));
    assert_non_null(video->room); /* as agreed all the time */
    hang_up_filmed(&call, true);
}

/* Its room may be gone when the last half comes home from the one before. */
static void ends_in_the_midst_of_a_move(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned voice_first = 0; voice_first < 2; voice_first++) {
        struct room *from = add_filmed(fixture, voice_first ? "c" : "a");
        struct room *to = add_filmed(fixture, voice_first ? "d" : "b");
        struct fake_call call;
        struct participant *participant = film(from, &call);
        struct leg *voice = participant_leg(participant);
        struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
        assert_int_equal(room_move(participant, to), ROOM_ADMITTED);
        assert_int_equal(room_list_delete(fixture->list, to), 0);
        assert_int_equal(call.hung_up, 1);
        turn(fixture); /* frees the room */
        bring_home(voice, video, voice_first);
        assert_true(room_list_is_idle(fixture->list));
    }
}

static void video_comes_in_behind_the_pin(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct room_settings settings = *room_settings(room);
    set_pins(&settings, "123", "");
    assert_int_equal(room_change(room, &settings), 0);
    struct fake_call call;
    struct participant *participant = film(room, &call);
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_PIN);
    assert_int_equal(fake_video.joins + fake_video.rooms, 0);
    struct video_plans held = video_plans;
    held.stream[VIDEO_CAMERA].send = false;
    assert_int_equal(participant_connect(participant, &plan, &held), 0);
    assert_int_equal(fake_video.joins + fake_video.replans, 0);
    for (const char *digit = "123#"; *digit; digit++)
        participant_hear_digit(participant, *digit, DIGIT_INFO);
    fixture_judge(fixture->list);
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_MOVING);
    assert_int_equal(fake_video.joins, 0);
    fake_bring_home(participant_leg(participant));
    assert_int_equal(fake_video.joins, 1);
    assert_false(participant_video(participant, VIDEO_CAMERA)->plan.send);
    hang_up_filmed(&call, false);
}

static void ends_at_the_door(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct room_settings settings = *room_settings(room);
    set_pins(&settings, "123", "");
    assert_int_equal(room_change(room, &settings), 0);
    struct fake_call call;
    struct participant *participant = film(room, &call);
    struct leg *voice = participant_leg(participant);
    participant_kick(participant, PARTICIPANT_KICKED);
    fake_bring_home(voice);
    assert_int_equal(fake_video.legs, 0);
    assert_true(room_list_is_idle(fixture->list));
}

static void without_capacity_there_is_voice(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob;
    struct participant *participant = admit_with(room, &ann);
    fake_video.is_full = true;
    assert_false(participant_wants_video(participant, VIDEO_CAMERA));
    assert_true(fake_video.asked_cost > 0.4); /* the first brings the encoder */
    assert_int_equal(participant_info(participant)->video_refusal,
                     PARTICIPANT_VIDEO_NO_CAPACITY);
    assert_string_equal(participant_video_refusal_word(PARTICIPANT_VIDEO_NO_CAPACITY),
                        "no_capacity");
    assert_false(participant_video_is_refused(participant));
    fixture->list->config.refuses_when_full = true;
    assert_true(participant_video_is_refused(participant));
    fixture->list->config.admits_when_full = true;
    assert_true(participant_wants_video(participant, VIDEO_CAMERA));
    assert_false(participant_video_is_refused(participant));
    fixture->list->config.admits_when_full = false;
    assert_false(participant_wants_video(participant, VIDEO_CAMERA));
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    assert_int_equal(participant_info(participant)->video_refusal,
                     PARTICIPANT_VIDEO_NO_CAPACITY);
    fake_video.is_full = false;
    assert_true(participant_wants_video(participant, VIDEO_CAMERA)); /* offered again */
    assert_int_equal(participant_info(participant)->video_refusal,
                     PARTICIPANT_VIDEO_NOT_REFUSED);
    assert_false(participant_video_is_refused(participant));
    film(room, &bob);
    participant_wants_video(participant, VIDEO_CAMERA);
    assert_true(fake_video.asked_cost < 0.2); /* decoding only */
    fake_video.is_full = true;
    assert_true(participant_wants_video(bob.participant, VIDEO_CAMERA)); /* it has it already */
    struct room_settings settings = *room_settings(room);
    settings.video.own_view = true;
    assert_int_equal(room_change(room, &settings), 0);
    participant_wants_video(participant, VIDEO_CAMERA);
    assert_true(fake_video.asked_cost > 0.4);
    end_call(&ann);
    hang_up_filmed(&bob, true);
}

static void a_room_without_video_wants_none(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = admit_with(add_room(fixture, "a"), &call);
    assert_false(participant_wants_video(participant, VIDEO_CAMERA));
    assert_int_equal(participant_info(participant)->video_refusal,
                     PARTICIPANT_VIDEO_NOT_REFUSED);
    participant_kick(participant, PARTICIPANT_KICKED);
    assert_false(participant_wants_video(participant, VIDEO_CAMERA));
    assert_int_equal(participant_open_video(participant, VIDEO_CAMERA, AF_INET), -ENOTCONN);
}

static void what_fails_leaves_voice(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call call;
    struct participant *participant = admit_with(room, &call);
    const struct participant_info *info = participant_info(participant);
    fake_video.leg_error = -EADDRINUSE;
    assert_int_equal(participant_open_video(participant, VIDEO_CAMERA, AF_INET), -EADDRINUSE);
    assert_null(participant_video(participant, VIDEO_CAMERA));
    fake_video.leg_error = 0;
    assert_int_equal(participant_open_video(participant, VIDEO_CAMERA, AF_INET), 0);
    fake.join_error = -EINVAL; /* of voice: nothing has changed */
    assert_int_equal(participant_connect(participant, &plan, &video_plans), -EINVAL);
    assert_null(participant_video_plan(participant, VIDEO_CAMERA));
    assert_int_equal(fake_video.rooms, 0);
    fake.join_error = 0;
    fake_video.room_error = -ENOMEM;
    assert_int_equal(participant_connect(participant, &plan, &video_plans), 0);
    assert_int_equal(info->video_refusal, PARTICIPANT_VIDEO_FAILED);
    fake_video.room_error = 0;
    fake_video.join_error = -EINVAL;
    assert_int_equal(participant_connect(participant, &plan, &video_plans), 0);
    assert_int_equal(info->video_refusal, PARTICIPANT_VIDEO_FAILED);
    assert_int_equal(fake_video.rooms, 1);
    turn(fixture);
    assert_int_equal(fake_video.rooms, 0); /* made for nothing */
    fake_video.join_error = 0;
    room_film_change(room); /* not tried again by itself */
    assert_int_equal(fake_video.joins, 0);
    assert_int_equal(participant_connect(participant, &plan, &video_plans), 0);
    assert_int_equal(info->video_refusal, PARTICIPANT_VIDEO_NOT_REFUSED);
    assert_int_equal(fake_video.joins, 1);
    fake.replan_error = -EINVAL;
    struct video_plans other = video_plans;
    other.stream[VIDEO_CAMERA].send = false;
    assert_int_equal(participant_connect(participant, &plan, &other), -EINVAL);
    assert_true(participant_video_plan(participant, VIDEO_CAMERA)->send);
    fake.replan_error = 0;
    fake_video.replan_error = -ENOMEM;
    assert_int_equal(participant_connect(participant, &plan, &other), 0);
    hang_up_filmed(&call, true);
}

static void changes_are_seen(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob;
    struct participant *voice = connect_call(room, &bob);
    struct participant *participant = film(room, &ann);
    const struct video_look *look = &participant_video(participant, VIDEO_CAMERA)->look;
    const bool yes = true;
    const unsigned second = 2;
    fixture->story[0] = '\0';
    const struct participant_change change = {.muted = &yes,
                                              .hand_raised = &yes,
                                              .display_name = "J\xc3\xb6rg",
                                              .video_muted = &yes,
                                              .presents = &yes,
                                              .pinned = &second,
                                              .hidden = &yes};
    assert_int_equal(participant_change(participant, &change), 0);
    assert_true(look->muted && look->hand_raised && look->video_muted && look->presents &&
                look->hidden);
    assert_int_equal(look->pinned, 2);
    assert_string_equal(look->name, "J\xc3\xb6rg");
    assert_int_equal(fake_video.looks, 1);
    assert_int_equal(participant_change(participant, &change), 0); /* nothing differs */
    assert_int_equal(fake_video.looks, 1);
    assert_story(fixture, "changed a; ");
    assert_int_equal(participant_change(voice, &change), 0);
    assert_true(voice->seat->look.muted);
    assert_int_equal(voice->seat->look.pinned, 2);
    hang_up_filmed(&ann, true);
    end_call(&bob);
}

static void who_talks_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob, eve;
    struct participant *voice = connect_call(room, &bob);
    fake_events->on_speaker(fake_context, participant_leg(voice));
    film(room, &ann);
    assert_ptr_equal(room->video_room->talker, voice->seat); /* since before */
    fake_events->on_speaker(fake_context, participant_leg(ann.participant));
    assert_ptr_equal(room->video_room->talker,
                     participant_video(ann.participant, VIDEO_CAMERA));
    fake_events->on_speaker(fake_context, participant_leg(voice));
    assert_ptr_equal(room->video_room->talker, voice->seat);
    struct participant *late = admit_with(room, &eve);
    assert_int_equal(participant_open_video(late, VIDEO_CAMERA, AF_INET), 0);
    assert_int_equal(participant_connect(late, &plan, NULL), 0);
    fake_events->on_speaker(fake_context, participant_leg(late));
    assert_int_equal(participant_connect(late, &plan, &video_plans), 0);
    assert_ptr_equal(room->video_room->talker, participant_video(late, VIDEO_CAMERA));
    hang_up_filmed(&ann, true);
    hang_up_filmed(&eve, true);
    end_call(&bob);
}

static void settings_reach_the_pictures(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob;
    struct participant *participant = film(room, &ann);
    struct participant *voice = connect_call(room, &bob);
    struct room_settings settings = *room_settings(room);
    settings.locked = true;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(fake_video.room_changes, 0);
    settings.video.fps = 15;
    strcpy(settings.video.logo, "logo.png");
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(fake_video.room_changes, 1);
    assert_int_equal(room->video_room->settings.fps, 15);
    assert_string_equal(room->video_room->settings.logo, "/images/logo.png");

    settings.video.enabled = false; /* all by voice */
    assert_int_equal(room_change(room, &settings), 0);
    struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
    assert_true(video->leaving);
    assert_null(voice->seat);
    assert_null(participant->seat);
    fake_bring_video_home(video);
    turn(fixture);
    assert_int_equal(fake_video.rooms, 0);
    settings.video.enabled = true;
    assert_int_equal(room_change(room, &settings), 0);
    assert_ptr_equal(video->room, room->video_room);
    assert_non_null(voice->seat);
    hang_up_filmed(&ann, true);
    end_call(&bob);
}

static void costs_are_told_before_they_are_chosen(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call call[4];
    double shared, own_view;
    struct video_room_stats stats;
    struct video_stats all;
    for (unsigned i = 0; i < 4; i++)
        film(room, &call[i]);
    assert_true(room_video_cost(room, &shared, &own_view));
    assert_true(shared > 0.874 && shared < 0.876);     /* 4 decoders, an encoder */
    assert_true(own_view > 1.999 && own_view < 2.001); /* 4 of each */
    assert_true(room_video_stats(room, &stats));
    assert_int_equal(stats.shown, 4);
    assert_true(room_list_video_stats(fixture->list, &all));
    assert_int_equal(all.legs, 4);
    for (unsigned i = 0; i < 4; i++)
        hang_up_filmed(&call[i], i % 2);
}

static void key_frames_are_asked_for_both_ways(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob;
    participant_hear_key_request(connect_call(room, &bob)); /* it has no video */
    assert_int_equal(fake_video.keys, 0);
    struct participant *participant = film(room, &ann);
    struct leg *voice = participant_leg(participant);
    struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
    participant_hear_key_request(participant);
    assert_int_equal(fake_video.keys, 1);
    fake_video_events->on_need_key(fake_video_context, video);
    assert_int_equal(keys_asked, 1);
    participant->link = &fake_link; /* one that cannot */
    fake_video_events->on_need_key(fake_video_context, video);
    participant->link = &link_with_keys;
    participant_kick(participant, PARTICIPANT_KICKED);
    participant_hear_key_request(participant);
    fake_video_events->on_need_key(fake_video_context, video);
    assert_int_equal(fake_video.keys, 1);
    assert_int_equal(keys_asked, 1);
    bring_home(voice, video, true);
    end_call(&bob);
}

static void pictures_that_come_and_go_are_told(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = film(add_filmed(fixture, "a"), &call);
    struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
    const struct participant_info *info = participant_info(participant);
    fixture->story[0] = '\0';
    fake_video_events->on_showing(fake_video_context, video, true);
    assert_true(info->showing[VIDEO_CAMERA]);
    fake_video_events->on_showing(fake_video_context, video, true);
    fake_video_events->on_showing(fake_video_context, video, false);
    fake_video_events->on_showing(fake_video_context, video, true);
    assert_story(fixture, "changed a; changed a; changed a; ");
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    assert_false(info->showing[VIDEO_CAMERA]);
    assert_story(fixture, "changed a; ");
    fake_video_events->on_showing(fake_video_context, video, true); /* late */
    assert_false(info->showing[VIDEO_CAMERA]);
    assert_story(fixture, "");
    hang_up_filmed(&call, true);
}

/* ---- slides ---- */

/* As film(), with slides beside. */
static struct participant *film_with_slides(struct room *room, struct fake_call *call)
{
    struct video_plans both = video_plans;
    both.stream[VIDEO_SLIDES] = (struct video_plan){.codec_count = 1, .receive = true};
    struct participant *participant = film(room, call);
    assert_true(participant_wants_video(participant, VIDEO_SLIDES));
    assert_int_equal(participant_open_video(participant, VIDEO_SLIDES, AF_INET), 0);
    assert_int_equal(participant_connect(participant, &plan, &both), 0);
    return participant;
}

static void show_slides(const struct participant *participant, bool showing)
{
    fake_video_events->on_showing(fake_video_context,
                                  participant_video(participant, VIDEO_SLIDES), showing);
}

static void hang_up_with_slides(struct fake_call *call)
{
    struct video_leg *slides = participant_video(call->participant, VIDEO_SLIDES);
    struct leg *voice = participant_leg(call->participant);
    struct video_leg *camera = participant_video(call->participant, VIDEO_CAMERA);
    struct participant *participant = call->participant;
    call->participant = NULL;
    participant_left(participant, PARTICIPANT_HUNG_UP, NULL);
    fake_bring_video_home(slides);
    bring_home(voice, camera, true);
}

static void slides_that_come_are_presented(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = film_with_slides(add_filmed(fixture, "a"), &call);
    const struct participant_info *info = participant_info(participant);
    const struct video_leg *camera = participant_video(participant, VIDEO_CAMERA);
    const struct video_leg *slides = participant_video(participant, VIDEO_SLIDES);
    assert_int_equal(fake_video.joins, 2);
    assert_ptr_equal(slides->camera, camera);
    assert_true(slides->look.slides && slides->look.hidden && !camera->look.slides);
    assert_true(slides->look.person && slides->look.person == camera->look.person);
    fixture->story[0] = '\0';
    show_slides(participant, true);
    assert_true(info->presents && info->showing[VIDEO_SLIDES]);
    assert_false(info->showing[VIDEO_CAMERA] || slides->look.hidden);
    assert_true(slides->look.presents && camera->look.presents);
    show_slides(participant, false);
    assert_false(info->presents || camera->look.presents);
    assert_true(slides->look.hidden);
    assert_story(fixture, "changed a; changed a; ");

    /* what is said by other ways counts more than whether they come */
    const bool yes = true, no = false;
    show_slides(participant, true);
    participant_change(participant, &(struct participant_change){.presents = &no});
    assert_true(slides->look.hidden);
    show_slides(participant, false);
    participant_change(participant, &(struct participant_change){.presents = &yes});
    show_slides(participant, true);
    show_slides(participant, false);
    assert_true(info->presents);

    /* said before they come, it counts as well, until they end */
    participant_change(participant, &(struct participant_change){.presents = &no});
    show_slides(participant, true);
    assert_true(!info->presents && slides->look.hidden);
    const enum participant_role moderator = PARTICIPANT_MODERATOR;
    participant_change(participant, &(struct participant_change){.role = &moderator});
    assert_false(info->presents);
    show_slides(participant, false);
    show_slides(participant, true);
    assert_true(info->presents);
    show_slides(participant, false);

    /* the call takes them away */
    show_slides(participant, true);
    assert_int_equal(participant_connect(participant, &plan, &video_plans), 0);
    assert_true(slides->leaving && !info->presents && !info->showing[VIDEO_SLIDES]);
    assert_null(participant_video_plan(participant, VIDEO_SLIDES));
    hang_up_with_slides(&call);
}

static void slides_of_who_may_not_present_stay_hidden(void **state)
{
    struct fixture *fixture = *state;
    struct room_settings settings = filmed_settings();
    struct room *room = NULL;
    struct fake_call call;
    settings.may_present = ROOM_RIGHT_MODERATORS;
    assert_int_equal(room_list_add(fixture->list, "a", &settings, &room), 0);
    struct participant *participant = film_with_slides(room, &call);
    const struct video_leg *slides = participant_video(participant, VIDEO_SLIDES);
    show_slides(participant, true);
    assert_false(participant_info(participant)->presents);
    assert_true(slides->look.hidden);
    show_slides(participant, false);
    const enum participant_role moderator = PARTICIPANT_MODERATOR;
    participant_change(participant, &(struct participant_change){.role = &moderator});
    show_slides(participant, true);
    assert_true(participant_info(participant)->presents);
    hang_up_with_slides(&call);
}

/* By whatever way it is taken, and given. */
static void who_loses_the_right_presents_no_more(void **state)
{
    struct fixture *fixture = *state;
    struct room_settings settings = filmed_settings();
    struct room *room = add_filmed(fixture, "a"), *other = NULL;
    struct fake_call call;
    struct participant *participant = film_with_slides(room, &call);
    const struct participant_info *info = participant_info(participant);
    const struct video_leg *slides = participant_video(participant, VIDEO_SLIDES);
    const enum participant_role guest = PARTICIPANT_GUEST, moderator = PARTICIPANT_MODERATOR;
    const bool yes = true;
    show_slides(participant, true);
    assert_true(info->presents);
    fixture->story[0] = '\0';
    settings.may_present = ROOM_RIGHT_MODERATORS;
    assert_int_equal(room_change(room, &settings), 0);
    assert_true(!info->presents && slides->look.hidden);
    assert_non_null(strstr(fixture->story, "changed a; "));
    participant_change(participant, &(struct participant_change){.role = &moderator});
    assert_true(info->presents && !slides->look.hidden); /* they still come */
    participant_change(participant, &(struct participant_change){.role = &guest});
    assert_true(!info->presents && slides->look.hidden);

    /* what was said with it, by whom the right does not bind, counts; until it is lost again */
    participant_change(participant,
                       &(struct participant_change){.role = &moderator, .presents = &yes});
    participant_change(participant,
                       &(struct participant_change){.role = &guest, .presents = &yes});
    assert_true(info->presents);
    settings.mute_on_entry = true;
    assert_int_equal(room_change(room, &settings), 0);
    assert_true(info->presents);
    settings.may_present = ROOM_RIGHT_NOBODY;
    assert_int_equal(room_change(room, &settings), 0);
    assert_false(info->presents);

    participant_change(participant, &(struct participant_change){.presents = &yes});
    settings.may_present = ROOM_RIGHT_MODERATORS;
    assert_int_equal(room_list_add(fixture->list, "b", &settings, &other), 0);
    assert_int_equal(room_move(participant, other), ROOM_ADMITTED);
    assert_false(info->presents);
    fake_bring_home(participant_leg(participant));
    fake_bring_video_home(participant_video(participant, VIDEO_CAMERA));
    fake_bring_video_home(participant_video(participant, VIDEO_SLIDES));
    show_slides(participant, true);
    assert_true(!info->presents && slides->look.hidden);
    hang_up_with_slides(&call);
}

static void slides_stand_beside_a_camera(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob;
    struct participant *participant = admit_with(room, &ann);
    assert_false(participant_wants_video(participant, VIDEO_SLIDES)); /* there is none */
    assert_true(participant_wants_video(participant, VIDEO_CAMERA));
    assert_int_equal(participant_open_video(participant, VIDEO_CAMERA, AF_INET), 0);
    fake_video.is_full = true;
    assert_false(participant_wants_video(participant, VIDEO_SLIDES));
    assert_int_equal(participant_info(participant)->video_refusal,
                     PARTICIPANT_VIDEO_NOT_REFUSED);
    fake_video.is_full = false;
    assert_int_equal(participant_connect(participant, &plan, &video_plans), 0);

    struct participant *other = film_with_slides(room, &bob);
    struct video_plans slides_alone = {
        .stream[VIDEO_SLIDES] = {.codec_count = 1, .receive = true}};
    assert_int_equal(participant_connect(other, &plan, &slides_alone), 0);
    assert_true(participant_video(other, VIDEO_CAMERA)->leaving);
    assert_true(participant_video(other, VIDEO_SLIDES)->leaving);
    hang_up_with_slides(&bob);
    hang_up_filmed(&ann, true);
}

static void slides_move_with_their_camera(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_filmed(fixture, "a"), *to = add_filmed(fixture, "b");
    struct fake_call call;
    struct participant *participant = film_with_slides(from, &call);
    struct video_leg *camera = participant_video(participant, VIDEO_CAMERA);
    struct video_leg *slides = participant_video(participant, VIDEO_SLIDES);
    assert_int_equal(room_move(participant, to), ROOM_ADMITTED);
    fake_bring_home(participant_leg(participant));
    fake_bring_video_home(slides); /* its camera is still there */
    assert_int_equal(fake_video.joins, 2);
    fake_bring_video_home(camera);
    assert_int_equal(fake_video.joins, 4);
    assert_ptr_equal(slides->room, camera->room);
    hang_up_with_slides(&call);
}

static void kick_when_it_joins(struct fixture *fixture, const struct room_event *event)
{
    (void)fixture;
    if (event->kind == ROOM_EVENT_PARTICIPANT_JOINED)
        participant_kick(event->participant, PARTICIPANT_KICKED);
}

static void a_listener_may_end_it_at_any_event(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    fixture->react = kick_when_it_joins;
    struct fake_call call;
    struct participant *participant = film(room, &call);
    struct leg *voice = participant_leg(participant);
    struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
    assert_int_equal(call.hung_up, 1);
    assert_true(video->leaving);
    bring_home(voice, video, false);
    assert_true(room_list_is_idle(fixture->list));
}

/* ---- avatars ---- */

static char *make_file(void)
{
    char path[] = "/tmp/raduno-test-avatar-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return strdup(path);
}

static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

static void an_avatar_goes_with_its_participant(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob;
    film(room, &bob);
    struct participant *participant = film(room, &ann);
    char first[64], second[64];
    fixture->story[0] = '\0';
    char *path = make_file();
    snprintf(first, sizeof(first), "%s", path);
    participant_set_avatar(participant, path);
    assert_string_equal(participant_avatar(participant), first);
    assert_string_equal(participant_video(participant, VIDEO_CAMERA)->look.avatar, first);
    assert_story(fixture, "changed a; ");
    path = make_file();
    snprintf(second, sizeof(second), "%s", path);
    participant_set_avatar(participant, path);
    assert_false(is_there(first));
    assert_true(is_there(second));
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    assert_string_equal(participant->seat->look.avatar, second);
    fixture->story[0] = '\0';
    participant_set_avatar(participant, NULL);
    participant_set_avatar(participant, NULL);
    assert_story(fixture, "changed a; ");
    assert_false(is_there(second));
    assert_string_equal(participant->seat->look.avatar, "");
    path = make_file();
    snprintf(first, sizeof(first), "%s", path);
    participant_set_avatar(participant, path);
    struct leg *voice = participant_leg(participant);
    struct video_leg *video = participant_video(participant, VIDEO_CAMERA);
    participant_kick(participant, PARTICIPANT_KICKED);
    assert_true(is_there(first)); /* as long as the engine may read it */
    bring_home(voice, video, true);
    assert_false(is_there(first));
    path = make_file();
    snprintf(second, sizeof(second), "%s", path);
    participant_set_avatar(participant, path); /* over, but not yet gone */
    assert_false(is_there(second));
    hang_up_filmed(&bob, true);
}

/* ---- snapshots ---- */

static unsigned snapshots;

static void on_snapshot(void *context, int error, const uint8_t *jpeg, size_t length)
{
    assert_ptr_equal(context, &snapshots);
    assert_int_equal(error, 0);
    assert_int_equal(length, 4);
    assert_memory_equal(jpeg, "jpeg", 4);
    snapshots++;
}

static void snapshots_are_of_the_room_or_of_one(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call ann, bob;
    film(room, &ann);
    struct participant *voice = connect_call(room, &bob);
    snapshots = 0;
    assert_int_equal(room_snapshot(room, NULL, 640, on_snapshot, &snapshots), 0);
    assert_null(fake_video.snapshot_leg);
    assert_int_equal(fake_video.snapshot_width, 640);
    fake_snapshot(0, "jpeg", 4);
    assert_int_equal(room_snapshot(room, ann.participant, 320, on_snapshot, &snapshots), 0);
    assert_ptr_equal(fake_video.snapshot_leg, participant_video(ann.participant, VIDEO_CAMERA));
    fake_snapshot(0, "jpeg", 4);
    assert_int_equal(snapshots, 2);
    assert_int_equal(room_snapshot(room, voice, 320, on_snapshot, &snapshots), -ENODATA);
    fake_video.snapshot_error = -EBUSY;
    assert_int_equal(room_snapshot(room, NULL, 320, on_snapshot, &snapshots), -EBUSY);
    hang_up_filmed(&ann, true);
    assert_int_equal(room_snapshot(room, NULL, 320, on_snapshot, &snapshots), -ENODATA);
    end_call(&bob);
}

/* ---- a server without video ---- */

static void without_an_engine_there_is_voice(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_filmed(fixture, "a");
    struct fake_call call;
    double cost = 0;
    struct video_stats stats;
    struct participant *participant = admit_with(room, &call);
    assert_false(participant_wants_video(participant, VIDEO_CAMERA));
    assert_int_equal(participant_open_video(participant, VIDEO_CAMERA, AF_INET), -ENOSYS);
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    assert_false(room_video_cost(room, &cost, &cost));
    assert_false(room_list_video_stats(fixture->list, &stats));
    assert_int_equal(room_snapshot(room, NULL, 100, on_snapshot, &snapshots), -ENODATA);
    end_call(&call);
}

static void an_engine_that_cannot_begin_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct room_list_config config = fixture_config(fixture);
    struct room_list *list = NULL;
    config.video = &engine;
    fake_video.create_error = -EAGAIN;
    assert_int_equal(room_list_create(&config, &list), -EAGAIN);
    assert_null(list);
}

int main(void)
{
#define with_engine(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
#define without(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        with_engine(comes_in_with_both_and_goes_with_both),
        with_engine(a_room_of_voices_costs_no_video),
        with_engine(who_has_no_video_is_seen_if_somebody_watches),
        with_engine(video_is_dropped_and_taken_up_again),
        with_engine(the_last_video_leg_takes_the_video_room_along),
        with_engine(moves_with_both),
        with_engine(moves_into_a_room_without_video),
        with_engine(ends_in_the_midst_of_a_move),
        with_engine(video_comes_in_behind_the_pin),
        with_engine(ends_at_the_door),
        with_engine(without_capacity_there_is_voice),
        with_engine(a_room_without_video_wants_none),
        with_engine(what_fails_leaves_voice),
        with_engine(changes_are_seen),
        with_engine(who_talks_is_told),
        with_engine(settings_reach_the_pictures),
        with_engine(costs_are_told_before_they_are_chosen),
        with_engine(key_frames_are_asked_for_both_ways),
        with_engine(slides_that_come_are_presented),
        with_engine(slides_of_who_may_not_present_stay_hidden),
        with_engine(who_loses_the_right_presents_no_more),
        with_engine(slides_stand_beside_a_camera),
        with_engine(slides_move_with_their_camera),
        with_engine(pictures_that_come_and_go_are_told),
        with_engine(a_listener_may_end_it_at_any_event),
        with_engine(an_avatar_goes_with_its_participant),
        with_engine(snapshots_are_of_the_room_or_of_one),
        without(without_an_engine_there_is_voice),
        without(an_engine_that_cannot_begin_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
