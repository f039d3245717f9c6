/* api_webhooks.c - a queue for each webhook, whose first is tried until it is taken or too old.
 */
#include "api/api_webhooks.h"

#include "api/api_fetch.h"
#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/name_index.h"
#include "mixer/base/random.h"
#include "server/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_WAIT_MS = 1000,
    LONGEST_WAIT_MS = 3600 * 1000,
    KEEP_MS = 250,
    KEEP_AGAIN_MS = 60 * 1000, /* the disk is full, or the like */
    GONE = 410,
    EVENTS_BYTES = API_WEBHOOK_EVENTS * API_WEBHOOK_WORD_BYTES + 1,
};

struct hook {
    struct api_webhook seen; /* what others see */
    struct api_webhooks *hooks;
    struct api_deliveries deliveries;
    unsigned failures;         /* deliveries, in a row  */
    struct api_fetch_job *job; /* of the first that waits; NULL: none is under way */
    struct loop_timer timer;   /* until the next attempt; or not running */
    bool is_waiting;           /* for the timer */
};

struct api_webhooks {
    struct api_webhooks_config config;
    struct name_index index; /* of hooks, by id */
    struct loop_timer keep_timer;
    bool is_keeping; /* the timer runs */
    int err;         /* while loading */
};

static void go_on(struct hook *hook);

/* ---- the queue ---- */

static int keep_waiting(struct api_webhooks *hooks)
{
    int err = 0;
    for (size_t i = 0; err == 0 && i < hooks->index.count; i++) {
        struct hook *hook = hooks->index.item[i];
        err = api_deliveries_keep(&hook->deliveries);
    }
    return err;
}

static void keep_later(struct api_webhooks *hooks, int64_t ms);

static void on_keep(void *context)
{
    struct api_webhooks *hooks = context;
    hooks->is_keeping = false;
    if (keep_waiting(hooks) < 0)
        keep_later(hooks, KEEP_AGAIN_MS);
}

/* Most is delivered at once; only what is not is worth a write. */
static void keep_later(struct api_webhooks *hooks, int64_t ms)
{
    if (hooks->is_keeping)
        return;
    hooks->is_keeping = true;
    loop_timer_start(hooks->config.loop, &hooks->keep_timer, ms, on_keep, hooks);
}

static int append(struct hook *hook, const char *message, const char *word, const char *body,
                  struct api_delivery **out)
{
    const struct api_delivery_plan plan = {.message = message, .event = word, .body = body};
    int err = api_deliveries_add(&hook->deliveries, &plan, out);
    hook->seen.waiting = hook->deliveries.waiting;
    hook->seen.lost = hook->deliveries.lost;
    if (err == 0)
        keep_later(hook->hooks, KEEP_MS);
    return err;
}

static void settle(struct hook *hook, struct api_delivery *delivery,
                   enum api_delivery_state state)
{
    api_deliveries_settle(&hook->deliveries, delivery, state);
    hook->seen.waiting = hook->deliveries.waiting;
    if (state == API_DELIVERY_DONE)
        hook->seen.delivered++;
    else
        hook->seen.failed++;
}

/* Nothing is under way any more. */
static void stop(struct hook *hook)
{
    if (hook->job)
        api_fetch_cancel(hook->job);
    hook->job = NULL;
    loop_timer_stop(hook->hooks->config.loop, &hook->timer);
    hook->is_waiting = false;
}

static void drop_waiting(struct hook *hook)
{
    stop(hook);
    for (struct api_delivery *at; (at = api_deliveries_next(&hook->deliveries));) {
        snprintf(at->why, sizeof(at->why), "the webhook was disabled");
        settle(hook, at, API_DELIVERY_FAILED);
    }
    api_deliveries_trim(&hook->deliveries);
}

/* ---- the store ---- */

static void write_events(const struct api_webhook_settings *settings, char out[EVENTS_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < settings->event_count; i++)
        used += (size_t)snprintf(out + used, EVENTS_BYTES - used, "%s%s", i ? " " : "",
                                 settings->event[i]);
}

static bool read_events(const char *text, struct api_webhook_settings *settings)
{
    for (settings->event_count = 0; *text;) {
        size_t length = strcspn(text, " ");
        if (settings->event_count == API_WEBHOOK_EVENTS || length >= API_WEBHOOK_WORD_BYTES)
            return false;
        memcpy(settings->event[settings->event_count++], text, length);
        text += length + (text[length] == ' ');
    }
    return true;
}

static int keep(const struct hook *hook, const struct api_webhook_settings *settings)
{
    char events[EVENTS_BYTES], rooms[API_SCOPE_TEXT_BYTES];
    write_events(settings, events);
    api_scope_write(&settings->rooms, rooms);
    return store_webhook_put(hook->hooks->config.store,
                             &(struct store_webhook){.id = hook->seen.id,
                                                     .url = settings->url,
                                                     .events = events,
                                                     .rooms = rooms,
                                                     .secret = settings->secret,
                                                     .enabled = settings->enabled,
                                                     .created_ns = hook->seen.created_ns});
}

/* ---- sent ---- */

static void disable(struct hook *hook, const char *why)
{
    struct api_webhooks_config *config = &hook->hooks->config;
    log_warn("api", "webhook %s is disabled: %s", hook->seen.id, why);
    hook->seen.settings.enabled = false;
    keep(hook, &hook->seen.settings); /* else it is tried again after a restart */
    drop_waiting(hook);
    config->on_disabled(config->context, &hook->seen);
}

static int64_t wait_ms(unsigned attempts)
{
    int64_t ms = FIRST_WAIT_MS;
    for (unsigned i = 1; i < attempts && ms < LONGEST_WAIT_MS; i++)
        ms *= 2;
    ms = ms < LONGEST_WAIT_MS ? ms : LONGEST_WAIT_MS;
    return ms + (int64_t)(random_u32() % (uint32_t)(ms / 10)); /* not all at the same time */
}

static void on_timer(void *context)
{
    struct hook *hook = context;
    hook->is_waiting = false;
    go_on(hook);
}

static void try_later(struct hook *hook, int64_t ms)
{
    hook->is_waiting = true;
    loop_timer_start(hook->hooks->config.loop, &hook->timer, ms, on_timer, hook);
}

static void on_sent(void *context, const struct api_fetch_result *result)
{
    struct hook *hook = context;
    const struct api_webhooks_config *config = &hook->hooks->config;
    struct api_delivery *delivery = api_deliveries_next(&hook->deliveries);
    hook->job = NULL;
    if (result->err == -ECANCELED || !delivery)
        return; /* the server is going down */
    delivery->attempts++;
    delivery->status = result->status;
    snprintf(delivery->why, sizeof(delivery->why), "%s", result->why);
    if (result->err == 0) {
        hook->failures = 0;
        settle(hook, delivery, API_DELIVERY_DONE);
    } else if (delivery->attempts >= config->attempts || result->status == GONE) {
        hook->failures++;
        settle(hook, delivery, API_DELIVERY_FAILED);
        log_warn("api", "webhook %s: %s is not delivered: %s", hook->seen.id, delivery->event,
                 delivery->why);
    } else {
        try_later(hook, wait_ms(delivery->attempts));
        return;
    }
    api_deliveries_trim(&hook->deliveries);
    if (result->status == GONE)
        disable(hook, "it is gone (410)");
    else if (hook->failures >= config->failures)
        disable(hook, "too many deliveries have failed");
    else
        go_on(hook);
}

static int send_delivery(struct hook *hook, const struct api_delivery *delivery)
{
    char id[64], timestamp[64], signature[API_WEBHOOK_SIGNATURE_BYTES], signed_by[96];
    const char *const headers[] = {"Content-Type: application/json", id, timestamp, signed_by};
    const int64_t now_s = clock_wall_ns() / CLOCK_NS_PER_S;
    const struct api_webhook_settings *settings = &hook->seen.settings;
    int err = api_webhook_sign(settings->secret, delivery->message, now_s, delivery->body,
                               strlen(delivery->body), signature);
    if (err < 0)
        return err;
    snprintf(id, sizeof(id), "webhook-id: %s", delivery->message);
    snprintf(timestamp, sizeof(timestamp), "webhook-timestamp: %lld", (long long)now_s);
    snprintf(signed_by, sizeof(signed_by), "webhook-signature: %s", signature);
    const struct api_fetch_post post = {.body = delivery->body,
                                        .length = strlen(delivery->body),
                                        .headers = headers,
                                        .header_count = sizeof(headers) / sizeof(headers[0])};
    return api_fetch_post(hook->hooks->config.fetch, settings->url, &post, on_sent, hook,
                          &hook->job);
}

/* Sends the first that waits, if nothing is under way. */
static void go_on(struct hook *hook)
{
    const struct api_delivery *delivery = api_deliveries_next(&hook->deliveries);
    if (hook->job || hook->is_waiting || !delivery)
        return;
    int err = send_delivery(hook, delivery);
    if (err < 0 && err != -ESHUTDOWN) { /* too much to do at once, or no memory */
        hook->job = NULL;
        try_later(hook, FIRST_WAIT_MS);
    }
}

/* ---- the list ---- */

static struct hook *find(const struct api_webhooks *hooks, const char *id)
{
    return name_index_find(&hooks->index, id);
}

static struct hook *insert(struct api_webhooks *hooks, const struct api_webhook *seen)
{
    struct hook *hook = calloc(1, sizeof(*hook));
    if (!hook)
        return NULL;
    hook->seen = *seen;
    hook->hooks = hooks;
    hook->deliveries =
        (struct api_deliveries){.store = hooks->config.store, .webhook = hook->seen.id};
    if (name_index_insert(&hooks->index, hook) == 0)
        return hook;
    free(hook);
    return NULL;
}

static void take_out(struct api_webhooks *hooks, struct hook *hook)
{
    stop(hook);
    name_index_remove(&hooks->index, hook);
    api_deliveries_finish(&hook->deliveries);
    free(hook);
}

static void on_row(void *context, const struct store_webhook *row)
{
    struct api_webhooks *hooks = context;
    struct api_webhook seen = {.created_ns = row->created_ns};
    struct api_webhook_settings *settings = &seen.settings;
    settings->enabled = row->enabled;
    snprintf(seen.id, sizeof(seen.id), "%s", row->id);
    snprintf(settings->url, sizeof(settings->url), "%s", row->url);
    snprintf(settings->secret, sizeof(settings->secret), "%s", row->secret);
    if (!read_events(row->events, settings) || !api_scope_read(row->rooms, &settings->rooms) ||
        !api_webhook_secret_is_valid(settings->secret) ||
        hooks->index.count == API_WEBHOOK_MOST) {
        log_warn("api", "webhook %s cannot be read: it is not used", row->id);
        return;
    }
    if (!insert(hooks, &seen))
        hooks->err = -ENOMEM;
}

static void on_delivery_row(void *context, const struct store_delivery *row)
{
    struct api_webhooks *hooks = context;
    struct hook *hook = find(hooks, row->webhook);
    if (!hook || !hook->seen.settings.enabled)
        return;
    if (api_deliveries_restore(&hook->deliveries, row) == -ENOMEM)
        hooks->err = -ENOMEM;
    hook->seen.waiting = hook->deliveries.waiting;
}

int api_webhooks_create(const struct api_webhooks_config *config, struct api_webhooks **out)
{
    ASSERT_CONTROL();
    struct api_webhooks *hooks = calloc(1, sizeof(*hooks));
    if (!hooks)
        return -ENOMEM;
    hooks->config = *config;
    hooks->index = NAME_INDEX(struct hook, seen.id);
    int err = store_webhooks_each(config->store, on_row, hooks);
    if (err == 0)
        err = store_deliveries_each(config->store, on_delivery_row, hooks);
    if (err == 0)
        err = hooks->err;
    for (size_t i = 0; err == 0 && i < hooks->index.count; i++)
        go_on(hooks->index.item[i]);
    if (err < 0)
        api_webhooks_destroy(hooks);
    else
        *out = hooks;
    return err;
}

void api_webhooks_destroy(struct api_webhooks *hooks)
{
    if (!hooks)
        return;
    loop_timer_stop(hooks->config.loop, &hooks->keep_timer);
    keep_waiting(hooks);
    while (hooks->index.count)
        take_out(hooks, hooks->index.item[0]);
    name_index_finish(&hooks->index);
    free(hooks);
}

bool api_webhooks_are_telling(const struct api_webhooks *hooks)
{
    bool are = false;
    for (size_t i = 0; i < hooks->index.count && !are; i++)
        are = ((const struct hook *)hooks->index.item[i])->job;
    return are;
}

const struct api_webhook *api_webhooks_find(const struct api_webhooks *hooks, const char *id)
{
    const struct hook *hook = find(hooks, id);
    return hook ? &hook->seen : NULL;
}

const struct api_webhook *api_webhooks_above(const struct api_webhooks *hooks, const char *id)
{
    const struct hook *above = name_index_above(&hooks->index, id);
    return above ? &above->seen : NULL;
}

int api_webhooks_add(struct api_webhooks *hooks, const struct api_webhook_settings *settings,
                     const struct api_webhook **out)
{
    ASSERT_CONTROL();
    struct api_webhook seen = {.settings = *settings, .created_ns = clock_wall_ns()};
    if (hooks->index.count == API_WEBHOOK_MOST)
        return -EUSERS;
    random_name(seen.id, sizeof(seen.id));
    struct hook *hook = insert(hooks, &seen);
    int err = hook ? keep(hook, settings) : -ENOMEM;
    if (err == 0)
        *out = &hook->seen;
    else if (hook)
        take_out(hooks, hook);
    return err;
}

int api_webhooks_change(struct api_webhooks *hooks, const char *id,
                        const struct api_webhook_settings *settings)
{
    ASSERT_CONTROL();
    struct hook *hook = find(hooks, id);
    int err = hook ? keep(hook, settings) : -ENOENT;
    if (err < 0)
        return err;
    hook->seen.settings = *settings;
    hook->failures = 0;
    if (!settings->enabled)
        drop_waiting(hook);
    return 0;
}

int api_webhooks_delete(struct api_webhooks *hooks, const char *id)
{
    ASSERT_CONTROL();
    struct hook *hook = find(hooks, id);
    int err = hook ? store_webhook_delete(hooks->config.store, id) : -ENOENT;
    if (err == 0)
        take_out(hooks, hook);
    return err;
}

/* ---- told ---- */

static bool wants(const struct api_webhook_settings *settings,
                  const struct api_webhook_event *event)
{
    const struct api_scope *rooms = &settings->rooms;
    if (!settings->enabled ||
        !(event->room ? api_scope_has(rooms, event->room) : rooms->is_all))
        return false;
    for (unsigned i = 0; i < settings->event_count; i++) {
        if (strcmp(settings->event[i], event->word) == 0)
            return true;
    }
    return settings->event_count == 0;
}

/* @return NULL: no memory. */
static char *make_body(const char *word, int64_t now_ns, const char *json)
{
    char now[CLOCK_TEXT_BYTES], *body;
    clock_format(now_ns, now);
    return asprintf(&body, "{\"type\":\"%s\",\"timestamp\":\"%s\",\"data\":%s}", word, now,
                    json) < 0
               ? NULL
               : body;
}

void api_webhooks_tell(struct api_webhooks *hooks, const struct api_webhook_event *event)
{
    ASSERT_CONTROL();
    char *body = NULL, message[32];
    struct api_delivery *delivery;
    snprintf(message, sizeof(message), "evt_%llu", (unsigned long long)event->id);
    for (size_t i = 0; i < hooks->index.count; i++) {
        struct hook *hook = hooks->index.item[i];
        if (!wants(&hook->seen.settings, event))
            continue;
        if (!body)
            body = make_body(event->word, clock_wall_ns(), event->json);
        if (!body)
            hook->seen.lost = ++hook->deliveries.lost;
        else if (append(hook, message, event->word, body, &delivery) == 0)
            go_on(hook);
    }
    free(body);
}

const struct api_delivery *api_webhooks_deliveries(const struct api_webhooks *hooks,
                                                   const char *id)
{
    const struct hook *hook = find(hooks, id);
    return hook ? hook->deliveries.first : NULL;
}

static int append_and_go(struct hook *hook, const char *message, const char *word,
                         const char *body, const struct api_delivery **out)
{
    struct api_delivery *delivery = NULL;
    int err = append(hook, message, word, body, &delivery);
    if (err == 0) {
        *out = delivery;
        go_on(hook);
    }
    return err;
}

int api_webhooks_ping(struct api_webhooks *hooks, const char *id,
                      const struct api_delivery **delivery)
{
    ASSERT_CONTROL();
    struct hook *hook = find(hooks, id);
    if (!hook || !hook->seen.settings.enabled)
        return hook ? -ENOTCONN : -ENOENT;
    char message[32] = "ping_";
    random_name(message + 5, 20);
    char *body = make_body("ping", clock_wall_ns(), "{}");
    int err = body ? append_and_go(hook, message, "ping", body, delivery) : -ENOMEM;
    free(body);
    return err;
}

int api_webhooks_repeat(struct api_webhooks *hooks, const char *id, const char *delivery_id,
                        const struct api_delivery **delivery)
{
    ASSERT_CONTROL();
    struct hook *hook = find(hooks, id);
    if (!hook)
        return -ENOENT;
    const struct api_delivery *at = hook->deliveries.first;
    while (at && (at->state == API_DELIVERY_WAITING || strcmp(at->id, delivery_id) != 0))
        at = at->next;
    if (!at)
        return -ESRCH;
    if (!hook->seen.settings.enabled)
        return -ENOTCONN;
    return append_and_go(hook, at->message, at->event, at->body, delivery);
}

unsigned api_webhooks_waiting(const struct api_webhooks *hooks)
{
    unsigned waiting = 0;
    for (size_t i = 0; i < hooks->index.count; i++) {
        const struct hook *hook = hooks->index.item[i];
        waiting += hook->seen.waiting;
    }
    return waiting;
}
