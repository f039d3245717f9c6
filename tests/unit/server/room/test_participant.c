/* test_participant.c - one participant's life, and its one end. */
#include "server/room/participant.h"

#include "tests/unit/server/room/room_fixture.h"

static const struct leg_plan plan = {.codec_count = 1, .ptime_ms = 20};

static void set_tone(struct room *room, enum room_tone tone)
{
    struct room_settings settings = plain_settings;
    settings.tone = tone;
    assert_int_equal(room_change(room, &settings), 0);
}

static void comes_in_and_hangs_up(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    struct participant *participant = connect_call(room, &call);
    const struct participant_info *info = participant_info(participant);
    assert_string_equal(info->display_name, "Ann");
    assert_string_equal(info->uri, "sip:ann@example.com");
    assert_false(info->dialled_out);
    assert_int_equal(fake.rooms, 1);
    struct leg *leg = participant_leg(participant);
    assert_int_equal(leg->mix.gain_in, AUDIO_GAIN_ONE);

    participant_left(participant, PARTICIPANT_HUNG_UP, NULL);
    assert_int_equal(room_participant_count(room), 0); /* at once */
    assert_null(room_first(room));
    assert_int_equal(info->state, PARTICIPANT_ENDED); /* readable until the next turn */
    assert_false(room_list_is_idle(fixture->list));
    turn(fixture);
    assert_int_equal(fake.rooms, 1);
    fake_bring_home(leg);
    assert_true(room_list_is_idle(fixture->list));
    turn(fixture);
    assert_int_equal(fake.rooms, 0);
    assert_int_equal(call.hung_up, 0);
    assert_story(fixture, "room created a; added a; joined a; left a hung_up; ");
}

static void one_who_never_joined_is_gone_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    assert_int_equal(admit(add_room(fixture, "a"), &call), ROOM_ADMITTED);
    assert_null(participant_leg(call.participant));
    assert_int_equal(participant_open_leg(call.participant, AF_INET), 0);
    assert_int_equal(fake.legs, 1);
    participant_kick(call.participant, PARTICIPANT_KICKED);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(fake.legs, 0);
    assert_true(room_list_is_idle(fixture->list));
}

static void is_hung_up_exactly_once(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    struct participant *participant = connect_call(room, &call);
    struct leg *leg = participant_leg(participant);
    fixture->story[0] = '\0';
    participant_kick(participant, PARTICIPANT_KICKED);
    participant_kick(participant, PARTICIPANT_NO_MEDIA);
    participant_left(participant, PARTICIPANT_HUNG_UP, NULL);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(call.reason, PARTICIPANT_KICKED);
    assert_int_equal(fake.leaves, 1);

    bool muted = true; /* without effect, as the header says */
    participant_change(participant, &(struct participant_change){.muted = &muted});
    participant_progress(participant, PARTICIPANT_RINGING);
    assert_int_equal(participant_connect(participant, &plan, NULL), -ENOTCONN);
    assert_int_equal(participant_send_digit(participant, '5'), -ENOTCONN);
    assert_int_equal(room_move(participant, add_room(fixture, "b")), ROOM_ADMITTED);
    assert_story(fixture, "left a kicked; room created b; ");
    fake_bring_home(leg);

    participant = connect_call(room, &call);
    leg = participant_leg(participant);
    participant_left(participant, PARTICIPANT_HUNG_UP, NULL);
    participant_kick(participant, PARTICIPANT_KICKED);
    assert_int_equal(call.hung_up, 0);
    fake_bring_home(leg);
}

static void what_fails_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    struct participant *participant = call.participant;
    fixture->story[0] = '\0';
    fake.leg_error = -EADDRINUSE;
    assert_int_equal(participant_open_leg(participant, AF_INET), -EADDRINUSE);
    fake.leg_error = 0;
    assert_int_equal(participant_open_leg(participant, AF_INET), 0);
    fake.room_error = -ENOMEM;
    assert_int_equal(participant_connect(participant, &plan, NULL), -ENOMEM);
    fake.room_error = 0;
    fake.join_error = -EINVAL;
    assert_int_equal(participant_connect(participant, &plan, NULL), -EINVAL);
    turn(fixture);
    assert_int_equal(fake.rooms, 0); /* nobody came */
    fake.join_error = 0;
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_CONNECTING);
    assert_story(fixture, "");
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    fake.replan_error = -EINVAL;
    struct leg_plan held = plan;
    held.held_by_far_end = true;
    assert_int_equal(participant_connect(participant, &held, NULL), -EINVAL);
    assert_false(participant_info(participant)->on_hold);
    assert_story(fixture, "joined a; ");
    end_call(&call);
}

static void hold_is_told_when_it_changes(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(add_room(fixture, "a"), &call);
    fixture->story[0] = '\0';
    struct leg_plan held = plan;
    held.held_by_far_end = true;
    assert_int_equal(participant_connect(participant, &held, NULL), 0);
    assert_true(participant_info(participant)->on_hold);
    assert_int_equal(participant_connect(participant, &held, NULL), 0);
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    assert_false(participant_info(participant)->on_hold);
    assert_int_equal(fake.replans, 3);
    assert_story(fixture, "changed a; changed a; ");
    end_call(&call);
}

static void changes_before_the_join_are_kept_for_it(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    assert_int_equal(admit(add_room(fixture, "a"), &call), ROOM_ADMITTED);
    struct participant *participant = call.participant;
    bool yes = true;
    double silent = -60, louder = 20;
    participant_change(participant,
                       &(struct participant_change){.muted = &yes,
                                                    .deafened = &yes,
                                                    .volume_in_db = &silent,
                                                    .volume_out_db = &louder,
                                                    .display_name = "A\x01nn\xff"});
    assert_int_equal(fake.mixes, 0);
    assert_string_equal(participant_info(participant)->display_name, "Ann\xef\xbf\xbd");
    assert_int_equal(participant_open_leg(participant, AF_INET), 0);
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    const struct leg_mix *mix = &participant_leg(participant)->mix;
    assert_true(mix->muted && mix->deafened);
    assert_int_equal(mix->gain_in, 0);
    assert_int_equal(mix->gain_out, audio_gain_from_db(20));
    assert_story(fixture, "room created a; added a; changed a; joined a; ");
    end_call(&call);
}

static void changes_in_the_mix_reach_it_once(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(add_room(fixture, "a"), &call);
    fixture->story[0] = '\0';
    bool yes = true, no = false;
    double zero = 0;
    participant_change(participant, &(struct participant_change){.muted = &no,
                                                                 .volume_in_db = &zero,
                                                                 .display_name = "Ann"});
    assert_int_equal(fake.mixes, 0);
    assert_story(fixture, "");
    participant_change(participant,
                       &(struct participant_change){.muted = &yes, .deafened = &yes});
    assert_int_equal(fake.mixes, 1);
    assert_true(participant_leg(participant)->mix.muted);
    participant_change(participant, &(struct participant_change){.display_name = "Anna"});
    assert_int_equal(fake.mixes, 1);
    assert_story(fixture, "changed a; changed a; ");
    end_call(&call);
}

static void voice_and_place_are_the_rooms_or_its_own(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    struct participant *participant = connect_call(room, &call);
    const struct leg_mix *mix = &participant_leg(participant)->mix;
    assert_false(mix->levelled || mix->denoised);
    struct room_settings settings = plain_settings;
    settings.level_voices = settings.suppress_noise = true;
    assert_int_equal(room_change(room, &settings), 0);
    assert_true(mix->levelled && mix->denoised);
    fixture->story[0] = '\0';
    enum participant_choice off = PARTICIPANT_OFF, on = PARTICIPANT_ON,
                            as_room = PARTICIPANT_AS_ROOM;
    int left = -100;
    participant_change(participant, &(struct participant_change){.level_voice = &off,
                                                                 .suppress_noise = &on,
                                                                 .place = &left});
    assert_false(mix->levelled);
    assert_true(mix->denoised);
    assert_int_equal(mix->place, -100);
    settings.level_voices = settings.suppress_noise = false;
    assert_int_equal(room_change(room, &settings), 0);
    assert_true(mix->denoised);
    participant_change(participant, &(struct participant_change){.suppress_noise = &as_room});
    assert_false(mix->denoised);
    assert_story(fixture, "changed a; room changed a; changed a; ");
    end_call(&call);
}

static void hand_and_role_are_told_but_not_mixed(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(add_room(fixture, "a"), &call);
    fixture->story[0] = '\0';
    bool yes = true;
    enum participant_role moderator = PARTICIPANT_MODERATOR, read;
    struct participant_change change = {.hand_raised = &yes, .role = &moderator};
    assert_int_equal(participant_change(participant, &change), 0);
    assert_int_equal(participant_change(participant, &change), 0);
    assert_true(participant_info(participant)->hand_raised);
    assert_int_equal(participant_info(participant)->role, PARTICIPANT_MODERATOR);
    assert_int_equal(fake.mixes, 0);
    assert_story(fixture, "changed a; ");
    assert_int_equal(participant_role_parse("moderator", &read), 0);
    assert_int_equal(read, PARTICIPANT_MODERATOR);
    assert_int_equal(participant_role_parse("participant", &read), 0);
    assert_string_equal(participant_role_word(read), "participant");
    assert_int_equal(participant_role_parse("admin", &read), -EINVAL);
    end_call(&call);
}

#define NAMES(...)                                                                             \
    &(const struct room_circle_names)                                                          \
    {                                                                                          \
        .count = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *), .name = {       \
            __VA_ARGS__                                                                        \
        }                                                                                      \
    }

static void whispers_are_heard_by_whom_they_are_for(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a"), *other = add_room(fixture, "b");
    struct fake_call call[3];
    struct participant *boss = connect_call(room, &call[0]);
    struct participant *bob = connect_call(room, &call[1]);
    struct participant *eve = connect_call(room, &call[2]);
    fixture->story[0] = '\0';
    assert_int_equal(
        participant_change(boss, &(struct participant_change){.says = NAMES("whisper-bob")}),
        0);
    assert_int_equal(
        participant_change(bob,
                           &(struct participant_change){.hears = NAMES("main", "whisper-bob")}),
        0);
    uint32_t said = participant_leg(boss)->mix.says;
    assert_true(said & participant_leg(bob)->mix.hears);
    assert_false(said & participant_leg(eve)->mix.hears);
    assert_true(participant_leg(bob)->mix.says & participant_leg(boss)->mix.hears);
    assert_string_equal(participant_hears(bob).name[1], "whisper-bob");
    assert_story(fixture, "changed a; changed a; ");
    assert_int_equal(
        participant_change(bob,
                           &(struct participant_change){.hears = NAMES("whisper-bob", "main")}),
        0);
    assert_story(fixture, ""); /* the same */

    struct leg *leg =
        participant_leg(bob); /* what he hears in another room is the conference */
    assert_int_equal(room_move(bob, other), ROOM_ADMITTED);
    fake_bring_home(leg);
    assert_int_equal(leg->mix.hears, LEG_CIRCLE_MAIN);
    assert_int_equal(participant_hears(bob).count, 1);
    struct room_circle_names none = {.count = 0};
    assert_int_equal(participant_change(bob, &(struct participant_change){.says = &none}), 0);
    assert_int_equal(leg->mix.says, 0);
    for (unsigned i = 0; i < 3; i++)
        end_call(&call[i]);
}

static void goes_on_before_it_is_connected_by_the_door(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *strict = add_room(fixture, "b");
    struct fake_call call;
    const struct leg_plan with_keys = {
        .codec_count = 1, .ptime_ms = 20, .security.kind = RTP_SECURITY_DTLS};
    const struct leg_plan without = {.codec_count = 1, .ptime_ms = 20};
    struct attributes sender = {.count = 0};
    assert_int_equal(admit(from, &call), ROOM_ADMITTED);
    strict->settings.srtp = MEDIA_SRTP_REQUIRED;
    assert_int_equal(room_forward(call.participant, strict, &without, NULL),
                     ROOM_REFUSED_PLAIN);
    strict->settings.locked = true;
    assert_int_equal(room_forward(call.participant, strict, &with_keys, NULL),
                     ROOM_REFUSED_LOCKED);
    strict->settings.locked = false;
    assert_ptr_equal(participant_room(call.participant), from);
    assert_int_equal(room_forward(call.participant, strict, &with_keys, NULL), ROOM_ADMITTED);
    assert_ptr_equal(participant_room(call.participant), strict);
    assert_int_equal(participant_info(call.participant)->state, PARTICIPANT_CONNECTING);
    attributes_set(&sender, "forwarded_by", "bob");
    fixture->story[0] = '\0';
    participant_add_attributes(call.participant, &sender);
    attributes_set(&sender, "forwarded_by", "carol");
    attributes_set(&sender, "forwarded_to", "b");
    participant_add_attributes(call.participant, &sender);
    const struct attributes *has = participant_attributes(call.participant);
    assert_int_equal(has->count, 2);
    assert_string_equal(attributes_get(has, "forwarded_by"), "carol");
    assert_non_null(strstr(fixture->story, "changed"));
    end_call(&call);
    fixture->story[0] = '\0';
}

static void moves_only_where_its_media_may_be(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *strict = add_room(fixture, "b");
    struct room *plain = add_room(fixture, "c");
    struct fake_call call;
    struct participant *participant = connect_call(from, &call);
    struct leg *leg = participant_leg(participant);
    const struct leg_plan with_keys = {
        .codec_count = 1, .ptime_ms = 20, .security.kind = RTP_SECURITY_DTLS};
    const struct leg_plan without = {.codec_count = 1, .ptime_ms = 20};
    strict->settings.srtp = MEDIA_SRTP_REQUIRED;
    plain->settings.srtp = MEDIA_SRTP_OFF;
    fixture->story[0] = '\0';
    assert_int_equal(room_move(participant, strict), ROOM_REFUSED_PLAIN);
    assert_story(fixture, "");
    assert_ptr_equal(participant_room(participant), from);
    assert_int_equal(participant_connect(participant, &with_keys, NULL), 0);
    assert_int_equal(room_move(participant, plain), ROOM_REFUSED_SECURE);
    assert_int_equal(room_move(participant, strict), ROOM_ADMITTED);
    /* on the way it agrees anew: that plan counts, not the one before */
    assert_int_equal(participant_connect(participant, &without, NULL), 0);
    assert_int_equal(room_move(participant, plain), ROOM_ADMITTED);
    assert_int_equal(room_move(participant, strict), ROOM_REFUSED_PLAIN);
    fake_bring_home(leg);
    end_call(&call);
    fixture->story[0] = '\0';
}

static void too_many_circles_change_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call[2];
    struct participant *one = connect_call(room, &call[0]), *two = connect_call(room, &call[1]);
    struct room_circle_names names = {.count = 31};
    char name[31][8];
    for (unsigned i = 0; i < 31; i++) {
        snprintf(name[i], sizeof(name[i]), "c%u", i);
        names.name[i] = name[i];
    }
    assert_int_equal(participant_change(one, &(struct participant_change){.says = &names}), 0);
    fixture->story[0] = '\0';
    bool yes = true;
    struct participant_change change = {
        .says = NAMES("c1"), .hears = NAMES("new"), .muted = &yes};
    assert_int_equal(participant_change(two, &change), -EUSERS);
    assert_false(participant_info(two)->muted);
    assert_int_equal(participant_info(two)->says, LEG_CIRCLE_MAIN);
    assert_story(fixture, "");
    end_call(&call[0]); /* his are free again: c1, too, for it was not used */
    names.name[1] = "other";
    assert_int_equal(participant_change(two, &(struct participant_change){.hears = &names}), 0);
    end_call(&call[1]);
}

static void who_talks_now_is_told_until_he_is_silent(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a"), *other = add_room(fixture, "b");
    struct fake_call call[2];
    struct participant *one = connect_call(room, &call[0]), *two = connect_call(room, &call[1]);
    struct leg *leg = participant_leg(one), *leg_two = participant_leg(two);
    fixture->story[0] = '\0';
    assert_null(room_speaker(room));
    fake_events->on_speaker(fake_context, leg);
    fake_events->on_speaker(fake_context, leg);
    assert_ptr_equal(room_speaker(room), one);
    fake_events->on_speaker(fake_context, leg_two);
    assert_story(fixture, "speaker a Ann; speaker a Ann; ");
    bool yes = true;
    participant_change(two, &(struct participant_change){.muted = &yes});
    assert_null(room_speaker(room));
    fake_events->on_speaker(fake_context, leg_two); /* was on its way */
    assert_story(fixture, "changed a; room speaker a; ");
    fake_events->on_speaker(fake_context, leg);
    assert_int_equal(room_move(one, other), ROOM_ADMITTED);
    fake_events->on_speaker(fake_context, leg); /* on its way, too */
    assert_story(fixture, "speaker a Ann; room speaker a; left a moved; added b; ");
    fake_bring_home(leg);
    fake_events->on_speaker(fake_context, leg);
    assert_ptr_equal(room_speaker(other), one);
    fixture->story[0] = '\0';
    end_call(&call[0]);
    assert_story(fixture, "room speaker b; left b hung_up; ");
    end_call(&call[1]);
}

static void each_press_is_told_once(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(add_room(fixture, "a"), &call);
    struct leg *leg = participant_leg(participant);
    fixture->story[0] = '\0';
    participant_hear_digit(participant, '5', DIGIT_INFO);
    fake_events->on_digit(fake_context, leg, '5', true);
    fake_events->on_digit(fake_context, leg, '5', false);
    fake_events->on_digit(fake_context, leg, '5', false);
    assert_story(fixture, "digit a 5; digit a 5; ");
    end_call(&call);
}

static void the_workers_word_becomes_events(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(add_room(fixture, "a"), &call);
    struct leg *leg = participant_leg(participant);
    fixture->story[0] = '\0';
    fake_events->on_digit(fake_context, leg, '#', false);
    fake_events->on_talking(fake_context, leg, true);
    fake_events->on_talking(fake_context, leg, true);
    fake_events->on_talking(fake_context, leg, false);
    fake_events->on_talking(fake_context, leg, true);
    bool yes = true;
    participant_change(participant, &(struct participant_change){.muted = &yes});
    assert_false(participant_info(participant)->talking);
    fake_events->on_talking(fake_context, leg, true);  /* was on its way */
    fake_events->on_talking(fake_context, leg, false); /* the worker heard of the mute */
    assert_story(fixture, "digit a #; talking a yes; talking a no; talking a yes; changed a; "
                          "talking a no; ");
    assert_int_equal(participant_send_digit(participant, '5'), 0);
    assert_int_equal(participant_send_digit(participant, '6'), -ENOTSUP);

    fake_events->on_no_media(fake_context, leg);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(call.reason, PARTICIPANT_NO_MEDIA);
    fake_events->on_digit(fake_context, leg, '1', false); /* what comes after is no news */
    fake_events->on_talking(fake_context, leg, true);
    fake_events->on_no_media(fake_context, leg);
    assert_story(fixture, "left a no_media; ");
    fake_bring_home(leg);
}

static void talking_ends_with_the_call(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(add_room(fixture, "a"), &call);
    struct leg *leg = participant_leg(participant);
    fake_events->on_talking(fake_context, leg, true);
    participant_kick(participant, PARTICIPANT_KICKED);
    assert_false(participant_info(participant)->talking);
    fake_bring_home(leg);
}

static void tones_as_the_room_says(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a"), *other = add_room(fixture, "b");
    static const struct {
        enum room_tone tone;
        unsigned joined, left;
    } table[] = {{ROOM_TONE_NONE, 0, 0},
                 {ROOM_TONE_JOIN, 1, 0},
                 {ROOM_TONE_LEAVE, 0, 1},
                 {ROOM_TONE_BOTH, 1, 1}};
    for (unsigned i = 0; i < 4; i++) {
        set_tone(room, table[i].tone);
        fake.tones_joined = fake.tones_left = 0;
        struct fake_call call;
        connect_call(room, &call);
        assert_int_equal(fake.tones_joined, table[i].joined);
        assert_int_equal(fake.tones_left, 0);
        end_call(&call);
        assert_int_equal(fake.tones_left, table[i].left);
    }
    struct fake_call call; /* one who never came in is not heard going */
    fake.tones_left = 0;
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    end_call(&call);
    assert_int_equal(fake.tones_left, 0);
    struct leg *leg = participant_leg(connect_call(room, &call));
    fake.tones_joined = 0;
    assert_int_equal(room_move(call.participant, other), ROOM_ADMITTED);
    assert_int_equal(fake.tones_left, 1);
    fake_bring_home(leg);
    assert_int_equal(fake.tones_joined, 0); /* the other room has none */
    end_call(&call);
    assert_int_equal(fake.tones_left, 1);
}

static void kick_who_joins(struct fixture *fixture, const struct room_event *event)
{
    (void)fixture;
    if (event->kind == ROOM_EVENT_PARTICIPANT_JOINED)
        participant_kick(event->participant, PARTICIPANT_KICKED);
}

static void kick_who_is_added(struct fixture *fixture, const struct room_event *event)
{
    (void)fixture;
    if (event->kind == ROOM_EVENT_PARTICIPANT_ADDED)
        participant_kick(event->participant, PARTICIPANT_KICKED);
}

static void a_listener_may_kick(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    fixture->story[0] = '\0';
    fixture->react = kick_who_is_added;
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    assert_null(call.participant); /* the call has forgotten it */
    assert_int_equal(call.hung_up, 1);
    assert_story(fixture, "added a; left a kicked; ");

    fixture->react = kick_who_joins;
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    struct participant *participant = call.participant;
    assert_int_equal(participant_open_leg(participant, AF_INET), 0);
    struct leg *leg = participant_leg(participant);
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_ENDED);
    assert_story(fixture, "added a; joined a; left a kicked; ");
    fake_bring_home(leg);
}

static void delete_where_one_leaves(struct fixture *fixture, const struct room_event *event)
{
    if (event->kind == ROOM_EVENT_PARTICIPANT_LEFT)
        assert_int_equal(room_list_delete(fixture->list, event->room), 0);
}

static void a_listener_may_delete_the_room(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call one, other, late;
    struct leg *leg = participant_leg(connect_call(room, &one));
    struct leg *other_leg = participant_leg(connect_call(room, &other));
    fixture->story[0] = '\0';
    fixture->react = delete_where_one_leaves;
    participant_kick(one.participant, PARTICIPANT_KICKED);
    assert_int_equal(other.reason, PARTICIPANT_ROOM_DELETED);
    assert_int_equal(admit(room, &late), ROOM_REFUSED_LOCKED); /* only possible in this turn */
    assert_story(fixture, "left a kicked; left a room_deleted; room deleted a; ");
    fake_bring_home(leg);
    fake_bring_home(other_leg);
}

static void words_are_the_apis(void **state)
{
    (void)state;
    assert_string_equal(participant_state_word(PARTICIPANT_CONNECTED), "connected");
    assert_string_equal(participant_state_word(PARTICIPANT_MOVING), "moving");
    assert_string_equal(participant_reason_word(PARTICIPANT_HUNG_UP), "hung_up");
    assert_string_equal(participant_reason_word(PARTICIPANT_ROOM_DELETED), "room_deleted");
    for (enum participant_state word = 0; word <= PARTICIPANT_ENDED; word++)
        assert_non_null(participant_state_word(word));
    for (enum participant_reason word = 0; word <= PARTICIPANT_SHUTDOWN; word++)
        assert_non_null(participant_reason_word(word));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static int send_digit(void *call, char digit, unsigned duration_ms)
{
    struct fake_call *fake_call = call;
    if (digit == '5')
        return -ENOSYS; /* so the media sends it */
    return digit == '#' ? participant_sound_digit(fake_call->participant, digit, duration_ms)
                        : -EBUSY;
}

static void a_call_may_send_digits_in_its_own_way(void **state)
{
    struct fixture *fixture = *state;
    static const struct participant_link link = {.hang_up = hang_up, .send_digit = send_digit};
    struct fake_call call = {.participant = NULL};
    struct room *room = add_room(fixture, "a");
    const struct room_admission admission = {
        .display_name = "a", .uri = "sip:a@example.com", .link = &link, .call = &call};
    assert_int_equal(room_admit(room, &admission, &call.participant), ROOM_ADMITTED);
    struct participant *participant = call.participant;
    assert_int_equal(participant_open_leg(participant, AF_INET), 0);
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    const unsigned before = fake.digits;
    assert_int_equal(participant_send_digit(participant, '5'), 0);
    assert_int_equal(fake.digits, before + 1);
    assert_int_equal(participant_send_digit(participant, '#'), 0);
    assert_int_equal(fake.sounded, '#');
    assert_int_equal(participant_send_digit(participant, '1'), -EBUSY);
    assert_int_equal(fake.digits, before + 1);
    end_call(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(comes_in_and_hangs_up),
        TEST(one_who_never_joined_is_gone_at_once),
        TEST(is_hung_up_exactly_once),
        TEST(what_fails_changes_nothing),
        TEST(hold_is_told_when_it_changes),
        TEST(changes_before_the_join_are_kept_for_it),
        TEST(changes_in_the_mix_reach_it_once),
        TEST(voice_and_place_are_the_rooms_or_its_own),
        TEST(hand_and_role_are_told_but_not_mixed),
        TEST(whispers_are_heard_by_whom_they_are_for),
        TEST(goes_on_before_it_is_connected_by_the_door),
        TEST(moves_only_where_its_media_may_be),
        TEST(too_many_circles_change_nothing),
        TEST(who_talks_now_is_told_until_he_is_silent),
        TEST(each_press_is_told_once),
        TEST(the_workers_word_becomes_events),
        TEST(talking_ends_with_the_call),
        TEST(a_call_may_send_digits_in_its_own_way),
        TEST(tones_as_the_room_says),
        TEST(a_listener_may_kick),
        TEST(a_listener_may_delete_the_room),
        cmocka_unit_test(words_are_the_apis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
