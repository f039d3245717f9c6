/* api_participants.c - /api/v1/rooms/{room}/participants and below. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_show.h"

#include "mixer/audio/audio_gain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct participant *api_request_participant(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    struct participant *participant = room ? room_find(room, request->id) : NULL;
    if (room && !participant)
        api_problem(&request->answer, 404, "no_such_participant",
                    "Room \"%s\" has no participant \"%.19s\".", room_name(room), request->id);
    return participant;
}

/* ---- list: by id, so that a page does not depend on who came or left meanwhile ---- */

struct page_items {
    unsigned count, room; /* of item: sorted, the lowest first */
    const struct participant *item[API_PAGE_MOST + 1];
};

static const char *id_of(const struct participant *participant)
{
    return participant_info(participant)->id;
}

static void take_in(struct page_items *items, const struct participant *participant)
{
    unsigned place = items->count;
    while (place && strcmp(id_of(items->item[place - 1]), id_of(participant)) > 0)
        place--;
    if (place == items->room)
        return;
    if (items->count < items->room)
        items->count++;
    memmove(&items->item[place + 1], &items->item[place],
            (items->count - 1 - place) * sizeof(items->item[0]));
    items->item[place] = participant;
}

static const char *state_of(const struct participant *participant)
{
    return participant_state_word(participant_info(participant)->state);
}

/* @return false: the request is answered. NULL: all are wanted. */
static bool check_state(struct api_request *request, const char *state)
{
    for (unsigned i = PARTICIPANT_CALLING; state && i < PARTICIPANT_ENDED; i++) {
        if (strcmp(state, participant_state_word((enum participant_state)i)) == 0)
            return true;
    }
    if (state)
        api_problem_parameter(&request->answer, "state", "is no state of a participant");
    return !state;
}

void api_list_participants(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    struct api_page page;
    const char *state = api_uri_parameter(&request->uri, "state");
    if (!room || !api_page_read(request, &page) || !check_state(request, state))
        return;
    struct page_items found = {.room = page.limit + 1}; /* one more: is there a next page? */
    for (struct participant *at = room_first(room); at; at = room_next(at)) {
        if (strcmp(id_of(at), page.after) > 0 && (!state || strcmp(state_of(at), state) == 0))
            take_in(&found, at);
    }
    bool has_next = found.count > page.limit;
    unsigned shown = has_next ? page.limit : found.count;
    json_t *items = json_array();
    for (unsigned i = 0; i < shown; i++)
        json_array_append_new(items, api_show_participant(found.item[i], API_SHOW_WITH_MEDIA));
    api_page_answer(request, items, has_next ? id_of(found.item[shown - 1]) : NULL);
}

/* ---- one of them ---- */

void api_read_participant(struct api *api, struct api_request *request)
{
    const struct participant *participant = api_request_participant(api, request);
    if (participant)
        api_answer_json(&request->answer, 200,
                        api_show_participant(participant, API_SHOW_WITH_MEDIA));
}

enum {
    MUTED,
    HARD_MUTED,
    ADMITTED,
    DEAFENED,
    VOLUME_IN,
    VOLUME_OUT,
    DISPLAY_NAME,
    LEVEL_VOICE,
    SUPPRESS_NOISE,
    PLACE,
    HAND_RAISED,
    ROLE,
    SAYS,
    HEARS,
    VIDEO_MUTED,
    PRESENTS,
    HIDDEN,
    PINNED,
    ROOM,
    ID,
    P_URI,
    DIRECTION,
    STATE,
    ON_HOLD,
    TALKING,
    CREATED_AT,
    JOINED_AT,
    MEDIA,
    VIDEO,
    AVATAR,
    FIELDS
};

enum { MOST_PINNED = 49 }; /* tiles of the largest grid */

#define VOLUME                                                                                 \
    API_NUMBER, .least = AUDIO_GAIN_MIN_DB, .most = AUDIO_GAIN_MAX_DB, .has_default = true

#define CIRCLE_NAMES                                                                           \
    API_LIST, .most = ROOM_CIRCLES, .has_default = true, .is_valid = room_circle_is_valid,     \
              .allowed = "the name of a circle: 1 to 32 of a-z, 0-9 and -"

static const struct api_field fields[FIELDS] = {
    [MUTED] = {"muted", API_BOOL, .has_default = true},
    [HARD_MUTED] = {"hard_muted", API_BOOL, .has_default = true},
    [ADMITTED] = {"admitted", .type = API_BOOL},
    [DEAFENED] = {"deafened", API_BOOL, .has_default = true},
    [VOLUME_IN] = {"volume_in_db", VOLUME},
    [VOLUME_OUT] = {"volume_out_db", VOLUME},
    [DISPLAY_NAME] = {"display_name", API_TEXT, .most = PARTICIPANT_NAME_BYTES - 1},
    [LEVEL_VOICE] = {"level_voice", API_BOOL, .has_default = true},
    [SUPPRESS_NOISE] = {"suppress_noise", API_BOOL, .has_default = true},
    [PLACE] = {"place", API_INTEGER, .least = -100, .most = 100, .has_default = true},
    [HAND_RAISED] = {"hand_raised", API_BOOL, .has_default = true},
    [ROLE] = {"role", API_WORD, .words = {"participant", "moderator"}, .has_default = true},
    [SAYS] = {"says", CIRCLE_NAMES},
    [HEARS] = {"hears", CIRCLE_NAMES},
    [VIDEO_MUTED] = {"video_muted", API_BOOL, .has_default = true},
    [PRESENTS] = {"presents", API_BOOL, .has_default = true},
    [HIDDEN] = {"hidden", API_BOOL, .has_default = true},
    [PINNED] = {"pinned", API_INTEGER, .most = MOST_PINNED, .has_default = true},
    [ROOM] = {"room", API_TEXT, .least = 1, .most = ROOM_NAME_BYTES - 1},
    [ID] = {"id", API_TEXT, .is_read_only = true},
    [P_URI] = {"uri", API_TEXT, .is_read_only = true},
    [DIRECTION] = {"direction", API_TEXT, .is_read_only = true},
    [STATE] = {"state", API_TEXT, .is_read_only = true},
    [ON_HOLD] = {"on_hold", API_BOOL, .is_read_only = true},
    [TALKING] = {"talking", API_BOOL, .is_read_only = true},
    [CREATED_AT] = {"created_at", API_TEXT, .is_read_only = true},
    [JOINED_AT] = {"joined_at", API_TEXT, .is_read_only = true},
    [MEDIA] = {"media", API_TEXT, .is_read_only = true},
    [VIDEO] = {"video", API_TEXT, .is_read_only = true},
    [AVATAR] = {"avatar", API_TEXT, .is_read_only = true},
};

static const bool *flag_of(const struct api_value *value)
{
    return value->is_given ? &value->flag : NULL; /* null: false */
}

static const double *number_of(const struct api_value *value)
{
    return value->is_given ? &value->number : NULL; /* null: 0 dB */
}

/* What a change points to, while it is made. */
struct read_change {
    enum participant_choice level_voice, suppress_noise;
    enum participant_role role;
    int place;
    unsigned pinned;
    struct room_circle_names says, hears;
};

static const enum participant_choice *choice_of(const struct api_value *value,
                                                enum participant_choice *choice)
{
    *choice = value->is_null ? PARTICIPANT_AS_ROOM
              : value->flag  ? PARTICIPANT_ON
                             : PARTICIPANT_OFF;
    return value->is_given ? choice : NULL;
}

static const struct room_circle_names *names_of(const struct api_value *value,
                                                struct room_circle_names *names)
{
    *names = (struct room_circle_names){.count = 1, .name = {"main"}}; /* null */
    if (value->json)
        names->count = (unsigned)json_array_size(value->json);
    for (unsigned i = 0; value->json && i < names->count; i++)
        names->name[i] = json_string_value(json_array_get(value->json, i));
    return value->is_given ? names : NULL;
}

static struct participant_change change_of(const struct api_value *values,
                                           struct read_change *read)
{
    const struct api_value *role = &values[ROLE];
    read->place = (int)values[PLACE].integer;
    read->pinned = (unsigned)values[PINNED].integer;
    read->role = PARTICIPANT_GUEST;
    if (role->text)
        participant_role_parse(role->text, &read->role);
    return (struct participant_change){
        .muted = flag_of(&values[MUTED]),
        .hard_muted = flag_of(&values[HARD_MUTED]),
        .deafened = flag_of(&values[DEAFENED]),
        .volume_in_db = number_of(&values[VOLUME_IN]),
        .volume_out_db = number_of(&values[VOLUME_OUT]),
        .display_name = values[DISPLAY_NAME].text,
        .level_voice = choice_of(&values[LEVEL_VOICE], &read->level_voice),
        .suppress_noise = choice_of(&values[SUPPRESS_NOISE], &read->suppress_noise),
        .place = values[PLACE].is_given ? &read->place : NULL,
        .hand_raised = flag_of(&values[HAND_RAISED]),
        .role = role->is_given ? &read->role : NULL,
        .says = names_of(&values[SAYS], &read->says),
        .hears = names_of(&values[HEARS], &read->hears),
        .video_muted = flag_of(&values[VIDEO_MUTED]),
        .presents = flag_of(&values[PRESENTS]),
        .hidden = flag_of(&values[HIDDEN]),
        .pinned = values[PINNED].is_given ? &read->pinned : NULL,
    };
}

static void answer_change_error(struct api_request *request, int err)
{
    if (err == -EUSERS)
        api_problem(&request->answer, 422, "too_many_circles",
                    "A room has %d circles besides \"main\" at most.", ROOM_CIRCLES - 1);
    else
        api_answer_errno(request, err);
}

/* Muted and not is a contradiction. @return false: the request is answered. */
static bool check_mute(struct api_request *request, const struct participant *participant,
                       const struct api_value *values)
{
    const struct api_value *muted = &values[MUTED], *hard = &values[HARD_MUTED];
    bool is_hard = hard->is_given ? hard->flag : participant_info(participant)->hard_muted;
    if (!muted->is_given || muted->flag || !is_hard)
        return true;
    api_problem_field(&request->answer, "/muted",
                      "cannot be false while hard_muted is true: give both");
    return false;
}

/* From the door, or away from it. @return false: the request is answered. */
static bool let_in(struct api_request *request, struct participant *participant,
                   const struct api_value *admitted)
{
    bool waits = participant_is_waiting(participant);
    if (!admitted->is_given || (admitted->flag && !waits))
        return true; /* it is in, or on its way */
    return admitted->flag ? api_door_admit(&request->answer, participant)
                          : api_door_refuse(&request->answer, participant);
}

void api_change_participant(struct api *api, struct api_request *request)
{
    struct participant *participant = api_request_participant(api, request);
    struct api_value values[FIELDS];
    if (!participant ||
        !api_body_read(request->json, fields, FIELDS, API_BODY_PATCH, values, &request->answer))
        return;
    if (!check_mute(request, participant, values) ||
        !let_in(request, participant, &values[ADMITTED]))
        return;
    if (values[ROOM].is_given &&
        !api_door_move(api, &request->caller, &request->answer, participant, values[ROOM].text))
        return;
    struct read_change read;
    struct participant_change change = change_of(values, &read);
    int err = participant_change(participant, &change);
    if (err < 0)
        answer_change_error(request, err);
    else
        api_answer_json(&request->answer, 200,
                        api_show_participant(participant, API_SHOW_WITH_MEDIA));
}

void api_kick_participant(struct api *api, struct api_request *request)
{
    struct participant *participant = api_request_participant(api, request);
    const char *ban = api_uri_parameter(&request->uri, "ban");
    if (!participant)
        return;
    if (ban && strcmp(ban, "true") != 0 && strcmp(ban, "false") != 0) {
        api_problem_parameter(&request->answer, "ban", "has to be true or false");
        return;
    }
    int err = 0;
    if (ban && ban[0] == 't')
        err = participant_ban(participant);
    else
        participant_kick(participant, PARTICIPANT_KICKED);
    if (err < 0)
        api_room_ban_error(&request->answer, err);
    else
        api_answer_empty(&request->answer, 204);
}

/* ---- digits ---- */

static void answer_digits_error(struct api_request *request, int err)
{
    struct api_answer *answer = &request->answer;
    switch (-err) {
    case EBUSY:
        api_problem(answer, 409, "dtmf_busy", "Earlier digits are still being sent.");
        answer->retry_after_s = 1;
        break;
    case EINVAL:
        api_problem_field(answer, "/digits", "may have 0-9, *, # and A-D only");
        break;
    case ENOTCONN:
        api_problem(answer, 409, "not_connected", "The participant is not connected.");
        break;
    case ENOTSUP:
        api_problem(answer, 409, "no_telephone_event",
                    "The far end did not agree to telephone-event (RFC 4733).");
        break;
    default:
        api_answer_errno(request, err);
    }
}

void api_send_digits(struct api *api, struct api_request *request)
{
    static const struct api_field digits_field = {"digits", API_TEXT, .least = 1,
                                                  .most = API_DIGITS_MOST, .is_required = true};
    struct participant *participant = api_request_participant(api, request);
    struct api_value value;
    if (!participant ||
        !api_body_read(request->json, &digits_field, 1, API_BODY_NEW, &value, &request->answer))
        return;
    int err = api_digits_send(&api->digits, participant, value.text);
    if (err < 0)
        answer_digits_error(request, err);
    else
        api_answer_json(&request->answer, 202, json_pack("{s:s}", "digits", value.text));
}
