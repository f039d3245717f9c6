/* room.c - settings, who is in, and the door. */
#include "server/room/room.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

bool room_name_is_valid(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strnlen(name, ROOM_NAME_BYTES);
    bool is_international = name[0] == '+';
    return length > is_international && length < ROOM_NAME_BYTES && name[0] != '.' &&
           strspn(name + is_international, allowed) == length - is_international;
}

const char *room_name(const struct room *room)
{
    return room->name;
}

const struct room_settings *room_settings(const struct room *room)
{
    return &room->settings;
}

bool room_is_persistent(const struct room *room)
{
    return room->persistent;
}

int64_t room_created_ns(const struct room *room)
{
    return room->created_ns;
}

struct participant *room_speaker(const struct room *room)
{
    return room->speaker;
}

void room_set_speaker(struct room *room, struct participant *participant)
{
    if (room->speaker == participant)
        return;
    room->speaker = participant;
    if (participant)
        participant_video_talks(participant);
    room_raise(room, ROOM_EVENT_ROOM_SPEAKER, participant);
}

void room_speaker_gone(struct participant *participant)
{
    if (participant->room->speaker == participant)
        room_set_speaker(participant->room, NULL);
}

unsigned room_participant_count(const struct room *room)
{
    return room->participants;
}

unsigned room_waiting_count(const struct room *room)
{
    return room->waiting;
}

struct participant *room_first(const struct room *room)
{
    return room->first;
}

struct participant *room_next(const struct participant *participant)
{
    return participant->next;
}

struct participant *room_find(const struct room *room, const char *id)
{
    struct participant *participant = room->first;
    while (participant && strcmp(participant->info.id, id) != 0)
        participant = participant->next;
    return participant;
}

void room_link(struct room *room, struct participant *participant)
{
    participant->room = room;
    participant->previous = room->last;
    participant->next = NULL;
    if (room->last)
        room->last->next = participant;
    else
        room->first = participant;
    room->last = participant;
    room->participants++;
    room->list->participants++;
    room_clock_update(room);
}

/* participant->room stays: its last event still belongs there. */
void room_unlink(struct participant *participant)
{
    struct room *room = participant->room;
    room_offers_participant_gone(participant);
    if (participant->previous)
        participant->previous->next = participant->next;
    else
        room->first = participant->next;
    if (participant->next)
        participant->next->previous = participant->previous;
    else
        room->last = participant->previous;
    participant->previous = participant->next = NULL;
    participant_leave_circles(participant);
    room->participants--;
    room->list->participants--;
    room_clock_update(room);
    room_sweep_suspect(room);
}

void room_raise(struct room *room, enum room_event_kind kind, struct participant *participant)
{
    struct room_event event = {.kind = kind, .room = room, .participant = participant};
    room_events_raise(&room->list->events, &event);
}

int room_change(struct room *room, const struct room_settings *settings)
{
    ASSERT_CONTROL();
    assert(room_settings_are_valid(settings));
    struct room_settings clean = *settings;
    room_text_clean(clean.display_name, sizeof(clean.display_name), settings->display_name);
    if (room->deleted || room_settings_equal(&clean, &room->settings))
        return 0;
    if (!room_number_is_free(room, clean.number))
        return -EADDRINUSE;
    int err = name_index_reserve(&room->list->numbers);
    if (err == 0 && room->persistent)
        err = room_settings_save(room, &clean);
    if (err < 0)
        return err;
    bool voices_differ = clean.level_voices != room->settings.level_voices ||
                         clean.suppress_noise != room->settings.suppress_noise;
    bool right_differs = clean.may_present != room->settings.may_present;
    bool pictures_differ = !room_video_equal(&clean.video, &room->settings.video);
    room_number_remove(room);
    room->settings = clean;
    room_number_insert(room);
    for (struct participant *at = room->first; at && voices_differ; at = at->next)
        participant_mix_update(at);
    struct media_room_settings media = room_settings_to_media(&clean);
    if (room->media_room)
        media_room_change(room->media_room, &media);
    if (pictures_differ)
        room_film_change(room);
    log_info("room", "room %s: changed%s", room->name, clean.locked ? ", locked" : "");
    room->music_is_over = false;
    room_clock_update(room);
    room_dial_list_update(room);
    room_events_hold(&room->list->events);
    room_raise(room, ROOM_EVENT_ROOM_CHANGED, NULL);
    for (struct participant *at = room->first; at && right_differs; at = at->next) {
        if (participant_video_right(at))
            participant_raise(at, ROOM_EVENT_PARTICIPANT_CHANGED);
    }
    room_music_update(room);
    room_recording_update(room, ROOM_RECORDING_TOLD_TO_ALL);
    participant_pin_update(room);
    participant_lobby_update(room);
    room_events_release(&room->list->events);
    return 0;
}

/* ---- the door ---- */

unsigned room_opens_in_s(const struct room *room)
{
    int64_t ns = room->settings.opens_ns - clock_wall_ns();
    return ns <= 0 ? 0 : (unsigned)(ns / CLOCK_NS_PER_S % UINT32_MAX) + 1;
}

static struct room_policy_case case_of(const struct room *room, enum room_door door)
{
    return (struct room_policy_case){
        .door = door,
        .now_ns = clock_wall_ns(),
        .opens_ns = room->settings.opens_ns,
        .ends_ns = room_ends_ns(room),
        .draining = room->list->draining,
        .deleted = room->deleted,
        .locked = room->settings.locked,
        .has_moved = room->settings.moved_to[0] != '\0',
        .participants = room->participants,
        .max_participants = room->settings.max_participants,
        .waiting = room->waiting,
        .max_waiting = room->settings.max_waiting,
        .srtp = room->settings.srtp,
    };
}

enum room_refusal room_ask(const struct room *room, enum room_door door, bool waits)
{
    struct room_policy_case at_the_door = case_of(room, door);
    at_the_door.waits = waits;
    return room_policy_admit(&at_the_door);
}

/* The PIN, if it was typed before; and is there a place in the lobby? */
static enum room_refusal ask_who(struct room *room, const struct room_admission *admission,
                                 enum participant_role *role)
{
    const struct room_settings *settings = &room->settings;
    struct room_policy_case at_the_door = case_of(room, ROOM_DOOR_DIALLED_IN);
    at_the_door.banned =
        room_bans_meet(&room->bans, admission->uri, admission->source ? admission->source : "");
    enum room_refusal refusal = room_policy_admit(&at_the_door);
    if (refusal == ROOM_ADMITTED && admission->types_pin)
        refusal = participant_pin_typed(room, admission, role);
    bool is_asked = !admission->types_pin && (settings->pin[0] || settings->moderator_pin[0]);
    if (refusal == ROOM_ADMITTED && !is_asked &&
        room_policy_waits(settings->lobby, *role, admission->is_known))
        refusal = room_ask(room, ROOM_DOOR_DIALLED_IN, true);
    return refusal;
}

enum room_refusal room_admit(struct room *room, const struct room_admission *admission,
                             struct participant **participant)
{
    ASSERT_CONTROL();
    enum participant_role role = PARTICIPANT_GUEST;
    enum room_refusal refusal = ask_who(room, admission, &role);
    if (refusal != ROOM_ADMITTED)
        return refusal;
    struct participant *guest = participant_create(room, PARTICIPANT_CONNECTING, admission->id,
                                                   admission->uri, admission->display_name);
    if (!guest)
        return ROOM_REFUSED_NO_MEMORY;
    participant_set_call(guest, admission->link, admission->call);
    guest->has_pin = admission->types_pin;
    guest->is_known = admission->is_known;
    guest->is_by_trunk = admission->is_by_trunk;
    participant_set_attributes(guest, admission->attributes);
    snprintf(guest->source, sizeof(guest->source), "%s",
             admission->source ? admission->source : "");
    guest->info.role = role;
    guest->is_announced_moderator = role == PARTICIPANT_MODERATOR;
    guest->refusal = admission->refusal;
    guest->prompts = admission->refused_by ? room_prompts(admission->refused_by) : NULL;
    guest->own_prompts =
        admission->language ? room_list_prompts(room->list, admission->language) : NULL;
    room_link(room, guest);
    *participant = guest; /* before the event: a listener may end it, and the call forget it */
    participant_raise(guest, ROOM_EVENT_PARTICIPANT_ADDED);
    return ROOM_ADMITTED;
}

static int refusal_error(enum room_refusal refusal)
{
    return refusal == ROOM_REFUSED_FULL   ? -EUSERS
           : refusal == ROOM_REFUSED_OVER ? -ETIME
                                          : -ESHUTDOWN; /* draining, or being deleted */
}

int room_dial(struct room *room, const struct room_dial *request,
              struct participant **participant)
{
    ASSERT_CONTROL();
    const struct room_dialer *dialer = room->list->dialer;
    if (!dialer)
        return -ENOSYS;
    if (room->is_reception) /* whom we call is asked for nothing */
        return -EACCES;
    enum room_refusal refusal = room_ask(room, ROOM_DOOR_DIALLED_OUT, false);
    if (refusal != ROOM_ADMITTED)
        return refusal_error(refusal);
    struct participant *callee = participant_create(room, PARTICIPANT_CALLING, NULL,
                                                    request->uri, request->display_name);
    if (!callee)
        return -ENOMEM;
    callee->info.dialled_out = true;
    callee->group = request->group;
    callee->info.muted = request->muted;
    callee->info.deafened = request->deafened;
    participant_set_attributes(callee, request->attributes);
    room_link(room, callee);
    int err = dialer->dial(dialer->context, callee, request);
    if (err < 0) {
        participant_discard(callee);
        return err;
    }
    assert(callee->link && callee->info.state == PARTICIPANT_CALLING);
    *participant = callee;
    participant_raise(callee, ROOM_EVENT_PARTICIPANT_ADDED);
    return 0;
}

unsigned room_new_group(struct room *room)
{
    struct room_list *list = room->list;
    if (++list->groups == 0)
        list->groups = 1;
    return list->groups;
}

unsigned participant_group(const struct participant *participant)
{
    return participant->group;
}

unsigned participant_share_group(struct participant *participant)
{
    ASSERT_CONTROL();
    if (!participant->group)
        participant->group = room_new_group(participant->room);
    return participant->group;
}

/* Who is still called with it; NULL: nobody. */
static struct participant *find_called(const struct participant *answered)
{
    struct participant *at = answered->room->first;
    while (at && (at->group != answered->group || (at->info.state != PARTICIPANT_CALLING &&
                                                   at->info.state != PARTICIPANT_RINGING)))
        at = at->next;
    return at;
}

void room_group_answered(struct participant *participant)
{
    struct room *room = participant->room;
    struct participant *other;
    if (!participant->group)
        return;
    room_events_hold(&room->list->events); /* no listener changes the list under our feet */
    while ((other = find_called(participant)))
        participant_kick(other, PARTICIPANT_ELSEWHERE);
    room_events_release(&room->list->events);
}

/* ---- from room to room ---- */

static const struct leg_plan *voice_of(const struct participant *moved)
{
    return moved->next_plan ? moved->next_plan : moved->leg ? leg_plan(moved->leg) : NULL;
}

static void note_security(struct room_policy_case *at_the_door,
                          const struct rtp_security *security)
{
    at_the_door->has_plain |= !security->kind;
    at_the_door->has_secure |= security->kind != RTP_SECURITY_NONE;
}

/* @p video NULL: what it has. */
static struct room_policy_case case_of_moved(const struct room *to, enum room_door door,
                                             const struct participant *moved,
                                             const struct leg_plan *voice,
                                             const struct video_plans *video)
{
    struct room_policy_case at_the_door = case_of(to, door);
    if (voice && voice->codec_count)
        note_security(&at_the_door, &voice->security);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        const struct video_plan *plan =
            video ? &video->stream[i] : participant_video_plan(moved, i);
        if (plan && plan->codec_count)
            note_security(&at_the_door, &plan->security);
    }
    return at_the_door;
}

/* @p is_invited: no PIN and no lobby stop it. */
static void move(struct participant *participant, struct room *to, bool is_invited)
{
    struct room *from = participant->room;
    log_call_info("room", participant->info.id, "room %s: moves to %s", from->name, to->name);
    room_events_hold(&from->list->events);
    room_chat_typing(participant, 0);
    bool was_in = participant->info.state == PARTICIPANT_CONNECTED;
    bool was_at_door = participant_is_at_door(participant);
    if (was_in || was_at_door)
        participant->info.state = PARTICIPANT_MOVING;
    if (was_in)
        participant_mix_leave(participant);
    else if (was_at_door)
        participant_door_leave(participant);
    else if (participant_early_is_in(participant))
        participant_early_move(participant);
    participant->is_invited = is_invited;
    participant->refusal = ROOM_ADMITTED;
    participant->prompts = NULL;
    participant->info.talking = false;
    participant->info.joined_before_ns = participant->info.joined_ns;
    participant->info.joined_ns = 0;
    participant->info.reason = PARTICIPANT_MOVED;
    room_speaker_gone(participant);
    participant_video_update(participant);
    room_unlink(participant);
    participant->info.says &= LEG_CIRCLE_MAIN; /* the others were of the old room */
    participant->info.hears &= LEG_CIRCLE_MAIN;
    room_link(to, participant);
    participant_video_right(participant);
    room_raise(from, ROOM_EVENT_PARTICIPANT_LEFT, participant);
    room_raise(to, ROOM_EVENT_PARTICIPANT_ADDED, participant);
    room_events_release(&from->list->events);
}

enum room_refusal room_move(struct participant *participant, struct room *to)
{
    ASSERT_CONTROL();
    if (to == participant->room || participant->info.state == PARTICIPANT_ENDED)
        return ROOM_ADMITTED;
    struct room_policy_case at_the_door =
        case_of_moved(to, ROOM_DOOR_MOVED, participant, voice_of(participant), NULL);
    enum room_refusal refusal = room_policy_admit(&at_the_door);
    if (refusal == ROOM_ADMITTED)
        move(participant, to, true);
    return refusal;
}

enum room_refusal room_forward(struct participant *participant, struct room *to,
                               const struct leg_plan *voice, const struct video_plans *video)
{
    ASSERT_CONTROL();
    struct room_policy_case at_the_door = case_of_moved(
        to, ROOM_DOOR_DIALLED_IN, participant, voice ? voice : voice_of(participant), video);
    at_the_door.banned = room_bans_meet(&to->bans, participant->info.uri, participant->source);
    at_the_door.waits =
        !to->settings.pin[0] && !to->settings.moderator_pin[0] &&
        room_policy_waits(to->settings.lobby, participant->info.role, participant->is_known);
    enum room_refusal refusal = room_policy_admit(&at_the_door);
    if (refusal != ROOM_ADMITTED)
        return refusal;
    participant->has_pin = false;
    move(participant, to, false);
    return ROOM_ADMITTED;
}
