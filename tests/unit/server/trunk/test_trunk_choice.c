/* test_trunk_choice.c - order, weight, health. */
#include "server/trunk/trunk_choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void by_priority_then_those_that_are_down(void **state)
{
    (void)state;
    struct trunk_choice all[] = {{.priority = 20},
                                 {.priority = 10, .is_down = true},
                                 {.priority = 10},
                                 {.priority = 30}};
    static const int order[] = {2, 0, 3, 1, -1};
    for (unsigned i = 0; i < 5; i++) {
        int next = trunk_choice_next(all, 4, 12345);
        assert_int_equal(next, order[i]);
        if (next >= 0)
            all[next].was_tried = true;
    }
    assert_int_equal(trunk_choice_next(all, 0, 1), -1);
}

static void among_equals_by_weight(void **state)
{
    (void)state;
    const struct trunk_choice all[] = {{.weight = 30}, {.weight = 10}, {.weight = 0}};
    unsigned hits[3] = {0};
    for (uint32_t random = 0; random < 4001; random++)
        hits[trunk_choice_next(all, 3, random)]++;
    assert_int_equal(hits[0], 3000); /* shares of 3000, 1000 and 1 */
    assert_int_equal(hits[1], 1000);
    assert_int_equal(hits[2], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_priority_then_those_that_are_down),
                                       cmocka_unit_test(among_equals_by_weight)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
