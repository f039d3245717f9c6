/* test_address_kind.c - a table of addresses, server/rtp/address_kind.c. */
#include "server/rtp/address_kind.h"
#include "tests/unit/server/rtp/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

static void public_addresses_are_public(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "1.0.0.0",          "8.8.8.8",     "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",   "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255",  "169.255.0.0", "172.15.255.255",  "172.32.0.0",
        "192.0.1.0",        "192.0.3.0",   "192.167.255.255", "192.169.0.0",
        "198.17.255.255",   "198.20.0.0",  "198.51.99.255",   "198.51.101.0",
        "203.0.112.255",    "203.0.114.0", "223.255.255.255", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2001:200::1", "2001:4860::8888", "2001:db7:ffff::1",
        "2001:db9::1",      "2003::1",     "2a00:1450::1",    "3ffe:ffff::1",
        "3fff:1000::1",
    };
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        const char *kind = address_kind(make(addresses[i]));
        if (kind)
            fail_msg("%s is %s", addresses[i], kind);
    }
}

static void all_others_are_not(void **state)
{
    (void)state;
    static const char *const addresses[][2] = {
        {"0.0.0.0", "this network"},
        {"0.255.255.255", "this network"},
        {"10.0.0.0", "private"},
        {"10.255.255.255", "private"},
        {"100.64.0.0", "shared (carrier-grade NAT)"},
        {"100.127.255.255", "shared (carrier-grade NAT)"},
        {"127.0.0.1", "loopback"},
        {"127.255.255.255", "loopback"},
        {"169.254.169.254", "link local"},
        {"172.16.0.0", "private"},
        {"172.31.255.255", "private"},
        {"192.0.0.170", "reserved"},
        {"192.0.2.1", "documentation"},
        {"192.88.99.1", "reserved"},
        {"192.168.255.255", "private"},
        {"198.18.0.0", "benchmarking"},
        {"198.19.255.255", "benchmarking"},
        {"198.51.100.1", "documentation"},
        {"203.0.113.255", "documentation"},
        {"224.0.0.1", "multicast"},
        {"239.255.255.255", "multicast"},
        {"240.0.0.0", "reserved"},
        {"255.255.255.255", "reserved"},
        {"::", "unspecified"},
        {"::1", "loopback"},
        {"::2", "reserved"},
        {"::127.0.0.1", "reserved"},
        {"::ffff:127.0.0.1", "loopback"},
        {"::ffff:10.0.0.1", "private"},
        {"::ffff:169.254.169.254", "link local"},
        {"::ffff:0:127.0.0.1", "reserved"},
        {"64:ff9b::127.0.0.1", "loopback"},
        {"64:ff9b::169.254.169.254", "link local"},
        {"64:ff9b::192.168.1.1", "private"},
        {"64:ff9b:1::1", "private (NAT64)"},
        {"64:ff9b:2::1", "reserved"},
        {"100::1", "reserved"},
        {"1fff:ffff::1", "reserved"},
        {"2001::1", "reserved"},
        {"2001:1ff:ffff::1", "reserved"},
        {"2001:db8::1", "documentation"},
        {"2002:7f00:1::1", "reserved (6to4)"},
        {"3fff:fff::1", "documentation"},
        {"4000::1", "reserved"},
        {"5f00::1", "reserved"},
        {"fc00::1", "private"},
        {"fd00:ec2::254", "private"},
        {"fe80::1", "link local"},
        {"febf::1", "link local"},
        {"fec0::1", "private"},
        {"ff02::1", "multicast"},
    };
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        const char *kind = address_kind(make(addresses[i][0]));
        if (!kind || strcmp(kind, addresses[i][1]) != 0)
            fail_msg("%s is %s", addresses[i][0], kind ? kind : "public");
    }
}

static void other_families_are_none(void **state)
{
    (void)state;
    struct sockaddr_un door = {.sun_family = AF_UNIX, .sun_path = "/run/secret"};
    assert_non_null(address_kind((struct sockaddr *)&door));
}

static void hides_from_the_public_only(void **state)
{
    (void)state;
    assert_true(address_kind_hides("192.168.1.7", make("8.8.8.8")));
    assert_true(address_kind_hides("fd00::7", make("2a00:1450::1")));
    assert_true(address_kind_hides("127.0.0.1", make("::ffff:8.8.8.8")));
    assert_false(address_kind_hides("192.168.1.7", make("192.168.1.8")));
    assert_false(address_kind_hides("8.8.4.4", make("8.8.8.8")));
    assert_false(address_kind_hides("a name", make("8.8.8.8")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_are_public),
        cmocka_unit_test(all_others_are_not),
        cmocka_unit_test(other_families_are_none),
        cmocka_unit_test(hides_from_the_public_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
