/* test_api_address_rule.c - who is reached by which rule, api/api_address_rule.c. */
#include "api/api_address_rule.h"
#include "tests/unit/server/rtp/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

static void public_addresses_need_no_rule(void **state)
{
    (void)state;
    assert_true(api_address_rule_allows(NULL, 0, "x", make("8.8.8.8")));
    assert_true(api_address_rule_allows(NULL, 0, "x", make("2a00:1450::1")));
    assert_true(api_address_rule_allows(NULL, 0, "x", make("64:ff9b::8.8.8.8")));
}

static void all_others_do(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "0.0.0.0",
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "224.0.0.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::169.254.169.254",
        "fd00:ec2::254",
        "fe80::1",
    };
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        if (api_address_rule_allows(NULL, 0, "x", make(addresses[i])))
            fail_msg("%s", addresses[i]);
    }
}

static void other_families_are_never_reached(void **state)
{
    (void)state;
    static const char *const rules[] = {"0.0.0.0/0", "::/0", "host"};
    struct sockaddr_un door = {.sun_family = AF_UNIX, .sun_path = "/run/secret"};
    assert_false(api_address_rule_allows(rules, 3, "host", (struct sockaddr *)&door));
}

static void a_rule_is_a_host_or_a_block(void **state)
{
    (void)state;
    static const char *const good[] = {
        "localhost",  "files.example.com", "*.example.com", "a_b",         "10.0.0.0/8",
        "10.0.0.1",   "0.0.0.0/0",         "::1",           "fd00::/8",    "::/0",
        "1.2.3.4/32", "::1/128",           "x-1",           "7up.example",
    };
    static const char *const bad[] = {
        "",
        "*",
        "*.",
        "*x.com",
        "a.*.com",
        "10.0.0.0/33",
        "10.0/8",
        "10.0.0.0/",
        "10.0.0.0/8x",
        "10.0.0.256",
        "1.2.3",
        "::1/129",
        "::g",
        "[::1]",
        "a b",
        "http://x/",
        "user@host",
        "host:80",
        "-x",
        ".example.com",
        "10.0.0.0/-1",
        "/8",
        "10.0.0.0/0008",
    };
    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!api_address_rule_is_valid(good[i]))
            fail_msg("%s", good[i]);
    }
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (api_address_rule_is_valid(bad[i]))
            fail_msg("%s", bad[i]);
    }
    char long_rule[400];
    memset(long_rule, 'a', sizeof(long_rule));
    long_rule[399] = '\0';
    assert_false(api_address_rule_is_valid(long_rule));
    memset(long_rule, '1', sizeof(long_rule) - 1);
    assert_false(api_address_rule_is_valid(long_rule));
}

static void a_rule_opens_what_it_names_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *host, *address;
        bool is_allowed;
    } cases[] = {
        {"127.0.0.1", "x", "127.0.0.1", true},
        {"127.0.0.1", "x", "127.0.0.2", false},
        {"127.0.0.1", "127.0.0.1", "::1", false},
        {"127.0.0.0/8", "x", "127.9.9.9", true},
        {"127.0.0.0/8", "x", "::ffff:127.9.9.9", true}, /* it is the same address */
        {"127.0.0.0/8", "x", "64:ff9b::127.9.9.9", true},
        {"10.16.0.0/12", "x", "10.31.255.255", true},
        {"10.16.0.0/12", "x", "10.32.0.0", false},
        {"10.16.0.0/12", "x", "10.15.255.255", false},
        {"0.0.0.0/0", "x", "192.168.1.1", true},
        {"0.0.0.0/0", "x", "::1", false},
        {"::/0", "x", "fd00::1", true},
        {"fd00:1::/32", "x", "fd00:1:ffff::1", true},
        {"fd00:1::/32", "x", "fd00:2::1", false},
        {"files.lan", "files.lan", "10.0.0.1", true},
        {"files.lan", "FILES.Lan.", "10.0.0.1", true},
        {"files.lan", "files.lan.evil", "10.0.0.1", false},
        {"files.lan", "xfiles.lan", "10.0.0.1", false},
        {"files.lan", "a.files.lan", "10.0.0.1", false},
        {"*.lan", "a.b.lan", "10.0.0.1", true},
        {"*.lan", "lan", "10.0.0.1", false},
        {"*.lan", ".lan", "10.0.0.1", false},
        {"*.lan", "xlan", "10.0.0.1", false},
        {"*.lan", "", "10.0.0.1", false},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const rules[] = {"nothing", "203.0.113.7", cases[i].rule};
        if (api_address_rule_allows(rules, 3, cases[i].host, make(cases[i].address)) !=
            cases[i].is_allowed)
            fail_msg("%s, %s, %s", cases[i].rule, cases[i].host, cases[i].address);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_need_no_rule),
        cmocka_unit_test(all_others_do),
        cmocka_unit_test(other_families_are_never_reached),
        cmocka_unit_test(a_rule_is_a_host_or_a_block),
        cmocka_unit_test(a_rule_opens_what_it_names_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
