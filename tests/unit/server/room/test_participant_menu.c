/* test_participant_menu.c - what the keys of somebody in the conference do. */
#include "tests/unit/server/room/spoken.h"

static struct room *room_with_menu(struct fixture *fixture, const char *menu)
{
    struct room_settings settings = plain_settings;
    struct room *room = NULL;
    assert_int_equal(menu_read(menu, &settings.menu), 0);
    assert_int_equal(room_list_add(fixture->list, "a", &settings, &room), 0);
    return room;
}

static const char all[] =
    "{\"*1\":\"mute\",\"*2\":\"raise_hand\",\"*3\":\"headcount\",\"*4\":\"volume_down\","
    "\"*5\":\"lock\",\"*6\":\"volume_up\",\"*7\":\"voice_down\",\"*8\":\"mute_all\","
    "\"*9\":\"voice_up\",\"*0\":\"help\",\"##\":\"hang_up\",\"#9\":\"end\"}";

static void keys_change_how_one_stands(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(room_with_menu(fixture, all), &call);
    const struct participant_info *info = participant_info(participant);
    struct leg *leg = participant_leg(participant);
    fixture->story[0] = '\0';
    press(leg, "*1");
    assert_true(info->muted && leg->mix.muted);
    assert_said(leg, "muted");
    assert_true(fake_heard(leg)->sound.over_mix);
    press(leg, "*1");
    assert_false(info->muted);
    assert_said(leg, "unmuted");
    assert_story(fixture, "digit a *; digit a 1; changed a; digit a *; digit a 1; changed a; ");
    press(leg, "*2");
    assert_true(info->hand_raised);
    assert_said(leg, "hand-raised");
    press(leg, "*2");
    assert_false(info->hand_raised);
    assert_said(leg, "hand-lowered");
    press(leg, "*6*6*4*9*9");
    assert_true(info->volume_out_db > 2.9 && info->volume_out_db < 3.1);
    assert_true(info->volume_in_db > 5.9 && info->volume_in_db < 6.1);
    assert_said(leg, "volume-up");
    press(leg, "*7");
    assert_said(leg, "volume-down");
    end_call(&call);
    fake_settle();
}

static void who_may_not_unmute_himself_is_told_so(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct room *room = room_with_menu(fixture, all);
    room->settings.mute_on_entry = true;
    room->settings.announcements = true;
    const struct participant_info *info = participant_info(connect_call(room, &call));
    struct leg *leg = participant_leg(call.participant);
    assert_true(info->muted && leg->mix.muted);
    assert_said(leg, "welcome alone muted");
    press(leg, "*1");
    assert_false(info->muted);
    const bool yes = true, no = false;
    participant_change(call.participant, &(struct participant_change){.hard_muted = &yes});
    assert_true(info->muted && leg->mix.muted);
    press(leg, "*1");
    assert_said(leg, "cannot-unmute");
    assert_true(info->muted);
    participant_change(call.participant, &(struct participant_change){.muted = &no});
    assert_true(info->muted); /* one rules out the other */
    participant_change(call.participant, &(struct participant_change){.hard_muted = &no});
    assert_true(info->muted); /* it may, but does not yet */
    room->settings.allow_unmute = false;
    press(leg, "*1");
    assert_true(info->muted);
    end_call(&call);
    fake_settle();
}

static void volumes_have_their_ends(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(room_with_menu(fixture, all), &call);
    const struct participant_info *info = participant_info(participant);
    struct leg *leg = participant_leg(participant);
    for (unsigned i = 0; i < 30; i++)
        press(leg, "*6");
    assert_true(info->volume_out_db > 19.9 && info->volume_out_db <= 20);
    for (unsigned i = 0; i < 30; i++)
        press(leg, "*4");
    assert_true(info->volume_out_db > -30.1 && info->volume_out_db < -29.9);
    double soft = -50;
    participant_change(participant, &(struct participant_change){.volume_out_db = &soft});
    press(leg, "*4");
    assert_true(info->volume_out_db < -49.9);
    press(leg, "*6");
    assert_true(info->volume_out_db > -47.1 && info->volume_out_db < -46.9);
    end_call(&call);
    fake_settle();
}

static void how_many_there_are_is_said(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_menu(fixture, all);
    struct fake_call call[3], ringing;
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    press(leg, "*3");
    assert_said(leg, "headcount-one");
    connect_call(room, &call[1]);
    connect_call(room, &call[2]);
    assert_int_equal(admit(room, &ringing), ROOM_ADMITTED); /* is not in */
    press(leg, "*3");
    assert_said(leg, "headcount-before 3 headcount-after");
    end_call(&ringing);
    for (unsigned i = 0; i < 3; i++)
        end_call(&call[i]);
}

static void the_menu_is_explained_bit_by_bit(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_menu(
        fixture, "{\"*0\":\"help\",\"*1\":\"mute\",\"*5\":\"lock\",\"A\":\"mute\",\"#12\":"
                 "\"hang_up\",\"*2\":\"raise_hand\",\"*3\":\"headcount\"}");
    struct fake_call call;
    struct participant *participant = connect_call(room, &call);
    struct leg *leg = participant_leg(participant);
    press(leg, "*0");
    assert_said(leg, "press hash 1 2 to-hang-up press star 0 to-help press star 1 to-mute");
    say_to_the_end(leg);
    assert_said(leg, "press star 2 to-raise-hand press star 3 to-headcount");
    say_to_the_end(leg);
    assert_said(leg, "");
    enum participant_role moderator = PARTICIPANT_MODERATOR;
    participant_change(participant, &(struct participant_change){.role = &moderator});
    press(leg, "*0");
    say_to_the_end(leg);
    assert_said(leg,
                "press star 2 to-raise-hand press star 3 to-headcount press star 5 to-lock");
    press(leg, "*"); /* enough */
    assert_said(leg, "");
    fake_settle();
    end_call(&call);
}

static void what_is_no_choice_is_said(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(room_with_menu(fixture, all), &call);
    struct leg *leg = participant_leg(participant);
    press(leg, "5");
    assert_said(leg, "");
    press(leg, "*A");
    assert_said(leg, "invalid");
    fixture->story[0] = '\0';
    press(leg, "*5"); /* for moderators */
    assert_said(leg, "invalid");
    press(leg, "*8#9");
    assert_story(fixture, "digit a *; digit a 5; digit a *; digit a 8; digit a #; digit a 9; ");
    end_call(&call);
    fake_settle();
}

static void moderators_run_the_room(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_menu(fixture, all);
    struct fake_call call[3];
    struct leg *leg[3];
    for (unsigned i = 0; i < 3; i++)
        leg[i] = participant_leg(connect_call(room, &call[i]));
    enum participant_role moderator = PARTICIPANT_MODERATOR;
    participant_change(call[0].participant, &(struct participant_change){.role = &moderator});
    press(leg[0], "*5");
    assert_true(room_settings(room)->locked);
    assert_said(leg[0], "locked");
    press(leg[0], "*5");
    assert_false(room_settings(room)->locked);
    assert_said(leg[0], "unlocked");
    press(leg[0], "*8");
    assert_false(participant_info(call[0].participant)->muted);
    assert_true(participant_info(call[1].participant)->muted);
    assert_true(leg[2]->mix.muted);
    assert_said(leg[2], "muted");
    press(leg[2], "*1"); /* may speak again */
    assert_false(leg[2]->mix.muted);
    press(leg[0], "#9");
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(call[i].hung_up, 1);
        fake_bring_home(leg[i]);
    }
}

static void goodbye_is_said_before_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(room_with_menu(fixture, all), &call);
    struct leg *leg = participant_leg(participant);
    press(leg, "##");
    assert_said(leg, "goodbye");
    assert_int_equal(call.hung_up, 0);
    say_to_the_end(leg);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(call.reason, PARTICIPANT_HUNG_UP);
    fake_bring_home(leg);
}

static void without_a_menu_digits_are_only_told(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(room_with_menu(fixture, "{}"), &call));
    fixture->story[0] = '\0';
    press(leg, "*1");
    assert_false(leg->mix.muted);
    assert_int_equal(fake.plays, 0);
    assert_story(fixture, "digit a *; digit a 1; ");
    end_call(&call);
}

static void without_prompts_the_keys_work(void **state)
{
    struct fixture *fixture = *state;
    fixture->list->config.prompts = NULL;
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(room_with_menu(fixture, all), &call));
    press(leg, "*1*3*0");
    assert_true(leg->mix.muted);
    press(leg, "##");
    assert_int_equal(call.hung_up, 1);
    fake_bring_home(leg);
}

static void kick_who_presses(struct fixture *fixture, const struct room_event *event)
{
    (void)fixture;
    if (event->kind == ROOM_EVENT_PARTICIPANT_CHANGED)
        participant_kick(event->participant, PARTICIPANT_KICKED);
}

static void a_listener_may_kick_who_presses(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(room_with_menu(fixture, all), &call));
    fixture->react = kick_who_presses;
    press(leg, "*1");
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(fake.plays, 0);
    fake_bring_home(leg);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, spoken_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_change_how_one_stands),
        TEST(who_may_not_unmute_himself_is_told_so),
        TEST(volumes_have_their_ends),
        TEST(how_many_there_are_is_said),
        TEST(the_menu_is_explained_bit_by_bit),
        TEST(what_is_no_choice_is_said),
        TEST(moderators_run_the_room),
        TEST(goodbye_is_said_before_the_end),
        TEST(without_a_menu_digits_are_only_told),
        TEST(without_prompts_the_keys_work),
        TEST(a_listener_may_kick_who_presses),
    };
    return cmocka_run_group_tests(tests, spoken_make, spoken_remove);
}
