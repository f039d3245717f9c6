/* test_room_clock.c - not yet begun, warned, over: who is let in, told, hung up. */
#include "tests/unit/server/room/spoken.h"

#include "mixer/base/clock.h"

static struct room *room_from_to(struct fixture *fixture, int64_t opens_in_s,
                                 int64_t closes_in_s)
{
    struct room_settings settings = plain_settings;
    struct room *room = NULL;
    const int64_t now_ns = clock_wall_ns();
    settings.opens_ns = opens_in_s ? now_ns + opens_in_s * CLOCK_NS_PER_S : 0;
    settings.closes_ns = closes_in_s ? now_ns + closes_in_s * CLOCK_NS_PER_S : 0;
    settings.at_end = ROOM_AT_END_HANG_UP;
    assert_int_equal(room_list_add(fixture->list, "a", &settings, &room), 0);
    fixture->story[0] = '\0';
    return room;
}

/* As if the clock had come so far. */
static void pass(struct fixture *fixture, struct room *room, int64_t to_s)
{
    if (room->settings.closes_ns)
        room->settings.closes_ns = clock_wall_ns() + to_s * CLOCK_NS_PER_S;
    else
        room->began_ns -= (room_ends_ns(room) - clock_wall_ns()) - to_s * CLOCK_NS_PER_S;
    assert_true(room->clock.place != 0);
    loop_timer_start(fixture->loop, &room->clock, 0, room->clock.on_due, room);
    loop_run_once(fixture->loop, -1);
}

static void before_it_opens_nobody_comes_in(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_from_to(fixture, 100, 0);
    struct fake_call call;
    assert_int_equal(admit(room, &call), ROOM_REFUSED_EARLY);
    assert_in_range(room_opens_in_s(room), 99, 100);
    room->settings.opens_ns -= 101 * CLOCK_NS_PER_S;
    assert_int_equal(room_opens_in_s(room), 0);
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    end_call(&call);
}

static void all_are_warned_then_told_and_hung_up(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_from_to(fixture, 0, 3600);
    room->settings.lobby = ROOM_LOBBY_OFF;
    struct fake_call call[3];
    struct leg *ann = participant_leg(connect_call(room, &call[0]));
    struct leg *bob = participant_leg(connect_call(room, &call[1]));
    room->settings.lobby = ROOM_LOBBY_ALL;
    struct leg *eve = participant_leg(connect_call(room, &call[2]));
    fixture->story[0] = '\0';
    pass(fixture, room, ROOM_WARNED_S);
    assert_said(ann, "ends-soon");
    assert_said(bob, "ends-soon");
    assert_said(eve, "lobby"); /* he is not in */
    pass(fixture, room, ROOM_WARNED_S / 2);
    assert_story(fixture, "room ending a; "); /* once */
    say_to_the_end(bob);
    pass(fixture, room, 0);
    assert_said(ann, "is-over goodbye");
    assert_said(bob, "is-over goodbye");
    assert_said(eve, "is-over goodbye");
    struct fake_call late;
    assert_int_equal(admit(room, &late), ROOM_REFUSED_OVER);
    say_to_the_end(ann);
    say_to_the_end(eve);
    assert_int_equal(call[0].reason, PARTICIPANT_TIME_OVER);
    assert_int_equal(call[2].reason, PARTICIPANT_TIME_OVER);
    assert_int_equal(call[1].hung_up, 0);
    pass(fixture, room, -15); /* whoever has not heard it to the end */
    assert_int_equal(call[1].reason, PARTICIPANT_TIME_OVER);
    fake_bring_home(ann);
    fake_bring_home(bob);
    fake_bring_home(eve);
    assert_true(room->clock.place == 0); /* nobody is there: no timer */
}

static void who_may_stay_stays(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_from_to(fixture, 0, 3600);
    room->settings.at_end = ROOM_AT_END_LET_FINISH;
    struct fake_call call, late;
    connect_call(room, &call);
    assert_true(room->clock.place == 0);
    room->settings.closes_ns = clock_wall_ns() - 1;
    assert_int_equal(admit(room, &late), ROOM_REFUSED_OVER);
    assert_int_equal(call.hung_up, 0);
    end_call(&call);
}

static void the_longest_time_counts_from_the_first(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_from_to(fixture, 0, 0);
    struct fake_call call;
    room->settings.max_duration_s = 600;
    assert_true(room_ends_ns(room) == 0);
    struct leg *ann = participant_leg(connect_call(room, &call));
    assert_in_range(room_ends_ns(room) - clock_wall_ns(), 598 * CLOCK_NS_PER_S,
                    600 * CLOCK_NS_PER_S);
    pass(fixture, room, 0);
    assert_said(ann, "is-over goodbye");
    say_to_the_end(ann);
    assert_int_equal(call.reason, PARTICIPANT_TIME_OVER);
    fake_bring_home(ann);
    assert_true(room_ends_ns(room) == 0); /* a new conference may begin */
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    end_call(&call);
}

static void an_end_that_is_put_off_is_told_again(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_from_to(fixture, 0, 3600);
    struct fake_call call;
    struct leg *ann = participant_leg(connect_call(room, &call));
    pass(fixture, room, 30);
    say_to_the_end(ann);
    struct room_settings settings = *room_settings(room);
    settings.closes_ns = clock_wall_ns() + 7200 * CLOCK_NS_PER_S;
    assert_int_equal(room_change(room, &settings), 0);
    pass(fixture, room, 30);
    assert_said(ann, "ends-soon");
    pass(fixture, room, 0);
    settings.closes_ns = 0; /* in the midst of the farewell */
    assert_int_equal(room_change(room, &settings), 0);
    assert_true(room->clock.place == 0);
    end_call(&call);
}

static void a_ban_keeps_out_and_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_from_to(fixture, 0, 0);
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(room, &call));
    assert_int_equal(participant_ban(call.participant), 0);
    assert_int_equal(call.reason, PARTICIPANT_BANNED);
    fake_bring_home(leg);
    assert_story(fixture, "added a; joined a; room bans a; left a banned; ");
    assert_int_equal(admit(room, &call), ROOM_REFUSED_BANNED);
    assert_int_equal(room_bans(room)->count, 1);
    assert_string_equal(room_bans(room)->ban[0].uri, "ann@example.com");
    assert_string_equal(room_bans(room)->ban[0].note, "Ann");
    assert_int_equal(room_unban(room, room_bans(room)->ban[0].id), 0);
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    end_call(&call);
    const struct room_ban *ban;
    assert_int_equal(room_ban(room, &(struct room_ban_request){.uri = "nobody"}, &ban),
                     -EINVAL);
    assert_int_equal(room_ban(room, &(struct room_ban_request){.address = "x"}, &ban), -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, spoken_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(before_it_opens_nobody_comes_in),
        TEST(all_are_warned_then_told_and_hung_up),
        TEST(who_may_stay_stays),
        TEST(the_longest_time_counts_from_the_first),
        TEST(an_end_that_is_put_off_is_told_again),
        TEST(a_ban_keeps_out_and_is_kept),
    };
    return cmocka_run_group_tests(tests, spoken_make, spoken_remove);
}
