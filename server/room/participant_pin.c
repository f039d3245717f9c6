/* participant_pin.c - somebody at the door is asked for the PIN, and passes or is hung up. */
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <string.h>

static struct pin_entry_rules rules_of(const struct room *room)
{
    return (struct pin_entry_rules){
        .pin = room->settings.pin,
        .moderator_pin = room->settings.moderator_pin,
        .tries = room->settings.pin_tries,
        .timeout_ns = room->settings.pin_timeout_s * CLOCK_NS_PER_S,
    };
}

bool participant_pin_is_asked(const struct participant *participant)
{
    const struct room_settings *settings = &participant->room->settings;
    bool has_pin = settings->pin[0] || settings->moderator_pin[0];
    return has_pin && !participant->info.dialled_out && !participant->is_invited &&
           !participant->has_pin;
}

static void let_in(struct participant *participant, enum participant_role role)
{
    struct participant_info *info = &participant->info;
    info->role = role == PARTICIPANT_MODERATOR ? role : info->role;
    participant->is_announced_moderator = role == PARTICIPANT_MODERATOR;
    participant->has_pin = true;
    participant_door_pass(participant);
}

/* ---- asked ---- */

/* Where it comes from; what it says of itself only if that is not known. */
static void source_of(const char *address, const char *uri, char out[PIN_GUARD_SOURCE_BYTES])
{
    if (!address || !pin_guard_network(address, out))
        pin_guard_source(uri, out);
}

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
    if (pin_entry_time(&place->entry, clock_monotonic_ns()) != PIN_ENTRY_TIMED_OUT) {
        wait_on(place);
        return;
    }
    participant_hush(place->participant);
    participant_door_dismiss(place->participant, PARTICIPANT_PIN_TIMEOUT, "",
                             PROMPT_PIN_TIMEOUT);
}

static void on_told(struct participant *participant)
{
    struct room_door_place *place = participant->at_door;
    struct pin_entry_rules rules = rules_of(participant->room);
    pin_entry_told(&place->entry, &rules, clock_monotonic_ns());
    wait_on(place);
}

static void ask(struct participant *participant, bool was_wrong)
{
    const enum prompt said[] = {PROMPT_WRONG_PIN, PROMPT_ENTER_PIN};
    struct room_door_place *place = participant->at_door;
    place->entry.deadline_ns += ROOM_PROMPT_MS * CLOCK_NS_PER_MS;
    wait_on(place);
    participant_say(participant, said + !was_wrong, 1 + was_wrong, on_told);
}

/* The PIN itself is in no line. */
static void note_wrong(struct participant *participant, const char *source)
{
    struct room *room = participant->room;
    pin_guard_note(&room->list->pin_guard, &room->wrong_pins, source, clock_monotonic_ns());
    log_call_warn("room", participant->info.id,
                  "room %s: a wrong PIN from <%s>, %u of %u tries left", room->name,
                  participant->info.uri, participant->at_door->entry.tries,
                  room->settings.pin_tries);
}

static bool is_guarded(struct participant *participant, const char *source)
{
    struct room *room = participant->room;
    if (pin_guard_allows(&room->list->pin_guard, &room->wrong_pins, source,
                         clock_monotonic_ns()))
        return false;
    log_call_warn("room", participant->info.id,
                  "room %s: too many wrong PINs, of <%s> or of all: not asked for a PIN",
                  room->name, participant->info.uri);
    participant_door_dismiss(participant, PARTICIPANT_WRONG_PIN, "too many wrong tries before",
                             PROMPT_TOO_MANY_TRIES);
    return true;
}

void participant_pin_digit(struct participant *participant, char digit)
{
    struct room_door_place *place = participant->at_door;
    char source[PIN_GUARD_SOURCE_BYTES];
    if (place->says_farewell)
        return;
    source_of(participant->source, participant->info.uri, source);
    participant_hush(participant);
    if (is_guarded(participant, source))
        return;
    struct pin_entry_rules rules = rules_of(participant->room);
    switch (pin_entry_digit(&place->entry, &rules, digit, clock_monotonic_ns())) {
    case PIN_ENTRY_GUEST:
        let_in(participant, PARTICIPANT_GUEST);
        break;
    case PIN_ENTRY_MODERATOR:
        let_in(participant, PARTICIPANT_MODERATOR);
        break;
    case PIN_ENTRY_WRONG:
        note_wrong(participant, source);
        if (!is_guarded(participant, source))
            ask(participant, true);
        break;
    case PIN_ENTRY_TOO_OFTEN:
        note_wrong(participant, source);
        participant_door_dismiss(participant, PARTICIPANT_WRONG_PIN, "", PROMPT_TOO_MANY_TRIES);
        break;
    case PIN_ENTRY_TIMED_OUT:
    case PIN_ENTRY_MORE:
        wait_on(place);
    }
}

void participant_pin_ask(struct participant *participant)
{
    struct pin_entry_rules rules = rules_of(participant->room);
    char source[PIN_GUARD_SOURCE_BYTES];
    pin_entry_begin(&participant->at_door->entry, &rules, clock_monotonic_ns());
    source_of(participant->source, participant->info.uri, source);
    if (!is_guarded(participant, source))
        ask(participant, false);
}

/* ---- typed before ---- */

enum room_refusal room_judge_pin(struct room *room, const struct room_admission *admission,
                                 enum participant_role *role)
{
    const struct pin_entry_rules rules = rules_of(room);
    char source[PIN_GUARD_SOURCE_BYTES];
    const int64_t now_ns = clock_monotonic_ns();
    if (!rules.pin[0] && !rules.moderator_pin[0])
        return ROOM_ADMITTED;
    if (!admission->pin || !admission->pin[0])
        return ROOM_REFUSED_PIN_MISSING;
    source_of(admission->source, admission->uri, source);
    if (!pin_guard_allows(&room->list->pin_guard, &room->wrong_pins, source, now_ns)) {
        log_warn("room", "room %s: too many wrong PINs, of <%s> or of all: none is looked at",
                 room->name, admission->uri);
        return ROOM_REFUSED_PIN_TOO_OFTEN;
    }
    switch (pin_entry_judge(admission->pin, &rules)) {
    case PIN_ENTRY_MODERATOR:
        *role = PARTICIPANT_MODERATOR;
        return ROOM_ADMITTED;
    case PIN_ENTRY_GUEST:
        return ROOM_ADMITTED;
    default:
        pin_guard_note(&room->list->pin_guard, &room->wrong_pins, source, now_ns);
        log_warn("room", "room %s: a wrong PIN from <%s>", room->name, admission->uri);
        return ROOM_REFUSED_PIN_WRONG;
    }
}
