/* test_room_bans.c - who is meant by a ban, and the list of them. */
#include "server/room/room_bans.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct room_bans bans;

static int add(const char *id, const char *uri, const char *address)
{
    struct room_ban ban = {.created_ns = 1};
    snprintf(ban.id, sizeof(ban.id), "%s", id);
    snprintf(ban.uri, sizeof(ban.uri), "%s", uri);
    snprintf(ban.address, sizeof(ban.address), "%s", address);
    return room_bans_add(&bans, &ban);
}

static const char *met(const char *uri, const char *address)
{
    const struct room_ban *ban = room_bans_meet(&bans, uri, address);
    return ban ? ban->id : "";
}

static void an_address_is_compared_by_user_and_host(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *who; /* NULL: none */
    } table[] = {
        {"sip:eve@example.com", "eve@example.com"},
        {"sips:Eve@EXAMPLE.com:5061;transport=tls?x=y", "Eve@example.com"},
        {"eve@example.com", "eve@example.com"},
        {"sip:eve:secret@example.com", "eve@example.com"},
        {"sip:eve;phone-context=x@example.com", "eve@example.com"},
        {"sip:eve@[2001:DB8::1]:5060", "eve@[2001:db8::1]"},
        {"web:guest@192.0.2.7", "guest@192.0.2.7"},
        {"sip:example.com", NULL},
        {"sip:@example.com", NULL},
        {"sip:eve@", NULL},
        {"sip:eve@[2001:db8::1", NULL},
        {"@", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char who[ROOM_BAN_URI_BYTES];
        bool has = room_ban_uri(table[i].uri, who);
        if (has != (table[i].who != NULL) || (has && strcmp(who, table[i].who) != 0))
            fail_msg("%s: %s", table[i].uri, has ? who : "none");
    }
    char long_uri[600] = "sip:", who[ROOM_BAN_URI_BYTES];
    memset(long_uri + 4, 'a', 300);
    strcpy(long_uri + 304, "@example.com");
    assert_false(room_ban_uri(long_uri, who));
}

static void who_is_banned_is_met(void **state)
{
    (void)state;
    assert_string_equal(met("sip:eve@example.com", "192.0.2.7"), "");
    assert_int_equal(add("1", "eve@example.com", ""), 0);
    assert_int_equal(add("2", "", "192.0.2.0/24"), 0);
    assert_int_equal(add("3", "", "2001:db8::/64"), 0);
    assert_int_equal(add("4", "eve@example.com", ""), -EEXIST);
    assert_string_equal(met("sip:eve@Example.com:5070", ""), "1");
    assert_string_equal(met("sip:Eve@example.com", ""), "");
    assert_string_equal(met("sip:ann@example.com", "192.0.2.200"), "2");
    assert_string_equal(met("web:guest@x", "::ffff:192.0.2.9"), "2");
    assert_string_equal(met("", "2001:db8::77"), "3");
    assert_string_equal(met("", "2001:db9::77"), "");
    assert_string_equal(met("", "no address"), "");
    room_bans_remove(&bans, "1");
    room_bans_remove(&bans, "1");
    assert_string_equal(met("sip:eve@example.com", ""), "");
    assert_null(room_bans_find(&bans, "1"));
    assert_string_equal(room_bans_find(&bans, "3")->address, "2001:db8::/64");
    room_bans_finish(&bans);
}

static void there_is_a_limit(void **state)
{
    (void)state;
    char uri[32];
    for (int i = 0; i < ROOM_MAX_BANS; i++) {
        snprintf(uri, sizeof(uri), "eve%d@example.com", i);
        assert_int_equal(add(uri, uri, ""), 0);
    }
    assert_int_equal(add("x", "more@example.com", ""), -EUSERS);
    assert_string_equal(met("sip:eve499@example.com", ""), "eve499@example.com");
    room_bans_finish(&bans);
    assert_string_equal(met("sip:eve499@example.com", ""), "");
}

static void addresses_are_checked(void **state)
{
    (void)state;
    assert_true(room_ban_address_is_valid("192.0.2.7"));
    assert_true(room_ban_address_is_valid("2001:db8::/32"));
    assert_false(room_ban_address_is_valid("192.0.2"));
    assert_false(room_ban_address_is_valid("192.0.2.0/33"));
    assert_false(room_ban_address_is_valid(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_compared_by_user_and_host),
        cmocka_unit_test(who_is_banned_is_met),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(addresses_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
