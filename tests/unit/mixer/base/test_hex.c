/* test_hex.c - every byte, and where the text ends. */
#include "mixer/base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void is_as_printf_writes_it(void **state)
{
    (void)state;
    unsigned char bytes[256];
    char text[2 * sizeof(bytes) + 2], plain[3];
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)i;
    memset(text, '#', sizeof(text));
    hex_write(text, bytes, sizeof(bytes));
    assert_int_equal(strlen(text), 2 * sizeof(bytes));
    assert_int_equal(text[2 * sizeof(bytes) + 1], '#');
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        snprintf(plain, sizeof(plain), "%02x", i);
        assert_memory_equal(text + 2 * (size_t)i, plain, 2);
    }
    hex_write(text, bytes, 0);
    assert_string_equal(text, "");
}

static void is_read_again(void **state)
{
    (void)state;
    unsigned char bytes[3];
    assert_true(hex_read("00ffa5", bytes, 3));
    assert_memory_equal(bytes, "\x00\xff\xa5", 3);
    static const char *const none[] = {"",       "00ffa",  "00ffa50", "00ffa5aa",
                                       "00FFA5", "00ffg5", " 0ffa5"};
    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(hex_read(none[i], bytes, 3));
    assert_true(hex_read("", bytes, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_as_printf_writes_it),
                                       cmocka_unit_test(is_read_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
