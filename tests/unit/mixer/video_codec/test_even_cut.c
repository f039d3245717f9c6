/* test_even_cut.c - pieces add up, fit, and are alike. */
#include "mixer/video_codec/even_cut.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void pieces_add_up_and_are_alike(void **state)
{
    (void)state;
    for (size_t most = 1; most < 60; most++) {
        for (size_t length = 0; length < 300; length++) {
            const size_t count = even_cut_count(length, most);
            size_t sum = 0, least = SIZE_MAX, greatest = 0;
            for (size_t i = 0; i < count; i++) {
                const size_t piece = even_cut_length(length, count, i);
                least = piece < least ? piece : least;
                greatest = piece > greatest ? piece : greatest;
                sum += piece;
            }
            assert_int_equal(sum, length);
            assert_true(greatest <= most && (!count || greatest - least <= 1));
            assert_true(!count || (count - 1) * most < length); /* no more than are needed */
        }
    }
    assert_int_equal(even_cut_count(SIZE_MAX, 1), SIZE_MAX);
    assert_int_equal(even_cut_count(SIZE_MAX, SIZE_MAX), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_add_up_and_are_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
