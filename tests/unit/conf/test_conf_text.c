/* test_conf_text.c - which texts are addresses, ports, hosts, tokens, and which nearly are. */
#include "conf/conf_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(bool (*is)(const char *text), const char *const *good, const char *const *bad)
{
    for (; *good; good++)
        if (!is(*good))
            fail_msg("\"%s\" was refused", *good);
    for (; *bad; bad++)
        if (is(*bad))
            fail_msg("\"%s\" was taken", *bad);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void addresses(void **state)
{
    (void)state;
    check(conf_text_is_sip_listen,
          TEXTS("udp:0.0.0.0:5060", "tls:0.0.0.0:5061", "tcp:127.0.0.1:1", "udp:[::]:65535",
                "tcp:[2001:db8::1]:5060", "udp:0.0.0.0:5060;srtp=off",
                "tls:[::]:5061;srtp=required", "tcp:127.0.0.1:1;srtp=optional"),
          TEXTS("", "udp", "udp:", "sctp:0.0.0.0:5060", "UDP:0.0.0.0:5060",
                "udp:localhost:5060", "udp:0.0.0.0", "udp:0.0.0.0:", "udp:0.0.0.0:0",
                "udp:0.0.0.0:65536", "udp:0.0.0.0:99999", "udp:0.0.0.0:005060",
                "udp:0.0.0.0:5060 ", "udp:0.0.0.0:-1", "udp:256.0.0.1:5060", "udp:1.2.3:5060",
                "udp:::5060", "udp:[]:5060", "udp:[::1:5060", "udp:[127.0.0.1]:5060",
                "udp:[fe80::1%eth0]:5060", "0.0.0.0:5060", "udp:0.0.0.0:5060;",
                "udp:0.0.0.0:5060;srtp", "udp:0.0.0.0:5060;srtp=", "udp:0.0.0.0:5060;srtp=on",
                "udp:0.0.0.0:5060;srtp=default", "udp:0.0.0.0:5060;srtp=off;", "udp:;srtp=off",
                "udp:0.0.0.0;srtp=off:5060", "udp:0.0.0.0:5060;SRTP=off"));
    check(conf_text_is_msrp_listen, TEXTS("tcp:0.0.0.0:2855", "tls:[::]:2856"),
          TEXTS("", "udp:0.0.0.0:2855", "tcp:", "tcp:0.0.0.0", "tcp:0.0.0.0:0", "tcp:host:2855",
                "tls:0.0.0.0:2855;srtp=off", "0.0.0.0:2855"));
    check(conf_text_is_address_port, TEXTS("127.0.0.1:8080", "[::1]:8080"),
          TEXTS("", ":", "8080", ":8080", "udp:127.0.0.1:8080", "::1:8080",
                "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:1"));
    check(conf_text_is_address, TEXTS("192.0.2.1", "::", "2001:db8::1", "::ffff:192.0.2.1"),
          TEXTS("", "[::1]", "example.com", "192.0.2.1:80", "1", "192.0.2.01x"));
}

static void hosts(void **state)
{
    (void)state;
    check(conf_text_is_host_rule,
          TEXTS("*", "example.com", "*.example.com", "192.0.2.1", "[2001:db8::1]", "a"),
          TEXTS("", "*.", "**", "*example.com", "a..b", ".a", "-a", "a b", "sip:example.com",
                "2001:db8::1", "[", "]", "[]", "[a]", "a/b"));
    check(conf_text_is_domain, TEXTS("example.com", "192.0.2.1", "[2001:db8::1]", "a"),
          TEXTS("", "*", "*.example.com", "a..b", "sip:example.com"));
}

static void realms_and_tokens(void **state)
{
    (void)state;
    check(conf_text_is_realm, TEXTS("raduno", "example.com", "a!~"),
          TEXTS("", "a b", "a\"b", "a\\b", "a\n", "\xc3\xa4"));
    check(conf_text_is_token, TEXTS("a", "aZ09-._~+/==", "a="),
          TEXTS("", "=", "a=b", "a b", "a\"", "a\n", "\xc3\xa4"));
}

static void sounds_and_where_they_come_from(void **state)
{
    (void)state;
    check(conf_text_is_fetch_rule,
          TEXTS("files.example.com", "*.example.com", "10.1.2.3", "fd00::7", "10.0.0.0/8",
                "fd00::/8", "0.0.0.0/0", "::/128", "nas"),
          TEXTS("", "*", "*.", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0/8", "10.1.2",
                "10.0.0.0/-1", "10.0.0.0/8x", "[fd00::7]", "a/8", "a b", "http://a", "1"));
    check(conf_text_is_sound, TEXTS("a", "jazz.flac", "a b.mp3", "\xc3\xa4.ogg", "a..b"),
          TEXTS("", ".", "..", ".hidden", "a/b", "/a", "../a", "a\n", "a\x7f"));
}

static void files(void **state)
{
    (void)state;
    char longest[1026];
    memset(longest, 'a', sizeof(longest));
    longest[1025] = '\0';
    assert_false(conf_text_is_file(longest));
    longest[1024] = '\0';
    assert_true(conf_text_is_file(longest));
    check(conf_text_is_file, TEXTS("a", "/etc/ssl/a b.pem", "../a", "\xc3\xa4.pem"),
          TEXTS("", "a\n", "\x7f"));
}

static void types_and_urls(void **state)
{
    (void)state;
    check(conf_text_is_type_rule, TEXTS("*/*", "image/*", "image/png", "application/vnd.x+y"),
          TEXTS("", "*", "/", "image", "image/", "/png", "*/png", "image/png/x", "Image/png",
                "image/p*"));
    check(conf_text_is_base_url,
          TEXTS("https://a", "http://a.example:8080/x", "https://[::1]:1"),
          TEXTS("", "https://", "http:///x", "ftp://a", "https://a/", "https://a b",
                "https://a?x", "https://a\"", "a.example"));
}

static void colours(void **state)
{
    (void)state;
    check(conf_text_is_colour, TEXTS("#000000", "#15181c", "#FFaa09"),
          TEXTS("", "#", "15181c", "#15181", "#15181cc", "#15181g", "# 5181c", "black"));
}

static void ports(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "20000",
                                      "20000-",
                                      "-20000",
                                      "20000-20000",
                                      "20001-20002",
                                      "23999-20000",
                                      "1023-2000",
                                      "20000-65536",
                                      "20000-99999",
                                      "20000 -23999",
                                      "20000-23999x",
                                      "20000-023999",
                                      "0x20-23999",
                                      "a-b"};
    uint16_t first = 1, last = 2;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (conf_text_ports(bad[i], &first, &last))
            fail_msg("\"%s\" was taken", bad[i]);
    assert_true(first == 1 && last == 2);
    assert_true(conf_text_ports("1024-65535", &first, &last) && first == 1024 && last == 65535);
    assert_true(conf_text_ports("20001-20003", &first, &last) && first == 20002 &&
                last == 20003);
    assert_true(conf_text_ports("20000-20001", &first, &last) && first == 20000 &&
                last == 20001);
    assert_false(conf_text_ports("65535-65535", &first, &last));
}

/* No row can name a header of the protocol. */
static void header_rows(void **state)
{
    (void)state;
    check(conf_text_is_header_row, TEXTS("X-A:a", "x-customer-2:customer_2", "X-Ticket:t"),
          TEXTS("", "From:from", "Contact:c", "X-:x", "X-A", "X-A:", "X-A:Name", "X A:x",
                "X-A\r\nB:x", "X-A:a b", "X-A:a:b", "X-A:abcdefghijklmnopqrstuvwxyz_0123456"));
}

static void origins(void **state)
{
    (void)state;
    check(conf_text_is_origin,
          TEXTS("*", "https://example.com", "http://localhost:3000",
                "https://[2001:db8::1]:8443"),
          TEXTS("", "example.com", "https://", "https://example.com/", "https://Example.com",
                "ftp://example.com", "**", "https://a.example, https://b.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_rows),
        cmocka_unit_test(addresses),
        cmocka_unit_test(hosts),
        cmocka_unit_test(realms_and_tokens),
        cmocka_unit_test(sounds_and_where_they_come_from),
        cmocka_unit_test(files),
        cmocka_unit_test(types_and_urls),
        cmocka_unit_test(colours),
        cmocka_unit_test(ports),
        cmocka_unit_test(origins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
