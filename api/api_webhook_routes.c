/* api_webhook_routes.c - /api/v1/webhooks and below. A secret goes in, or out once. */
#include "api/api_body.h"
#include "api/api_fetch.h"
#include "api/api_internal.h"
#include "api/api_show.h"
#include "api/api_webhooks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    URL,
    EVENTS,
    ROOMS,
    SECRET,
    ENABLED,
    ID,
    WAITING,
    DELIVERED,
    FAILED,
    LOST,
    CREATED_AT,
    FIELDS
};

#define REST                                                                                   \
    [EVENTS] = {"events",                                                                      \
                API_LIST,                                                                      \
                .least = 1,                                                                    \
                .most = API_WEBHOOK_EVENTS,                                                    \
                .has_default = true,                                                           \
                .is_valid = api_event_is_known,                                                \
                .allowed = "the name of an event"},                                            \
    [ROOMS] = {API_SCOPE_FIELD, .has_default = true},                                          \
    [SECRET] = {"secret", API_TEXT, .most = API_WEBHOOK_SECRET_BYTES - 1,                      \
                .is_valid = api_webhook_secret_is_valid,                                       \
                .allowed = "whsec_ and 24 to 64 bytes as BASE64"},                             \
    [ENABLED] = {"enabled", API_BOOL, .has_default = true},                                    \
    [ID] = {"id", API_TEXT, .is_read_only = true},                                             \
    [WAITING] = {"waiting", API_INTEGER, .is_read_only = true},                                \
    [DELIVERED] = {"delivered", API_INTEGER, .is_read_only = true},                            \
    [FAILED] = {"failed", API_INTEGER, .is_read_only = true},                                  \
    [LOST] = {"lost", API_INTEGER, .is_read_only = true},                                      \
    [CREATED_AT] = {"created_at", API_TEXT, .is_read_only = true}
#define URL_TEXT "url", API_TEXT, .least = 1, .most = API_WEBHOOK_URL_BYTES - 1

static const struct api_field new_fields[FIELDS] = {[URL] = {URL_TEXT, .is_required = true},
                                                    REST};
static const struct api_field change_fields[FIELDS] = {[URL] = {URL_TEXT}, REST};

/* ---- what is shown ---- */

static json_t *show_events(const struct api_webhook_settings *settings)
{
    json_t *events = settings->event_count ? json_array() : json_null();
    for (unsigned i = 0; i < settings->event_count; i++)
        json_array_append_new(events, json_string(settings->event[i]));
    return events;
}

static json_t *show(const struct api_webhook *hook)
{
    const struct api_webhook_settings *settings = &hook->settings;
    return json_pack("{s:s, s:s, s:o, s:o, s:b, s:i, s:I, s:I, s:I, s:o}", "id", hook->id,
                     "url", settings->url, "events", show_events(settings), "rooms",
                     api_scope_show(&settings->rooms), "enabled", settings->enabled, "waiting",
                     (int)hook->waiting, "delivered", (json_int_t)hook->delivered, "failed",
                     (json_int_t)hook->failed, "lost", (json_int_t)hook->lost, "created_at",
                     api_show_time(hook->created_ns));
}

static json_t *show_delivery(const struct api_delivery *delivery)
{
    static const char *const words[] = {[API_DELIVERY_WAITING] = "waiting",
                                        [API_DELIVERY_DONE] = "delivered",
                                        [API_DELIVERY_FAILED] = "failed"};
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:o, s:s, s:o, s:o}", "id", delivery->id,
                     "message", delivery->message, "event", delivery->event, "state",
                     words[delivery->state], "attempts", (int)delivery->attempts, "status",
                     delivery->status ? json_integer(delivery->status) : json_null(), "error",
                     delivery->why, "created_at", api_show_time(delivery->created_ns),
                     "finished_at", api_show_time(delivery->finished_ns));
}

void api_on_webhook_disabled(void *context, const struct api_webhook *hook)
{
    api_tell(context, "webhook_changed", "webhook", show(hook));
}

/* ---- what is wanted ---- */

static void take_events(const struct api_value *value, struct api_webhook_settings *settings)
{
    settings->event_count = (unsigned)json_array_size(value->json); /* null: 0 */
    for (unsigned i = 0; i < settings->event_count; i++)
        snprintf(settings->event[i], API_WEBHOOK_WORD_BYTES, "%s",
                 json_string_value(json_array_get(value->json, i)));
}

/* @return false: the request is answered. */
static bool apply(struct api_request *request, const struct api_value *values,
                  struct api_webhook_settings *settings)
{
    struct api_answer *answer = &request->answer;
    if (values[URL].is_given) {
        const char *fault = api_fetch_url_fault(values[URL].text);
        if (fault)
            api_problem_field(answer, "/url", "%s", fault);
        snprintf(settings->url, sizeof(settings->url), "%s", values[URL].text);
    }
    if (values[EVENTS].is_given)
        take_events(&values[EVENTS], settings);
    if (values[ROOMS].is_null)
        settings->rooms = (struct api_scope){.is_all = true};
    else if (values[ROOMS].is_given)
        api_scope_take(&values[ROOMS], &settings->rooms, answer);
    if (values[SECRET].is_given)
        snprintf(settings->secret, sizeof(settings->secret), "%s", values[SECRET].text);
    if (values[ENABLED].is_given)
        settings->enabled = values[ENABLED].is_null || values[ENABLED].flag;
    return answer->status == 0;
}

/* ---- the routes ---- */

/* The webhook of the path. @return NULL: the request is answered. */
static const struct api_webhook *find(struct api *api, struct api_request *request)
{
    const struct api_webhook *hook = api_webhooks_find(api->webhooks, request->id);
    if (!hook)
        api_problem(&request->answer, 404, "no_such_webhook", "There is no webhook \"%.64s\".",
                    request->id);
    return hook;
}

void api_list_webhooks(struct api *api, struct api_request *request)
{
    struct api_page page;
    if (!api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const struct api_webhook *hook = api_webhooks_above(api->webhooks, page.after),
                             *last = NULL;
    for (unsigned i = 0; hook && i < page.limit; i++) {
        json_array_append_new(items, show(hook));
        last = hook;
        hook = api_webhooks_above(api->webhooks, last->id);
    }
    api_page_answer(request, items, hook ? last->id : NULL);
}

void api_create_webhook(struct api *api, struct api_request *request)
{
    struct api_value values[FIELDS];
    struct api_webhook_settings settings = {.enabled = true, .rooms = {.is_all = true}};
    const struct api_webhook *hook;
    api_webhook_secret_make(settings.secret);
    if (!api_body_read(request->json, new_fields, FIELDS, API_BODY_NEW, values,
                       &request->answer) ||
        !apply(request, values, &settings))
        return;
    int err = api_webhooks_add(api->webhooks, &settings, &hook);
    if (err == -EUSERS)
        api_problem(&request->answer, 409, "too_many_webhooks",
                    "There are %d webhooks already.", API_WEBHOOK_MOST);
    else if (err < 0)
        api_answer_errno(request, err);
    if (err < 0)
        return;
    json_t *shown = show(hook);
    json_object_set_new(shown, "secret", json_string(settings.secret));
    api_answer_json(&request->answer, 201, shown);
    snprintf(request->answer.location, sizeof(request->answer.location), "/api/v1/webhooks/%s",
             hook->id);
    api_tell(api, "webhook_created", "webhook", show(hook));
}

void api_read_webhook(struct api *api, struct api_request *request)
{
    const struct api_webhook *hook = find(api, request);
    if (hook)
        api_answer_json(&request->answer, 200, show(hook));
}

void api_change_webhook(struct api *api, struct api_request *request)
{
    struct api_value values[FIELDS];
    const struct api_webhook *hook = find(api, request);
    if (!hook || !api_body_read(request->json, change_fields, FIELDS, API_BODY_PATCH, values,
                                &request->answer))
        return;
    struct api_webhook_settings settings = hook->settings;
    if (!apply(request, values, &settings))
        return;
    int err = api_webhooks_change(api->webhooks, request->id, &settings);
    if (err < 0) {
        api_answer_errno(request, err);
        return;
    }
    api_answer_json(&request->answer, 200, show(hook));
    api_tell(api, "webhook_changed", "webhook", show(hook));
}

void api_delete_webhook(struct api *api, struct api_request *request)
{
    const struct api_webhook *hook = find(api, request);
    if (!hook)
        return;
    json_t *shown = show(hook);
    int err = api_webhooks_delete(api->webhooks, request->id);
    if (err < 0) {
        json_decref(shown);
        api_answer_errno(request, err);
        return;
    }
    api_answer_empty(&request->answer, 204);
    api_tell(api, "webhook_deleted", "webhook", shown);
}

/* All that are remembered, the newest first: they are few. */
void api_list_deliveries(struct api *api, struct api_request *request)
{
    if (!find(api, request))
        return;
    json_t *items = json_array();
    const struct api_delivery *at = api_webhooks_deliveries(api->webhooks, request->id);
    for (; at; at = at->next)
        json_array_insert_new(items, 0, show_delivery(at));
    api_answer_json(&request->answer, 200, json_pack("{s:o}", "items", items));
}

void api_start_delivery(struct api *api, struct api_request *request)
{
    static const struct api_field field = {"delivery", API_TEXT, .least = 1,
                                           .most = API_WEBHOOK_ID_BYTES - 1};
    struct api_answer *answer = &request->answer;
    struct api_value value;
    const struct api_delivery *delivery;
    if (!find(api, request) ||
        !api_body_read(request->json, &field, 1, API_BODY_NEW, &value, answer))
        return;
    int err = value.is_given
                  ? api_webhooks_repeat(api->webhooks, request->id, value.text, &delivery)
                  : api_webhooks_ping(api->webhooks, request->id, &delivery);
    if (err == -ESRCH)
        api_problem_field(answer, "/delivery", "is none that is remembered and finished");
    else if (err == -ENOTCONN)
        api_problem(answer, 409, "webhook_disabled", "The webhook is disabled.");
    else if (err == -ENOSPC)
        api_problem(answer, 409, "too_many_deliveries", "Too many deliveries are waiting.");
    else if (err < 0)
        api_answer_errno(request, err);
    else
        api_answer_json(answer, 202, show_delivery(delivery));
}
