/* test_file_selector.c - the RFC's own lines, and what is none. */
#include "server/sdp/file_selector.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_lines(const char *lines, struct file_section *file)
{
    return file_section_read((struct slice){lines, strlen(lines)}, file);
}

#define ID "a=file-transfer-id:Q6LMoGymJdh0IKIgD6wD0jkcfgva4xvE\r\n"
#define SHA256                                                                                 \
    "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:"  \
    "52:B8:55"
#define SHA1 "72:24:5F:E8:65:3D:DA:F3:71:36:2F:86:D4:71:91:3E:E4:A2:CE:2E"

static void the_rfc_is_read(void **state)
{
    (void)state;
    struct file_section file;
    /* RFC 5547 section 9.1 */
    assert_int_equal(read_lines("a=sendonly\r\na=file-selector:name:\"My cool picture.jpg\" "
                                "type:image/jpeg size:4092 hash:sha-1:" SHA1 "\r\n" ID
                                "a=file-disposition:attachment\r\n"
                                "a=file-date:creation:\"Mon, 15 May 2006 15:01:31 +0300\"\r\n",
                                &file),
                     0);
    assert_string_equal(file.selector.name, "My cool picture.jpg");
    assert_string_equal(file.selector.type, "image/jpeg");
    assert_true(file.selector.has_size && file.selector.has_sha1);
    assert_int_equal(file.selector.size, 4092);
    assert_int_equal(file.selector.sha1[0], 0x72);
    assert_int_equal(file.selector.sha1[19], 0x2e);
    assert_string_equal(file.id, "Q6LMoGymJdh0IKIgD6wD0jkcfgva4xvE");
    assert_int_equal(file.first, 1);
    assert_true(file.last == UINT64_MAX);
}

static void parts_may_be_missing(void **state)
{
    (void)state;
    struct file_section file;
    assert_int_equal(read_lines("a=file-selector:hash:sha-1:" SHA1 "\r\n" ID, &file), 0);
    assert_string_equal(file.selector.name, "");
    assert_false(file.selector.has_size);
    assert_int_equal(read_lines("a=file-selector\r\n" ID, &file), 0);
    assert_int_equal(read_lines("a=file-selector:hash:md5:00\r\n" ID, &file), 0);
    assert_true(file.selector.has_other_hash);
    assert_int_equal(read_lines("a=file-selector:hash:sha-256:" SHA256 "\r\n" ID, &file), 0);
    assert_true(file.selector.has_sha256 && !file.selector.has_other_hash);
    assert_int_equal(file.selector.sha256[31], 0x55);
    assert_int_equal(read_lines("a=path:msrp://a;tcp\r\n" ID, &file), -ENOENT);
}

static void ranges_are_read(void **state)
{
    (void)state;
    struct file_section file;
    assert_int_equal(read_lines("a=file-selector:size:9\r\na=file-range:3-*\r\n" ID, &file), 0);
    assert_int_equal(file.first, 3);
    assert_int_equal(read_lines("a=file-selector:size:9\r\na=file-range:3-7\r\n" ID, &file), 0);
    assert_int_equal(file.last, 7);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "a=file-selector:name:\"a\"\r\n", /* no id */
        "a=file-selector:name:a\r\n" ID,
        "a=file-selector:name:\"\"\r\n" ID,
        "a=file-selector:name:\"a\r\n" ID,
        "a=file-selector:name:\"a%00\"\r\n" ID,
        "a=file-selector:name:\"a%\"\r\n" ID,
        "a=file-selector:name:\"a%2\"\r\n" ID,
        "a=file-selector:name:\"a\" name:\"b\"\r\n" ID,
        "a=file-selector:size:-1\r\n" ID,
        "a=file-selector:size:99999999999999999999\r\n" ID,
        "a=file-selector:size:1 size:1\r\n" ID,
        "a=file-selector:type:jpeg\r\n" ID,
        "a=file-selector:type:i\x01/jpeg\r\n" ID,
        "a=file-selector:size:9\r\na=file-transfer-id:a b\r\n",
        "a=file-selector:hash:sha-1:72:24\r\n" ID,
        "a=file-selector:hash:sha-256:" SHA1 "\r\n" ID,
        "a=file-selector:hash:sha-1:" SHA1 ":00\r\n" ID,
        "a=file-selector:hash:sha-1:" SHA1 " hash:sha-1:" SHA1 "\r\n" ID,
        "a=file-selector:what:else\r\n" ID,
        "a=file-selector:size:9\r\na=file-range:0-*\r\n" ID,
        "a=file-selector:size:9\r\na=file-range:5-4\r\n" ID,
        "a=file-selector:size:9\r\na=file-range:5\r\n" ID,
    };
    struct file_section file;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (read_lines(lines[i], &file) != -EBADMSG)
            fail_msg("taken: %s", lines[i]);
    }
    char name[400] = "a=file-selector:name:\"";
    memset(name + strlen(name), 'a', 256);
    strcat(name, "\"\r\n" ID);
    assert_int_equal(read_lines(name, &file), -EBADMSG);
}

static void ours_is_read_again(void **state)
{
    (void)state;
    struct file_selector told = {
        .name = "a \"b\" 100%/../ü", .type = "image/png", .has_size = true, .size = 1ULL << 40};
    char line[1024];
    struct text text;
    struct file_section read;
    text_init(&text, line, sizeof(line));
    told.has_sha1 = true;
    memset(told.sha1, 0xab, sizeof(told.sha1));
    file_selector_write(&told, &text);
    text_add(&text, ID);
    assert_int_equal(read_lines(line, &read), 0);
    assert_string_equal(read.selector.name, told.name);
    assert_string_equal(read.selector.type, told.type);
    assert_int_equal(read.selector.size, told.size);
    assert_true(read.selector.has_sha1);
    assert_memory_equal(read.selector.sha1, told.sha1, sizeof(told.sha1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfc_is_read),    cmocka_unit_test(parts_may_be_missing),
        cmocka_unit_test(ranges_are_read),    cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(ours_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
