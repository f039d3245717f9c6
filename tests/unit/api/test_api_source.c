/* test_api_source.c - whom a proxy speaks for, and whom nobody believes. */
#include "api/api_source.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const proxies[] = {"127.0.0.1", "10.0.0.0/8", "fd00::/8", "a.name"};

static void assert_source(const char *peer, const char *header, const char *expected)
{
    char text[API_SOURCE_BYTES];
    struct sockaddr_storage from = {.ss_family = AF_INET}, source;
    if (inet_pton(AF_INET, peer, &((struct sockaddr_in *)&from)->sin_addr) != 1) {
        from.ss_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, peer, &((struct sockaddr_in6 *)&from)->sin6_addr),
                         1);
    }
    api_source_of((const struct sockaddr *)&from, header, proxies, 4, &source);
    api_source_text(&source, text);
    assert_string_equal(text, expected);
}

static void a_stranger_speaks_for_nobody(void **state)
{
    (void)state;
    assert_source("192.0.2.7", NULL, "192.0.2.7");
    assert_source("192.0.2.7", "198.51.100.1", "192.0.2.7");
    assert_source("2001:db8::1", "198.51.100.1", "2001:db8::1");
}

static void a_proxy_is_believed_as_far_as_the_first_stranger(void **state)
{
    (void)state;
    assert_source("127.0.0.1", NULL, "127.0.0.1");
    assert_source("127.0.0.1", "", "127.0.0.1");
    assert_source("127.0.0.1", "192.0.2.7", "192.0.2.7");
    assert_source("127.0.0.1", "1.2.3.4, 192.0.2.7", "192.0.2.7");
    assert_source("127.0.0.1", "1.2.3.4,192.0.2.7 ,\t10.1.1.1", "192.0.2.7");
    assert_source("fd00::5", "2001:db8::9", "2001:db8::9");
    assert_source("10.9.9.9", "::ffff:192.0.2.7", "::ffff:192.0.2.7");
    assert_source("127.0.0.1", "10.1.1.1", "10.1.1.1"); /* the client is in its network */
}

static void what_is_no_address_ends_it(void **state)
{
    (void)state;
    char many[4096];
    assert_source("127.0.0.1", "unknown", "127.0.0.1");
    assert_source("127.0.0.1", "192.0.2.7, unknown", "127.0.0.1");
    assert_source("127.0.0.1", "192.0.2.7:4000", "127.0.0.1");
    assert_source("127.0.0.1", ", ,, ", "127.0.0.1");
    memset(many, 'x', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    assert_source("127.0.0.1", many, "127.0.0.1");
    for (unsigned i = 0; i + 10 < sizeof(many); i += 9)
        memcpy(many + i, "10.0.0.1,", 9);
    assert_source("127.0.0.1", many, "127.0.0.1"); /* its end is cut: no address */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_speaks_for_nobody),
        cmocka_unit_test(a_proxy_is_believed_as_far_as_the_first_stranger),
        cmocka_unit_test(what_is_no_address_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
