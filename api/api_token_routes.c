/* api_token_routes.c - /api/v1/tokens and /api/v1/tokens/{id}. A secret goes out once. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_show.h"
#include "api/api_token_list.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME, ROLE, ROOMS, EXPIRES_AT, ID, CREATED_AT, LAST_USED_AT, TOKEN, FIELDS };

static bool is_time(const char *text)
{
    int64_t ns;
    return clock_parse(text, &ns) == 0;
}

#define REST                                                                                   \
    [ROOMS] = {API_SCOPE_FIELD},                                                               \
    [EXPIRES_AT] = {"expires_at",                                                              \
                    API_TEXT,                                                                  \
                    .most = CLOCK_TEXT_BYTES - 1,                                              \
                    .is_nullable = true,                                                       \
                    .is_valid = is_time,                                                       \
                    .allowed = "a time in UTC as in \"2026-11-23T20:00:00Z\""},                \
    [ID] = {"id", API_TEXT, .is_read_only = true},                                             \
    [CREATED_AT] = {"created_at", API_TEXT, .is_read_only = true},                             \
    [LAST_USED_AT] = {"last_used_at", API_TEXT, .is_read_only = true},                         \
    [TOKEN] = {"token", API_TEXT, .is_read_only = true}
#define NAME_TEXT "name", API_TEXT, .least = 1, .most = API_TOKEN_NAME_BYTES - 1
#define ROLE_WORD "role", API_WORD, .words = {"admin", "moderator", "participant"}

static const struct api_field new_fields[FIELDS] = {
    [NAME] = {NAME_TEXT, .is_required = true}, [ROLE] = {ROLE_WORD, .is_required = true}, REST};
static const struct api_field change_fields[FIELDS] = {
    [NAME] = {NAME_TEXT}, [ROLE] = {ROLE_WORD}, REST};

/* ---- what is shown ---- */

static json_t *show(const struct api_token *token)
{
    const struct api_token_settings *settings = &token->settings;
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "id", token->id, "name", settings->name, "role",
        api_role_word(settings->role), "rooms", api_scope_show(&settings->scope), "expires_at",
        api_show_time(settings->expires_ns), "created_at", api_show_time(token->created_ns),
        "last_used_at", api_show_time(token->used_ns));
}

/* ---- what is wanted ---- */

/* @return false: the request is answered. */
static bool apply(struct api_request *request, const struct api_value *values,
                  struct api_token_settings *settings)
{
    if (values[NAME].is_given)
        snprintf(settings->name, sizeof(settings->name), "%s", values[NAME].text);
    if (values[ROLE].is_given)
        api_role_parse(values[ROLE].text, &settings->role); /* the table has checked it */
    if (values[ROOMS].is_given &&
        !api_scope_take(&values[ROOMS], &settings->scope, &request->answer))
        return false;
    if (!values[ROOMS].is_given && settings->role == API_ADMIN)
        settings->scope = (struct api_scope){.is_all = true};
    if (values[EXPIRES_AT].is_given)
        settings->expires_ns = 0;
    if (values[EXPIRES_AT].text)
        clock_parse(values[EXPIRES_AT].text, &settings->expires_ns);
    if (settings->role == API_ADMIN && !settings->scope.is_all)
        api_problem_field(&request->answer, "/rooms",
                          "an administrator has all rooms: [\"*\"], or nothing");
    else if (!settings->scope.is_all && !settings->scope.count)
        api_problem_field(&request->answer, "/rooms", "has to name a room");
    return request->answer.status == 0;
}

/* ---- the routes ---- */

/* The token of the path. @return NULL: the request is answered. */
static const struct api_token *find(struct api *api, struct api_request *request)
{
    const struct api_token *token = api_token_list_find(api->token_list, request->id);
    if (!token)
        api_problem(&request->answer, 404, "no_such_token", "There is no token \"%.64s\".",
                    request->id);
    return token;
}

void api_list_tokens(struct api *api, struct api_request *request)
{
    struct api_page page;
    if (!api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const struct api_token *token = api_token_list_above(api->token_list, page.after),
                           *last = NULL;
    for (unsigned i = 0; token && i < page.limit; i++) {
        json_array_append_new(items, show(token));
        last = token;
        token = api_token_list_above(api->token_list, last->id);
    }
    api_page_answer(request, items, token ? last->id : NULL);
}

void api_create_token(struct api *api, struct api_request *request)
{
    struct api_value values[FIELDS];
    struct api_token_settings settings = {.expires_ns = 0};
    char secret[API_TOKEN_SECRET_BYTES];
    const struct api_token *token;
    if (!api_body_read(request->json, new_fields, FIELDS, API_BODY_NEW, values,
                       &request->answer) ||
        !apply(request, values, &settings))
        return;
    int err = api_token_list_add(api->token_list, &settings, secret, &token);
    if (err == -EUSERS)
        api_problem(&request->answer, 409, "too_many_tokens", "There are %d tokens already.",
                    API_TOKEN_MOST);
    else if (err < 0)
        api_answer_errno(request, err);
    if (err < 0)
        return;
    api_tell(api, "token_created", "token", show(token));
    json_t *shown = show(token);
    json_object_set_new(shown, "token", json_string(secret));
    api_answer_json(&request->answer, 201, shown);
    snprintf(request->answer.location, sizeof(request->answer.location), "/api/v1/tokens/%s",
             token->id);
}

void api_read_token(struct api *api, struct api_request *request)
{
    const struct api_token *token = find(api, request);
    if (token)
        api_answer_json(&request->answer, 200, show(token));
}

void api_change_token(struct api *api, struct api_request *request)
{
    struct api_value values[FIELDS];
    const struct api_token *token = find(api, request);
    if (!token || !api_body_read(request->json, change_fields, FIELDS, API_BODY_PATCH, values,
                                 &request->answer))
        return;
    struct api_token_settings settings = token->settings;
    if (!apply(request, values, &settings))
        return;
    int err = api_token_list_change(api->token_list, request->id, &settings);
    if (err < 0) {
        api_answer_errno(request, err);
        return;
    }
    api_events_cut(api->events, request->id); /* it may hear less, or nothing, from now on */
    api_tell(api, "token_changed", "token", show(token));
    api_answer_json(&request->answer, 200, show(token));
}

void api_delete_token(struct api *api, struct api_request *request)
{
    const struct api_token *token = find(api, request);
    if (!token)
        return;
    json_t *shown = show(token);
    int err = api_token_list_delete(api->token_list, request->id);
    if (err < 0) {
        json_decref(shown);
        api_answer_errno(request, err);
        return;
    }
    api_events_cut(api->events, request->id);
    api_tell(api, "token_deleted", "token", shown);
    api_answer_empty(&request->answer, 204);
}
