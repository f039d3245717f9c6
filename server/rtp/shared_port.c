/* shared_port.c - a socket, a thread, and to whom it gives what. */
#include "server/rtp/shared_port.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/mailbox.h"
#include "mixer/base/record_ring.h"
#include "server/rtp/address.h"
#include "server/rtp/demux.h"
#include "server/rtp/ice_stun.h"
#include "server/rtp/ice_tcp.h"
#include "server/rtp/rtp_arrival.h"
#include "server/rtp/rtp_packet.h"
#include "server/rtp/transport_table.h"

#include <assert.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <poll.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 32,        /* datagrams of one system call                          */
    MOST_BATCHES = 64, /* before commands have their turn                       */
    REST_MS = 4,       /* after something came                                  */
    SOCKET_BYTES =
        4 * 1024 * 1024,  /* key frames of several, while another thread has the core */
    TRAFFIC_CLASS = 0x88, /* Assured Forwarding 41: it has both, RFC 8837 section 5 */
    CONTROL_BYTES = CMSG_SPACE(sizeof(struct timespec)),
    SENDER_REPORT = 200,
    RECEIVER_REPORT = 201,
};

/* Before each datagram in an inlet. */
struct head {
    union latch_address from;
    int64_t arrival_ns;
};

struct shared_transport {
    struct shared_port *port;
    unsigned holds; /* control's */
    struct record_ring
        *inlets[SHARED_INLETS]; /* control's, then the workers'; NULL: not open */
    struct {                    /* the thread's */
        struct record_ring *inlets[SHARED_INLETS]; /* the same */
        struct transport_entry entry;
        struct rtp_sections sections;
        uint64_t handshake;
    } rt;
};

static_assert((int)SHARED_INLETS == (int)RTP_SECTIONS, "an inlet for each section");

enum command_kind { ADD, OPEN, RENAME, SET_SECTIONS, SET_HANDSHAKE, PROVE, REMOVE, STOP };

struct command {
    enum command_kind kind;
    struct shared_transport *transport; /* owned by the thread after REMOVE */
    union {
        char ufrag[ICE_LOCAL_UFRAG + 1]; /* of ADD, too */
        enum shared_inlet inlet;
        struct rtp_sections sections;
        uint64_t id;
        union latch_address address;
    };
};

struct slot {
    struct sockaddr_storage from;
    struct iovec vector;
    alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
    uint8_t data[RTP_IO_DATAGRAM_BYTES];
};

struct shared_port {
    union latch_address bound; /* its port, and whether it is one of our addresses */
    union latch_address advertised;
    struct handshake_way handshakes;
    int fd;
    struct ice_tcp *tcp; /* NULL: there is none */
    struct mailbox *commands;
    pthread_t thread;
    bool has_thread;
    struct { /* the thread's */
        struct transport_table *table;
        bool is_stopping;
        struct mmsghdr messages[BATCH];
        struct slot slots[BATCH];
    } rt;
    _Atomic uint64_t transports, datagrams, unknown, dropped, busy_ns;
};

static void count(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static struct shared_transport *transport_of(struct transport_entry *entry)
{
    return entry ? (struct shared_transport *)((char *)entry -
                                               offsetof(struct shared_transport, rt.entry))
                 : NULL;
}

/* ---- the thread: whose it is ---- */

/* Who names it in a check; else who comes from there. */
static struct shared_transport *find_of_stun(struct shared_port *port, const uint8_t *data,
                                             size_t length, const union latch_address *from)
{
    struct ice_stun check;
    const char *ufrag;
    if (ice_stun_read(data, length, &check) < 0)
        return NULL;
    const size_t named = ice_ufrag_of(&check, &ufrag);
    struct transport_entry *entry =
        named ? transport_table_by_ufrag(port->rt.table, ufrag, named) : NULL;
    if (entry)
        transport_table_note(port->rt.table, entry, from, false);
    else
        entry = transport_table_by_address(port->rt.table, from);
    return transport_of(entry);
}

static void deliver(struct shared_transport *transport, enum shared_inlet inlet,
                    const struct head *head, const uint8_t *data, size_t length)
{
    struct record_ring *ring = transport->rt.inlets[inlet];
    if (!ring)
        count(&transport->port->unknown, 1);
    else if (!record_ring_push(ring, head, sizeof(*head), data, length))
        count(&transport->port->dropped, 1);
}

/* A report says something of all; feedback alone is of pictures (RFC 4585). The first packet
 * of a compound says which it is, and is in clear in SRTCP, too. */
static void deliver_rtcp(struct shared_transport *transport, const struct head *head,
                         const uint8_t *data, size_t length)
{
    const bool is_report = data[1] == SENDER_REPORT || data[1] == RECEIVER_REPORT;
    for (enum shared_inlet i = is_report ? SHARED_AUDIO : SHARED_VIDEO; i < SHARED_INLETS;
         i++) {
        if (transport->rt.inlets[i])
            deliver(transport, i, head, data, length);
    }
}

static void deliver_rtp(struct shared_transport *transport, const struct head *head,
                        const uint8_t *data, size_t length)
{
    if (rtp_packet_is_rtcp(data, length)) {
        deliver_rtcp(transport, head, data, length);
        return;
    }
    const int section = rtp_sections_find(&transport->rt.sections, data, length);
    if (section < 0)
        count(&transport->port->unknown, 1);
    else
        deliver(transport, (enum shared_inlet)section, head, data, length);
}

static void take(struct shared_port *port, const struct head *head, const uint8_t *data,
                 size_t length)
{
    const enum demux_kind kind = length > 1 ? demux_kind(data[0]) : DEMUX_OTHER;
    struct shared_transport *transport =
        kind == DEMUX_STUN
            ? find_of_stun(port, data, length, &head->from)
            : transport_of(transport_table_by_address(port->rt.table, &head->from));
    count(&port->datagrams, 1);
    if (!transport || kind == DEMUX_OTHER)
        count(&port->unknown, 1);
    else if (kind == DEMUX_RTP)
        deliver_rtp(transport, head, data, length);
    else
        (void)handshake_way_take(&port->handshakes, transport->rt.handshake, data, length,
                                 &head->from.any);
}

/* ---- the thread: what comes ---- */

static void prepare_slot(struct shared_port *port, unsigned i)
{
    struct slot *slot = &port->rt.slots[i];
    slot->vector = (struct iovec){slot->data, sizeof(slot->data)};
    port->rt.messages[i] =
        (struct mmsghdr){.msg_hdr = {.msg_name = &slot->from,
                                     .msg_namelen = sizeof(slot->from),
                                     .msg_iov = &slot->vector,
                                     .msg_iovlen = 1,
                                     .msg_control = slot->control,
                                     .msg_controllen = sizeof(slot->control)}};
}

/* @return how many came. */
static int take_batch(struct shared_port *port)
{
    struct rtp_moment now;
    for (unsigned i = 0; i < BATCH; i++)
        prepare_slot(port, i);
    const int came = recvmmsg(port->fd, port->rt.messages, BATCH, MSG_DONTWAIT, NULL);
    rtp_moment_now(&now);
    for (int i = 0; i < came; i++) {
        const struct mmsghdr *message = &port->rt.messages[i];
        const struct slot *slot = &port->rt.slots[i];
        const struct head head = {address_of((const struct sockaddr *)&slot->from),
                                  rtp_arrival_ns(&message->msg_hdr, &now)};
        if (!(message->msg_hdr.msg_flags & MSG_TRUNC))
            take(port, &head, slot->data, message->msg_len);
    }
    return came;
}

static void take_frame(void *arg, const union latch_address *from, const uint8_t *data,
                       size_t length)
{
    const struct head head = {*from, clock_monotonic_ns()};
    take(arg, &head, data, length);
}

static bool take_all(struct shared_port *port)
{
    bool any = port->tcp != NULL;
    if (port->tcp)
        ice_tcp_receive(port->tcp, take_frame, port);
    for (unsigned batches = 0; batches < MOST_BATCHES; batches++) {
        const int came = take_batch(port);
        any = any || came > 0;
        if (came < BATCH)
            break;
    }
    if (any && port->handshakes.service)
        handshake_service_wake(port->handshakes.service, port->handshakes.worker);
    return any;
}

/* ---- the thread: what control wants ---- */

static void bury(struct shared_transport *transport)
{
    for (unsigned i = 0; i < SHARED_INLETS; i++)
        record_ring_destroy(transport->inlets[i]);
    free(transport);
}

static void obey(struct shared_port *port, const struct command *command)
{
    struct shared_transport *transport = command->transport;
    struct transport_table *table = port->rt.table;
    switch (command->kind) {
    case ADD:
        transport_table_add(table, &transport->rt.entry, command->ufrag);
        break;
    case OPEN:
        transport->rt.inlets[command->inlet] = transport->inlets[command->inlet];
        break;
    case RENAME:
        transport_table_rename(table, &transport->rt.entry, command->ufrag);
        break;
    case SET_SECTIONS:
        rtp_sections_renew(&transport->rt.sections, &command->sections);
        break;
    case SET_HANDSHAKE:
        transport->rt.handshake = command->id;
        break;
    case PROVE:
        if (port->tcp)
            ice_tcp_prove(port->tcp, &command->address);
        transport_table_note(table, &transport->rt.entry, &command->address, true);
        break;
    case REMOVE:
        transport_table_remove(table, &transport->rt.entry);
        bury(transport);
        break;
    case STOP:
        port->rt.is_stopping = true;
        break;
    }
}

static void obey_all(struct shared_port *port)
{
    struct command command;
    while (mailbox_take(port->commands, &command))
        obey(port, &command);
}

/* ---- the thread ---- */

static void *run(void *argument)
{
    struct shared_port *port = argument;
    const struct timespec rest = {.tv_nsec = REST_MS * CLOCK_NS_PER_MS};
    while (!port->rt.is_stopping) {
        struct pollfd wakers[3] = {
            {.fd = mailbox_fd(port->commands), .events = POLLIN},
            {.fd = port->fd, .events = POLLIN},
            {.fd = port->tcp ? ice_tcp_fd(port->tcp) : -1, .events = POLLIN}};
        poll(wakers, 3, port->tcp ? ice_tcp_due_ms(port->tcp) : -1);
        obey_all(port);
        if (take_all(port))
            nanosleep(&rest, NULL);
        atomic_store_explicit(&port->busy_ns, clock_thread_cpu_ns(), memory_order_relaxed);
    }
    return NULL;
}

/* ---- its socket ---- */

static void set_options(int fd, int family)
{
    const int on = 1, bytes = SOCKET_BYTES, class = TRAFFIC_CLASS;
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    (void)setsockopt(fd, IPPROTO_IP, IP_TOS, &class, sizeof(class));
    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class));
}

/* @return a descriptor, or a negative errno. */
static int bind_to(const union latch_address *address, bool both_families)
{
    const int only_one = !both_families;
    int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    set_options(fd, address->any.sa_family);
    if ((address->any.sa_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_one, sizeof(only_one)) < 0) ||
        bind(fd, &address->any, address_bytes(address)) < 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

static int bind_any_or_one(struct shared_port *port, uint16_t number)
{
    if (address_is_any(&port->bound)) {
        union latch_address both;
        (void)address_read("::", number, &both);
        port->fd = bind_to(&both, true);
        if (port->fd >= 0 || port->fd == -EADDRINUSE || port->fd == -EACCES)
            return port->fd < 0 ? port->fd : 0;
    } /* no IPv6 here: */
    port->fd = bind_to(&port->bound, false);
    return port->fd < 0 ? port->fd : 0;
}

static int open_socket(struct shared_port *port, uint16_t number)
{
    union latch_address bound;
    socklen_t bytes = sizeof(bound);
    int error = bind_any_or_one(port, number);
    if (!error && getsockname(port->fd, &bound.any, &bytes) < 0)
        error = -errno;
    if (!error && !number) { /* any would do */
        address_set_port(&port->bound, address_port(&bound));
        address_set_port(&port->advertised, address_port(&bound));
    }
    return error;
}

/* Where the other one is, by the same number. */
static int open_tcp(struct shared_port *port)
{
    union latch_address bound;
    socklen_t bytes = sizeof(bound);
    if (getsockname(port->fd, &bound.any, &bytes) < 0)
        return -errno;
    return ice_tcp_create(&bound, &port->tcp);
}

/* ---- control: the port ---- */

static int start(struct shared_port *port, const struct shared_port_config *config)
{
    int error = open_socket(port, config->port);
    if (!error && config->tcp)
        error = open_tcp(port);
    if (!error)
        error = mailbox_create(sizeof(struct command), &port->commands);
    if (error)
        return error;
    port->rt.table = transport_table_create();
    if (!port->rt.table)
        return -ENOMEM;
    if (pthread_create(&port->thread, NULL, run, port))
        return -EAGAIN;
    port->has_thread = true;
    pthread_setname_np(port->thread, "shared-port");
    return 0;
}

int shared_port_create(const struct shared_port_config *config, struct shared_port **port)
{
    ASSERT_CONTROL();
    struct shared_port *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->fd = -1;
    made->handshakes = config->handshakes;
    int error = address_read(config->address, config->port, &made->bound) &&
                        (!config->advertised ||
                         address_read(config->advertised, config->port, &made->advertised))
                    ? start(made, config)
                    : -EINVAL;
    if (error)
        shared_port_destroy(made);
    else
        *port = made;
    return error;
}

void shared_port_destroy(struct shared_port *port)
{
    if (!port)
        return;
    ASSERT_CONTROL();
    if (port->has_thread) {
        const struct command stop = {.kind = STOP};
        assert(!atomic_load_explicit(&port->transports, memory_order_relaxed));
        mailbox_put(port->commands, &stop);
        pthread_join(port->thread, NULL);
    }
    ice_tcp_destroy(port->tcp);
    transport_table_destroy(port->rt.table);
    mailbox_destroy(port->commands);
    if (port->fd >= 0)
        close(port->fd);
    free(port);
}

int shared_port_fd(const struct shared_port *port)
{
    return port->fd;
}

int shared_port_send(void *context, const struct sockaddr *to, const uint8_t *data,
                     size_t length)
{
    const struct shared_port *port = context;
    const union latch_address address = address_of(to);
    const socklen_t bytes = address_bytes(&address);
    if (!bytes)
        return -EINVAL;
    if (ice_tcp_is(to))
        return port->tcp ? ice_tcp_send(port->tcp, to, data, length) : -ENOTCONN;
    return sendto(port->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, to, bytes) < 0 ? -errno
                                                                                      : 0;
}

uint16_t shared_port_number(const struct shared_port *port)
{
    return address_port(&port->bound);
}

static uint64_t read_of(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void shared_port_stats_read(const struct shared_port *port, struct shared_port_stats *stats)
{
    *stats = (struct shared_port_stats){.transports = read_of(&port->transports),
                                        .datagrams = read_of(&port->datagrams),
                                        .unknown = read_of(&port->unknown),
                                        .dropped = read_of(&port->dropped),
                                        .busy_ns = read_of(&port->busy_ns)};
}

/* ---- control: where it can be reached ---- */

static bool is_of_use(const struct ifaddrs *at, bool loopback)
{
    if (!at->ifa_addr || !(at->ifa_flags & IFF_UP) ||
        !(at->ifa_flags & IFF_LOOPBACK) != !loopback)
        return false;
    if (at->ifa_addr->sa_family == AF_INET6)
        return !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)at->ifa_addr)->sin6_addr);
    return at->ifa_addr->sa_family == AF_INET;
}

static void add_candidate(union latch_address address, uint16_t port, struct ice_candidate *out,
                          unsigned *known)
{
    address_set_port(&address, port);
    ice_candidate_host(&out[*known], &address.any, (uint16_t)(UINT16_MAX - *known));
    ++*known;
}

static unsigned own_candidates(const struct shared_port *port, bool loopback,
                               struct ice_candidate *out, unsigned most)
{
    struct ifaddrs *all;
    unsigned known = 0;
    if (getifaddrs(&all) < 0)
        return 0;
    for (const struct ifaddrs *at = all; at && known < most; at = at->ifa_next) {
        if (is_of_use(at, loopback))
            add_candidate(address_of(at->ifa_addr), shared_port_number(port), out, &known);
    }
    freeifaddrs(all);
    return known;
}

static unsigned all_candidates(const struct shared_port *port, struct ice_candidate *out,
                               unsigned most)
{
    unsigned known = 0;
    const union latch_address *said = address_bytes(&port->advertised) ? &port->advertised
                                      : address_is_any(&port->bound)   ? NULL
                                                                       : &port->bound;
    if (said && most)
        add_candidate(*said, shared_port_number(port), out, &known);
    else
        known = own_candidates(port, false, out, most);
    return known ? known : own_candidates(port, true, out, most);
}

unsigned shared_port_candidates(const struct shared_port *port, struct ice_candidate *out,
                                unsigned most)
{
    ASSERT_CONTROL();
    const unsigned udp = all_candidates(port, out, port->tcp ? (most + 1) / 2 : most);
    unsigned known = udp;
    for (unsigned i = 0; i < udp && port->tcp && known < most; i++, known++)
        ice_candidate_host_tcp(&out[known], &out[i].address.any, (uint16_t)(UINT16_MAX - i));
    return known;
}

/* ---- control: transports ---- */

static void tell(struct shared_transport *transport, struct command command)
{
    ASSERT_CONTROL();
    command.transport = transport;
    mailbox_put(transport->port->commands, &command);
}

static struct command command_of_ufrag(enum command_kind kind, const char *ufrag)
{
    struct command command = {.kind = kind};
    assert(strlen(ufrag) < sizeof(command.ufrag));
    strcpy(command.ufrag, ufrag); /* it fits: see above */
    return command;
}

int shared_transport_create(struct shared_port *port, const char *ufrag,
                            struct shared_transport **transport)
{
    struct shared_transport *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->port = port;
    made->holds = 1;
    count(&port->transports, 1);
    tell(made, command_of_ufrag(ADD, ufrag));
    *transport = made;
    return 0;
}

int shared_transport_open(struct shared_transport *transport, enum shared_inlet inlet)
{
    if (transport->inlets[inlet])
        return 0;
    transport->inlets[inlet] =
        record_ring_create(inlet == SHARED_AUDIO ? SHARED_AUDIO_BYTES : SHARED_VIDEO_BYTES);
    if (!transport->inlets[inlet])
        return -ENOMEM;
    tell(transport, (struct command){.kind = OPEN, .inlet = inlet});
    return 0;
}

struct shared_transport *shared_transport_hold(struct shared_transport *transport)
{
    ASSERT_CONTROL();
    transport->holds++;
    return transport;
}

void shared_transport_release(struct shared_transport *transport)
{
    if (!transport || --transport->holds)
        return;
    count(&transport->port->transports, (uint64_t)-1);
    tell(transport, (struct command){.kind = REMOVE});
}

struct shared_port *shared_transport_port(const struct shared_transport *transport)
{
    return transport->port;
}

void shared_transport_rename(struct shared_transport *transport, const char *ufrag)
{
    tell(transport, command_of_ufrag(RENAME, ufrag));
}

void shared_transport_set_sections(struct shared_transport *transport,
                                   const struct rtp_sections *sections)
{
    tell(transport, (struct command){.kind = SET_SECTIONS, .sections = *sections});
}

void shared_transport_set_handshake(struct shared_transport *transport, uint64_t id)
{
    tell(transport, (struct command){.kind = SET_HANDSHAKE, .id = id});
}

void shared_transport_prove(struct shared_transport *transport,
                            const union latch_address *address)
{
    tell(transport, (struct command){.kind = PROVE, .address = *address});
}

/* ---- workers ---- */

bool shared_transport_front(struct shared_transport *transport, enum shared_inlet inlet,
                            struct rtp_datagram *datagram)
{
    size_t bytes;
    const struct head *head = record_ring_front(transport->inlets[inlet], &bytes);
    if (!head)
        return false;
    *datagram = (struct rtp_datagram){.data = (const uint8_t *)(head + 1),
                                      .length = bytes - sizeof(*head),
                                      .arrival_ns = head->arrival_ns,
                                      .from = &head->from.any};
    return true;
}

void shared_transport_pop(struct shared_transport *transport, enum shared_inlet inlet)
{
    record_ring_pop(transport->inlets[inlet]);
}
