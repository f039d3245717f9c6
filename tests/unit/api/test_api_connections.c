/* test_api_connections.c - late connections, api/api_connections.c. */
#include "api/api_connections.h"

#include "mixer/base/clock.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 8, TIMEOUT_S = 10 };

static struct api_connections *connections;
static int pairs[MOST][2];
static struct api_connection *made[MOST];

static int make(void **state)
{
    (void)state;
    connections = api_connections_create(MOST, TIMEOUT_S, true);
    for (unsigned i = 0; i < MOST; i++) {
        made[i] = NULL;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pairs[i]) < 0)
            return -1;
    }
    return connections ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MOST; i++) {
        api_connections_remove(made[i]);
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
    assert_int_equal(api_connections_count(connections), 0);
    api_connections_destroy(connections);
    return 0;
}

static bool is_cut(unsigned i)
{
    char byte;
    return recv(pairs[i][1], &byte, 1, 0) == 0; /* else EAGAIN */
}

static void cuts_what_is_due(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        made[i] = api_connections_add(connections, pairs[i][0], NULL);
    api_connection_waits(made[1]);
    api_connection_writes(made[2]);
    int64_t now_ns = clock_monotonic_ns();
    api_connections_cut_late(connections, now_ns);
    assert_false(is_cut(0));
    api_connections_cut_late(connections, now_ns + TIMEOUT_S * CLOCK_NS_PER_S + 1);
    assert_true(is_cut(0));
    assert_false(is_cut(1));
    assert_false(is_cut(2));
    assert_true(is_cut(3));
    api_connections_cut_late(connections, now_ns + 100 * TIMEOUT_S * CLOCK_NS_PER_S);
    assert_false(is_cut(1));
    assert_true(is_cut(2));
}

static void makes_place_by_cutting_the_slowest_reader(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MOST - 2; i++)
        made[i] = api_connections_add(connections, pairs[i][0], NULL);
    api_connection_waits(made[0]);
    for (unsigned i = 0; i < MOST - 2; i++)
        assert_false(is_cut(i));
    made[6] = api_connections_add(connections, pairs[6][0], NULL);
    assert_false(is_cut(0)); /* its answer is being made */
    assert_true(is_cut(1));
    assert_false(is_cut(2));
    made[7] = api_connections_add(connections, pairs[7][0], NULL);
    assert_true(is_cut(2));
    assert_int_equal(api_connections_count(connections), MOST);
}

static void null_is_no_connection(void **state)
{
    (void)state;
    api_connection_reads(NULL);
    api_connection_waits(NULL);
    api_connection_writes(NULL);
    api_connections_remove(NULL);
}

/* A connection of TCP on this machine, as its two ends. */
static void connect_tcp(int ends[2])
{
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(here);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&here, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&here, &length), 0);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(ends[0], (struct sockaddr *)&here, length), 0);
    ends[1] = accept(listener, NULL, NULL);
    close(listener);
}

static void a_file_that_goes_may_take_its_time(void **state)
{
    (void)state;
    int ends[2];
    static char block[API_CONNECTION_LEAST_BYTES];
    connect_tcp(ends);
    struct api_connection *connection = api_connections_add(connections, ends[0], NULL);
    api_connection_sends(connection);
    const int64_t due_ns = clock_monotonic_ns() + (TIMEOUT_S + 1) * CLOCK_NS_PER_S;
    assert_int_equal(write(ends[0], block, sizeof(block)), sizeof(block));
    assert_int_equal(recv(ends[1], block, sizeof(block), MSG_WAITALL), sizeof(block));
    int left = 1; /* what is on its way is acknowledged soon */
    while (left)
        assert_int_equal(ioctl(ends[0], SIOCOUTQ, &left), 0);
    api_connections_cut_late(connections, due_ns);
    assert_int_equal(write(ends[0], "x", 1), 1);
    api_connections_cut_late(connections, due_ns + (TIMEOUT_S + 1) * CLOCK_NS_PER_S);
    assert_int_equal(send(ends[0], "x", 1, MSG_NOSIGNAL), -1);
    api_connections_remove(connection);
    close(ends[0]);
    close(ends[1]);
}

static void a_file_that_comes_has_to_move(void **state)
{
    (void)state;
    char said[512] = "";
    made[0] = api_connections_add(connections, pairs[0][0], NULL);
    api_connection_streams(made[0]);
    api_connection_moved(made[0], API_CONNECTION_LEAST_BYTES - 1);
    const int64_t due_ns = clock_monotonic_ns() + TIMEOUT_S * CLOCK_NS_PER_S;
    api_connection_moved(made[0], 1);
    api_connections_cut_late(connections, due_ns - CLOCK_NS_PER_S);
    assert_int_equal(recv(pairs[0][1], said, sizeof(said), 0), -1);
    api_connections_cut_late(connections, due_ns + CLOCK_NS_PER_S);
    assert_true(recv(pairs[0][1], said, sizeof(said) - 1, 0) > 0);
    assert_memory_equal(said, "HTTP/1.1 408 ", 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cuts_what_is_due, make, end),
        cmocka_unit_test_setup_teardown(makes_place_by_cutting_the_slowest_reader, make, end),
        cmocka_unit_test_setup_teardown(a_file_that_goes_may_take_its_time, make, end),
        cmocka_unit_test_setup_teardown(a_file_that_comes_has_to_move, make, end),
        cmocka_unit_test_setup_teardown(null_is_no_connection, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
