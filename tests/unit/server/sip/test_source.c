/* test_source.c - whose word is believed, and whose is not. */
#include "server/sip/source.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/su_alloc.h>

enum { PEER_PORT = 5070 };

typedef void ask(const struct source_proxies *proxies, const sip_via_t *via,
                 const struct sockaddr *peer, struct sockaddr_storage *found);

/* What @p how says of a request that came from @p peer with these Vias, the topmost first. */
static void find(ask *how, const char *peer, const char *vias, struct sockaddr_storage *found)
{
    static const char *const texts[] = {"10.0.0.0/8", "192.0.2.5", "fd00::/8", "no address"};
    struct source_proxies proxies;
    struct sockaddr_in6 from = {.sin6_family = AF_INET6, .sin6_port = htons(PEER_PORT)};
    struct sockaddr_in from4 = {.sin_family = AF_INET, .sin_port = htons(PEER_PORT)};
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    const bool is_v4 = inet_pton(AF_INET, peer, &from4.sin_addr) == 1;
    const bool is_v6 = inet_pton(AF_INET6, peer, &from.sin6_addr) == 1;
    assert_true(is_v4 || is_v6);
    source_proxies_read(&proxies, texts, sizeof(texts) / sizeof(texts[0]));
    assert_int_equal(proxies.count, 3);
    how(&proxies, vias ? sip_via_make(home, vias) : NULL,
        is_v4 ? (const struct sockaddr *)&from4 : (const struct sockaddr *)&from, found);
    su_home_deinit(home);
}

static const char *source(const char *peer, const char *vias)
{
    static char out[INET6_ADDRSTRLEN];
    struct sockaddr_storage found;
    find(source_of, peer, vias, &found);
    if (found.ss_family == AF_UNSPEC)
        return "unknown";
    assert_non_null(inet_ntop(found.ss_family,
                              found.ss_family == AF_INET
                                  ? (const void *)&((struct sockaddr_in *)&found)->sin_addr
                                  : (const void *)&((struct sockaddr_in6 *)&found)->sin6_addr,
                              out, sizeof(out)));
    return out;
}

static void a_stranger_speaks_for_nobody(void **state)
{
    (void)state;
    const char *vias = "SIP/2.0/UDP 198.51.100.1, SIP/2.0/UDP 203.0.113.1;received=203.0.113.2";
    assert_string_equal(source("198.51.100.1", vias), "198.51.100.1");
    assert_string_equal(source("2001:db8::1", vias), "2001:db8::1");
    assert_string_equal(source("198.51.100.1", NULL), "198.51.100.1");
}

static void a_proxy_says_for_whom(void **state)
{
    (void)state;
    assert_string_equal(source("10.1.1.1", "SIP/2.0/UDP 10.1.1.1, SIP/2.0/TCP phone.example;"
                                           "rport=4711;received=203.0.113.2"),
                        "203.0.113.2");
    assert_string_equal(source("192.0.2.5", "SIP/2.0/UDP 192.0.2.5, SIP/2.0/UDP 203.0.113.1"),
                        "203.0.113.1"); /* where it says it is, is where it is */
    assert_string_equal(
        source("fd00::1", "SIP/2.0/UDP [fd00::1], SIP/2.0/UDP [2001:db8::7]:5062"),
        "2001:db8::7");
    assert_string_equal(
        source("fd00::1", "SIP/2.0/UDP [fd00::1], SIP/2.0/UDP x;received=2001:db8::8"),
        "2001:db8::8");
}

static void of_two_proxies_the_first_hop_counts(void **state)
{
    (void)state;
    const char *vias = "SIP/2.0/UDP 10.1.1.1, SIP/2.0/UDP 192.0.2.5, SIP/2.0/UDP "
                       "10.3.3.3;received=203.0.113.2, SIP/2.0/UDP 203.0.113.99";
    assert_string_equal(source("10.1.1.1", vias), "203.0.113.2");
}

static void a_proxy_is_nobody_itself(void **state)
{
    (void)state;
    assert_string_equal(source("10.1.1.1", "SIP/2.0/UDP 10.1.1.1"), "unknown");
    assert_string_equal(source("10.1.1.1", NULL), "unknown");
    assert_string_equal(source("10.1.1.1", "SIP/2.0/UDP a, SIP/2.0/UDP 10.2.2.2"), "unknown");
    assert_string_equal(source("10.1.1.1", "SIP/2.0/UDP a, SIP/2.0/UDP phone.example"),
                        "unknown");
    assert_string_equal(source("10.1.1.1", "SIP/2.0/UDP a, SIP/2.0/UDP b;received=[]"),
                        "unknown");
}

/* The port of its flow; 0: it is not known. */
static unsigned flow_port(const char *peer, const char *vias)
{
    struct sockaddr_storage found;
    find(source_flow_of, peer, vias, &found);
    return found.ss_family == AF_INET    ? ntohs(((struct sockaddr_in *)&found)->sin_port)
           : found.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&found)->sin6_port)
                                         : 0;
}

static void a_flow_has_the_port_that_a_proxy_says(void **state)
{
    (void)state;
    assert_int_equal(flow_port("198.51.100.1", "SIP/2.0/UDP 198.51.100.1;rport=1"), PEER_PORT);
    assert_int_equal(flow_port("2001:db8::1", NULL), PEER_PORT);
    assert_int_equal(flow_port("10.1.1.1", "SIP/2.0/UDP 10.1.1.1;rport=1, SIP/2.0/UDP "
                                           "a;received=203.0.113.2;rport=4711"),
                     4711);
    assert_int_equal(flow_port("fd00::1", "SIP/2.0/UDP a, SIP/2.0/UDP [2001:db8::7];rport=99"),
                     99);
}

static void a_flow_without_a_port_is_none(void **state)
{
    (void)state;
    assert_int_equal(flow_port("10.1.1.1", NULL), 0);
    assert_int_equal(flow_port("10.1.1.1", "SIP/2.0/UDP a, SIP/2.0/UDP 203.0.113.2:5062"), 0);
    assert_int_equal(flow_port("10.1.1.1", "SIP/2.0/UDP a, SIP/2.0/UDP 203.0.113.2;rport"), 0);
    assert_int_equal(
        flow_port("10.1.1.1", "SIP/2.0/UDP a, SIP/2.0/UDP 203.0.113.2;rport=65537"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_speaks_for_nobody),
        cmocka_unit_test(a_proxy_says_for_whom),
        cmocka_unit_test(of_two_proxies_the_first_hop_counts),
        cmocka_unit_test(a_proxy_is_nobody_itself),
        cmocka_unit_test(a_flow_has_the_port_that_a_proxy_says),
        cmocka_unit_test(a_flow_without_a_port_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
