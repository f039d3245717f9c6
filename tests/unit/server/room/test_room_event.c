/* test_room_event.c - every listener hears the same story in the same order. */
#include "server/room/room_event.h"

#include "server/room/room_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct ear {
    struct room_listener listener;
    char heard[4096];
    struct room_events *answer; /* raises '2' and '3' on '1' */
};

static void raise_digit(struct room_events *events, char digit)
{
    room_events_raise(
        events, &(struct room_event){.kind = ROOM_EVENT_PARTICIPANT_DIGIT, .digit = digit});
}

static void on_event(void *context, const struct room_event *event)
{
    struct ear *ear = context;
    if (ear->answer && event->digit == '1') {
        raise_digit(ear->answer, '2');
        raise_digit(ear->answer, '3');
    }
    size_t length = strlen(ear->heard);
    assert_true(length + 1 < sizeof(ear->heard));
    ear->heard[length] = event->digit;
    ear->heard[length + 1] = '\0';
}

static void add_ear(struct room_events *events, struct ear *ear)
{
    *ear = (struct ear){.listener = {.on_event = on_event, .context = ear}};
    room_events_listen(events, &ear->listener);
}

static void all_hear_in_order_though_one_acts(void **state)
{
    (void)state;
    struct room_events events = {0};
    struct ear first, second;
    add_ear(&events, &first);
    add_ear(&events, &second);
    first.answer = &events;
    raise_digit(&events, '1');
    raise_digit(&events, '4');
    assert_string_equal(first.heard, "1234");
    assert_string_equal(second.heard, "1234");
    room_events_finish(&events);
}

static void held_events_wait(void **state)
{
    (void)state;
    struct room_events events = {0};
    struct ear ear;
    add_ear(&events, &ear);
    ear.answer = &events;
    room_events_hold(&events);
    room_events_hold(&events);
    raise_digit(&events, '1');
    raise_digit(&events, '4');
    room_events_release(&events);
    assert_string_equal(ear.heard, "");
    room_events_release(&events);
    assert_string_equal(ear.heard, "1423");
    room_events_finish(&events);
}

static void many_can_wait(void **state)
{
    (void)state;
    struct room_events events = {0};
    struct ear ear;
    add_ear(&events, &ear);
    room_events_hold(&events);
    for (unsigned i = 0; i < 3000; i++)
        raise_digit(&events, (char)('a' + i % 26));
    room_events_release(&events);
    assert_int_equal(strlen(ear.heard), 3000);
    for (unsigned i = 0; i < 3000; i++)
        assert_int_equal(ear.heard[i], 'a' + i % 26);
    room_events_finish(&events);
}

static void words_are_the_apis(void **state)
{
    (void)state;
    assert_string_equal(room_event_word(ROOM_EVENT_ROOM_CREATED), "room_created");
    assert_string_equal(room_event_word(ROOM_EVENT_PARTICIPANT_ADDED), "participant_added");
    assert_string_equal(room_event_word(ROOM_EVENT_PARTICIPANT_JOINED), "participant_joined");
    for (enum room_event_kind kind = 0; kind <= ROOM_EVENT_PARTICIPANT_LEFT; kind++)
        assert_non_null(room_event_word(kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_hear_in_order_though_one_acts),
        cmocka_unit_test(held_events_wait),
        cmocka_unit_test(many_can_wait),
        cmocka_unit_test(words_are_the_apis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
