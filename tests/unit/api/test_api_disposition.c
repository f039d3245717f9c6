/* test_api_disposition.c - names of files in headers, both ways. */
#include "api/api_disposition.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *read_name(const char *header)
{
    static char name[32];
    int err = api_disposition_read(header, name, sizeof(name));
    return err == 0 ? name : err == -ENOENT ? "(none)" : "(bad)";
}

static void names_are_read(void **state)
{
    (void)state;
    assert_string_equal(read_name("attachment; filename=a.txt"), "a.txt");
    assert_string_equal(read_name("attachment;filename=\"a b.txt\""), "a b.txt");
    assert_string_equal(read_name("form-data; name=x; FileName = \"a\\\"b\\\\\" ; y=z"),
                        "a\"b\\");
    assert_string_equal(read_name("attachment; filename=old; filename*=UTF-8''n%C3%A4h"),
                        "n\xc3\xa4h");
    assert_string_equal(read_name("attachment; filename*=utf-8'de'a%2Fb; filename=x"), "a/b");
}

static void what_is_broken_is_said(void **state)
{
    (void)state;
    static const char *const none[] = {
        "", "attachment", "attachment;", "attachment; name=x", "filename=x", "attachment; ; ="};
    static const char *const bad[] = {
        "attachment; filename*=latin1''x",
        "attachment; filename*=UTF-8'x",
        "attachment; filename*=UTF-8''%",
        "attachment; filename*=UTF-8''%4",
        "attachment; filename*=UTF-8''%4g",
        "attachment; filename*=UTF-8''%00",
        "attachment; filename=0123456789012345678901234567890123456789"};
    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_string_equal(read_name(none[i]), "(none)");
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_string_equal(read_name(bad[i]), "(bad)");
    assert_string_equal(read_name("attachment; filename=\"open"), "(none)");
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    static const char *const names[] = {"a.txt", "a \"b\" %41.txt", "\xe5\x90\x8d", "x;y=z"};
    char out[API_DISPOSITION_BYTES];
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        api_disposition_write(names[i], out);
        assert_string_equal(read_name(out), names[i]);
    }
    api_disposition_write("\xe5 \"x\"", out);
    assert_string_equal(out, "attachment; filename=\"_ _x_\"; filename*=UTF-8''%E5%20%22x%22");
}

static void the_longest_name_fits(void **state)
{
    (void)state;
    char name[256], out[API_DISPOSITION_BYTES], back[256];
    memset(name, '\xe5', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    api_disposition_write(name, out);
    assert_int_equal(api_disposition_read(out, back, sizeof(back)), 0);
    assert_string_equal(back, name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(what_is_broken_is_said),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(the_longest_name_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
