/* test_room_text.c - what a name from the network may become. */
#include "server/room/room_text.h"

#include "mixer/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BAD "\xef\xbf\xbd"

static const struct {
    const char *in, *out;
} table[] = {
    {NULL, ""},
    {"", ""},
    {"Ann", "Ann"},
    {"J\xc3\xb6rg \xe6\x9d\x8e \xf0\x9f\x8e\xa4", "J\xc3\xb6rg \xe6\x9d\x8e \xf0\x9f\x8e\xa4"},
    {"a\tb\r\nc\x1b[31m\x7f", "abc[31m"},
    {"a\xc2\x85\xc2\x9b"
     "b\xc2\xa0"
     "c",
     "ab\xc2\xa0"
     "c"}, /* C1 goes, a no-break space stays */
    {"a\xe2\x80\xae"
     "b\xe2\x80\xa8"
     "c\xe2\x81\xa6",
     "abc"}, /* override, separator, isolate    */
    {"\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xaa",
     "\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xaa"}, /* neighbours */
    {"\x80", BAD},
    {"a\xff\xfe"
     "b",
     "a" BAD BAD "b"},
    {"\xc3", BAD}, /* cut short by the end */
    {"\xe6\x9d", BAD BAD},
    {"\xf0\x9f\x8e"
     "x",
     BAD BAD BAD "x"},
    {"\xc0\xaf", BAD BAD}, /* overlong "/"         */
    {"\xe0\x80\xaf", BAD BAD BAD},
    {"\xf0\x80\x80\xaf", BAD BAD BAD BAD},
    {"\xed\xa0\x80", BAD BAD BAD},            /* a surrogate          */
    {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"}, /* U+10FFFF, the last   */
    {"\xf4\x90\x80\x80", BAD BAD BAD BAD},
    {"\xf8\x88\x80\x80\x80", BAD BAD BAD BAD BAD}, /* five bytes           */
};

static void cleans_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char out[64];
        room_text_clean(out, sizeof(out), table[i].in);
        assert_string_equal(out, table[i].out);
    }
}

static void cuts_between_characters(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "", "a", "a", "a\xc3\xb6", "a\xc3\xb6", "a\xc3\xb6", "a\xc3\xb6\xe6\x9d\x8e"};
    for (size_t room = 1; room <= 7; room++) {
        char out[16];
        memset(out, 'x', sizeof(out));
        room_text_clean(out, room, "a\xc3\xb6\xe6\x9d\x8e");
        assert_string_equal(out, expected[room - 1]);
        assert_int_equal(out[room], 'x');
    }
}

/* Whatever comes in: it ends, it fits, and cleaning it again changes nothing. */
static void any_bytes_become_clean(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t length = (uint8_t)(random_u32() % 60);
        char *in = malloc((size_t)length + 1); /* exact: a sanitizer sees a read behind it */
        assert_non_null(in);
        random_bytes(in, length);
        in[length] = '\0';
        char once[40], twice[40];
        room_text_clean(once, sizeof(once), in);
        assert_true(strnlen(once, sizeof(once)) < sizeof(once));
        room_text_clean(twice, sizeof(twice), once);
        assert_string_equal(once, twice);
        free(in);
    }
}

static void lines_stay_lines(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t length;
        const char *out;
    } lines[] = {
        {"", 0, ""},
        {"one\ntwo\tx", 9, "one\ntwo\tx"},
        {"one\r\ntwo\rthree\r", 15, "one\ntwo\nthree\n"},
        {"a\0b\x1b[0m\x07", 8, "ab[0m"},
        {"\xe2\x80\xaex\n\xc2\x85", 7, "x\n"},
        {"\xc3\xb6", 1, BAD}, /* the other half is not in it */
        {"\xf0\x9f\x98\x80!", 4, "\xf0\x9f\x98\x80"},
    };
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char out[64], *exact = malloc(lines[i].length + 1); /* a checker sees who reads on */
        memcpy(exact, lines[i].in, lines[i].length);
        exact = realloc(exact, lines[i].length ? lines[i].length : 1);
        size_t length = room_text_clean_lines(out, sizeof(out), exact, lines[i].length);
        assert_string_equal(out, lines[i].out);
        assert_int_equal(length, strlen(out));
        free(exact);
    }
    char small[4];
    assert_int_equal(room_text_clean_lines(small, sizeof(small), "\xc3\xb6\xc3\xb6", 4), 2);
}

static void sizes_are_short(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},         {999, "999 B"},         {1000, "1.0 kB"},
        {9940, "9.9 kB"},   {9960, "10 kB"},        {999400, "999 kB"},
        {999600, "1.0 MB"}, {1234567890, "1.2 GB"}, {UINT64_MAX, "18446744 TB"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char size[ROOM_TEXT_SIZE_BYTES];
        room_text_size(rows[i].bytes, size);
        assert_string_equal(size, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleans_as_the_table_says), cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(any_bytes_become_clean),   cmocka_unit_test(lines_stay_lines),
        cmocka_unit_test(sizes_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
