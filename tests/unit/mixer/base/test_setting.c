/* test_setting.c - what is written is read again; what cannot be is told, and harms nothing. */
#include "mixer/base/setting.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum colour { RED, GREEN, WHITE };
static const char *const colours[] = {"red", "green", "white"};

struct lamp {
    bool lit;
    unsigned watts;
    int64_t bought_ns;
    enum colour colour, socket;
    char label[8];
    char notes[64];
    char part[3][8];
    unsigned parts;
    struct point {
        int x, y;
    } place;
};

static bool has_no_blank(const char *text)
{
    return !strchr(text, ' ');
}

static bool is_any(const char *text)
{
    return text != NULL;
}

static void write_place(const void *value, char out[SETTING_TEXT_BYTES])
{
    const struct point *point = value;
    snprintf(out, SETTING_TEXT_BYTES, "%d/%d", point->x, point->y);
}

static int read_place(const char *text, void *value)
{
    struct point point;
    char end;
    if (sscanf(text, "%d/%d%c", &point.x, &point.y, &end) != 2)
        return -EINVAL;
    *(struct point *)value = point;
    return 0;
}

static const struct setting table[] = {
    SETTING_FLAG(struct lamp, lit, "lit"),
    SETTING_NUMBER(struct lamp, watts, "watts", 1, 100),
    SETTING_TIME(struct lamp, bought_ns, "bought_ns"),
    SETTING_WORD(struct lamp, colour, "colour", colours, .otherwise = "white"),
    SETTING_WORD(struct lamp, socket, "socket", colours, .otherwise = NULL),
    SETTING_TEXT(struct lamp, label, "label", has_no_blank),
    SETTING_TEXT(struct lamp, notes, "notes", is_any),
    SETTING_LIST(struct lamp, part, parts, "parts", 3, has_no_blank),
    SETTING_OTHER(struct lamp, place, "place", write_place, read_place),
};
enum { COUNT = sizeof(table) / sizeof(table[0]) };

static const struct lamp lamp = {.lit = true,
                                 .watts = 60,
                                 .bought_ns = 1795464000123456789,
                                 .colour = GREEN,
                                 .label = "desk",
                                 .notes = "old\n\nlit 0\nwatts 7",
                                 .part = {"foot", "bulb"},
                                 .parts = 2,
                                 .place = {3, -4}};
static const char lines[] = "lit 1\nwatts 60\nbought_ns 1795464000123456789\ncolour green\n"
                            "socket red\nlabel desk\nnotes old\nnotes \nnotes lit 0\n"
                            "notes watts 7\nparts foot\nparts bulb\nplace 3/-4\n";

/* Names of what was wrong, each with its text. */
static void note(void *context, const struct setting *setting, const char *text)
{
    char *wrong = context;
    size_t length = strlen(wrong);
    snprintf(wrong + length, 256 - length, "%s=%s;", setting ? setting->name : "", text);
}

static void assert_read(const char *text, struct lamp *out, const char *wrong)
{
    char noted[256] = "";
    assert_int_equal(settings_read(table, COUNT, text, out, note, noted), 0);
    assert_string_equal(noted, wrong);
}

static void is_read_as_it_was_written(void **state)
{
    (void)state;
    char *written = settings_write(table, COUNT, &lamp);
    assert_string_equal(written, lines);
    struct lamp read = {.watts = 1, .label = "other", .part = {"x", "y", "z"}, .parts = 3};
    assert_read(written, &read, "");
    assert_true(settings_equal(table, COUNT, &read, &lamp));
    assert_string_equal(read.notes, lamp.notes);
    assert_int_equal(read.place.y, -4);
    free(written);
    const struct lamp empty = {0};
    written = settings_write(table, COUNT, &empty);
    assert_read(written, &read, "watts=0;"); /* which it may not be */
    assert_string_equal(read.notes, "");
    assert_int_equal(read.parts, 0);
    free(written);
}

static void what_is_not_said_stays(void **state)
{
    (void)state;
    struct lamp read = lamp;
    assert_read("", &read, "");
    assert_read("watts 9\nbrightness 7\n\nlit 0", &read, "");
    assert_int_equal(read.watts, 9);
    assert_false(read.lit);
    read.watts = lamp.watts;
    read.lit = lamp.lit;
    assert_true(settings_equal(table, COUNT, &read, &lamp));
}

static void what_cannot_be_is_told(void **state)
{
    (void)state;
    struct lamp read = lamp;
    assert_read("lit 2\nwatts 101\nwatts x\nlabel eight888\nlabel a b\nplace 3\n", &read,
                "lit=2;watts=101\nx;label=eight888\na b;place=3;");
    assert_read("watts -1\nbought_ns 9223372036854775808\nsocket blue\nlit \n", &read,
                "watts=-1;bought_ns=9223372036854775808;socket=blue;lit=;");
    assert_read("lit\nparts a\nparts b c\nparts d\nparts eight888\n", &read,
                "=lit;parts=a\nb c\nd\neight888;");
    assert_read("parts a\nparts b\nparts c\nparts d\n", &read, "parts=a\nb\nc\nd;");
    assert_true(settings_equal(table, COUNT, &read, &lamp));
    assert_read("colour Red\n", &read, "colour=Red;");
    assert_int_equal(read.colour, WHITE); /* what it is to be then */
}

static void each_difference_is_seen(void **state)
{
    (void)state;
    struct lamp other = lamp;
    assert_true(settings_equal(table, COUNT, &lamp, &other));
    for (unsigned i = 0; i < COUNT; i++) {
        static const char *const texts[] = {"0", "61", "5",    "white", "green",
                                            "x", "y",  "foot", "0/0"};
        assert_int_equal(setting_read(&table[i], texts[i], &other), 0);
        assert_false(settings_equal(table, COUNT, &lamp, &other));
        other = lamp;
    }
}

static void the_first_that_is_wrong_is_named(void **state)
{
    (void)state;
    struct lamp scratch = lamp, wrong = lamp;
    assert_null(settings_check(table, COUNT, &lamp, &scratch));
    wrong.watts = 0;
    memcpy(wrong.label, "a b", 4);
    assert_string_equal(settings_check(table, COUNT, &wrong, &scratch)->name, "watts");
    wrong.watts = 100;
    assert_string_equal(settings_check(table, COUNT, &wrong, &scratch)->name, "label");
}

static void items_and_numbers_are_reached_by_their_setting(void **state)
{
    (void)state;
    struct lamp changed = lamp;
    const struct setting *watts = &table[1], *label = &table[5], *parts = &table[7];
    assert_int_equal(setting_number(&table[0], &changed), 1);
    setting_set_number(watts, &changed, 7);
    assert_int_equal(setting_number(watts, &changed), 7);
    assert_string_equal(setting_item(label, &changed, 0), "desk");
    assert_int_equal(setting_set_item(label, &changed, 0, "eight888"), -EINVAL);
    assert_string_equal(setting_item(parts, &changed, 1), "bulb");
    assert_int_equal(setting_set_item(parts, &changed, 2, "cable"), 0);
    assert_int_equal(setting_number(parts, &changed), 3);
    assert_int_equal(setting_set_item(parts, &changed, 0, "base"), 0);
    assert_int_equal(changed.parts, 3);
    assert_int_equal(setting_set_item(parts, &changed, 3, "none"), -EINVAL);
    setting_set_number(parts, &changed, 1);
    assert_int_equal(changed.parts, 1);
}

static void a_setting_is_copied_alone(void **state)
{
    (void)state;
    for (unsigned i = 0; i + 1 < COUNT; i++) { /* the last is OTHER */
        char text[SETTING_TEXT_BYTES], copied[SETTING_TEXT_BYTES], before[SETTING_TEXT_BYTES];
        const struct lamp empty = {0};
        struct lamp copy = {0};
        setting_copy(&table[i], &lamp, &copy);
        setting_write(&table[i], &lamp, text);
        setting_write(&table[i], &copy, copied);
        assert_string_equal(copied, text);
        for (unsigned other = 0; other < COUNT; other++) {
            setting_write(&table[other], &copy, copied);
            setting_write(&table[other], &empty, before);
            if (other != i)
                assert_string_equal(copied, before);
        }
    }
    struct lamp later = lamp;
    assert_true(setting_time(&table[2], &later) == lamp.bought_ns);
    setting_set_time(&table[2], &later, 7);
    assert_true(later.bought_ns == 7);
}

static int read_shout(const char *text, void *value)
{
    if (strlen(text) >= sizeof(lamp.label))
        return -EINVAL;
    for (char *label = value; (*label = (char)toupper((unsigned char)*text)); label++)
        text++;
    return 0;
}

static void a_text_may_be_kept_otherwise_than_it_comes(void **state)
{
    (void)state;
    static const struct setting shout =
        SETTING_TEXT(struct lamp, label, "label", NULL, .read = read_shout);
    struct lamp read = lamp;
    assert_int_equal(setting_read(&shout, "fragile", &read), 0);
    assert_string_equal(read.label, "FRAGILE");
    assert_int_equal(setting_read(&shout, "eight888", &read), -EINVAL);
    assert_string_equal(read.label, "FRAGILE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_and_numbers_are_reached_by_their_setting),
        cmocka_unit_test(a_setting_is_copied_alone),
        cmocka_unit_test(a_text_may_be_kept_otherwise_than_it_comes),
        cmocka_unit_test(is_read_as_it_was_written),
        cmocka_unit_test(what_is_not_said_stays),
        cmocka_unit_test(what_cannot_be_is_told),
        cmocka_unit_test(each_difference_is_seen),
        cmocka_unit_test(the_first_that_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
