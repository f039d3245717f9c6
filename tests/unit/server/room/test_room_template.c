/* test_room_template.c - named settings: found, replaced, listed, and what rooms are made of.
 */
#include "server/room/room_template.h"

#include "tests/unit/server/room/room_fixture.h"

#include <errno.h>

static int put(struct fixture *fixture, const char *name, unsigned loudest)
{
    struct room_settings settings = plain_settings;
    settings.loudest = loudest;
    return room_template_put(fixture->list, name, &settings);
}

static void are_found_and_listed_by_name(void **state)
{
    struct fixture *fixture = *state;
    const struct room_list *list = fixture->list;
    assert_null(room_template_above(list, ""));
    assert_int_equal(put(fixture, "b", 2), 0);
    assert_int_equal(put(fixture, "a", 1), 0);
    assert_int_equal(put(fixture, "c", 3), 0);
    assert_int_equal(put(fixture, "b", 4), 0); /* another one of that name */
    assert_int_equal(put(fixture, "../b", 2), -EINVAL);
    assert_string_equal(room_template_above(list, ""), "a");
    assert_string_equal(room_template_above(list, "a"), "b");
    assert_string_equal(room_template_above(list, "bb"), "c");
    assert_null(room_template_above(list, "c"));
    assert_int_equal(room_template_find(list, "b")->loudest, 4);
    assert_int_equal(room_template_delete(fixture->list, "b"), 0);
    assert_int_equal(room_template_delete(fixture->list, "b"), 0);
    assert_null(room_template_find(list, "b"));
    assert_string_equal(room_template_above(list, "a"), "c");
}

static void there_is_a_limit(void **state)
{
    struct fixture *fixture = *state;
    char name[16];
    for (int i = 0; i < ROOM_MAX_TEMPLATES; i++) {
        snprintf(name, sizeof(name), "t%d", i);
        assert_int_equal(put(fixture, name, 1), 0);
    }
    assert_int_equal(put(fixture, "more", 1), -EUSERS);
    assert_int_equal(put(fixture, "t7", 2), 0); /* there already */
}

static void calls_make_rooms_of_the_configured_one(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    struct room *room;
    fixture->list->config.template = "hall";
    assert_int_equal(room_list_find_or_create(fixture->list, "early", &room), 0);
    assert_int_equal(room_settings(room)->loudest, plain_settings.loudest); /* none yet */
    assert_int_equal(put(fixture, "hall", 3), 0);
    assert_int_equal(room_list_find_or_create(fixture->list, "blue", &room), 0);
    assert_int_equal(room_settings(room)->loudest, 3);
    assert_int_equal(admit(room, &call), ROOM_ADMITTED);
    assert_int_equal(put(fixture, "hall", 5), 0);
    assert_int_equal(room_settings(room)->loudest, 3); /* as it was made */
    end_call(&call);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(are_found_and_listed_by_name),
        TEST(there_is_a_limit),
        TEST(calls_make_rooms_of_the_configured_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
