/* test_msrp_write.c - what is written can be read again, and goes to whom it has to. */
#include "server/msrp/msrp_write.h"

#include "server/msrp/msrp_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_request_is_read_again(void **state)
{
    (void)state;
    char data[MSRP_WRITE_HEAD_BYTES];
    struct text text;
    struct msrp_reader reader = {.is_in_content = false};
    struct msrp_piece piece;
    text_init(&text, data, sizeof(data));
    msrp_write_request(&text, &(struct msrp_request){
                                  .transaction = "a1b2c3",
                                  .method = "SEND",
                                  .to_path = "msrp://r:1/z;tcp msrp://b:1/x;tcp",
                                  .from_path = "msrp://a:2/y;tcp",
                                  .message_id = "m1",
                                  .range = {1, MSRP_NOT_SAID, 5},
                                  .wants_success = true,
                                  .content_type = "text/plain",
                              });
    text_add(&text, "hello");
    msrp_write_end(&text, "a1b2c3", true, '#');
    assert_false(text.full);
    struct slice rest = {text.data, text.length};
    assert_int_equal(msrp_reader_next(&reader, &rest, &piece), 0);
    assert_int_equal(piece.kind, MSRP_PIECE_HEAD);
    assert_int_equal(piece.head.method, MSRP_SEND);
    assert_true(slice_equals(piece.head.message_id, "m1"));
    assert_int_equal(piece.head.range.first, 1);
    assert_int_equal(piece.head.range.last, MSRP_NOT_SAID);
    assert_int_equal(piece.head.range.total, 5);
    assert_true(piece.head.wants_success);
    assert_int_equal(msrp_reader_next(&reader, &rest, &piece), 0);
    assert_true(slice_equals(piece.content, "hello"));
    assert_int_equal(msrp_reader_next(&reader, &rest, &piece), 0);
    assert_int_equal(piece.kind, MSRP_PIECE_END);
    assert_int_equal(piece.flag, '#');
    assert_int_equal(rest.length, 0);
}

static void a_report_has_its_status_and_no_content(void **state)
{
    (void)state;
    char data[MSRP_WRITE_HEAD_BYTES];
    struct text text;
    text_init(&text, data, sizeof(data));
    msrp_write_request(&text, &(struct msrp_request){.transaction = "abcd",
                                                     .method = "REPORT",
                                                     .to_path = "msrp://b:1/x;tcp",
                                                     .from_path = "msrp://a:2/y;tcp",
                                                     .message_id = "m",
                                                     .range = {1, 9, 9},
                                                     .status = 200});
    msrp_write_end(&text, "abcd", false, '$');
    assert_string_equal(data, "MSRP abcd REPORT\r\nTo-Path: msrp://b:1/x;tcp\r\n"
                              "From-Path: msrp://a:2/y;tcp\r\nMessage-ID: m\r\n"
                              "Byte-Range: 1-9/9\r\nStatus: 000 200 OK\r\n-------abcd$\r\n");
}

/* Section 7.2. */
static void responses_go_one_hop_or_all_the_way(void **state)
{
    (void)state;
    static const char paths[] = "To-Path: msrp://b:1/x;tcp\r\n"
                                "From-Path: msrp://r:1/z;tcp msrp://a:2/y;tcp\r\n";
    char data[MSRP_WRITE_HEAD_BYTES], request[512];
    struct msrp_head head;
    struct text text;
    snprintf(request, sizeof(request), "MSRP abcd SEND\r\n%s", paths);
    assert_int_equal(msrp_head_read((struct slice){request, strlen(request)}, &head), 0);
    text_init(&text, data, sizeof(data));
    msrp_write_response(&text, &head, 200, "OK");
    assert_string_equal(data, "MSRP abcd 200 OK\r\nTo-Path: msrp://r:1/z;tcp\r\n"
                              "From-Path: msrp://b:1/x;tcp\r\n-------abcd$\r\n");
    snprintf(request, sizeof(request), "MSRP abcd NICKNAME\r\n%s", paths);
    assert_int_equal(msrp_head_read((struct slice){request, strlen(request)}, &head), 0);
    text_init(&text, data, sizeof(data));
    msrp_write_response(&text, &head, 425, msrp_write_comment(425));
    assert_string_equal(data, "MSRP abcd 425 Nickname Reserved Or Already In Use\r\n"
                              "To-Path: msrp://r:1/z;tcp msrp://a:2/y;tcp\r\n"
                              "From-Path: msrp://b:1/x;tcp\r\n-------abcd$\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read_again),
        cmocka_unit_test(a_report_has_its_status_and_no_content),
        cmocka_unit_test(responses_go_one_hop_or_all_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
