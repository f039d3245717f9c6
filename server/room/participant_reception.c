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

static void take(struct participant *participant);
static void on_late(void *context);

static void wait_on(struct room_door_place *place)
{
    int64_t left_ns = place->entry.deadline_ns - clock_monotonic_ns();
    loop_timer_start(place->participant->room->list->config.loop, &place->timer,
                     left_ns > 0 ? left_ns / CLOCK_NS_PER_MS + 1 : 0, on_late, place);
}

static void on_late(void *context)
{
    struct room_door_place *place = context;
    struct participant *participant = place->participant;
    struct pin_entry_rules rules = rules_of(participant->room);
    switch (pin_entry_time(&place->entry, &rules, clock_monotonic_ns())) {
    case PIN_ENTRY_WHOLE:
        take(participant);
        break;
    case PIN_ENTRY_TIMED_OUT:
        participant_hush(participant);
        participant_door_dismiss(participant, PARTICIPANT_MENU_TIMEOUT, "",
                                 PROMPT_NUMBER_TIMEOUT);
        break;
    default:
        wait_on(place);
    }
}

static void on_told(struct participant *participant)
{
    struct room_door_place *place = participant->at_door;
    struct pin_entry_rules rules = rules_of(participant->room);
    pin_entry_told(&place->entry, &rules, clock_monotonic_ns());
    wait_on(place);
}

static void ask(struct participant *participant, enum prompt first)
{
    const enum prompt said[] = {first, PROMPT_ENTER_NUMBER};
    struct room_door_place *place = participant->at_door;
    place->entry.deadline_ns += ROOM_PROMPT_MS * CLOCK_NS_PER_MS;
    wait_on(place);
    participant_say(participant, said, 2, on_told);
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

void participant_reception_ask(struct participant *participant)
{
    struct pin_entry_rules rules = rules_of(participant->room);
    pin_entry_begin(&participant->at_door->entry, &rules, clock_monotonic_ns());
    if (!is_guarded(participant))
        ask(participant, PROMPT_MENU_WELCOME);
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
        participant_door_refuse(participant, room_forward(participant, to));
    else
        note_wrong(participant, outcome == PIN_ENTRY_TOO_OFTEN);
}

void participant_reception_digit(struct participant *participant, char digit)
{
    struct room_door_place *place = participant->at_door;
    struct pin_entry_rules rules = rules_of(participant->room);
    if (place->says_farewell)
        return;
    participant_hush(participant);
    switch (pin_entry_digit(&place->entry, &rules, digit, clock_monotonic_ns())) {
    case PIN_ENTRY_WHOLE:
        take(participant);
        break;
    case PIN_ENTRY_TOO_OFTEN: /* of keys */
        note_wrong(participant, true);
        break;
    default:
        wait_on(place);
    }
}
