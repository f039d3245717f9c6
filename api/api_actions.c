/* api_actions.c - POST /api/v1/rooms/{room}/actions: one action, on many. */
#include "api/api_body.h"
#include "api/api_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ACTION, ONLY, BUT, BUT_MODERATORS, ROOM, FIELDS };

/* What all of an action share. */
struct scope {
    struct api *api;
    const struct api_caller *caller;
    const struct api_value *values;
};

/** @return false: @p answer says why not. */
typedef bool act(const struct scope *scope, struct participant *participant,
                 struct api_answer *answer);

static bool change(struct participant *participant, const struct participant_change *to,
                   struct api_answer *answer)
{
    int err = participant_change(participant, to);
    if (err < 0)
        api_problem_errno(answer, err);
    return err == 0;
}

static const bool yes = true, no = false;

static bool mute(const struct scope *scope, struct participant *participant,
                 struct api_answer *answer)
{
    (void)scope;
    return change(participant, &(struct participant_change){.muted = &yes}, answer);
}

/* Whatever has muted it. */
static bool unmute(const struct scope *scope, struct participant *participant,
                   struct api_answer *answer)
{
    (void)scope;
    return change(participant, &(struct participant_change){.muted = &no, .hard_muted = &no},
                  answer);
}

static bool hard_mute(const struct scope *scope, struct participant *participant,
                      struct api_answer *answer)
{
    (void)scope;
    return change(participant, &(struct participant_change){.hard_muted = &yes}, answer);
}

static bool deafen(const struct scope *scope, struct participant *participant,
                   struct api_answer *answer)
{
    (void)scope;
    return change(participant, &(struct participant_change){.deafened = &yes}, answer);
}

static bool undeafen(const struct scope *scope, struct participant *participant,
                     struct api_answer *answer)
{
    (void)scope;
    return change(participant, &(struct participant_change){.deafened = &no}, answer);
}

static bool lower_hand(const struct scope *scope, struct participant *participant,
                       struct api_answer *answer)
{
    (void)scope;
    return change(participant, &(struct participant_change){.hand_raised = &no}, answer);
}

static bool admit(const struct scope *scope, struct participant *participant,
                  struct api_answer *answer)
{
    (void)scope;
    return api_door_admit(answer, participant);
}

static bool refuse(const struct scope *scope, struct participant *participant,
                   struct api_answer *answer)
{
    (void)scope;
    return api_door_refuse(answer, participant);
}

static bool kick(const struct scope *scope, struct participant *participant,
                 struct api_answer *answer)
{
    (void)scope;
    (void)answer;
    participant_kick(participant, PARTICIPANT_KICKED);
    return true;
}

static bool ban(const struct scope *scope, struct participant *participant,
                struct api_answer *answer)
{
    (void)scope;
    int err = participant_ban(participant);
    if (err < 0)
        api_room_ban_error(answer, err);
    return err == 0;
}

static bool move(const struct scope *scope, struct participant *participant,
                 struct api_answer *answer)
{
    return api_door_move(scope->api, scope->caller, answer, participant,
                         scope->values[ROOM].text);
}

static bool has_raised_hand(const struct participant *participant)
{
    return participant_info(participant)->hand_raised;
}

static const struct action {
    const char *word;
    act *act;
    /** Whom it is about when nobody is named; NULL: all. */
    bool (*concerns)(const struct participant *participant);
} actions[] = {
    {"mute", mute, NULL},
    {"unmute", unmute, NULL},
    {"hard_mute", hard_mute, NULL},
    {"deafen", deafen, NULL},
    {"undeafen", undeafen, NULL},
    {"lower_hand", lower_hand, has_raised_hand},
    {"admit", admit, participant_is_waiting},
    {"refuse", refuse, participant_is_waiting},
    {"kick", kick, NULL},
    {"ban", ban, NULL},
    {"move", move, NULL},
};

static const struct action *find_action(const char *word)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].word, word) == 0)
            return &actions[i];
    }
    return NULL;
}

static bool is_action(const char *word)
{
    return find_action(word);
}

static const struct api_field fields[FIELDS] = {
    [ACTION] = {"action", API_TEXT, .least = 1, .most = 16, .is_required = true,
                .is_valid = is_action,
                .allowed = "one of mute, unmute, hard_mute, deafen, undeafen, lower_hand, "
                           "admit, refuse, kick, ban, move"},
    [ONLY] = {"only", API_LIST, .most = API_ACTIONS_NAMED},
    [BUT] = {"but", API_LIST, .most = API_ACTIONS_NAMED},
    [BUT_MODERATORS] = {"but_moderators", .type = API_BOOL},
    [ROOM] = {"room", API_TEXT, .least = 1, .most = ROOM_NAME_BYTES - 1},
};

/* ---- on whom ---- */

static bool has_id(const struct api_value *list, const char *id)
{
    for (size_t i = 0; list->json && i < json_array_size(list->json); i++) {
        if (strcmp(json_string_value(json_array_get(list->json, i)), id) == 0)
            return true;
    }
    return false;
}

static bool is_meant(const struct api_value *values, const struct action *action,
                     const struct participant *participant)
{
    const struct participant_info *info = participant_info(participant);
    if (values[BUT_MODERATORS].flag && info->role == PARTICIPANT_MODERATOR)
        return false;
    if (has_id(&values[BUT], info->id))
        return false;
    return values[ONLY].json ? has_id(&values[ONLY], info->id)
                             : !action->concerns || action->concerns(participant);
}

/* Who is meant, before anything is done: what is done may change the room's list. They stay
 * until the next turn of the loop, whatever becomes of them. NULL: memory is out. */
static struct participant **gather(const struct room *room, const struct api_value *values,
                                   const struct action *action, size_t *count)
{
    struct participant **meant = calloc(room_participant_count(room) + 1, sizeof(*meant));
    *count = 0;
    for (struct participant *at = room_first(room); meant && at; at = room_next(at)) {
        if (is_meant(values, action, at))
            meant[(*count)++] = at;
    }
    return meant;
}

/* ---- and what became of it ---- */

static void add_result(json_t *results, const char *id, json_t *problem)
{
    json_array_append_new(
        results, json_pack("{s:s, s:o}", "id", id, "problem", problem ? problem : json_null()));
}

static void act_on(const struct scope *scope, const struct action *action,
                   struct participant *participant, json_t *results)
{
    struct api_answer answer = {0};
    bool is_done = action->act(scope, participant, &answer);
    add_result(results, participant_info(participant)->id,
               is_done ? NULL : json_incref(answer.json));
    api_answer_finish(&answer);
}

/* Who is named, but is not here (any more). */
static void add_absent(const struct room *room, const struct api_value *only, json_t *results)
{
    for (size_t i = 0; only->json && i < json_array_size(only->json); i++) {
        const char *id = json_string_value(json_array_get(only->json, i));
        struct api_answer answer = {0};
        if (room_find(room, id))
            continue;
        api_problem(&answer, 404, "no_such_participant",
                    "Room \"%s\" has no participant \"%.19s\".", room_name(room), id);
        add_result(results, id, json_incref(answer.json));
        api_answer_finish(&answer);
    }
}

void api_act_on_participants(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    struct api_answer *answer = &request->answer;
    struct api_value values[FIELDS];
    if (!room || !api_body_read(request->json, fields, FIELDS, API_BODY_NEW, values, answer))
        return;
    const struct action *action = find_action(values[ACTION].text);
    if ((action->act == move) != values[ROOM].is_given) {
        api_problem_field(answer, "/room", "is where to move to, and of that action only");
        return;
    }
    size_t count;
    struct participant **meant = gather(room, values, action, &count);
    if (!meant) {
        api_answer_errno(request, -ENOMEM);
        return;
    }
    json_t *results = json_array();
    const struct scope scope = {.api = api, .caller = &request->caller, .values = values};
    add_absent(room, &values[ONLY], results);
    for (size_t i = 0; i < count; i++)
        act_on(&scope, action, meant[i], results);
    free(meant);
    api_answer_json(answer, 200,
                    json_pack("{s:s, s:o}", "action", action->word, "results", results));
}
