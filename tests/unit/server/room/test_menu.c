/* test_menu.c - which keys do what, and the text that a menu is kept as. */
#include "server/room/menu.h"

#include "mixer/base/random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S 1000000000LL

static struct menu of(const char *text)
{
    struct menu menu;
    assert_int_equal(menu_read(text, &menu), 0);
    return menu;
}

static bool is_same(const struct menu *one, const struct menu *other)
{
    char text[MENU_TEXT_BYTES], other_text[MENU_TEXT_BYTES];
    menu_write(one, text);
    menu_write(other, other_text);
    return strcmp(text, other_text) == 0;
}

static void entries_are_set_and_removed(void **state)
{
    (void)state;
    struct menu menu = {0};
    assert_int_equal(menu_set(&menu, "*2", "mute"), 0);
    assert_int_equal(menu_set(&menu, "#", "hang_up"), 0);
    assert_int_equal(menu_set(&menu, "*1", "raise_hand"), 0);
    assert_int_equal(menu_set(&menu, "*2", "help"), 0); /* another action */
    char text[MENU_TEXT_BYTES];
    menu_write(&menu, text);
    assert_string_equal(text, "{\"#\":\"hang_up\",\"*1\":\"raise_hand\",\"*2\":\"help\"}");
    menu_remove(&menu, "*1");
    menu_remove(&menu, "*");
    menu_remove(&menu, "*1");
    menu_write(&menu, text);
    assert_string_equal(text, "{\"#\":\"hang_up\",\"*2\":\"help\"}");
}

static void what_is_no_entry_is_refused(void **state)
{
    (void)state;
    struct menu menu = of("{\"*12\":\"mute\",\"5\":\"help\"}"), before = menu;
    static const char *const bad[] = {"", "x", "*1x", "12345", "a", "1 ", "*12345"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(menu_set(&menu, bad[i], "mute"), -EINVAL);
    assert_int_equal(menu_set(&menu, "*3", "explode"), -ENOENT);
    assert_int_equal(menu_set(&menu, "*3", ""), -ENOENT);
    static const char *const crossing[] = {"*", "*1", "*123", "55"};
    for (size_t i = 0; i < sizeof(crossing) / sizeof(crossing[0]); i++)
        assert_int_equal(menu_set(&menu, crossing[i], "mute"), -EEXIST);
    assert_true(is_same(&menu, &before));
    for (unsigned i = 0; i < MENU_MAX_ENTRIES - 2; i++) {
        char keys[MENU_KEYS_BYTES];
        snprintf(keys, sizeof(keys), "#%02u", i);
        assert_int_equal(menu_set(&menu, keys, "volume_down"), 0);
    }
    assert_int_equal(menu_set(&menu, "D", "mute"), -E2BIG);
    assert_int_equal(menu_set(&menu, "5", "mute"), 0); /* it was there */
}

static void texts_go_both_ways(void **state)
{
    (void)state;
    char text[MENU_TEXT_BYTES];
    struct menu menu = menu_default(), again;
    menu_write(&menu, text);
    assert_int_equal(menu_read(text, &again), 0);
    assert_true(is_same(&menu, &again));
    again.entry[0].action = MENU_END;
    assert_false(is_same(&menu, &again));
    memset(&menu, 0, sizeof(menu));
    for (unsigned i = 0; i < MENU_MAX_ENTRIES; i++) { /* the longest text there is */
        char keys[MENU_KEYS_BYTES];
        snprintf(keys, sizeof(keys), "%04u", i);
        assert_int_equal(menu_set(&menu, keys, "volume_down"), 0);
    }
    menu_write(&menu, text);
    assert_int_equal(menu_read(text, &again), 0);
    assert_true(is_same(&menu, &again));
    assert_int_equal(menu_read(" {\n} ", &again), 0);
    assert_int_equal(again.count, 0);
    again = of("{ \"*1\" : \"mute\" ,\t\"*2\":\"help\" }");
    assert_int_equal(again.count, 2);
}

static void what_is_no_menu_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int err;
    } bad[] = {
        {"", -EBADMSG},
        {"{", -EBADMSG},
        {"[]", -EBADMSG},
        {"{}x", -EBADMSG},
        {"{\"*1\"}", -EBADMSG},
        {"{\"*1\":}", -EBADMSG},
        {"{\"*1\":\"mute\"", -EBADMSG},
        {"{\"*1\":\"mute\",}", -EBADMSG},
        {"{\"*1\":\"mute\" \"*2\":\"help\"}", -EBADMSG},
        {"{\"*1\":null}", -EBADMSG},
        {"{\"*\\u0031\":\"mute\"}", -EBADMSG},
        {"{\"*1", -EBADMSG},
        {"{\"1234567\":\"mute\"}", -EBADMSG},
        {"{\"12345\":\"mute\"}", -EINVAL},
        {"{\"*1\":\"mutiny\"}", -ENOENT},
        {"{\"*1\":\"mute\",\"*\":\"help\"}", -EEXIST},
    };
    struct menu menu = menu_default(), before = menu;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (menu_read(bad[i].text, &menu) != bad[i].err)
            fail_msg("%s", bad[i].text);
    }
    assert_true(is_same(&menu, &before));
}

/* Presses keys, a second apart; gives the last result as a letter and the action's number. */
static const char *press(const struct menu *menu, struct menu_reader *reader, const char *keys,
                         bool is_moderator)
{
    static int64_t now_ns = 100 * S;
    static char result[32];
    static const char letters[] = {[MENU_IGNORED] = '-',
                                   [MENU_BEGUN] = '+',
                                   [MENU_UNKNOWN] = '?',
                                   [MENU_FORBIDDEN] = '!',
                                   [MENU_CHOSEN] = '='};
    size_t length = 0;
    for (now_ns += 100 * S; *keys; keys++, now_ns += S) {
        enum menu_action action = MENU_ACTIONS;
        enum menu_result heard = menu_hear(menu, reader, *keys, now_ns, is_moderator, &action);
        result[length++] = letters[heard];
        if (heard == MENU_CHOSEN || heard == MENU_FORBIDDEN)
            length += (size_t)snprintf(result + length, 16, "%s", menu_action_word(action));
    }
    result[length] = '\0';
    return result;
}

static void keys_are_heard(void **state)
{
    (void)state;
    struct menu menu =
        of("{\"*1\":\"mute\",\"*22\":\"help\",\"5\":\"hang_up\",\"*9\":\"lock\"}");
    struct menu_reader reader = {0};
    assert_string_equal(press(&menu, &reader, "*1", false), "+=mute");
    assert_string_equal(press(&menu, &reader, "**1", false), "++=mute");
    assert_string_equal(press(&menu, &reader, "*22", false), "++=help");
    assert_string_equal(press(&menu, &reader, "*2*1", false), "+++=mute");
    assert_string_equal(press(&menu, &reader, "*25", false), "++=hang_up");
    assert_string_equal(press(&menu, &reader, "34#", false), "---");
    assert_string_equal(press(&menu, &reader, "*31", false), "+?-");
    assert_string_equal(press(&menu, &reader, "*9", false), "+!lock");
    assert_string_equal(press(&menu, &reader, "*9", true), "+=lock");
    struct menu none = {0};
    assert_string_equal(press(&none, &reader, "*15", true), "---");
}

static void a_pause_begins_anew(void **state)
{
    (void)state;
    struct menu menu = of("{\"*1\":\"mute\"}");
    struct menu_reader reader = {0};
    enum menu_action action;
    assert_int_equal(menu_hear(&menu, &reader, '*', 100 * S, false, &action), MENU_BEGUN);
    assert_int_equal(menu_hear(&menu, &reader, '1', 100 * S + MENU_KEYS_NS, false, &action),
                     MENU_CHOSEN);
    assert_int_equal(menu_hear(&menu, &reader, '*', 200 * S, false, &action), MENU_BEGUN);
    assert_int_equal(menu_hear(&menu, &reader, '1', 200 * S + MENU_KEYS_NS + 1, false, &action),
                     MENU_IGNORED);
}

/* Whatever is pressed: each entry's keys, alone, are heard; and the reader stays in bounds. */
static void any_keys_on_any_menu(void **state)
{
    (void)state;
    static const char digits[] = "0123456789*#ABCD";
    for (unsigned round = 0; round < 2000; round++) {
        struct menu menu = {0};
        for (unsigned i = 0; i < 30; i++) {
            char keys[MENU_KEYS_BYTES] = "";
            unsigned length = 1 + random_u32() % 4;
            for (unsigned j = 0; j < length; j++)
                keys[j] = digits[random_u32() % 4 * 4];
            menu_set(&menu, keys, menu_action_word(random_u32() % MENU_ACTIONS));
        }
        struct menu_reader reader = {0};
        enum menu_action action;
        int64_t now_ns = 0;
        for (unsigned i = 0; i < 50; i++)
            menu_hear(&menu, &reader, digits[random_u32() % 16],
                      now_ns += random_u32() % (uint32_t)(4 * S), true, &action);
        for (unsigned i = 0; i < menu.count; i++) {
            now_ns += 100 * S;
            const char *key = menu.entry[i].keys;
            for (; key[1]; key++)
                assert_int_equal(menu_hear(&menu, &reader, *key, now_ns, true, &action),
                                 MENU_BEGUN);
            assert_int_equal(menu_hear(&menu, &reader, *key, now_ns, true, &action),
                             MENU_CHOSEN);
            assert_int_equal(action, menu.entry[i].action);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_set_and_removed),
        cmocka_unit_test(what_is_no_entry_is_refused),
        cmocka_unit_test(texts_go_both_ways),
        cmocka_unit_test(what_is_no_menu_is_refused),
        cmocka_unit_test(keys_are_heard),
        cmocka_unit_test(a_pause_begins_anew),
        cmocka_unit_test(any_keys_on_any_menu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
