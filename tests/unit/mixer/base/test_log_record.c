/* test_log_record.c - lines of text and of JSON, whatever is in the names. */
#include "mixer/base/log_record.h"

#include "mixer/base/random.h"

#include <jansson.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { GUARD = 0x5a };

/* A line of @p record, its end and what is behind it looked at. NUL instead of the newline. */
static unsigned line_of(const struct log_record *record, enum log_format format,
                        char out[LOG_RECORD_BYTES + 1])
{
    memset(out, GUARD, LOG_RECORD_BYTES + 1);
    unsigned length = log_record_write(record, format, out);
    assert_in_range(length, 1, LOG_RECORD_BYTES);
    assert_int_equal(out[LOG_RECORD_BYTES], GUARD);
    assert_ptr_equal(memchr(out, '\n', length), out + length - 1);
    out[length - 1] = '\0';
    return length - 1;
}

static json_t *object_of(const struct log_record *record)
{
    char line[LOG_RECORD_BYTES + 1];
    unsigned length = line_of(record, LOG_FORMAT_JSON, line);
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    return object;
}

static void assert_text(const json_t *object, const char *key, const char *expected)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    assert_string_equal(text, expected);
}

static void text_has_time_level_area_call_message(void **state)
{
    (void)state;
    char line[LOG_RECORD_BYTES + 1];
    struct log_record record = {
        .level = LOG_LEVEL_WARN, .wall_ns = 1000000001500000000, .area = "sip", .text = "over"};
    line_of(&record, LOG_FORMAT_TEXT, line);
    assert_string_equal(line, "2001-09-09T01:46:41.500Z warn  sip    over");
    record.call = "p7";
    record.area = "averylongareaname";
    line_of(&record, LOG_FORMAT_TEXT, line);
    assert_string_equal(line, "2001-09-09T01:46:41.500Z warn  averylongare call p7: over");
}

static void json_has_the_same(void **state)
{
    (void)state;
    struct log_record record = {
        .level = LOG_LEVEL_INFO, .wall_ns = 1000000001500000000, .area = "sip", .text = "over"};
    json_t *object = object_of(&record);
    assert_int_equal(json_object_size(object), 4);
    assert_text(object, "time", "2001-09-09T01:46:41.500Z");
    assert_text(object, "level", "info");
    assert_text(object, "area", "sip");
    assert_text(object, "message", "over");
    json_decref(object);
    record.call = "p7";
    object = object_of(&record);
    assert_int_equal(json_object_size(object), 5);
    assert_text(object, "call", "p7");
    json_decref(object);
}

static const char hostile[] = "a\nb\r\x1b[2J\x7f\t\"}\\ sch\xc3\xb6n \xc3 \xff";

static void a_name_cannot_forge_a_line(void **state)
{
    (void)state;
    char line[LOG_RECORD_BYTES + 1];
    const struct log_record record = {.area = "sip", .call = hostile, .text = hostile};
    static const char plain[] = "a\\x0ab\\x0d\\x1b[2J\\x7f\\x09\"}\\ sch\xc3\xb6n \\xc3 \\xff";
    static const char mended[] =
        "a\nb\r\x1b[2J\x7f\t\"}\\ sch\xc3\xb6n \xef\xbf\xbd \xef\xbf\xbd";
    line_of(&record, LOG_FORMAT_TEXT, line);
    assert_string_equal(strstr(line, ": ") + 2, plain);
    json_t *object = object_of(&record);
    assert_text(object, "call", mended);
    assert_text(object, "message", mended);
    json_decref(object);
}

/* Escaped it is up to six times as long. It ends where a character ends, and says so. */
static void what_is_too_long_is_cut(void **state)
{
    (void)state;
    static const char *const fillers[] = {"n",   "\n", "\"", "\xc3\xb6", "\xf0\x9f\x8e\xa4",
                                          "\xff"};
    for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
        for (size_t shift = 0; shift < 8; shift++) {
            char text[3000] = "", line[LOG_RECORD_BYTES + 1];
            memset(text, 'x', shift);
            for (size_t at = shift; at < 1500; at += strlen(fillers[i]))
                memcpy(text + at, fillers[i], strlen(fillers[i]));
            const struct log_record record = {.area = "sip", .text = text};
            unsigned length = line_of(&record, LOG_FORMAT_TEXT, line);
            assert_in_range(length, LOG_RECORD_BYTES - 12, LOG_RECORD_BYTES);
            assert_string_equal(line + length - 3, "...");
            json_t *object = object_of(&record);
            const char *message = json_string_value(json_object_get(object, "message"));
            assert_string_equal(message + strlen(message) - 3, "...");
            json_decref(object);
        }
    }
}

static void what_was_cut_before_says_so(void **state)
{
    (void)state;
    char line[LOG_RECORD_BYTES + 1];
    const struct log_record record = {.area = "sip", .text = "much", .is_cut = true};
    line_of(&record, LOG_FORMAT_TEXT, line);
    assert_non_null(strstr(line, "much..."));
    json_t *object = object_of(&record);
    assert_text(object, "message", "much...");
    json_decref(object);
}

static void any_bytes_become_a_valid_object(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 5000; round++) {
        char text[1500];
        size_t length = random_u32() % sizeof(text);
        random_bytes(text, length);
        text[length] = '\0';
        const struct log_record record = {
            .area = "sip", .call = text + length / 2, .text = text};
        char line[LOG_RECORD_BYTES + 1];
        line_of(&record, LOG_FORMAT_TEXT, line);
        json_decref(object_of(&record));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_has_time_level_area_call_message),
        cmocka_unit_test(json_has_the_same),
        cmocka_unit_test(a_name_cannot_forge_a_line),
        cmocka_unit_test(what_is_too_long_is_cut),
        cmocka_unit_test(what_was_cut_before_says_so),
        cmocka_unit_test(any_bytes_become_a_valid_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
