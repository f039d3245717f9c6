/* test_listener.c - what is listened on, by its text. */
#include "server/sip/listener.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void reads_and_groups_listeners(void **state)
{
    (void)state;
    struct listener_list list = {.count = 0};
    static const char *const bad[] = {"",
                                      "udp",
                                      "udp:",
                                      "udp:1.2.3.4",
                                      "udp:x:5060",
                                      "sctp:1.2.3.4:5061",
                                      "udp:1.2.3.4:0",
                                      "udp:1.2.3.4:65536",
                                      "udp:[::1:5060",
                                      "udp:1.2.3.4:5060x",
                                      "udp:1.2.3.4:",
                                      "udp:1.2.3.4:5060;",
                                      "udp:1.2.3.4:5060;srtp",
                                      "udp:1.2.3.4:5060;srtp=",
                                      "udp:1.2.3.4:5060;srtp=on",
                                      "udp:1.2.3.4:5060;srtp=off;srtp=off",
                                      "udp:1.2.3.4;srtp=off",
                                      "udp:1.2.3.4:;srtp=off",
                                      "udp:1.2.3.4:506012;srtp=off"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(listener_add(&list, bad[i]), -EINVAL);
    assert_int_equal(list.count, 0);
    assert_int_equal(listener_add(&list, "udp:0.0.0.0:5060"), 0);
    assert_int_equal(listener_add(&list, "tcp:[::]:5060"), 0);
    assert_int_equal(listener_add(&list, "tcp:0.0.0.0:5060"), 0);
    assert_int_equal(listener_add(&list, "tls:0.0.0.0:5061"), 0);
    assert_int_equal(listener_add(&list, "tls:0.0.0.0:5060"), 0); /* and cannot be bound */
    assert_int_equal(list.count, 4);
    assert_true(list.endpoint[2].tls && !list.endpoint[2].tcp && !list.endpoint[2].udp);
    assert_true(!list.endpoint[0].tls && list.endpoint[0].udp && list.endpoint[0].tcp);
    assert_int_equal(list.endpoint[0].family, AF_INET);
    assert_true(!list.endpoint[1].udp && list.endpoint[1].tcp);
    assert_int_equal(list.endpoint[1].family, AF_INET6);
    assert_string_equal(list.endpoint[1].host, "::");
}

static void reads_what_a_listener_says_of_encryption(void **state)
{
    (void)state;
    struct listener_list list = {.count = 0};
    assert_int_equal(listener_add(&list, "udp:0.0.0.0:5060;srtp=off"), 0);
    assert_int_equal(listener_add(&list, "tls:[::]:5061;srtp=required"), 0);
    assert_int_equal(listener_add(&list, "tcp:0.0.0.0:5062"), 0);
    assert_int_equal(list.endpoint[0].srtp, MEDIA_SRTP_OFF);
    assert_int_equal(list.endpoint[1].srtp, MEDIA_SRTP_REQUIRED);
    assert_string_equal(list.endpoint[1].host, "::");
    assert_int_equal(list.endpoint[1].port, 5061);
    assert_int_equal(list.endpoint[2].srtp, MEDIA_SRTP_DEFAULT);
    /* a dialog may go on over the other of the two */
    assert_int_equal(listener_add(&list, "tcp:0.0.0.0:5060;srtp=required"), -EPROTO);
    assert_int_equal(listener_add(&list, "tcp:0.0.0.0:5060"), -EPROTO);
    assert_int_equal(listener_add(&list, "tcp:0.0.0.0:5060;srtp=off"), 0);
    assert_int_equal(list.count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_groups_listeners),
        cmocka_unit_test(reads_what_a_listener_says_of_encryption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
