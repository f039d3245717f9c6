/* test_room.c - the door, the settings, dial-out, and the way from room to room. */
#include "server/room/room.h"

#include "tests/unit/server/room/room_fixture.h"

static const struct leg_plan plan_a = {.codec_count = 1, .ptime_ms = 20};
static const struct leg_plan plan_b = {.codec_count = 2, .ptime_ms = 40};

static void names_are_checked(void **state)
{
    (void)state;
    char longest[ROOM_NAME_BYTES + 1];
    memset(longest, 'x', sizeof(longest));
    longest[ROOM_NAME_BYTES] = '\0';
    assert_false(room_name_is_valid(longest)); /* 65 */
    longest[ROOM_NAME_BYTES - 1] = '\0';
    assert_true(room_name_is_valid(longest)); /* 64 */
    static const char *const good[] = {"a", "A.b_c-9", "0", "-", "_", "a..b", "+4930123", "+a"};
    static const char *const bad[] = {"",         ".",   ".a", "a b", "a/b", "a%20",
                                      "\xc3\xb6", "a\n", "*",  "+",   "++1", "1+2"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(room_name_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(room_name_is_valid(bad[i]));
}

static void files_are_checked(void **state)
{
    (void)state;
    static const char *const sounds[] = {"", "a", "a b.mp3", "\xc3\xa4..ogg"};
    static const char *const no_sounds[] = {".", "..", ".a", "a/b", "/", "a\n", "\xff"};
    for (size_t i = 0; i < sizeof(sounds) / sizeof(sounds[0]); i++)
        assert_true(room_sound_is_valid(sounds[i]));
    for (size_t i = 0; i < sizeof(no_sounds) / sizeof(no_sounds[0]); i++)
        assert_false(room_sound_is_valid(no_sounds[i]));
    char longest[ROOM_SOUND_BYTES + 1];
    memset(longest, 'x', sizeof(longest));
    longest[ROOM_SOUND_BYTES] = '\0';
    assert_false(room_sound_is_valid(longest)); /* 129 */
    longest[ROOM_SOUND_BYTES - 1] = '\0';
    assert_true(room_sound_is_valid(longest)); /* 128 */
}

static void words_go_both_ways(void **state)
{
    (void)state;
    struct room_settings settings = {.tone = ROOM_TONE_JOIN};
    for (enum room_right right = ROOM_RIGHT_ALL; right <= ROOM_RIGHT_NOBODY; right++) {
        assert_int_equal(room_setting_read("who_may_chat", room_right_word(right), &settings),
                         0);
        assert_int_equal(settings.may_chat, right);
    }
    assert_int_equal(room_setting_read("alone", "noise", &settings), 0);
    assert_int_equal(settings.alone, ROOM_ALONE_NOISE);
    assert_int_equal(room_setting_read("alone", "Noise", &settings), -EINVAL);
    assert_int_equal(settings.alone, ROOM_ALONE_NOISE);
    assert_int_equal(room_setting_read("join_tone", "", &settings), -EINVAL);
    assert_int_equal(settings.tone, ROOM_TONE_JOIN);
    assert_int_equal(room_setting_read("of_tomorrow", "1", &settings), -ENOENT);
}

static void the_door_admits_and_refuses(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct room_settings settings = plain_settings;
    settings.max_participants = 2;
    assert_int_equal(room_change(room, &settings), 0);
    struct fake_call call[4];
    assert_int_equal(admit(room, &call[0]), ROOM_ADMITTED);
    assert_int_equal(admit(room, &call[1]), ROOM_ADMITTED);
    assert_int_equal(admit(room, &call[2]), ROOM_REFUSED_FULL);
    end_call(&call[1]);
    settings.locked = true;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(admit(room, &call[3]), ROOM_REFUSED_LOCKED);
    assert_int_equal(room_participant_count(room), 1);
    assert_int_equal(room_list_participants(fixture->list), 1);
    assert_story(fixture, "room created a; room changed a; added a; added a; left a hung_up; "
                          "room changed a; ");
    end_call(&call[0]);
}

static void participants_are_listed_as_they_came(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call[3];
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(admit(room, &call[i]), ROOM_ADMITTED);
    struct participant *middle = call[1].participant;
    assert_ptr_equal(room_first(room), call[0].participant);
    assert_ptr_equal(room_next(call[0].participant), middle);
    assert_ptr_equal(room_next(middle), call[2].participant);
    assert_null(room_next(call[2].participant));
    const char *id = participant_info(middle)->id;
    assert_int_equal(id[0], 'p');
    assert_int_equal(strlen(id), PARTICIPANT_ID_BYTES - 1);
    assert_ptr_equal(room_find(room, id), middle);
    assert_null(room_find(room, "p0"));
    end_call(&call[1]);
    assert_null(room_find(room, id));
    assert_ptr_equal(room_next(call[0].participant), call[2].participant);
    end_call(&call[2]);
    end_call(&call[0]);
    assert_null(room_first(room));
}

static void a_change_is_told_once_and_only_if_it_is_one(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    fixture->story[0] = '\0';
    struct room_settings settings = *room_settings(room);
    assert_int_equal(room_change(room, &settings), 0);
    assert_story(fixture, "");
    strcpy(settings.display_name, "Board\x01 room\xff");
    settings.tone = ROOM_TONE_JOIN;
    assert_int_equal(room_change(room, &settings), 0);
    assert_string_equal(room_settings(room)->display_name, "Board room\xef\xbf\xbd");
    assert_int_equal(room_settings(room)->tone, ROOM_TONE_JOIN);
    assert_story(fixture, "room changed a; ");
}

static void what_one_hears_alone_reaches_a_running_mix(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct room_settings settings = plain_settings;
    settings.alone = ROOM_ALONE_NOISE;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(fake.room_changes, 0); /* nobody is in */
    struct fake_call call;
    struct participant *participant = connect_call(room, &call);
    assert_true(participant_leg(participant)->room->noise_when_alone);
    settings.alone = ROOM_ALONE_SILENCE;
    assert_int_equal(room_change(room, &settings), 0);
    assert_false(participant_leg(participant)->room->noise_when_alone);
    assert_int_equal(participant_leg(participant)->room->loudest, 8);
    settings.loudest = 2;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(participant_leg(participant)->room->loudest, 2);
    end_call(&call);
}

/* ---- dial-out ---- */

struct fake_dialer {
    int error;
    struct fake_call call;
    char uri[64];
};

static int fake_dial(void *context, struct participant *participant,
                     const struct room_dial *request)
{
    struct fake_dialer *dialer = context;
    snprintf(dialer->uri, sizeof(dialer->uri), "%s", request->uri);
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_CALLING);
    assert_non_null(participant_room(participant));
    if (dialer->error)
        return dialer->error;
    dialer->call.participant = participant;
    participant_set_call(participant, &fake_link, &dialer->call);
    return 0;
}

static const struct room_dial to_bob = {
    .uri = "sip:bob@example.com", .display_name = "Bob", .muted = true};

static void a_dialled_one_rings_and_joins(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct participant *bob = NULL;
    assert_int_equal(room_dial(room, &to_bob, &bob), -ENOSYS);
    struct fake_dialer fake_dialer = {0};
    struct room_dialer dialer = {.dial = fake_dial, .context = &fake_dialer};
    room_list_set_dialer(fixture->list, &dialer);

    struct room_settings settings = plain_settings;
    settings.locked = true; /* binds guests, not who runs the room */
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(room_dial(room, &to_bob, &bob), 0);
    assert_string_equal(fake_dialer.uri, "sip:bob@example.com");
    const struct participant_info *info = participant_info(bob);
    assert_true(info->dialled_out && info->muted && !info->deafened);
    assert_string_equal(info->display_name, "Bob");
    assert_int_equal(info->joined_ns, 0);

    participant_progress(bob, PARTICIPANT_RINGING);
    participant_progress(bob, PARTICIPANT_RINGING);
    participant_progress(bob, PARTICIPANT_CALLING);
    participant_progress(bob, PARTICIPANT_RINGING);
    assert_int_equal(participant_open_leg(bob, AF_INET), 0);
    assert_int_equal(participant_connect(bob, &plan_a, NULL), 0);
    assert_true(participant_leg(bob)->mix.muted);
    assert_true(info->joined_ns >= info->created_ns);
    participant_progress(bob, PARTICIPANT_RINGING); /* too late to matter */
    assert_int_equal(info->state, PARTICIPANT_CONNECTED);
    assert_story(fixture, "room created a; room changed a; added a; state a ringing; "
                          "state a calling; state a ringing; joined a; ");
    end_call(&fake_dialer.call);
}

static void a_dial_that_cannot_begin_leaves_no_trace(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_dialer fake_dialer = {.error = -EACCES};
    struct room_dialer dialer = {.dial = fake_dial, .context = &fake_dialer};
    room_list_set_dialer(fixture->list, &dialer);
    struct participant *bob = NULL;
    assert_int_equal(room_dial(room, &to_bob, &bob), -EACCES);
    assert_null(bob);
    assert_int_equal(room_participant_count(room), 0);
    assert_true(room_list_is_idle(fixture->list));
    assert_story(fixture, "room created a; ");

    struct fake_call call;
    struct room_settings settings = plain_settings;
    settings.max_participants = 1;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    assert_int_equal(room_dial(room, &to_bob, &bob), -EUSERS);
    room_list_drain(fixture->list);
    assert_int_equal(room_dial(room, &to_bob, &bob), -ESHUTDOWN);
}

static void a_failed_dial_says_why(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_dialer fake_dialer = {0};
    struct room_dialer dialer = {.dial = fake_dial, .context = &fake_dialer};
    room_list_set_dialer(fixture->list, &dialer);
    struct participant *bob = NULL;
    assert_int_equal(room_dial(room, &to_bob, &bob), 0);
    fake_dialer.call.participant = NULL;
    participant_left(bob, PARTICIPANT_BUSY, "486 Busy\r\n Here");
    assert_string_equal(participant_info(bob)->detail, "486 Busy Here");
    assert_int_equal(participant_info(bob)->reason, PARTICIPANT_BUSY);
    assert_int_equal(fake_dialer.call.hung_up, 0);
    assert_story(fixture, "room created a; added a; left a busy; ");
    assert_true(room_list_is_idle(fixture->list));
}

/* ---- from room to room ---- */

static void a_move_tells_both_rooms(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    struct participant *participant = connect_call(from, &call);
    struct leg *leg = participant_leg(participant);
    bool muted = true;
    participant_change(participant, &(struct participant_change){.muted = &muted});
    fixture->story[0] = '\0';

    assert_int_equal(room_move(participant, to), ROOM_ADMITTED);
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_MOVING);
    assert_int_equal(participant_info(participant)->joined_ns, 0);
    assert_ptr_equal(participant_room(participant), to);
    assert_int_equal(room_participant_count(from), 0);
    assert_int_equal(room_participant_count(to), 1);
    assert_int_equal(participant_send_digit(participant, '5'), -ENOTCONN);
    assert_story(fixture, "left a moved; added b; ");
    turn(fixture);
    assert_int_equal(fake.rooms, 1); /* the old mix lives until the leg is home */

    fake_bring_home(leg);
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_CONNECTED);
    assert_true(participant_info(participant)->joined_ns > 0);
    assert_int_equal(leg->plan.ptime_ms, 20); /* the plan it had */
    assert_true(leg->mix.muted);
    assert_story(fixture, "joined b; ");
    turn(fixture);
    assert_int_equal(fake.rooms, 1);
    assert_int_equal(fake.joins, 2);
    end_call(&call);
}

static void a_move_to_where_one_is_does_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    struct participant *participant = connect_call(room, &call);
    struct room_settings settings = plain_settings;
    settings.locked = true;
    settings.max_participants = 1;
    assert_int_equal(room_change(room, &settings), 0);
    fixture->story[0] = '\0';
    assert_int_equal(room_move(participant, room), ROOM_ADMITTED);
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_CONNECTED);
    assert_story(fixture, "");
    end_call(&call);
}

static void a_refused_move_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct room_settings settings = plain_settings;
    settings.max_participants = 1;
    assert_int_equal(room_change(to, &settings), 0);
    struct fake_call call, other;
    struct participant *participant = connect_call(from, &call);
    assert_int_equal(admit(to, &other), ROOM_ADMITTED);
    fixture->story[0] = '\0';
    assert_int_equal(room_move(participant, to), ROOM_REFUSED_FULL);
    assert_ptr_equal(participant_room(participant), from);
    assert_int_equal(fake.leaves, 0);
    assert_story(fixture, "");
    end_call(&call);
    end_call(&other);
}

static void a_new_plan_during_a_move_is_used_for_the_join(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    struct participant *participant = connect_call(from, &call);
    struct leg *leg = participant_leg(participant);
    assert_int_equal(room_move(participant, to), ROOM_ADMITTED);
    fixture->story[0] = '\0';
    struct leg_plan plan = plan_b;
    plan.held_by_far_end = true;
    assert_int_equal(participant_connect(participant, &plan, NULL), 0);
    assert_int_equal(fake.replans, 0);
    double louder = 6;
    participant_change(participant, &(struct participant_change){.volume_in_db = &louder});
    assert_int_equal(fake.mixes, 0);
    assert_story(fixture, "changed b; changed b; ");
    fake_bring_home(leg);
    assert_int_equal(leg->plan.ptime_ms, 40);
    assert_int_equal(leg->mix.gain_in, audio_gain_from_db(6));
    assert_true(participant_info(participant)->on_hold);
    assert_story(fixture, "joined b; ");
    assert_int_equal(participant_connect(participant, &plan_a, NULL), 0); /* in the mix again */
    assert_int_equal(fake.replans, 1);

    assert_int_equal(room_move(participant, from), ROOM_ADMITTED);
    fake_bring_home(leg);
    assert_int_equal(leg->plan.ptime_ms, 20); /* not the one of the first move */
    end_call(&call);
}

static void a_kick_during_a_move_ends_it(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    struct participant *participant = connect_call(from, &call);
    struct leg *leg = participant_leg(participant);
    assert_int_equal(room_move(participant, to), ROOM_ADMITTED);
    participant_kick(participant, PARTICIPANT_KICKED);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(fake.leaves, 1); /* it was on its way home already */
    assert_int_equal(room_participant_count(to), 0);
    assert_false(room_list_is_idle(fixture->list));
    assert_story(fixture, "room created a; room created b; added a; joined a; left a moved; "
                          "added b; left b kicked; ");
    turn(fixture);
    fake_bring_home(leg);
    assert_true(room_list_is_idle(fixture->list));
    assert_int_equal(fake.joins, 1);
    assert_int_equal(fake.legs, 0);
}

static void a_hang_up_during_a_move_ends_it(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    struct participant *participant = connect_call(from, &call);
    assert_int_equal(room_move(participant, to), ROOM_ADMITTED);
    fixture->story[0] = '\0';
    end_call(&call);
    assert_int_equal(call.hung_up, 0);
    assert_int_equal(fake.joins, 1);
    assert_story(fixture, "left b hung_up; ");
}

static void both_rooms_may_be_deleted_during_a_move(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(from, &call));
    assert_int_equal(room_move(call.participant, to), ROOM_ADMITTED);
    fixture->story[0] = '\0';
    assert_int_equal(room_list_delete(fixture->list, from), 0);
    assert_int_equal(call.hung_up, 0);
    turn(fixture); /* the old room's mix still has the leg */
    assert_int_equal(room_list_delete(fixture->list, to), 0);
    assert_int_equal(call.reason, PARTICIPANT_ROOM_DELETED);
    turn(fixture);
    assert_story(fixture, "room deleted a; left b room_deleted; room deleted b; ");
    fake_bring_home(leg);
    turn(fixture);
    assert_int_equal(fake.rooms, 0);
}

static void a_move_may_change_its_mind(void **state)
{
    struct fixture *fixture = *state;
    struct room *a = add_room(fixture, "a"), *b = add_room(fixture, "b"),
                *c = add_room(fixture, "c");
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(a, &call));
    fixture->story[0] = '\0';
    assert_int_equal(room_move(call.participant, b), ROOM_ADMITTED);
    assert_int_equal(room_move(call.participant, c), ROOM_ADMITTED);
    assert_int_equal(room_move(call.participant, a), ROOM_ADMITTED);
    fake_bring_home(leg);
    assert_story(fixture, "left a moved; added b; left b moved; added c; left c moved; "
                          "added a; joined a; ");
    assert_int_equal(fake.leaves, 1);
    end_call(&call);
}

static void a_drain_during_a_move_ends_it(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(from, &call));
    assert_int_equal(room_move(call.participant, to), ROOM_ADMITTED);
    room_list_drain(fixture->list);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(call.reason, PARTICIPANT_SHUTDOWN);
    assert_false(room_list_is_idle(fixture->list));
    fake_bring_home(leg);
    assert_true(room_list_is_idle(fixture->list));
}

static void a_join_that_fails_after_a_move_hangs_up(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(from, &call));
    assert_int_equal(room_move(call.participant, to), ROOM_ADMITTED);
    fixture->story[0] = '\0';
    fake.join_error = -ENOMEM;
    fake_bring_home(leg);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(call.reason, PARTICIPANT_FAILED);
    assert_story(fixture, "left b failed; ");
    turn(fixture);
    assert_int_equal(fake.legs, 0);
    assert_int_equal(fake.rooms, 0);
}

static void one_who_is_not_in_yet_can_be_moved(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    assert_int_equal(admit(from, &call), ROOM_ADMITTED);
    fixture->story[0] = '\0';
    assert_int_equal(room_move(call.participant, to), ROOM_ADMITTED);
    assert_int_equal(participant_info(call.participant)->state, PARTICIPANT_CONNECTING);
    assert_int_equal(participant_open_leg(call.participant, AF_INET6), 0);
    assert_int_equal(participant_connect(call.participant, &plan_a, NULL), 0);
    assert_story(fixture, "left a moved; added b; joined b; ");
    end_call(&call);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(files_are_checked),
        cmocka_unit_test(words_go_both_ways),
        TEST(the_door_admits_and_refuses),
        TEST(participants_are_listed_as_they_came),
        TEST(a_change_is_told_once_and_only_if_it_is_one),
        TEST(what_one_hears_alone_reaches_a_running_mix),
        TEST(a_dialled_one_rings_and_joins),
        TEST(a_dial_that_cannot_begin_leaves_no_trace),
        TEST(a_failed_dial_says_why),
        TEST(a_move_tells_both_rooms),
        TEST(a_move_to_where_one_is_does_nothing),
        TEST(a_refused_move_changes_nothing),
        TEST(a_new_plan_during_a_move_is_used_for_the_join),
        TEST(a_kick_during_a_move_ends_it),
        TEST(a_hang_up_during_a_move_ends_it),
        TEST(both_rooms_may_be_deleted_during_a_move),
        TEST(a_move_may_change_its_mind),
        TEST(a_drain_during_a_move_ends_it),
        TEST(a_join_that_fails_after_a_move_hangs_up),
        TEST(one_who_is_not_in_yet_can_be_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
