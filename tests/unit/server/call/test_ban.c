/* test_ban.c - who is slowed, who is banned, for how long. */
#include "server/call/ban.h"

#include "mixer/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct sockaddr_in host(uint32_t number)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(number)};
}

static bool note(struct ban_list *list, uint32_t number, int64_t now_ns)
{
    struct sockaddr_in from = host(number);
    return ban_note(list, (const struct sockaddr *)&from, now_ns);
}

static bool drops(struct ban_list *list, uint32_t number, int64_t now_ns)
{
    struct sockaddr_in from = host(number);
    return ban_drops(list, (const struct sockaddr *)&from, now_ns);
}

static bool holds(struct ban_list *list, uint32_t number, int64_t now_ns)
{
    struct sockaddr_in from = host(number);
    return ban_holds(list, (const struct sockaddr *)&from, now_ns);
}

static void slows_then_bans_then_forgives(void **state)
{
    (void)state;
    struct ban_list *list = ban_list_create(10, 300);
    int64_t now_ns = CLOCK_NS_PER_S;
    assert_false(drops(list, 1, now_ns));
    for (unsigned i = 0; i < 5; i++)
        assert_false(note(list, 1, now_ns));
    assert_false(drops(list, 1, now_ns));
    assert_false(note(list, 1, now_ns)); /* the sixth */
    assert_true(drops(list, 1, now_ns));
    assert_false(drops(list, 1, now_ns)); /* sent again */
    assert_true(drops(list, 1, now_ns));
    assert_false(holds(list, 1, now_ns)); /* it is slow, no more */
    assert_false(drops(list, 2, now_ns));
    for (unsigned i = 6; i < 9; i++)
        assert_false(note(list, 1, now_ns));
    assert_true(note(list, 1, now_ns)); /* the tenth: told once */
    assert_true(holds(list, 1, now_ns + 299 * CLOCK_NS_PER_S));
    assert_false(holds(list, 1, now_ns + 301 * CLOCK_NS_PER_S));
    assert_false(holds(list, 2, now_ns));
    assert_false(note(list, 1, now_ns));
    for (unsigned i = 0; i < 4; i++)
        assert_true(drops(list, 1, now_ns + 299 * CLOCK_NS_PER_S));
    assert_false(drops(list, 1, now_ns + 300 * CLOCK_NS_PER_S));
    assert_false(drops(list, 2, now_ns));
    ban_list_destroy(list);
}

static void regains_steadily(void **state)
{
    (void)state;
    struct ban_list *list = ban_list_create(10, 300);
    int64_t now_ns = CLOCK_NS_PER_S;
    for (unsigned i = 0; i < 1000; i++) { /* one in 7 s: fewer than 10 a minute */
        now_ns += 7 * CLOCK_NS_PER_S;
        assert_false(note(list, 1, now_ns));
        assert_false(drops(list, 1, now_ns));
    }
    unsigned tries = 0; /* one in 3 s: more */
    do {
        now_ns += 3 * CLOCK_NS_PER_S;
        tries++;
    } while (!note(list, 1, now_ns) && tries < 100);
    assert_in_range(tries, 10, 30);
    ban_list_destroy(list);
}

static void a_flood_of_sources_leaves_the_banned_in(void **state)
{
    (void)state;
    struct ban_list *list = ban_list_create(1, 300);
    int64_t now_ns = CLOCK_NS_PER_S;
    assert_true(note(list, 0x0a000001, now_ns));
    ban_list_destroy(list);
    list = ban_list_create(3, 300);
    while (!note(list, 0x0a000001, now_ns)) {
    }
    for (uint32_t i = 0; i < 200000; i++)
        note(list, 0x0b000000 + i, now_ns + i);
    assert_true(drops(list, 0x0a000001, now_ns + CLOCK_NS_PER_S));
    ban_list_destroy(list);
    list = ban_list_create(3, 0);
    for (unsigned i = 0; i < 1000; i++)
        assert_false(note(list, 1, now_ns)); /* nobody is banned */
    ban_list_destroy(list);
    ban_list_destroy(NULL);
}

static void an_ipv6_network_is_one_source(void **state)
{
    (void)state;
    struct ban_list *list = ban_list_create(1, 300);
    struct sockaddr_in6 a = {.sin6_family = AF_INET6}, b = a, other = a;
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    inet_pton(AF_INET6, "2001:db8::1", &a.sin6_addr);
    inet_pton(AF_INET6, "2001:db8::2", &b.sin6_addr);
    inet_pton(AF_INET6, "2001:db8:0:1::1", &other.sin6_addr);
    assert_true(ban_note(list, (const struct sockaddr *)&a, 1));
    assert_true(ban_drops(list, (const struct sockaddr *)&b, 2));
    assert_false(ban_drops(list, (const struct sockaddr *)&other, 2));
    assert_false(ban_note(list, &none, 2));
    assert_false(ban_drops(list, &none, 2));
    ban_list_destroy(list);
}

/* Listed in order, IPv6 by its /64, and forgiven one by one. */
static void are_listed_and_forgiven(void **state)
{
    (void)state;
    static const char *const order[] = {"10.0.0.1", "192.0.2.9", "2001:db8::", "fe80::"};
    struct ban_list *list = ban_list_create(1, 300);
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct ban_entry entry = {.address = ""};
    const int64_t now_ns = CLOCK_NS_PER_S;
    assert_false(ban_above(list, "", now_ns, &entry));
    inet_pton(AF_INET6, "fe80::1", &v6.sin6_addr);
    assert_true(ban_note(list, (const struct sockaddr *)&v6, now_ns));
    inet_pton(AF_INET6, "2001:db8::77", &v6.sin6_addr);
    assert_true(ban_note(list, (const struct sockaddr *)&v6, now_ns));
    assert_true(note(list, 0xc0000209, now_ns));
    assert_true(note(list, 0x0a000001, now_ns));
    for (unsigned i = 0; i < 4; i++) {
        assert_true(ban_above(list, entry.address, now_ns, &entry));
        assert_string_equal(entry.address, order[i]);
        assert_int_equal(entry.prefix, i < 2 ? 32 : 64);
        assert_int_equal(entry.until_ns, now_ns + 300 * CLOCK_NS_PER_S);
    }
    assert_false(ban_above(list, entry.address, now_ns, &entry));
    assert_false(ban_above(list, "nonsense", now_ns, &entry));
    assert_int_equal(ban_lift(list, "nonsense", now_ns), -EINVAL);
    assert_int_equal(ban_lift(list, "10.0.0.2", now_ns), -ENOENT);
    assert_int_equal(ban_lift(list, "2001:db8::1", now_ns), 0);
    assert_false(ban_drops(list, (const struct sockaddr *)&v6, now_ns));
    assert_int_equal(ban_lift(list, "2001:db8::1", now_ns), -ENOENT);
    assert_false(ban_above(list, "", now_ns + 300 * CLOCK_NS_PER_S, &entry));
    assert_int_equal(ban_lift(list, "10.0.0.1", now_ns + 300 * CLOCK_NS_PER_S), -ENOENT);
    ban_list_destroy(list);
}

static void a_name_is_a_source_of_its_own(void **state)
{
    (void)state;
    struct ban_list *list = ban_list_create(2, 60);
    const int64_t now_ns = CLOCK_NS_PER_S;
    assert_false(ban_holds_name(list, "192.0.2.1 alice", now_ns));
    assert_false(ban_note_name(list, "192.0.2.1 alice", now_ns));
    assert_true(ban_note_name(list, "192.0.2.1 alice", now_ns));
    assert_true(ban_holds_name(list, "192.0.2.1 alice", now_ns + 59 * CLOCK_NS_PER_S));
    assert_false(ban_holds_name(list, "192.0.2.1 alice", now_ns + 61 * CLOCK_NS_PER_S));
    assert_false(ban_holds_name(list, "192.0.2.1 bob", now_ns));
    assert_false(ban_holds_name(list, "", now_ns));
    ban_list_destroy(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_listed_and_forgiven),
        cmocka_unit_test(slows_then_bans_then_forgives),
        cmocka_unit_test(regains_steadily),
        cmocka_unit_test(a_flood_of_sources_leaves_the_banned_in),
        cmocka_unit_test(an_ipv6_network_is_one_source),
        cmocka_unit_test(a_name_is_a_source_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
