/* test_name_index.c - the sorted array against a plain list of names. */
#include "mixer/base/name_index.h"

#include "mixer/base/random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { THINGS = 300, STEPS = 20000, NAME_BYTES = 16 };

struct thing {
    int before; /* the name need not be first */
    char name[NAME_BYTES];
    bool is_in;
};

static struct thing things[THINGS];

/* The plain twin: the lowest name above @p after of those that are in. */
static struct thing *plain_above(const char *after)
{
    struct thing *best = NULL;
    for (unsigned i = 0; i < THINGS; i++) {
        if (things[i].is_in && strcmp(things[i].name, after) > 0 &&
            (!best || strcmp(things[i].name, best->name) < 0))
            best = &things[i];
    }
    return best;
}

static void equals_the_plain_list(void **state)
{
    (void)state;
    struct name_index index = NAME_INDEX(struct thing, name);
    for (unsigned i = 0; i < THINGS; i++) /* few letters: names that begin alike, both cases */
        snprintf(things[i].name, NAME_BYTES, "%c%x%c", i % 2 ? 'a' : 'A', i * 7,
                 i % 3 ? '-' : 'z');
    unsigned count = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        struct thing *thing = &things[random_u32() % THINGS];
        if (random_u32() % 3) {
            assert_int_equal(name_index_insert(&index, thing), thing->is_in ? -EEXIST : 0);
            count += !thing->is_in;
            thing->is_in = true;
        } else {
            name_index_remove(&index, thing);
            count -= thing->is_in;
            thing->is_in = false;
        }
        struct thing *other = &things[random_u32() % THINGS];
        assert_int_equal(index.count, count);
        assert_ptr_equal(name_index_find(&index, other->name), other->is_in ? other : NULL);
        assert_ptr_equal(name_index_above(&index, other->name), plain_above(other->name));
    }
    assert_ptr_equal(name_index_above(&index, ""), plain_above(""));
    assert_null(name_index_above(&index, "~"));
    assert_null(name_index_find(&index, "a"));
    name_index_finish(&index);
    assert_int_equal(index.count, 0);
}

static void is_listed_in_order(void **state)
{
    (void)state;
    static struct thing thing[] = {
        {.name = "b"}, {.name = "\xc3\xa4"}, {.name = ""}, {.name = "B"}};
    static const unsigned order[] = {2, 3, 0, 1};
    struct name_index index = NAME_INDEX(struct thing, name);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(name_index_insert(&index, &thing[i]), 0);
    for (unsigned i = 0; i < 4; i++)
        assert_ptr_equal(index.item[i], &thing[order[i]]);
    name_index_finish(&index);
}

static void another_of_the_same_name_is_not_removed(void **state)
{
    (void)state;
    static struct thing one = {.name = "x"}, other = {.name = "x"};
    struct name_index index = NAME_INDEX(struct thing, name);
    assert_int_equal(name_index_insert(&index, &one), 0);
    name_index_remove(&index, &other);
    assert_ptr_equal(name_index_find(&index, "x"), &one);
    name_index_finish(&index);
}

static void reserves_room_for_one_more(void **state)
{
    (void)state;
    struct name_index index = NAME_INDEX(struct thing, name);
    for (unsigned i = 0; i < THINGS; i++) {
        assert_int_equal(name_index_reserve(&index), 0);
        size_t size = index.size;
        assert_true(size > index.count);
        assert_int_equal(name_index_insert(&index, &things[i]), 0);
        assert_int_equal(index.size, size);
    }
    name_index_finish(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_plain_list),
        cmocka_unit_test(is_listed_in_order),
        cmocka_unit_test(another_of_the_same_name_is_not_removed),
        cmocka_unit_test(reserves_room_for_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
