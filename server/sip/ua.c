/* ua.c - birth, life and death of the SIP side; our address as others see it. */
#include "server/sip/ua.h"
#include "mixer/base/explain.h"
#include "server/sip/call_file.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/sip/call.h"
#include "server/sip/call_message.h"
#include "server/sip/flow.h"
#include "server/sip/keep_alive.h"
#include "server/sip/letters.h"
#include "server/sip/login.h"
#include "server/sip/pair.h"
#include "server/sip/parking.h"
#include "server/sip/referral.h"
#include "server/sip/registrar.h"
#include "server/sip/resolver.h"
#include "server/sip/seal_keys.h"
#include "server/sip/stack.h"
#include "server/sip/subscription.h"
#include "server/sip/trunk_watch.h"
#include "server/sip/ua_msrp.h"
#include "server/sip/ua_web.h"
#include "server/sip/uri.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/su.h>

enum { SHUTDOWN_MS = 500, SPARE_CONNECTIONS = 256 };

/* ---- birth ---- */

static int read_listeners(struct ua *ua, struct listener_list *list, char **why)
{
    for (unsigned i = 0; i < ua->config.listen_count; i++) {
        const char *text = ua->config.listen[i];
        int error = listener_add(list, text);
        if (error == -E2BIG)
            return explain(error, why, "sip.listen: more than %d addresses",
                           LISTENER_MAX_ENDPOINTS);
        if (error == -EPROTO)
            return explain(error, why,
                           "sip.listen: %s: UDP and TCP of one address need the same srtp",
                           text);
        if (error)
            return explain(error, why,
                           "sip.listen: %s is not udp:, tcp:, tls:, ws: or wss:ADDRESS:PORT",
                           text);
    }
    return 0;
}

static int open_line(struct ua *ua, const struct listener_endpoint *endpoint, char **why)
{
    const char *transport;
    bool v6 = endpoint->family == AF_INET6;
    int error = listener_try(endpoint, &transport);
    if (error)
        return explain(error, why, "cannot listen on %s:%s%s%s:%u: %s", transport,
                       v6 ? "[" : "", endpoint->host, v6 ? "]" : "", endpoint->port,
                       strerror(-error));
    struct ua_line *line = &ua->line[ua->line_count];
    *line = (struct ua_line){.ua = ua, .endpoint = *endpoint};
    error = stack_open(line);
    if (error)
        return explain(error, why, "cannot listen on %s%s%s:%u: the SIP stack refuses: %s",
                       v6 ? "[" : "", endpoint->host, v6 ? "]" : "", endpoint->port,
                       strerror(-error));
    ua->line_count++;
    return 0;
}

static int open_tls(struct ua *ua, const struct listener_list *listeners, char **why)
{
    struct secure_config config = ua->config.tls;
    bool is_wanted = false;
    for (unsigned i = 0; i < listeners->count; i++)
        is_wanted |= listeners->endpoint[i].tls;
    config.host = ua->config.advertised_address;
    config.on_ended = call_on_tls_ended;
    config.name_of = call_tls_name;
    config.is_for_other = call_tls_is_for_other;
    config.context = ua;
    config.most = ua->config.max_calls + SPARE_CONNECTIONS;
    return is_wanted ? secure_create(&config, ua->config.loop, ua->gate, &ua->tls, why) : 0;
}

static int on_loop_ready(struct ua *ua, su_wait_t *wait, struct ua *same)
{
    (void)wait;
    (void)same;
    loop_dispatch(ua->config.loop);
    return 0;
}

static int join_loop(struct ua *ua, char **why)
{
    su_wait_t wait[1];
    ua->root = su_root_create(ua);
    if (!ua->root)
        return explain(-ENOMEM, why, "no memory for the SIP stack");
    su_root_threading(ua->root, 0);
    if (su_wait_create(wait, loop_fd(ua->config.loop), SU_WAIT_IN) < 0)
        return explain(-EMFILE, why, "the SIP stack cannot wait for the loop");
    ua->loop_index = su_root_register(ua->root, wait, on_loop_ready, ua, 0);
    if (ua->loop_index <= 0)
        return explain(-EMFILE, why, "the SIP stack cannot wait for the loop");
    return 0;
}

static int open_login(struct ua *ua)
{
    ua->login = login_create(ua->config.proof, ua->config.auth_failures);
    return ua->login ? 0 : -ENOMEM;
}

static int open_seals(struct ua *ua, char **why)
{
    int error = seal_keys_create(&ua->config.smime, &ua->seal_keys, why);
    if (error)
        return error;
    ua->parking = parking_create(ua);
    return ua->parking ? 0 : -ENOMEM;
}

static void on_room_event(void *context, const struct room_event *event)
{
    pair_on_room_event(context, event);
    subscription_on_room_event(context, event);
    referral_on_room_event(context, event);
    call_files_on_room_event(context, event);
}

static void listen_to_rooms(struct ua *ua)
{
    ua->listener = (struct room_listener){.on_event = on_room_event, .context = ua};
    room_list_listen(ua->config.rooms, &ua->listener);
}

int ua_create(const struct ua_config *config, struct ua **out, char **why)
{
    ASSERT_CONTROL();
    struct listener_list listeners = {.count = 0};
    *why = NULL;
    struct ua *ua = calloc(1, sizeof(*ua));
    if (!ua)
        return -ENOMEM;
    ua->config = *config;
    ua->gate = gate_create(config->rate_per_source);
    source_proxies_read(&ua->proxies, config->proxies, config->proxy_count);
    ua->names = sres_cache_new(0);
    ua->resolver = resolver_create(config->loop);
    ua->flows = flows_create();
    int error = ua->gate && ua->names && ua->resolver && ua->flows && su_init() == 0
                    ? open_login(ua)
                    : -ENOMEM;
    if (!error)
        error = letters_begin(ua);
    stack_redirect_log(config->trace);
    keep_alive_begin(ua->gate);
    if (!error && config->smime.certificate)
        error = open_seals(ua, why);
    if (!error)
        error = read_listeners(ua, &listeners, why);
    if (!error)
        error = join_loop(ua, why);
    if (!error)
        error = open_tls(ua, &listeners, why);
    if (!error)
        error = ua_msrp_begin(ua, why);
    for (unsigned i = 0; !error && i < listeners.count; i++)
        error = open_line(ua, &listeners.endpoint[i], why);
    if (!error)
        error = ua_web_begin(ua, why);
    if (error) {
        ua_destroy(ua);
        return error;
    }
    ua->watch = trunk_watch_create(ua);
    if (!ua->watch) {
        ua_destroy(ua);
        return -ENOMEM;
    }
    ua->dialer = (struct room_dialer){.dial = call_dial, .context = ua};
    room_list_set_dialer(config->rooms, &ua->dialer);
    listen_to_rooms(ua);
    registrar_begin(ua);
    *out = ua;
    return 0;
}

/* ---- death ---- */

static bool is_all_shut(const struct ua *ua)
{
    for (unsigned i = 0; i < ua->line_count; i++) {
        if (!ua->line[i].is_shut)
            return false;
    }
    return true;
}

/* Calls that were cut say BYE now; the stack gets a moment to send it. */
static void shut_lines(struct ua *ua)
{
    int64_t until = clock_monotonic_ns() + SHUTDOWN_MS * CLOCK_NS_PER_MS;
    for (unsigned i = 0; i < ua->line_count; i++)
        nua_shutdown(ua->line[i].nua);
    while (!is_all_shut(ua) && clock_monotonic_ns() < until)
        su_root_step(ua->root, 10);
    for (unsigned i = 0; i < ua->line_count; i++) {
        if (ua->line[i].is_shut)
            nua_destroy(ua->line[i].nua);
        else
            log_warn("sip", "line %s:%u ends with dialogs open", ua->line[i].endpoint.host,
                     ua->line[i].endpoint.port);
    }
}

void ua_destroy(struct ua *ua)
{
    static struct ua
        *left_open; /* the stack still points at it: kept, where a leak check finds it */
    if (!ua)
        return;
    ASSERT_CONTROL();
    if (ua->dialer.dial)
        room_list_set_dialer(ua->config.rooms, NULL);
    registrar_end(ua);
    trunk_watch_destroy(ua->watch);
    parking_destroy(ua->parking);
    ua->parking = NULL;
    call_cut_all(ua);
    if (ua->listener.on_event)
        room_list_unlisten(ua->config.rooms, &ua->listener);
    pair_cut_all(ua);
    subscription_cut_all(ua);
    referral_cut_all(ua);
    call_messages_finish(ua);
    letters_end(ua);
    shut_lines(ua);
    if (ua->loop_index > 0)
        su_root_deregister(ua->root, ua->loop_index);
    if (!is_all_shut(ua)) {
        left_open = ua;
        (void)left_open;
        return;
    }
    ua_web_end(ua);
    if (ua->root)
        su_root_destroy(ua->root);
    secure_destroy(ua->tls);
    msrp_service_destroy(ua->msrp);
    seal_keys_destroy(ua->seal_keys);
    login_destroy(ua->login);
    gate_destroy(ua->gate);
    flows_destroy(ua->flows);
    resolver_destroy(ua->resolver); /* what is asked still goes into the names */
    if (ua->names)
        sres_cache_unref(ua->names);
    free(ua);
}

/* ---- life ---- */

void ua_run(struct ua *ua)
{
    ASSERT_CONTROL();
    su_root_run(ua->root);
}

void ua_stop(struct ua *ua)
{
    su_root_break(ua->root);
}

void ua_drain(struct ua *ua)
{
    ua->draining = true;
}

bool ua_is_idle(const struct ua *ua)
{
    return !ua->calls;
}

void ua_stats_read(const struct ua *ua, struct ua_stats *stats)
{
    *stats = ua->stats;
    stats->refused_by_rate += stack_dropped();
    if (ua->tls)
        secure_stats_read(ua->tls, &stats->tls);
    if (ua->login)
        login_stats_read(ua->login, &stats->login);
    stats->dropped_by_ban = stack_banned();
    if (ua->msrp)
        msrp_service_stats_read(ua->msrp, &stats->msrp);
    ua_web_stats_read(ua, &stats->web);
    stats->messages = call_messages_waiting(ua);
}

int ua_reload(struct ua *ua, char **why)
{
    *why = NULL;
    int error = ua->tls ? secure_reload(ua->tls, why) : 0;
    if (!error)
        error = ua_msrp_reload(ua, why);
    if (!error)
        error = ua_web_reload(ua, why);
    return !error && ua->seal_keys ? seal_keys_reload(ua->seal_keys, why) : error;
}

const char *ua_self_signed(const struct ua *ua)
{
    return ua->tls ? secure_self_signed(ua->tls) : ua_web_self_signed(ua);
}

/* ---- addresses ---- */

static bool is_wildcard(const char *host)
{
    return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* The address that the kernel would send from. */
static bool route(const struct sockaddr *peer, char out[INET6_ADDRSTRLEN])
{
    struct sockaddr_storage local = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof(local);
    socklen_t peer_length =
        peer->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int fd = socket(peer->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool found = connect(fd, peer, peer_length) == 0 &&
                 getsockname(fd, (struct sockaddr *)&local, &length) == 0;
    close(fd);
    if (!found)
        return false;
    const void *bytes = local.ss_family == AF_INET6
                            ? (const void *)&((struct sockaddr_in6 *)&local)->sin6_addr
                            : (const void *)&((struct sockaddr_in *)&local)->sin_addr;
    return inet_ntop(local.ss_family, bytes, out, INET6_ADDRSTRLEN) != NULL;
}

void ua_host(const struct ua_line *line, const struct sockaddr *peer, char out[SIP_HOST_BYTES])
{
    char routed[INET6_ADDRSTRLEN];
    const char *advertised = line->ua->config.advertised_address;
    bool v6 = line->endpoint.family == AF_INET6;
    const char *host = line->endpoint.host;
    if (advertised && (strchr(advertised, ':') != NULL) == v6)
        host = advertised;
    else if (is_wildcard(host) && peer && peer->sa_family == line->endpoint.family &&
             route(peer, routed))
        host = routed;
    snprintf(out, SIP_HOST_BYTES, v6 ? "[%s]" : "%s", host);
}

void ua_contact(const struct ua_line *line, const struct sockaddr *peer,
                enum ua_contact_kind kind, const char *room, char out[SIP_CONTACT_BYTES])
{
    char host[SIP_HOST_BYTES];
    bool is_sips = kind == UA_CONTACT_SIPS;
    const char *transport = is_sips                  ? ""
                            : line->endpoint.tls     ? ";transport=tls"
                            : line->web_port         ? ";transport=ws"
                            : kind == UA_CONTACT_TCP ? ";transport=tcp"
                                                     : "";
    ua_host(line, peer, host);
    snprintf(out, SIP_CONTACT_BYTES, "<%s:%.64s%s%s:%u%s>;isfocus", is_sips ? "sips" : "sip",
             room, room[0] ? "@" : "", host, line->endpoint.port, transport);
}

enum ua_contact_kind ua_contact_kind(const struct ua_line *line, const sip_t *sip)
{
    if (line->endpoint.tls)
        return uri_asks_sips(sip) ? UA_CONTACT_SIPS : UA_CONTACT_PLAIN;
    return uri_is_tcp(sip) ? UA_CONTACT_TCP : UA_CONTACT_PLAIN;
}

bool ua_refuses_scheme(const struct ua_line *line, const url_t *url)
{
    return url->url_type == url_sips && !line->endpoint.tls;
}

msg_t *ua_request(const struct ua_line *line)
{
    msg_t *parked = parking_message(line->ua->parking);
    return parked ? parked : nua_current_request(line->nua);
}

const struct sockaddr *ua_source(const struct ua_line *line)
{
    static const struct sockaddr unknown = {.sa_family = AF_UNSPEC};
    msg_t *request = ua_request(line);
    return request ? &msg_addr(request)->su_sa : &unknown;
}

bool ua_admits(struct ua *ua, const struct sockaddr *asker)
{
    const bool may_pass =
        asker->sa_family == AF_UNSPEC || gate_admit(ua->gate, asker, clock_monotonic_ns());
    ua->stats.refused_by_rate += !may_pass;
    return may_pass;
}

const struct sockaddr *ua_asker(const struct ua_line *line, const sip_t *sip)
{
    static struct sockaddr_storage asker;
    /* a proxy of HTTP writes none, so all are what the client says */
    const sip_via_t *via = line->web_port ? NULL : sip->sip_via;
    source_of(&line->ua->proxies, via, ua_source(line), &asker);
    return (const struct sockaddr *)&asker;
}
