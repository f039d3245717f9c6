/* test_participant_lobby.c - in the lobby: what is heard there, who lets in, who is sent away.
 */
#include "tests/unit/server/room/spoken.h"

static struct room *room_with_lobby(struct fixture *fixture, enum room_lobby lobby)
{
    struct room_settings settings = plain_settings;
    struct room *room = NULL;
    settings.lobby = lobby;
    settings.lobby_timeout_s = 60;
    assert_int_equal(room_list_add(fixture->list, "a", &settings, &room), 0);
    fixture->story[0] = '\0';
    return room;
}

static enum participant_state state_of(const struct fake_call *call)
{
    return participant_info(call->participant)->state;
}

static void who_waits_hears_so_and_is_let_in(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_ALL);
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(room, &call));
    assert_int_equal(state_of(&call), PARTICIPANT_LOBBY);
    assert_string_equal(participant_state_word(PARTICIPANT_LOBBY), "lobby");
    assert_null(room->media_room); /* nobody is in */
    assert_int_equal(room_waiting_count(room), 1);
    assert_true(participant_is_waiting(call.participant));
    assert_said(leg, "lobby");
    say_to_the_end(leg);
    assert_said(leg, "?"); /* the tone, again and again */
    assert_true(fake_heard(leg)->sound.loop);
    press(leg, "1"); /* of no effect, and told to nobody */
    assert_int_equal(participant_admit(call.participant), 0);
    assert_int_equal(room_waiting_count(room), 0);
    assert_false(participant_is_waiting(call.participant));
    assert_int_equal(participant_admit(call.participant), -ENOTCONN); /* on its way */
    fake_bring_home(leg);
    assert_int_equal(state_of(&call), PARTICIPANT_CONNECTED);
    assert_ptr_equal(leg->room, room->media_room);
    assert_story(fixture, "added a; state a lobby; state a moving; joined a; ");
    end_call(&call);
}

static void music_plays_where_there_is_some(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_ALL);
    static const int16_t pcm[800];
    char *path = sound_file_path("hold.wav");
    sound_file_wav(path, 8000, 1, pcm, 800);
    free(path);
    snprintf(room->settings.music, sizeof(room->settings.music), "hold.wav");
    struct fake_call call[2];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    say_to_the_end(leg);
    assert_int_equal(clip_ms(fake_heard(leg)->sound.clips[0]), 100);
    assert_true(fake_heard(leg)->sound.loop);
    snprintf(room->settings.music, sizeof(room->settings.music), "none.wav");
    struct leg *other = participant_leg(connect_call(room, &call[1]));
    say_to_the_end(other);
    assert_int_equal(clip_ms(fake_heard(other)->sound.clips[0]), 5000); /* the tone instead */
    end_call(&call[0]);
    end_call(&call[1]);
}

static void who_is_refused_is_told_so(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_ALL);
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(room, &call));
    participant_refuse(call.participant);
    assert_said(leg, "not-admitted goodbye");
    assert_int_equal(room_waiting_count(room), 0);
    assert_int_equal(participant_admit(call.participant), -ENOTCONN); /* too late */
    participant_refuse(call.participant);
    say_to_the_end(leg);
    assert_int_equal(call.reason, PARTICIPANT_NOT_ADMITTED);
    assert_story(fixture, "added a; state a lobby; left a not_admitted; ");
    fake_bring_home(leg);
}

static void nobody_waits_for_ever(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_ALL);
    struct fake_call call[2];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    struct room_door_place *place = call[0].participant->at_door;
    assert_true(place->timer.place != 0);
    loop_timer_start(fixture->loop, &place->timer, 0, place->timer.on_due, place);
    loop_run_once(fixture->loop, -1);
    assert_said(leg, "lobby-timeout goodbye");
    say_to_the_end(leg);
    assert_int_equal(call[0].reason, PARTICIPANT_LOBBY_TIMEOUT);
    fake_bring_home(leg);
    room->settings.lobby_timeout_s = 0; /* but where that is wanted */
    connect_call(room, &call[1]);
    assert_true(call[1].participant->at_door->timer.place == 0);
    end_call(&call[1]);
}

static void the_lobby_has_its_limit(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_ALL);
    room->settings.max_waiting = 1;
    struct fake_call call[3];
    assert_int_equal(admit(room, &call[0]), ROOM_ADMITTED);
    assert_int_equal(admit(room, &call[1]), ROOM_ADMITTED); /* neither waits yet */
    const struct leg_plan plan = {.codec_count = 1, .ptime_ms = 20};
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(participant_open_leg(call[i].participant, AF_INET), 0);
        assert_int_equal(participant_connect(call[i].participant, &plan, NULL), 0);
    }
    struct leg *leg = participant_leg(call[1].participant);
    assert_said(leg, "full goodbye");
    assert_int_equal(admit(room, &call[2]), ROOM_REFUSED_LOBBY_FULL);
    say_to_the_end(leg);
    assert_int_equal(call[1].reason, PARTICIPANT_REFUSED);
    assert_int_equal(room_waiting_count(room), 1);
    fake_bring_home(leg);
    end_call(&call[0]);
    assert_int_equal(room_waiting_count(room), 0);
}

static struct participant *moderator_of(struct room *room, struct fake_call *call)
{
    struct participant *moderator = connect_call(room, call);
    const enum participant_role role = PARTICIPANT_MODERATOR;
    assert_int_equal(participant_change(moderator, &(struct participant_change){.role = &role}),
                     0);
    fake_bring_home(participant_leg(moderator)); /* a moderator does not wait */
    assert_int_equal(participant_info(moderator)->state, PARTICIPANT_CONNECTED);
    return moderator;
}

static void moderators_hear_a_knock_and_let_in_by_keys(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_ALL);
    menu_set(&room->settings.menu, "*#", "admit");
    struct fake_call call[4];
    struct leg *chair = participant_leg(moderator_of(room, &call[0]));
    connect_call(room, &call[1]);
    assert_said(chair, "knock");
    connect_call(room, &call[2]);
    press(chair, "*#");
    assert_said(chair, "admitted");
    assert_int_equal(state_of(&call[1]), PARTICIPANT_MOVING); /* who came first */
    assert_int_equal(state_of(&call[2]), PARTICIPANT_LOBBY);
    struct leg *guest = participant_leg(call[1].participant);
    fake_bring_home(guest);
    press(guest, "*#");
    assert_said(guest, "invalid"); /* no moderator */
    press(chair, "*#");
    fake_bring_home(participant_leg(call[2].participant));
    press(chair, "*#");
    assert_said(chair, "nobody-waits");
    for (unsigned i = 0; i < 3; i++)
        end_call(&call[i]);
}

static void behind_the_pin_is_the_lobby(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_ALL);
    set_pins(&room->settings, "1234", "5678");
    struct fake_call call[3];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    press(leg, "1234");
    assert_said(leg, "lobby");
    assert_story(fixture, "added a; state a pin; state a lobby; ");
    struct leg *chair = participant_leg(connect_call(room, &call[1]));
    press(chair, "5678");
    fake_bring_home(chair);
    assert_int_equal(state_of(&call[1]), PARTICIPANT_CONNECTED);
    struct leg *forgetful = participant_leg(connect_call(room, &call[2]));
    assert_int_equal(participant_admit(call[2].participant), 0); /* from the PIN, too */
    fake_bring_home(forgetful);
    assert_int_equal(state_of(&call[2]), PARTICIPANT_CONNECTED);
    for (unsigned i = 0; i < 3; i++)
        end_call(&call[i]);
}

static void who_is_known_or_moved_in_does_not_wait(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_GUESTS);
    struct fake_call call[2];
    const struct room_admission admission = {.display_name = "Ann",
                                             .uri = "sip:ann@example.com",
                                             .link = &fake_link,
                                             .call = &call[0],
                                             .is_known = true};
    const struct leg_plan plan = {.codec_count = 1, .ptime_ms = 20};
    call[0] = (struct fake_call){0};
    assert_int_equal(room_admit(room, &admission, &call[0].participant), ROOM_ADMITTED);
    assert_int_equal(participant_open_leg(call[0].participant, AF_INET), 0);
    assert_int_equal(participant_connect(call[0].participant, &plan, NULL), 0);
    assert_int_equal(state_of(&call[0]), PARTICIPANT_CONNECTED);
    connect_call(add_room(fixture, "b"), &call[1]);
    assert_int_equal(room_move(call[1].participant, room), ROOM_ADMITTED);
    fake_bring_home(participant_leg(call[1].participant));
    assert_int_equal(state_of(&call[1]), PARTICIPANT_CONNECTED);
    end_call(&call[0]);
    end_call(&call[1]);
}

static void without_a_lobby_nobody_waits_any_more(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_ALL);
    struct fake_call call[2];
    connect_call(room, &call[0]);
    connect_call(room, &call[1]);
    struct room_settings settings = *room_settings(room);
    settings.lobby = ROOM_LOBBY_OFF;
    assert_int_equal(room_change(room, &settings), 0);
    for (unsigned i = 0; i < 2; i++) {
        fake_bring_home(participant_leg(call[i].participant));
        assert_int_equal(state_of(&call[i]), PARTICIPANT_CONNECTED);
        end_call(&call[i]);
    }
    assert_int_equal(room_waiting_count(room), 0);
}

static void who_waits_can_be_moved_kicked_and_ended_with_the_room(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_lobby(fixture, ROOM_LOBBY_ALL);
    struct room *to = add_room(fixture, "b");
    struct fake_call call[3];
    struct leg *leg[3];
    for (unsigned i = 0; i < 3; i++)
        leg[i] = participant_leg(connect_call(room, &call[i]));
    assert_int_equal(room_waiting_count(room), 3);
    assert_int_equal(room_move(call[0].participant, to), ROOM_ADMITTED);
    fake_bring_home(leg[0]);
    assert_int_equal(state_of(&call[0]), PARTICIPANT_CONNECTED);
    assert_int_equal(room_waiting_count(room), 2);
    participant_kick(call[1].participant, PARTICIPANT_KICKED);
    fake_bring_home(leg[1]);
    assert_int_equal(room_waiting_count(room), 1);
    assert_int_equal(room_list_delete(fixture->list, room), 0);
    assert_int_equal(call[2].reason, PARTICIPANT_ROOM_DELETED);
    fake_bring_home(leg[2]);
    end_call(&call[0]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, spoken_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(who_waits_hears_so_and_is_let_in),
        TEST(music_plays_where_there_is_some),
        TEST(who_is_refused_is_told_so),
        TEST(nobody_waits_for_ever),
        TEST(the_lobby_has_its_limit),
        TEST(moderators_hear_a_knock_and_let_in_by_keys),
        TEST(behind_the_pin_is_the_lobby),
        TEST(who_is_known_or_moved_in_does_not_wait),
        TEST(without_a_lobby_nobody_waits_any_more),
        TEST(who_waits_can_be_moved_kicked_and_ended_with_the_room),
    };
    return cmocka_run_group_tests(tests, spoken_make, spoken_remove);
}
