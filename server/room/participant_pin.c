/* participant_pin.c - somebody at the door is asked for the PIN, and comes in or is hung up. */
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest that a prompt may keep a caller from the time-out, whoever has recorded it. */
enum { PROMPT_MS = 30000 };

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
    return has_pin && !participant->info.dialled_out && !participant->needs_no_pin;
}

/* ---- goodbye ---- */

static void hang_up(struct participant *participant)
{
    const struct room_door_place *place = participant->at_door;
    char detail[sizeof(place->detail)];
    snprintf(detail, sizeof(detail), "%s", place->detail);
    participant_end(participant, place->farewell, detail, true);
}

static void on_farewell_late(void *context)
{
    struct room_door_place *place = context;
    hang_up(place->participant);
}

/* Says @p said and goodbye, then hangs up. */
static void dismiss(struct participant *participant, enum participant_reason reason,
                    const char *detail, enum prompt said)
{
    struct room_door_place *place = participant->at_door;
    place->says_farewell = true;
    place->farewell = reason;
    snprintf(place->detail, sizeof(place->detail), "%s", detail);
    loop_timer_start(participant->room->list->config.loop, &place->timer, PROMPT_MS,
                     on_farewell_late, place);
    const enum prompt all[] = {said, PROMPT_GOODBYE};
    bool is_goodbye = said == PROMPT_GOODBYE;
    participant_say(participant, all + is_goodbye, 2 - is_goodbye, hang_up);
}

/* ---- in ---- */

static void refuse(struct participant *participant, enum room_refusal refusal)
{
    if (refusal == ROOM_REFUSED_LOCKED)
        dismiss(participant, PARTICIPANT_REFUSED, "room_locked", PROMPT_LOCKED);
    else if (refusal == ROOM_REFUSED_FULL)
        dismiss(participant, PARTICIPANT_REFUSED, "room_full", PROMPT_GOODBYE);
    else
        participant_kick(participant, PARTICIPANT_SHUTDOWN);
}

/* The door may have been closed while the PIN was entered. */
static void let_in(struct participant *participant, enum participant_role role)
{
    enum room_refusal refusal = room_ask(participant->room, ROOM_DOOR_PIN);
    if (refusal != ROOM_ADMITTED) {
        refuse(participant, refusal);
        return;
    }
    struct participant_info *info = &participant->info;
    info->role = role == PARTICIPANT_MODERATOR ? role : info->role;
    participant->is_announced_moderator = role == PARTICIPANT_MODERATOR;
    info->state = PARTICIPANT_MOVING;
    participant_pin_end(participant);
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_STATE);
}

/* ---- asked ---- */

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
    dismiss(place->participant, PARTICIPANT_PIN_TIMEOUT, "", PROMPT_PIN_TIMEOUT);
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
    place->entry.deadline_ns += PROMPT_MS * CLOCK_NS_PER_MS;
    wait_on(place);
    participant_say(participant, said + !was_wrong, 1 + was_wrong, on_told);
}

/* The PIN itself is in no line. */
static void note_wrong(struct participant *participant, const char *source)
{
    struct room *room = participant->room;
    pin_guard_note(&room->list->pin_guard, &room->wrong_pins, source, clock_monotonic_ns());
    log_warn("room", "room %s: a wrong PIN from <%s>, %u of %u tries left", room->name,
             participant->info.uri, participant->at_door->entry.tries,
             room->settings.pin_tries);
}

static bool is_guarded(struct participant *participant, const char *source)
{
    struct room *room = participant->room;
    if (pin_guard_allows(&room->list->pin_guard, &room->wrong_pins, source,
                         clock_monotonic_ns()))
        return false;
    log_warn("room", "room %s: too many wrong PINs, of <%s> or of all: not asked for a PIN",
             room->name, participant->info.uri);
    dismiss(participant, PARTICIPANT_WRONG_PIN, "too many wrong tries before",
            PROMPT_TOO_MANY_TRIES);
    return true;
}

void participant_pin_digit(struct participant *participant, char digit)
{
    struct room_door_place *place = participant->at_door;
    char source[PIN_GUARD_SOURCE_BYTES];
    if (place->says_farewell)
        return;
    pin_guard_source(participant->info.uri, source);
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
        dismiss(participant, PARTICIPANT_WRONG_PIN, "", PROMPT_TOO_MANY_TRIES);
        break;
    case PIN_ENTRY_TIMED_OUT:
    case PIN_ENTRY_MORE:
        wait_on(place);
    }
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
    pin_guard_source(admission->uri, source);
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

/* ---- to the door, and from it ---- */

static int make_place(struct participant *participant, const struct leg_plan *plan)
{
    struct room *room = participant->room;
    struct room_door_place *place = calloc(1, sizeof(*place));
    struct media_room_settings settings = {.loudest = 1};
    if (!place)
        return -ENOMEM;
    int err = media_room_create(room->list->media, &settings, &place->media_room);
    if (err == 0)
        err = media_join(place->media_room, participant->leg, plan, &LEG_MIX_OPEN);
    if (err < 0) {
        if (place->media_room)
            room_list_bury_place(room->list, place);
        else
            free(place);
        return err;
    }
    place->participant = participant;
    participant->at_door = place;
    return 0;
}

int participant_pin_begin(struct participant *participant, const struct leg_plan *plan)
{
    int err = make_place(participant, plan);
    if (err < 0)
        return err;
    struct participant_info *info = &participant->info;
    struct pin_entry_rules rules = rules_of(participant->room);
    char source[PIN_GUARD_SOURCE_BYTES];
    info->state = PARTICIPANT_PIN;
    info->on_hold = plan->held_by_far_end;
    log_info("room", "room %s: %s is asked for the PIN: \"%s\" <%s>", participant->room->name,
             info->id, info->display_name, info->uri);
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_STATE);
    if (info->state != PARTICIPANT_PIN) /* a listener has ended or moved it */
        return 0;
    pin_entry_begin(&participant->at_door->entry, &rules, clock_monotonic_ns());
    pin_guard_source(info->uri, source);
    if (!is_guarded(participant, source))
        ask(participant, false);
    return 0;
}

void participant_pin_end(struct participant *participant)
{
    struct room_door_place *place = participant->at_door;
    participant_hush(participant);
    loop_timer_stop(participant->room->list->config.loop, &place->timer);
    media_leave(participant->leg);
}
