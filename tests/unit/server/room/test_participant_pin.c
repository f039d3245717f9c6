/* test_participant_pin.c - at the door: asked, let in, hung up. */
#include "tests/unit/server/room/spoken.h"

static const struct leg_plan plan = {.codec_count = 1, .ptime_ms = 20};

static void keep_job(struct pin_job *job)
{
    (void)job;
}

static struct room *room_with_pins(struct fixture *fixture, const char *pin,
                                   const char *moderator_pin)
{
    struct room_settings settings = plain_settings;
    struct room *room = NULL;
    set_pins(&settings, pin, moderator_pin);
    assert_int_equal(room_list_add(fixture->list, "a", &settings, &room), 0);
    fixture->story[0] = '\0';
    return room;
}

static void who_knows_the_pin_comes_in(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call;
    struct participant *participant = connect_call(room, &call);
    struct leg *leg = participant_leg(participant);
    const struct participant_info *info = participant_info(participant);
    assert_int_equal(info->state, PARTICIPANT_PIN);
    assert_string_equal(participant_state_word(info->state), "pin");
    assert_null(room->media_room); /* nobody is in */
    assert_int_equal(room_participant_count(room), 1);
    assert_said(leg, "enter-pin");
    press(leg, "12"); /* cuts the prompt short */
    assert_said(leg, "");
    fake_settle();
    press(leg, "34");
    assert_int_equal(info->state, PARTICIPANT_MOVING);
    fake_bring_home(leg);
    assert_int_equal(info->state, PARTICIPANT_CONNECTED);
    assert_int_equal(info->role, PARTICIPANT_GUEST);
    assert_ptr_equal(leg->room, room->media_room);
    turn(fixture);
    assert_int_equal(fake.rooms, 1); /* the door's is gone */
    assert_story(fixture, "added a; state a pin; state a moving; joined a; ");
    press(leg, "5");
    assert_story(fixture, "digit a 5; ");
    end_call(&call);
}

static void who_knows_the_other_pin_is_a_moderator(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "567890");
    room->settings.announcements = true;
    struct fake_call call[2];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    press(leg, "567890");
    fake_bring_home(leg);
    assert_int_equal(participant_info(call[0].participant)->role, PARTICIPANT_MODERATOR);
    assert_said(leg, "welcome moderator alone");
    struct leg *other = participant_leg(connect_call(room, &call[1]));
    press(other, "567890");
    fake_bring_home(other);
    assert_said(other, "moderator");
    end_call(&call[0]);
    end_call(&call[1]);
}

static void wrong_ones_may_be_tried_again_but_not_for_ever(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(room_with_pins(fixture, "1234", ""), &call);
    struct leg *leg = participant_leg(participant);
    press(leg, "1235");
    assert_said(leg, "wrong-pin enter-pin");
    press(leg, "00#");
    assert_said(leg, "wrong-pin enter-pin");
    press(leg, "9999");
    assert_said(leg, "too-many-tries goodbye");
    assert_int_equal(call.hung_up, 0);
    press(leg, "1234"); /* too late */
    assert_int_equal(participant_info(participant)->state, PARTICIPANT_PIN);
    say_to_the_end(leg);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(call.reason, PARTICIPANT_WRONG_PIN);
    assert_story(fixture, "added a; state a pin; left a wrong_pin; ");
    fake_bring_home(leg);
}

static void who_enters_nothing_is_hung_up(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct participant *participant = connect_call(room_with_pins(fixture, "1234", ""), &call);
    struct leg *leg = participant_leg(participant);
    struct room_door_place *place = participant->at_door;
    int64_t told_ns = place->entry.deadline_ns;
    say_to_the_end(leg); /* the time counts from here: less than with the prompt */
    assert_true(place->entry.deadline_ns < told_ns);
    assert_true(place->timer.place != 0);
    place->entry.deadline_ns = 0; /* as if it were over */
    loop_timer_start(fixture->loop, &place->timer, 0, place->timer.on_due, place);
    loop_run_once(fixture->loop, -1);
    assert_said(leg, "pin-timeout goodbye");
    say_to_the_end(leg);
    assert_int_equal(call.reason, PARTICIPANT_PIN_TIMEOUT);
    assert_story(fixture, "added a; state a pin; left a pin_timeout; ");
    fake_bring_home(leg);
}

static void without_prompts_it_goes_the_same_way(void **state)
{
    struct fixture *fixture = *state;
    fake.play_error = -ENOMEM; /* as well as without */
    struct fake_call call[2];
    struct room *room = room_with_pins(fixture, "1234", "");
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    press(leg, "111122221234");
    fake_bring_home(leg);
    assert_int_equal(participant_info(call[0].participant)->state, PARTICIPANT_CONNECTED);
    fixture->list->config.prompts = NULL;
    struct leg *other = participant_leg(connect_call(room, &call[1]));
    press(other, "1111#2222#3333#");
    assert_int_equal(call[1].reason, PARTICIPANT_WRONG_PIN);
    fake_bring_home(other);
    end_call(&call[0]);
}

static void the_door_is_asked_again_at_the_last_digit(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call[2];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    struct leg *other = participant_leg(connect_call(room, &call[1]));
    struct room_settings settings = *room_settings(room);
    settings.locked = true;
    assert_int_equal(room_change(room, &settings), 0);
    press(leg, "1234");
    assert_said(leg, "locked goodbye");
    say_to_the_end(leg);
    assert_int_equal(call[0].reason, PARTICIPANT_REFUSED);
    settings.locked = false;
    settings.max_participants = 1;
    assert_int_equal(room_change(room, &settings), 0);
    fake_bring_home(leg);
    press(other, "1234"); /* the last place is his own */
    fake_bring_home(other);
    assert_int_equal(participant_info(call[1].participant)->state, PARTICIPANT_CONNECTED);
    end_call(&call[1]);
}

static void a_door_full_of_callers_is_full(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    room->settings.max_participants = 2;
    struct fake_call call[3];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    connect_call(room, &call[1]);
    assert_int_equal(admit(room, &call[2]), ROOM_REFUSED_FULL);
    room->settings.max_participants = 1; /* lowered while both stand there */
    press(leg, "1234");
    assert_said(leg, "full goodbye");
    say_to_the_end(leg);
    assert_int_equal(call[0].reason, PARTICIPANT_REFUSED);
    fake_bring_home(leg);
    end_call(&call[1]);
}

static void guessing_over_many_calls_is_hopeless(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call;
    log_set_level(LOG_LEVEL_ERROR);
    unsigned wrong = 0, refused = 0;
    for (unsigned i = 0; i < 10; i++) {
        struct leg *leg = participant_leg(connect_call(room, &call));
        for (unsigned j = 0; j < 3 && strcmp(said(leg), "too-many-tries goodbye") != 0; j++) {
            press(leg, "9999");
            wrong++;
        }
        assert_said(leg, "too-many-tries goodbye");
        if (i > 3) { /* the right one is not looked at either */
            press(leg, "1234");
            assert_int_equal(participant_info(call.participant)->state, PARTICIPANT_PIN);
            refused++;
        }
        say_to_the_end(leg);
        fake_bring_home(leg);
    }
    log_set_level(LOG_LEVEL_INFO);
    assert_int_equal(wrong, PIN_GUARD_SOURCE_TRIES);
    assert_int_equal(refused, 6);
    struct room_admission admission = {.display_name = "Bob",
                                       .uri = "sip:bob@elsewhere.example.com",
                                       .link = &fake_link,
                                       .call = &call};
    call = (struct fake_call){0};
    assert_int_equal(room_admit(room, &admission, &call.participant), ROOM_ADMITTED);
    assert_int_equal(participant_open_leg(call.participant, AF_INET), 0);
    assert_int_equal(participant_connect(call.participant, &plan, NULL), 0);
    press(participant_leg(call.participant), "1234"); /* others are not hit by it */
    assert_int_equal(participant_info(call.participant)->state, PARTICIPANT_MOVING);
    end_call(&call);
}

static void the_api_lets_in_without_a_pin(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct room *lobby = add_room(fixture, "lobby");
    struct fake_call call[3];
    struct leg *leg = participant_leg(connect_call(lobby, &call[0]));
    assert_int_equal(room_move(call[0].participant, room), ROOM_ADMITTED);
    fake_bring_home(leg);
    assert_int_equal(participant_info(call[0].participant)->state, PARTICIPANT_CONNECTED);

    assert_int_equal(admit(lobby, &call[1]), ROOM_ADMITTED); /* not in a mix yet */
    assert_int_equal(room_move(call[1].participant, room), ROOM_ADMITTED);
    assert_int_equal(participant_open_leg(call[1].participant, AF_INET), 0);
    assert_int_equal(participant_connect(call[1].participant, &plan, NULL), 0);
    assert_int_equal(participant_info(call[1].participant)->state, PARTICIPANT_CONNECTED);

    struct leg *waiting = participant_leg(connect_call(room, &call[2]));
    assert_int_equal(room_move(call[2].participant, lobby), ROOM_ADMITTED);
    assert_int_equal(participant_info(call[2].participant)->state, PARTICIPANT_MOVING);
    fake_bring_home(waiting);
    assert_int_equal(participant_info(call[2].participant)->state, PARTICIPANT_CONNECTED);
    for (unsigned i = 0; i < 3; i++)
        end_call(&call[i]);
}

static void it_may_end_at_any_time(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(room, &call));
    struct leg_plan held = plan;
    held.held_by_far_end = true;
    assert_int_equal(participant_connect(call.participant, &held, NULL), 0);
    assert_true(participant_info(call.participant)->on_hold);
    assert_int_equal(fake.replans, 1);
    end_call(&call); /* while it is asked */
    turn(fixture);
    assert_int_equal(fake.rooms, 0);

    leg = participant_leg(connect_call(room, &call));
    press(leg, "1234");
    participant_kick(call.participant, PARTICIPANT_KICKED); /* between door and room */
    fake_bring_home(leg);
    leg = participant_leg(connect_call(room, &call));
    press(leg, "1#2#3#");
    participant_kick(call.participant, PARTICIPANT_KICKED); /* in the midst of a farewell */
    fake_bring_home(leg);
    leg = participant_leg(connect_call(room, &call));
    fake_events->on_no_media(fake_context, leg);
    assert_int_equal(call.reason, PARTICIPANT_NO_MEDIA);
    fake_bring_home(leg);
    leg = participant_leg(connect_call(room, &call));
    room_list_drain(fixture->list);
    assert_int_equal(call.reason, PARTICIPANT_SHUTDOWN);
    fake_bring_home(leg);
}

static void what_fails_at_the_door_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call;
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    assert_int_equal(participant_open_leg(call.participant, AF_INET), 0);
    fake.room_error = -ENOMEM;
    assert_int_equal(participant_connect(call.participant, &plan, NULL), -ENOMEM);
    fake.room_error = 0;
    fake.join_error = -EINVAL;
    assert_int_equal(participant_connect(call.participant, &plan, NULL), -EINVAL);
    assert_int_equal(participant_info(call.participant)->state, PARTICIPANT_CONNECTING);
    turn(fixture);
    assert_int_equal(fake.rooms, 0);
    assert_story(fixture, "added a; ");
    end_call(&call);
}

static void kick_who_is_asked(struct fixture *fixture, const struct room_event *event)
{
    (void)fixture;
    if (event->kind == ROOM_EVENT_PARTICIPANT_STATE)
        participant_kick(event->participant, PARTICIPANT_KICKED);
}

static void a_listener_may_kick_who_is_asked(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call;
    fixture->react = kick_who_is_asked;
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    assert_int_equal(participant_open_leg(call.participant, AF_INET), 0);
    struct leg *leg = participant_leg(call.participant);
    assert_int_equal(participant_connect(call.participant, &plan, NULL), 0);
    assert_int_equal(call.hung_up, 1);
    assert_int_equal(fake.plays, 0);
    fake_bring_home(leg);
}

/* ---- while it is judged ---- */

/* Keys alone: what they make is judged later. */
static void type(struct leg *leg, const char *digits)
{
    for (; *digits; digits++)
        fake_events->on_digit(fake_context, leg, *digits, false);
}

static void control_goes_on_while_a_pin_is_judged(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call[2];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    struct leg *other = participant_leg(connect_call(room, &call[1]));
    type(leg, "1234");
    type(leg, "9"); /* lost */
    type(other, "1234");
    assert_int_equal(pin_desk_waiting(fixture->list->pin_desk), 2);
    assert_int_equal(participant_info(call[0].participant)->state, PARTICIPANT_PIN);
    assert_int_equal(call[0].participant->at_door->timer.place, 0); /* it is not late now */
    fixture_judge(fixture->list);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(participant_info(call[i].participant)->state, PARTICIPANT_MOVING);
    fake_bring_home(leg);
    fake_bring_home(other);
    end_call(&call[0]);
    end_call(&call[1]);
}

static void who_is_gone_is_not_judged(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call;
    struct leg *leg = participant_leg(connect_call(room, &call));
    type(leg, "1234");
    participant_kick(call.participant, PARTICIPANT_KICKED);
    fake_bring_home(leg);
    turn(fixture);
    fixture_judge(fixture->list);
    assert_int_equal(room_participant_count(room), 0);
    leg = participant_leg(connect_call(room, &call));
    type(leg, "1234");
    participant_refuse(call.participant);
    fixture_judge(fixture->list);
    assert_int_equal(participant_info(call.participant)->state, PARTICIPANT_PIN);
    say_to_the_end(leg);
    assert_int_equal(call.reason, PARTICIPANT_NOT_ADMITTED);
    fake_bring_home(leg);
    leg = participant_leg(connect_call(room, &call));
    type(leg, "1234"); /* the list ends with a job away */
    participant_kick(call.participant, PARTICIPANT_KICKED);
    fake_bring_home(leg);
}

static void a_pin_that_changes_meanwhile_counts_as_it_is_then(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call[2];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    struct leg *other = participant_leg(connect_call(room, &call[1]));
    struct room_settings settings = *room_settings(room);
    type(leg, "1234");
    type(other, "5678");
    set_pins(&settings, "5678", "");
    assert_int_equal(room_change(room, &settings), 0);
    fixture_judge(fixture->list);
    assert_said(leg, "wrong-pin enter-pin");
    assert_int_equal(participant_info(call[1].participant)->state, PARTICIPANT_MOVING);
    fake_bring_home(other);
    end_call(&call[0]);
    end_call(&call[1]);
}

static void who_is_asked_for_a_pin_that_has_gone_comes_in(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct fake_call call[2];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    struct leg *other = participant_leg(connect_call(room, &call[1]));
    struct room_settings settings = *room_settings(room);
    type(other, "9999"); /* is judged just then */
    set_pins(&settings, "", "");
    assert_int_equal(room_change(room, &settings), 0);
    fixture_judge(fixture->list);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(participant_info(call[i].participant)->state, PARTICIPANT_MOVING);
    fake_bring_home(leg);
    fake_bring_home(other);
    end_call(&call[0]);
    end_call(&call[1]);
}

/* ---- typed before ---- */

static enum participant_role role_of_typed;

/* As a browser does: judged first, if it has to be. */
static enum room_refusal admit_typed(struct room *room, const char *pin, const char *uri)
{
    struct fake_call call = {0};
    struct pin_job *job = NULL;
    struct room_admission admission = {.display_name = "Bob",
                                       .uri = uri,
                                       .link = &fake_link,
                                       .call = &call,
                                       .types_pin = true,
                                       .pin = pin};
    if (room_has_to_judge(room, &admission)) {
        job = pin_job_create(PIN_JOB_JUDGE, keep_job, NULL);
        assert_int_equal(room_judge(room, pin, job), 0);
        fixture_judge(room->list);
        admission.judged = job;
        assert_false(room_has_to_judge(room, &admission));
    }
    enum room_refusal refusal = room_admit(room, &admission, &call.participant);
    pin_job_destroy(job);
    if (refusal == ROOM_ADMITTED) {
        role_of_typed = participant_info(call.participant)->role;
        participant_left(call.participant, PARTICIPANT_HUNG_UP, NULL);
    }
    return refusal;
}

static void who_types_it_before_comes_in_or_not(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "567890");
    static const char bob[] = "web:guest@192.0.2.1";
    assert_int_equal(admit_typed(room, NULL, bob), ROOM_REFUSED_PIN_MISSING);
    assert_int_equal(admit_typed(room, "", bob), ROOM_REFUSED_PIN_MISSING);
    assert_int_equal(admit_typed(room, "1235", bob), ROOM_REFUSED_PIN_WRONG);
    assert_int_equal(admit_typed(room, "12345678901234567", bob), ROOM_REFUSED_PIN_WRONG);
    assert_int_equal(admit_typed(room, "1234", bob), ROOM_ADMITTED);
    assert_int_equal(role_of_typed, PARTICIPANT_GUEST);
    assert_int_equal(admit_typed(room, "567890", bob), ROOM_ADMITTED);
    assert_int_equal(role_of_typed, PARTICIPANT_MODERATOR);
    log_set_level(LOG_LEVEL_ERROR);
    for (unsigned i = 2; i < PIN_GUARD_SOURCE_TRIES; i++)
        assert_int_equal(admit_typed(room, "0000", bob), ROOM_REFUSED_PIN_WRONG);
    assert_int_equal(admit_typed(room, "1234", bob), ROOM_REFUSED_PIN_TOO_OFTEN);
    log_set_level(LOG_LEVEL_INFO);
    assert_int_equal(admit_typed(room, "1234", "web:guest@192.0.2.2"), ROOM_ADMITTED);
    assert_int_equal(admit_typed(add_room(fixture, "open"), "1234", bob), ROOM_ADMITTED);
}

/* A closed door costs no derivation; nor is one verdict good for another PIN. */
static void what_is_not_looked_at_is_not_judged(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct room_admission admission = {.uri = "web:guest@192.0.2.1", .pin = "1234"};
    assert_true(room_has_to_judge(room, &admission));
    struct pin_job *job = pin_job_create(PIN_JOB_JUDGE, keep_job, NULL);
    assert_int_equal(room_judge(room, "1234", job), 0);
    fixture_judge(fixture->list);
    admission.judged = job;
    assert_false(room_has_to_judge(room, &admission));
    set_pins(&room->settings, "5678", "");
    assert_true(room_has_to_judge(room, &admission));
    room->settings.locked = true;
    assert_false(room_has_to_judge(room, &admission));
    pin_job_destroy(job);
}

/* What fails here is not the fault of who typed it. */
static void what_cannot_be_judged_is_no_try(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with_pins(fixture, "1234", "");
    struct pin_job *job = pin_job_create(PIN_JOB_JUDGE, keep_job, NULL);
    struct fake_call call = {0};
    struct room_admission admission = {.uri = "web:guest@192.0.2.1",
                                       .link = &fake_link,
                                       .call = &call,
                                       .types_pin = true,
                                       .pin = "1234",
                                       .judged = job};
    pin_job_keep(job, room->settings.pin, room->settings.moderator_pin);
    job->result = -ENOTSUP;
    log_set_level(LOG_LEVEL_ERROR);
    for (unsigned i = 0; i < 2 * PIN_GUARD_SOURCE_TRIES; i++)
        assert_int_equal(room_admit(room, &admission, &call.participant),
                         ROOM_REFUSED_PIN_UNJUDGED);
    log_set_level(LOG_LEVEL_INFO);
    job->result = 1 << PIN_OF_GUESTS;
    assert_int_equal(room_admit(room, &admission, &call.participant), ROOM_ADMITTED);
    participant_left(call.participant, PARTICIPANT_HUNG_UP, NULL);
    pin_job_destroy(job);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, spoken_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_knows_the_pin_comes_in),
        TEST(who_knows_the_other_pin_is_a_moderator),
        TEST(wrong_ones_may_be_tried_again_but_not_for_ever),
        TEST(who_enters_nothing_is_hung_up),
        TEST(without_prompts_it_goes_the_same_way),
        TEST(the_door_is_asked_again_at_the_last_digit),
        TEST(a_door_full_of_callers_is_full),
        TEST(guessing_over_many_calls_is_hopeless),
        TEST(the_api_lets_in_without_a_pin),
        TEST(it_may_end_at_any_time),
        TEST(what_fails_at_the_door_changes_nothing),
        TEST(a_listener_may_kick_who_is_asked),
        TEST(control_goes_on_while_a_pin_is_judged),
        TEST(who_is_gone_is_not_judged),
        TEST(a_pin_that_changes_meanwhile_counts_as_it_is_then),
        TEST(who_is_asked_for_a_pin_that_has_gone_comes_in),
        TEST(who_types_it_before_comes_in_or_not),
        TEST(what_is_not_looked_at_is_not_judged),
        TEST(what_cannot_be_judged_is_no_try),
    };
    return cmocka_run_group_tests(tests, spoken_make, spoken_remove);
}
