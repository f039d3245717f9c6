/* api.c - the parts put together, and the events of rooms put into the streams. */
#include "api/api_audit.h"
#include "api/api_call_records.h"
#include "api/api_dial.h"
#include "api/api_fetch.h"
#include "api/api_internal.h"
#include "api/api_show.h"
#include "api/api_token_list.h"
#include "api/api_version.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/call/gate.h"
#include "server/call/web_call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TIMER_MS = 1000, FLUSH_S = 60, WEBHOOK_MOST_S = 10 };

/* ---- control's side of the queue ---- */

static void serve(void *context, struct api_request *request)
{
    struct api *api = context;
    const bool comes = request->stage == API_ADMITTED; /* its body is to come */
    request->is_served =
        comes || (!api_idempotency_answer(api->idempotency, request, clock_monotonic_ns()) &&
                  api_version_check(api, request));
    if (comes)
        request->route->admit(api, request);
    else if (request->is_served)
        request->route->serve(api, request);
}

static void hold(struct api_request *request)
{
    api_http_suspend(request->connection);
}

/* At once, or later if it was held. One whose body is to come has no answer yet. */
static void resume(struct api_request *request)
{
    struct api *api = request->api;
    if (request->is_served && request->answer.status) {
        api_version_add(request);
        api_idempotency_keep(api->idempotency, request, clock_monotonic_ns());
        api_audit_note(api, request);
    }
    api_http_resume(request->connection);
}

/* ---- events ---- */

static bool has_reason(const struct room_event *event)
{
    return event->kind == ROOM_EVENT_PARTICIPANT_LEFT;
}

static json_t *show_play_ended(const struct room_event *event, json_t *shown)
{
    const struct room_play_info *info = room_play_info(event->play);
    json_object_set_new(shown, "play", api_show_play(event->play));
    json_object_set_new(shown, "reason", json_string(room_play_ending_word(info->ending)));
    json_object_set_new(shown, "detail", json_string(info->detail));
    return shown;
}

static json_t *show_file_event(const struct api *api, const struct room_event *event,
                               json_t *shown)
{
    json_object_set_new(shown, "file", api_show_file(api->links, event->file));
    if (event->kind == ROOM_EVENT_FILE_REMOVED)
        json_object_set_new(
            shown, "reason",
            json_string(room_file_ending_word(room_file_info(event->file)->ending)));
    return shown;
}

static json_t *show_dialled(const struct room_event *event, json_t *shown)
{
    json_object_set_new(shown, "uri", json_string(event->dialled.uri));
    json_object_set_new(shown, "problem", api_dial_problem(event->room, event->dialled.error));
    if (event->participant)
        json_object_set_new(shown, "participant",
                            api_show_participant(event->participant, API_SHOW_SHORT));
    return shown;
}

static json_t *show_event(const struct api *api, const struct room_event *event)
{
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ns(), now);
    json_t *shown = json_pack("{s:s, s:s}", "time", now, "room", room_name(event->room));
    if (event->kind == ROOM_EVENT_PLAY_ENDED)
        return show_play_ended(event, shown);
    if (event->message) {
        json_object_set_new(shown, "message",
                            api_show_message(event->message, API_SHOW_TO_RUNNER));
        return shown;
    }
    if (event->kind == ROOM_EVENT_ROOM_PRESENTATION) {
        json_object_set_new(shown, "presentation", api_show_presentation(event->room));
        return shown;
    }
    if (event->file)
        return show_file_event(api, event, shown);
    if (event->offer) {
        json_object_set_new(shown, "file_offer", api_show_file_offer(event->offer));
        return shown;
    }
    if (event->kind == ROOM_EVENT_ROOM_DIALLED)
        return show_dialled(event, shown);
    if (event->recording) {
        json_object_set_new(shown, "recording",
                            api_show_recording(api->links, event->recording));
        return shown;
    }
    if (event->kind == ROOM_EVENT_ROOM_SPEAKER)
        json_object_set_new(shown, "speaker", api_show_id(event->participant));
    if (event->kind == ROOM_EVENT_ROOM_SPEAKER && !event->participant)
        return shown;
    if (!event->participant) {
        json_object_set_new(shown, "settings", api_show_room(event->room, API_SHOW_SHORT));
        return shown;
    }
    const struct participant_info *info = participant_info(event->participant);
    json_object_set_new(shown, "participant",
                        api_show_participant(event->participant, API_SHOW_SHORT));
    if (event->kind == ROOM_EVENT_PARTICIPANT_DIGIT)
        json_object_set_new(shown, "digit", json_stringn(&event->digit, 1));
    if (has_reason(event)) {
        json_object_set_new(shown, "reason",
                            json_string(participant_reason_word(info->reason)));
        json_object_set_new(shown, "detail", json_string(info->detail));
    }
    return shown;
}

/* One who is moved has another room from now on; one who comes in from the lobby has one. */
static bool has_other_news(const struct room_event *event)
{
    if (event->kind == ROOM_EVENT_PARTICIPANT_STATE)
        return participant_info(event->participant)->state == PARTICIPANT_MOVING;
    return event->kind == ROOM_EVENT_PARTICIPANT_LEFT &&
           participant_info(event->participant)->state != PARTICIPANT_ENDED;
}

static void note_guests(struct api *api, const struct room_event *event)
{
    const struct web_call *call = has_other_news(event) && api->config.calls
                                      ? web_calls_of(api->config.calls, event->participant)
                                      : NULL;
    if (call)
        api_guests_cut(api->guests, web_call_id(call));
    api_guests_note(api->guests, event->room);
}

/* @return NULL: of who is gone, or has come another way. */
static const char *call_id_of(const struct api *api, const struct room *room, const char *id)
{
    const struct participant *participant = id[0] ? room_find(room, id) : NULL;
    const struct web_call *call =
        participant && api->config.calls ? web_calls_of(api->config.calls, participant) : NULL;
    return call ? web_call_id(call) : NULL;
}

/* A line of the chat, to all browsers of the room, or to the two whom it is for. */
static void tell_guests(struct api *api, const struct room_event *event)
{
    const struct chat_message *message = event->message;
    const char *word = room_event_word(event->kind);
    if (event->kind == ROOM_EVENT_MESSAGE_SETTLED)
        return; /* what becomes of it with others is for who runs the room */
    if (!message->to_id[0]) {
        api_guests_tell(api->guests, word, event->room, NULL, message);
        return;
    }
    const char *const ids[] = {message->from_id, message->to_id};
    for (unsigned i = 0; i < 2; i++) {
        const char *call_id = call_id_of(api, event->room, ids[i]);
        if (call_id)
            api_guests_tell(api->guests, word, event->room, call_id, message);
    }
}

static void on_call_ended(void *context, const struct web_call *call)
{
    struct api *api = context;
    api_guests_cut(api->guests, web_call_id(call));
}

/* A browser's token is good for as much as its participant is, and as long. */
static void note_caller(struct api *api, const struct room_event *event)
{
    struct api_caller caller;
    switch (event->kind) {
    case ROOM_EVENT_PARTICIPANT_ADDED:
    case ROOM_EVENT_PARTICIPANT_STATE:
    case ROOM_EVENT_PARTICIPANT_JOINED:
    case ROOM_EVENT_PARTICIPANT_CHANGED:
        api_caller_of_participant(event->participant, &caller);
        if (api_tokens_change(api->tokens, caller.id, caller.role, &caller.scope, 0))
            api_events_cut(api->events, caller.id);
        break;
    case ROOM_EVENT_PARTICIPANT_LEFT:
        if (participant_info(event->participant)->state != PARTICIPANT_ENDED)
            break;
        api_tokens_remove(api->tokens, participant_info(event->participant)->id);
        api_events_cut(api->events, participant_info(event->participant)->id);
        break;
    default:
        break;
    }
}

static void on_event(void *context, const struct room_event *event)
{
    struct api *api = context;
    api_publish(api, room_event_word(event->kind), room_name(event->room),
                show_event(api, event));
    api_call_records_note(api, event);
    if (event->message)
        tell_guests(api, event);
    else
        note_guests(api, event);
    note_caller(api, event);
    if (event->kind == ROOM_EVENT_FILE_SHARED)
        api_tell_of_file(api, event->room, event->file);
    if (event->play)
        api_play_urls_forget(&api->play_urls, event->play);
    if (event->participant && participant_info(event->participant)->state == PARTICIPANT_ENDED)
        api_digits_forget(&api->digits, event->participant);
}

void api_serve_events(struct api *api, struct api_request *request)
{
    const struct api_stream_plan plan = {
        .room = request->room,
        .key = request->caller.id,
        .has_last_id = request->has_last_id,
        .last_id = request->last_id,
        .sleep = api_http_suspend,
        .wake = api_http_resume,
        .context = request->connection,
    };
    struct api_answer *answer = &request->answer;
    if (request->is_head) { /* libmicrohttpd 0.9.75 would send a stream's body to HEAD, too */
        answer->status = 200;
        answer->constant = "";
        answer->content_type = "text/event-stream";
        return;
    }
    int err = api_events_subscribe(api->events, &plan, &answer->stream);
    if (err == 0) {
        answer->status = 200;
    } else if (err == -EUSERS) {
        api_problem(answer, 503, "too_many_streams",
                    "There are as many event streams as the "
                    "configuration allows.");
        answer->retry_after_s = 5;
    } else {
        api_answer_errno(request, err);
    }
}

/* ---- life ---- */

static void on_token_over(void *context, const char *id)
{
    struct api *api = context;
    api_events_cut(api->events, id);
}

static void on_timer(void *context)
{
    struct api *api = context;
    api_http_cut_late(api->http);
    api_token_list_expire(api->token_list, clock_wall_ns(), on_token_over, api);
    if (--api->flush_in_s == 0) {
        api->flush_in_s = FLUSH_S;
        api_token_list_flush(api->token_list);
        api_call_records_prune(api);
        api_audit_prune(api);
    }
    if (--api->heartbeat_in_s == 0) {
        api->heartbeat_in_s = API_EVENTS_HEARTBEAT_S;
        api_events_heartbeat(api->events);
        api_guests_heartbeat(api->guests);
    }
    loop_timer_start(api->config.loop, &api->timer, TIMER_MS, on_timer, api);
}

/* Half of the connections at most: the other half is for requests. */
static unsigned most_streams(const struct api_config *config)
{
    return (config->max_connections + 1) / 2;
}

static int make_guests(struct api *api, uint64_t first_id)
{
    const struct api_guests_config config = {.loop = api->config.loop,
                                             .rooms = api->config.rooms,
                                             .max_streams = most_streams(&api->config),
                                             .first_id = first_id,
                                             .sleep = api_http_suspend,
                                             .wake = api_http_resume};
    if (!api->config.calls)
        return 0;
    api->gate = gate_create(api->config.rate_per_source);
    return api->gate ? api_guests_create(&config, &api->guests) : -ENOMEM;
}

/* Those of the configuration. */
static int put_tokens(struct api *api)
{
    const struct api_caller admin = {.role = API_ADMIN, .id = "admin"};
    const struct api_caller metrics = {
        .role = API_NOBODY, .id = "metrics", .reads_metrics = true};
    uint8_t digest[API_TOKEN_DIGEST_BYTES];
    api_token_digest(api->config.admin_token, digest);
    int err = api_tokens_put(api->tokens, digest, &admin, 0);
    if (err < 0 || !api->config.metrics_token)
        return err;
    api_token_digest(api->config.metrics_token, digest);
    err = api_tokens_put(api->tokens, digest, &metrics, 0);
    return err == -EEXIST ? 0 : err; /* the administrator's, which is good for them, too */
}

static int make_tokens(struct api *api)
{
    api->tokens = api_tokens_create();
    api->wrong_tokens = gate_create(api->config.rate_per_source);
    api->callers = gate_create(api->config.rate_per_token);
    if (!api->tokens || !api->wrong_tokens || !api->callers)
        return -ENOMEM;
    int err = put_tokens(api);
    return err < 0 ? err
                   : api_token_list_create(api->config.store, api->tokens, &api->token_list);
}

/* Whoever is told by HTTP, and the thread that does it. */
static int make_webhooks(struct api *api, char **why)
{
    const struct api_config *config = &api->config;
    const struct api_fetch_config fetch = {
        .directory = config->data_directory,
        .allow = config->webhook_allow,
        .allow_count = config->webhook_allow_count,
        .most_bytes = 1, /* no file is brought */
        .most_s = WEBHOOK_MOST_S,
        .at_once = API_FETCH_MAX_AT_ONCE,
        .most_waiting = API_WEBHOOK_MOST,
    };
    int err = api_fetch_create(&fetch, config->loop, &api->webhook_fetch, why);
    if (err < 0)
        return err;
    const struct api_webhooks_config webhooks = {
        .loop = config->loop,
        .store = config->store,
        .fetch = api->webhook_fetch,
        .attempts = config->webhook_attempts,
        .failures = config->webhook_failures,
        .on_disabled = api_on_webhook_disabled,
        .context = api,
    };
    return api_webhooks_create(&webhooks, &api->webhooks);
}

static int make_parts(struct api *api, char **why)
{
    const struct api_queue_calls calls = {hold, resume, serve, api};
    /* [us]: events are slower than that, so that the next start's ids are above these. */
    uint64_t first_id = (uint64_t)(clock_wall_ns() / 1000);
    api->queue = api_queue_create(api->config.loop, &calls);
    api->events = api_events_create(API_EVENTS_SLOTS, most_streams(&api->config), first_id);
    api->idempotency = api_idempotency_create(API_KEYS_SLOTS);
    if (!api->queue || !api->events || !api->idempotency || make_guests(api, first_id) < 0)
        return -ENOMEM;
    int err = make_tokens(api);
    if (err == 0)
        err = make_webhooks(api, why);
    if (err == 0)
        err = api_http_create(api, &api->http, why);
    return err < 0 ? err : api_http_start(api->http);
}

int api_create(const struct api_config *config, struct api **api, char **why)
{
    ASSERT_CONTROL();
    *why = NULL;
    json_object_seed(0); /* before there are two threads */
    struct api *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->config = *config;
    made->heartbeat_in_s = API_EVENTS_HEARTBEAT_S;
    made->flush_in_s = FLUSH_S;
    api_digits_init(&made->digits, config->loop);
    api_play_urls_init(&made->play_urls, config->fetch);
    api_snapshots_init(&made->snapshots, resume);
    api_pins_init(&made->pins, serve, resume);
    api_upload_waits_init(&made->upload_waits, resume);
    int err = api_avatars_create(config->data_directory, &made->avatars, why);
    if (err == 0)
        err = api_links_create(config->data_directory, config->file_link_s, &made->links, why);
    if (err == 0)
        err = make_parts(made, why);
    if (err < 0) {
        api_destroy(made);
        return err;
    }
    made->listener = (struct room_listener){.on_event = on_event, .context = made};
    room_list_listen(config->rooms, &made->listener);
    made->trunk_listener = (struct trunk_listener){.on_event = api_tell_trunk, .context = made};
    trunk_list_listen(config->trunks, &made->trunk_listener);
    made->listens = true;
    if (config->calls)
        web_calls_listen(config->calls, on_call_ended, made);
    loop_timer_start(config->loop, &made->timer, TIMER_MS, on_timer, made);
    log_info("api", "listens on http%s://%s", config->tls_certificate ? "s" : "",
             config->listen);
    *api = made;
    return 0;
}

int api_reload(struct api *api, char **why)
{
    ASSERT_CONTROL();
    *why = NULL;
    return api_http_reload(api->http, why);
}

bool api_is_telling(const struct api *api)
{
    ASSERT_CONTROL();
    return api_webhooks_are_telling(api->webhooks);
}

/* The queue and the events first: after that no connection is suspended, nor becomes so. */
void api_destroy(struct api *api)
{
    ASSERT_CONTROL();
    if (!api)
        return;
    loop_timer_stop(api->config.loop, &api->timer);
    if (api->listens)
        room_list_unlisten(api->config.rooms, &api->listener);
    if (api->listens)
        trunk_list_unlisten(api->config.trunks, &api->trunk_listener);
    if (api->listens && api->config.calls)
        web_calls_listen(api->config.calls, NULL, NULL);
    if (api->queue)
        api_queue_close(api->queue);
    api_snapshots_finish(&api->snapshots);
    api_pins_finish(&api->pins);
    api_upload_waits_finish(&api->upload_waits);
    if (api->events)
        api_events_close(api->events);
    api_guests_close(api->guests);
    api_http_destroy(api->http);
    api_queue_destroy(api->queue);
    api_events_destroy(api->events);
    api_guests_destroy(api->guests);
    gate_destroy(api->gate);
    gate_destroy(api->wrong_tokens);
    gate_destroy(api->callers);
    api_webhooks_destroy(api->webhooks);
    api_fetch_destroy(api->webhook_fetch);
    if (api->token_list)
        api_token_list_flush(api->token_list);
    api_token_list_destroy(api->token_list);
    api_tokens_destroy(api->tokens);
    api_idempotency_destroy(api->idempotency);
    api_digits_finish(&api->digits);
    api_play_urls_finish(&api->play_urls);
    api_avatars_destroy(api->avatars);
    api_links_destroy(api->links);
    free(api);
}
