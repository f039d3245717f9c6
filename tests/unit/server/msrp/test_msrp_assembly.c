/* test_msrp_assembly.c - pieces in any order, overlapping, missing, too many, too large. */
#include "server/msrp/msrp_assembly.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int add(struct msrp_assembly *assembly, uint64_t offset, const char *text)
{
    return msrp_assembly_add(assembly, offset, text, strlen(text));
}

static void pieces_come_in_any_order(void **state)
{
    (void)state;
    struct msrp_assembly assembly = {.most = 100};
    assert_int_equal(add(&assembly, 6, "ghi"), 0);
    assert_int_equal(msrp_assembly_end(&assembly, 9), 0);
    assert_int_equal(add(&assembly, 0, "abc"), 0);
    assert_false(msrp_assembly_is_whole(&assembly));
    assert_int_equal(add(&assembly, 3, "def"), 0);
    assert_true(msrp_assembly_is_whole(&assembly));
    assert_string_equal(assembly.data, "abcdefghi");
    char *data = msrp_assembly_take(&assembly);
    assert_string_equal(data, "abcdefghi");
    free(data);
    assert_null(assembly.data);
}

static void the_later_one_counts(void **state)
{
    (void)state;
    struct msrp_assembly assembly = {.most = 100};
    assert_int_equal(add(&assembly, 0, "abcdef"), 0);
    assert_int_equal(add(&assembly, 2, "XY"), 0);
    assert_int_equal(add(&assembly, 5, "Zgh"), 0);
    assert_int_equal(msrp_assembly_end(&assembly, 8), 0);
    assert_true(msrp_assembly_is_whole(&assembly));
    assert_string_equal(assembly.data, "abXYeZgh");
    msrp_assembly_finish(&assembly);
}

static void limits_hold(void **state)
{
    (void)state;
    struct msrp_assembly assembly = {.most = 64};
    assert_int_equal(add(&assembly, 64, "x"), -EMSGSIZE);
    assert_int_equal(add(&assembly, UINT64_MAX, "x"), -EMSGSIZE);
    assert_int_equal(msrp_assembly_end(&assembly, 65), -EMSGSIZE);
    for (unsigned i = 0; i < MSRP_ASSEMBLY_PARTS; i++)
        assert_int_equal(add(&assembly, i * 2, "x"), i * 2 < 64 ? 0 : -EMSGSIZE);
    msrp_assembly_finish(&assembly);
    assembly.most = 1000;
    for (unsigned i = 0; i < MSRP_ASSEMBLY_PARTS; i++)
        assert_int_equal(add(&assembly, (uint64_t)i * 2, "x"), 0);
    assert_int_equal(add(&assembly, 900, "x"), -E2BIG);
    assert_int_equal(add(&assembly, 1, "x"), 0); /* fills a gap */
    msrp_assembly_finish(&assembly);
}

static void an_end_is_an_end(void **state)
{
    (void)state;
    struct msrp_assembly assembly = {.most = 100};
    assert_int_equal(add(&assembly, 0, "abc"), 0);
    assert_int_equal(msrp_assembly_end(&assembly, 2), -EBADMSG);
    assert_int_equal(msrp_assembly_end(&assembly, 4), 0);
    assert_int_equal(msrp_assembly_end(&assembly, 5), -EBADMSG);
    assert_int_equal(add(&assembly, 3, "de"), -EBADMSG);
    msrp_assembly_finish(&assembly);
    assert_int_equal(msrp_assembly_end(&assembly, 0), 0);
    assert_true(msrp_assembly_is_whole(&assembly));
    assert_null(msrp_assembly_take(&assembly));
}

/* The twin: a byte and a mark for each place. */
static void random_pieces_are_as_the_twin_has_them(void **state)
{
    (void)state;
    enum { MOST = 60 };
    srand(7701);
    for (unsigned round = 0; round < 3000; round++) {
        struct msrp_assembly assembly = {.most = MOST};
        char bytes[MOST + 1] = "";
        unsigned there = 0;
        bool has[MOST] = {false};
        for (unsigned piece = 0; piece < 25; piece++) {
            char data[12];
            const size_t begin = (size_t)rand() % MOST;
            size_t length = (size_t)rand() % 12;
            if (length > MOST - begin)
                length = MOST - begin;
            for (size_t i = 0; i < length; i++) {
                data[i] = (char)('a' + rand() % 26);
                bytes[begin + i] = data[i];
                there += !has[begin + i];
                has[begin + i] = true;
            }
            assert_int_equal(msrp_assembly_add(&assembly, begin, data, length), 0);
        }
        size_t end = MOST;
        while (end && !has[end - 1])
            end--;
        assert_int_equal(msrp_assembly_end(&assembly, end), 0);
        assert_int_equal(msrp_assembly_is_whole(&assembly), there == end);
        for (size_t i = 0; i < end; i++)
            assert_true(!has[i] || assembly.data[i] == bytes[i]);
        msrp_assembly_finish(&assembly);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_come_in_any_order),
        cmocka_unit_test(the_later_one_counts),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(an_end_is_an_end),
        cmocka_unit_test(random_pieces_are_as_the_twin_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
