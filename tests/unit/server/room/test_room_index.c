/* test_room_index.c - the sorted array against a plain list of names. */
#include "server/room/room_internal.h"

#include "mixer/base/random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOMS = 300, STEPS = 20000 };

static struct room rooms[ROOMS];
static bool is_in[ROOMS];

/* The plain twin: the lowest name above @p after of those that are in. */
static struct room *plain_above(const char *after)
{
    struct room *best = NULL;
    for (unsigned i = 0; i < ROOMS; i++) {
        if (is_in[i] && strcmp(rooms[i].name, after) > 0 &&
            (!best || strcmp(rooms[i].name, best->name) < 0))
            best = &rooms[i];
    }
    return best;
}

static void equals_the_plain_list(void **state)
{
    (void)state;
    struct room_index index = {0};
    for (unsigned i = 0; i < ROOMS; i++) /* few letters: names that begin alike, both cases */
        snprintf(rooms[i].name, sizeof(rooms[i].name), "%c%x%c", i % 2 ? 'a' : 'A', i * 7,
                 i % 3 ? '-' : 'z');
    unsigned count = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = random_u32() % ROOMS;
        if (random_u32() % 3) {
            assert_int_equal(room_index_insert(&index, &rooms[i]), is_in[i] ? -EEXIST : 0);
            count += !is_in[i];
            is_in[i] = true;
        } else {
            room_index_remove(&index, &rooms[i]);
            count -= is_in[i];
            is_in[i] = false;
        }
        unsigned other = random_u32() % ROOMS;
        assert_int_equal(index.count, count);
        assert_ptr_equal(room_index_find(&index, rooms[other].name),
                         is_in[other] ? &rooms[other] : NULL);
        assert_ptr_equal(room_index_above(&index, rooms[other].name),
                         plain_above(rooms[other].name));
    }
    assert_ptr_equal(room_index_above(&index, ""), plain_above(""));
    assert_null(room_index_above(&index, "~"));
    assert_null(room_index_find(&index, "a"));
    room_index_finish(&index);
}

static void another_of_the_same_name_is_not_removed(void **state)
{
    (void)state;
    static struct room one = {.name = "x"}, other = {.name = "x"};
    struct room_index index = {0};
    assert_int_equal(room_index_insert(&index, &one), 0);
    room_index_remove(&index, &other);
    assert_ptr_equal(room_index_find(&index, "x"), &one);
    room_index_finish(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_plain_list),
        cmocka_unit_test(another_of_the_same_name_is_not_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
