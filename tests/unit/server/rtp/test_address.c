/* test_address.c - values of both families, and of none. */
#include "server/rtp/address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static union latch_address at(const char *host, uint16_t port)
{
    union latch_address out;
    memset(&out, 0, sizeof(out));
    if (inet_pton(AF_INET, host, &out.v4.sin_addr) == 1) {
        out.v4.sin_family = AF_INET;
        out.v4.sin_port = htons(port);
    } else {
        assert_int_equal(inet_pton(AF_INET6, host, &out.v6.sin6_addr), 1);
        out.v6.sin6_family = AF_INET6;
        out.v6.sin6_port = htons(port);
    }
    return out;
}

static void has_text_port_and_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        const char *text, *unmapped;
        size_t bytes;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1:4000", "192.0.2.1:4000", sizeof(struct sockaddr_in)},
        {"2001:db8::1", "[2001:db8::1]:4000", "[2001:db8::1]:4000",
         sizeof(struct sockaddr_in6)},
        {"::ffff:192.0.2.1", "[::ffff:192.0.2.1]:4000", "192.0.2.1:4000",
         sizeof(struct sockaddr_in6)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const union latch_address from = at(rows[i].host, 4000);
        const union latch_address value = address_of(&from.any);
        const union latch_address unmapped = address_unmapped(&from.any);
        char text[ADDRESS_TEXT_BYTES];
        address_text(&value, text);
        assert_string_equal(text, rows[i].text);
        address_host_of(&from.any, text);
        assert_string_equal(text, rows[i].host);
        address_text(&unmapped, text);
        assert_string_equal(text, rows[i].unmapped);
        assert_int_equal(address_bytes(&value), rows[i].bytes);
        assert_int_equal(address_port(&value), 4000);
        assert_true(latch_same(&value.any, &unmapped.any));
    }
}

static void the_longest_has_room(void **state)
{
    (void)state;
    const union latch_address from = at("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 65535);
    char text[ADDRESS_TEXT_BYTES];
    address_text(&from, text);
    assert_int_equal(text[strlen(text) - 1], '5');
}

static void other_families_are_nowhere(void **state)
{
    (void)state;
    const struct sockaddr local = {.sa_family = AF_UNIX};
    char text[ADDRESS_TEXT_BYTES];
    const union latch_address values[] = {address_of(NULL), address_of(&local),
                                          address_unmapped(NULL)};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_int_equal(values[i].any.sa_family, AF_UNSPEC);
        assert_int_equal(address_bytes(&values[i]), 0);
        assert_int_equal(address_port(&values[i]), 0);
        address_text(&values[i], text);
        assert_string_equal(text, "nowhere");
    }
}

static void is_read_from_text(void **state)
{
    (void)state;
    static const char *const good[] = {"192.0.2.1", "0.0.0.0", "::", "2001:db8::1",
                                       "::ffff:192.0.2.1"};
    static const char *const bad[] = {"", "192.0.2", "192.0.2.1:5", "[::1]", "blue", "1"};
    union latch_address read;
    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const union latch_address expected = at(good[i], 4000);
        assert_true(address_read(good[i], 4000, &read));
        assert_memory_equal(&read, &expected, sizeof(read));
        assert_int_equal(address_is_any(&read), i == 1 || i == 2);
        address_set_port(&read, 7);
        assert_int_equal(address_port(&read), 7);
    }
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(address_read(bad[i], 4000, &read));
        assert_int_equal(address_bytes(&read), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_from_text),
        cmocka_unit_test(has_text_port_and_bytes),
        cmocka_unit_test(the_longest_has_room),
        cmocka_unit_test(other_families_are_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
