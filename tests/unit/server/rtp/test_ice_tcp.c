/* test_ice_tcp.c - real connections: frames in and out, who is let stay, who is not. */
#include "server/rtp/ice_tcp.h"

#include "mixer/base/clock.h"
#include "server/rtp/address.h"
#include "server/rtp/rtp_datagram.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 5000, STEP_MS = 5 };

struct scene {
    struct ice_tcp *tcp;
    union latch_address where;
    unsigned count; /* datagrams that came: */
    union latch_address from;
    size_t length;
    uint8_t data[RTP_IO_DATAGRAM_BYTES];
};

static void open_scene(struct scene *scene, int family)
{
    memset(scene, 0, sizeof(*scene));
    const struct sockaddr_in v4 = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    scene->where = family == AF_INET ? address_of((const struct sockaddr *)&v4)
                                     : address_of((const struct sockaddr *)&v6);
    /* any port that is free: asked for by another socket, which is closed again */
    const int probe = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t bytes = address_bytes(&scene->where);
    assert_int_equal(bind(probe, &scene->where.any, bytes), 0);
    assert_int_equal(getsockname(probe, &scene->where.any, &bytes), 0);
    close(probe);
    assert_int_equal(ice_tcp_create(&scene->where, &scene->tcp), 0);
}

static int call(const struct scene *scene)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(address_port(&scene->where)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

static void on_datagram(void *arg, const union latch_address *from, const uint8_t *data,
                        size_t length)
{
    struct scene *scene = arg;
    scene->count++;
    scene->from = *from;
    scene->length = length;
    memcpy(scene->data, data, length);
}

static bool wait_for(struct scene *scene, unsigned count)
{
    struct pollfd ready = {.fd = ice_tcp_fd(scene->tcp), .events = POLLIN};
    for (unsigned i = 0; i < WAIT_MS / STEP_MS && scene->count < count; i++) {
        poll(&ready, 1, STEP_MS);
        ice_tcp_receive(scene->tcp, on_datagram, scene);
    }
    return scene->count >= count;
}

/* Whether the far end was hung up. */
static bool is_over(struct scene *scene, int fd)
{
    uint8_t byte;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    for (unsigned i = 0; i < WAIT_MS / STEP_MS; i++) {
        ice_tcp_receive(scene->tcp, on_datagram, scene);
        if (poll(&ready, 1, STEP_MS) == 1)
            return recv(fd, &byte, 1, 0) <= 0;
    }
    return false;
}

static void frames_go_both_ways(void **state)
{
    const int families[] = {AF_INET, AF_INET6};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct scene scene;
        uint8_t in[16];
        open_scene(&scene, families[i]);
        const int fd = call(&scene);
        assert_int_equal(send(fd, "\0\3abc\0\2de\0", 10, 0), 10); /* and the begin of a third */
        assert_true(wait_for(&scene, 2));
        assert_int_equal(scene.length, 2);
        assert_memory_equal(scene.data, "de", 2);
        assert_true(ice_tcp_is(&scene.from.any));
        const union latch_address plain = address_unmapped(&scene.from.any);
        assert_int_equal(plain.v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
        assert_int_equal(send(fd, "\1x", 2, 0), 2);
        assert_true(wait_for(&scene, 3));
        assert_int_equal(scene.length, 1);

        assert_int_equal(ice_tcp_send(scene.tcp, &scene.from.any, (const uint8_t *)"hello", 5),
                         0);
        assert_int_equal(recv(fd, in, sizeof(in), 0), 7);
        assert_memory_equal(in, "\0\5hello", 7);
        close(fd);
        for (unsigned k = 0; k < WAIT_MS / STEP_MS; k++) {
            ice_tcp_receive(scene.tcp, on_datagram, &scene);
            if (ice_tcp_send(scene.tcp, &scene.from.any, (const uint8_t *)"x", 1) == -ENOTCONN)
                break;
            poll(NULL, 0, STEP_MS);
        }
        assert_int_equal(ice_tcp_send(scene.tcp, &scene.from.any, (const uint8_t *)"x", 1),
                         -ENOTCONN);
        ice_tcp_destroy(scene.tcp);
    }
}

static void a_place_that_is_used_again_is_another_address(void **state)
{
    (void)state;
    struct scene scene;
    uint8_t in[16];
    open_scene(&scene, AF_INET);
    int fd = call(&scene);
    assert_int_equal(send(fd, "\0\1a", 3, 0), 3);
    assert_true(wait_for(&scene, 1));
    const union latch_address before = scene.from;
    ice_tcp_prove(scene.tcp, &before);
    close(fd);
    fd = call(&scene);
    assert_int_equal(send(fd, "\0\1b", 3, 0), 3);
    assert_true(wait_for(&scene, 2));
    ice_tcp_receive(scene.tcp, on_datagram, &scene);
    assert_int_not_equal(before.v6.sin6_scope_id, scene.from.v6.sin6_scope_id);
    assert_int_equal(ice_tcp_send(scene.tcp, &scene.from.any, (const uint8_t *)"y", 1), 0);
    assert_int_equal(recv(fd, in, sizeof(in), 0), 3);
    close(fd);
    ice_tcp_destroy(scene.tcp);
}

static void what_does_not_fit_is_lost_whole(void **state)
{
    (void)state;
    static uint8_t data[1200], in[64 * 1024];
    struct scene scene;
    unsigned sent = 0;
    size_t got = 0;
    open_scene(&scene, AF_INET);
    const int fd = call(&scene);
    assert_int_equal(send(fd, "\0\1a", 3, 0), 3);
    assert_true(wait_for(&scene, 1));
    /* nobody reads: at some time there is no room any more */
    while (ice_tcp_send(scene.tcp, &scene.from.any, data, sizeof(data)) == 0)
        sent++;
    assert_true(sent > 10);
    while (got < sent * (2 + sizeof(data))) {
        const ssize_t part = recv(fd, in, sizeof(in), 0);
        assert_true(part > 0);
        got += (size_t)part;
    }
    assert_int_equal(got, sent * (2 + sizeof(data)));
    assert_int_equal(ice_tcp_send(scene.tcp, &scene.from.any, data, sizeof(data)), 0);
    close(fd);
    ice_tcp_destroy(scene.tcp);
}

static void too_long_a_frame_ends_it(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, AF_INET);
    const int fd = call(&scene);
    assert_int_equal(send(fd, "\xff\xff", 2, 0), 2);
    assert_true(is_over(&scene, fd));
    assert_int_equal(scene.count, 0);
    close(fd);
    ice_tcp_destroy(scene.tcp);
}

/* Both ends of each connection are ours. */
static bool may_have_all_sockets(void)
{
    enum { SPARE = 64 };
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_max >= 2 * ICE_TCP_MOST + SPARE;
}

/* Who proves nothing makes room for others. */
static void a_full_table_lets_the_unproved_go(void **state)
{
    (void)state;
    static int fds[ICE_TCP_MOST];
    struct scene scene;
    if (!may_have_all_sockets()) {
        print_message("not tried: this system gives a process too few sockets (ulimit -Hn)\n");
        skip();
    }
    open_scene(&scene, AF_INET);
    for (unsigned i = 0; i < ICE_TCP_MOST; i++) {
        fds[i] = call(&scene);
        assert_int_equal(send(fds[i], "\0\1a", 3, 0), 3);
        assert_true(wait_for(&scene, i + 1));
        if (i == 0)
            ice_tcp_prove(scene.tcp, &scene.from);
    }
    const int one_more = call(&scene);
    assert_int_equal(send(one_more, "\0\1b", 3, 0), 3);
    assert_true(wait_for(&scene, ICE_TCP_MOST + 1));
    assert_true(is_over(&scene, fds[1]));
    assert_int_equal(send(fds[0], "\0\1c", 3, 0), 3);
    assert_true(wait_for(&scene, ICE_TCP_MOST + 2));
    assert_int_equal(scene.data[0], 'c');
    assert_true(ice_tcp_due_ms(scene.tcp) > 0);
    for (unsigned i = 0; i < ICE_TCP_MOST; i++)
        close(fds[i]);
    close(one_more);
    ice_tcp_destroy(scene.tcp);
}

enum { SENDERS = 3, EACH = 20000 };

struct sender {
    struct scene *scene;
    uint8_t number;
};

static void *send_many(void *argument)
{
    struct sender *sender = argument;
    uint8_t data[100];
    memset(data, sender->number, sizeof(data));
    for (unsigned i = 0; i < EACH; i++) {
        int error;
        while ((error = ice_tcp_send(sender->scene->tcp, &sender->scene->from.any, data,
                                     20 + i % 80)) == -EAGAIN)
            poll(NULL, 0, 1); /* until there is room again */
        assert_int_equal(error, 0);
    }
    return NULL;
}

/* Whoever sends at whatever moment: frames stay whole. */
static void threads_send_at_once(void **state)
{
    (void)state;
    static uint8_t in[1 << 20];
    struct scene scene;
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    size_t used = 0;
    unsigned frames = 0;
    open_scene(&scene, AF_INET);
    const int fd = call(&scene);
    assert_int_equal(send(fd, "\0\1a", 3, 0), 3);
    assert_true(wait_for(&scene, 1));
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){&scene, (uint8_t)(i + 1)};
        pthread_create(&threads[i], NULL, send_many, &senders[i]);
    }
    const struct timeval patience = {.tv_sec = 1};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    for (ssize_t part; (part = recv(fd, in + used, sizeof(in) - used, 0)) > 0;) {
        size_t at = 0;
        used += (size_t)part;
        while (used - at > 2 && used - at >= 2U + in[at + 1]) {
            const size_t length = in[at + 1];
            assert_int_equal(in[at], 0);
            assert_in_range(length, 20, 99);
            assert_in_range(in[at + 2], 1, SENDERS);
            for (size_t i = 1; i < length; i++)
                assert_int_equal(in[at + 2 + i], in[at + 2]);
            at += 2 + length;
            frames++;
        }
        memmove(in, in + at, used -= at);
    }
    for (unsigned i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(frames <= SENDERS * EACH); /* what was left to another may be lost */
    assert_true(frames > 1000);
    close(fd);
    ice_tcp_destroy(scene.tcp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_go_both_ways),
        cmocka_unit_test(a_place_that_is_used_again_is_another_address),
        cmocka_unit_test(what_does_not_fit_is_lost_whole),
        cmocka_unit_test(threads_send_at_once),
        cmocka_unit_test(too_long_a_frame_ends_it),
        cmocka_unit_test(a_full_table_lets_the_unproved_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
