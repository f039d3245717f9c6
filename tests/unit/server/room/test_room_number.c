/* test_room_number.c - rooms by their number, which no two have. */
#include "server/room/room_number.h"

#include "tests/unit/server/room/room_fixture.h"

#include <errno.h>

static int add(struct fixture *fixture, const char *name, const char *number,
               struct room **room)
{
    struct room_settings settings = plain_settings;
    snprintf(settings.number, sizeof(settings.number), "%s", number);
    return room_list_add(fixture->list, name, &settings, room);
}

static int renumber(struct room *room, const char *number)
{
    struct room_settings settings = *room_settings(room);
    snprintf(settings.number, sizeof(settings.number), "%s", number);
    return room_change(room, &settings);
}

static void numbers_are_of_digits(void **state)
{
    (void)state;
    static const char *const good[] = {"", "000", "123456789012"};
    static const char *const bad[] = {"1",    "12", "1234567890123", "12a4", "+123",
                                      " 123", "12#"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(room_number_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(room_number_is_valid(bad[i]));
}

static void a_room_is_found_by_its_number_or_its_name(void **state)
{
    struct fixture *fixture = *state;
    const struct room_list *list = fixture->list;
    struct room *blue, *red, *named;
    assert_int_equal(add(fixture, "blue", "4711", &blue), 0);
    assert_int_equal(add(fixture, "red", "", &red), 0);
    assert_int_equal(add(fixture, "500", "", &named), 0);
    assert_ptr_equal(room_number_find(list, "4711"), blue);
    assert_ptr_equal(room_number_find(list, "500"), named);
    assert_null(room_number_find(list, "471"));
    assert_null(room_number_find(list, ""));
    assert_int_equal(renumber(red, "500"), 0); /* before a name */
    assert_ptr_equal(room_number_find(list, "500"), red);
    assert_int_equal(renumber(blue, "0000"), 0);
    assert_null(room_number_find(list, "4711"));
    assert_ptr_equal(room_number_find(list, "0000"), blue);
    assert_int_equal(room_list_delete(fixture->list, red), 0);
    assert_ptr_equal(room_number_find(list, "500"), named);
    assert_int_equal(renumber(blue, ""), 0);
    assert_null(room_number_find(list, "0000"));
}

static void no_two_rooms_have_one(void **state)
{
    struct fixture *fixture = *state;
    struct room *blue, *red = NULL, *called;
    assert_int_equal(add(fixture, "blue", "4711", &blue), 0);
    assert_int_equal(add(fixture, "red", "4711", &red), -EADDRINUSE);
    assert_null(room_list_find(fixture->list, "red"));
    assert_int_equal(add(fixture, "red", "4712", &red), 0);
    assert_int_equal(renumber(red, "4711"), -EADDRINUSE);
    assert_string_equal(room_settings(red)->number, "4712");
    assert_int_equal(renumber(blue, "4711"), 0);
    assert_int_equal(room_list_find_or_create(fixture->list, "green", &called), 0);
    assert_int_equal(add(fixture, "green", "4711", &called),
                     -EADDRINUSE); /* it stays by call */
    assert_false(room_is_persistent(called));
    assert_int_equal(add(fixture, "green", "4713", &called), 0);
    assert_ptr_equal(room_number_find(fixture->list, "4713"), called);
}

static bool is_even(void *context, const char *number)
{
    (void)context;
    return (number[strlen(number) - 1] - '0') % 2 == 0;
}

static bool is_anything(void *context, const char *number)
{
    (void)context, (void)number;
    return true;
}

static void one_is_made_by_chance(void **state)
{
    struct fixture *fixture = *state;
    char number[ROOM_NUMBER_BYTES];
    for (unsigned i = 0; i < 200; i++) {
        char name[16];
        struct room *room;
        assert_int_equal(room_number_make(fixture->list, is_even, NULL, number), 0);
        assert_int_equal(strlen(number), ROOM_NUMBER_MADE);
        assert_true(number[0] != '0' && !is_even(NULL, number));
        snprintf(name, sizeof(name), "r%u", i);
        assert_int_equal(add(fixture, name, number, &room), 0);
    }
    assert_int_equal(room_number_make(fixture->list, is_anything, NULL, number), -ENOSPC);
    assert_int_equal(room_number_make(fixture->list, NULL, NULL, number), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_are_of_digits),
        TEST(a_room_is_found_by_its_number_or_its_name),
        TEST(no_two_rooms_have_one),
        TEST(one_is_made_by_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
