/* trunk_watch.c - a post for each trunk: its questions, its timers. */
#define SRES_CONTEXT_T struct lookup

#include "server/sip/trunk_watch.h"

#include "mixer/base/log.h"
#include "server/sip/call_internal.h"
#include "server/sip/resolver_conf.h"
#include "server/sip/trunk_register.h"

#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sresolv.h>

#include <sofia-resolv/sres.h>
#include <sofia-resolv/sres_record.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct server {
    char host[SIP_HOST_BYTES];
    uint16_t port, priority, weight;
};

/* Of one gateway. */
struct lookup {
    struct post *post;
    sres_query_t *query; /* under way; NULL: none */
    struct server server[TRUNK_WATCH_SERVERS];
    unsigned servers; /* 0: as it is written */
};

struct probe {
    nua_handle_t *handle; /* of the OPTIONS under way; NULL: it was answered */
    char uri[TRUNK_URI_BYTES];
};

struct post {
    struct trunk_watch *watch;
    struct trunk *trunk;
    struct post *next;
    struct trunk_register registration;
    struct lookup lookup[TRUNK_MAX_GATEWAYS];
    struct probe probe[TRUNK_MAX_ENDPOINTS];
    struct loop_timer round, late; /* the next round; who has not answered by then */
};

struct trunk_watch {
    struct ua *ua;
    sres_resolver_t *resolver; /* NULL: there is none, nothing is looked up */
    struct post *first;
    struct trunk_listener listener;
    struct loop_timer keep; /* of what was counted */
};

/* ---- DNS ---- */

/* "_sip._udp.HOST" of a gateway that is a service. @return false: it is none. */
static bool service_of(const char *uri, char out[SIP_HOST_BYTES + 16])
{
    struct uri_target target;
    struct sockaddr_storage peer;
    if (uri_target(uri, &target) < 0 || target.port || target.wants_tls)
        return false;
    call_guess_peer(target.host, AF_UNSPEC, &peer);
    snprintf(out, SIP_HOST_BYTES + 16, "_sip._%s.%s", target.wants_tcp ? "tcp" : "udp",
             target.host);
    return peer.ss_family == AF_UNSPEC;
}

static unsigned add_server(const struct trunk_gateway *gateway, unsigned index,
                           const struct server *server, struct trunk_endpoint *out)
{
    bool is_tcp = strcasestr(gateway->uri, ";transport=tcp") != NULL;
    *out = (struct trunk_endpoint){.gateway = index,
                                   .priority = gateway->priority << 16 | server->priority,
                                   .weight = server->weight};
    snprintf(out->uri, sizeof(out->uri), "sip:%.200s:%u%s", server->host, server->port,
             is_tcp ? ";transport=tcp" : "");
    return 1;
}

static void set_endpoints(struct post *post)
{
    struct trunk_endpoint endpoints[TRUNK_MAX_ENDPOINTS];
    const struct trunk_settings *settings = &post->trunk->settings;
    unsigned count = 0;
    for (unsigned i = 0; i < settings->gateways; i++) {
        const struct trunk_gateway *gateway = &settings->gateway[i];
        const struct lookup *lookup = &post->lookup[i];
        if (!lookup->servers && count < TRUNK_MAX_ENDPOINTS) {
            endpoints[count] = (struct trunk_endpoint){
                .gateway = i, .priority = gateway->priority << 16, .weight = gateway->weight};
            memcpy(endpoints[count++].uri, gateway->uri, sizeof(gateway->uri));
        }
        for (unsigned k = 0; k < lookup->servers && count < TRUNK_MAX_ENDPOINTS; k++)
            count += add_server(gateway, i, &lookup->server[k], &endpoints[count]);
    }
    trunk_set_endpoints(post->trunk, endpoints, count);
}

static bool take_server(const sres_record_t *record, struct server *server)
{
    const sres_srv_record_t *srv = record->sr_srv;
    size_t length = srv->srv_target ? strlen(srv->srv_target) : 0;
    while (length && srv->srv_target[length - 1] == '.')
        length--;
    if (!length || length >= sizeof(server->host) || !srv->srv_port)
        return false; /* "." says that there is no such service */
    *server = (struct server){
        .port = srv->srv_port, .priority = srv->srv_priority, .weight = srv->srv_weight};
    memcpy(server->host, srv->srv_target, length);
    return uri_is_host(server->host);
}

/* Nothing at all is no answer: what was known stays. */
static void on_answer(struct lookup *lookup, sres_query_t *query, sres_record_t **answers)
{
    struct post *post = lookup->post;
    struct server found[TRUNK_WATCH_SERVERS];
    unsigned count = 0;
    (void)query;
    lookup->query = NULL;
    for (unsigned i = 0; answers && answers[i] && count < TRUNK_WATCH_SERVERS; i++) {
        const sres_common_t *common = answers[i]->sr_record;
        if (common->r_status == 0 && common->r_type == sres_type_srv)
            count += take_server(answers[i], &found[count]);
    }
    bool is_answer = answers && answers[0];
    sres_free_answers(post->watch->resolver, answers);
    if (!is_answer)
        return;
    memcpy(lookup->server, found, count * sizeof(found[0]));
    lookup->servers = count;
    set_endpoints(post);
}

static void forget_lookups(struct post *post)
{
    for (unsigned i = 0; i < TRUNK_MAX_GATEWAYS; i++) {
        if (post->lookup[i].query)
            sres_query_bind(post->lookup[i].query, NULL, NULL);
        post->lookup[i].query = NULL;
    }
}

static void look_up(struct post *post)
{
    char name[SIP_HOST_BYTES + 16];
    for (unsigned i = 0; i < post->trunk->settings.gateways; i++) {
        struct lookup *lookup = &post->lookup[i];
        if (post->watch->resolver && !lookup->query &&
            service_of(post->trunk->settings.gateway[i].uri, name))
            lookup->query =
                sres_query(post->watch->resolver, on_answer, lookup, sres_type_srv, name);
    }
}

/* ---- OPTIONS ---- */

static void drop_probe(struct probe *probe)
{
    if (probe->handle)
        nua_handle_destroy(probe->handle);
    probe->handle = NULL;
}

static void send_options(struct post *post, struct probe *probe,
                         const struct trunk_endpoint *endpoint)
{
    struct ua *ua = post->watch->ua;
    struct sockaddr_storage peer;
    struct uri_target target;
    char from[SIP_CONTACT_BYTES], host[SIP_HOST_BYTES];
    struct ua_line *line =
        uri_target(endpoint->uri, &target) == 0 ? call_choose_line(ua, &target) : NULL;
    snprintf(probe->uri, sizeof(probe->uri), "%s", endpoint->uri);
    if (!line)
        return;
    call_guess_peer(target.host, line->endpoint.family, &peer);
    ua_host(line, (const struct sockaddr *)&peer, host);
    snprintf(from, sizeof(from), "<sip:%s>", host);
    probe->handle = nua_handle(line->nua, NULL, TAG_END());
    if (probe->handle)
        nua_options(probe->handle, NUTAG_URL(target.text),
                    TAG_IF(target.wants_tls, NUTAG_PROXY(target.hop)), SIPTAG_FROM_STR(from),
                    SIPTAG_TO_STR(target.text), TAG_END());
}

static void on_late(void *context)
{
    struct post *post = context;
    for (unsigned i = 0; i < TRUNK_MAX_ENDPOINTS; i++) {
        struct probe *probe = &post->probe[i];
        if (!probe->handle)
            continue;
        drop_probe(probe);
        trunk_set_health(post->trunk, probe->uri, TRUNK_HEALTH_DOWN);
    }
}

static void on_round(void *context)
{
    struct post *post = context;
    struct loop *loop = post->watch->ua->config.loop;
    const struct trunk_settings *settings = &post->trunk->settings;
    unsigned interval_s = settings->health_s ? settings->health_s : TRUNK_WATCH_DNS_S;
    on_late(post);
    look_up(post);
    for (unsigned i = 0; settings->health_s && i < post->trunk->endpoints; i++)
        send_options(post, &post->probe[i], &post->trunk->endpoint[i]);
    if (settings->health_s)
        loop_timer_start(loop, &post->late, settings->gateway_timeout_ms, on_late, post);
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
        trunk_set_health(post->trunk, probe->uri, is_up ? TRUNK_HEALTH_UP : TRUNK_HEALTH_DOWN);
        return true;
    }
    return false;
}

bool trunk_watch_on_response(struct trunk_watch *watch, const nua_handle_t *handle, int status,
                             const char *phrase, const sip_t *sip)
{
    for (struct post *post = watch->first; post && handle; post = post->next) {
        if (take_answer(post, handle, status) ||
            trunk_register_on_response(&post->registration, handle, status, phrase, sip))
            return true;
    }
    return false;
}

/* ---- posts ---- */

static void rest(struct post *post)
{
    struct loop *loop = post->watch->ua->config.loop;
    forget_lookups(post);
    loop_timer_stop(loop, &post->round);
    loop_timer_stop(loop, &post->late);
    for (unsigned i = 0; i < TRUNK_MAX_ENDPOINTS; i++)
        drop_probe(&post->probe[i]);
}

/* Anew, after each change: what was asked may be of no interest any more. */
static void begin(struct post *post)
{
    rest(post);
    for (unsigned i = 0; i < TRUNK_MAX_GATEWAYS; i++)
        post->lookup[i] = (struct lookup){.post = post};
    trunk_register_begin(&post->registration, post->watch->ua, post->trunk);
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
    post->next = watch->first;
    watch->first = post;
    begin(post);
}

static void remove_post(struct post **at)
{
    struct post *post = *at;
    *at = post->next;
    rest(post);
    trunk_register_end(&post->registration);
    free(post);
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
        begin(*at);
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
    const char *conf = resolver_conf_path();
    if (!watch)
        return NULL;
    watch->ua = ua;
    watch->resolver = sres_resolver_create(ua->root, conf, SRESTAG_CACHE(ua->names), TAG_END());
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
    if (watch->resolver)
        sres_resolver_destroy(watch->resolver);
    free(watch);
}
