/* test_room_circles.c - names to bits and back, and who uses which. */
#include "server/room/room_circles.h"

#include "mixer/base/random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct room_circles circles;

#define NAMES(...)                                                                             \
    &(struct room_circle_names)                                                                \
    {                                                                                          \
        .count = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *), .name = {       \
            __VA_ARGS__                                                                        \
        }                                                                                      \
    }

static int reset(void **state)
{
    (void)state;
    memset(&circles, 0, sizeof(circles));
    return 0;
}

static uint32_t use(const struct room_circle_names *names)
{
    uint32_t set = 0;
    assert_int_equal(room_circles_use(&circles, names, &set), 0);
    return set;
}

static void names_are_checked(void **state)
{
    (void)state;
    static const char *const good[] = {"main", "a", "whisper-bob",
                                       "0",    "-", "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const bad[] = {
        "", "A", "a b", "a_b", "\xc3\xa4", "a\n", "abcdefghijklmnopqrstuvwxyz0123456"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(room_circle_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(room_circle_is_valid(bad[i]));
}

static void a_whisper_and_a_sidebar(void **state)
{
    (void)state;
    uint32_t supervisor = use(NAMES("whisper-bob"));
    uint32_t bob = use(NAMES("main", "whisper-bob"));
    assert_int_equal(bob & 1, 1);
    assert_int_equal(supervisor & 1, 0);
    assert_int_equal(bob & supervisor, supervisor); /* bob hears it      */
    assert_int_equal(supervisor & 1, 0);            /* nobody else does  */
    uint32_t sidebar = use(NAMES("sidebar"));
    assert_int_equal(sidebar & (bob | supervisor), 0);
    struct room_circle_names names = room_circles_name(&circles, bob | sidebar);
    assert_int_equal(names.count, 3);
    assert_string_equal(names.name[0], "main");
    assert_string_equal(names.name[1], "whisper-bob");
    assert_string_equal(names.name[2], "sidebar");
    assert_int_equal(use(&(struct room_circle_names){.count = 0}), 0);
    names = room_circles_name(NULL, 1);
    assert_int_equal(names.count, 1);
}

static void a_circle_ends_with_its_last_user(void **state)
{
    (void)state;
    uint32_t one = use(NAMES("a")), other = use(NAMES("a", "a", "main"));
    assert_int_equal(one | 1, other);
    room_circles_release(&circles, one);
    assert_int_equal(use(NAMES("b")) & one, 0); /* still used by the other */
    room_circles_release(&circles, other);
    assert_int_equal(use(NAMES("a")), one); /* who comes back has the same bit */
}

static void there_are_31_and_no_more(void **state)
{
    (void)state;
    uint32_t all = 0, set = 77;
    char name[8];
    for (unsigned i = 0; i < 31; i++) {
        snprintf(name, sizeof(name), "c%u", i);
        uint32_t bit = use(NAMES(name));
        assert_int_equal(all & bit, 0);
        all |= bit;
    }
    assert_int_equal(all, 0xfffffffe);
    assert_int_equal(room_circles_use(&circles, NAMES("c0", "main", "new"), &set), -EUSERS);
    assert_int_equal(set, 77);
    uint32_t c0 = use(NAMES("c0"));
    room_circles_release(&circles, c0);
    room_circles_release(&circles, c0); /* were c0 used by what failed, it would be so still */
    assert_int_equal(use(NAMES("new")), c0);
    assert_string_equal(room_circles_name(&circles, c0).name[0], "new");
}

/* Sets come and go: two names never share a bit while both are used. */
static void any_uses_in_any_order(void **state)
{
    (void)state;
    uint32_t used[40] = {0};
    char names[40][8];
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = random_u32() % 40;
        if (used[i]) {
            room_circles_release(&circles, used[i]);
            used[i] = 0;
            continue;
        }
        snprintf(names[i], sizeof(names[i]), "n%u", random_u32() % 35);
        if (room_circles_use(&circles, NAMES(names[i]), &used[i]) < 0)
            used[i] = 0;
        for (unsigned j = 0; j < 40 && used[i]; j++) {
            if (used[j])
                assert_int_equal(used[i] == used[j], strcmp(names[i], names[j]) == 0);
        }
        if (used[i])
            assert_string_equal(room_circles_name(&circles, used[i]).name[0], names[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_checked),
        TEST(a_whisper_and_a_sidebar),
        TEST(a_circle_ends_with_its_last_user),
        TEST(there_are_31_and_no_more),
        TEST(any_uses_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
