/* test_msrp_head.c - the heads of RFC 4975's examples, and what is none. */
#include "server/msrp/msrp_head.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATHS "To-Path: msrp://b:1/x;tcp\r\nFrom-Path: msrp://a:2/y;tcp\r\n"

static int read_text(const char *text, struct msrp_head *head)
{
    return msrp_head_read((struct slice){text, strlen(text)}, head);
}

static void a_request_is_read(void **state)
{
    (void)state;
    struct msrp_head head;
    assert_int_equal(read_text("MSRP d93kswow SEND\r\n" PATHS "Message-ID: 12339sdqwer\r\n"
                               "byte-range: 1-16/32\r\nSuccess-Report: yes\r\n"
                               "Failure-Report: partial\r\nX-Other: thing\r\n"
                               "Content-Type: text/plain",
                               &head),
                     0);
    assert_int_equal(head.method, MSRP_SEND);
    assert_true(slice_equals(head.transaction, "d93kswow"));
    assert_true(slice_equals(head.to_path, "msrp://b:1/x;tcp"));
    assert_true(slice_equals(head.from_path, "msrp://a:2/y;tcp"));
    assert_true(slice_equals(head.message_id, "12339sdqwer"));
    assert_true(head.has_range && head.wants_success);
    assert_int_equal(head.range.first, 1);
    assert_int_equal(head.range.last, 16);
    assert_int_equal(head.range.total, 32);
    assert_int_equal(head.failure, MSRP_FAILURE_PARTIAL);
    assert_true(msrp_head_is_type(head.content_type, "TEXT/plain"));
}

static void responses_and_reports_are_read(void **state)
{
    (void)state;
    struct msrp_head head;
    assert_int_equal(read_text("MSRP d93kswow 200 OK\r\n" PATHS, &head), 0);
    assert_int_equal(head.method, MSRP_RESPONSE);
    assert_int_equal(head.status, 200);
    assert_int_equal(read_text("MSRP dkei38sd REPORT\r\n" PATHS
                               "Message-ID: 456s9wlk3\r\nStatus: 000 413 Too large\r\n",
                               &head),
                     0);
    assert_int_equal(head.method, MSRP_REPORT);
    assert_int_equal(head.report, 413);
    assert_int_equal(read_text("MSRP dkei38sd REPORT\r\n" PATHS "Status: 001 413\r\n", &head),
                     0);
    assert_int_equal(head.report, 0);
    assert_int_equal(read_text("MSRP abcd AUTH\r\n" PATHS, &head), 0);
    assert_int_equal(head.method, MSRP_OTHER);
    assert_int_equal(head.range.last, MSRP_NOT_SAID);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "MSRP",
        "MSRP abcd",
        "MSRP abc SEND\r\n" PATHS,
        "MSRP .abcd SEND\r\n" PATHS,
        "MSRP 0123456789abcdef0123456789abcdefg SEND\r\n" PATHS,
        "MSRP ab/d SEND\r\n" PATHS,
        "MSRP abcd send\r\n" PATHS,
        "SIP/2.0 abcd SEND\r\n" PATHS,
        "MSRP abcd SEND\r\nTo-Path: msrp://b:1/x;tcp\r\n",
        "MSRP abcd SEND\r\n" PATHS "To-Path: msrp://b:1/x;tcp\r\n",
        "MSRP abcd SEND\r\n" PATHS "no colon\r\n",
        "MSRP abcd SEND\r\n" PATHS ": no name\r\n",
        "MSRP abcd SEND\r\n" PATHS "Success-Report: perhaps\r\n",
        "MSRP abcd SEND\r\n" PATHS "Failure-Report: maybe\r\n",
        "MSRP abcd SEND\r\n" PATHS "Message-ID:\r\n",
    };
    static const char *const ranges[] = {
        "",
        "1",
        "0-1/2",
        "1-2",
        "1/2",
        "2-0/*",
        "3-1/9",
        "1-3/2",
        "4-*/2",
        "-1-2/3",
        "1-2/3/4",
        "1-*/9999999999999999999",
        "18446744073709551617-*/*",
        "1- 2/3",
        "a-b/c",
    };
    struct msrp_head head;
    char text[512];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(read_text(bad[i], &head), -EBADMSG);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        snprintf(text, sizeof(text), "MSRP abcd SEND\r\n" PATHS "Byte-Range: %s\r\n",
                 ranges[i]);
        assert_int_equal(read_text(text, &head), -EBADMSG);
    }
    assert_int_equal(read_text("MSRP abcd SEND\r\n" PATHS "Byte-Range: 1-0/0\r\n", &head), 0);
}

static void too_many_lines_are_refused(void **state)
{
    (void)state;
    struct msrp_head head;
    char text[4096] = "MSRP abcd SEND\r\n" PATHS;
    for (unsigned i = 2; i < MSRP_HEAD_LINES; i++)
        strcat(text, "X: y\r\n");
    assert_int_equal(read_text(text, &head), 0);
    strcat(text, "X: y\r\n");
    assert_int_equal(read_text(text, &head), -EBADMSG);
}

/* RFC 7701 section 7.1. */
static void nicknames_lose_their_quotes(void **state)
{
    (void)state;
    char name[MSRP_NICKNAME_BYTES], longest[MSRP_NICKNAME_BYTES + 4];
    static const char *const bad[] = {"",         "\"",        "Ann",     "\"Ann",
                                      "\"A\"n\"", "\"Ann\\\"", "\"A\tn\""};
    assert_int_equal(msrp_head_nickname((struct slice){"\"A \\\"B\\\\\"", 9}, name), 0);
    assert_string_equal(name, "A \"B\\");
    assert_int_equal(msrp_head_nickname((struct slice){"\"\"", 2}, name), 0);
    assert_string_equal(name, "");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(msrp_head_nickname((struct slice){bad[i], strlen(bad[i])}, name),
                         -EBADMSG);
    memset(longest, 'n', sizeof(longest));
    longest[0] = longest[MSRP_NICKNAME_BYTES] = '"';
    assert_int_equal(msrp_head_nickname((struct slice){longest, MSRP_NICKNAME_BYTES + 1}, name),
                     0);
    assert_int_equal(strlen(name), 1023);
    longest[MSRP_NICKNAME_BYTES] = 'n';
    longest[MSRP_NICKNAME_BYTES + 1] = '"';
    assert_int_equal(msrp_head_nickname((struct slice){longest, MSRP_NICKNAME_BYTES + 2}, name),
                     -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(responses_and_reports_are_read),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(too_many_lines_are_refused),
        cmocka_unit_test(nicknames_lose_their_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
