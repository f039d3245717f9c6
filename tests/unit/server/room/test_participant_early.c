/* test_participant_early.c - media before the answer: who is called is heard and deaf; who
 * calls waits, or hears why he may not come in, and is answered when he goes in.
 */
#include "tests/unit/server/room/spoken.h"

static const struct leg_plan plan = {.codec_count = 1, .ptime_ms = 20};

/* ---- who is called ---- */

static int dial(void *context, struct participant *participant, const struct room_dial *request)
{
    struct fake_call *call = context;
    (void)request;
    call->participant = participant;
    participant_set_call(participant, &fake_link, call);
    return 0;
}

static struct participant *ring(struct fixture *fixture, struct room *room,
                                struct fake_call *call)
{
    static struct room_dialer dialer = {.dial = dial};
    static const struct room_dial to_bob = {.uri = "sip:bob@example.com"};
    struct participant *bob;
    dialer.context = call;
    room_list_set_dialer(fixture->list, &dialer);
    assert_int_equal(room_dial(room, &to_bob, &bob), 0);
    assert_int_equal(participant_open_leg(bob, AF_INET), 0);
    participant_progress(bob, PARTICIPANT_RINGING);
    participant_begin_early(bob);
    assert_int_equal(participant_connect(bob, &plan, NULL), 0);
    return bob;
}

static void who_is_called_is_heard_deaf_and_not_in(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    fixture->story[0] = '\0';
    struct participant *bob = ring(fixture, room, &call);
    struct leg *leg = participant_leg(bob);
    assert_ptr_equal(leg->room, room->media_room);
    assert_true(leg->mix.deafened && !leg->mix.muted && leg->mix.says == LEG_CIRCLE_MAIN);
    assert_true(participant_info(bob)->early_media);
    assert_int_equal(participant_info(bob)->state, PARTICIPANT_RINGING);
    assert_int_equal(room->present, 0);
    assert_int_equal(participant_info(bob)->joined_ns, 0);
    assert_int_equal(fake.tones_joined, 0);
    press(leg, "*5");
    fake_events->on_no_media(fake_context, leg);
    fake_events->on_talking(fake_context, leg, true);
    assert_story(fixture, "added a; state a ringing; changed a; ");

    const bool muted = true; /* the room has enough of it */
    assert_int_equal(participant_change(bob, &(struct participant_change){.muted = &muted}), 0);
    assert_true(leg->mix.muted && leg->mix.deafened);
    participant_end_early(bob);
    assert_int_equal(participant_connect(bob, &plan, NULL), 0);
    assert_int_equal(fake.joins, 1); /* where it is already */
    assert_false(leg->mix.deafened);
    assert_int_equal(room->present, 1);
    assert_false(participant_info(bob)->early_media);
    assert_story(fixture, "changed a; joined a; ");
    end_call(&call);
}

/* Of a fork, the phone that was heard is gone, and others ring on. */
static void who_is_dropped_rings_on_unheard(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    struct participant *bob = ring(fixture, room, &call);
    struct leg *leg = participant_leg(bob);
    fixture->story[0] = '\0';
    participant_drop_early(bob);
    assert_true(leg->leaving);
    assert_false(participant_info(bob)->early_media);
    assert_int_equal(participant_info(bob)->state, PARTICIPANT_RINGING);
    assert_story(fixture, "changed a; ");
    participant_drop_early(bob);
    assert_story(fixture, "");
    fake_bring_home(leg);
    assert_null(leg->room);
    end_call(&call);
}

static void who_calls_may_listen_and_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call, other;
    struct participant *bob = ring(fixture, room, &call);
    for (unsigned answered = 0; answered < 2; answered++) {
        assert_int_equal(admit(room, &other), ROOM_ADMITTED);
        struct participant *ann = other.participant;
        assert_int_equal(participant_open_leg(ann, AF_INET), 0);
        struct leg *leg = participant_leg(ann);
        participant_listen_early(ann);
        assert_int_equal(participant_connect(ann, &plan, NULL), 0);
        assert_ptr_equal(leg->room, room->media_room);
        assert_true(leg->mix.muted && !leg->mix.deafened);
        assert_true(participant_info(ann)->early_media);
        assert_int_equal(participant_info(ann)->state, PARTICIPANT_CONNECTING);
        assert_int_equal(room->present, 0);
        fake_events->on_no_media(fake_context, leg);
        fake_events->on_talking(fake_context, leg, true);
        assert_false(participant_info(ann)->talking);
        if (answered) {
            participant_end_early(ann);
            assert_int_equal(participant_connect(ann, &plan, NULL), 0);
            assert_false(leg->mix.muted || participant_info(ann)->early_media);
            assert_int_equal(participant_info(ann)->state, PARTICIPANT_CONNECTED);
            assert_int_equal(room->present, 1);
        }
        const unsigned leaves = fake.leaves;
        end_call(&other);
        assert_int_equal(fake.leaves, leaves + 1);
    }
    participant_end_early(bob);
    end_call(&call);
    turn(fixture);
    assert_int_equal(fake.legs, 0);
}

static void who_never_answers_is_heard_no_more(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    for (unsigned answered = 0; answered < 2; answered++) {
        struct participant *bob = ring(fixture, room, &call);
        if (answered) /* by what cannot be used */
            participant_end_early(bob);
        end_call(&call);
        assert_false(participant_info(bob)->early_media);
        assert_int_equal(fake.leaves, answered + 1);
        turn(fixture);
        assert_int_equal(fake.legs, 0);
    }
    assert_int_equal(room->legs, 0);
}

static void another_who_is_called_is_heard_when_the_leg_is_home(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    struct participant *bob = ring(fixture, room, &call);
    struct leg *leg = participant_leg(bob);
    participant_progress(bob, PARTICIPANT_CALLING);
    assert_true(leg->leaving);
    assert_false(participant_info(bob)->early_media);
    participant_progress(bob, PARTICIPANT_RINGING);
    participant_begin_early(bob);
    const struct leg_plan other = {.codec_count = 1, .ptime_ms = 40};
    assert_int_equal(participant_connect(bob, &other, NULL), 0); /* before it is there */
    assert_false(participant_info(bob)->early_media);
    fake_bring_home(leg);
    assert_ptr_equal(leg->room, room->media_room);
    assert_int_equal(leg->plan.ptime_ms, 40);
    assert_true(participant_info(bob)->early_media && leg->mix.deafened);
    participant_progress(bob, PARTICIPANT_CALLING);
    assert_int_equal(participant_connect(bob, &plan, NULL), 0); /* answers at once */
    assert_int_equal(participant_info(bob)->state, PARTICIPANT_MOVING);
    fake_bring_home(leg);
    assert_int_equal(participant_info(bob)->state, PARTICIPANT_CONNECTED);
    assert_false(leg->mix.deafened);
    end_call(&call);
}

static void what_is_over_before_the_leg_is_home_is_not_heard(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    struct participant *bob = ring(fixture, room, &call);
    struct leg *leg = participant_leg(bob);
    participant_progress(bob, PARTICIPANT_CALLING);
    participant_progress(bob, PARTICIPANT_RINGING);
    participant_begin_early(bob);
    assert_int_equal(participant_connect(bob, &plan, NULL), 0);
    participant_end_early(bob);
    fake_bring_home(leg);
    assert_null(leg->room); /* where it would not even be deaf */
    assert_false(participant_info(bob)->early_media);
    end_call(&call);
}

static void who_rings_is_moved_with_what_is_heard(void **state)
{
    struct fixture *fixture = *state;
    struct room *from = add_room(fixture, "a"), *to = add_room(fixture, "b");
    struct fake_call call;
    struct participant *bob = ring(fixture, from, &call);
    struct leg *leg = participant_leg(bob);
    assert_int_equal(room_move(bob, to), ROOM_ADMITTED);
    assert_true(leg->leaving);
    fake_bring_home(leg);
    assert_ptr_equal(leg->room, to->media_room);
    assert_true(participant_info(bob)->early_media && leg->mix.deafened);
    assert_int_equal(participant_info(bob)->state, PARTICIPANT_RINGING);
    assert_int_equal(from->legs, 0);
    assert_int_equal(room_list_delete(fixture->list, to), 0);
    assert_int_equal(call.reason, PARTICIPANT_ROOM_DELETED);
    fake_bring_home(leg);
}

static void music_for_who_is_alone_waits_while_it_rings(void **state)
{
    struct fixture *fixture = *state;
    struct room_settings settings = plain_settings;
    struct room *room = NULL;
    static const int16_t pcm[800];
    char *path = sound_file_path("jazz.wav");
    sound_file_wav(path, 8000, 1, pcm, 800);
    free(path);
    settings.alone = ROOM_ALONE_MUSIC;
    snprintf(settings.music, sizeof(settings.music), "jazz.wav");
    assert_int_equal(room_list_add(fixture->list, "a", &settings, &room), 0);
    struct fake_call alone, call;
    connect_call(room, &alone);
    assert_non_null(room->music);
    ring(fixture, room, &call);
    assert_true(fake.first_play->is_stopped);
    fake_settle();
    assert_null(room->music);
    end_call(&call);
    assert_non_null(room->music);
    end_call(&alone);
}

static void what_cannot_be_heard_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    struct participant *bob = ring(fixture, room, &call);
    struct leg *leg = participant_leg(bob);
    fake.replan_error = -EINVAL;
    assert_int_equal(participant_connect(bob, &plan, NULL), -EINVAL);
    assert_true(participant_info(bob)->early_media);
    fake.replan_error = 0;
    assert_int_equal(room_move(bob, add_room(fixture, "b")), ROOM_ADMITTED);
    fake.join_error = -EINVAL;
    fixture->story[0] = '\0';
    fake_bring_home(leg);
    assert_false(participant_info(bob)->early_media);
    assert_story(fixture, "changed b; ");
    fake.join_error = 0;
    end_call(&call);
}

/* ---- who calls ---- */

static unsigned answers;

static void answer(void *call)
{
    (void)call;
    answers++;
}

static const struct participant_link early_link = {.hang_up = hang_up, .answer = answer};

static struct participant *come(struct room *room, struct fake_call *call,
                                const struct room_admission *more)
{
    *call = (struct fake_call){0};
    struct room_admission admission = *more;
    admission.display_name = "Ann";
    admission.uri = "tel:+493012";
    admission.link = &early_link;
    admission.call = call;
    answers = 0;
    assert_int_equal(room_admit(room, &admission, &call->participant), ROOM_ADMITTED);
    assert_int_equal(participant_open_leg(call->participant, AF_INET), 0);
    participant_begin_early(call->participant);
    assert_int_equal(participant_connect(call->participant, &plan, NULL), 0);
    return call->participant;
}

static struct room *room_with(struct fixture *fixture, enum room_lobby lobby, const char *pin)
{
    struct room_settings settings = plain_settings;
    struct room *room = NULL;
    settings.lobby = lobby;
    set_pins(&settings, pin, "");
    assert_int_equal(room_list_add(fixture->list, "a", &settings, &room), 0);
    fixture->story[0] = '\0';
    return room;
}

static void who_waits_is_answered_when_it_goes_in(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with(fixture, ROOM_LOBBY_ALL, "");
    struct fake_call call;
    struct participant *ann = come(room, &call, &(struct room_admission){0});
    struct leg *leg = participant_leg(ann);
    assert_true(participant_info(ann)->early_media);
    assert_said(leg, "lobby");
    fake_events->on_no_media(fake_context, leg); /* the way to us may not be open yet */
    assert_int_equal(participant_admit(ann), 0);
    assert_int_equal(answers, 0);
    fake_bring_home(leg);
    assert_int_equal(answers, 1);
    assert_int_equal(participant_info(ann)->state, PARTICIPANT_CONNECTED);
    assert_false(participant_info(ann)->early_media);
    assert_false(leg->mix.deafened);
    assert_story(fixture, "added a; state a lobby; state a moving; joined a; ");
    fake_events->on_no_media(fake_context, leg);
    assert_int_equal(call.reason, PARTICIPANT_NO_MEDIA);
    fake_bring_home(leg);
}

static void who_is_answered_meanwhile_waits_on(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with(fixture, ROOM_LOBBY_ALL, "");
    struct fake_call call;
    struct participant *ann = come(room, &call, &(struct room_admission){0});
    fixture->story[0] = '\0';
    fake.replans = 0;
    participant_end_early(ann);
    participant_end_early(ann);
    assert_int_equal(fake.replans, 1); /* so that it is told anew if nothing comes */
    assert_story(fixture, "changed a; ");
    assert_int_equal(participant_info(ann)->state, PARTICIPANT_LOBBY);
    assert_int_equal(participant_admit(ann), 0);
    fake_bring_home(participant_leg(ann));
    assert_int_equal(answers, 0); /* the call knows */
    end_call(&call);
}

static void who_need_not_wait_or_is_asked_for_keys_is_answered_at_once(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned has_pin = 0; has_pin < 2; has_pin++) {
        struct room *room = room_with(fixture, ROOM_LOBBY_OFF, has_pin ? "4040" : "");
        struct fake_call call;
        struct participant *ann = come(room, &call, &(struct room_admission){0});
        assert_int_equal(answers, 1);
        assert_false(participant_info(ann)->early_media);
        assert_int_equal(participant_info(ann)->state,
                         has_pin ? PARTICIPANT_PIN : PARTICIPANT_CONNECTED);
        end_call(&call);
        assert_int_equal(room_list_delete(fixture->list, room), 0);
        turn(fixture);
    }
}

static void who_is_refused_hears_why_where_nobody_is(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with(fixture, ROOM_LOBBY_OFF, ""), *reception;
    struct fake_call call;
    const struct room_admission refused = {.refusal = ROOM_REFUSED_FULL, .refused_by = room};
    assert_int_equal(room_list_reception(fixture->list, &reception), 0);
    struct participant *ann = come(reception, &call, &refused);
    struct leg *leg = participant_leg(ann);
    assert_said(leg, "full goodbye");
    assert_true(participant_info(ann)->early_media);
    assert_int_equal(room_participant_count(room), 0);
    press(leg, "1"); /* it is asked for nothing */
    assert_int_equal(participant_admit(ann), -ENOTCONN);
    say_to_the_end(leg);
    assert_int_equal(answers, 0);
    assert_int_equal(call.reason, PARTICIPANT_REFUSED);
    assert_string_equal(participant_info(ann)->detail, "room_full");
    fake_bring_home(leg);
    assert_true(room_refusal_is_said(ROOM_REFUSED_LOCKED));
    assert_false(room_refusal_is_said(ROOM_REFUSED_MOVED));
    assert_false(room_refusal_is_said(ROOM_REFUSED_NO_MEMORY));
    assert_false(room_refusal_is_said(ROOM_ADMITTED));
}

static void who_is_refused_can_still_be_brought_in(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_with(fixture, ROOM_LOBBY_OFF, ""), *reception;
    struct fake_call call;
    const struct room_admission refused = {.refusal = ROOM_REFUSED_LOCKED, .refused_by = room};
    assert_int_equal(room_list_reception(fixture->list, &reception), 0);
    struct participant *ann = come(reception, &call, &refused);
    assert_int_equal(room_move(ann, room), ROOM_ADMITTED);
    fake_bring_home(participant_leg(ann));
    assert_int_equal(answers, 1);
    assert_int_equal(participant_info(ann)->state, PARTICIPANT_CONNECTED);
    end_call(&call);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, spoken_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(who_is_called_is_heard_deaf_and_not_in),
        TEST(who_is_dropped_rings_on_unheard),
        TEST(who_calls_may_listen_and_says_nothing),
        TEST(who_never_answers_is_heard_no_more),
        TEST(another_who_is_called_is_heard_when_the_leg_is_home),
        TEST(what_is_over_before_the_leg_is_home_is_not_heard),
        TEST(who_rings_is_moved_with_what_is_heard),
        TEST(music_for_who_is_alone_waits_while_it_rings),
        TEST(what_cannot_be_heard_changes_nothing),
        TEST(who_waits_is_answered_when_it_goes_in),
        TEST(who_is_answered_meanwhile_waits_on),
        TEST(who_need_not_wait_or_is_asked_for_keys_is_answered_at_once),
        TEST(who_is_refused_hears_why_where_nobody_is),
        TEST(who_is_refused_can_still_be_brought_in),
    };
    return cmocka_run_group_tests(tests, spoken_make, spoken_remove);
}
