/* test_trunk_budget.c - calls of a room, at once and in a day. */
#include "server/trunk/trunk_budget.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NOON = 43200, TOMORROW = 86400 };

static void limits_are_kept(void **state)
{
    (void)state;
    struct trunk_budget budget = {.row = NULL};
    const struct trunk_budget_limits limits = {.per_room = 2, .per_room_day = 3, .per_day = 5};
    assert_int_equal(trunk_budget_take(&budget, &limits, "blue", NOON), 0);
    assert_int_equal(trunk_budget_take(&budget, &limits, "blue", NOON), 0);
    assert_int_equal(trunk_budget_take(&budget, &limits, "blue", NOON), -EUSERS);
    trunk_budget_give(&budget, "blue");
    assert_int_equal(trunk_budget_take(&budget, &limits, "blue", NOON), 0);
    trunk_budget_give(&budget, "blue");
    assert_int_equal(trunk_budget_take(&budget, &limits, "blue", NOON), -EDQUOT);
    assert_int_equal(trunk_budget_take(&budget, &limits, "green", NOON), 0);
    assert_int_equal(trunk_budget_take(&budget, &limits, "red", NOON), 0);
    assert_int_equal(trunk_budget_take(&budget, &limits, "grey", NOON), -EDQUOT); /* of all */
    assert_int_equal(trunk_budget_take(&budget, &limits, "blue", TOMORROW), 0);
    assert_int_equal(trunk_budget_take(&budget, &limits, "blue", TOMORROW), -EUSERS);
    trunk_budget_finish(&budget);
}

static void an_account_is_no_room_of_its_name(void **state)
{
    (void)state;
    struct trunk_budget budget = {.row = NULL};
    const struct trunk_budget_limits limits = {.per_room = 1};
    char name[ROOM_NAME_BYTES], payer[TRUNK_PAYER_BYTES];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    trunk_payer_account(name, payer);
    assert_string_equal(payer + 1, name);
    assert_int_equal(trunk_budget_take(&budget, &limits, name, NOON), 0);
    assert_int_equal(trunk_budget_take(&budget, &limits, payer, NOON), 0);
    assert_int_equal(trunk_budget_take(&budget, &limits, payer, NOON), -EUSERS);
    trunk_budget_finish(&budget);
}

static void a_new_day_forgets_idle_rooms(void **state)
{
    (void)state;
    struct trunk_budget budget = {.row = NULL};
    const struct trunk_budget_limits none = {0};
    char room[8];
    for (int i = 0; i < 40; i++) {
        snprintf(room, sizeof(room), "r%d", i);
        assert_int_equal(trunk_budget_take(&budget, &none, room, NOON), 0);
        if (i != 7)
            trunk_budget_give(&budget, room);
    }
    assert_int_equal(budget.count, 40);
    assert_int_equal(trunk_budget_take(&budget, &none, "r7", TOMORROW), 0);
    assert_int_equal(budget.count, 1);
    trunk_budget_give(&budget, "nobody");
    trunk_budget_finish(&budget);
}

static void what_has_changed_is_shown_once_and_comes_back(void **state)
{
    (void)state;
    struct trunk_budget budget = {.row = NULL}, again = {.row = NULL};
    const struct trunk_budget_limits limits = {.per_room_day = 3, .per_day = 4};
    const char *room;
    unsigned calls;
    assert_false(trunk_budget_changed(&budget, &room, &calls));
    assert_int_equal(trunk_budget_take(&budget, &limits, "blue", NOON), 0);
    assert_int_equal(trunk_budget_take(&budget, &limits, "blue", NOON), 0);
    assert_true(trunk_budget_changed(&budget, &room, &calls));
    assert_string_equal(room, "blue");
    assert_int_equal(calls, 2);
    assert_false(trunk_budget_changed(&budget, &room, &calls));

    assert_int_equal(trunk_budget_restore(&again, "old", budget.day - 1, 100), 0);
    assert_int_equal(trunk_budget_restore(&again, "blue", budget.day, 2), 0);
    assert_int_equal(trunk_budget_restore(&again, "old", budget.day - 1, 100), 0);
    assert_false(trunk_budget_changed(&again, &room, &calls));
    assert_int_equal(trunk_budget_take(&again, &limits, "blue", NOON), 0);
    assert_int_equal(trunk_budget_take(&again, &limits, "blue", NOON), -EDQUOT);
    assert_int_equal(trunk_budget_take(&again, &limits, "green", NOON), 0);
    assert_int_equal(trunk_budget_take(&again, &limits, "red", NOON), -EDQUOT); /* of all */
    assert_int_equal(trunk_budget_take(&again, &limits, "blue", TOMORROW), 0);
    trunk_budget_finish(&budget);
    trunk_budget_finish(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_kept), cmocka_unit_test(an_account_is_no_room_of_its_name),
        cmocka_unit_test(a_new_day_forgets_idle_rooms),
        cmocka_unit_test(what_has_changed_is_shown_once_and_comes_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
