/*
 * api_webhooks.h - who is told of events by HTTP: the webhooks, what waits for each, and what
 * has become of what was sent.
 *
 *   api_webhooks_create(&config, &hooks);
 *   api_webhooks_add(hooks, &settings, &hook);
 *   api_webhooks_tell(hooks, &event);              to all whose filter it fits
 *
 * Each webhook is told one thing after the other, in the order in which things happened: what
 * fails is tried again, after 1, 2, 4 ... seconds, and what comes later waits. After
 * config.attempts it has failed, and the next has its turn. After config.failures in a row, or
 * when the far end answers 410, the webhook is disabled.
 *
 * What waits longer than a moment survives the process, as the settings do; after that it is
 * tried as often as what is new. So a far end may get one event twice, with the same
 * webhook-id.
 *
 * Memory   what waits and what is remembered for a webhook is bounded (api_deliveries.h).
 * Thread   control. What is sent is sent by the thread of config.fetch (api_fetch.h), whose
 *          rules say which addresses may be connected to.
 * Errors   0 or a negative errno; the store's, too. On error nothing was changed.
 * Source   Standard Webhooks 1.0: webhook-id, webhook-timestamp, webhook-signature
 *          (api_webhook_sign.h), retries, 410.
 */
#ifndef API_API_WEBHOOKS_H
#define API_API_WEBHOOKS_H

#include "api/api_deliveries.h"
#include "api/api_scope.h"
#include "api/api_webhook_sign.h"
#include "server/loop/loop.h"

enum {
    API_WEBHOOK_MOST = 50,
    API_WEBHOOK_URL_BYTES = 1025,
    API_WEBHOOK_EVENTS = 16,
};

struct api_fetch;
struct api_webhooks;
struct store;

struct api_webhook_settings {
    char url[API_WEBHOOK_URL_BYTES];
    unsigned event_count; /* 0: all */
    char event[API_WEBHOOK_EVENTS][API_WEBHOOK_WORD_BYTES];
    struct api_scope rooms; /* not all: nothing that is of no room, either */
    char secret[API_WEBHOOK_SECRET_BYTES];
    bool enabled;
};

struct api_webhook {
    char id[API_WEBHOOK_ID_BYTES];
    struct api_webhook_settings settings;
    int64_t created_ns; /* wall */
    unsigned waiting;
    uint64_t delivered, failed, lost; /* since the process began */
};

struct api_webhooks_config { /* borrowed for their life */
    struct loop *loop;
    struct store *store;
    struct api_fetch *fetch;
    unsigned attempts, failures;
    /** A webhook was disabled. */
    void (*on_disabled)(void *context, const struct api_webhook *hook);
    void *context;
};

/** Loads what is kept. @return 0 and *hooks, owned by the caller. */
int api_webhooks_create(const struct api_webhooks_config *config, struct api_webhooks **hooks);
/** What waits is kept in the store. NULL is allowed. */
void api_webhooks_destroy(struct api_webhooks *hooks);

/** Whether one is being told of something at this moment; what waits to be tried again does not
 * count. */
bool api_webhooks_are_telling(const struct api_webhooks *hooks);

/** NULL: there is none. Borrowed until it is deleted. */
const struct api_webhook *api_webhooks_find(const struct api_webhooks *hooks, const char *id);
/** The first whose id is above @p id. */
const struct api_webhook *api_webhooks_above(const struct api_webhooks *hooks, const char *id);

/** -EUSERS: API_WEBHOOK_MOST. */
int api_webhooks_add(struct api_webhooks *hooks, const struct api_webhook_settings *settings,
                     const struct api_webhook **hook);
/** What waits is sent to where the webhook is then; of one that is disabled it is dropped.
 * -ENOENT. */
int api_webhooks_change(struct api_webhooks *hooks, const char *id,
                        const struct api_webhook_settings *settings);
int api_webhooks_delete(struct api_webhooks *hooks, const char *id); /* -ENOENT */

/** Borrowed for the call. */
struct api_webhook_event {
    uint64_t id;
    const char *word;
    const char *room; /* NULL: of none */
    const char *json; /* its data      */
};

void api_webhooks_tell(struct api_webhooks *hooks, const struct api_webhook_event *event);

/** The oldest delivery that is remembered or waits; NULL: none. */
const struct api_delivery *api_webhooks_deliveries(const struct api_webhooks *hooks,
                                                   const char *id);

/** Sends an event "ping" to one. @return -ENOENT; -ENOTCONN: it is disabled; -ENOSPC: too many
 *  are waiting; -ENOMEM; *delivery is borrowed until it is forgotten. */
int api_webhooks_ping(struct api_webhooks *hooks, const char *id,
                      const struct api_delivery **delivery);
/** Sends again what was delivered or has failed. As ping; -ESRCH: there is no such delivery. */
int api_webhooks_repeat(struct api_webhooks *hooks, const char *id, const char *delivery_id,
                        const struct api_delivery **delivery);

/** Deliveries that wait for all. */
unsigned api_webhooks_waiting(const struct api_webhooks *hooks);

#endif
