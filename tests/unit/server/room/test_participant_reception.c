/* test_participant_reception.c - in the menu: asked for a number, sent to that room's door. */
#include "server/room/room_chat.h"

#include "tests/unit/server/room/spoken.h"

#include <errno.h>

static struct room *room_of(struct fixture *fixture, const char *number, const char *pin)
{
    struct room_settings settings = plain_settings;
    struct room *room = NULL;
    snprintf(settings.number, sizeof(settings.number), "%s", number);
    set_pins(&settings, pin, "");
    assert_int_equal(room_list_add(fixture->list, "blue", &settings, &room), 0);
    fixture->story[0] = '\0';
    return room;
}

/* The story of rooms of the menu is told without their coming and going. */
static struct leg *call_menu(struct fixture *fixture, struct fake_call *call)
{
    struct room *menu = NULL;
    assert_int_equal(room_list_reception(fixture->list, &menu), 0);
    struct participant *participant = connect_call(menu, call);
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_MENU);
    return participant_leg(participant);
}

static enum participant_state state_of(const struct fake_call *call)
{
    return participant_info(call->participant)->state;
}

static void a_number_leads_to_its_room(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_of(fixture, "4711", "");
    struct fake_call call;
    struct leg *leg = call_menu(fixture, &call);
    assert_said(leg, "menu-welcome enter-number");
    assert_false(room_name_is_valid(room_name(participant_room(call.participant))));
    press(leg, "4711#");
    assert_int_equal(state_of(&call), PARTICIPANT_MOVING);
    fake_bring_home(leg);
    assert_int_equal(state_of(&call), PARTICIPANT_CONNECTED);
    assert_ptr_equal(participant_room(call.participant), room);
    turn(fixture);
    assert_null(room_list_find(fixture->list, ".menu")); /* gone with the last */
    assert_int_equal(fake.rooms, 1);
    end_call(&call);
}

static void its_pin_and_its_lobby_bind_who_comes_so(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_of(fixture, "4711", "1234");
    struct fake_call call;
    struct leg *leg = call_menu(fixture, &call);
    room->settings.lobby = ROOM_LOBBY_ALL;
    press(leg, "4711#");
    assert_true(participant_is_outside(call.participant)); /* on its way to a door */
    const struct room_chat_post line = {.from = call.participant, .text = "x", .length = 1};
    assert_int_equal(room_chat_post(room, &line, NULL), -ENOTCONN);
    fake_bring_home(leg);
    assert_int_equal(state_of(&call), PARTICIPANT_PIN);
    assert_said(leg, "enter-pin");
    press(leg, "1234");
    assert_int_equal(state_of(&call), PARTICIPANT_LOBBY);
    assert_int_equal(participant_admit(call.participant), 0);
    assert_false(participant_is_outside(call.participant));
    fake_bring_home(leg);
    assert_int_equal(state_of(&call), PARTICIPANT_CONNECTED);
    end_call(&call);
}

static void wrong_numbers_may_be_tried_again_but_not_for_ever(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    room_of(fixture, "4711", "");
    struct leg *leg = call_menu(fixture, &call);
    press(leg, "47#");
    assert_said(leg, "wrong-number enter-number");
    press(leg, "12*4712#");
    assert_said(leg, "wrong-number enter-number");
    press(leg, "0#");
    assert_said(leg, "too-many-tries goodbye");
    press(leg, "4711#"); /* too late */
    assert_int_equal(state_of(&call), PARTICIPANT_MENU);
    say_to_the_end(leg);
    assert_int_equal(call.reason, PARTICIPANT_WRONG_NUMBER);
    fake_bring_home(leg);
}

static void late(struct fixture *fixture, struct room_door_place *place)
{
    place->entry.deadline_ns = 0;
    loop_timer_start(fixture->loop, &place->timer, 0, place->timer.on_due, place);
    while (place->timer.place && !place->says_farewell && place->entry.deadline_ns == 0)
        loop_run_once(fixture->loop, -1);
}

static void a_pause_ends_a_number_and_nothing_ends_the_call(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    room_of(fixture, "4711", "");
    struct leg *leg = call_menu(fixture, &call);
    press(leg, "4711");
    assert_int_equal(state_of(&call), PARTICIPANT_MENU);
    late(fixture, call.participant->at_door);
    assert_int_equal(state_of(&call), PARTICIPANT_MOVING);
    fake_bring_home(leg);
    end_call(&call);
    leg = call_menu(fixture, &call);
    say_to_the_end(leg);
    late(fixture, call.participant->at_door);
    assert_said(leg, "number-timeout goodbye");
    say_to_the_end(leg);
    assert_int_equal(call.reason, PARTICIPANT_MENU_TIMEOUT);
    fake_bring_home(leg);
}

static void a_closed_door_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_of(fixture, "4711", "1234");
    struct fake_call call;
    room->settings.locked = true;
    struct leg *leg = call_menu(fixture, &call);
    press(leg, "4711#");
    assert_said(leg, "locked goodbye");
    say_to_the_end(leg);
    assert_int_equal(call.reason, PARTICIPANT_REFUSED);
    fake_bring_home(leg);
    room->settings.locked = false;
    const struct room_ban *ban;
    const struct room_ban_request wanted = {.uri = "sip:ann@example.com"};
    assert_int_equal(room_ban(room, &wanted, &ban), 0);
    leg = call_menu(fixture, &call);
    press(leg, "4711#");
    assert_said(leg, "goodbye");
    say_to_the_end(leg);
    assert_int_equal(call.reason, PARTICIPANT_BANNED);
    fake_bring_home(leg);
}

static void guessing_over_many_calls_is_hopeless(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    unsigned wrong = 0;
    room_of(fixture, "4711", "");
    log_set_level(LOG_LEVEL_ERROR);
    for (unsigned i = 0; i < 5; i++) {
        struct leg *leg = call_menu(fixture, &call);
        for (unsigned j = 0; j < 3 && strcmp(said(leg), "too-many-tries goodbye") != 0; j++) {
            press(leg, "9999#");
            wrong++;
        }
        say_to_the_end(leg);
        fake_bring_home(leg);
    }
    log_set_level(LOG_LEVEL_INFO);
    assert_int_equal(wrong, PIN_GUARD_SOURCE_TRIES);
}

/* Each is asked before any of them is wrong. */
static void nor_does_it_help_to_call_at_the_same_time(void **state)
{
    enum { CALLS = PIN_GUARD_SOURCE_TRIES + 1 };
    struct fixture *fixture = *state;
    struct fake_call call[CALLS];
    struct leg *leg[CALLS];
    room_of(fixture, "4711", "");
    log_set_level(LOG_LEVEL_ERROR);
    for (unsigned i = 0; i < CALLS; i++)
        leg[i] = call_menu(fixture, &call[i]);
    for (unsigned i = 0; i < CALLS - 1; i++)
        press(leg[i], "9999#");
    press(leg[CALLS - 1], "4711#");
    log_set_level(LOG_LEVEL_INFO);
    assert_int_equal(state_of(&call[CALLS - 1]), PARTICIPANT_MENU);
    assert_said(leg[CALLS - 1], "too-many-tries goodbye");
    for (unsigned i = 0; i < CALLS; i++)
        end_call(&call[i]);
}

static void who_runs_the_rooms_moves_them_but_does_not_let_them_in(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_of(fixture, "4711", "1234"), *menu;
    struct fake_call call;
    struct leg *leg = call_menu(fixture, &call);
    assert_int_equal(participant_admit(call.participant), -ENOTCONN);
    assert_int_equal(room_move(call.participant, room), ROOM_ADMITTED);
    fake_bring_home(leg);
    assert_int_equal(state_of(&call), PARTICIPANT_CONNECTED);
    assert_int_equal(room_list_reception(fixture->list, &menu), 0);
    assert_int_equal(room_move(call.participant, menu), ROOM_ADMITTED); /* and back */
    fake_bring_home(leg);
    assert_int_equal(state_of(&call), PARTICIPANT_MENU);
    press(leg, "4711#");
    fake_bring_home(leg);
    assert_int_equal(state_of(&call), PARTICIPANT_PIN); /* the move is no PIN for ever */
    participant_refuse(call.participant);
    say_to_the_end(leg);
    assert_int_equal(call.reason, PARTICIPANT_NOT_ADMITTED);
    fake_bring_home(leg);
}

static void nobody_is_called_into_it_and_none_has_its_name(void **state)
{
    struct fixture *fixture = *state;
    struct room *menu, *other;
    struct participant *participant = NULL;
    static const struct room_dialer dialer = {.dial = NULL};
    room_list_set_dialer(fixture->list, &dialer);
    assert_int_equal(room_list_reception(fixture->list, &menu), 0);
    const struct room_dial wanted = {.uri = "sip:bob@example.com"};
    assert_int_equal(room_dial(menu, &wanted, &participant), -EACCES);
    assert_int_equal(room_list_find_or_create(fixture->list, ".menu", &other), -EINVAL);
    assert_int_equal(room_list_add(fixture->list, ".menu", &plain_settings, &other), -EINVAL);
    room_list_drain(fixture->list);
    assert_int_equal(room_list_reception(fixture->list, &menu), -ESHUTDOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, spoken_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_number_leads_to_its_room),
        TEST(its_pin_and_its_lobby_bind_who_comes_so),
        TEST(wrong_numbers_may_be_tried_again_but_not_for_ever),
        TEST(a_pause_ends_a_number_and_nothing_ends_the_call),
        TEST(a_closed_door_is_told),
        TEST(guessing_over_many_calls_is_hopeless),
        TEST(nor_does_it_help_to_call_at_the_same_time),
        TEST(who_runs_the_rooms_moves_them_but_does_not_let_them_in),
        TEST(nobody_is_called_into_it_and_none_has_its_name),
    };
    return cmocka_run_group_tests(tests, spoken_make, spoken_remove);
}
