/* test_random.c - lengths, alphabet, and that no two are the same. */
#include "mixer/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_byte_is_filled_and_no_more(void **state)
{
    (void)state;
    for (size_t length = 0; length <= 600; length += 37) {
        uint8_t seen[601] = {0}, bytes[601];
        for (unsigned round = 0; round < 8; round++) { /* a byte is 0 eight times: 2^-64 */
            memset(bytes, 0, sizeof(bytes));
            random_bytes(bytes, length);
            for (size_t i = 0; i < sizeof(bytes); i++)
                seen[i] |= bytes[i];
        }
        for (size_t i = 0; i < sizeof(bytes); i++)
            assert_true((seen[i] != 0) == (i < length));
    }
}

static void numbers_differ(void **state)
{
    (void)state;
    uint32_t ones = 0, zeros = 0;
    for (unsigned i = 0; i < 64; i++) {
        uint32_t x = random_u32();
        ones |= x;
        zeros |= ~x;
    }
    assert_int_equal(ones, 0xffffffff);
    assert_int_equal(zeros, 0xffffffff);
}

static void names_are_of_their_alphabet(void **state)
{
    (void)state;
    char name[33], other[33];
    unsigned counts[256] = {0};
    for (unsigned round = 0; round < 500; round++) {
        name[32] = 'x';
        random_name(name, sizeof(name));
        assert_int_equal(strlen(name), 32);
        assert_int_equal(strspn(name, "0123456789abcdefghijklmnopqrstuv"), 32);
        for (unsigned i = 0; i < 32; i++)
            counts[(unsigned char)name[i]]++;
    }
    for (const char *c = "0123456789abcdefghijklmnopqrstuv"; *c; c++)
        assert_in_range(counts[(unsigned char)*c], 300, 700); /* 500, and 9 deviations */
    random_name(other, sizeof(other));
    assert_string_not_equal(name, other);
    random_name(name, 1);
    assert_string_equal(name, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_filled_and_no_more),
        cmocka_unit_test(numbers_differ),
        cmocka_unit_test(names_are_of_their_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
