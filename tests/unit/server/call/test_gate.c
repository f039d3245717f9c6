/* test_gate.c - bursts, refill, floods of sources. */
#include "server/call/gate.h"

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

/* 200 phones behind one address, each heard every 25 s, and all at once after a power cut. */
static void keep_alives_count_for_themselves(void **state)
{
    (void)state;
    struct gate *gate = gate_create(100);
    struct sockaddr_in house = v4(1);
    const struct sockaddr *source = (struct sockaddr *)&house;
    for (unsigned i = 0; i < 200; i++)
        assert_true(gate_keep_alive(gate, source, S));
    for (unsigned i = 0; i < 200 * GATE_FLOOD; i++)
        assert_true(gate_arrive(gate, source, S)); /* all of it is there still */
    assert_false(gate_arrive(gate, source, S));
    unsigned passed = 0;
    for (unsigned i = 0; i < 10000; i++)
        passed += gate_keep_alive(gate, source, S);
    assert_int_equal(passed, 200 * GATE_FLOOD - 200); /* a flood all the same */
    assert_int_equal(admit(gate, &house, 1000, S), 200);
    gate_destroy(gate);
}

static void says_who_has_spent_all(void **state)
{
    (void)state;
    struct gate *gate = gate_create(1), *open = gate_create(0);
    struct sockaddr_in alice = v4(1), bob = v4(2);
    const struct sockaddr *source = (struct sockaddr *)&alice;
    assert_false(gate_is_spent(gate, source, S));
    assert_false(gate_is_spent(gate, source, S)); /* asking costs nothing */
    assert_int_equal(admit(gate, &alice, 5, S), 2);
    assert_true(gate_is_spent(gate, source, S));
    assert_false(gate_is_spent(gate, (struct sockaddr *)&bob, S));
    assert_false(gate_is_spent(gate, source, 2 * S));
    admit(open, &alice, 100, S);
    assert_false(gate_is_spent(open, source, S));
    gate_destroy(gate);
    gate_destroy(open);
}

static void names_are_sources(void **state)
{
    (void)state;
    struct gate *gate = gate_create(1);
    assert_true(gate_admit_name(gate, "a", S) && gate_admit_name(gate, "a", S));
    assert_false(gate_admit_name(gate, "a", S));
    assert_true(gate_admit_name(gate, "b", S));
    assert_true(gate_admit_name(gate, "", S));
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
    const uint64_t source = gate_source((struct sockaddr *)&one);
    assert_true(source == gate_source((struct sockaddr *)&two));
    assert_true(source != gate_source((struct sockaddr *)&far));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_a_burst_then_the_rate),
        cmocka_unit_test(drops_only_floods),
        cmocka_unit_test(keep_alives_count_for_themselves),
        cmocka_unit_test(says_who_has_spent_all),
        cmocka_unit_test(names_are_sources),
        cmocka_unit_test(no_rate_no_limit),
        cmocka_unit_test(an_ipv6_network_is_one_source),
        cmocka_unit_test(a_flood_of_sources_cannot_fill_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
