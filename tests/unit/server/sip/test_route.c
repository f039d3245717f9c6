/* test_route.c - which Contact and Record-Route are taken away, and who is found at his source.
 */
#include "server/sip/route.h"
#include "server/sip/uri.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

#include <cmocka.h>

/* @p start with the headers @p more, parsed. */
static msg_t *parse(const char *start, const char *via, const char *more)
{
    char text[1024];
    int length = snprintf(text, sizeof(text),
                          "%s\r\nVia: SIP/2.0/%s;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n"
                          "To: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n%s\r\n",
                          start, via, more);
    msg_t *msg = msg_make(sip_default_mclass(), 0, text, length);
    assert_non_null(msg);
    return msg;
}

static bool is_mended(const char *start, const char *headers)
{
    msg_t *msg = parse(start, "UDP 192.0.2.1", headers);
    sip_t *sip = sip_object(msg);
    bool had_any = sip->sip_contact || sip->sip_record_route;
    route_mend(sip, false);
    bool has_any = sip->sip_contact || sip->sip_record_route;
    msg_destroy(msg);
    assert_true(had_any);
    return !has_any;
}

static const char invite[] = "INVITE sip:b@h SIP/2.0";

static void takes_away_what_leads_nowhere(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Contact: *\r\n",
        "Contact: <tel:1>\r\n",
        "Contact: <sips:a@192.0.2.1>\r\n",
        "Contact: <http://x/>\r\n",
        "Contact: <sip:a@x%00y>\r\n",
        "Contact: <sip:a@h:0>\r\n",
        "Contact: <sip:a@h:65536>\r\n",
        "Contact: <sip:a@h>, <sip:a@h>\r\n",
        "Contact: <sip:a@h>\r\nRecord-Route: <sip:p;lr>, <tel:1>\r\n",
    };
    static const char *const good[] = {
        "Contact: <sip:a@h>\r\n",
        "Contact: <sip:a@[2001:db8::1]:65535;transport=tcp>\r\n",
        ("Contact: <sip:a@h.invalid;transport=ws>\r\nRecord-Route: <sip:p;lr>, "
         "<sip:q:5070;lr>\r\n"),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_true(is_mended(invite, bad[i]));
        assert_true(is_mended("SIP/2.0 183 Progress", bad[i]));
        assert_true(is_mended("SIP/2.0 200 OK", bad[i]));
        assert_false(is_mended("SIP/2.0 302 Moved", bad[i])); /* no target, but choices */
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_false(is_mended(invite, good[i]));
        assert_false(is_mended("SIP/2.0 200 OK", good[i]));
    }
}

static void finds_names_and_the_hidden_at_their_source(void **state)
{
    (void)state;
    static const struct {
        const char *via, *headers;
        bool needs_source;
    } cases[] = {
        {"UDP 192.0.2.1", "Contact: <sip:a@192.0.2.1>\r\n", false},
        {"UDP 192.0.2.9", "Contact: <sip:a@192.0.2.9>\r\n", false}, /* public: its own choice */
        {"UDP 192.0.2.1", "Contact: <sip:a@phone.example.com>\r\n", true},
        {"UDP 10.0.0.2", "Contact: <sip:a@10.0.0.2>\r\n", true},
        {"UDP 172.31.0.2", "Contact: <sip:a@172.31.0.2>\r\n", true},
        {"UDP 172.32.0.2", "Contact: <sip:a@172.32.0.2>\r\n", false},
        {"UDP 192.168.0.2", "Contact: <sip:a@192.168.0.2>\r\n", true},
        {"UDP 100.127.0.2", "Contact: <sip:a@100.127.0.2>\r\n", true},
        {"UDP 100.128.0.2", "Contact: <sip:a@100.128.0.2>\r\n", false},
        {"UDP 192.0.2.1", "Contact: <sip:a@10.0.0.2>\r\n", false}, /* it knows where it is */
        {"UDP 10.0.0.2", "Contact: <sip:a@10.0.0.2>\r\nRecord-Route: <sip:192.0.2.7;lr>\r\n",
         false},
        {"UDP p", "Contact: <sip:a@10.0.0.2>\r\nRecord-Route: <sip:p;lr>\r\n", true},
        {"UDP [2001:db8::2]", "Contact: <sip:a@[2001:db8::2]>\r\n", false},
        {"UDP p", "", false},
    };
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_port = htons(5070)};
    inet_pton(AF_INET, "192.0.2.1", &source.sin_addr);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        msg_t *msg = parse(invite, cases[i].via, cases[i].headers);
        assert_int_equal(route_needs_source(sip_object(msg), (const struct sockaddr *)&source),
                         cases[i].needs_source);
        msg_destroy(msg);
    }
}

static void sees_who_leads_elsewhere(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        bool leads_there;
    } cases[] = {
        {"Contact: <sip:a@192.0.2.1:5061>\r\n", true},
        {"Contact: <sip:a@192.0.2.9>\r\n", false},
        {"Contact: <sip:a@phone.example.com>\r\n", false},
        {"Contact: <sip:a@192.0.2.9>\r\nRecord-Route: <sip:192.0.2.1;lr>\r\n", true},
        {"Contact: <sip:a@192.0.2.1>\r\nRecord-Route: <sip:192.0.2.9;lr>\r\n", false},
        {"", false},
    };
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_port = htons(5070)};
    inet_pton(AF_INET, "192.0.2.1", &source.sin_addr);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        msg_t *msg = parse(invite, "UDP p", cases[i].headers);
        assert_int_equal(route_leads_to(sip_object(msg), (const struct sockaddr *)&source),
                         cases[i].leads_there);
        msg_destroy(msg);
    }
}

static void writes_a_source(void **state)
{
    (void)state;
    char out[ROUTE_BYTES];
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(5070)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(5071)};
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
    inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
    msg_t *udp = parse(invite, "UDP p", ""), *tcp = parse(invite, "TCP p", "");
    assert_true(route_of_source(sip_object(udp), (const struct sockaddr *)&v4, false, out));
    assert_string_equal(out, "sip:192.0.2.1:5070;transport=udp");
    assert_true(route_of_source(sip_object(tcp), (const struct sockaddr *)&v6, false, out));
    assert_string_equal(out, "sip:[2001:db8::1]:5071;transport=tcp");
    assert_false(route_of_source(sip_object(udp), &none, false, out));
    msg_destroy(udp);
    msg_destroy(tcp);
}

static void no_host_has_an_escape(void **state)
{
    (void)state;
    struct uri_target target;
    assert_int_equal(uri_target("sip:a@good.example.com", &target), 0);
    assert_int_equal(uri_target("sip:a@[2001:db8::1]:5070", &target), 0);
    assert_true(uri_target("sip:a@evil.com%00.example.com", &target) < 0);
    assert_int_equal(uri_target("sip:a@evil.com%2eorg", &target), 0); /* the stack reads it */
    assert_string_equal(target.host, "evil.com.org");
}

static void knows_what_goes_by_tls(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *text, *hop;
        bool is_sips;
    } cases[] = {
        {"sips:a@example.com", "sips:a@example.com", "sip:example.com;transport=tls", true},
        {"sips:a@[::1]:5071;transport=tcp", "sips:a@[::1]:5071", "sip:[::1]:5071;transport=tls",
         true},
        {"sips:a@h;transport=tls", "sips:a@h", "sip:h;transport=tls", true},
        {"sip:h:5071;transport=TLS", "sip:h:5071;transport=TLS", "sip:h:5071;transport=tls",
         false},
    };
    struct uri_target target;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(uri_target(cases[i].uri, &target), 0);
        assert_string_equal(target.text, cases[i].text);
        assert_string_equal(target.hop, cases[i].hop);
        assert_true(target.wants_tls && !target.wants_tcp);
        assert_int_equal(target.is_sips, cases[i].is_sips);
    }
    assert_true(uri_target("sips:a@h;transport=udp", &target) < 0);
    assert_true(uri_target("sips:a@h;transport=ws", &target) < 0);
    assert_int_equal(uri_target("sip:a@h;transport=tcp", &target), 0);
    assert_true(target.wants_tcp && !target.wants_tls);
    assert_int_equal(uri_target("sip:a@h", &target), 0);
    assert_true(!target.wants_tcp && !target.wants_tls && !target.is_sips);
}

static void sips_is_for_tls_only(void **state)
{
    (void)state;
    static const struct {
        const char *start, *headers;
        bool asks;
    } cases[] = {
        {"INVITE sips:b@h SIP/2.0", "Contact: <sip:a@h>\r\n", true},
        {invite, "Contact: <sips:a@h>\r\n", true},
        {invite, "Contact: <sip:a@h>\r\nRecord-Route: <sips:p;lr>\r\n", true},
        {invite, "Contact: <sips:a@h>\r\nRecord-Route: <sip:p;lr>\r\n", false},
        {invite, "Contact: <sip:a@h>\r\n", false},
        {invite, "", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        msg_t *msg = parse(cases[i].start, "TLS 192.0.2.1", cases[i].headers);
        sip_t *sip = sip_object(msg);
        assert_int_equal(uri_asks_sips(sip), cases[i].asks);
        bool had_contact = sip->sip_contact != NULL;
        route_mend(sip, true);
        assert_int_equal(sip->sip_contact != NULL, had_contact);
        msg_destroy(msg);
    }
    char out[ROUTE_BYTES];
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(5070)};
    inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
    msg_t *udp = parse(invite, "UDP p", "");
    assert_true(route_of_source(sip_object(udp), (const struct sockaddr *)&v4, true, out));
    assert_string_equal(out, "sip:192.0.2.1:5070;transport=tls");
    msg_destroy(udp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_away_what_leads_nowhere),
        cmocka_unit_test(finds_names_and_the_hidden_at_their_source),
        cmocka_unit_test(sees_who_leads_elsewhere),
        cmocka_unit_test(writes_a_source),
        cmocka_unit_test(no_host_has_an_escape),
        cmocka_unit_test(knows_what_goes_by_tls),
        cmocka_unit_test(sips_is_for_tls_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
