/* api_intake.c - one check after the other; the first that fails answers. */
#include "api/api_intake.h"

#include "api/api_cors.h"
#include "api/api_internal.h"
#include "api/api_json.h"
#include "api/api_tokens.h"
#include "mixer/base/clock.h"
#include "server/call/gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WRONG_TOKEN_WAIT_S = 2 };

static bool read_target(struct api_request *request)
{
    const char *why = "";
    int err = api_uri_parse(request->target, &request->uri, &why);
    if (err == -E2BIG)
        api_problem(&request->answer, 414, "uri_too_long", "%s", why);
    else if (err < 0)
        api_problem(&request->answer, 400, "bad_uri", "%s", why);
    return err == 0;
}

/* Wrong tokens are counted for each source; one that has sent too many has to wait even with a
 * right one, which it might have guessed. */
static bool check_patience(struct api_request *request)
{
    const struct sockaddr *source = (const struct sockaddr *)&request->source;
    if (!gate_is_spent(request->api->wrong_tokens, source, clock_monotonic_ns()))
        return true;
    api_problem(&request->answer, 429, "too_many_wrong_tokens",
                "Too many wrong tokens came from your address.");
    request->answer.retry_after_s = WRONG_TOKEN_WAIT_S;
    return false;
}

static void refuse_unknown(struct api_request *request, bool has_header)
{
    struct api_answer *answer = &request->answer;
    if (has_header) {
        api_problem(answer, 401, "wrong_token",
                    "The bearer token is not a right one, or not any more.");
        answer->challenge = "Bearer realm=\"raduno\", error=\"invalid_token\"";
    } else {
        api_problem(answer, 401, "no_token",
                    "A token is needed, as in \"Authorization: Bearer TOKEN\".");
        answer->challenge = "Bearer realm=\"raduno\"";
    }
}

/* Whether there is a room of that name is not asked before, and so not told. */
static bool check_scope(struct api_request *request)
{
    const struct api_caller *caller = &request->caller;
    struct api_answer *answer = &request->answer;
    if (request->room && !api_caller_may_enter(caller, request->room))
        api_problem(answer, 403, "other_room", "The token is not good for this room.");
    else if (request->route && request->route->is_own && caller->role < API_MODERATOR &&
             strcmp(caller->participant, request->id) != 0)
        api_problem(answer, 403, "other_participant",
                    "The token is good for its own participant only.");
    return answer->status == 0;
}

/* One program must not take all of the server's time; the administrator knows what he does. */
static void check_rate(struct api_request *request)
{
    const struct api_caller *caller = &request->caller;
    if (caller->role == API_ADMIN ||
        gate_admit_name(request->api->callers, caller->id, clock_monotonic_ns()))
        return;
    api_problem(&request->answer, 429, "too_many_requests",
                "Too many requests come with this token.");
    request->answer.retry_after_s = 1;
}

/* A link needs no token, and is good for what it names only. */
static bool check_link(struct api_request *request)
{
    const struct api_link link = {.room = request->room,
                                  .id = request->id,
                                  .expires = api_uri_parameter(&request->uri, "expires"),
                                  .signature = api_uri_parameter(&request->uri, "signature")};
    int err = api_links_check(request->api->links, &link, clock_wall_ns());
    request->caller = (struct api_caller){.role = API_NOBODY};
    if (err == -ETIME)
        api_problem(&request->answer, 403, "link_expired",
                    "This link is good no more: ask for another.");
    else if (err < 0)
        api_problem(&request->answer, 403, "wrong_link", "This is none of the server's links.");
    return err == 0;
}

/* Before it is said whether the path exists: who has no token learns nothing. */
static bool check_caller(struct api_request *request, const struct api_head *head)
{
    struct api *api = request->api;
    const enum api_role needed =
        request->route ? api_route_role(request->route) : API_PARTICIPANT;
    if (request->route && request->route->takes_digest)
        return true;
    if (head->authorization && !check_patience(request))
        return false;
    if (request->route && request->route->takes_link &&
        api_uri_parameter(&request->uri, "signature"))
        return check_link(request);
    int err =
        api_tokens_find(api->tokens, head->authorization, clock_wall_ns(), &request->caller);
    if (err == -EACCES)
        gate_admit(api->wrong_tokens, (const struct sockaddr *)&request->source,
                   clock_monotonic_ns());
    if (needed <= API_NOBODY)
        return true;
    if (err < 0)
        refuse_unknown(request, err == -EACCES);
    else if (request->caller.reads_metrics && request->route && request->route->is_metrics)
        return true;
    else if (request->caller.role < needed)
        api_problem(&request->answer, 403, "not_allowed",
                    "This needs a token of the role %s; yours is %s.", api_role_word(needed),
                    api_role_word(request->caller.role));
    else if (check_scope(request))
        check_rate(request);
    return request->answer.status == 0;
}

static bool check_route(struct api_request *request, const struct api_route_match *match,
                        const char *method)
{
    struct api_answer *answer = &request->answer;
    const char *allow = match->allow;
    if (request->route)
        return true;
    if (!allow[0]) {
        api_problem(answer, 404, "no_such_path", "There is nothing at this path.");
        return false;
    }
    if (request->method == API_OPTIONS)
        api_answer_empty(answer, 204);
    else
        api_problem(answer, 405, "wrong_method", "%.32s is not possible here; %s are.", method,
                    allow);
    if (match->is_tus)
        api_announce_tus(answer, request->api->config.max_file_bytes);
    snprintf(answer->allow, sizeof(answer->allow), "%s", allow);
    return false;
}

static bool check_parameters(struct api_request *request)
{
    const struct api_uri *uri = &request->uri;
    for (unsigned i = 0; i < uri->parameter_count; i++) {
        const char *name = uri->parameter[i].name;
        bool is_known = false,
             is_double = api_uri_parameter(uri, name) != uri->parameter[i].value;
        for (unsigned j = 0; j < API_ROUTE_MAX_PARAMETERS && !is_known; j++) {
            const char *known = request->route->parameters[j];
            is_known = known && strcmp(known, name) == 0;
        }
        if (!is_known)
            api_problem_parameter(&request->answer, name, "is not known here");
        else if (is_double)
            api_problem_parameter(&request->answer, name, "is there twice");
    }
    return request->answer.status == 0;
}

/* "application/json", with or without parameters. */
static bool is_type(const char *content_type, const char *type)
{
    size_t length = strlen(type);
    if (strncasecmp(content_type, type, length) != 0)
        return false;
    return strchr("; \t", content_type[length]) != NULL; /* the final NUL, too */
}

static bool check_image_type(struct api_request *request, const char *content_type)
{
    static const char *const types[] = {"image/jpeg", "image/png", "image/webp"};
    struct api_answer *answer = &request->answer;
    for (unsigned i = 0; content_type && i < sizeof(types) / sizeof(types[0]); i++) {
        if (is_type(content_type, types[i]))
            return true;
    }
    answer->accepts = "image/jpeg, image/png, image/webp";
    api_problem(answer, 415, "wrong_media_type", "The body has to be %s.", answer->accepts);
    return false;
}

static const char *accepted(const struct api_request *request)
{
    if (request->method == API_PATCH)
        return request->route->takes_sdp ? "application/merge-patch+json, application/json, "
                                           "application/trickle-ice-sdpfrag"
                                         : "application/merge-patch+json, application/json";
    return request->route->takes_sdp ? "application/json, application/sdp" : "application/json";
}

static bool check_type(struct api_request *request, const char *content_type)
{
    struct api_answer *answer = &request->answer;
    if (request->route->is_image)
        return check_image_type(request, content_type);
    bool is_patch = request->method == API_PATCH;
    const char *sdp = is_patch ? "application/trickle-ice-sdpfrag" : "application/sdp";
    request->is_sdp = request->route->takes_sdp && content_type && is_type(content_type, sdp);
    if (request->is_sdp)
        return true;
    if (content_type && is_type(content_type, "application/json"))
        return true;
    if (content_type && is_patch && is_type(content_type, "application/merge-patch+json"))
        return true;
    answer->accepts = accepted(request);
    api_problem(answer, 415, "wrong_media_type", "The body has to be %s.", answer->accepts);
    return false;
}

void api_intake_too_large(struct api_request *request)
{
    api_problem(&request->answer, 413, "body_too_large", "The body has more than %u bytes.",
                request->api->config.max_body_bytes);
}

static bool check_length(struct api_request *request, const char *content_length)
{
    if (!content_length ||
        strtoull(content_length, NULL, 10) <= request->api->config.max_body_bytes)
        return true;
    api_intake_too_large(request);
    return false;
}

static bool check_key(struct api_request *request, const char *key)
{
    if (!key || request->method != API_POST || api_route_role(request->route) <= API_NOBODY)
        return true;
    size_t length = strlen(key);
    bool is_good = length && length < API_KEY_BYTES;
    for (size_t i = 0; i < length && is_good; i++)
        is_good = key[i] >= ' ' && key[i] <= '~';
    if (is_good)
        memcpy(request->key, key, length + 1);
    else
        api_problem(&request->answer, 400, "bad_idempotency_key",
                    "Idempotency-Key has to have 1 to %d printable ASCII characters.",
                    API_KEY_BYTES - 1);
    return is_good;
}

/* Browsers send the header, others may use the parameter; the header is the newer. */
static bool check_last_id(struct api_request *request, const char *last_id)
{
    if (!last_id || !*last_id)
        last_id = api_uri_parameter(&request->uri, "last_event_id");
    if (!last_id)
        return true;
    request->has_last_id = true;
    if (api_event_id_parse(last_id, &request->last_id) == 0)
        return true;
    api_problem_parameter(&request->answer, "last_event_id", "is no id of an event");
    return false;
}

/* One that does not fit matches nothing, as one that is wrong. */
static void take_tags(struct api_request *request, const struct api_head *head)
{
    const char *tags = request->method == API_GET ? head->if_none_match : head->if_match;
    snprintf(request->tags, sizeof(request->tags), "%s", tags ? tags : "");
}

void api_intake_head(struct api_request *request, const struct api_head *head)
{
    struct api_route_match match;
    const struct api_config *config = &request->api->config;
    api_source_of(head->peer, head->forwarded_for, config->proxies, config->proxy_count,
                  &request->source);
    if (!read_target(request))
        return;
    request->method = api_method_parse(head->method);
    request->is_head = strcmp(head->method, "HEAD") == 0;
    api_route_find(request->method, &request->uri, &match);
    request->route = match.route;
    request->room = match.room;
    request->account = match.account;
    request->id = match.id;
    take_tags(request, head);
    if (api_cors_answer(request, head->origin, head->wanted_method, match.allow))
        return;
    if (!check_caller(request, head) || !check_route(request, &match, head->method) ||
        !check_parameters(request) || !check_key(request, head->idempotency_key) ||
        !check_last_id(request, head->last_event_id))
        return;
    if (request->route->has_body && check_type(request, head->content_type))
        check_length(request, head->content_length);
}

void api_intake_body(struct api_request *request)
{
    char why[API_JSON_WHY_BYTES];
    if (request->route->has_body && !request->route->is_image && !request->is_sdp &&
        api_json_parse(request->body, request->body_length, &request->json, why) < 0)
        api_problem(&request->answer, 400, "bad_json", "%s", why);
    else if (request->key[0])
        api_request_digest(request);
}
