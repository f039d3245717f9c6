/*
 * api.h - HTTP and JSON: /api/v1, health, metrics, events. Asks rooms and brings browsers'
 * calls to server/call; never touches media.
 *
 * Requests are read, checked for their token and parsed on libmicrohttpd's own thread, handed
 * to control by loop_post(), answered there, and sent by the HTTP thread again.
 *
 * Thread   control: create, stop, destroy. Inside: api_http has the table of which runs where.
 * Source   RFC 9110, 9457 (problem+json), 7396 (merge patch), 6750 (bearer), WHATWG HTML (SSE).
 */
#ifndef API_API_H
#define API_API_H

#include "server/account/location.h"
#include "server/loop/loop.h"
#include "server/room/room_list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api;
struct store;
struct account_list;
struct trunk_list;
struct number_list;
struct ban_list;
struct proof;
struct web_calls;
struct api_fetch;

/** A Prometheus counter or gauge of somebody whom the API does not know (the SIP side). */
struct api_metric {
    const char *name, *help,
        *type;          /* "raduno_sip_requests_total", "...", "counter"; constants */
    const char *labels; /* "class=\"2xx\"" or ""                                   */
    uint64_t value;
};

struct api_config { /* strings borrowed for the api's life; meaning as in conf.h */
    struct loop *loop;
    struct store *store; /* for what is the API's own: tokens, webhooks, call records */
    const char *const *webhook_allow; /* rules of api_address_rule.h */
    unsigned webhook_allow_count, webhook_attempts, webhook_failures;
    unsigned call_records_days; /* 0: none are written */
    struct room_list *rooms;
    struct account_list *accounts;
    struct location *location;
    struct trunk_list *trunks;
    struct number_list *numbers;
    struct ban_list *bans;
    struct proof *proof; /* of accounts' passwords: for what they send; NULL: they cannot */
    const char *listen;
    const char *admin_token;
    const char *metrics_token;             /* for /metrics only; NULL: there is none */
    const char *tls_certificate, *tls_key; /* files; NULL: HTTP; or in the other file */
    unsigned max_body_bytes, max_connections, request_timeout_s;
    struct web_calls *calls; /* NULL: no browser may call                       */
    bool guests;             /* ... without a token, too                        */
    unsigned rate_per_source, rate_per_token;
    const char *const *cors_origins; /* "https://example.com", or "*" */
    unsigned cors_origin_count;
    const char *const *proxies;
    unsigned proxy_count;
    struct api_fetch *fetch;    /* for sounds from URLs; NULL: they are answered 501 */
    const char *public_url;     /* "https://host"; NULL: that of listen */
    uint64_t max_file_bytes;    /* of those that are shared, as the rooms have it */
    unsigned file_link_s;       /* how long a link to one is good */
    const char *data_directory; /* avatars are kept in a directory below          */
    /** Fills at most @p room metrics, returns how many. Called on control. NULL: none. */
    unsigned (*more_metrics)(void *context, struct api_metric *out, unsigned room);
    /** True when ready for calls; asked on control for GET /ready. */
    bool (*is_ready)(void *context);
    void *context;
};

/** @return 0 and *api, owned by the caller; else an errno and *why, owned by the caller. */
int api_create(const struct api_config *config, struct api **api, char **why);

/** Tells the event streams that a phone has registered, moved or gone; not of a mere refresh.
 */
void api_tell_registration(struct api *api, enum location_change change,
                           const struct binding *binding);

/** Reads the certificate and the key of HTTPS again, for those who connect from now on.
 *  @return 0; else an errno and *why, owned by the caller: what was before stays. */
int api_reload(struct api *api, char **why);

/** Whether webhooks are being told of something: what they take before api_destroy() they need
 * not be told at the next start. */
bool api_is_telling(const struct api *api);

/** Ends event streams, finishes what is under way, closes the port. NULL is allowed. */
void api_destroy(struct api *api);

#endif
