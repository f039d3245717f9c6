/* test_dns_answer.c - answers as name servers write them, and as they should not. */
#include "server/sip/dns_answer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Of _sip._udp.gw.example: two servers, the first by a pointer to "example", and an alias. */
static const uint8_t services[] =
    "\x12\x34\x85\x80\x00\x01\x00\x03\x00\x00\x00\x00"
    "\x04_sip\x04_udp\x02gw\x07"
    "example\x00\x00\x21\x00\x01"
    "\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x3c\x00\x0a\x00\x0a\x00\x05\x13\xc4\x01"
    "a\xc0\x19"
    "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x02\xc0\x19"
    "\xc0\x0c\x00\x21\x00\x01\x00\x00\x0e\x10\x00\x07\x00\x14\x00\x00\x00\x00\x00";

/* Of gw.example: one with a replacement, one with an expression. */
static const uint8_t ways[] = "\x12\x34\x85\x80\x00\x01\x00\x02\x00\x00\x00\x00"
                              "\x02gw\x07"
                              "example\x00\x00\x23\x00\x01"
                              "\xc0\x0c\x00\x23\x00\x01\x00\x00\x00\x3c\x00\x1b"
                              "\x00\x0a\x00\x02\x01s\x07SIP+D2T\x00"
                              "\x04_sip\x04_tcp\xc0\x0c"
                              "\xc0\x0c\x00\x23\x00\x01\x00\x00\x00\x3c\x00\x13"
                              "\x00\x0b\x00\x02\x01s\x07SIP+D2U\x03!x!\x00";

static const uint8_t addresses[] =
    "\x12\x34\x85\x80\x00\x01\x00\x02\x00\x00\x00\x00"
    "\x02gw\x07"
    "example\x00\x00\x01\x00\x01"
    "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"
    "\xc0\x0c\x00\x1c\x00\x01\x00\x00\x00\x3c\x00\x10\x20\x01\x0d\xb8"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01";

static void servers(void **state)
{
    struct dns_answer answer;
    struct dns_record record;
    (void)state;
    assert_int_equal(dns_answer_begin(&answer, services, sizeof(services) - 1), 0);
    assert_true(dns_answer_next(&answer, DNS_SRV, &record));
    assert_int_equal(record.ttl_s, 60);
    assert_int_equal(record.priority, 10);
    assert_int_equal(record.weight, 5);
    assert_int_equal(record.port, 5060);
    assert_string_equal(record.name, "a.example");
    assert_true(dns_answer_next(&answer, DNS_SRV, &record));
    assert_int_equal(record.ttl_s, 3600);
    assert_int_equal(record.priority, 20);
    assert_string_equal(record.name, ""); /* there is no such service */
    assert_false(dns_answer_next(&answer, DNS_SRV, &record));
    assert_int_equal(dns_answer_begin(&answer, services, sizeof(services) - 1), 0);
    assert_false(dns_answer_next(&answer, DNS_NAPTR, &record));
}

static void transports(void **state)
{
    struct dns_answer answer;
    struct dns_record record;
    (void)state;
    assert_int_equal(dns_answer_begin(&answer, ways, sizeof(ways) - 1), 0);
    assert_true(dns_answer_next(&answer, DNS_NAPTR, &record));
    assert_int_equal(record.priority, 10);
    assert_int_equal(record.weight, 2);
    assert_string_equal(record.flags, "s");
    assert_string_equal(record.service, "SIP+D2T");
    assert_string_equal(record.name, "_sip._tcp.gw.example");
    assert_false(dns_answer_next(&answer, DNS_NAPTR, &record)); /* a rule with an expression */
}

static void of_hosts(void **state)
{
    struct dns_answer answer;
    struct dns_record record;
    (void)state;
    assert_int_equal(dns_answer_begin(&answer, addresses, sizeof(addresses) - 1), 0);
    assert_true(dns_answer_next(&answer, DNS_A, &record));
    assert_memory_equal(record.address, "\xc0\x00\x02\x01", 4);
    assert_true(dns_answer_next(&answer, DNS_AAAA, &record));
    assert_memory_equal(record.address, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
    assert_false(dns_answer_next(&answer, DNS_AAAA, &record));
}

/* Cut anywhere, with nothing behind: memory checkers look. */
static void broken(void **state)
{
    struct dns_answer answer;
    uint8_t question[sizeof(services)];
    (void)state;
    for (size_t length = 0; length < sizeof(services) - 1; length++)
        assert_int_equal(dns_answer_begin(&answer, services, length), -EBADMSG);
    memcpy(question, services, sizeof(services));
    question[2] = 0x01;
    assert_int_equal(dns_answer_begin(&answer, question, sizeof(services) - 1), -EBADMSG);
    assert_int_equal(dns_answer_begin(&answer, services, UINT16_MAX + 1), -EBADMSG);
}

/* A host that would be read otherwise in a URI. */
static void hosts_that_are_none(void **state)
{
    struct dns_answer answer;
    struct dns_record record;
    uint8_t odd[sizeof(services)];
    (void)state;
    memcpy(odd, services, sizeof(services));
    uint8_t *a = memmem(odd, sizeof(odd),
                        "\x13\xc4\x01"
                        "a",
                        4);
    assert_non_null(a);
    a[3] = '>';
    assert_int_equal(dns_answer_begin(&answer, odd, sizeof(odd) - 1), 0);
    assert_true(dns_answer_next(&answer, DNS_SRV, &record));
    assert_int_equal(record.priority, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers),
        cmocka_unit_test(transports),
        cmocka_unit_test(of_hosts),
        cmocka_unit_test(broken),
        cmocka_unit_test(hosts_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
