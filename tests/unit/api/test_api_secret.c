/* test_api_secret.c - a secret's file, api/api_secret.c. */
#include "api/api_secret.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64], path[96];
static char *token, *why;

static int make(void **state)
{
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/test_api_secret.XXXXXX");
    token = why = NULL;
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/admin-token", directory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(token);
    free(why);
    unlink(path);
    return rmdir(directory); /* fails if a part was left behind */
}

static void write_file(const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

static void makes_a_file_once(void **state)
{
    (void)state;
    struct stat about;
    assert_int_equal(api_secret_file(directory, "admin-token", &token, &why), 0);
    assert_int_equal(strlen(token), 32);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_nlink, 1);
    char *again = NULL;
    assert_int_equal(api_secret_file(directory, "admin-token", &again, &why), 0);
    assert_string_equal(again, token);
    free(again);
}

static void takes_what_is_there(void **state)
{
    (void)state;
    write_file("my-own-token-of-mine\r\n\n", 0600);
    assert_int_equal(api_secret_file(directory, "admin-token", &token, &why), 0);
    assert_string_equal(token, "my-own-token-of-mine");
}

static void refuses_what_is_no_token(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "\n", "short", "two tokens-in-one-file-are-bad",
                                      " 0123456789abcdef"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        write_file(bad[i], 0600);
        assert_int_equal(api_secret_file(directory, "admin-token", &token, &why), -EINVAL);
        assert_null(token);
        assert_non_null(strstr(why, "admin-token"));
        free(why);
        why = NULL;
    }
    char text[400];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    write_file(text, 0600);
    assert_int_equal(api_secret_file(directory, "admin-token", &token, &why), -EINVAL);
}

static void follows_no_link(void **state)
{
    (void)state;
    assert_int_equal(symlink("/etc/hostname", path), 0);
    assert_int_equal(api_secret_file(directory, "admin-token", &token, &why), -ELOOP);
    assert_non_null(why);
}

static void a_part_left_behind_does_not_matter(void **state)
{
    (void)state;
    char part[128];
    snprintf(part, sizeof(part), "%s.part", path);
    FILE *file = fopen(part, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(api_secret_file(directory, "admin-token", &token, &why), 0);
    assert_int_equal(access(part, F_OK), -1);
}

static void says_where_it_fails(void **state)
{
    (void)state;
    assert_int_equal(api_secret_file("/nowhere/at/all", "admin-token", &token, &why), -ENOENT);
    assert_non_null(strstr(why, "/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_a_file_once, make, end),
        cmocka_unit_test_setup_teardown(takes_what_is_there, make, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_token, make, end),
        cmocka_unit_test_setup_teardown(follows_no_link, make, end),
        cmocka_unit_test_setup_teardown(a_part_left_behind_does_not_matter, make, end),
        cmocka_unit_test(says_where_it_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
