/* test_gate.c - bursts, refill, floods of sources; and the small tables beside it. */
#include "server/sip/dial_rule.h"
#include "server/sip/gate.h"
#include "server/sip/listener.h"
#include "server/sip/reason.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const int64_t S = 1000000000;

static struct sockaddr_in v4(uint32_t host)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
}

static unsigned admit(struct gate *gate, const void *source, unsigned times, int64_t now_ns)
{
    unsigned passed = 0;
    for (unsigned i = 0; i < times; i++)
        passed += gate_admit(gate, source, now_ns);
    return passed;
}

static void passes_a_burst_then_the_rate(void **state)
{
    (void)state;
    struct gate *gate = gate_create(10);
    struct sockaddr_in alice = v4(1), bob = v4(2);
    assert_int_equal(admit(gate, &alice, 100, S), 20);
    assert_int_equal(admit(gate, &alice, 100, S + S / 2), 5);
    assert_int_equal(admit(gate, &bob, 100, S + S / 2), 20); /* others do not suffer */
    assert_int_equal(admit(gate, &alice, 100, 100 * S), 20); /* never more than the burst */
    assert_int_equal(admit(gate, &alice, 100, 99 * S),
                     0); /* a clock that goes back gives none */
    gate_destroy(gate);
}

static void drops_only_floods(void **state)
{
    (void)state;
    struct gate *gate = gate_create(10);
    struct sockaddr_in alice = v4(1);
    unsigned passed = 0;
    for (unsigned i = 0; i < 1000; i++)
        passed += gate_arrive(gate, (struct sockaddr *)&alice, S);
    assert_int_equal(passed, 20 * GATE_FLOOD);
    assert_int_equal(admit(gate, &alice, 100, S), 20); /* another bucket */
    gate_destroy(gate);
}

static void no_rate_no_limit(void **state)
{
    (void)state;
    struct gate *gate = gate_create(0);
    struct sockaddr_in alice = v4(1);
    assert_int_equal(admit(gate, &alice, 1000, S), 1000);
    gate_destroy(gate);
}

static void an_ipv6_network_is_one_source(void **state)
{
    (void)state;
    struct gate *gate = gate_create(1);
    struct sockaddr_in6 one = {.sin6_family = AF_INET6}, two = one, far = one;
    inet_pton(AF_INET6, "2001:db8::1", &one.sin6_addr);
    inet_pton(AF_INET6, "2001:db8::2", &two.sin6_addr);
    inet_pton(AF_INET6, "2001:db8:1::1", &far.sin6_addr);
    assert_int_equal(admit(gate, &one, 5, S), 2);
    assert_int_equal(admit(gate, &two, 5, S), 0);
    assert_int_equal(admit(gate, &far, 5, S), 2);
    gate_destroy(gate);
}

static void a_flood_of_sources_cannot_fill_it(void **state)
{
    (void)state;
    struct gate *gate = gate_create(1);
    for (uint32_t i = 0; i < 100000; i++) {
        struct sockaddr_in source = v4(i);
        assert_true(gate_admit(gate, (struct sockaddr *)&source, S + i));
    }
    gate_destroy(gate);
}

static void dials_only_what_is_allowed(void **state)
{
    (void)state;
    static const char *const rules[] = {"pbx.example.com", "*.trunk.example", "192.0.2.7",
                                        "[::1]"};
    assert_true(dial_rule_allows(rules, 4, "pbx.example.com"));
    assert_true(dial_rule_allows(rules, 4, "PBX.Example.com"));
    assert_true(dial_rule_allows(rules, 4, "a.b.trunk.example"));
    assert_true(dial_rule_allows(rules, 4, "192.0.2.7"));
    assert_true(dial_rule_allows(rules, 4, "[::1]"));
    assert_false(dial_rule_allows(rules, 4, "trunk.example"));
    assert_false(dial_rule_allows(rules, 4, "eviltrunk.example"));
    assert_false(dial_rule_allows(rules, 4, "pbx.example.com.evil"));
    assert_false(dial_rule_allows(rules, 4, "192.0.2.70"));
    assert_false(dial_rule_allows(rules, 0, "pbx.example.com"));
    static const char *const any[] = {"*"};
    assert_true(dial_rule_allows(any, 1, "x"));
}

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
                                      "udp:1.2.3.4:"};
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

static void knows_what_a_status_means(void **state)
{
    (void)state;
    assert_int_equal(reason_of_status(486), PARTICIPANT_BUSY);
    assert_int_equal(reason_of_status(600), PARTICIPANT_BUSY);
    assert_int_equal(reason_of_status(480), PARTICIPANT_NO_ANSWER);
    assert_int_equal(reason_of_status(603), PARTICIPANT_DECLINED);
    assert_int_equal(reason_of_status(404), PARTICIPANT_NOT_FOUND);
    assert_int_equal(reason_of_status(488), PARTICIPANT_INCOMPATIBLE);
    assert_int_equal(reason_of_status(407), PARTICIPANT_FAILED);
    assert_int_equal(reason_of_status(503), PARTICIPANT_FAILED);
    for (int i = PARTICIPANT_HUNG_UP; i <= PARTICIPANT_SHUTDOWN; i++)
        assert_int_equal(strncmp(reason_header((enum participant_reason)i), "SIP;cause=", 10),
                         0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_a_burst_then_the_rate),
        cmocka_unit_test(drops_only_floods),
        cmocka_unit_test(no_rate_no_limit),
        cmocka_unit_test(an_ipv6_network_is_one_source),
        cmocka_unit_test(a_flood_of_sources_cannot_fill_it),
        cmocka_unit_test(dials_only_what_is_allowed),
        cmocka_unit_test(reads_and_groups_listeners),
        cmocka_unit_test(knows_what_a_status_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
