/* resolver.c - c-ares: its sockets and its clock in our loop. */
#include "server/sip/resolver.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "server/sip/resolver_conf.h"

#include <ares.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { MOST_ADDRESSES = 16 }; /* of one name: as many as are ever tried */

struct port { /* a socket of the library's */
    struct resolver *resolver;
    struct port *next;
    int fd;
    struct loop_watch *watch;
};

struct resolver {
    struct loop *loop;
    ares_channel channel;
    struct port *ports;
    struct loop_timer timer;
};

struct question {
    resolver_on_answer on_answer;
    resolver_on_addresses on_addresses;
    void *context;
};

/* ---- the loop ---- */

static void on_time(void *context);

/* Until the next of its time-outs. */
static void follow_clock(struct resolver *resolver)
{
    struct timeval left, *next = ares_timeout(resolver->channel, NULL, &left);
    if (next)
        loop_timer_start(resolver->loop, &resolver->timer,
                         next->tv_sec * 1000 + (next->tv_usec + 999) / 1000, on_time, resolver);
    else
        loop_timer_stop(resolver->loop, &resolver->timer);
}

static void on_time(void *context)
{
    struct resolver *resolver = context;
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    follow_clock(resolver);
}

/* The port may be gone when the library comes back. */
static void on_ready(void *context, uint32_t events)
{
    const struct port *port = context;
    struct resolver *resolver = port->resolver;
    const int fd = port->fd;
    const bool is_readable = events & (EPOLLIN | EPOLLERR | EPOLLHUP);
    ares_process_fd(resolver->channel, is_readable ? fd : ARES_SOCKET_BAD,
                    events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
    follow_clock(resolver);
}

static void drop_port(struct port **at)
{
    struct port *port = *at;
    *at = port->next;
    loop_unwatch(port->resolver->loop, port->watch);
    free(port);
}

/* What cannot be watched is not answered in time. */
static void on_socket(void *context, ares_socket_t fd, int readable, int writable)
{
    struct resolver *resolver = context;
    struct port **at = &resolver->ports;
    while (*at && (*at)->fd != fd)
        at = &(*at)->next;
    if (*at)
        drop_port(at);
    if (!readable && !writable)
        return;
    struct port *port = calloc(1, sizeof(*port));
    if (!port)
        return;
    *port = (struct port){.resolver = resolver, .next = resolver->ports, .fd = fd};
    port->watch =
        loop_watch(resolver->loop, fd, (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U),
                   on_ready, port);
    resolver->ports = port;
    if (!port->watch)
        drop_port(&resolver->ports);
}

/* ---- birth and death ---- */

struct resolver *resolver_create(struct loop *loop)
{
    ASSERT_CONTROL();
    struct resolver *resolver = calloc(1, sizeof(*resolver));
    if (!resolver)
        return NULL;
    resolver->loop = loop;
    struct ares_options options = {
        .flags = ARES_FLAG_EDNS,
        .ednspsz = RESOLVER_UDP_BYTES,
        .timeout = RESOLVER_WAIT_MS,
        .tries = RESOLVER_TRIES,
        .sock_state_cb = on_socket,
        .sock_state_cb_data = resolver,
        .udp_port = resolver_conf_port(),
        .tcp_port = resolver_conf_port(),
    };
    int which = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                ARES_OPT_SOCK_STATE_CB;
    if (options.udp_port)
        which |= ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT;
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    if (status == ARES_SUCCESS)
        status = ares_init_options(&resolver->channel, &options, which);
    if (status == ARES_SUCCESS)
        return resolver;
    log_error("sip", "no names can be resolved: %s", ares_strerror(status));
    free(resolver);
    return NULL;
}

void resolver_destroy(struct resolver *resolver)
{
    if (!resolver)
        return;
    ares_destroy(resolver->channel);
    while (resolver->ports)
        drop_port(&resolver->ports);
    loop_timer_stop(resolver->loop, &resolver->timer);
    ares_library_cleanup();
    free(resolver);
}

/* ---- questions ---- */

static int error_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return 0;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
        return -ENOENT;
    case ARES_ETIMEOUT:
        return -ETIMEDOUT;
    case ARES_ENOMEM:
        return -ENOMEM;
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return -ECANCELED;
    default:
        return -EAGAIN;
    }
}

static struct question *make_question(const struct question *of)
{
    struct question *question = malloc(sizeof(*question));
    if (question)
        *question = *of;
    return question;
}

static void on_answer(void *argument, int status, int timeouts, unsigned char *bytes,
                      int length)
{
    struct question *question = argument;
    struct dns_answer answer;
    (void)timeouts;
    int error = error_of(status);
    if (!error)
        error = dns_answer_begin(&answer, bytes, (size_t)length) < 0 ? -EAGAIN : 0;
    question->on_answer(question->context, error, &answer);
    free(question);
}

void resolver_ask(struct resolver *resolver, uint16_t type, const char *name,
                  resolver_on_answer callback, void *context)
{
    ASSERT_CONTROL();
    struct question *question =
        make_question(&(struct question){.on_answer = callback, .context = context});
    if (!question) {
        callback(context, -ENOMEM, NULL);
        return;
    }
    ares_query(resolver->channel, name, ns_c_in, type, on_answer, question);
    follow_clock(resolver);
}

static unsigned take_addresses(const struct ares_addrinfo *found,
                               struct resolver_address address[MOST_ADDRESSES])
{
    unsigned count = 0;
    for (const struct ares_addrinfo_node *node = found ? found->nodes : NULL;
         node && count < MOST_ADDRESSES; node = node->ai_next) {
        const void *from = node->ai_addr;
        struct resolver_address *to = &address[count];
        *to = (struct resolver_address){.family = node->ai_family,
                                        .ttl_s = node->ai_ttl < 0 ? 0 : (uint32_t)node->ai_ttl};
        if (node->ai_family == AF_INET)
            memcpy(to->address, &((const struct sockaddr_in *)from)->sin_addr, 4);
        else if (node->ai_family == AF_INET6)
            memcpy(to->address, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
        else
            continue;
        count++;
    }
    return count;
}

static void on_found(void *argument, int status, int timeouts, struct ares_addrinfo *found)
{
    struct question *question = argument;
    struct resolver_address address[MOST_ADDRESSES] = {{0}};
    (void)timeouts;
    int error = error_of(status);
    unsigned count = take_addresses(found, address);
    if (!error && !count)
        error = -ENOENT;
    question->on_addresses(question->context, error, address, error ? 0 : count);
    if (found)
        ares_freeaddrinfo(found);
    free(question);
}

void resolver_ask_addresses(struct resolver *resolver, const char *name,
                            resolver_on_addresses callback, void *context)
{
    ASSERT_CONTROL();
    const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC,
                                              .ai_socktype = SOCK_DGRAM};
    struct question *question =
        make_question(&(struct question){.on_addresses = callback, .context = context});
    if (!question) {
        callback(context, -ENOMEM, NULL, 0);
        return;
    }
    ares_getaddrinfo(resolver->channel, name, NULL, &hints, on_found, question);
    follow_clock(resolver);
}
