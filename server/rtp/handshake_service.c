/* handshake_service.c - the thread: rings in, datagrams out, events to control. */
#include "server/rtp/handshake_service.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/mailbox.h"
#include "mixer/base/ring.h"
#include "server/rtp/address.h"
#include "server/rtp/demux.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    ROUND = 32,         /* datagrams of a worker before the others have their turn */
    LEAST_TICK_MS = 10, /* between two looks at what is due                        */
    MOST_WORKERS = 1024,
};

struct datagram {
    uint64_t id;
    union latch_address from;
    uint16_t length;
    uint8_t data[HANDSHAKE_DATAGRAM_BYTES];
};

/* One worker's way in. */
struct inlet {
    struct ring *ring;
    bool has_put; /* since the last wake; the worker's */
    alignas(64) _Atomic uint64_t dropped;
};

/* A handshake and where it sends to: made by control, then the thread's. */
struct entry {
    struct handshake_service *service;
    struct handshake *handshake;
    uint64_t id;
    int fd;
    int (*send)(void *context, const struct sockaddr *to, const uint8_t *data, size_t length);
    void *send_context;
    void *owner;
};

enum command_kind { ADD, RESTART, SET_REMOTE, SET_ADDRESS, REMOVE, STOP };

struct restart {
    struct ice_credentials local, remote;
    bool has_remote;
};

struct command {
    enum command_kind kind;
    uint64_t id;
    union {
        struct entry *entry; /* owned, as the next two */
        struct restart *restart;
        struct handshake_remote *remote;
        union latch_address address;
    };
};

struct handshake_service {
    unsigned workers, most;
    struct inlet *inlets; /* [workers] */
    struct mailbox *commands, *events;
    int bell_fd;
    pthread_t thread;
    bool has_thread;
    struct {                  /* control's */
        uint32_t *generation; /* [most]: odd while it is in use                 */
        uint32_t *unused;     /* [most]: places; the first unused_count are free */
        uint32_t unused_count;
    } control;
    struct {                    /* the thread's */
        struct entry **entries; /* [most] */
        int64_t due_ns;         /* nothing is due before */
        int64_t ticked_ns;
        bool is_stopping;
        struct datagram datagram;
    } rt;
    struct handshake_counters counters;
    _Atomic uint64_t handshakes, datagrams, unknown, send_errors, busy_ns;
};

static void count(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static uint64_t read_of(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static uint32_t place_of(uint64_t id)
{
    return (uint32_t)id;
}

/* ---- the thread: what a handshake wants ---- */

static void send_one(void *context, const union latch_address *to, const uint8_t *data,
                     size_t length)
{
    const struct entry *entry = context;
    const bool sent = entry->send
                          ? entry->send(entry->send_context, &to->any, data, length) == 0
                          : sendto(entry->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL,
                                   &to->any, address_bytes(to)) >= 0;
    if (!sent)
        count(&entry->service->send_errors, 1);
}

static void tell(void *context, enum handshake_event_kind kind,
                 const union latch_address *address, const struct dtls_keys *keys,
                 const char *reason)
{
    const struct entry *entry = context;
    struct handshake_event event = {
        .kind = kind, .id = entry->id, .owner = entry->owner, .address = *address};
    if (keys) {
        event.keys = malloc(sizeof(*event.keys));
        if (event.keys)
            *event.keys = *keys;
        else
            event.kind = HANDSHAKE_FAILED;
    }
    if (reason || event.kind == HANDSHAKE_FAILED)
        snprintf(event.reason, sizeof(event.reason), "%s", reason ? reason : "no memory");
    mailbox_put(entry->service->events, &event);
}

static void note_due(struct handshake_service *service, const struct entry *entry,
                     int64_t now_ns)
{
    const int64_t due_ns = handshake_due_ns(entry->handshake, now_ns);
    if (due_ns < service->rt.due_ns)
        service->rt.due_ns = due_ns;
}

static struct entry *find(struct handshake_service *service, uint64_t id)
{
    struct entry *entry = service->rt.entries[place_of(id)];
    return entry && entry->id == id ? entry : NULL;
}

static void bury(struct entry *entry)
{
    handshake_destroy(entry->handshake);
    free(entry);
}

/* ---- the thread: what control wants ---- */

static void add(struct handshake_service *service, struct entry *entry, int64_t now_ns)
{
    service->rt.entries[place_of(entry->id)] = entry;
    count(&service->handshakes, 1);
    handshake_begin(entry->handshake, now_ns);
}

static void drop(struct handshake_service *service, struct entry *entry)
{
    const struct handshake_event gone = {
        .kind = HANDSHAKE_GONE, .id = entry->id, .owner = entry->owner};
    service->rt.entries[place_of(entry->id)] = NULL;
    count(&service->handshakes, (uint64_t)-1);
    bury(entry);
    mailbox_put(service->events, &gone);
}

/* Control knows which ids there are, and sends in order: an entry is there. */
static void obey(struct handshake_service *service, const struct command *command,
                 int64_t now_ns)
{
    if (command->kind == STOP) {
        service->rt.is_stopping = true;
        return;
    }
    if (command->kind == ADD)
        add(service, command->entry, now_ns);
    struct entry *entry = find(service, command->id);
    if (command->kind == REMOVE) {
        drop(service, entry);
        return;
    }
    if (command->kind == RESTART) {
        struct restart *restart = command->restart;
        handshake_restart(entry->handshake, &restart->local,
                          restart->has_remote ? &restart->remote : NULL);
        OPENSSL_cleanse(restart, sizeof(*restart));
        free(restart);
    } else if (command->kind == SET_REMOTE) {
        handshake_set_remote(entry->handshake, command->remote, now_ns);
        free(command->remote);
    } else if (command->kind == SET_ADDRESS) {
        handshake_set_address(entry->handshake, &command->address, now_ns);
    }
    note_due(service, entry, now_ns);
}

static void obey_all(struct handshake_service *service, int64_t now_ns)
{
    struct command command;
    while (!service->rt.is_stopping && mailbox_take(service->commands, &command))
        obey(service, &command, now_ns);
}

/* ---- the thread: what workers bring ---- */

static void take_datagram(struct handshake_service *service, int64_t now_ns)
{
    const struct datagram *datagram = &service->rt.datagram;
    struct entry *entry = find(service, datagram->id);
    count(&service->datagrams, 1);
    if (!entry) {
        count(&service->unknown, 1);
        return;
    }
    handshake_take(entry->handshake, datagram->data, datagram->length, &datagram->from.any,
                   now_ns);
    note_due(service, entry, now_ns);
}

/* @return whether some may be left. */
static bool take_datagrams(struct handshake_service *service)
{
    bool more = false;
    for (unsigned worker = 0; worker < service->workers; worker++) {
        unsigned taken = 0;
        while (taken < ROUND && ring_pop(service->inlets[worker].ring, &service->rt.datagram)) {
            take_datagram(service, clock_monotonic_ns());
            taken++;
        }
        more = more || taken == ROUND;
    }
    return more;
}

/* ---- the thread ---- */

static int64_t next_tick_ns(const struct handshake_service *service)
{
    const int64_t least_ns = service->rt.ticked_ns + LEAST_TICK_MS * CLOCK_NS_PER_MS;
    return service->rt.due_ns > least_ns ? service->rt.due_ns : least_ns;
}

static void tick_all(struct handshake_service *service, int64_t now_ns)
{
    if (service->rt.due_ns == INT64_MAX || now_ns < next_tick_ns(service))
        return;
    service->rt.due_ns = INT64_MAX;
    service->rt.ticked_ns = now_ns;
    for (unsigned place = 0; place < service->most; place++) {
        struct entry *entry = service->rt.entries[place];
        if (!entry)
            continue;
        if (handshake_due_ns(entry->handshake, now_ns) <= now_ns)
            handshake_tick(entry->handshake, now_ns);
        note_due(service, entry, now_ns);
    }
}

static void wait_for_work(struct handshake_service *service)
{
    struct pollfd wakers[2] = {{.fd = mailbox_fd(service->commands), .events = POLLIN},
                               {.fd = service->bell_fd, .events = POLLIN}};
    int timeout_ms = -1;
    if (service->rt.due_ns != INT64_MAX) {
        const int64_t left_ns = next_tick_ns(service) - clock_monotonic_ns();
        timeout_ms = left_ns <= 0 ? 0 : (int)(left_ns / CLOCK_NS_PER_MS) + 1;
    }
    poll(wakers, 2, timeout_ms);
    if (wakers[1].revents) {
        eventfd_t ignored;
        eventfd_read(service->bell_fd, &ignored);
    }
}

static void *run(void *argument)
{
    struct handshake_service *service = argument;
    bool more = false;
    while (!service->rt.is_stopping) {
        if (!more)
            wait_for_work(service);
        obey_all(service, clock_monotonic_ns());
        more = take_datagrams(service);
        tick_all(service, clock_monotonic_ns());
        atomic_store_explicit(&service->busy_ns, clock_thread_cpu_ns(), memory_order_relaxed);
    }
    return NULL;
}

/* ---- control ---- */

static bool create_inlets(struct handshake_service *service)
{
    const size_t bytes = service->workers * sizeof(*service->inlets);
    service->inlets = aligned_alloc(alignof(struct inlet), bytes);
    if (!service->inlets)
        return false;
    memset(service->inlets, 0, bytes);
    for (unsigned i = 0; i < service->workers; i++) {
        service->inlets[i].ring = ring_create(HANDSHAKE_RING_SLOTS, sizeof(struct datagram));
        if (!service->inlets[i].ring)
            return false;
    }
    return true;
}

static bool create_places(struct handshake_service *service)
{
    service->rt.entries = calloc(service->most, sizeof(struct entry *));
    service->control.generation = calloc(service->most, sizeof(uint32_t));
    service->control.unused = calloc(service->most, sizeof(uint32_t));
    if (!service->rt.entries || !service->control.generation || !service->control.unused)
        return false;
    service->control.unused_count = service->most;
    for (uint32_t i = 0; i < service->most; i++)
        service->control.unused[i] = service->most - 1 - i;
    return true;
}

static int start(struct handshake_service *service)
{
    service->bell_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (service->bell_fd < 0)
        return -EMFILE;
    int error = mailbox_create(sizeof(struct command), &service->commands);
    if (!error)
        error = mailbox_create(sizeof(struct handshake_event), &service->events);
    if (error)
        return error;
    if (!create_inlets(service) || !create_places(service))
        return -ENOMEM;
    if (pthread_create(&service->thread, NULL, run, service))
        return -EAGAIN;
    service->has_thread = true;
    pthread_setname_np(service->thread, "handshake");
    return 0;
}

int handshake_service_create(const struct handshake_service_config *config,
                             struct handshake_service **service)
{
    ASSERT_CONTROL();
    if (!config->workers || config->workers > MOST_WORKERS || !config->most ||
        config->most > HANDSHAKE_MOST)
        return -EINVAL;
    struct handshake_service *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->workers = config->workers;
    made->most = config->most;
    made->bell_fd = -1;
    made->rt.due_ns = INT64_MAX;
    int error = start(made);
    if (error)
        handshake_service_destroy(made);
    else
        *service = made;
    return error;
}

static void stop(struct handshake_service *service)
{
    struct handshake_event event;
    struct command command = {.kind = STOP};
    mailbox_put(service->commands, &command);
    pthread_join(service->thread, NULL);
    for (unsigned place = 0; place < service->most; place++) {
        if (service->rt.entries[place])
            bury(service->rt.entries[place]);
    }
    while (handshake_service_take(service, &event))
        handshake_keys_destroy(event.keys);
}

void handshake_service_destroy(struct handshake_service *service)
{
    if (!service)
        return;
    ASSERT_CONTROL();
    if (service->has_thread)
        stop(service);
    for (unsigned i = 0; service->inlets && i < service->workers; i++)
        ring_destroy(service->inlets[i].ring);
    free(service->inlets);
    mailbox_destroy(service->commands);
    mailbox_destroy(service->events);
    free(service->rt.entries);
    free(service->control.generation);
    free(service->control.unused);
    if (service->bell_fd >= 0)
        close(service->bell_fd);
    free(service);
}

static bool is_known(const struct handshake_service *service, uint64_t id)
{
    const uint32_t generation = (uint32_t)(id >> 32);
    return place_of(id) < service->most && generation % 2 == 1 &&
           service->control.generation[place_of(id)] == generation;
}

int handshake_service_add(struct handshake_service *service,
                          const struct handshake_config *config, int fd, void *owner,
                          uint64_t *id)
{
    ASSERT_CONTROL();
    if (!service->control.unused_count)
        return -ENOSPC;
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry)
        return -ENOMEM;
    const struct handshake_port port = {
        .send = send_one, .tell = tell, .context = entry, .counters = &service->counters};
    if (handshake_create(config, &port, &entry->handshake)) {
        free(entry);
        return -ENOMEM;
    }
    const uint32_t place = service->control.unused[--service->control.unused_count];
    entry->service = service;
    entry->id = (uint64_t)++service->control.generation[place] << 32 | place;
    entry->fd = fd;
    entry->send = config->send;
    entry->send_context = config->send_context;
    entry->owner = owner;
    *id = entry->id;
    const struct command command = {.kind = ADD, .id = *id, .entry = entry};
    mailbox_put(service->commands, &command);
    return 0;
}

int handshake_service_restart(struct handshake_service *service, uint64_t id,
                              const struct ice_credentials *local,
                              const struct ice_credentials *remote)
{
    ASSERT_CONTROL();
    if (!is_known(service, id))
        return -ENOENT;
    struct command command = {
        .kind = RESTART, .id = id, .restart = calloc(1, sizeof(*command.restart))};
    if (!command.restart)
        return -ENOMEM;
    command.restart->local = *local;
    command.restart->has_remote = remote != NULL;
    if (remote)
        command.restart->remote = *remote;
    mailbox_put(service->commands, &command);
    return 0;
}

int handshake_service_set_remote(struct handshake_service *service, uint64_t id,
                                 const struct handshake_remote *remote)
{
    ASSERT_CONTROL();
    if (!is_known(service, id))
        return -ENOENT;
    struct command command = {
        .kind = SET_REMOTE, .id = id, .remote = malloc(sizeof(*command.remote))};
    if (!command.remote)
        return -ENOMEM;
    *command.remote = *remote;
    mailbox_put(service->commands, &command);
    return 0;
}

int handshake_service_set_address(struct handshake_service *service, uint64_t id,
                                  const union latch_address *address)
{
    ASSERT_CONTROL();
    if (!is_known(service, id))
        return -ENOENT;
    const struct command command = {.kind = SET_ADDRESS, .id = id, .address = *address};
    mailbox_put(service->commands, &command);
    return 0;
}

/* The place may be used again at once: the thread obeys in order. */
void handshake_service_remove(struct handshake_service *service, uint64_t id)
{
    ASSERT_CONTROL();
    if (!is_known(service, id))
        return;
    service->control.generation[place_of(id)]++;
    service->control.unused[service->control.unused_count++] = place_of(id);
    const struct command command = {.kind = REMOVE, .id = id};
    mailbox_put(service->commands, &command);
}

int handshake_service_fd(const struct handshake_service *service)
{
    return mailbox_fd(service->events);
}

bool handshake_service_take(struct handshake_service *service, struct handshake_event *event)
{
    ASSERT_CONTROL();
    return mailbox_take(service->events, event);
}

void handshake_keys_destroy(struct dtls_keys *keys)
{
    if (!keys)
        return;
    dtls_keys_wipe(keys);
    free(keys);
}

/* ---- workers ---- */

bool handshake_service_put(struct handshake_service *service, unsigned worker, uint64_t id,
                           const uint8_t *data, size_t length, const struct sockaddr *from)
{
    assert(worker < service->workers);
    struct inlet *inlet = &service->inlets[worker];
    struct datagram datagram;
    bool done = false;
    if (length <= sizeof(datagram.data) && place_of(id) < service->most) {
        datagram.id = id;
        datagram.from = address_of(from);
        datagram.length = (uint16_t)length;
        memcpy(datagram.data, data, length);
        done = ring_push(inlet->ring, &datagram);
    }
    if (!done)
        count(&inlet->dropped, 1);
    inlet->has_put = true;
    return done;
}

bool handshake_way_take(const struct handshake_way *way, uint64_t id, const uint8_t *data,
                        size_t length, const struct sockaddr *from)
{
    const enum demux_kind kind = length ? demux_kind(data[0]) : DEMUX_OTHER;
    if (!id || (kind != DEMUX_STUN && kind != DEMUX_DTLS))
        return false;
    if (way->service)
        (void)handshake_service_put(way->service, way->worker, id, data, length, from);
    return true;
}

void handshake_service_wake(struct handshake_service *service, unsigned worker)
{
    struct inlet *inlet = &service->inlets[worker];
    if (inlet->has_put)
        eventfd_write(service->bell_fd, 1);
    inlet->has_put = false;
}

void handshake_service_stats(const struct handshake_service *service,
                             struct handshake_stats *stats)
{
    const struct handshake_counters *counters = &service->counters;
    *stats = (struct handshake_stats){
        .handshakes = read_of(&service->handshakes),
        .datagrams = read_of(&service->datagrams),
        .unknown = read_of(&service->unknown),
        .checks = read_of(&counters->checks),
        .checks_refused = read_of(&counters->checks_refused),
        .strangers = read_of(&counters->strangers),
        .early = read_of(&counters->early),
        .ignored = read_of(&counters->ignored),
        .connected = read_of(&counters->connected),
        .failed = read_of(&counters->failed),
        .send_errors = read_of(&service->send_errors),
        .busy_ns = read_of(&service->busy_ns),
    };
    for (unsigned i = 0; i < service->workers; i++)
        stats->dropped += read_of(&service->inlets[i].dropped);
}
