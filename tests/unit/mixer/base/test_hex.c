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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_as_printf_writes_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
