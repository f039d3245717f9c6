/*
 * room_fixture.h - a room_list on the fake engine, calls that can be hung up, and the story
 * that the events tell, as text: "added a; joined a; left a kicked; ".
 *
 * Included once per test program.
 */
#ifndef TESTS_UNIT_SERVER_ROOM_ROOM_FIXTURE_H
#define TESTS_UNIT_SERVER_ROOM_ROOM_FIXTURE_H

#include "tests/unit/server/room/fake_media.h"

#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <stdio.h>
#include <string.h>

struct fake_call {
    struct participant *participant;
    unsigned hung_up;
    enum participant_reason reason;
};

struct fixture {
    struct loop *loop;
    struct room_list *list;
    struct room_listener listener;
    char story[2048];
    void (*react)(struct fixture *fixture,
                  const struct room_event *event); /* before it is told */
};

static inline void hang_up(void *call, enum participant_reason reason)
{
    struct fake_call *fake_call = call;
    assert_non_null(fake_call->participant);
    fake_call->participant = NULL;
    fake_call->hung_up++;
    fake_call->reason = reason;
}

static const struct participant_link fake_link = {.hang_up = hang_up};

static inline void tell_story(struct fixture *fixture, const struct room_event *event)
{
    const char *word = room_event_word(event->kind);
    const char *end = strrchr(word, '_') + 1;
    const struct participant_info *info =
        event->participant ? participant_info(event->participant) : NULL;
    const char *detail = "";
    char digit[2] = {event->digit, '\0'};
    if (event->kind == ROOM_EVENT_PARTICIPANT_LEFT)
        detail = participant_reason_word(info->reason);
    if (event->kind == ROOM_EVENT_PARTICIPANT_STATE)
        detail = participant_state_word(info->state);
    if (event->kind == ROOM_EVENT_PARTICIPANT_TALKING)
        detail = info->talking ? "yes" : "no";
    if (event->kind == ROOM_EVENT_PARTICIPANT_DIGIT)
        detail = digit;
    if (event->kind == ROOM_EVENT_ROOM_SPEAKER && info)
        detail = info->display_name;
    if (event->kind == ROOM_EVENT_PLAY_ENDED)
        detail = room_play_ending_word(room_play_info(event->play)->ending);
    if (event->kind == ROOM_EVENT_PARTICIPANT_TYPING)
        detail = info->typing ? "yes" : "no";
    if (event->offer)
        detail = room_offer_word(room_offer_info(event->offer)->state);
    if (event->message) {
        end = event->kind == ROOM_EVENT_MESSAGE ? "message" : end;
        detail = event->message->text;
    }
    size_t length = strlen(fixture->story);
    snprintf(fixture->story + length, sizeof(fixture->story) - length, "%s%s %s%s%s; ",
             info || event->message ? ""
             : event->play          ? "play "
                                    : "room ",
             end, room_name(event->room), detail[0] ? " " : "", detail);
}

static inline void on_event(void *context, const struct room_event *event)
{
    struct fixture *fixture = context;
    if (fixture->react)
        fixture->react(fixture, event);
    tell_story(fixture, event);
}

static const struct room_settings plain_settings = {
    .max_participants = 100,
    .loudest = 8,
    .pin_tries = 3,
    .pin_timeout_s = 15,
    .language = LANGUAGE_DEFAULT,
    .allow_unmute = true,
    .video = {.width = 1280, .height = 720, .fps = 30, .bitrate_kbps = 2000}};

/* "": none. */
static inline void set_pins(struct room_settings *settings, const char *pin,
                            const char *moderator_pin)
{
    settings->pin[0] = settings->moderator_pin[0] = '\0';
    if (pin[0])
        assert_int_equal(pin_hash_make(pin, "", settings->pin), 0);
    if (moderator_pin[0])
        assert_int_equal(pin_hash_make(moderator_pin, settings->pin, settings->moderator_pin),
                         0);
}

/* Waits until all PINs are judged. */
static inline void fixture_judge(const struct room_list *list)
{
    while (pin_desk_waiting(list->pin_desk))
        loop_run_once(list->config.loop, -1);
}

static inline struct room_list_config fixture_config(struct fixture *fixture)
{
    return (struct room_list_config){
        .loop = fixture->loop,
        .auto_create = true,
        .max_rooms = 20000,
        .defaults = plain_settings,
        .chat = {.most = 5, .text_bytes = 200, .is_kept = true},
        .leg = {.jitter_ms = 40, .cname = "raduno@test"},
    };
}

static inline void fixture_open(struct fixture *fixture, const struct room_list_config *config)
{
    assert_int_equal(room_list_create(config, &fixture->list), 0);
    fixture->listener = (struct room_listener){.on_event = on_event, .context = fixture};
    room_list_listen(fixture->list, &fixture->listener);
}

static inline int fixture_setup(void **state)
{
    memset(&fake, 0, sizeof(fake));
    memset(&fake_video, 0, sizeof(fake_video));
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->loop = loop_create();
    assert_non_null(fixture->loop);
    struct room_list_config config = fixture_config(fixture);
    fixture_open(fixture, &config);
    *state = fixture;
    return 0;
}

/* Runs the loop until the sweep has been. */
static inline void turn(struct fixture *fixture)
{
    while (fixture->list->sweep.timer.place)
        loop_run_once(fixture->loop, -1);
}

/* Ends what the test left, as the engine would. */
static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    fixture->react = NULL;
    turn(fixture);
    assert_true(room_list_is_idle(fixture->list));
    room_list_destroy(fixture->list);
    assert_int_equal(fake.legs, 0);
    assert_int_equal(fake.rooms, 0);
    loop_destroy(fixture->loop);
    free(fixture);
    return 0;
}

static inline struct room *add_room(struct fixture *fixture, const char *name)
{
    struct room *room = NULL;
    assert_int_equal(room_list_add(fixture->list, name, &plain_settings, &room), 0);
    return room;
}

static inline enum room_refusal admit(struct room *room, struct fake_call *call)
{
    *call = (struct fake_call){0};
    struct room_admission admission = {
        .display_name = "Ann", .uri = "sip:ann@example.com", .link = &fake_link, .call = call};
    return room_admit(room, &admission, &call->participant);
}

/* From the door into the mix. */
static inline struct participant *connect_call(struct room *room, struct fake_call *call)
{
    assert_int_equal(admit(room, call), ROOM_ADMITTED);
    struct leg_plan plan = {.codec_count = 1, .ptime_ms = 20};
    assert_int_equal(participant_open_leg(call->participant, AF_INET), 0);
    assert_int_equal(participant_connect(call->participant, &plan, NULL), 0);
    return call->participant;
}

/* The far end says BYE, and the engine lets go. */
static inline void end_call(struct fake_call *call)
{
    struct participant *participant = call->participant;
    struct leg *leg = participant_leg(participant);
    call->participant = NULL;
    participant_left(participant, PARTICIPANT_HUNG_UP, NULL);
    if (leg && participant_leg(participant))
        fake_bring_home(leg);
}

/* The story since the last time. */
#define assert_story(fixture, expected)                                                        \
    do {                                                                                       \
        assert_string_equal((fixture)->story, expected);                                       \
        (fixture)->story[0] = '\0';                                                            \
    } while (0)

#endif
