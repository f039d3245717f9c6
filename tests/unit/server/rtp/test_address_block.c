/* test_address_block.c - blocks read, and what is in them. */
#include "server/rtp/address_block.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool is_in(const struct address_block *block, const void *address)
{
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
    return address_block_bytes(address, bytes) && address_block_has_bytes(block, bytes);
}

static bool has(const char *text, const char *address)
{
    struct address_block block;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    assert_true(address_block_read(text, &block));
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return is_in(&block, &v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return is_in(&block, &v6);
}

static void has_what_is_in_it(void **state)
{
    (void)state;
    assert_true(has("10.0.0.0/8", "10.255.1.2"));
    assert_false(has("10.0.0.0/8", "11.0.0.0"));
    assert_true(has("192.0.2.128/25", "192.0.2.200"));
    assert_false(has("192.0.2.128/25", "192.0.2.127"));
    assert_true(has("192.0.2.7", "192.0.2.7"));
    assert_false(has("192.0.2.7", "192.0.2.8"));
    assert_true(has("0.0.0.0/0", "203.0.113.9"));
    assert_false(has("0.0.0.0/0", "2001:db8::1"));
    assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(has("192.0.2.0/24", "::ffff:192.0.2.5")); /* a socket of both families */
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          "10.0.0.0/33", "10.0.0/8",    "fd00::/129",   "name/8",
        "10.0.0.0/", "10.0.0.0/8 ", "10.0.0.0/-1", "10.0.0.0/0008"};
    struct address_block block;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(address_block_read(bad[i], &block));
    struct sockaddr local = {.sa_family = AF_UNIX};
    assert_true(address_block_read("::/0", &block));
    assert_false(is_in(&block, &local));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(has_what_is_in_it),
                                       cmocka_unit_test(refuses_what_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
