/* test_file_notice.c - notices as Linphone and its servers write them, ours, and what is none.
 */
#include "server/body/file_notice.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_text(const char *text, struct file_notice *notice)
{
    return file_notice_read((struct slice){text, strlen(text)}, notice);
}

#define FILE_TAG(inner)                                                                        \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"                                           \
    "<file xmlns=\"urn:gsma:params:xml:ns:rcs:rcs:fthttp\">" inner "</file>"
#define INFO(inner) "<file-info type=\"file\">" inner "</file-info>"
#define DATA "<data url=\"https://example.com/f\"/>"

static void what_linphone_sends_is_read(void **state)
{
    (void)state;
    struct file_notice notice;
    /* liblinphone 5.1, dumpFileTransferContentAsXmlString() */
    static const char body[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
                               "<file xmlns=\"urn:gsma:params:xml:ns:rcs:rcs:fthttp\" "
                               "xmlns:am=\"urn:gsma:params:xml:ns:rcs:rcs:rram\">\r\n"
                               "<file-info type=\"file\">\r\n"
                               "<file-size>1048577</file-size>\r\n"
                               "<file-name>d%C3%A9j%C3%A0%20vu.png</file-name>\r\n"
                               "<content-type>image/png</content-type>\r\n"
                               "<data url=\"https://files.example.com:444/tmp/5f_a0.png\" "
                               "until=\"2026-12-03T05:00:00Z\"/>\r\n"
                               "</file-info>\r\n"
                               "</file>";
    assert_int_equal(read_text(body, &notice), 0);
    assert_string_equal(notice.name, "déjà vu.png");
    assert_string_equal(notice.type, "image/png");
    assert_string_equal(notice.url, "https://files.example.com:444/tmp/5f_a0.png");
    assert_string_equal(notice.until, "2026-12-03T05:00:00Z");
    assert_int_equal(notice.bytes, 1048577);
    assert_false(notice.is_encrypted);
}

static void a_key_is_noticed(void **state)
{
    (void)state;
    struct file_notice notice;
    assert_int_equal(read_text(FILE_TAG(INFO("<file-key>bGFsYQ==</file-key>" DATA)), &notice),
                     0);
    assert_true(notice.is_encrypted);
}

static void a_thumbnail_is_passed_over(void **state)
{
    (void)state;
    struct file_notice notice;
    assert_int_equal(
        read_text(FILE_TAG("<file-info type=\"thumbnail\"><file-size>10</file-size>"
                           "<data url=\"https://example.com/small\"/></file-info>" INFO(
                               "<file-size>2000</file-size>" DATA)
                               INFO("<file-size>3</file-size><data url=\"https://other/\"/>")),
                  &notice),
        0);
    assert_string_equal(notice.url, "https://example.com/f");
    assert_int_equal(notice.bytes, 2000);
}

static void references_are_decoded(void **state)
{
    (void)state;
    struct file_notice notice;
    assert_int_equal(read_text(FILE_TAG(INFO("<file-name>a &amp; b &#x20AC;.txt</file-name>"
                                             "<data url='http://h/?a=1&amp;b=2'/>")),
                               &notice),
                     0);
    assert_string_equal(notice.name, "a & b €.txt");
    assert_string_equal(notice.url, "http://h/?a=1&b=2");
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "hello",
        "<file/>",
        FILE_TAG(""),
        FILE_TAG(INFO("")),
        FILE_TAG("<file-info>" DATA "</file-info>"),
        FILE_TAG(INFO("<data/>")),
        FILE_TAG(INFO("<data url=\"\"/>")),
        FILE_TAG(INFO("<data url=\"file:///etc/passwd\"/>")),
        FILE_TAG(INFO("<data url=\"javascript:alert(1)\"/>")),
        FILE_TAG(INFO("<data url=\"http://a b\"/>")),
        FILE_TAG(INFO("<data url=\"http://a&#10;b\"/>")),
        FILE_TAG(INFO("<data url=\"http://a&unknown;b\"/>")),
        FILE_TAG(INFO("<x><data url=\"https://example.com/f\"/></x>")),
        FILE_TAG(INFO("<file-size>-1</file-size>" DATA)),
        FILE_TAG(INFO("<file-size></file-size>" DATA)),
        FILE_TAG(INFO("<file-size>99999999999999999999</file-size>" DATA)),
        FILE_TAG(INFO("<file-name>a\nb</file-name>" DATA)),
        FILE_TAG(INFO("<file-name>\xff</file-name>" DATA)),
        "<!DOCTYPE file [<!ENTITY a \"b\">]>" FILE_TAG(INFO(DATA)),
        "<other>" INFO(DATA) "</other>",
    };
    struct file_notice notice;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        if (read_text(bodies[i], &notice) != -EBADMSG)
            fail_msg("taken: %s", bodies[i]);
    }
}

static void long_texts_are_refused(void **state)
{
    (void)state;
    struct file_notice notice;
    char body[4 * FILE_NOTICE_URL_BYTES], text[2 * FILE_NOTICE_URL_BYTES];
    static const struct {
        const char *format;
        int most;
    } rows[] = {
        {FILE_TAG(INFO("<file-name>%s</file-name>" DATA)), FILE_NOTICE_NAME_BYTES - 1},
        {FILE_TAG(INFO("<content-type>%s</content-type>" DATA)), FILE_NOTICE_TYPE_BYTES - 1},
        {FILE_TAG(INFO("<data url=\"http://%s\"/>")), FILE_NOTICE_URL_BYTES - 8},
    };
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int more = 0; more < 2; more++) {
            text[rows[i].most + more] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(body, sizeof(body), rows[i].format, text);
#pragma GCC diagnostic pop
            text[rows[i].most + more] = 'a';
            assert_int_equal(read_text(body, &notice), more ? -EBADMSG : 0);
        }
    }
}

static void names_are_decoded_if_they_are_text(void **state)
{
    (void)state;
    static const struct {
        const char *name, *plain;
    } rows[] = {
        {"a%20b", "a b"},     {"100%", "100%"},   {"%zz", "%zz"}, {"%C3%BC", "ü"},
        {"a%00b", "a%00b"},   {"a%0Ab", "a%0Ab"}, {"%FF", "%FF"}, {"", ""},
        {"%2e%2e%2f", "../"}, {"%2525", "%25"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[FILE_NOTICE_NAME_BYTES];
        snprintf(name, sizeof(name), "%s", rows[i].name);
        file_notice_decode_name(name);
        assert_string_equal(name, rows[i].plain);
    }
}

static void ours_is_read_again(void **state)
{
    (void)state;
    const struct file_notice told = {.name = "a \"<b>\" & ü%20[1].txt",
                                     .type = "text/plain",
                                     .url = "https://example.com/f?a=1&b=2",
                                     .until = "2026-12-03T05:00:00.000Z",
                                     .bytes = UINT64_C(1) << 40};
    struct file_notice read;
    char *body = file_notice_write(&told);
    assert_non_null(body);
    assert_non_null(strstr(body, "a%20%22%3Cb%3E%22%20%26%20%C3%BC%2520[1].txt"));
    assert_int_equal(read_text(body, &read), 0);
    assert_string_equal(read.name, told.name);
    assert_string_equal(read.type, told.type);
    assert_string_equal(read.url, told.url);
    assert_string_equal(read.until, told.until);
    assert_int_equal(read.bytes, told.bytes);
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_linphone_sends_is_read),
        cmocka_unit_test(a_key_is_noticed),
        cmocka_unit_test(a_thumbnail_is_passed_over),
        cmocka_unit_test(references_are_decoded),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(names_are_decoded_if_they_are_text),
        cmocka_unit_test(ours_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
