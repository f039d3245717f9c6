/* participant_pin.c - somebody at the door is asked for the PIN, and passes or is hung up. */
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <stdio.h>
#include <string.h>

static struct pin_entry_rules rules_of(const struct room *room)
{
    return (struct pin_entry_rules){
        .length = pin_hash_length(room->settings.pin),
        .moderator_length = pin_hash_length(room->settings.moderator_pin),
        .tries = room->settings.pin_tries,
        .timeout_ns = room->settings.pin_timeout_s * CLOCK_NS_PER_S,
    };
}

static bool has_pin(const struct room *room)
{
    return room->settings.pin[0] || room->settings.moderator_pin[0];
}

bool participant_pin_is_asked(const struct participant *participant)
{
    return has_pin(participant->room) && !participant->info.dialled_out &&
           !participant->is_invited && !participant->has_pin;
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

void participant_pin_source(const struct participant *participant,
                            char out[PIN_GUARD_SOURCE_BYTES])
{
    if (participant->is_by_trunk)
        pin_guard_caller(participant->info.uri, out);
    else
        source_of(participant->source, participant->info.uri, out);
}

static void ask(struct participant *participant, bool was_wrong)
{
    const enum prompt said[] = {PROMPT_WRONG_PIN, PROMPT_ENTER_PIN};
    participant_question_say(participant, said + !was_wrong, 1 + was_wrong);
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

/* ---- judged ---- */

static void judge(struct participant *participant);

/* What comes of the digits, now that it is known which PIN they are. */
static void settle(struct participant *participant, int fits)
{
    char source[PIN_GUARD_SOURCE_BYTES];
    participant_pin_source(participant, source);
    if (is_guarded(participant, source)) /* others were wrong while these were judged */
        return;
    switch (pin_entry_judged(&participant->at_door->entry, fits & 1 << PIN_OF_GUESTS,
                             fits & 1 << PIN_OF_MODERATORS)) {
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
    default:
        note_wrong(participant, source);
        participant_door_dismiss(participant, PARTICIPANT_WRONG_PIN, "", PROMPT_TOO_MANY_TRIES);
    }
}

static void give_up(struct participant *participant)
{
    log_call_warn("room", participant->info.id, "room %s: a PIN could not be judged",
                  participant->room->name);
    participant_door_dismiss(participant, PARTICIPANT_FAILED, "the PIN could not be judged",
                             PROMPT_GOODBYE);
}

static void on_judged(struct pin_job *job)
{
    struct room_door_place *place = job->context;
    int fits = job->result;
    bool is_of_now = place && pin_job_is_of(job, place->participant->room->settings.pin,
                                            place->participant->room->settings.moderator_pin);
    pin_job_destroy(job);
    if (!place)
        return;
    place->judging = NULL;
    if (place->says_farewell || place->participant->info.state != PARTICIPANT_PIN)
        return;
    if (!is_of_now) /* they were changed meanwhile */
        judge(place->participant);
    else if (fits < 0)
        give_up(place->participant);
    else
        settle(place->participant, fits);
}

static void judge(struct participant *participant)
{
    struct room_door_place *place = participant->at_door;
    struct room *room = participant->room;
    struct pin_job *job = pin_job_create(PIN_JOB_JUDGE, on_judged, place);
    loop_timer_stop(room->list->config.loop, &place->timer);
    if (job) {
        memcpy(job->typed[0], place->entry.digits, sizeof(place->entry.digits));
        pin_job_keep(job, room->settings.pin, room->settings.moderator_pin);
    }
    if (job && pin_desk_push(room->list->pin_desk, job) == 0) {
        place->judging = job;
        return;
    }
    pin_job_destroy(job);
    give_up(participant);
}

void participant_pin_update(struct room *room)
{
    struct participant *next;
    for (struct participant *at = room->first; at; at = next) {
        next = at->next;
        bool is_asked = at->info.state == PARTICIPANT_PIN && !at->at_door->says_farewell;
        if (is_asked && !participant_pin_is_asked(at))
            participant_door_pass(at);
    }
}

void participant_pin_leave(struct room_door_place *place)
{
    if (place->judging)
        place->judging->context = NULL;
    place->judging = NULL;
}

/* Keys that are pressed while others are judged are lost: it takes milliseconds. */
void participant_pin_digit(struct participant *participant, char digit)
{
    struct room_door_place *place = participant->at_door;
    char source[PIN_GUARD_SOURCE_BYTES];
    if (place->says_farewell || place->judging)
        return;
    participant_pin_source(participant, source);
    participant_hush(participant);
    if (is_guarded(participant, source))
        return;
    participant_question_digit(participant, digit);
}

static void on_too_many_keys(struct participant *participant)
{
    char source[PIN_GUARD_SOURCE_BYTES];
    participant_pin_source(participant, source);
    note_wrong(participant, source);
    participant_door_dismiss(participant, PARTICIPANT_WRONG_PIN, "", PROMPT_TOO_MANY_TRIES);
}

static const struct door_question question = {
    .rules_of = rules_of,
    .on_whole = judge,
    .on_too_many_keys = on_too_many_keys,
    .late = PARTICIPANT_PIN_TIMEOUT,
    .late_prompt = PROMPT_PIN_TIMEOUT,
};

void participant_pin_ask(struct participant *participant)
{
    char source[PIN_GUARD_SOURCE_BYTES];
    participant_question_begin(participant, &question);
    participant_pin_source(participant, source);
    if (!is_guarded(participant, source))
        ask(participant, false);
}

/* ---- typed before ---- */

static bool is_typed(const struct room_admission *admission)
{
    return admission->pin && admission->pin[0];
}

static bool is_looked_at(struct room *room, const struct room_admission *admission,
                         char source[PIN_GUARD_SOURCE_BYTES])
{
    source_of(admission->source, admission->uri, source);
    return pin_guard_allows(&room->list->pin_guard, &room->wrong_pins, source,
                            clock_monotonic_ns());
}

bool room_has_to_judge(struct room *room, const struct room_admission *admission)
{
    char source[PIN_GUARD_SOURCE_BYTES];
    const struct pin_job *judged = admission->judged;
    bool is_judged =
        judged && pin_job_is_of(judged, room->settings.pin, room->settings.moderator_pin);
    return has_pin(room) && !is_judged && is_typed(admission) &&
           strlen(admission->pin) < PIN_BYTES && is_looked_at(room, admission, source) &&
           room_ask(room, ROOM_DOOR_DIALLED_IN, false) == ROOM_ADMITTED;
}

int room_judge(struct room *room, const char *pin, struct pin_job *job)
{
    snprintf(job->typed[0], sizeof(job->typed[0]), "%s", pin);
    pin_job_keep(job, room->settings.pin, room->settings.moderator_pin);
    return pin_desk_push(room->list->pin_desk, job);
}

enum room_refusal participant_pin_typed(struct room *room,
                                        const struct room_admission *admission,
                                        enum participant_role *role)
{
    const struct pin_job *judged = admission->judged;
    char source[PIN_GUARD_SOURCE_BYTES];
    if (!has_pin(room))
        return ROOM_ADMITTED;
    if (!is_typed(admission))
        return ROOM_REFUSED_PIN_MISSING;
    if (!is_looked_at(room, admission, source)) {
        log_warn("room", "room %s: too many wrong PINs, of <%s> or of all: none is looked at",
                 room->name, admission->uri);
        return ROOM_REFUSED_PIN_TOO_OFTEN;
    }
    int fits = judged ? judged->result : 0; /* not judged: it cannot be one */
    if (fits < 0) {
        log_warn("room", "room %s: a PIN could not be judged", room->name);
        return ROOM_REFUSED_PIN_UNJUDGED;
    }
    if (fits > 0) {
        if (fits & 1 << PIN_OF_MODERATORS)
            *role = PARTICIPANT_MODERATOR;
        return ROOM_ADMITTED;
    }
    pin_guard_note(&room->list->pin_guard, &room->wrong_pins, source, clock_monotonic_ns());
    log_warn("room", "room %s: a wrong PIN from <%s>", room->name, admission->uri);
    return ROOM_REFUSED_PIN_WRONG;
}
