/* ua_web.c - the service of WebSockets, and its TLS. */
#include "server/sip/ua_web.h"

#include "mixer/base/clock.h"
#include "mixer/base/explain.h"
#include "server/rtp/address.h"
#include "server/sip/secure_policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SPARE_CONNECTIONS = 256 };

struct ua_web {
    struct ua *ua;
    struct ws_service *service;
    struct secure_config tls;
    struct secure_policy *policy; /* NULL: no wss */
    SSL_CTX *context;
    unsigned line[WS_MOST_ENDPOINTS]; /* of each endpoint of the service */
};

/* ---- TLS ---- */

static SSL *open_tls(void *context)
{
    const struct ua_web *web = context;
    SSL *ssl = SSL_new(web->context);
    if (ssl)
        secure_policy_show_main(web->policy, ssl);
    return ssl;
}

static int begin_tls(struct ua_web *web, char **why)
{
    const struct ua_config *config = &web->ua->config;
    web->tls = config->tls;
    web->tls.host = config->advertised_address;
    int error = secure_policy_create(&web->tls, &web->policy, why);
    if (error)
        return error;
    web->context = SSL_CTX_new(TLS_server_method());
    if (!web->context || !secure_policy_apply(web->policy, web->context))
        return explain(-EIO, why, "TLS of WebSockets cannot be as configured");
    SSL_CTX_set_mode(web->context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return 0;
}

int ua_web_reload(struct ua *ua, char **why)
{
    struct ua_web *web = ua->web;
    if (!web || !web->policy)
        return 0;
    const int error = secure_policy_reload(web->policy, why);
    if (!error && !secure_policy_apply(web->policy, web->context))
        return explain(-EIO, why, "TLS of WebSockets cannot be as configured");
    return error;
}

const char *ua_web_self_signed(const struct ua *ua)
{
    return ua->web && ua->web->policy ? secure_policy_self_signed(ua->web->policy) : NULL;
}

/* ---- the service ---- */

static bool admits(void *context, const struct sockaddr *source)
{
    const struct ua_web *web = context;
    return gate_arrive(web->ua->gate, source, clock_monotonic_ns());
}

/* The endpoints of @p service are those lines that are of WebSockets. */
static bool read_endpoints(struct ua_web *web, struct ws_service_config *service)
{
    bool wants_tls = false;
    for (unsigned i = 0; i < web->ua->line_count; i++) {
        const struct ua_line *line = &web->ua->line[i];
        if (!line->web_port)
            continue;
        web->line[service->endpoint_count] = i;
        struct ws_endpoint *to = &service->endpoint[service->endpoint_count++];
        *to = (struct ws_endpoint){.is_tls = line->endpoint.wss, .stack_port = line->web_port};
        address_read(line->endpoint.host, line->endpoint.port, &to->address);
        wants_tls |= to->is_tls;
    }
    return wants_tls;
}

int ua_web_begin(struct ua *ua, char **why)
{
    struct ws_service_config service = {.loop = ua->config.loop,
                                        .most = ua->config.max_calls + SPARE_CONNECTIONS,
                                        .most_bytes = SIP_MAX_MESSAGE_BYTES,
                                        .proxies = ua->proxies.block,
                                        .proxy_count = ua->proxies.count,
                                        .origins = ua->config.web_origins,
                                        .origin_count = ua->config.web_origin_count,
                                        .admits = admits,
                                        .open_tls = open_tls};
    struct ua_web *web = calloc(1, sizeof(*web));
    if (!web)
        return -ENOMEM;
    web->ua = ua;
    service.context = web;
    const bool wants_tls = read_endpoints(web, &service);
    if (!service.endpoint_count) {
        free(web);
        return 0;
    }
    ua->web = web; /* ua_destroy() takes it away if the rest fails */
    const int error = wants_tls ? begin_tls(web, why) : 0;
    return error ? error : ws_service_create(&service, &web->service, why);
}

void ua_web_end(struct ua *ua)
{
    struct ua_web *web = ua->web;
    if (!web)
        return;
    ua->web = NULL;
    ws_service_destroy(web->service);
    SSL_CTX_free(web->context);
    secure_policy_destroy(web->policy);
    free(web);
}

/* Not of one that could not be made. */
static bool has_service(const struct ua *ua)
{
    return ua->web && ua->web->service;
}

void ua_web_stats_read(const struct ua *ua, struct ws_service_stats *stats)
{
    *stats = (struct ws_service_stats){.connections = 0};
    if (has_service(ua))
        ws_service_stats_read(ua->web->service, stats);
}

/* ---- ways ---- */

uint16_t ua_web_free_port(void)
{
    union latch_address address = {
        .v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t bytes = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool is_known = fd >= 0 && bind(fd, &address.any, sizeof(address.v4)) == 0 &&
                          getsockname(fd, &address.any, &bytes) == 0;
    if (fd >= 0)
        close(fd);
    return is_known ? address_port(&address) : 0;
}

bool ua_web_far(const struct ua *ua, const struct sockaddr *peer, union latch_address *far)
{
    return has_service(ua) && ws_service_far(ua->web->service, peer, far);
}

struct ua_line *ua_web_way(struct ua *ua, const struct sockaddr *far, struct ws_way *way)
{
    if (!has_service(ua) || !ws_service_way(ua->web->service, far, way))
        return NULL;
    return &ua->line[ua->web->line[way->endpoint]];
}
