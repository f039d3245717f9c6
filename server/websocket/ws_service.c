/* ws_service.c - who connects, who may stay, and who is where. */
#include "server/websocket/ws_internal.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/explain.h"
#include "mixer/base/log.h"
#include "server/rtp/address.h"
#include "server/rtp/address_block.h"
#include "server/websocket/ws_forwarded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 256, ACCEPTS = 64, SWEEP_MS = 1000 };

/* ---- sides ---- */

bool ws_side_watch(struct ws_service *service, struct ws_side *side, uint32_t events,
                   void (*on_ready)(void *context, uint32_t events), void *context)
{
    if (side->fd < 0 || (side->watch && side->events == events))
        return true;
    loop_unwatch(service->config.loop, side->watch);
    side->watch = loop_watch(service->config.loop, side->fd, events, on_ready, context);
    side->events = events;
    return side->watch != NULL;
}

void ws_side_close(struct ws_service *service, struct ws_side *side)
{
    loop_unwatch(service->config.loop, side->watch);
    if (side->fd >= 0)
        close(side->fd);
    *side = (struct ws_side){.fd = -1};
}

/* ---- who is where ---- */

static unsigned bucket_of_far(const union latch_address *far)
{
    uint8_t bytes[ADDRESS_BLOCK_BYTES] = {0};
    unsigned hash = address_port(far);
    address_block_bytes(&far->any, bytes);
    for (size_t i = 0; i < sizeof(bytes); i++)
        hash = hash * 31 + bytes[i];
    return hash % WS_BUCKETS;
}

static bool is_same(const union latch_address *one, const union latch_address *other)
{
    uint8_t a[ADDRESS_BLOCK_BYTES], b[ADDRESS_BLOCK_BYTES];
    return address_port(one) == address_port(other) && address_block_bytes(&one->any, a) &&
           address_block_bytes(&other->any, b) && memcmp(a, b, sizeof(a)) == 0;
}

static void note_far(struct ws_connection *connection)
{
    struct ws_connection **bucket =
        &connection->service->of_far[bucket_of_far(&connection->far)];
    connection->next_of_far = *bucket;
    *bucket = connection;
}

void ws_service_note_port(struct ws_connection *connection)
{
    struct ws_connection **bucket =
        &connection->service->of_port[connection->stack_port % WS_BUCKETS];
    connection->next_of_port = *bucket;
    *bucket = connection;
}

void ws_service_forget_port(struct ws_connection *connection)
{
    struct ws_connection **at =
        &connection->service->of_port[connection->stack_port % WS_BUCKETS];
    while (*at && *at != connection)
        at = &(*at)->next_of_port;
    if (*at)
        *at = connection->next_of_port;
    connection->stack_port = 0;
}

static void forget_far(struct ws_connection *connection)
{
    struct ws_connection **at = &connection->service->of_far[bucket_of_far(&connection->far)];
    while (*at && *at != connection)
        at = &(*at)->next_of_far;
    if (*at)
        *at = connection->next_of_far;
}

union latch_address ws_own_address(void)
{
    union latch_address own;
    address_read(WS_OWN_HOST, 0, &own);
    return own;
}

bool ws_is_own(const struct sockaddr *peer)
{
    const union latch_address address = address_of(peer);
    union latch_address own = ws_own_address();
    address_set_port(&own, address_port(&address));
    return is_same(&address, &own);
}

bool ws_service_far(const struct ws_service *service, const struct sockaddr *peer,
                    union latch_address *far)
{
    const union latch_address from = address_of(peer);
    const uint16_t port = address_port(&from);
    if (!ws_is_own(peer))
        return false;
    const struct ws_connection *at = service->of_port[port % WS_BUCKETS];
    while (at && at->stack_port != port)
        at = at->next_of_port;
    if (at)
        *far = at->far;
    return at != NULL;
}

bool ws_service_way(const struct ws_service *service, const struct sockaddr *far,
                    struct ws_way *way)
{
    const union latch_address wanted = address_of(far);
    const struct ws_connection *at = service->of_far[bucket_of_far(&wanted)];
    while (at && !(at->stack_port && is_same(&at->far, &wanted)))
        at = at->next_of_far;
    if (!at)
        return false;
    *way = (struct ws_way){.endpoint = at->endpoint, .port = at->stack_port, .peer = at->peer};
    return true;
}

/* ---- the end of a connection ---- */

static void on_burial(void *context)
{
    struct ws_service *service = context;
    while (service->dead) {
        struct ws_connection *next = service->dead->next;
        ws_connection_free(service->dead);
        service->dead = next;
    }
}

void ws_connection_end(struct ws_connection *connection)
{
    struct ws_service *service = connection->service;
    if (connection->is_dead)
        return;
    connection->is_dead = true;
    forget_far(connection);
    ws_stack_close(connection);
    ws_side_close(service, &connection->client);
    *connection->place = connection->next;
    if (connection->next)
        connection->next->place = connection->place;
    connection->next = service->dead;
    service->dead = connection;
    service->stats.connections--;
    loop_timer_start(service->config.loop, &service->burial, 0, on_burial, service);
}

/* ---- who may come ---- */

static bool is_same_source(const union latch_address *one, const union latch_address *other)
{
    uint8_t a[ADDRESS_BLOCK_BYTES], b[ADDRESS_BLOCK_BYTES];
    const size_t counts = one->any.sa_family == AF_INET6 ? 8 : sizeof(a);
    return address_block_bytes(&one->any, a) && address_block_bytes(&other->any, b) &&
           memcmp(a, b, counts) == 0;
}

static bool is_unfinished(const struct ws_connection *connection)
{
    return connection->state == WS_STATE_TLS || connection->state == WS_STATE_HTTP;
}

static void refuse(struct ws_connection *connection, const char *why)
{
    char peer[INET6_ADDRSTRLEN];
    address_host_of(&connection->far.any, peer);
    log_often("sip", NULL, peer, "WebSocket of %s: %s", peer, why);
    connection->service->stats.refused++;
    ws_connection_end(connection);
}

/* Of those that are unfinished the oldest goes, of its own source if that has many: who goes on
 * at once gets through, whatever others do. */
static void make_room(struct ws_service *service, const struct ws_connection *newest)
{
    const struct ws_service_config *config = &service->config;
    const bool is_proxy =
        ws_forwarded_is_proxy(&newest->far, config->proxies, config->proxy_count);
    struct ws_connection *oldest = NULL, *own = NULL;
    unsigned unfinished = 0, own_unfinished = 0;
    for (struct ws_connection *each = service->connections; each; each = each->next) {
        if (!is_unfinished(each))
            continue;
        oldest = each;
        unfinished++;
        if (!is_proxy && is_same_source(&each->far, &newest->far)) {
            own = each;
            own_unfinished++;
        }
    }
    if (own_unfinished > WS_UNFINISHED_OF_ONE)
        refuse(own, "too many handshakes that do not end");
    else if (unfinished > WS_UNFINISHED)
        refuse(oldest, "too many handshakes of all are under way");
}

static bool admits_one_more(const struct ws_service *service, const union latch_address *far)
{
    const struct ws_service_config *config = &service->config;
    unsigned same = 0;
    for (const struct ws_connection *each = service->connections; each; each = each->next)
        same += is_same_source(&each->far, far);
    return same < WS_OF_ONE && config->admits(config->context, &far->any);
}

/* For whom a proxy comes is seen later. */
static bool may_come(const struct ws_service *service, const union latch_address *peer)
{
    const struct ws_service_config *config = &service->config;
    return service->stats.connections < config->most && !ws_is_own(&peer->any) &&
           (ws_forwarded_is_proxy(peer, config->proxies, config->proxy_count) ||
            admits_one_more(service, peer));
}

bool ws_service_forward(struct ws_connection *connection, struct slice forwarded)
{
    struct ws_service *service = connection->service;
    union latch_address far = connection->far;
    if (!ws_forwarded_read(forwarded, service->config.proxies, service->config.proxy_count,
                           &far))
        return true;
    if (ws_is_own(&far.any) || !admits_one_more(service, &far))
        return false;
    forget_far(connection);
    connection->far = far;
    note_far(connection);
    return true;
}

static void on_sweep(void *context);

static void take_one(struct ws_service *service, unsigned endpoint, int fd,
                     const union latch_address *far)
{
    if (!may_come(service, far)) {
        service->stats.refused++;
        close(fd);
        return;
    }
    struct ws_connection *made = ws_connection_create(service, endpoint, fd, far);
    if (!made)
        return;
    made->next = service->connections;
    made->place = &service->connections;
    if (made->next)
        made->next->place = &made->next;
    service->connections = made;
    service->stats.connections++;
    note_far(made);
    make_room(service, made);
    ws_connection_settle(made);
    if (!loop_timer_is_running(&service->sweep))
        loop_timer_start(service->config.loop, &service->sweep, SWEEP_MS, on_sweep, service);
}

static void on_knock(void *context, uint32_t events);

/* Without descriptors who waits cannot be taken, and would be told of again and again. */
static void listen_to(struct ws_service *service, bool is_deaf)
{
    for (unsigned i = 0; i < service->config.endpoint_count; i++) {
        struct ws_listener *listener = &service->listener[i];
        ws_side_watch(service, &listener->side, is_deaf ? 0 : EPOLLIN, on_knock, listener);
    }
    service->is_deaf = is_deaf;
    if (is_deaf)
        loop_timer_start(service->config.loop, &service->sweep, SWEEP_MS, on_sweep, service);
}

static void on_knock(void *context, uint32_t events)
{
    struct ws_listener *listener = context;
    struct ws_service *service = listener->service;
    const unsigned endpoint = (unsigned)(listener - service->listener);
    (void)events;
    for (unsigned i = 0; i < ACCEPTS; i++) {
        union latch_address far;
        socklen_t bytes = sizeof(far);
        const int fd =
            accept4(listener->side.fd, &far.any, &bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 &&
            (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            log_warn("sip", "cannot take a WebSocket: %s", strerror(errno));
            listen_to(service, true);
        }
        if (fd < 0)
            return;
        take_one(service, endpoint, fd, &far);
    }
}

static void on_sweep(void *context)
{
    struct ws_service *service = context;
    const int64_t now_ns = clock_monotonic_ns();
    if (service->is_deaf)
        listen_to(service, false);
    for (struct ws_connection *at = service->connections, *next; at; at = next) {
        next = at->next;
        if (is_unfinished(at) && now_ns - at->since_ns > WS_UNFINISHED_S * CLOCK_NS_PER_S)
            refuse(at, "no handshake in time");
        else
            ws_connection_sweep(at, now_ns);
    }
    if (service->connections)
        loop_timer_start(service->config.loop, &service->sweep, SWEEP_MS, on_sweep, service);
}

/* ---- the service ---- */

static int listen_at(const union latch_address *address)
{
    const int on = 1;
    const int fd =
        socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->any.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, &address->any, address_bytes(address)) < 0 || listen(fd, BACKLOG) < 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

int ws_service_create(const struct ws_service_config *config, struct ws_service **service,
                      char **why)
{
    ASSERT_CONTROL();
    *why = NULL;
    struct ws_service *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->config = *config;
    int error = 0;
    for (unsigned i = 0; i < WS_MOST_ENDPOINTS; i++)
        made->listener[i] = (struct ws_listener){.service = made, .side = {.fd = -1}};
    for (unsigned i = 0; !error && i < config->endpoint_count; i++) {
        struct ws_listener *listener = &made->listener[i];
        char text[ADDRESS_TEXT_BYTES];
        listener->side.fd = listen_at(&config->endpoint[i].address);
        error = listener->side.fd < 0 ? listener->side.fd : 0;
        if (!error && !ws_side_watch(made, &listener->side, EPOLLIN, on_knock, listener))
            error = -ENOMEM;
        address_text(&config->endpoint[i].address, text);
        if (error)
            explain(error, why, "cannot listen on %s:%s: %s",
                    config->endpoint[i].is_tls ? "wss" : "ws", text, strerror(-error));
    }
    if (error)
        ws_service_destroy(made);
    else
        *service = made;
    return error;
}

void ws_service_destroy(struct ws_service *service)
{
    if (!service)
        return;
    ASSERT_CONTROL();
    while (service->connections) {
        struct ws_connection *each = service->connections;
        ws_connection_close(each, WS_CODE_GOING_AWAY);
        ws_connection_end(each);
    }
    on_burial(service);
    for (unsigned i = 0; i < WS_MOST_ENDPOINTS; i++)
        ws_side_close(service, &service->listener[i].side);
    loop_timer_stop(service->config.loop, &service->sweep);
    loop_timer_stop(service->config.loop, &service->burial);
    free(service);
}

void ws_service_stats_read(const struct ws_service *service, struct ws_service_stats *stats)
{
    *stats = service->stats;
}
