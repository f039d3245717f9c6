/* test_room_dial_list.c - who is called when a conference begins, and when that is. */
#include "server/room/room_dial_list.h"

#include "tests/unit/server/room/room_fixture.h"

#include "mixer/base/clock.h"

#include <errno.h>

/* A dialer that calls whoever is not called "nobody". */
static struct fake_call calls[ROOM_DIAL_LIST_MOST];
static char dialled[512];
static unsigned count;

static int fake_dial(void *context, struct participant *participant,
                     const struct room_dial *request)
{
    (void)context;
    size_t used = strlen(dialled);
    snprintf(dialled + used, sizeof(dialled) - used, "%s ", request->uri);
    if (strstr(request->uri, "nobody"))
        return -EACCES;
    calls[count].participant = participant;
    participant_set_call(participant, &fake_link, &calls[count++]);
    return 0;
}

static int setup(void **state)
{
    static const struct room_dialer dialer = {.dial = fake_dial};
    dialled[0] = '\0';
    count = 0;
    fixture_setup(state);
    struct fixture *fixture = *state;
    room_list_set_dialer(fixture->list, &dialer);
    return 0;
}

static struct room *room_that_calls(struct fixture *fixture, const char *list, int64_t opens_ns)
{
    struct room_settings settings = plain_settings;
    struct room *room = NULL;
    snprintf(settings.dial_at_start, sizeof(settings.dial_at_start), "%s", list);
    settings.opens_ns = opens_ns;
    assert_int_equal(room_list_add(fixture->list, "a", &settings, &room), 0);
    fixture->story[0] = '\0';
    return room;
}

static void set_role(struct fake_call *call, enum participant_role role)
{
    participant_change(call->participant, &(struct participant_change){.role = &role});
}

static void hang_all_up(void)
{
    while (count)
        participant_left(calls[--count].participant, PARTICIPANT_BUSY, NULL);
    dialled[0] = '\0';
}

static void a_list_is_of_lines(void **state)
{
    (void)state;
    char list[ROOM_DIAL_LIST_BYTES] = "", uri[PARTICIPANT_URI_BYTES], one[300];
    assert_int_equal(room_dial_list_add(list, "sip:a@x"), 0);
    assert_int_equal(room_dial_list_add(list, "tel:+49"), 0);
    assert_int_equal(room_dial_list_add(list, "SIP:A@x"), -EEXIST);
    static const char *const bad[] = {"", "sip:a b", "sip:a\nb", "sip:<a>", "sip:\xc3\xa4"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(room_dial_list_add(list, bad[i]), -EINVAL);
    assert_string_equal(list, "sip:a@x\ntel:+49");
    const char *at = list;
    assert_true(room_dial_list_next(&at, uri));
    assert_string_equal(uri, "sip:a@x");
    assert_true(room_dial_list_next(&at, uri));
    assert_string_equal(uri, "tel:+49");
    assert_false(room_dial_list_next(&at, uri));
    for (int i = 2; i < ROOM_DIAL_LIST_MOST; i++) {
        snprintf(one, sizeof(one), "sip:%d", i);
        assert_int_equal(room_dial_list_add(list, one), 0);
    }
    assert_true(room_dial_list_is_valid(list));
    assert_int_equal(room_dial_list_add(list, "sip:more"), -E2BIG);
    strcat(list, "\nsip:more");
    assert_false(room_dial_list_is_valid(list));
    static const char *const odd[] = {"\n", "a\n", "a\n\nb", "\na", "a b"};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        assert_false(room_dial_list_is_valid(odd[i]));
    memset(list, 0, sizeof(list));
    memset(one, 'x', sizeof(one));
    for (int i = 0; i < 4; i++) {
        one[i] = 'y'; /* another one */
        one[250] = '\0';
        assert_int_equal(room_dial_list_add(list, one), 0);
    }
    one[9] = 'y';
    assert_int_equal(room_dial_list_add(list, one), -E2BIG); /* of bytes */
}

static void the_first_moderator_begins_it(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_that_calls(fixture, "sip:bob@x\nsip:nobody@x\nsip:carol@x", 0);
    struct fake_call guest, chair, other;
    connect_call(room, &guest);
    assert_string_equal(dialled, "");
    connect_call(room, &chair);
    fixture->story[0] = '\0';
    set_role(&chair, PARTICIPANT_MODERATOR);
    assert_string_equal(dialled, "sip:bob@x sip:nobody@x sip:carol@x ");
    assert_non_null(strstr(fixture->story, "dialled a"));
    connect_call(room, &other);
    set_role(&other, PARTICIPANT_MODERATOR); /* it has begun */
    assert_int_equal(count, 2);
    hang_all_up();
    end_call(&guest);
    end_call(&chair);
    end_call(&other);
    turn(fixture);
    connect_call(room, &chair); /* another conference */
    set_role(&chair, PARTICIPANT_MODERATOR);
    assert_int_equal(count, 2);
    hang_all_up();
    end_call(&chair);
}

static void who_is_in_is_not_called(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_that_calls(fixture, "sip:ann@example.com\nsip:bob@x", 0);
    struct fake_call call;
    connect_call(room, &call);
    assert_string_equal(participant_info(call.participant)->uri, "sip:ann@example.com");
    set_role(&call, PARTICIPANT_MODERATOR);
    assert_string_equal(dialled, "sip:bob@x ");
    hang_all_up();
    end_call(&call);
}

/* As if the time had come. */
static void let_open(struct fixture *fixture, struct room *room)
{
    assert_true(room->opening.place != 0);
    room->settings.opens_ns = clock_wall_ns();
    loop_timer_start(fixture->loop, &room->opening, 0, room->opening.on_due, room);
    while (room->opening.place)
        loop_run_once(fixture->loop, -1);
}

static void a_room_that_opens_calls_then_and_not_for_a_moderator(void **state)
{
    struct fixture *fixture = *state;
    struct room *room =
        room_that_calls(fixture, "sip:bob@x", clock_wall_ns() + 3600 * CLOCK_NS_PER_S);
    let_open(fixture, room);
    assert_string_equal(dialled, "sip:bob@x ");
    struct fake_call chair;
    connect_call(room, &chair);
    set_role(&chair, PARTICIPANT_MODERATOR);
    assert_int_equal(count, 1);
    hang_all_up();
    end_call(&chair);
}

static void what_changes_before_counts(void **state)
{
    struct fixture *fixture = *state;
    int64_t opens_ns = clock_wall_ns() + 3600 * CLOCK_NS_PER_S;
    struct room *room = room_that_calls(fixture, "", opens_ns);
    assert_int_equal(room->opening.place, 0);
    struct room_settings settings = *room_settings(room);
    snprintf(settings.dial_at_start, sizeof(settings.dial_at_start), "sip:bob@x");
    assert_int_equal(room_change(room, &settings), 0);
    assert_true(room->opening.place != 0);
    settings.opens_ns = 0;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(room->opening.place, 0);
    settings.opens_ns = opens_ns;
    assert_int_equal(room_change(room, &settings), 0);
    settings.dial_at_start[0] = '\0';
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(room->opening.place, 0);
    snprintf(settings.dial_at_start, sizeof(settings.dial_at_start), "sip:carol@x");
    assert_int_equal(room_change(room, &settings), 0);
    let_open(fixture, room);
    assert_string_equal(dialled, "sip:carol@x ");
    hang_all_up();
    settings.opens_ns = opens_ns;
    assert_int_equal(room_change(room, &settings), 0);
    settings.opens_ns = clock_wall_ns() - CLOCK_NS_PER_S; /* too late */
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(room->opening.place, 0);
    settings.opens_ns = opens_ns;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(room_list_delete(fixture->list, room), 0);
    turn(fixture);
    assert_string_equal(dialled, "");
}

static void delete_it(struct fixture *fixture, const struct room_event *event)
{
    if (event->kind == ROOM_EVENT_ROOM_DIALLED && !event->room->deleted)
        room_list_delete(fixture->list, event->room);
}

static void a_listener_may_delete_the_room(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = room_that_calls(fixture, "sip:bob@x\nsip:carol@x", 0);
    struct fake_call chair;
    connect_call(room, &chair);
    struct leg *leg = participant_leg(chair.participant);
    fixture->react = delete_it;
    set_role(&chair, PARTICIPANT_MODERATOR);
    assert_int_equal(chair.reason, PARTICIPANT_ROOM_DELETED);
    fake_bring_home(leg);
    turn(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_is_of_lines),
        TEST(the_first_moderator_begins_it),
        TEST(who_is_in_is_not_called),
        TEST(a_room_that_opens_calls_then_and_not_for_a_moderator),
        TEST(what_changes_before_counts),
        TEST(a_listener_may_delete_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
