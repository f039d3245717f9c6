/* test_bits.c - bits against a plain twin, and the end of them. */
#include "mixer/video_codec/bits.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static unsigned bit_at(const uint8_t *bytes, size_t at)
{
    return bytes[at / 8] >> (7 - at % 8) & 1;
}

static void numbers_of_all_widths(void **state)
{
    (void)state;
    uint32_t seed = 5;
    uint8_t bytes[64];
    for (unsigned round = 0; round < 200; round++) {
        signal_random_bytes(&seed, bytes, sizeof(bytes));
        struct bits bits = bits_of(bytes, sizeof(bytes));
        size_t at = 0;
        for (;;) {
            const unsigned count = signal_random(&seed) % 33;
            if (at + count > sizeof(bytes) * 8)
                break;
            uint64_t expected = 0;
            for (unsigned i = 0; i < count; i++)
                expected = expected << 1 | bit_at(bytes, at + i);
            at += count;
            assert_int_equal(bits_read(&bits, count), expected);
            assert_int_equal(bits_left(&bits), sizeof(bytes) * 8 - at);
        }
        assert_false(bits.is_over);
    }
}

static void write_bit(uint8_t *bytes, size_t *at, unsigned bit)
{
    bytes[*at / 8] |= (uint8_t)(bit << (7 - *at % 8));
    ++*at;
}

static size_t write_exp_golomb(uint8_t *bytes, uint32_t value)
{
    const uint64_t code = (uint64_t)value + 1;
    unsigned length = 0;
    size_t at = 0;
    while (code >> (length + 1))
        length++;
    for (unsigned i = 0; i < length; i++)
        write_bit(bytes, &at, 0);
    for (unsigned i = length + 1; i--;)
        write_bit(bytes, &at, code >> i & 1);
    return at;
}

static void exp_golomb_numbers(void **state)
{
    (void)state;
    static const uint32_t values[] = {0,          1,          2,          3,         4,
                                      254,        255,        256,        65535,     0x7ffffffe,
                                      0x7fffffff, 0x80000000, 0xfffffffd, 0xfffffffe};
    for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        uint8_t bytes[16] = {0};
        const size_t length = write_exp_golomb(bytes, values[i]);
        struct bits bits = bits_of(bytes, sizeof(bytes));
        assert_int_equal(bits_exp_golomb(&bits), values[i]);
        assert_int_equal(bits.at, length);
        struct bits again = bits_of(bytes, sizeof(bytes));
        const int64_t half = ((int64_t)values[i] + 1) / 2;
        assert_int_equal(bits_exp_golomb_signed(&again), values[i] % 2 ? half : -half);
        struct bits cut = bits_of(bytes, (length - 1) / 8); /* the last bits are gone */
        bits_exp_golomb(&cut);
        assert_true(cut.is_over);
    }
    const uint8_t zeros[16] = {0};
    struct bits none = bits_of(zeros, sizeof(zeros));
    assert_int_equal(bits_exp_golomb(&none), 0);
    assert_true(none.is_over);
    const uint8_t long_one[16] = {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct bits large = bits_of(long_one, sizeof(long_one));
    assert_int_equal(bits_exp_golomb(&large), 0); /* 32 zeros: does not fit */
    assert_true(large.is_over);
}

static void behind_the_end_is_nothing(void **state)
{
    (void)state;
    const uint8_t bytes[2] = {0xff, 0xff};
    struct bits bits = bits_of(bytes, 2);
    bits_skip(&bits, 15);
    assert_false(bits.is_over);
    assert_int_equal(bits_read(&bits, 2), 0);
    assert_true(bits.is_over);
    assert_int_equal(bits_read(&bits, 1), 0); /* it stays so */
    bits = bits_of(bytes, 2);
    bits_skip(&bits, SIZE_MAX);
    assert_true(bits.is_over);
    bits = bits_of(NULL, 0);
    assert_false(bits_flag(&bits));
    assert_true(bits.is_over);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_all_widths),
        cmocka_unit_test(exp_golomb_numbers),
        cmocka_unit_test(behind_the_end_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
