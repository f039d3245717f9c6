/* test_classic_stun.c - old requests: answered, refused, or none at all. */
#include "server/sip/classic_stun.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(length)                                                                           \
    0, 1, 0, (length), 's', 'i', 'x', 't', 'e', 'e', 'n', '-', 'b', 'y', 't', 'e', 's', '-',   \
        'i', 'd'

static uint8_t out[CLASSIC_STUN_ANSWER_BYTES];

static size_t answer(const uint8_t *data, size_t length)
{
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_port = htons(0x1234)};
    source.sin_addr.s_addr = htonl(0xcb007107);
    return classic_stun_answer(data, length, (const struct sockaddr *)&source, out,
                               sizeof(out));
}

static void a_request_is_told_its_source_as_it_is(void **state)
{
    (void)state;
    static const uint8_t request[] = {HEAD(0)};
    static const uint8_t expected[] = {0,    1, 0,   8, 0, 1, 0x12, 0x34, /* MAPPED-ADDRESS */
                                       0xcb, 0, 113, 7};
    assert_int_equal(answer(request, sizeof(request)), 20 + sizeof(expected));
    assert_memory_equal(out, ((const uint8_t[]){1, 1, 0, sizeof(expected)}), 4);
    assert_memory_equal(out + 4, request + 4, 16);
    assert_memory_equal(out + 20, expected, sizeof(expected));
}

static void ipv6_as_well(void **state)
{
    (void)state;
    static const uint8_t request[] = {HEAD(0)};
    struct sockaddr_in6 source = {.sin6_family = AF_INET6, .sin6_port = htons(5060)};
    inet_pton(AF_INET6, "2001:db8::1", &source.sin6_addr);
    assert_int_equal(classic_stun_answer(request, sizeof(request),
                                         (const struct sockaddr *)&source, out, sizeof(out)),
                     20 + 4 + 20);
    assert_int_equal(out[25], 2);
    assert_memory_equal(out + 28, &source.sin6_addr, 16);
}

static void what_asks_for_nothing_more_is_answered(void **state)
{
    (void)state;
    static const uint8_t no_change[] = {HEAD(8), 0, 3, 0, 4, 0, 0, 0, 0};
    static const uint8_t named[] = {HEAD(8), 0, 6, 0, 4, 'u', 's', 'e', 'r'};
    static const uint8_t vendor[] = {HEAD(8), 0x80, 0x20, 0, 4, 1, 2, 3, 4};
    assert_int_equal(answer(no_change, sizeof(no_change)), 32);
    assert_int_equal(answer(named, sizeof(named)), 32);
    assert_int_equal(answer(vendor, sizeof(vendor)), 32);
}

static void who_wants_to_be_answered_elsewhere_is_refused(void **state)
{
    (void)state;
    static const uint8_t change[] = {HEAD(8), 0, 3, 0, 4, 0, 0, 0, 6};
    static const uint8_t elsewhere[] = {HEAD(12), 0, 2, 0, 8, 0, 1, 0, 53, 192, 0, 2, 1};
    size_t count = answer(change, sizeof(change));
    assert_int_equal(count, 20 + 28 + 8);
    assert_memory_equal(out, ((const uint8_t[]){1, 0x11, 0, 36}), 4);
    assert_memory_equal(out + 20, ((const uint8_t[]){0, 9, 0, 24, 0, 0, 4, 20}), 8);
    assert_memory_equal(out + 48, ((const uint8_t[]){0, 10, 0, 4, 0, 3, 0, 3}), 8);
    assert_int_equal(answer(elsewhere, sizeof(elsewhere)), count);
    assert_int_equal(out[53], 2);
}

static void nothing_else_is_answered(void **state)
{
    (void)state;
    uint8_t request[] = {HEAD(8), 0, 6, 0, 4, 'u', 's', 'e', 'r'};
    for (size_t length = 0; length < sizeof(request); length++)
        assert_int_equal(answer(request, length), 0);
    request[1] = 2; /* Shared Secret */
    assert_int_equal(answer(request, sizeof(request)), 0);
    request[0] = 1, request[1] = 1; /* a response */
    assert_int_equal(answer(request, sizeof(request)), 0);
    request[0] = 0;
    request[23] = 5; /* beyond the end */
    assert_int_equal(answer(request, sizeof(request)), 0);
    request[23] = 4;
    memcpy(request + 4, "\x21\x12\xa4\x42", 4); /* not a classic one */
    assert_int_equal(answer(request, sizeof(request)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_told_its_source_as_it_is),
        cmocka_unit_test(ipv6_as_well),
        cmocka_unit_test(what_asks_for_nothing_more_is_answered),
        cmocka_unit_test(who_wants_to_be_answered_elsewhere_is_refused),
        cmocka_unit_test(nothing_else_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
