/* test_api_tus.c - the words of uploads that can be resumed. */
#include "api/api_tus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char out[16];

static int read_metadata(const char *header)
{
    return api_tus_metadata(header, "filename", out, sizeof(out));
}

static void a_value_is_found_and_decoded(void **state)
{
    (void)state;
    assert_int_equal(read_metadata("filename YS50eHQ="), 5);
    assert_string_equal(out, "a.txt");
    assert_int_equal(read_metadata("is_good,type dGV4dA==, filename YWI, x"), 2);
    assert_string_equal(out, "ab");
    assert_int_equal(read_metadata("filename"), 0);
    assert_int_equal(read_metadata("filename ,a b"), 0);
}

static void what_is_not_there_or_no_base64_is_said(void **state)
{
    (void)state;
    assert_int_equal(read_metadata(""), -ENOENT);
    assert_int_equal(read_metadata("filenam YQ==,filename2 YQ=="), -ENOENT);
    assert_int_equal(read_metadata("name filename"), -ENOENT);
    assert_int_equal(read_metadata("filename Y"), -EBADMSG);
    assert_int_equal(read_metadata("filename Y-Q="), -EBADMSG);
    assert_int_equal(read_metadata("filename YQ=b"), -EBADMSG);
    assert_int_equal(read_metadata("filename AAAA"), -EBADMSG);
    assert_int_equal(read_metadata("filename YWFhYWFhYWFhYWFhYWFhYQ=="), -EBADMSG);
}

static void numbers_are_numbers(void **state)
{
    (void)state;
    uint64_t number = 0;
    assert_int_equal(api_tus_number("0", &number), 0);
    assert_int_equal(api_tus_number("123456789012345678", &number), 0);
    assert_int_equal(number, 123456789012345678);
    static const char *const others[] = {
        "", "-1", "+1", " 1", "1 ", "1k", "1234567890123456789"};
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(api_tus_number(others[i], &number), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_found_and_decoded),
        cmocka_unit_test(what_is_not_there_or_no_base64_is_said),
        cmocka_unit_test(numbers_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
