/* api_calls.c - /api/v1/rooms/{room}/calls: browsers come, change, and go. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "server/call/gate.h"
#include "server/call/web_call.h"
#include "server/room/room_policy.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_AFTER_S = 5, MOST_OFFER_BYTES = 65536 };
/* No room has this name: its stream has no news. */
#define NOWHERE "."

enum { OFFER, DISPLAY_NAME, PIN, NEW_FIELDS };
enum { NEW_OFFER, NEW_NAME, MUTED, HAND_RAISED, PRESENTS, TYPING, CHANGE_FIELDS };

static const struct api_field new_fields[NEW_FIELDS] = {
    [OFFER] = {"offer", .type = API_ANY, .is_required = true},
    [DISPLAY_NAME] = {"display_name", API_TEXT, .most = PARTICIPANT_NAME_BYTES - 1},
    [PIN] = {"pin", API_TEXT, .most = PIN_BYTES - 1},
};

static const struct api_field change_fields[CHANGE_FIELDS] = {
    [NEW_OFFER] = {"offer", .type = API_ANY},
    [NEW_NAME] = {"display_name", API_TEXT, .least = 1, .most = PARTICIPANT_NAME_BYTES - 1},
    [MUTED] = {"muted", .type = API_BOOL},
    [HAND_RAISED] = {"hand_raised", .type = API_BOOL},
    [PRESENTS] = {"presents", .type = API_BOOL},
    [TYPING] = {"typing", .type = API_BOOL},
};

/* ---- who may ask ---- */

/* @return false: the request is answered. */
static bool may_ask(struct api *api, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    if (!api->config.calls) {
        api_problem(answer, 403, "browsers_off",
                    "No browser may call here (media.browser_port).");
        return false;
    }
    if (request->caller.role >= API_MODERATOR ||
        gate_admit(api->gate, (const struct sockaddr *)&request->source, clock_monotonic_ns()))
        return true;
    api_problem(answer, 429, "too_many_requests", "Too many requests come from your address.");
    answer->retry_after_s = RETRY_AFTER_S;
    return false;
}

/* The call of the path. Whoever knows it may use it, wherever it has been moved to since.
 * @return NULL: the request is answered. */
static struct web_call *call_of(struct api *api, struct api_request *request)
{
    if (!may_ask(api, request))
        return NULL;
    struct web_call *call = web_calls_find(api->config.calls, request->id);
    if (!call)
        api_problem(&request->answer, 404, "no_such_call", "There is no such call.");
    return call;
}

/* ---- what is shown ---- */

static json_t *show_ended(const struct web_call *call)
{
    return json_pack("{s:s, s:s, s:s}", "id", web_call_id(call), "state", "ended", "reason",
                     participant_reason_word(web_call_reason(call)));
}

static const char *state_word(const struct participant_info *info)
{
    if (info->state == PARTICIPANT_LOBBY)
        return "lobby";
    return info->state == PARTICIPANT_CONNECTED ? "connected" : "connecting";
}

/* What it may do by itself. */
static json_t *show_rights(const struct participant *participant)
{
    const struct room_settings *settings = room_settings(participant_room(participant));
    const struct participant_info *info = participant_info(participant);
    return json_pack("{s:b, s:b, s:b, s:b}", "unmute", room_policy_may_unmute(settings, info),
                     "share", room_policy_allows(settings->may_share, info->role), "chat",
                     room_policy_allows(settings->may_chat, info->role), "present",
                     room_policy_allows(settings->may_present, info->role));
}

static json_t *show_call(const struct web_call *call)
{
    struct participant *participant = web_call_participant(call);
    if (!participant)
        return show_ended(call);
    const struct participant_info *info = participant_info(participant);
    json_t *shown =
        api_guests_show(participant_room(participant), info->state == PARTICIPANT_LOBBY);
    if (!shown)
        return NULL;
    json_t *own =
        json_pack("{s:s, s:s, s:s, s:n, s:s, s:s, s:b, s:b, s:b, s:o}", "id", web_call_id(call),
                  "participant", info->id, "state", state_word(info), "reason", "display_name",
                  info->display_name, "role", participant_role_word(info->role), "muted",
                  info->muted, "hand_raised", info->hand_raised, "presents", info->presents,
                  "may", show_rights(participant));
    if (!own || json_object_update_missing_new(shown, own)) {
        json_decref(shown);
        return NULL;
    }
    return shown;
}

/* @p sdp is moved; NULL: there was no offer. */
static void answer_call(struct api_request *request, unsigned status,
                        const struct web_call *call, char *sdp)
{
    struct api_answer *answer = &request->answer;
    if (request->is_sdp) {
        answer->status = status;
        answer->text = sdp;
        answer->text_length = strlen(sdp);
        answer->content_type = "application/sdp";
        return;
    }
    json_t *shown = show_call(call);
    if (shown && sdp)
        json_object_set_new(shown, "answer", json_string(sdp));
    free(sdp);
    api_answer_json(answer, status, shown);
}

/* ---- refusals ---- */

static void refuse_later(struct api_answer *answer, const char *code, const char *detail)
{
    api_problem(answer, 503, code, "%s", detail);
    answer->retry_after_s = RETRY_AFTER_S;
}

static void answer_failure(struct api_request *request, const struct room *room, int err,
                           const struct web_call_failure *why)
{
    struct api_answer *answer = &request->answer;
    const struct offer_failure *offer = why ? &why->offer : NULL;
    switch (-err) {
    case EACCES:
        api_door_refusal(answer, room, why->refusal);
        break;
    case ENOTSUP:
        api_problem(answer, 422, "not_acceptable", "The offer cannot be used: %s.",
                    offer->warning.code ? offer->warning.text : offer->text);
        break;
    case ENOTCONN:
        api_problem(answer, 409, "call_over", "The call is over.");
        break;
    case EUSERS:
        refuse_later(answer, "too_many_calls",
                     "There are as many calls of browsers as may be.");
        break;
    case ENOSPC:
    case EMFILE:
        refuse_later(answer, "no_media_port", "There is no room for more media.");
        break;
    default:
        api_answer_errno(request, err);
    }
}

/* ---- in ---- */

static struct room *room_to_join(struct api *api, struct api_request *request)
{
    struct room *room = NULL;
    if (!may_ask(api, request))
        return NULL;
    if (!api->config.guests && !api_caller_may_enter(&request->caller, request->room)) {
        api_problem(&request->answer, 403, "guests_off",
                    "Nobody may join without a token for this room here (api.guests).");
        return NULL;
    }
    int err = room_list_find_or_create(api->config.rooms, request->room, &room);
    if (err == -ENOENT || err == -EINVAL)
        api_problem(&request->answer, 404, "no_such_room", "There is no room of that name.");
    else if (err == -EUSERS)
        refuse_later(&request->answer, "too_many_rooms", "There are as many rooms as may be.");
    else if (err < 0)
        api_answer_errno(request, err);
    return room;
}

/* A text of many lines, which no other field is. @return NULL: the request is answered. */
static const char *read_offer(struct api_request *request, const struct api_value *value,
                              size_t *length)
{
    const char *text = json_string_value(value->json);
    *length = json_string_length(value->json);
    if (text && *length && *length <= MOST_OFFER_BYTES && strlen(text) == *length)
        return text;
    api_problem_field(&request->answer, "/offer", "has to be SDP of 1 to %d bytes",
                      MOST_OFFER_BYTES);
    return NULL;
}

/* @return false: the request is answered. */
static bool read_new(struct api_request *request, struct web_call_request *wanted)
{
    struct api_value values[NEW_FIELDS];
    if (request->is_sdp) {
        wanted->offer = request->body ? request->body : "";
        wanted->offer_length = request->body_length;
        wanted->display_name = api_uri_parameter(&request->uri, "display_name");
        wanted->pin = api_uri_parameter(&request->uri, "pin");
        return true;
    }
    if (!api_body_read(request->json, new_fields, NEW_FIELDS, API_BODY_NEW, values,
                       &request->answer))
        return false;
    wanted->offer = read_offer(request, &values[OFFER], &wanted->offer_length);
    wanted->display_name = values[DISPLAY_NAME].text;
    wanted->pin = values[PIN].text;
    return wanted->offer;
}

/* Its id is its browser's token as long as it lasts. @return 0 or an error: the call is ended.
 */
static int give_token(struct api *api, struct web_call *call)
{
    uint8_t digest[API_TOKEN_DIGEST_BYTES];
    struct api_caller caller;
    if (!web_call_participant(call)) /* kicked by somebody who heard of it */
        return 0;
    api_caller_of_participant(web_call_participant(call), &caller);
    api_token_digest(web_call_id(call), digest);
    int err = api_tokens_put(api->tokens, digest, &caller, 0);
    if (err < 0)
        web_call_hang_up(call);
    return err;
}

void api_open_call(struct api *api, struct api_request *request)
{
    char source[API_SOURCE_BYTES], *sdp;
    struct web_call_request wanted = {
        .source = source, .is_known = api_caller_may_enter(&request->caller, request->room)};
    struct web_call_failure why;
    struct web_call *call;
    if (!read_new(request, &wanted))
        return;
    struct room *room = room_to_join(api, request);
    if (!room)
        return;
    api_source_text(&request->source, source);
    wanted.judged = request->pins;
    if (web_call_has_to_judge(room, &wanted)) {
        api_pins_judge(api, request, room, wanted.pin);
        return;
    }
    int err = web_call_open(api->config.calls, room, &wanted, &call, &sdp, &why);
    if (err < 0) {
        answer_failure(request, room, err, &why);
        return;
    }
    err = give_token(api, call);
    if (err < 0) {
        free(sdp);
        api_answer_errno(request, err);
        return;
    }
    snprintf(request->answer.location, sizeof(request->answer.location),
             "/api/v1/rooms/%s/calls/%s", room_name(room), web_call_id(call));
    answer_call(request, 201, call, sdp);
}

/* ---- there ---- */

void api_read_call(struct api *api, struct api_request *request)
{
    const struct web_call *call = call_of(api, request);
    if (call)
        api_answer_json(&request->answer, 200, show_call(call));
}

static const bool *flag_of(const struct api_value *value)
{
    return value->is_given ? &value->flag : NULL;
}

/* @return false: the request is answered. */
static bool may_change(struct api_request *request, const struct participant *participant,
                       const struct api_value *values)
{
    const struct room_settings *settings = room_settings(participant_room(participant));
    const struct participant_info *info = participant_info(participant);
    if (values[MUTED].is_given && !values[MUTED].flag && info->muted &&
        !room_policy_may_unmute(settings, info)) {
        api_problem(&request->answer, 403, "may_not_unmute", "You may not unmute yourself.");
        return false;
    }
    if (!values[PRESENTS].flag || room_policy_allows(settings->may_present, info->role))
        return true;
    api_problem(&request->answer, 403, "may_not_present",
                "You may not present in this room (who_may_present).");
    return false;
}

/* @return false: the request is answered. */
static bool change(struct api_request *request, struct participant *participant,
                   const struct api_value *values)
{
    const struct participant_change change = {.muted = flag_of(&values[MUTED]),
                                              .display_name = values[NEW_NAME].text,
                                              .hand_raised = flag_of(&values[HAND_RAISED]),
                                              .presents = flag_of(&values[PRESENTS])};
    if (values[TYPING].is_given)
        room_chat_typing(participant, values[TYPING].flag ? ROOM_CHAT_TYPING_S : 0);
    int err = participant_change(participant, &change);
    if (err < 0)
        api_answer_errno(request, err);
    return err == 0;
}

/* RFC 9725 section 4.3.1. */
static void trickle(struct api_request *request, struct web_call *call)
{
    struct api_answer *answer = &request->answer;
    int err = web_call_trickle(call, request->body ? request->body : "", request->body_length);
    if (err == 0)
        api_answer_empty(answer, 204);
    else if (err == -EBADMSG)
        api_problem(answer, 400, "bad_fragment",
                    "The body is no fragment of SDP with a=ice-ufrag and a=ice-pwd.");
    else if (err == -ENOTSUP)
        api_problem(answer, 422, "not_acceptable",
                    "These are not the credentials of the offer: a restart needs a new one.");
    else
        answer_failure(request, NULL, err, NULL);
}

static void change_call(struct api_request *request, struct web_call *call)
{
    struct api_value values[CHANGE_FIELDS];
    struct web_call_failure why = {.refusal = ROOM_ADMITTED};
    char *sdp = NULL;
    int err = 0;
    if (!api_body_read(request->json, change_fields, CHANGE_FIELDS, API_BODY_PATCH, values,
                       &request->answer))
        return;
    size_t length = 0;
    const bool has_offer = values[NEW_OFFER].is_given;
    const char *offer = has_offer ? read_offer(request, &values[NEW_OFFER], &length) : NULL;
    if (has_offer && !offer)
        return;
    struct participant *participant = web_call_participant(call);
    if (participant && !may_change(request, participant, values))
        return;
    if (!participant)
        err = -ENOTCONN;
    else if (offer)
        err = web_call_renew(call, offer, length, &sdp, &why);
    if (err < 0) {
        answer_failure(request, NULL, err, &why);
        return;
    }
    participant = web_call_participant(call);
    if (participant && !change(request, participant, values))
        free(sdp);
    else
        answer_call(request, 200, call, sdp);
}

void api_change_call(struct api *api, struct api_request *request)
{
    struct web_call *call = call_of(api, request);
    if (call && request->is_sdp)
        trickle(request, call);
    else if (call)
        change_call(request, call);
}

/* ---- out ---- */

void api_end_call(struct api *api, struct api_request *request)
{
    struct web_call *call = call_of(api, request);
    if (!call)
        return;
    web_call_hang_up(call);
    api_answer_empty(&request->answer, 204);
}

/* ---- events ---- */

/* Its room may be another one now: the stream is that of the room where it is. Who is in the
 * lobby does not learn who is in, and the stream is cut once it comes in. */
void api_find_call(struct api *api, struct api_request *request)
{
    const struct web_call *call = call_of(api, request);
    const struct participant *participant = call ? web_call_participant(call) : NULL;
    if (call && !participant)
        api_problem(&request->answer, 404, "no_such_call", "The call is over.");
    else if (call)
        snprintf(request->call_room, sizeof(request->call_room), "%s",
                 participant_info(participant)->state == PARTICIPANT_LOBBY
                     ? NOWHERE
                     : room_name(participant_room(participant)));
}

void api_serve_call_events(struct api *api, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    if (request->is_head) {
        answer->status = 200;
        answer->constant = "";
        answer->content_type = "text/event-stream";
        return;
    }
    int err = api_guests_subscribe(api->guests, request->call_room, request->id,
                                   request->connection, &answer->stream);
    if (err == 0)
        answer->status = 200;
    else if (err == -EUSERS)
        refuse_later(answer, "too_many_streams", "There are as many event streams as may be.");
    else
        api_answer_errno(request, err);
}
