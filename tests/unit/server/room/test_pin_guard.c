/* test_pin_guard.c - how many wrong PINs may come. */
#include "server/room/pin_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct pin_guard guard;
static struct pin_bucket room;

static int reset(void **state)
{
    (void)state;
    memset(&guard, 0, sizeof(guard));
    memset(&room, 0, sizeof(room));
    return 0;
}

static unsigned guess(const char *source, unsigned times, int64_t now_ns)
{
    unsigned looked_at = 0;
    for (unsigned i = 0; i < times; i++) {
        if (!pin_guard_allows(&guard, &room, source, now_ns))
            continue;
        looked_at++;
        pin_guard_note(&guard, &room, source, now_ns);
    }
    return looked_at;
}

static void a_source_has_its_tries_and_gets_one_back_each_minute(void **state)
{
    (void)state;
    int64_t now_ns = 5 * PIN_GUARD_NS;
    assert_int_equal(guess("a", 100, now_ns), PIN_GUARD_SOURCE_TRIES);
    assert_int_equal(guess("a", 100, now_ns + PIN_GUARD_NS - 1), 0);
    assert_int_equal(guess("a", 100, now_ns + PIN_GUARD_NS), 1);
    assert_int_equal(guess("a", 100, now_ns + 4 * PIN_GUARD_NS), 3);
    assert_int_equal(guess("b", 1, now_ns + 4 * PIN_GUARD_NS), 1); /* another is not hit */
    assert_int_equal(guess("a", 100, now_ns + 1000 * PIN_GUARD_NS), PIN_GUARD_SOURCE_TRIES);
}

static void a_room_counts_those_that_change_their_source(void **state)
{
    (void)state;
    unsigned looked_at = 0;
    for (unsigned i = 0; i < 1000; i++) {
        char source[16];
        snprintf(source, sizeof(source), "host-%u", i);
        looked_at += guess(source, 1, 0);
    }
    assert_int_equal(looked_at, PIN_GUARD_SOURCES); /* one of each, while there is a place */
    struct pin_bucket other = {0};
    assert_true(pin_guard_allows(&guard, &other, "host-0", 0));
    assert_int_equal(guess("new", 1000, PIN_GUARD_NS), 1);
}

/* A few who guess into a room keep no one else out of it. */
static void who_was_not_wrong_has_one_try_in_any_case(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        const char source[] = {(char)('a' + i), '\0'};
        guess(source, 1000, 0);
    }
    assert_int_equal(room.used, PIN_GUARD_ROOM_TRIES);
    assert_false(pin_guard_allows(&guard, &room, "c", 0)); /* has some left of his own */
    assert_int_equal(guess("honest", 1000, 0), 1);
}

/* Neither does one caller lock out the others of his trunk, nor do numbers that are made up
 * get any further than the room's tries. */
static void callers_of_a_trunk_are_each_their_own_source(void **state)
{
    (void)state;
    char source[PIN_GUARD_SOURCE_BYTES], uri[32];
    pin_guard_caller("tel:+493012345", source);
    assert_int_equal(guess(source, 100, 0), PIN_GUARD_SOURCE_TRIES);
    pin_guard_caller("tel:+493012346", source);
    assert_int_equal(guess(source, 1, 0), 1);
    unsigned looked_at = PIN_GUARD_SOURCE_TRIES + 1;
    for (unsigned i = 0; i < 200; i++) {
        snprintf(uri, sizeof(uri), "tel:+49%u", i);
        pin_guard_caller(uri, source);
        looked_at += guess(source, 1, 0);
    }
    assert_int_equal(looked_at, PIN_GUARD_ROOM_TRIES);
    assert_int_equal(guess("192.0.2.7", 1, 0), 1);
}

static void a_network_is_one_source(void **state)
{
    (void)state;
    char source[PIN_GUARD_SOURCE_BYTES];
    assert_true(pin_guard_network("192.0.2.7", source));
    assert_string_equal(source, "192.0.2.7");
    assert_true(pin_guard_network("2001:db8:1:2:3:4:5:6", source));
    assert_string_equal(source, "2001:db8:1:2::/64");
    assert_false(pin_guard_network("example.com", source));
    assert_false(pin_guard_network("", source));
}

/* In a day of guessing as fast as it goes: so many of 10,000 PINs are tried. */
static void a_day_of_guessing_is_worth_little(void **state)
{
    (void)state;
    unsigned looked_at = 0;
    for (int64_t minute = 0; minute < 24 * 60; minute++)
        for (unsigned i = 0; i < 20; i++)
            looked_at += guess("a", 1, minute * PIN_GUARD_NS + i);
    assert_in_range(looked_at, 24 * 60, 24 * 60 + PIN_GUARD_SOURCE_TRIES);
}

/* Who makes up hundreds of sources does not make the one forgotten that has done most. */
static void many_sources_do_not_drive_out_the_worst(void **state)
{
    (void)state;
    assert_int_equal(guess("worst", 100, 0), PIN_GUARD_SOURCE_TRIES);
    for (unsigned i = 0; i < 3 * PIN_GUARD_SOURCES; i++) {
        char source[16];
        snprintf(source, sizeof(source), "host-%u", i);
        memset(&room, 0, sizeof(room)); /* into many rooms */
        assert_int_equal(guess(source, 1, 0), 1);
    }
    assert_int_equal(guess("worst", 1, 0), 0);
}

static void the_source_is_the_host(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *source;
    } table[] = {
        {"sip:ann@Example.COM", "example.com"},
        {"sip:ann@example.com:5060;transport=tcp", "example.com"},
        {"sips:+49;ext=5@192.0.2.1?x=y", "192.0.2.1"},
        {"sip:ann@[2001:db8::1]:5060", "[2001:db8::1"},
        {"sip:example.com;x", "example.com"},
        {"sip:", ""},
        {"", ""},
        {"@", ""},
        {"example.com", "example.com"},
    };
    char source[PIN_GUARD_SOURCE_BYTES];
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        pin_guard_source(table[i].uri, source);
        assert_string_equal(source, table[i].source);
    }
    char uri[300];
    memset(uri, 'x', sizeof(uri));
    uri[sizeof(uri) - 1] = '\0';
    pin_guard_source(uri, source);
    assert_int_equal(strlen(source), PIN_GUARD_SOURCE_BYTES - 1);
    assert_int_equal(guess(source, 100, 0), PIN_GUARD_SOURCE_TRIES);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_source_has_its_tries_and_gets_one_back_each_minute),
        TEST(a_room_counts_those_that_change_their_source),
        TEST(a_day_of_guessing_is_worth_little),
        TEST(who_was_not_wrong_has_one_try_in_any_case),
        TEST(callers_of_a_trunk_are_each_their_own_source),
        TEST(a_network_is_one_source),
        TEST(many_sources_do_not_drive_out_the_worst),
        TEST(the_source_is_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
