/* test_flow.c - connections are found, are missed once they are closed, and are not mistaken
 * for others.
 */
#include "server/sip/flow.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

struct pair { /* a connection of a phone to us */
    int phone, ours;
    struct sockaddr_in source;
};

static int listener;
static uint16_t port;

static int listen_somewhere(uint16_t *chosen)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(any);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &length), 0);
    *chosen = ntohs(any.sin_port);
    return fd;
}

static int set_up(void **state)
{
    struct flows *flows = flows_create();
    listener = listen_somewhere(&port);
    *state = flows;
    return flows ? 0 : -1;
}

static int tear_down(void **state)
{
    flows_destroy(*state);
    return close(listener);
}

static struct pair phone_comes(void)
{
    struct pair pair = {.phone = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(pair.source);
    assert_int_equal(connect(pair.phone, (struct sockaddr *)&to, sizeof(to)), 0);
    pair.ours = accept(listener, (struct sockaddr *)&pair.source, &length);
    assert_true(pair.ours >= 0);
    return pair;
}

static uint64_t note(struct flows *flows, const struct pair *pair)
{
    return flow_note(flows, (const struct sockaddr *)&pair->source, port);
}

static void close_both(const struct pair *pair)
{
    close(pair->ours);
    close(pair->phone);
}

static void is_there_until_it_is_closed(void **state)
{
    struct flows *flows = *state;
    struct pair one = phone_comes(), other = phone_comes();
    uint64_t first = note(flows, &one), second = note(flows, &other);
    assert_true(first != FLOW_NONE && second != FLOW_NONE && first != second);
    assert_true(note(flows, &one) == first); /* a refresh */
    close_both(&one);
    assert_false(flow_is_there(flows, first));
    assert_true(flow_is_there(flows, second));
    close_both(&other);
    assert_false(flow_is_there(flows, second));
    assert_true(flow_is_there(flows, FLOW_NONE));
}

static void whose_descriptor_is_anothers_now_is_gone(void **state)
{
    struct flows *flows = *state;
    struct pair one = phone_comes();
    uint64_t first = note(flows, &one);
    int fd = one.ours;
    close_both(&one);
    struct pair next = phone_comes();
    assert_int_equal(dup2(next.ours, fd), fd); /* if it is not the same anyway */
    if (next.ours != fd)
        close(next.ours);
    next.ours = fd;
    uint64_t second = note(flows, &next); /* though its descriptor is taken for another's */
    assert_true(second != FLOW_NONE && second != first);
    assert_false(flow_is_there(flows, first));
    assert_true(flow_is_there(flows, second));
    close_both(&next);
}

static void only_a_connection_to_that_port_of_ours_is_one(void **state)
{
    struct flows *flows = *state;
    struct pair one = phone_comes();
    struct sockaddr_in stranger = one.source;
    stranger.sin_addr.s_addr = htonl(0x7f000009);
    assert_true(flow_note(flows, (struct sockaddr *)&one.source, (uint16_t)(port + 1)) ==
                FLOW_NONE);
    assert_true(flow_note(flows, (struct sockaddr *)&stranger, port) == FLOW_NONE);
    assert_true(flow_note(flows, &(struct sockaddr){.sa_family = AF_UNIX}, port) == FLOW_NONE);
    assert_false(flow_is_there(flows, (uint64_t)7 << 32 | (uint32_t)one.ours));
    close_both(&one);
}

static void the_kernel_asks_whether_it_lives(void **state)
{
    struct flows *flows = *state;
    struct pair one = phone_comes();
    int is_on = 0, idle_s = 0, unheard_ms = 0;
    socklen_t length = sizeof(int);
    assert_true(note(flows, &one) != FLOW_NONE);
    getsockopt(one.ours, SOL_SOCKET, SO_KEEPALIVE, &is_on, &length);
    getsockopt(one.ours, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, &length);
    getsockopt(one.ours, IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard_ms, &length);
    assert_int_equal(is_on, 1);
    assert_int_equal(idle_s, FLOW_IDLE_S);
    assert_int_equal(unheard_ms, FLOW_UNHEARD_S * 1000);
    close_both(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_there_until_it_is_closed),
        cmocka_unit_test(whose_descriptor_is_anothers_now_is_gone),
        cmocka_unit_test(only_a_connection_to_that_port_of_ours_is_one),
        cmocka_unit_test(the_kernel_asks_whether_it_lives),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
