/* test_rtp_io.c - all that comes to many sockets, and what goes out, on the loopback interface.
 */
#include "server/rtp/rtp_io.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 5000, MANY = 300, RECORDS = 4096 };

/* What came: the first two bytes of a datagram are its number. */
struct record {
    void *context;
    bool rtcp;
    unsigned number;
    size_t length;
    int64_t arrival_ns;
    struct sockaddr_storage from;
};

struct bench {
    struct rtp_io *io;
    struct rtp_ports *ports;
    int sender; /* a socket that belongs to nobody, of IPv4 */
    unsigned sockets;
    struct rtp_socket *socket[MANY]; /* closed at the end          */
    bool added[MANY];                /* and removed before         */
    unsigned count;
    struct record record[RECORDS];
};

/* ---- addresses and sockets ---- */

static struct sockaddr_storage address_of(const char *host, uint16_t port)
{
    struct sockaddr_storage out = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
    } else {
        assert_int_equal(inet_pton(AF_INET6, host, &v6->sin6_addr), 1);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
    }
    return out;
}

static socklen_t bytes_of(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                         : sizeof(struct sockaddr_in6);
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
    return ntohs(address->ss_family == AF_INET
                     ? ((const struct sockaddr_in *)address)->sin_port
                     : ((const struct sockaddr_in6 *)address)->sin6_port);
}

/* A socket on a port of the kernel's choice (0), or on @p port. -1: it cannot be had. */
static int plain_socket(const char *host, uint16_t port)
{
    struct sockaddr_storage address = address_of(host, port);
    int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    if (bind(fd, (struct sockaddr *)&address, bytes_of(&address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static struct sockaddr_storage own_address(int fd)
{
    struct sockaddr_storage address;
    socklen_t bytes = sizeof(address);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
    return address;
}

static struct rtp_ports *make_ports(const char *address)
{
    struct rtp_ports *ports = NULL;
    struct rtp_ports_config config = {.address = address, .last = 31999};
    config.first =
        (uint16_t)(10000 + random_u32() % 8000 * 2); /* those taken are passed over */
    assert_int_equal(rtp_ports_create(&config, &ports), 0);
    return ports;
}

static struct rtp_socket *open_socket(struct bench *bench, int family)
{
    struct rtp_socket *socket = NULL;
    assert_int_equal(rtp_socket_open(bench->ports, family, &socket), 0);
    assert_true(bench->sockets < MANY);
    bench->socket[bench->sockets++] = socket;
    return socket;
}

static bool *is_added(struct bench *bench, const struct rtp_socket *socket)
{
    unsigned i = 0;
    while (bench->socket[i] != socket)
        i++;
    return &bench->added[i];
}

static void add(struct bench *bench, struct rtp_socket *socket, void *context)
{
    rtp_io_add(bench->io, socket, context);
    *is_added(bench, socket) = true;
}

static void drop(struct bench *bench, struct rtp_socket *socket)
{
    rtp_io_remove(bench->io, socket);
    *is_added(bench, socket) = false;
}

static int make_bench_at(void **state, const char *address, enum rtp_io_manner manner)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    bench->io = rtp_io_create(manner);
    assert_non_null(bench->io);
    bench->ports = make_ports(address);
    bench->sender = plain_socket("127.0.0.1", 0);
    assert_true(bench->sender >= 0);
    *state = bench;
    return 0;
}

static int make_bench(void **state)
{
    return make_bench_at(state, "127.0.0.1", RTP_IO_PUNCTUAL);
}

static int make_burst_bench(void **state)
{
    return make_bench_at(state, "127.0.0.1", RTP_IO_BURSTS);
}

static int make_open_bench(void **state)
{
    return make_bench_at(state, "0.0.0.0", RTP_IO_PUNCTUAL);
}

static int end_bench(void **state)
{
    struct bench *bench = *state;
    close(bench->sender);
    for (unsigned i = 0; i < bench->sockets; i++) {
        if (bench->added[i])
            rtp_io_remove(bench->io, bench->socket[i]);
        rtp_socket_close(bench->socket[i]);
    }
    rtp_io_destroy(bench->io);
    rtp_ports_destroy(bench->ports);
    free(bench);
    return 0;
}

/* ---- datagrams ---- */

static void put(int fd, const struct sockaddr_storage *to, unsigned number, size_t length)
{
    uint8_t data[RTP_IO_DATAGRAM_BYTES + 1] = {(uint8_t)(number >> 8), (uint8_t)number};
    assert_int_equal(sendto(fd, data, length, 0, (const struct sockaddr *)to, bytes_of(to)),
                     length);
}

static void put_to(struct bench *bench, const struct rtp_socket *socket, bool rtcp,
                   unsigned number, size_t length)
{
    struct sockaddr_storage to =
        address_of("127.0.0.1", (uint16_t)(rtp_socket_port(socket) + rtcp));
    put(bench->sender, &to, number, length);
}

static void on_datagram(void *arg, void *context, bool rtcp,
                        const struct rtp_datagram *datagram)
{
    struct bench *bench = arg;
    assert_true(bench->count < RECORDS);
    struct record *record = &bench->record[bench->count++];
    *record = (struct record){.context = context,
                              .rtcp = rtcp,
                              .length = datagram->length,
                              .arrival_ns = datagram->arrival_ns};
    if (datagram->length >= 2)
        record->number = (unsigned)(datagram->data[0] << 8 | datagram->data[1]);
    memcpy(&record->from, datagram->from,
           datagram->from->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                                : sizeof(struct sockaddr_in6));
}

static unsigned receive(struct bench *bench)
{
    unsigned before = bench->count;
    rtp_io_receive(bench->io, on_datagram, bench);
    return bench->count - before;
}

/* Loopback delivers before sendto() returns; a kernel that does not has this long. What a
 * punctual datagram hides comes with the next look. */
static void receive_until(struct bench *bench, unsigned count)
{
    int64_t end_ns = clock_monotonic_ns() + WAIT_MS * CLOCK_NS_PER_MS;
    while (bench->count < count && clock_monotonic_ns() < end_ns)
        receive(bench);
    assert_int_equal(bench->count, count);
}

static void wait_for(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
}

static void say(struct bench *bench, struct rtp_socket *socket, const char *host, uint16_t port,
                const char *text)
{
    struct sockaddr_storage to = address_of(host, port);
    rtp_io_send(bench->io, socket,
                &(struct rtp_message){.to = (struct sockaddr *)&to,
                                      .header = (const uint8_t *)text,
                                      .header_bytes = strlen(text)});
}

/* ---- the tests ---- */

static void nothing_comes_of_nothing(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(receive(bench), 0);
    struct rtp_socket *socket = open_socket(bench, AF_INET);
    add(bench, socket, socket);
    assert_int_equal(receive(bench), 0);
    rtp_io_destroy(NULL);
}

static void datagrams_come_whole_in_order_and_with_their_source(void **state)
{
    struct bench *bench = *state;
    const size_t lengths[] = {0, 1, 2, 172, 1500, RTP_IO_DATAGRAM_BYTES};
    enum { COUNT = sizeof(lengths) / sizeof(lengths[0]) };
    struct rtp_socket *socket = open_socket(bench, AF_INET);
    add(bench, socket, &bench->count);
    for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
        bench->count = 0;
        for (unsigned i = 0; i < COUNT; i++)
            put_to(bench, socket, rtcp, i, lengths[i]);
        receive_until(bench, COUNT);
        for (unsigned i = 0; i < COUNT; i++) {
            const struct record *record = &bench->record[i];
            struct sockaddr_storage sender = own_address(bench->sender);
            assert_ptr_equal(record->context, &bench->count);
            assert_int_equal(record->rtcp, rtcp);
            assert_int_equal(record->length, lengths[i]);
            assert_int_equal(record->number, lengths[i] < 2 ? 0 : i);
            assert_memory_equal(&record->from, &sender, sizeof(struct sockaddr_in));
        }
    }
}

static void what_is_too_long_is_dropped_and_counted(void **state)
{
    struct bench *bench = *state;
    struct rtp_socket *socket = open_socket(bench, AF_INET);
    add(bench, socket, socket);
    for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
        put_to(bench, socket, rtcp, 1, RTP_IO_DATAGRAM_BYTES + 1);
        put_to(bench, socket, rtcp, 2, RTP_IO_DATAGRAM_BYTES);
        receive_until(bench, rtcp + 1);
        assert_int_equal(bench->record[rtcp].number, 2);
        assert_int_equal(rtp_socket_too_long(socket), rtcp + 1);
    }
}

/* Whether the stamp lies between sending and the moment when poll() told of it: not if we were
 * interrupted between two looks at two clocks, or the wall clock was set. */
static bool is_stamped_well(struct bench *bench, struct rtp_socket *socket, bool rtcp,
                            unsigned number)
{
    const int64_t error_ns = CLOCK_NS_PER_MS;
    int64_t sent_ns = clock_monotonic_ns();
    put_to(bench, socket, rtcp, number, 2);
    wait_for(rtcp ? rtp_socket_rtcp_fd(socket) : rtp_socket_rtp_fd(socket));
    int64_t came_ns = clock_monotonic_ns();
    while (clock_monotonic_ns() < came_ns + 20 * CLOCK_NS_PER_MS)
        ; /* time passes: that is what is tested */
    receive_until(bench, number);
    const int64_t arrival_ns = bench->record[number - 1].arrival_ns;
    return arrival_ns >= sent_ns - error_ns && arrival_ns <= came_ns + error_ns;
}

static void arrival_is_when_it_came_not_when_we_looked(void **state)
{
    enum { TRIES = 10 };
    struct bench *bench = *state;
    struct rtp_socket *socket = open_socket(bench, AF_INET);
    unsigned number = 0;
    add(bench, socket, socket);
    for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
        bool is_good = false;
        for (unsigned tries = 0; tries < TRIES && !is_good; tries++)
            is_good = is_stamped_well(bench, socket, rtcp, ++number);
        assert_true(is_good);
    }
}

static void a_flooded_socket_does_not_starve_another(void **state)
{
    struct bench *bench = *state;
    enum { FLOOD = RTP_IO_BURST + 8 };
    struct rtp_socket *a = open_socket(bench, AF_INET), *b = open_socket(bench, AF_INET);
    add(bench, a, a);
    add(bench, b, b);
    for (unsigned i = 0; i < FLOOD; i++)
        put_to(bench, b, false, i, 172);
    put_to(bench, a, false, 1000, 172);
    wait_for(rtp_socket_rtp_fd(a));
    unsigned first = receive(bench);
    assert_in_range(first, 3, RTP_IO_BURST + 1);
    receive_until(bench, FLOOD + 1);
    unsigned of_b = 0;
    for (unsigned i = 0; i < bench->count; i++) {
        if (bench->record[i].context == a)
            assert_true(i < first);
        else
            assert_int_equal(bench->record[i].number, of_b++);
    }
    assert_int_equal(of_b, FLOOD);
}

/* A key frame: all of it in one look, of a socket that is made for video. */
static void a_burst_comes_at_once(void **state)
{
    struct bench *bench = *state;
    enum { BURST = 150 };
    struct rtp_socket *socket;
    assert_int_equal(rtp_socket_open_video(bench->ports, AF_INET, &socket), 0);
    bench->socket[bench->sockets++] = socket;
    add(bench, socket, socket);
    for (unsigned i = 0; i < BURST; i++)
        put_to(bench, socket, false, i, 1200);
    assert_int_equal(receive(bench), BURST);
    for (unsigned i = 0; i < BURST; i++)
        assert_int_equal(bench->record[i].number, i);
    assert_int_equal(receive(bench), 0);
}

static void rtcp_of_many_is_found(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 150 }; /* more than are asked for in one tick */
    struct rtp_socket *sockets[COUNT];
    unsigned seen[COUNT] = {0};
    for (unsigned i = 0; i < COUNT; i++) {
        sockets[i] = open_socket(bench, AF_INET);
        add(bench, sockets[i], &seen[i]);
    }
    for (unsigned round = 1; round <= 2; round++) {
        bench->count = 0;
        for (unsigned i = 0; i < COUNT; i++)
            put_to(bench, sockets[i], true, i, 64);
        receive_until(bench, COUNT);
        for (unsigned i = 0; i < COUNT; i++) {
            assert_true(bench->record[i].rtcp);
            ++*(unsigned *)bench->record[i].context;
        }
        for (unsigned i = 0; i < COUNT; i++)
            assert_int_equal(seen[i], round);
    }
}

static void nothing_of_a_socket_that_was_removed(void **state)
{
    struct bench *bench = *state;
    struct rtp_socket *a = open_socket(bench, AF_INET), *b = open_socket(bench, AF_INET);
    add(bench, a, a);
    add(bench, b, b);
    for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
        put_to(bench, a, rtcp, 1, 172);
        put_to(bench, b, rtcp, 2, 172);
    }
    drop(bench, a);
    receive_until(bench, 2);
    assert_int_equal(receive(bench), 0);
    assert_int_equal(bench->record[0].number, 2);
    assert_int_equal(bench->record[1].number, 2);
    add(bench, a, b); /* what waited is still there */
    receive_until(bench, 4);
    assert_int_equal(bench->record[3].number, 1);
    assert_ptr_equal(bench->record[3].context, b);
}

static void sockets_come_and_go_in_any_order(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 12, ROUNDS = 400 };
    struct rtp_socket *sockets[COUNT];
    bool added[COUNT] = {false};
    unsigned sent[COUNT] = {0}, got[COUNT] = {0}, waiting = 0;
    for (unsigned i = 0; i < COUNT; i++)
        sockets[i] = open_socket(bench, AF_INET);
    for (unsigned round = 0; round < ROUNDS + 2; round++) {
        unsigned i = random_u32() % COUNT, j = random_u32() % COUNT;
        put_to(bench, sockets[j], false, sent[j]++, 172);
        waiting++;
        if (added[i])
            drop(bench, sockets[i]);
        else
            add(bench, sockets[i], &got[i]);
        added[i] = !added[i];
        for (unsigned k = 0; k < COUNT && round >= ROUNDS; k++) { /* the last: all are there */
            if (!added[k])
                add(bench, sockets[k], &got[k]);
            added[k] = true;
        }
        bench->count = 0;
        if (round >= ROUNDS)
            receive_until(bench, waiting);
        else
            receive(bench);
        for (unsigned k = 0; k < bench->count; k++) {
            unsigned *of = bench->record[k].context;
            assert_true(added[of - got]);
            assert_int_equal(bench->record[k].number, (*of)++);
        }
        waiting -= bench->count;
    }
    assert_memory_equal(sent, got, sizeof(sent));
}

static void many_share_a_payload(void **state)
{
    struct bench *bench = *state;
    struct rtp_socket *sockets[MANY];
    uint8_t payload[160], data[RTP_IO_DATAGRAM_BYTES];
    struct sockaddr_storage to = own_address(bench->sender);
    for (unsigned i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)random_u32();
    for (unsigned i = 0; i < MANY; i++) {
        sockets[i] = open_socket(bench, AF_INET);
        add(bench, sockets[i], NULL);
    }
    for (unsigned i = 0; i < MANY; i++) {
        const uint8_t header[] = {(uint8_t)(i >> 8), (uint8_t)i, 0x55};
        rtp_io_send(bench->io, sockets[i],
                    &(struct rtp_message){.rtcp = i % 2,
                                          .to = (struct sockaddr *)&to,
                                          .header = header,
                                          .header_bytes = sizeof(header),
                                          .payload = payload,
                                          .payload_bytes = sizeof(payload)});
        struct sockaddr_storage from;
        socklen_t bytes = sizeof(from);
        wait_for(bench->sender);
        assert_int_equal(
            recvfrom(bench->sender, data, sizeof(data), 0, (struct sockaddr *)&from, &bytes),
            sizeof(header) + sizeof(payload));
        assert_memory_equal(data, header, sizeof(header));
        assert_memory_equal(data + sizeof(header), payload, sizeof(payload));
        assert_int_equal(port_of(&from), rtp_socket_port(sockets[i]) + i % 2);
        assert_int_equal(rtp_socket_send_errors(sockets[i]), 0);
    }
}

static void what_cannot_be_sent_is_counted(void **state)
{
    struct bench *bench = *state;
    struct rtp_socket *socket = open_socket(bench, AF_INET);
    add(bench, socket, NULL);
    struct sockaddr_storage to = own_address(bench->sender), none = {0};
    struct sockaddr_storage other = address_of("::1", 9);
    const uint8_t data[RTP_IO_DATAGRAM_BYTES] = {0};
    struct rtp_message message = {.to = (struct sockaddr *)&to,
                                  .header = data,
                                  .header_bytes = 12,
                                  .payload = data,
                                  .payload_bytes = RTP_IO_DATAGRAM_BYTES - 11};
    rtp_io_send(bench->io, socket, &message);
    assert_int_equal(rtp_socket_send_errors(socket), 1);
    message.payload_bytes--;
    rtp_io_send(bench->io, socket, &message);
    assert_int_equal(rtp_socket_send_errors(socket), 1);
    message.to = (struct sockaddr *)&none;
    rtp_io_send(bench->io, socket, &message);
    assert_int_equal(rtp_socket_send_errors(socket), 2);
    message.to = (struct sockaddr *)&other;
    rtp_io_send(bench->io, socket, &message);
    assert_int_equal(rtp_socket_send_errors(socket), 3);
}

/* ---- connected ---- */

static uint16_t hear(int fd)
{
    uint8_t data[64];
    struct sockaddr_storage from;
    socklen_t bytes = sizeof(from);
    wait_for(fd);
    assert_true(recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &bytes) > 0);
    return port_of(&from);
}

/* On sockets bound to one address or to all: the same. */
static void connected_it_hears_its_peer_only(void **state)
{
    struct bench *bench = *state;
    int stranger = plain_socket("127.0.0.1", 0);
    struct rtp_socket *socket = open_socket(bench, AF_INET);
    uint16_t port = rtp_socket_port(socket);
    struct sockaddr_storage to = address_of("127.0.0.1", port);
    struct sockaddr_storage peer = own_address(bench->sender), other = own_address(stranger);
    add(bench, socket, socket);
    put(stranger, &to, 1, 2);
    put(bench->sender, &to, 2, 2);
    receive_until(bench, 2);
    for (unsigned round = 0; round < 2; round++) {
        bench->count = 0;
        assert_int_equal(rtp_socket_connect(socket, (struct sockaddr *)&peer), 0);
        put(stranger, &to, 3, 2);
        put(bench->sender, &to, 4, 2);
        put(bench->sender, &to, 5, 2);
        receive_until(bench, 2);
        assert_int_equal(bench->record[0].number, 4);
        assert_int_equal(bench->record[1].number, 5);
        assert_memory_equal(&bench->record[0].from, &peer, sizeof(struct sockaddr_in));
        put_to(bench, socket, true, 6, 2); /* RTCP is as it was */
        receive_until(bench, 3);
        say(bench, socket, "127.0.0.1", port_of(&peer), "to the peer");
        assert_int_equal(hear(bench->sender), port);

        if (round == 0) /* a message to another ends it, or an order does */
            say(bench, socket, "127.0.0.1", port_of(&other), "to another");
        else
            assert_int_equal(rtp_socket_connect(socket, NULL), 0);
        if (round == 0)
            assert_int_equal(hear(stranger), port);
        put(stranger, &to, 7, 2);
        receive_until(bench, 4);
        say(bench, socket, "127.0.0.1", port_of(&peer), "to the peer");
        assert_int_equal(hear(bench->sender), port);
    }
    assert_int_equal(rtp_socket_send_errors(socket), 0);
    close(stranger);
}

static void removed_it_is_connected_to_nobody(void **state)
{
    struct bench *bench = *state;
    struct rtp_socket *socket = open_socket(bench, AF_INET);
    struct sockaddr_storage to = address_of("127.0.0.1", rtp_socket_port(socket));
    struct sockaddr_storage peer = own_address(bench->sender);
    int stranger = plain_socket("127.0.0.1", 0);
    add(bench, socket, socket);
    assert_int_equal(rtp_socket_connect(socket, (struct sockaddr *)&peer), 0);
    drop(bench, socket);
    put(stranger, &to, 9, 2);
    add(bench, socket, socket);
    receive_until(bench, 1);
    close(stranger);
}

/* ICMP tells a connected socket; neither what is sent nor what is received suffers. */
static void a_closed_port_breaks_nothing(void **state)
{
    struct bench *bench = *state;
    struct sockaddr_storage peer = own_address(bench->sender);
    uint16_t peer_port = port_of(&peer);
    for (unsigned connected = 0; connected < 2; connected++) {
        struct rtp_socket *socket = open_socket(bench, AF_INET);
        struct sockaddr_storage to = address_of("127.0.0.1", rtp_socket_port(socket));
        add(bench, socket, socket);
        if (connected)
            assert_int_equal(rtp_socket_connect(socket, (struct sockaddr *)&peer), 0);
        close(bench->sender);
        bench->count = 0;
        for (unsigned i = 0; i < 10; i++) {
            say(bench, socket, "127.0.0.1", peer_port, "is anybody there?");
            if (i % 3 == 0)
                assert_int_equal(receive(bench), 0);
        }
        bench->sender = plain_socket("127.0.0.1", peer_port);
        assert_true(bench->sender >= 0);
        say(bench, socket, "127.0.0.1", peer_port, "and now?");
        assert_int_equal(hear(bench->sender), rtp_socket_port(socket));
        assert_int_equal(rtp_socket_send_errors(socket), 0);
        put(bench->sender, &to, 8, 2);
        receive_until(bench, 1);
    }
}

/* Bound to all addresses, with a peer that sends to another one than it is answered from. */
static void a_socket_that_would_be_deaf_is_not_connected(void **state)
{
    struct bench *bench = *state;
    struct rtp_socket *socket = open_socket(bench, AF_INET);
    struct sockaddr_storage peer = own_address(bench->sender), none = {0};
    struct sockaddr_storage first = address_of("127.0.0.1", rtp_socket_port(socket));
    struct sockaddr_storage second = address_of("127.0.0.2", rtp_socket_port(socket));
    add(bench, socket, socket);
    assert_int_equal(rtp_socket_connect(socket, (struct sockaddr *)&peer), -EADDRNOTAVAIL);
    put(bench->sender, &second, 1, 2);
    receive_until(bench, 1);
    assert_int_equal(rtp_socket_connect(socket, (struct sockaddr *)&peer), -EADDRNOTAVAIL);
    put(bench->sender, &second, 2, 2);
    receive_until(bench, 2); /* and hears it as before */
    put(bench->sender, &first, 3, 2);
    receive_until(bench, 3);
    assert_int_equal(rtp_socket_connect(socket, (struct sockaddr *)&none), -EINVAL);
    assert_int_equal(rtp_socket_connect(socket, (struct sockaddr *)&peer), 0);
    put(bench->sender, &first, 4, 2);
    receive_until(bench, 4);
}

static void all_of_it_by_ipv6(void **state)
{
    (void)state;
    int sender = plain_socket("::1", 0);
    if (sender < 0)
        skip(); /* a machine without IPv6 */
    const char *const bound[] = {"::1", "::", "0.0.0.0"};
    for (unsigned i = 0; i < 3; i++) {
        void *made;
        make_bench_at(&made, bound[i], RTP_IO_PUNCTUAL);
        struct bench *bench = made;
        struct rtp_socket *socket = open_socket(bench, AF_INET6);
        struct sockaddr_storage to = address_of("::1", rtp_socket_port(socket));
        struct sockaddr_storage peer = own_address(sender);
        add(bench, socket, socket);
        for (unsigned connected = 0; connected < 2; connected++) {
            bench->count = 0;
            put(sender, &to, 77, 172);
            receive_until(bench, 1);
            assert_int_equal(bench->record[0].number, 77);
            assert_memory_equal(&bench->record[0].from, &peer, sizeof(struct sockaddr_in6));
            say(bench, socket, "::1", port_of(&peer), "hello");
            assert_int_equal(hear(sender), rtp_socket_port(socket));
            assert_int_equal(rtp_socket_connect(socket, (struct sockaddr *)&peer), 0);
        }
        int stranger = plain_socket("::1", 0);
        put(stranger, &to, 78, 172);
        assert_int_equal(receive(bench), 0);
        close(stranger);
        end_bench(&made);
    }
    close(sender);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_bench, end_bench)
#define BURSTS(name) cmocka_unit_test_setup_teardown(name, make_burst_bench, end_bench)
    const struct CMUnitTest tests[] = {
        TEST(nothing_comes_of_nothing),
        TEST(datagrams_come_whole_in_order_and_with_their_source),
        TEST(what_is_too_long_is_dropped_and_counted),
        TEST(arrival_is_when_it_came_not_when_we_looked),
        TEST(a_flooded_socket_does_not_starve_another),
        TEST(rtcp_of_many_is_found),
        TEST(nothing_of_a_socket_that_was_removed),
        TEST(sockets_come_and_go_in_any_order),
        TEST(many_share_a_payload),
        TEST(what_cannot_be_sent_is_counted),
        TEST(connected_it_hears_its_peer_only),
        cmocka_unit_test_setup_teardown(connected_it_hears_its_peer_only, make_open_bench,
                                        end_bench),
        TEST(removed_it_is_connected_to_nobody),
        TEST(a_closed_port_breaks_nothing),
        cmocka_unit_test_setup_teardown(a_socket_that_would_be_deaf_is_not_connected,
                                        make_open_bench, end_bench),
        cmocka_unit_test(all_of_it_by_ipv6),
        BURSTS(nothing_comes_of_nothing),
        BURSTS(datagrams_come_whole_in_order_and_with_their_source),
        BURSTS(what_is_too_long_is_dropped_and_counted),
        BURSTS(rtcp_of_many_is_found),
        BURSTS(nothing_of_a_socket_that_was_removed),
        BURSTS(sockets_come_and_go_in_any_order),
        BURSTS(a_burst_comes_at_once),
        BURSTS(connected_it_hears_its_peer_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
