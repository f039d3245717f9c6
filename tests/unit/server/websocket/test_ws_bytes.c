/* test_ws_bytes.c - what is put in comes out, in that order. */
#include "server/websocket/ws_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void bytes_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct ws_bytes bytes = {.data = NULL};
    unsigned put = 0, taken = 0;
    for (unsigned round = 0; round < 2000; round++) {
        for (unsigned i = 0; i < 1 + round % 7; i++, put++) {
            const char byte = (char)(put & 0xff);
            assert_true(ws_bytes_add(&bytes, &byte, 1));
        }
        for (unsigned i = 0; i < 1 + round % 5 && ws_bytes_count(&bytes); i++, taken++) {
            assert_int_equal(ws_bytes_begin(&bytes)[0], (char)(taken & 0xff));
            ws_bytes_drop(&bytes, 1);
        }
        assert_int_equal(ws_bytes_count(&bytes), put - taken);
    }
    ws_bytes_finish(&bytes);
    assert_int_equal(ws_bytes_count(&bytes), 0);
}

static void nothing_left_means_no_memory(void **state)
{
    (void)state;
    struct ws_bytes bytes = {.data = NULL};
    assert_string_equal(ws_bytes_begin(&bytes), "");
    assert_true(ws_bytes_add(&bytes, "abc", 3));
    ws_bytes_drop(&bytes, 3);
    assert_null(bytes.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out_as_they_went_in),
        cmocka_unit_test(nothing_left_means_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
