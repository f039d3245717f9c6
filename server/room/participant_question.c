/* participant_question.c - digits and time of somebody who is asked at the door for a number.
 */
#include "mixer/base/clock.h"
#include "server/room/room_internal.h"

static struct pin_entry_rules rules_of(const struct room_door_place *place)
{
    return place->question->rules_of(place->participant->room);
}

static void take(struct room_door_place *place, enum pin_entry_outcome outcome);

static void on_late(void *context)
{
    struct room_door_place *place = context;
    const struct pin_entry_rules rules = rules_of(place);
    take(place, pin_entry_time(&place->entry, &rules, clock_monotonic_ns()));
}

static void wait_on(struct room_door_place *place)
{
    const int64_t left_ns = place->entry.deadline_ns - clock_monotonic_ns();
    loop_timer_start(place->participant->room->list->config.loop, &place->timer,
                     left_ns > 0 ? left_ns / CLOCK_NS_PER_MS + 1 : 0, on_late, place);
}

static void take(struct room_door_place *place, enum pin_entry_outcome outcome)
{
    const struct door_question *question = place->question;
    switch (outcome) {
    case PIN_ENTRY_WHOLE:
        question->on_whole(place->participant);
        break;
    case PIN_ENTRY_TOO_OFTEN:
        question->on_too_many_keys(place->participant);
        break;
    case PIN_ENTRY_TIMED_OUT:
        participant_hush(place->participant);
        participant_door_dismiss(place->participant, question->late, "", question->late_prompt);
        break;
    default:
        wait_on(place);
    }
}

static void on_told(struct participant *participant)
{
    struct room_door_place *place = participant->at_door;
    const struct pin_entry_rules rules = rules_of(place);
    pin_entry_told(&place->entry, &rules, clock_monotonic_ns());
    wait_on(place);
}

void participant_question_begin(struct participant *participant,
                                const struct door_question *question)
{
    struct room_door_place *place = participant->at_door;
    place->question = question;
    const struct pin_entry_rules rules = rules_of(place);
    pin_entry_begin(&place->entry, &rules, clock_monotonic_ns());
}

void participant_question_say(struct participant *participant, const enum prompt *said,
                              unsigned count)
{
    struct room_door_place *place = participant->at_door;
    place->entry.deadline_ns += ROOM_PROMPT_MS * CLOCK_NS_PER_MS;
    wait_on(place);
    participant_say(participant, said, count, on_told);
}

void participant_question_digit(struct participant *participant, char digit)
{
    struct room_door_place *place = participant->at_door;
    const struct pin_entry_rules rules = rules_of(place);
    take(place, pin_entry_digit(&place->entry, &rules, digit, clock_monotonic_ns()));
}
