/* test_utf8.c - what is a character, and what only looks like one. */
#include "mixer/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *text;
    unsigned length; /* of the first character; 0: none */
    uint32_t character;
} table[] = {
    {"a", 1, 'a'},
    {"\x7f", 1, 0x7f},
    {"\xc2\x80", 2, 0x80}, /* the first of two, three, four bytes, and the last */
    {"\xdf\xbf", 2, 0x7ff},
    {"\xe0\xa0\x80", 3, 0x800},
    {"\xef\xbf\xbf", 3, 0xffff},
    {"\xf0\x90\x80\x80", 4, 0x10000},
    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
    {"\xf4\x90\x80\x80", 0, 0},
    {"\x80", 0, 0}, /* no head */
    {"\xc3", 0, 0}, /* no tail */
    {"\xe6\x9d", 0, 0},
    {"\xe6\x9d\xc3\xb6", 0, 0},
    {"\xf0\x9f\x8e", 0, 0},
    {"\xc1\xbf", 0, 0}, /* overlong */
    {"\xe0\x9f\xbf", 0, 0},
    {"\xf0\x8f\xbf\xbf", 0, 0},
    {"\xed\x9f\xbf", 3, 0xd7ff},
    {"\xed\xa0\x80", 0, 0}, /* surrogates */
    {"\xed\xbf\xbf", 0, 0},
    {"\xee\x80\x80", 3, 0xe000},
    {"\xf8\x88\x80\x80\x80", 0, 0}, /* five bytes */
    {"\xff", 0, 0},
};

static void reads_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        uint32_t character = 0;
        assert_int_equal(utf8_read(table[i].text, &character), table[i].length);
        if (table[i].length)
            assert_int_equal(character, table[i].character);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_as_the_table_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
