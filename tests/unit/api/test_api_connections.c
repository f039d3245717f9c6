/* test_api_connections.c - late connections, api/api_connections.c. */
#include "api/api_connections.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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
    connections = api_connections_create(MOST, TIMEOUT_S);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cuts_what_is_due, make, end),
        cmocka_unit_test_setup_teardown(makes_place_by_cutting_the_slowest_reader, make, end),
        cmocka_unit_test_setup_teardown(null_is_no_connection, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
