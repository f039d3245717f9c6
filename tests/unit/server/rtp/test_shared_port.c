/* test_shared_port.c - a real port and its thread: who gets what comes. */
#include "server/rtp/shared_port.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/rtp/address.h"
#include "server/rtp/rtp_io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 5000, OPUS = 111, VP8 = 96 };

struct scene {
    struct shared_port *port;
    struct ice_credentials local, remote;
    struct shared_transport *transport;
    struct rtp_io *io;
    int peer; /* a browser's socket */
    union latch_address peer_address;
};

static struct rtp_sections sections(void)
{
    struct rtp_sections made = {.noted_count = 0};
    rtp_types_add(&made.section[SHARED_AUDIO].types, OPUS);
    return made;
}

static int open_peer(union latch_address *address)
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t bytes = sizeof(address->v4);
    memset(address, 0, sizeof(*address));
    address->v4.sin_family = AF_INET;
    address->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, &address->any, bytes), 0);
    assert_int_equal(getsockname(fd, &address->any, &bytes), 0);
    return fd;
}

static void open_scene_of(struct scene *scene, const char *address, enum shared_inlet last)
{
    const struct shared_port_config config = {.address = address};
    memset(scene, 0, sizeof(*scene));
    assert_int_equal(shared_port_create(&config, &scene->port), 0);
    ice_credentials_make(&scene->local);
    ice_credentials_make(&scene->remote);
    assert_int_equal(
        shared_transport_create(scene->port, scene->local.ufrag, &scene->transport), 0);
    for (enum shared_inlet inlet = 0; inlet <= last; inlet++)
        assert_int_equal(shared_transport_open(scene->transport, inlet), 0);
    const struct rtp_sections both = sections();
    shared_transport_set_sections(scene->transport, &both);
    scene->peer = open_peer(&scene->peer_address);
}

static void open_scene(struct scene *scene, const char *address)
{
    open_scene_of(scene, address, SHARED_INLETS - 1);
}

static void close_scene(struct scene *scene)
{
    close(scene->peer);
    shared_transport_release(scene->transport);
    shared_port_destroy(scene->port);
}

static void send_to(const struct scene *scene, int fd, const void *data, size_t length)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(shared_port_number(scene->port)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(sendto(fd, data, length, 0, (const struct sockaddr *)&to, sizeof(to)),
                     length);
}

static void send_check(const struct scene *scene, int fd, const char *ufrag)
{
    char username[2 * ICE_UFRAG_BYTES];
    uint8_t data[ICE_STUN_MAX_BYTES];
    const struct ice_stun_request request = {.username = username,
                                             .role = ICE_STUN_CONTROLLING};
    snprintf(username, sizeof(username), "%s:%s", ufrag, scene->remote.ufrag);
    send_to(scene, fd, data,
            ice_stun_write_request(data, sizeof(data), &request, scene->local.password));
}

static void send_rtp(const struct scene *scene, int fd, uint8_t second, uint8_t number)
{
    const uint8_t data[20] = {0x80, second, 0, number};
    send_to(scene, fd, data, sizeof(data));
}

static bool wait_for(const struct scene *scene, uint64_t datagrams)
{
    const struct timespec rest = {.tv_nsec = CLOCK_NS_PER_MS};
    struct shared_port_stats stats;
    for (unsigned i = 0; i < WAIT_MS; i++) {
        shared_port_stats_read(scene->port, &stats);
        if (stats.datagrams >= datagrams)
            return true;
        nanosleep(&rest, NULL);
    }
    return false;
}

/* @return the number of the next one; -1: there is none. */
static int take(const struct scene *scene, enum shared_inlet inlet)
{
    struct rtp_datagram datagram;
    if (!shared_transport_front(scene->transport, inlet, &datagram))
        return -1;
    const union latch_address from = address_of(datagram.from);
    assert_true(latch_same(&from.any, &scene->peer_address.any));
    assert_true(clock_monotonic_ns() - datagram.arrival_ns < WAIT_MS * CLOCK_NS_PER_MS);
    assert_int_equal(datagram.length, 20);
    const int number = datagram.data[3];
    shared_transport_pop(scene->transport, inlet);
    return number;
}

static void each_gets_its_own(void **state)
{
    struct scene scene;
    open_scene(&scene, *state);
    send_check(&scene, scene.peer, scene.local.ufrag);
    send_rtp(&scene, scene.peer, OPUS, 1);
    send_rtp(&scene, scene.peer, 0x80 | OPUS, 2); /* with a marker */
    send_rtp(&scene, scene.peer, VP8, 3);
    send_rtp(&scene, scene.peer, 200, 4); /* a sender's report */
    send_rtp(&scene, scene.peer, 206, 5); /* PLI */
    assert_true(wait_for(&scene, 6));
    assert_int_equal(take(&scene, SHARED_AUDIO), 1);
    assert_int_equal(take(&scene, SHARED_AUDIO), 2);
    assert_int_equal(take(&scene, SHARED_AUDIO), 4);
    assert_int_equal(take(&scene, SHARED_AUDIO), -1);
    assert_int_equal(take(&scene, SHARED_VIDEO), 3);
    assert_int_equal(take(&scene, SHARED_VIDEO), 4);
    assert_int_equal(take(&scene, SHARED_VIDEO), 5);
    assert_int_equal(take(&scene, SHARED_VIDEO), -1);
    close_scene(&scene);
}

/* Whose call has no picture, or not yet. */
static void what_is_not_open_is_nobodys(void **state)
{
    struct scene scene;
    struct shared_port_stats stats;
    open_scene_of(&scene, *state, SHARED_AUDIO);
    send_check(&scene, scene.peer, scene.local.ufrag);
    send_rtp(&scene, scene.peer, VP8, 1);
    send_rtp(&scene, scene.peer, 206, 2); /* PLI: of pictures alone */
    send_rtp(&scene, scene.peer, 200, 3);
    assert_true(wait_for(&scene, 4));
    assert_int_equal(take(&scene, SHARED_AUDIO), 3);
    assert_int_equal(take(&scene, SHARED_AUDIO), -1);
    shared_port_stats_read(scene.port, &stats);
    assert_int_equal(stats.unknown, 1);
    assert_int_equal(stats.dropped, 0);

    assert_int_equal(shared_transport_open(scene.transport, SHARED_VIDEO), 0);
    assert_int_equal(shared_transport_open(scene.transport, SHARED_VIDEO), 0);
    send_rtp(&scene, scene.peer, VP8, 4);
    assert_true(wait_for(&scene, 5));
    assert_int_equal(take(&scene, SHARED_VIDEO), 4);
    close_scene(&scene);
}

static void a_stranger_gets_nowhere(void **state)
{
    struct scene scene;
    struct shared_port_stats stats;
    union latch_address stranger_address;
    open_scene(&scene, *state);
    const int stranger = open_peer(&stranger_address);
    send_check(&scene, scene.peer, scene.local.ufrag);
    send_check(&scene, stranger, "nobody");
    send_rtp(&scene, stranger, OPUS, 1);
    send_to(&scene, stranger, "", 1);
    send_to(&scene, stranger, "\0\1 no check", 11);
    assert_true(wait_for(&scene, 5));
    shared_port_stats_read(scene.port, &stats);
    assert_int_equal(stats.unknown, 4);
    assert_int_equal(take(&scene, SHARED_AUDIO), -1);

    /* who proved where it is does not lose it to who knows the name */
    shared_transport_prove(scene.transport, &scene.peer_address);
    send_rtp(&scene, scene.peer, OPUS, 2);
    assert_true(wait_for(&scene, 6));
    assert_int_equal(take(&scene, SHARED_AUDIO), 2);
    close(stranger);
    close_scene(&scene);
}

static void a_full_inlet_drops_and_counts(void **state)
{
    enum { MANY = 1000 };
    struct scene scene;
    struct shared_port_stats stats;
    unsigned taken = 0;
    open_scene(&scene, *state);
    send_check(&scene, scene.peer, scene.local.ufrag);
    for (unsigned i = 0; i < MANY; i++) {
        send_rtp(&scene, scene.peer, OPUS, 9);
        if (i % 100 == 99)
            assert_true(wait_for(&scene, i + 2)); /* nothing is lost in the socket */
    }
    shared_port_stats_read(scene.port, &stats);
    while (take(&scene, SHARED_AUDIO) == 9)
        taken++;
    assert_true(taken > 100);
    assert_int_equal(taken + stats.dropped, MANY);
    close_scene(&scene);
}

static void on_datagram(void *arg, void *context, bool rtcp,
                        const struct rtp_datagram *datagram)
{
    assert_false(rtcp);
    assert_int_equal(datagram->length, 20);
    assert_string_equal(context, "voice");
    ++*(unsigned *)arg;
}

/* The same as with ports of its own, for whoever has the socket. */
static void sockets_on_it(void **state)
{
    struct scene scene;
    struct rtp_socket *voice;
    unsigned came = 0;
    char context[] = "voice";
    uint8_t data[64];
    open_scene(&scene, *state);
    assert_int_equal(rtp_socket_open_shared(scene.transport, SHARED_AUDIO, &voice), 0);
    assert_int_equal(rtp_socket_port(voice), shared_port_number(scene.port));
    struct rtp_io *io = rtp_io_create(RTP_IO_PUNCTUAL);
    send_check(&scene, scene.peer, scene.local.ufrag);
    send_rtp(&scene, scene.peer, OPUS, 1);
    send_rtp(&scene, scene.peer, OPUS, 2);
    assert_true(wait_for(&scene, 3));

    check_thread_is(CHECK_THREAD_MEDIA);
    rtp_io_add(io, voice, context);
    rtp_io_receive(io, on_datagram, &came);
    assert_int_equal(came, 2);
    assert_int_equal(rtp_socket_connect(voice, &scene.peer_address.any), -EOPNOTSUPP);
    union latch_address to = scene.peer_address;
    if (strcmp(*state, "0.0.0.0") == 0) { /* it has both families */
        memset(&to, 0, sizeof(to));
        to.v6.sin6_family = AF_INET6;
        to.v6.sin6_port = scene.peer_address.v4.sin_port;
        assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1", &to.v6.sin6_addr), 1);
    }
    rtp_io_send(io, voice,
                &(struct rtp_message){
                    .to = &to.any, .header = (const uint8_t *)"hello", .header_bytes = 5});
    assert_int_equal(rtp_socket_send_errors(voice), 0);
    rtp_io_remove(io, voice);
    check_thread_is(CHECK_THREAD_CONTROL);
    assert_int_equal(recv(scene.peer, data, sizeof(data), 0), 5);

    rtp_io_destroy(io);
    rtp_socket_close(voice);
    close_scene(&scene);
}

static void candidates(void **state)
{
    (void)state;
    struct shared_port *port;
    struct ice_candidate list[8];
    char text[ADDRESS_TEXT_BYTES];
    struct shared_port_config config = {.address = "127.0.0.1"};
    assert_int_equal(shared_port_create(&config, &port), 0);
    assert_int_equal(shared_port_candidates(port, list, 8), 1);
    assert_int_equal(ntohl(list[0].address.v4.sin_addr.s_addr), INADDR_LOOPBACK);
    assert_int_equal(address_port(&list[0].address), shared_port_number(port));
    shared_port_destroy(port);

    config = (struct shared_port_config){.address = "0.0.0.0", .advertised = "192.0.2.9"};
    assert_int_equal(shared_port_create(&config, &port), 0);
    assert_int_equal(shared_port_candidates(port, list, 8), 1);
    address_text(&list[0].address, text);
    assert_memory_equal(text, "192.0.2.9:", 10);
    assert_int_equal(address_port(&list[0].address), shared_port_number(port));
    shared_port_destroy(port);

    config = (struct shared_port_config){.address = "0.0.0.0"};
    assert_int_equal(shared_port_create(&config, &port), 0);
    assert_in_range(shared_port_candidates(port, list, 8), 1, 8);
    assert_int_equal(shared_port_candidates(port, list, 0), 0);
    shared_port_destroy(port);

    config = (struct shared_port_config){.address = "no address"};
    assert_int_equal(shared_port_create(&config, &port), -EINVAL);
}

int main(void)
{
    static char one[] = "127.0.0.1", all[] = "0.0.0.0";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(each_gets_its_own, one),
        cmocka_unit_test_prestate(what_is_not_open_is_nobodys, one),
        cmocka_unit_test_prestate(a_stranger_gets_nowhere, one),
        cmocka_unit_test_prestate(a_full_inlet_drops_and_counts, one),
        cmocka_unit_test_prestate(sockets_on_it, one),
        cmocka_unit_test(candidates),
    };
    const struct CMUnitTest on_all[] = {
        cmocka_unit_test_prestate(sockets_on_it, all),
    };
    check_thread_is(CHECK_THREAD_CONTROL);
    return cmocka_run_group_tests(tests, NULL, NULL) ||
           cmocka_run_group_tests(on_all, NULL, NULL);
}
