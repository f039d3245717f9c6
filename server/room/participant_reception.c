/* participant_reception.c - a caller of no room yet is asked for the number of one. */
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"
#include "server/room/room_number.h"

/* Of any length: # or a pause ends it. */
static struct pin_entry_rules rules_of(const struct room *room)
{
    return (struct pin_entry_rules){
        .length = PIN_ENTRY_BYTES - 1,
        .is_of_any_length = true,
        .tries = room->settings.pin_tries,
        .timeout_ns = room->settings.pin_timeout_s * CLOCK_NS_PER_S,
    };
}

/* ---- asked ---- */

static void ask(struct participant *participant, enum prompt first)
{
    const enum prompt said[] = {first, PROMPT_ENTER_NUMBER};
    participant_question_say(participant, said, 2);
}

static bool is_guarded(struct participant *participant)
{
    struct room_list *list = participant->room->list;
    char source[PIN_GUARD_SOURCE_BYTES];
    participant_pin_source(participant, source);
    if (pin_guard_allows(&list->pin_guard, &list->wrong_numbers, source, clock_monotonic_ns()))
        return false;
    log_call_warn("room", participant->info.id,
                  "menu: too many wrong numbers or PINs, of <%s> or of all: not asked",
                  participant->info.uri);
    participant_door_dismiss(participant, PARTICIPANT_WRONG_NUMBER,
                             "too many wrong tries before", PROMPT_TOO_MANY_TRIES);
    return true;
}

/* ---- answered ---- */

static void note_wrong(struct participant *participant, bool is_last)
{
    struct room_list *list = participant->room->list;
    char source[PIN_GUARD_SOURCE_BYTES];
    participant_pin_source(participant, source);
    pin_guard_note(&list->pin_guard, &list->wrong_numbers, source, clock_monotonic_ns());
    log_call_warn("room", participant->info.id, "menu: no such number from <%s>",
                  participant->info.uri);
    if (is_last)
        participant_door_dismiss(participant, PARTICIPANT_WRONG_NUMBER, "",
                                 PROMPT_TOO_MANY_TRIES);
    else if (!is_guarded(participant))
        ask(participant, PROMPT_WRONG_NUMBER);
}

/* What was keyed is whole. */
static void take(struct participant *participant)
{
    struct pin_entry *entry = &participant->at_door->entry;
    if (is_guarded(participant)) /* others were wrong while this was keyed */
        return;
    struct room *to = room_number_find(participant->room->list, entry->digits);
    enum pin_entry_outcome outcome = pin_entry_judged(entry, to != NULL, false);
    if (to)
        participant_door_refuse(participant, room_forward(participant, to, NULL, NULL));
    else
        note_wrong(participant, outcome == PIN_ENTRY_TOO_OFTEN);
}

static void on_too_many_keys(struct participant *participant)
{
    note_wrong(participant, true);
}

static const struct door_question question = {
    .rules_of = rules_of,
    .on_whole = take,
    .on_too_many_keys = on_too_many_keys,
    .late = PARTICIPANT_MENU_TIMEOUT,
    .late_prompt = PROMPT_NUMBER_TIMEOUT,
};

void participant_reception_digit(struct participant *participant, char digit)
{
    if (participant->at_door->says_farewell)
        return;
    participant_hush(participant);
    participant_question_digit(participant, digit);
}

void participant_reception_ask(struct participant *participant)
{
    participant_question_begin(participant, &question);
    if (!is_guarded(participant))
        ask(participant, PROMPT_MENU_WELCOME);
}
