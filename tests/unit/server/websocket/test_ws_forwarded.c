/* test_ws_forwarded.c - who is believed, and how far. */
#include "server/websocket/ws_forwarded.h"

#include "server/rtp/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_far(const char *peer, const char *list, const char *expected)
{
    struct address_block proxies[2];
    union latch_address far;
    char text[ADDRESS_TEXT_BYTES];
    assert_true(address_block_read("127.0.0.1", &proxies[0]));
    assert_true(address_block_read("10.0.0.0/8", &proxies[1]));
    assert_true(address_read(peer, 4000, &far));
    const bool has_changed =
        ws_forwarded_read((struct slice){list, strlen(list)}, proxies, 2, &far);
    address_text(&far, text);
    assert_string_equal(text, expected);
    assert_int_equal(has_changed, strncmp(text, peer, strlen(peer)) != 0);
}

static void a_proxy_of_ours_says_for_whom_it_speaks(void **state)
{
    (void)state;
    assert_far("127.0.0.1", "192.0.2.7", "192.0.2.7:4000");
    assert_far("127.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7:4000");
    assert_far("127.0.0.1", "192.0.2.7 ,10.1.2.3", "192.0.2.7:4000");
    assert_far("127.0.0.1", "2001:db8::7", "[2001:db8::7]:4000");
}

static void a_stranger_is_who_he_is(void **state)
{
    (void)state;
    assert_far("192.0.2.9", "192.0.2.7", "192.0.2.9:4000");
    assert_far("192.0.2.9", "", "192.0.2.9:4000");
}

static void what_is_no_address_ends_it(void **state)
{
    (void)state;
    assert_far("127.0.0.1", "", "127.0.0.1:4000");
    assert_far("127.0.0.1", "unknown", "127.0.0.1:4000");
    assert_far("127.0.0.1", "192.0.2.7,", "127.0.0.1:4000");
    assert_far("127.0.0.1", "192.0.2.7, nobody, 10.0.0.1", "10.0.0.1:4000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_of_ours_says_for_whom_it_speaks),
        cmocka_unit_test(a_stranger_is_who_he_is),
        cmocka_unit_test(what_is_no_address_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
