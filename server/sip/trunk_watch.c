/* trunk_watch.c - a post for each trunk: its questions, its timers. */
#include "server/sip/trunk_watch.h"

#include "mixer/base/log.h"
#include "server/sip/call_internal.h"
#include "server/sip/lookup.h"
#include "server/sip/trunk_lookup.h"
#include "server/sip/trunk_overlap.h"
#include "server/sip/trunk_register.h"

#include <sofia-sip/sip_tag.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct probe {
    struct post *post;
    nua_handle_t *handle; /* of the OPTIONS under way; NULL: it was answered */
    struct lookup lookup; /* where it goes                                   */
    char uri[TRUNK_URI_BYTES];
};

struct post {
    struct trunk_watch *watch;
    struct trunk *trunk;
    struct post *next;
    struct trunk_register registration[TRUNK_MAX_REGISTRARS]; /* in any order */
    struct trunk_lookup lookup[TRUNK_MAX_GATEWAYS];
    struct trunk_lookup_events found;
    struct probe probe[TRUNK_MAX_ENDPOINTS];
    struct loop_timer round, late; /* the next round; who has not answered by then */
};

struct trunk_watch {
    struct ua *ua;
    struct post *first;
    struct trunk_listener listener;
    struct loop_timer keep; /* of what was counted */
};

static void drop_probe(struct probe *probe)
{
    if (probe->handle)
        nua_handle_destroy(probe->handle);
    probe->handle = NULL;
}

static bool is_under_way(const struct probe *probe)
{
    return probe->handle || probe->lookup.hunt;
}

static void end_probe(struct probe *probe)
{
    drop_probe(probe);
    lookup_end(&probe->lookup);
}

/* ---- DNS ---- */

static bool is_endpoint(const struct trunk *trunk, const char *uri)
{
    for (unsigned i = 0; i < trunk->endpoints; i++) {
        if (strcmp(trunk->endpoint[i].uri, uri) == 0)
            return true;
    }
    return false;
}

/* Those that are asked are asked on, but for who is none any more. */
static void on_found(void *context)
{
    struct post *post = context;
    struct trunk_endpoint endpoints[TRUNK_MAX_ENDPOINTS];
    const struct trunk_settings *settings = &post->trunk->settings;
    unsigned count = 0;
    for (unsigned i = 0; i < settings->gateways; i++)
        count += trunk_lookup_endpoints(&post->lookup[i], &settings->gateway[i], i,
                                        &endpoints[count], TRUNK_MAX_ENDPOINTS - count);
    trunk_set_endpoints(post->trunk, endpoints, count);
    for (unsigned i = 0; i < TRUNK_MAX_ENDPOINTS; i++) {
        if (is_under_way(&post->probe[i]) && !is_endpoint(post->trunk, post->probe[i].uri))
            end_probe(&post->probe[i]);
    }
}

static void forget_lookups(struct post *post)
{
    for (unsigned i = 0; i < TRUNK_MAX_GATEWAYS; i++)
        trunk_lookup_end(&post->lookup[i]);
}

static void look_up(struct post *post)
{
    const struct trunk_settings *settings = &post->trunk->settings;
    for (unsigned i = 0; i < settings->gateways; i++)
        trunk_lookup_begin(&post->lookup[i], post->watch->ua, settings->gateway[i].uri,
                           &post->found);
}

/* ---- OPTIONS ---- */

/* By the next way there is. @return false: there is none. */
static bool send_options(struct probe *probe)
{
    struct uri_target target;
    char from[SIP_CONTACT_BYTES], host[SIP_HOST_BYTES];
    const struct lookup_way *way = lookup_next(&probe->lookup);
    if (!way || uri_target(probe->uri, &target) < 0)
        return false;
    ua_host(way->line, (const struct sockaddr *)&way->peer, host);
    snprintf(from, sizeof(from), "<sip:%s>", host);
    probe->handle = nua_handle(way->line->nua, NULL, TAG_END());
    if (probe->handle)
        nua_options(probe->handle, NUTAG_URL(target.text),
                    TAG_IF(target.wants_tls, NUTAG_PROXY(target.hop)), SIPTAG_FROM_STR(from),
                    SIPTAG_TO_STR(target.text), TAG_END());
    return probe->handle;
}

static void on_known(void *context, int error)
{
    struct probe *probe = context;
    if (error || !send_options(probe))
        trunk_set_health(probe->post->trunk, probe->uri, TRUNK_HEALTH_DOWN);
}

static void begin_probe(struct probe *probe, const struct trunk_endpoint *endpoint)
{
    struct uri_target target;
    snprintf(probe->uri, sizeof(probe->uri), "%s", endpoint->uri);
    int error = uri_target(probe->uri, &target);
    if (!error)
        error = lookup_begin(&probe->lookup, probe->post->watch->ua, &target, on_known, probe);
    if (error != LOOKUP_ASKS)
        on_known(probe, error);
}

static void give_up(struct post *post)
{
    for (unsigned i = 0; i < TRUNK_MAX_ENDPOINTS; i++) {
        struct probe *probe = &post->probe[i];
        if (!is_under_way(probe))
            continue;
        end_probe(probe);
        trunk_set_health(post->trunk, probe->uri, TRUNK_HEALTH_DOWN);
    }
}

static void on_late(void *context);

static void wait_for_probes(struct post *post)
{
    loop_timer_start(post->watch->ua->config.loop, &post->late,
                     post->trunk->settings.gateway_timeout_ms, on_late, post);
}

/* Who has an address of the other family, too, gets the same time once more. */
static void on_late(void *context)
{
    struct post *post = context;
    bool goes_on = false;
    for (unsigned i = 0; i < TRUNK_MAX_ENDPOINTS; i++) {
        struct probe *probe = &post->probe[i];
        if (!probe->handle)
            continue;
        drop_probe(probe);
        if (send_options(probe))
            goes_on = true;
        else
            trunk_set_health(post->trunk, probe->uri, TRUNK_HEALTH_DOWN);
    }
    if (goes_on)
        wait_for_probes(post);
    else
        give_up(post); /* DNS has not answered */
}

static void on_round(void *context)
{
    struct post *post = context;
    struct loop *loop = post->watch->ua->config.loop;
    const struct trunk_settings *settings = &post->trunk->settings;
    unsigned interval_s = settings->health_s ? settings->health_s : TRUNK_WATCH_DNS_S;
    give_up(post);
    look_up(post);
    for (unsigned i = 0; settings->health_s && i < post->trunk->endpoints; i++)
        begin_probe(&post->probe[i], &post->trunk->endpoint[i]);
    if (settings->health_s)
        wait_for_probes(post);
    loop_timer_start(loop, &post->round, interval_s * 1000LL, on_round, post);
}

static bool take_answer(struct post *post, const nua_handle_t *handle, int status)
{
    for (unsigned i = 0; i < TRUNK_MAX_ENDPOINTS; i++) {
        struct probe *probe = &post->probe[i];
        if (probe->handle != handle)
            continue;
        if (status < 200)
            return true;
        bool is_up = status != 408 && status != 503;
        drop_probe(probe);
        if (!is_up && send_options(probe))
            return true;
        lookup_end(&probe->lookup);
        trunk_set_health(post->trunk, probe->uri, is_up ? TRUNK_HEALTH_UP : TRUNK_HEALTH_DOWN);
        return true;
    }
    return false;
}

bool trunk_watch_on_response(struct trunk_watch *watch, const nua_handle_t *handle, int status,
                             const char *phrase, const sip_t *sip)
{
    for (struct post *post = watch->first; post && handle; post = post->next) {
        bool is_ours = take_answer(post, handle, status);
        for (unsigned i = 0; i < TRUNK_MAX_REGISTRARS && !is_ours; i++)
            is_ours =
                trunk_register_on_response(&post->registration[i], handle, status, phrase, sip);
        if (is_ours)
            return true;
    }
    return false;
}

/* ---- REGISTER ---- */

static bool registers_at(const struct trunk_settings *settings, const char *uri)
{
    const char *each;
    for (unsigned i = 0; settings->enabled && (each = trunk_settings_registrar(settings, i));
         i++) {
        if (strcmp(each, uri) == 0)
            return true;
    }
    return false;
}

/* The one at @p uri, or one that is free. */
static struct trunk_register *registration_at(struct post *post, const char *uri)
{
    struct trunk_register *free_one = NULL;
    for (unsigned i = 0; i < TRUNK_MAX_REGISTRARS; i++) {
        struct trunk_register *each = &post->registration[i];
        if (each->trunk && strcmp(each->uri, uri) == 0)
            return each;
        if (!each->trunk)
            free_one = each;
    }
    return free_one; /* there are as many as there may be registrars */
}

/* Those that stay are left alone. */
static void begin_registrations(struct post *post)
{
    const struct trunk_settings *settings = &post->trunk->settings;
    const char *uri;
    for (unsigned i = 0; i < TRUNK_MAX_REGISTRARS; i++) {
        if (!registers_at(settings, post->registration[i].uri))
            trunk_register_end(&post->registration[i]);
    }
    for (unsigned i = 0; settings->enabled && (uri = trunk_settings_registrar(settings, i));
         i++)
        trunk_register_begin(registration_at(post, uri), post->watch->ua, post->trunk, uri);
}

/* ---- posts ---- */

static void rest(struct post *post)
{
    struct loop *loop = post->watch->ua->config.loop;
    forget_lookups(post);
    loop_timer_stop(loop, &post->round);
    loop_timer_stop(loop, &post->late);
    for (unsigned i = 0; i < TRUNK_MAX_ENDPOINTS; i++)
        end_probe(&post->probe[i]);
}

/* Anew, after each change: what was asked may be of no interest any more. */
static void begin(struct post *post)
{
    rest(post);
    for (unsigned i = 0; i < TRUNK_MAX_GATEWAYS; i++)
        post->lookup[i] = (struct trunk_lookup){.servers = 0};
    begin_registrations(post);
    if (post->trunk->settings.enabled && post->trunk->settings.gateways)
        loop_timer_start(post->watch->ua->config.loop, &post->round, 0, on_round, post);
}

static void add(struct trunk_watch *watch, struct trunk *trunk)
{
    struct post *post = calloc(1, sizeof(*post));
    if (!post) {
        log_error("sip", "trunk %s: no memory to watch it", trunk->name);
        return;
    }
    post->watch = watch;
    post->trunk = trunk;
    for (unsigned i = 0; i < TRUNK_MAX_ENDPOINTS; i++)
        post->probe[i].post = post;
    post->found = (struct trunk_lookup_events){.on_found = on_found, .context = post};
    post->next = watch->first;
    watch->first = post;
    begin(post);
    trunk_overlap_warn(watch->ua, trunk);
}

static void remove_post(struct post **at)
{
    struct post *post = *at;
    *at = post->next;
    rest(post);
    for (unsigned i = 0; i < TRUNK_MAX_REGISTRARS; i++)
        trunk_register_end(&post->registration[i]);
    free(post);
}

static void change(struct post *post)
{
    begin(post);
    trunk_overlap_warn(post->watch->ua, post->trunk);
}

static void on_event(void *context, enum trunk_event_kind kind, struct trunk *trunk)
{
    struct trunk_watch *watch = context;
    struct post **at = &watch->first;
    while (*at && (*at)->trunk != trunk)
        at = &(*at)->next;
    if (kind == TRUNK_EVENT_CREATED)
        add(watch, trunk);
    else if (kind == TRUNK_EVENT_CHANGED && *at)
        change(*at);
    else if (kind == TRUNK_EVENT_DELETED && *at)
        remove_post(at);
}

static void on_keep(void *context)
{
    struct trunk_watch *watch = context;
    trunk_list_keep_counts(watch->ua->config.trunks);
    loop_timer_start(watch->ua->config.loop, &watch->keep, TRUNK_WATCH_KEEP_MS, on_keep, watch);
}

struct trunk_watch *trunk_watch_create(struct ua *ua)
{
    struct trunk_watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    watch->ua = ua;
    watch->listener = (struct trunk_listener){.on_event = on_event, .context = watch};
    trunk_list_listen(ua->config.trunks, &watch->listener);
    for (struct trunk *trunk = trunk_list_above(ua->config.trunks, ""); trunk;
         trunk = trunk_list_above(ua->config.trunks, trunk->name))
        add(watch, trunk);
    on_keep(watch);
    return watch;
}

void trunk_watch_destroy(struct trunk_watch *watch)
{
    if (!watch)
        return;
    trunk_list_unlisten(watch->ua->config.trunks, &watch->listener);
    loop_timer_stop(watch->ua->config.loop, &watch->keep);
    while (watch->first)
        remove_post(&watch->first);
    free(watch);
}
