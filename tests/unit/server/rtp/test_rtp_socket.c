/* test_rtp_socket.c - port pairs, addresses and datagrams, on the loopback interface. */
#include "server/rtp/rtp_socket.h"

#include "mixer/base/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 5000 };

static struct sockaddr_storage loopback(int family, uint16_t port, socklen_t *bytes)
{
    struct sockaddr_storage out = {0};
    if (family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&out;
        *v4 = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        *bytes = sizeof(*v4);
    } else {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out;
        *v6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                    .sin6_port = htons(port),
                                    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        *bytes = sizeof(*v6);
    }
    return out;
}

/* A socket of our own on a port of the kernel's choice, or on @p port. -1: the port is taken.
 */
static int plain_socket(int family, uint16_t *port)
{
    socklen_t bytes;
    struct sockaddr_storage address = loopback(family, *port, &bytes);
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (bind(fd, (struct sockaddr *)&address, bytes) < 0) {
        close(fd);
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
    *port = ntohs(family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                    : ((struct sockaddr_in6 *)&address)->sin6_port);
    return fd;
}

/* The first even port of a run of `pairs` pairs that nobody has now: below the range from which
 * the kernel gives ports to whoever asks, so that none is taken meanwhile. */
static uint16_t free_range(unsigned pairs)
{
    for (unsigned tries = 0; tries < 200; tries++) {
        unsigned first = 10000 + random_u32() % 4000 * 2;
        bool is_free = true;
        for (unsigned i = 0; i < 2 * pairs && is_free; i++) {
            uint16_t next = (uint16_t)(first + i);
            int fd = plain_socket(AF_INET, &next);
            is_free = fd >= 0;
            if (is_free)
                close(fd);
        }
        if (is_free)
            return (uint16_t)first;
    }
    fail_msg("no free ports");
    return 0;
}

static struct rtp_ports *make_ports(const char *address, const char *advertised, unsigned pairs)
{
    uint16_t first = free_range(pairs);
    struct rtp_ports_config config = {address, advertised, first,
                                      (uint16_t)(first + 2 * pairs - 1)};
    struct rtp_ports *ports = NULL;
    assert_int_equal(rtp_ports_create(&config, &ports), 0);
    assert_int_equal(rtp_ports_total(ports), pairs);
    return ports;
}

static void bad_ranges_and_addresses_are_refused(void **state)
{
    (void)state;
    const struct rtp_ports_config bad[] = {
        {"", NULL, 20000, 20100},          {"localhost", NULL, 20000, 20100},
        {"1.2.3", NULL, 20000, 20100},     {"127.0.0.1", "x", 20000, 20100},
        {"127.0.0.1", "", 20000, 20100},   {"127.0.0.1", "0.0.0.0", 20000, 20100},
        {"127.0.0.1", "::", 20000, 20100}, {"127.0.0.1", NULL, 20000, 20000},
        {"127.0.0.1", NULL, 20001, 20002}, {"127.0.0.1", NULL, 20100, 20000},
        {"127.0.0.1", NULL, 0, 0},         {"127.0.0.1", NULL, 0, 65535},
        {"127.0.0.1", NULL, 65535, 65535},
    };
    struct rtp_ports *ports = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(rtp_ports_create(&bad[i], &ports), -EINVAL);
    assert_null(ports);
    const struct {
        uint16_t first, last;
        unsigned pairs;
    } good[] = {{20000, 20001, 1},    {20001, 20003, 1}, {20000, 20002, 1},
                {20000, 23999, 2000}, {1, 65535, 32767}, {65534, 65535, 1}};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct rtp_ports_config config = {"::1", "2001:db8::1", good[i].first, good[i].last};
        assert_int_equal(rtp_ports_create(&config, &ports), 0);
        assert_int_equal(rtp_ports_total(ports), good[i].pairs);
        rtp_ports_destroy(ports);
    }
    rtp_ports_destroy(NULL);
    rtp_socket_close(NULL);
}

static void pairs_are_even_and_odd_and_run_out(void **state)
{
    (void)state;
    enum { PAIRS = 4 };
    struct rtp_ports *ports = make_ports("127.0.0.1", NULL, PAIRS);
    struct rtp_socket *open[PAIRS], *more = NULL;
    for (unsigned i = 0; i < PAIRS; i++) {
        assert_int_equal(rtp_socket_open(ports, AF_INET, &open[i]), 0);
        assert_int_equal(rtp_socket_port(open[i]) % 2, 0);
        assert_int_equal(rtp_ports_used(ports), i + 1);
        for (unsigned j = 0; j < i; j++)
            assert_int_not_equal(rtp_socket_port(open[i]), rtp_socket_port(open[j]));
    }
    assert_int_equal(rtp_socket_open(ports, AF_INET, &more), -EADDRINUSE);
    assert_int_equal(rtp_socket_open(ports, AF_INET6, &more), -EAFNOSUPPORT);
    assert_int_equal(rtp_socket_open(ports, AF_UNIX, &more), -EAFNOSUPPORT);
    assert_null(more);
    uint16_t port = rtp_socket_port(open[2]);
    rtp_socket_close(open[2]);
    assert_int_equal(rtp_socket_open(ports, AF_INET, &open[2]), 0);
    assert_int_equal(rtp_socket_port(open[2]), port);
    for (unsigned i = 0; i < PAIRS; i++)
        rtp_socket_close(open[i]);
    assert_int_equal(rtp_ports_used(ports), 0);
    rtp_ports_destroy(ports);
}

static void a_closed_port_is_taken_last(void **state)
{
    (void)state;
    enum { PAIRS = 5 };
    struct rtp_ports *ports = make_ports("127.0.0.1", NULL, PAIRS);
    uint16_t last = 0;
    uint16_t seen[PAIRS];
    for (unsigned i = 0; i < 3 * PAIRS; i++) {
        struct rtp_socket *socket;
        assert_int_equal(rtp_socket_open(ports, AF_INET, &socket), 0);
        last = rtp_socket_port(socket);
        if (i < PAIRS)
            seen[i] = last;
        assert_int_equal(last, seen[i % PAIRS]);
        rtp_socket_close(socket);
    }
    rtp_ports_destroy(ports);
}

static void a_pair_that_another_has_is_passed_over(void **state)
{
    (void)state;
    enum { PAIRS = 3 };
    struct rtp_ports *ports = make_ports("127.0.0.1", NULL, PAIRS);
    struct rtp_socket *socket;
    assert_int_equal(rtp_socket_open(ports, AF_INET, &socket), 0);
    uint16_t first = rtp_socket_port(socket);
    rtp_socket_close(socket);
    uint16_t odd = (uint16_t)(first + 3), even = (uint16_t)(first + 4);
    int fd_odd = plain_socket(AF_INET, &odd);   /* the RTCP port of the second pair */
    int fd_even = plain_socket(AF_INET, &even); /* the RTP port of the third        */
    assert_true(fd_odd >= 0 && fd_even >= 0);
    assert_int_equal(rtp_socket_open(ports, AF_INET, &socket), 0);
    assert_int_equal(rtp_socket_port(socket), first);
    struct rtp_socket *more = NULL;
    assert_int_equal(rtp_socket_open(ports, AF_INET, &more), -EADDRINUSE);
    assert_int_equal(rtp_ports_used(ports), 1);
    uint16_t rtp = (uint16_t)(first + 2);
    int fd_rtp = plain_socket(AF_INET, &rtp); /* both or none: it was let go */
    assert_true(fd_rtp >= 0);
    close(fd_rtp);
    close(fd_odd);
    close(fd_even);
    assert_int_equal(rtp_socket_open(ports, AF_INET, &more), 0);
    rtp_socket_close(more);
    rtp_socket_close(socket);
    rtp_ports_destroy(ports);
}

static ssize_t receive_one(const struct rtp_socket *socket, bool rtcp, uint8_t *data,
                           size_t size, struct sockaddr_storage *from)
{
    int fd = rtcp ? rtp_socket_rtcp_fd(socket) : rtp_socket_rtp_fd(socket);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    socklen_t bytes = sizeof(*from);
    assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
    return recvfrom(fd, data, size, 0, (struct sockaddr *)from, &bytes);
}

static void check_exchange(const char *address, int family)
{
    struct rtp_ports *ports = make_ports(address, NULL, 4);
    struct rtp_socket *a, *b;
    uint8_t data[16];
    assert_int_equal(rtp_socket_open(ports, family, &a), 0);
    assert_int_equal(rtp_socket_open(ports, family, &b), 0);
    assert_int_equal(recv(rtp_socket_rtp_fd(b), data, sizeof(data), 0), -1);
    assert_int_equal(errno, EAGAIN); /* does not wait */
    for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
        socklen_t bytes;
        struct sockaddr_storage from,
            to = loopback(family, (uint16_t)(rtp_socket_port(b) + rtcp), &bytes);
        assert_int_equal(
            rtp_socket_send(a, rtcp, (struct sockaddr *)&to, (const uint8_t *)"hello", 5), 0);
        assert_int_equal(receive_one(b, rtcp, data, sizeof(data), &from), 5);
        assert_memory_equal(data, "hello", 5);
        assert_int_equal(from.ss_family, family);
        uint16_t port = family == AF_INET ? ((struct sockaddr_in *)&from)->sin_port
                                          : ((struct sockaddr_in6 *)&from)->sin6_port;
        assert_int_equal(ntohs(port), rtp_socket_port(a) + rtcp);
    }
    rtp_socket_close(a);
    rtp_socket_close(b);
    rtp_ports_destroy(ports);
}

static void datagrams_go_and_come_by_ipv4(void **state)
{
    (void)state;
    check_exchange("127.0.0.1", AF_INET);
    check_exchange("0.0.0.0", AF_INET);
}

static void datagrams_go_and_come_by_ipv6(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = plain_socket(AF_INET6, &port);
    if (fd < 0)
        skip(); /* a machine without IPv6 */
    close(fd);
    check_exchange("::1", AF_INET6);
    check_exchange("::", AF_INET6);
    check_exchange("0.0.0.0", AF_INET6);
    check_exchange("::", AF_INET);
}

static void an_address_that_is_not_ours_is_refused_at_once(void **state)
{
    (void)state;
    struct rtp_ports *ports = NULL;
    struct rtp_ports_config config = {.address = "192.0.2.1", .first = 10000, .last = 10003};
    assert_int_equal(rtp_ports_create(&config, &ports), -EADDRNOTAVAIL);
    assert_null(ports);
}

static void sending_nowhere_is_an_error(void **state)
{
    (void)state;
    struct rtp_ports *ports = make_ports("127.0.0.1", NULL, 4);
    struct rtp_socket *socket;
    assert_int_equal(rtp_socket_open(ports, AF_INET, &socket), 0);
    struct sockaddr_storage none = {0};
    const uint8_t data[1] = {0};
    assert_int_equal(rtp_socket_send(socket, false, (struct sockaddr *)&none, data, 1),
                     -EINVAL);
    socklen_t bytes;
    struct sockaddr_storage other = loopback(AF_INET6, 9, &bytes);
    assert_true(rtp_socket_send(socket, false, (struct sockaddr *)&other, data, 1) < 0);
    rtp_socket_close(socket);
    rtp_ports_destroy(ports);
}

static void sockets_have_their_options(void **state)
{
    (void)state;
    struct rtp_ports *ports = make_ports("127.0.0.1", NULL, 4);
    struct rtp_socket *socket;
    assert_int_equal(rtp_socket_open(ports, AF_INET, &socket), 0);
    const int fds[] = {rtp_socket_rtp_fd(socket), rtp_socket_rtcp_fd(socket)};
    for (unsigned i = 0; i < 2; i++) {
        int value = 0;
        socklen_t bytes = sizeof(value);
        assert_int_equal(getsockopt(fds[i], IPPROTO_IP, IP_TOS, &value, &bytes), 0);
        assert_int_equal(value, 0xb8);
        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
    }
    rtp_socket_close(socket);
    rtp_ports_destroy(ports);
}

static void check_address(const char *bind, const char *advertised, int family,
                          const char *expected)
{
    struct rtp_ports *ports = make_ports(bind, advertised, 2);
    struct rtp_socket *socket;
    assert_int_equal(rtp_socket_open(ports, family, &socket), 0);
    socklen_t bytes;
    struct sockaddr_storage remote = loopback(family, 4000, &bytes);
    char text[INET6_ADDRSTRLEN] = "";
    assert_int_equal(rtp_socket_local_address(socket, (struct sockaddr *)&remote, text), 0);
    assert_string_equal(text, expected);
    rtp_socket_close(socket);
    rtp_ports_destroy(ports);
}

static void the_address_for_sdp(void **state)
{
    (void)state;
    check_address("127.0.0.1", NULL, AF_INET, "127.0.0.1");
    check_address("127.0.0.1", "203.0.113.5", AF_INET, "203.0.113.5");
    check_address("127.0.0.1", "2001:db8::5", AF_INET, "127.0.0.1"); /* of the other family */
    check_address("0.0.0.0", NULL, AF_INET, "127.0.0.1");            /* what routes there   */
    check_address("0.0.0.0", "203.0.113.5", AF_INET, "203.0.113.5");
    uint16_t port = 0;
    int fd = plain_socket(AF_INET6, &port);
    if (fd < 0)
        return; /* a machine without IPv6 */
    close(fd);
    check_address("::1", NULL, AF_INET6, "::1");
    check_address("::", NULL, AF_INET6, "::1");
    check_address("0.0.0.0", "203.0.113.5", AF_INET6, "::1");
    check_address("0.0.0.0", "2001:db8::5", AF_INET6, "2001:db8::5");
}

static void a_peer_of_no_route_has_no_address(void **state)
{
    (void)state;
    struct rtp_ports *ports = make_ports("0.0.0.0", NULL, 2);
    struct rtp_socket *socket;
    assert_int_equal(rtp_socket_open(ports, AF_INET, &socket), 0);
    socklen_t bytes;
    struct sockaddr_storage other = loopback(AF_INET6, 4000, &bytes), none = {0};
    char text[INET6_ADDRSTRLEN];
    assert_int_equal(rtp_socket_local_address(socket, (struct sockaddr *)&other, text),
                     -EHOSTUNREACH);
    assert_int_equal(rtp_socket_local_address(socket, (struct sockaddr *)&none, text),
                     -EHOSTUNREACH);
    rtp_socket_close(socket);
    rtp_ports_destroy(ports);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_ranges_and_addresses_are_refused),
        cmocka_unit_test(pairs_are_even_and_odd_and_run_out),
        cmocka_unit_test(a_closed_port_is_taken_last),
        cmocka_unit_test(a_pair_that_another_has_is_passed_over),
        cmocka_unit_test(datagrams_go_and_come_by_ipv4),
        cmocka_unit_test(datagrams_go_and_come_by_ipv6),
        cmocka_unit_test(an_address_that_is_not_ours_is_refused_at_once),
        cmocka_unit_test(sending_nowhere_is_an_error),
        cmocka_unit_test(sockets_have_their_options),
        cmocka_unit_test(the_address_for_sdp),
        cmocka_unit_test(a_peer_of_no_route_has_no_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
