/* test_api_range.c - which part of a file is wanted. */
#include "api/api_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *header, enum api_range_kind kind, uint64_t first, uint64_t bytes)
{
    struct api_range range = {77, 77};
    assert_int_equal(api_range_read(header, 1000, &range), kind);
    if (kind == API_RANGE_OUTSIDE)
        return;
    assert_int_equal(range.first, first);
    assert_int_equal(range.bytes, bytes);
}

static void one_range_is_read(void **state)
{
    (void)state;
    check("bytes=0-0", API_RANGE_PART, 0, 1);
    check("Bytes=10-19", API_RANGE_PART, 10, 10);
    check("bytes=999-", API_RANGE_PART, 999, 1);
    check("bytes=5-5000", API_RANGE_PART, 5, 995);
    check("bytes=-1", API_RANGE_PART, 999, 1);
    check("bytes=-5000", API_RANGE_PART, 0, 1000);
    check("bytes=1000-", API_RANGE_OUTSIDE, 0, 0);
    check("bytes=-0", API_RANGE_OUTSIDE, 0, 0);
}

static void what_is_not_understood_is_the_whole(void **state)
{
    (void)state;
    static const char *const others[] = {"",
                                         "bytes",
                                         "bytes=",
                                         "bytes=-",
                                         "bytes=a-b",
                                         "bytes=1",
                                         "bytes=2-1",
                                         "bytes=1-2,3-4",
                                         "bytes= 1-2",
                                         "items=1-2",
                                         "bytes=1-2x",
                                         "bytes=-1x",
                                         "bytes=9999999999999999999-",
                                         "bytes=0-99999999999999999999"};
    check(NULL, API_RANGE_WHOLE, 0, 1000);
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        check(others[i], API_RANGE_WHOLE, 0, 1000);
}

static void an_empty_file_has_no_part(void **state)
{
    (void)state;
    struct api_range range;
    assert_int_equal(api_range_read("bytes=0-", 0, &range), API_RANGE_OUTSIDE);
    assert_int_equal(api_range_read("bytes=-1", 0, &range), API_RANGE_OUTSIDE);
}

static void tags_are_found_in_a_list(void **state)
{
    (void)state;
    assert_true(api_etag_is_in("\"a\"", "\"a\""));
    assert_true(api_etag_is_in("\"b\", W/\"a\" ,\"c\"", "\"a\""));
    assert_true(api_etag_is_in("*", "\"a\""));
    assert_false(api_etag_is_in("\"ab\", a", "\"a\""));
    assert_false(api_etag_is_in("\"a\"b", "\"a\""));
    assert_false(api_etag_is_in(" , ,", "\"a\""));
    assert_false(api_etag_is_in("", "\"a\""));
    assert_false(api_etag_is_in(NULL, "\"a\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_range_is_read),
        cmocka_unit_test(what_is_not_understood_is_the_whole),
        cmocka_unit_test(an_empty_file_has_no_part),
        cmocka_unit_test(tags_are_found_in_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
