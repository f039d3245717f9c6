/* test_rtcp_part.c - one packet of a compound: lengths and padding at their edges. */
#include "server/rtp/rtcp_part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *what;
    uint8_t data[32];
    size_t length;
    bool good;
    size_t body, left;
};

static const struct row rows[] = {
    {"a header alone", {0x80, 201, 0, 0}, 4, true, 0, 0},
    {"with a body, and one behind", {0x81, 206, 0, 2, [12] = 0x80, 201}, 16, true, 8, 4},
    {"cut in the header", {0x80, 201, 0}, 3, false, 0, 0},
    {"cut in the body", {0x80, 201, 0, 2}, 11, false, 0, 0},
    {"another version", {0x40, 201, 0, 0}, 4, false, 0, 0},
    {"padded", {0xa0, 201, 0, 2, [11] = 4}, 12, true, 4, 0},
    {"padding only", {0xa0, 201, 0, 2, [11] = 8}, 12, true, 0, 0},
    {"padding of the header too", {0xa0, 201, 0, 2, [11] = 12}, 12, false, 0, 0},
    {"padding of no bytes", {0xa0, 201, 0, 2}, 12, false, 0, 0},
    {"padded, with no body", {0xa0, 201, 0, 0}, 4, false, 0, 0},
    {"padding that is no word", {0xa0, 201, 0, 2, [11] = 2}, 12, false, 0, 0},
    {"padded, and not the last", {0xa0, 201, 0, 2, [11] = 4}, 16, false, 0, 0},
    {"Chromium's, filled up by 2", {0xaf, 205, 0, 2, [11] = 2}, 12, true, 6, 0},
    {"... and not the last", {0xaf, 205, 0, 2, [11] = 3}, 16, true, 5, 4},
    {"... by more than there is", {0xaf, 205, 0, 2, [11] = 9}, 12, false, 0, 0},
    {"not so another message", {0xa1, 205, 0, 2, [11] = 2}, 12, false, 0, 0},
    {"nor another type", {0xaf, 206, 0, 2, [11] = 2}, 12, false, 0, 0},
};

static void packets_are_taken_off_the_front(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        print_message("%s\n", row->what);
        uint8_t *copy = malloc(row->length); /* a sanitizer sees one byte too many */
        assert_non_null(copy);
        memcpy(copy, row->data, row->length);
        const uint8_t *data = copy;
        size_t left = row->length;
        struct rtcp_part part;
        assert_int_equal(rtcp_part_next(&data, &left, &part), row->good);
        if (row->good) {
            assert_int_equal(part.type, row->data[1]);
            assert_int_equal(part.count, row->data[0] & 31);
            assert_ptr_equal(part.body, copy + 4);
            assert_int_equal(part.length, row->body);
            assert_int_equal(left, row->left);
            assert_ptr_equal(data, copy + row->length - row->left);
        }
        free(copy);
    }
}

static void headers_read_back(void **state)
{
    (void)state;
    static uint8_t out[RTCP_PART_MAX_BYTES];
    for (unsigned count = 0; count < 32; count++) {
        const size_t bytes = count == 31 ? sizeof(out) : 4 + (size_t)count * 4;
        rtcp_part_write_header(out, 192 + count, count, bytes);
        const uint8_t *data = out;
        size_t left = sizeof(out);
        struct rtcp_part part;
        assert_true(rtcp_part_next(&data, &left, &part));
        assert_int_equal(part.type, 192 + count);
        assert_int_equal(part.count, count);
        assert_int_equal(part.length, bytes - 4);
        assert_int_equal(left, sizeof(out) - bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_taken_off_the_front),
        cmocka_unit_test(headers_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
