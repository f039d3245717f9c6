/* test_ctl_table.c - what people see, by api/ctl/ctl_table.c. */
#include "api/ctl/ctl_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char text[2048];

/* Runs one of the three on @p json; its text is in `text`. */
static void print(const char *json, const char *columns,
                  void (*object)(FILE *out, const json_t *object))
{
    memset(text, 0, sizeof(text));
    json_t *value = json_loads(json, 0, NULL);
    FILE *out = fmemopen(text, sizeof(text), "w");
    assert_non_null(value);
    assert_non_null(out);
    if (object)
        object(out, value);
    else
        assert_int_equal(ctl_table_print(out, value, columns), 0);
    fclose(out);
    json_decref(value);
}

static void columns_are_as_wide_as_their_cells(void **state)
{
    (void)state;
    print("[{\"name\": \"blue\", \"locked\": true}, {\"name\": \"\u00c4lice\", \"locked\": "
          "null}]",
          "name locked", NULL);
    assert_string_equal(text, "name   locked\nblue   yes\n\u00c4lice  -\n");
}

static void all_plain_members_if_none_are_named(void **state)
{
    (void)state;
    print("[{\"a\": 1, \"b\": {\"c\": 2}, \"d\": [1], \"e\": 2.5}]", NULL, NULL);
    assert_string_equal(text, "a  e\n1  2.5\n");
}

static void a_dot_leads_into_an_object(void **state)
{
    (void)state;
    print("[{\"name\": \"line\", \"now\": {\"up\": true, \"in\": {\"use\": 7}}},"
          " {\"name\": \"b\", \"now\": 1}, {\"name\": \"c\"}]",
          "name now.up now.in.use", NULL);
    assert_string_equal(text, "name  now.up  now.in.use\n"
                              "line  yes     7\n"
                              "b     -       -\n"
                              "c     -       -\n");
}

static void a_name_does_not_move_the_cursor(void **state)
{
    (void)state;
    print("[{\"name\": \"a\\u001b[2Jb\\u009b1A\\nc\"}]", "name", NULL);
    assert_string_equal(text, "name\na [2Jb  1A c\n");
}

static void long_cells_are_cut_between_characters(void **state)
{
    (void)state;
    char json[256] = "[{\"name\": \"", expected[256] = "name\n";
    for (int i = 0; i < 50; i++) {
        strcat(json, "\u00e9");
        if (i < 40)
            strcat(expected, "\u00e9");
    }
    strcat(json, "\"}]");
    strcat(expected, "\n");
    print(json, "name", NULL);
    assert_string_equal(text, expected);
}

static void objects_as_lines_and_events_as_one(void **state)
{
    (void)state;
    static const char json[] = "{\"a\": {\"b\": {\"c\": true}, \"d\": {}}, \"e\": [1,2]}";
    print(json, NULL, ctl_table_print_object);
    assert_string_equal(text, "a.b.c: yes\na.d: {}\ne: [1,2]\n");
    print(json, NULL, ctl_table_print_line);
    assert_string_equal(text, " a.b.c=yes a.d={} e=[1,2]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_cells),
        cmocka_unit_test(all_plain_members_if_none_are_named),
        cmocka_unit_test(a_dot_leads_into_an_object),
        cmocka_unit_test(a_name_does_not_move_the_cursor),
        cmocka_unit_test(long_cells_are_cut_between_characters),
        cmocka_unit_test(objects_as_lines_and_events_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
